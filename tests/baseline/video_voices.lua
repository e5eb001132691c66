-- Pictures of voices: loops, grains, speeds, slices, envelopes and stolen voices show what sounds; two outputs stacked.
-- render: --bars 3 --bpm 120
session{}
audioOut("out") videoOut("screen") videoOut("over", {masterOpacity = 0.5, blendMode = "screen"})
sampler("loops", {samples = {"factory:tone|counter"}, playStyle = "loop", regionStart = 0.2, regionEnd = 0.6, attackMs = 100, releaseMs = 400, volume = 0.3})
sampler("grains", {samples = {"factory:bass|cyan", "factory:tone|yellow"}, playStyle = "grain", grainSize = 0.2, voices = 2, size = 0.5, x = 0.5, volume = 0.3})
sampler("cuts", {samples = {"factory:clap|magenta"}, slices = 4, size = 0.4, y = 0.5, blend = "lighten", polyphony = "mono"})
sequencer("q") connect("q", "loops") connect("q", "grains") connect("q", "cuts")
pattern("p", n("0 1 <2 3> [0 1]"):speed("<1 -1 0.5>"):cropRight("0 0.3"):opacity("1 0.6"))
bind("q", "p")
