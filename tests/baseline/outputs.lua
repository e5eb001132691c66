-- Three outputs with volumes of their own, one sound into several, an input that is solo in one of them.
-- render: --bars 4 --bpm 120
session{autoRoute = false}
audioOut("main") audioOut("second", {masterVolume = 0.3}) audioOut("third", {volume = 0.5})
sampler("kick", {samples = {"factory:kick"}}) sampler("hat", {samples = {"factory:hat"}}) sampler("tone", {samples = {"factory:tone"}, volume = 0.3})
sequencer("a") sequencer("b")
connect("a", "kick", "event") connect("a", "hat", "event") connect("b", "tone", "event")
connect("kick", "main") connect("hat", "main", {volume = 0.2, pan = 0.8})
connect("kick", "second", {pan = -0.9}) connect("tone", "second")
connect("tone", "third", {solo = true}) connect("hat", "third") connect("kick", "third", {mute = true})
pattern("beat", {{index = 0}, {}, {index = 0}, {index = 0, volume = 0.4}})
pattern("line", note("c4 g4 e4 <b4 c5>"))
bind("a", "beat") bind("b", "line")
