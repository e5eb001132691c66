-- Cycle functions of values and signals: arithmetic, ranges, waves and every sound control, also module parameters as controls.
-- render: --bars 5 --bpm 120
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.25, voices = 64})
local patterns = {
  n("0 2 1 3"):add(n("<0 1>")):mod(n(4)), n("3 2"):sub(n("1")):mul(n("<1 2>")):mod(n(4)), n(mini("2 3"):div(2):round()),
  s("hat*16"):gain(saw:range(0.2, 1)):pan(sine:slow(2)), s("hat*8"):gain(isaw):pan(cosine), s("clap*4"):gain(tri):speed(square:range(1, 2)),
  s("kick snare"):set(pan("0 1 0.5")), s("snare*8"):position("0 0.1 0.2"):volume(tri:range(0.3, 1)):attackMs("<0 10>"),
  s("clap*2"):begin("<0 0.25>"):finish(0.75):speed("1 2 -1 1"), s("kick*4"):note("c4 e4 g4 b3"), sound("hat:1 kick:0:0.4"), s("hat*4"):polyphony("<0 1>"):voices(2),
  n("0 1"):enabled("<1 0>"), s("snare*4"):regionStart("0 0.3"):regionEnd("<0.5 1>"):playStyle("<loop once grain next>"):grainSize(0.02),
  n("0 1 2 3"):transpose("<0 12>"), mini("0 1", "2 3*2"),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "drums") bind("q" .. i, pattern("p" .. i, made))
end
