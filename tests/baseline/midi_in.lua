-- Notes from the host: chromatic on one channel and by index on all, mono and poly, beside a sequencer on the same sampler.
-- render: --bars 2 --bpm 120
-- host: notes
session{}
audioOut("out")
sampler("keys", {samples = {"factory:tone"}, playStyle = "loop", attackMs = 10, decayMs = 80, sustain = 0.6, releaseMs = 200, volume = 0.3})
sampler("pads", {samples = {"factory:kick", "factory:snare", "factory:hat", {"factory:clap", slices = 4}}, volume = 0.5})
sampler("solo", {samples = {"factory:bass"}, polyphony = "mono", volume = 0.4})
midiIn("chromatic", {channel = 1}) midiIn("indexed", {mode = "index", base = 48}) midiIn("off", {enabled = false})
connect("chromatic", "keys", "event") connect("chromatic", "solo", "event") connect("indexed", "pads", "event") connect("off", "pads", "event")
sequencer("q") connect("q", "pads", "event")
pattern("beat", {{index = 0}, {}, {index = 2, volume = 0.5}, {}})
bind("q", "beat")
