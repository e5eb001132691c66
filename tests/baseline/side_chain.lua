-- render: --bars 2
-- The host's second input keys a compressor, which a render leaves silent; a gate keys itself.
session{}
audioOut("out")
audioIn("key")
sampler("low", {samples = {"low.wav"}, playStyle = "loop"})
audioFx("squeeze", {effect = "compressor", threshold = -30})
audioFx("chop", {effect = "gate", threshold = -60})
sequencer("beat")
connect("beat", "low")
connect("low", "squeeze")
connect("key", "squeeze.sidechain")
connect("squeeze", "chop")
connect("chop", "out")
pattern("long", n("0"))
bind("beat", "long")
