-- Cycle functions of structure: changes in some cycles, copies that are late, changed, left or right, echoes.
-- render: --bars 5 --bpm 122
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.25, voices = 64})
local four = s("kick hat snare hat")
local rev = function(x) return x:rev() end
local soft = function(x) return x:speed(1.5):gain(0.5) end
local patterns = {
  four:every(3, rev), four:firstOf(4, rev), four:lastOf(4, rev), four:when("<1 0 0>", soft), four:off(1 / 8, soft), four:superimpose(soft, rev),
  four:layer(rev, soft), four:jux(rev), four:juxBy(0.5, rev), four:echo(3, 1 / 16, 0.6), four:stut(3, 0.7, 0.1), four:chunk("<2 4>", soft),
  four:stack(s("clap")), stack(four, s("~ clap"), s("hat*8"):gain(0.3)), polymeter(s("kick hat snare"), s("clap hat")), four:every("<2 3>", function(x) return x:off(0.125, soft) end),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "drums") bind("q" .. i, pattern("p" .. i, made))
end
