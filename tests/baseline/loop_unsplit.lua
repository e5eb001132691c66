-- A loop that blocks hold in their middle, some several times; with generated cycles and chains.
-- render: --seconds 8 --bpm 120 --loop-unsplit 4:4.75
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5})
sequencer("a") sequencer("b") connect("a", "drums") connect("b", "drums")
pattern("given", fn([[return s("hat*" .. 8 + cycle)]]))
pattern("one", {{index = 0}, {index = 1}, {index = 2, chance = 50}}, {stepsPerBeat = 6})
chain("c", {{"one", 3}, "given"})
bind("a", "c") bind("b", "given")
