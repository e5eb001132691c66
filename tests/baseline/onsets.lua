-- Slices where a sound is struck, with a sensitivity, and the pattern functions that play them.
-- render: --bars 4 --bpm 128
session{}
audioOut("out")
sampler("struck", {samples = {"strikes.wav"}, slices = "onsets", volume = 0.5})
sampler("faint", {samples = {"strikes.wav", "factory:clap"}, slices = {onsets = 0.9}, volume = 0.5})
sequencer("a") sequencer("b")
connect("a", "struck") connect("b", "faint")
pattern("by index", {{index = 1}, {index = 2}, {index = 3}, {index = 4}, {index = 5}, {}, {index = 1, speed = -1}, {}})
pattern("by function", s("strikes*4"):slice("onsets", "0 <1 2> 3 [1 0]"))
bind("a", "by index") bind("b", "by function")
