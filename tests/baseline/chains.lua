-- Chains: repeats, a muted entry, cycles among steps, patterns of different lengths; one that is switched off.
-- render: --bars 8 --bpm 150
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.5})
sequencer("a") sequencer("b") sequencer("c", {quantize = "cycle"})
connect("a", "drums") connect("b", "drums") connect("c", "drums")
pattern("one", {{index = 0}, {}, {index = 1}, {}, {index = 0}, {index = 2}, {index = 1}, {index = 2}})
pattern("two", {{index = 3}, {index = 0, chance = 50}, {index = 3, ratio = "1:2"}}, {stepsPerBeat = 3})
pattern("turns", s("kick <hat clap> snare <hat*2 hat*3 hat*4>"))
chain("song", {{"one", 2}, "two", {"turns", 3}, {"one", 1, muted = true}, "two"})
chain("off", {"one", "turns"}, {enabled = false})
exec("chain create typed") exec("chain add typed turns") exec("chain add typed two 0") exec("chain repeat typed 1 2")
bind("a", "song") bind("b", "off") bind("c", "typed", {kind = "chain"})
