-- Envelopes: attack, decay, sustain and release of modules, samples, steps and controls.
-- render: --bars 4 --bpm 110
session{}
audioOut("out")
sampler("pad", {samples = {"factory:tone", {"factory:tone", attackMs = 200, sustain = 0.1, decayMs = 50}}, playStyle = "loop", attackMs = 30, decayMs = 120, sustain = 0.4, releaseMs = 300, volume = 0.3})
sampler("pluck", {samples = {"factory:bass"}, decayMs = 60, sustain = 0, releaseMs = 5, volume = 0.5})
sequencer("a") sequencer("b")
connect("a", "pad", "event") connect("b", "pluck", "event")
pattern("held", {{index = 0, length = 3}, {}, {}, {}, {index = 1, length = 2}, {}, {index = 0, attackMs = 0, releaseMs = 1000}, {}, {index = 0, length = 4, decayMs = 500, sustain = 0.9}, {}, {}, {}})
pattern("struck", note("c3 e3 <g3 b3> c4"):fast(2):attackMs("0 20"):decayMs(tri:range(20, 200)):sustain("<0 0.3>"):releaseMs("5 80"))
bind("a", "held") bind("b", "struck")
