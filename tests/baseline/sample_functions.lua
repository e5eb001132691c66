-- Cycle functions of samples: pieces, stretched sounds, units of speed, at a tempo that changes.
-- render: --bars 8 --tempo-map tempo.txt
session{}
audioOut("out", {limit = false})
sampler("cut", {samples = {"strikes.wav", "factory:clap", "factory:tone"}, volume = 0.3, voices = 64})
local patterns = {
  s("strikes clap"):chop(4):every(2, function(x) return x:rev() end), s("strikes clap"):striate(3), s("strikes"):slice(8, "0 3 [2 1] 7"),
  s("strikes"):slice({0, 0.25, 0.7, 1}, "0 1 <2 0>"), s("strikes"):splice(4, "0 <2 3> 1"), s("strikes"):loopAt("<1 2>"):chop(8), s("strikes"):loopat(4),
  s("tone clap"):fit(), s("tone*2"):speed("<1 0.5>"):unit("c"), s("clap*4"):speed("-1 0.25 3"),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "cut") bind("q" .. i, pattern("p" .. i, made:gain(0.6)))
end
