-- Polyphony: chords in a sampler of three voices, whose oldest is stolen, beside one of 64 that keeps all of them.
-- render: --bars 4 --bpm 133.7
session{}
audioOut("out")
sampler("three", {samples = {"factory:tone"}, voices = 3, playStyle = "loop", attackMs = 5, releaseMs = 700, volume = 0.2})
sampler("many", {samples = {"factory:tone"}, voices = 64, releaseMs = 2000, volume = 0.05})
sequencer("a") connect("a", "three") connect("a", "many")
pattern("chords", note("[c4,e4,g4] [d4,f4] <[a3,c4,e4,g4] [b3,d4]> c5*4"):fast(2))
bind("a", "chords")
