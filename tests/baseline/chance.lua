-- Cycle functions of chance: drops, draws and changes that depend on the place in the song alone.
-- render: --bars 5 --bpm 130
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.3})
local eight = s("hat*8")
local ply = function(x) return x:ply(2) end
local patterns = {
  eight:degrade(), eight:degradeBy("<0.2 0.8>"), eight:undegradeBy(0.6), eight:sometimesBy(0.4, ply), eight:sometimes(ply), eight:often(ply),
  eight:rarely(ply), eight:almostNever(ply), eight:almostAlways(ply), eight:always(ply), eight:never(ply),
  n(irand(4):segment(8)), n(choose(0, 2, 3):segment(4)), s("hat*16"):gain(rand):pan(perlin), n(run(4)):speed(rand:range(0.5, 2)),
  s("hat*4?"), s("kick [snare|clap|hat hat]"),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "drums") bind("q" .. i, pattern("p" .. i, made))
end
