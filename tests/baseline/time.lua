-- Cycle functions of time: earlier, later, backwards, pieces of cycles and cycles within cycles.
-- render: --bars 5 --bpm 118.3
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.3})
local four = s("kick hat snare clap")
local double = function(x) return x:fast(2) end
local patterns = {
  four:early(0.1), four:late("<0 0.25>"), four:rev(), four:palindrome(), four:linger("<1 0.25 0.5>"), four:zoom(0.25, 0.75),
  four:compress(0.25, 0.5), four:fastGap(3), s("<kick hat snare clap>*3"):ribbon(2, 1.5), four:rib(1, 2),
  four:inside(2, function(x) return x:rev() end), four:outside(4, function(x) return x:rev() end), four:within(0.5, 1, function(x) return x:ply(2) end),
  four:chunk(4, double), cat(four, four:fast(2), silence), seq(four, s("hat*3")), four:slowcat(s("snare*2")), four:fastcat(s("clap")), sequence(s("hat"), four),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "drums") bind("q" .. i, pattern("p" .. i, made:gain(0.5)))
end
