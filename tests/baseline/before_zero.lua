-- A start before the song's first beat, which patterns count through.
-- render: --bars 3 --start -5.5 --bpm 120
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5})
sequencer("a") sequencer("b") connect("a", "drums") connect("b", "drums")
pattern("steps", {{index = 0}, {index = 2, ratio = "1:3"}, {index = 1, chance = 50}, {}})
pattern("cycle", s("<hat kick> snare*2 hat?"))
bind("a", "steps") bind("b", "cycle")
