-- A start in the middle of the song, before which much has happened that counts: ratios, origins, chains, resumed samples.
-- render: --bars 4 --start 397.3 --bpm 87.1
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5})
sampler("resumed", {samples = {"factory:tone"}, playStyle = "next", volume = 0.3})
sequencer("a") sequencer("b") sequencer("c")
connect("a", "drums") connect("b", "resumed") connect("c", "drums")
pattern("ratios", {{index = 0, ratio = "3:7"}, {index = 1, ratio = "2:5", chance = 60}, {index = 2}}, {origin = 1.25})
pattern("long", {{index = 0, length = 16}, {}, {index = 0, length = 2}}, {stepsPerBeat = 1})
pattern("slow", s("<kick snare hat>/3"):iter(4):every(5, function(x) return x:ply(3) end))
chain("song", {{"ratios", 5}, {"slow", 2}})
bind("a", "song") bind("b", "long") bind("c", "slow")
