-- A tempo that changes inside of sounds, steps and cycles, slow and very quick.
-- render: --bars 6 --tempo-map tempo.txt --sample-rate 44100
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5})
sampler("pad", {samples = {"factory:tone"}, playStyle = "loop", attackMs = 20, releaseMs = 200, volume = 0.3})
sequencer("a", {swing = 0.5}) sequencer("b") sequencer("c")
connect("a", "drums") connect("b", "pad") connect("c", "drums")
pattern("beat", {{index = 0}, {index = 2, length = 4}, {index = 1}, {index = 2}, {index = 0}}, {stepsPerBeat = 5})
pattern("held", {{index = 0, length = 7}, {}, {}, {}, {}, {}, {}, {index = 0, note = 67}}, {stepsPerBeat = 2})
pattern("fitted", s("snare hat"):loopAt("<1 2>"):chop(4))
bind("a", "beat") bind("b", "held") bind("c", "fitted")
