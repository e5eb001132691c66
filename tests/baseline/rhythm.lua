-- Cycle functions of rhythm: what makes strokes, thins them out, repeats and shifts them.
-- render: --bars 4 --bpm 125
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.3})
local patterns = {
  s("kick snare"):fast("<2 3>"):slow(0.75), s("kick hat"):density(2):sparsity(4 / 3), s("hat snare"):hurry("<1 2>"),
  s("kick"):euclid("<3 5>", 8), s("snare"):euclidRot(3, 8, "<0 2>"), s("clap"):euclidrot(2, 8, 3), s("hat"):euclidLegato(5, 8),
  s("<kick snare>"):struct("x*2 x(3,8) ~ x"), s("hat*16"):mask("1 [0 1] 1 <0 1>"), n(saw:range(0, 3.9):segment(6)),
  s("kick hat"):ply("<2 3>"), s("kick snare hat"):press(), s("kick hat snare clap"):brak(), s("hat*8"):swing(4), s("hat*4"):swingBy(0.2, 2),
  s("kick hat snare clap"):iter(4), s("kick hat snare clap"):iterBack(3), s("clap"):seg(3),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "drums") bind("q" .. i, pattern("p" .. i, made:gain(0.5)))
end
