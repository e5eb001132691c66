-- A loop whose end lies between frames, with sounds that ring over it; the host cuts blocks at the loop's end.
-- render: --seconds 12 --bpm 133.7 --loop 0.5:6.25 --start 0
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5})
sampler("pad", {samples = {"factory:tone"}, playStyle = "loop", attackMs = 20, releaseMs = 500, volume = 0.3})
sequencer("a", {swing = 0.3}) sequencer("b")
connect("a", "drums") connect("b", "pad")
pattern("beat", {{index = 0}, {index = 2}, {index = 1, chance = 70}, {index = 2, ratio = "1:2"}, {index = 0}}, {stepsPerBeat = 3})
pattern("chords", note("<[c4,e4] [d4,a4]>"):struct("x(3,8)"))
bind("a", "beat") bind("b", "chords")
