-- Cycle functions of pitch: scales, intervals, chords with voicings, arpeggios.
-- render: --bars 8 --bpm 104
session{}
audioOut("out")
sampler("synth", {samples = {"factory:tone"}, playStyle = "loop", attackMs = 4, releaseMs = 60, volume = 0.08, voices = 64})
local patterns = {
  note("c4 eb4 g4 <bb4 c5>"), n("0 2 4 <6 7> 4 2"):scale("C4:minor:pentatonic"), n("0 .. 7"):scale("<C4:major A3:minor>"):scaleTranspose("<0 2 -1>"),
  chord("<C^7 Am7 Dm7 G7>"):voicing(), note("<[c4,e4,g4] [a3,c4,e4]>"):arp("0 1 2 1"):fast(2), note("c4 e4 g4"):transpose("<0 5 -2>"),
  note("c3 e3"):transpose("3M"):trans(-2), chord("<Am F>"):dictionary("lefthand"):anchor("c4"):voicing(), n("0 1 2 3"):chord("<C Dm>"):mode("above"):octaves(1):voicing(),
  chord("G7"):offset("<0 1 2>"):dict("triads"):mode("root"):anchor("g3"):voicing(), n("0 1 2"):scale("D:dorian"):strans(1), n("0 2"):scale("D:dorian"):scaleTrans(2), note(60.5):add(note("<0 0.25>")),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "synth") bind("q" .. i, pattern("p" .. i, made))
end
