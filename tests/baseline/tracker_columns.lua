-- Tracker steps with every column: index, note, length, chance, ratio and parameters, with a seed, an origin and a length.
-- render: --bars 8 --bpm 140
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.5})
sequencer("a") sequencer("b") sequencer("c")
connect("a", "drums") connect("b", "drums") connect("c", "drums")
pattern("all", {
  {index = 0, note = 60, length = 2, chance = 80}, {}, {index = 2, ratio = "1:2"}, {index = 2, ratio = {2, 3}, volume = 0.4},
  {index = 1, chance = 50, pan = -0.7}, {index = 3, values = {speed = 1.5, attackMs = 5}}, 2, {index = 2, ratio = {3, 4}, chance = 70},
}, {seed = 7, columns = {"index", "note", "length", "chance", "ratio", "volume", "pan"}})
pattern("late", {{index = 1}, {index = 2, chance = 30}, {index = 3, ratio = "2:2"}, {index = 0}}, {stepsPerBeat = 3, origin = 2.5, seed = 3})
pattern("short", {{index = 3, volume = 0.2}, {}, {index = 2}, {index = 0}, {index = 1}, {index = 1}}, {length = 3, stepsPerBeat = 0.75})
bind("a", "all") bind("b", "late") bind("c", "short")
