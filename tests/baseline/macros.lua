-- Macros with several targets: sounds, regions, mixers, outputs and sequencers; what a host moves is taken over.
-- render: --bars 4 --bpm 128
-- host: macros notes
session{}
audioOut("out")
audioMixer("mix", {connectionVolume_1 = 0.8})
sampler("kick", {samples = {"factory:kick"}}) sampler("keys", {samples = {"factory:tone"}, playStyle = "loop", attackMs = 4, releaseMs = 60, volume = 0.3})
sequencer("q", {swing = 0.1}) connect("q", "kick", "event")
midiIn("midi") connect("midi", "keys", "event")
connect("kick", "mix") connect("keys", "mix") connect("mix", "out")
macro(1, "Kick", {"kick.volume", {"kick.speed", min = 0.5, max = 2}, {"mix.connectionPan_2", min = -1, max = 1}})
macro(2, "Keys", {{"keys.regionStart", min = 0, max = 0.4}, {"keys.transpose", min = -12, max = 12}})
macro(3, "Whole", {{"out.masterVolume", min = 1, max = 0.5}, {"keys.releaseMs", min = 10, max = 400}})
macro(4, "Feel", {{"q.swing", min = 0, max = 0.6}})
pattern("beat", {{index = 0}, {index = 0, volume = 0.3}, {index = 0, speed = 2}, {index = 0, volume = 0.5}})
bind("q", "beat")
