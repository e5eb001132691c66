-- Slices: equal ones, ones at positions, a sample's own, chosen by index, by step and by the parameter `slice`.
-- render: --bars 4 --bpm 120
session{}
audioOut("out")
sampler("equal", {samples = {"strikes.wav"}, slices = 8, volume = 0.5})
sampler("placed", {samples = {"factory:clap", {"strikes.wav", slices = {0, 0.25, 0.7}}, {"factory:kick", slices = 4}}, volume = 0.5})
sampler("fixed", {samples = {"strikes.wav"}, slices = 6, slice = 2, volume = 0.4})
sequencer("a") sequencer("b") sequencer("c")
connect("a", "equal") connect("b", "placed") connect("c", "fixed")
pattern("indices", {{index = 1}, {index = 3}, {index = 8}, {index = 5, speed = -1}, {index = 2, length = 4, playStyle = 1}, {}, {}, {}})
pattern("mixed", n("0 1 3 <4 5> 6 [7 8] 2 1"))
pattern("stepwise", {{index = 0}, {index = 0, slice = 0}, {index = 0, slice = 5}, {index = 0, slice = -1}})
bind("a", "indices") bind("b", "mixed") bind("c", "stepwise")
