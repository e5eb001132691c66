-- The session's internal clock, which a script starts at its own tempo, whatever the host's.
-- render: --bars 4 --bpm 90
session{clock = "internal", bpm = 151}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5})
sequencer("a") connect("a", "drums")
pattern("beat", {{index = 0}, {index = 2}, {index = 1, volume = 0.5}, {index = 2, ratio = "1:2"}})
bind("a", "beat")
engine:getClock():play()
