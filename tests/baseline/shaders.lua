-- Shader sources and effects whose parameters events set, chained, mixed and with two inputs.
-- render: --bars 3 --bpm 120
session{}
audioOut("out") videoOut("screen")
sampler("drums", {samples = {"factory:kick|red", "factory:snare|green", "factory:hat|blue"}, size = 0.5})
videoSource("stripes", {shader = "osc", frequency = 20, offset = 0.2}) videoSource("clouds", {shader = "noise", scale = 4})
videoSource("figure", {shader = "shape", sides = 4}) videoSource("cells", {shader = "voronoi", opacity = 0.4})
videoFx("bent", {shader = "modulate", amount = 0.15}) videoFx("glass", {shader = "kaleid", sides = 6, mix = 0.8})
videoFx("coarse", {shader = "pixelate", x = 24, y = 12}) videoFx("traces", {shader = "feedback", keep = 0.8, zoom = 1.04, angle = 2})
videoFx("off", {shader = "invert", enabled = false}) videoFx("empty")
videoMixer("mix", {blendMode = "add"})
connect("stripes", "bent") connect("clouds", "bent") connect("bent", "glass") connect("figure", "off") connect("off", "empty") connect("cells", "coarse")
connect("glass", "mix") connect("empty", "mix") connect("coarse", "mix") connect("drums", "mix", "video") connect("mix", "traces") connect("traces", "screen")
sequencer("q") connect("q", "drums") connect("q", "glass") connect("q", "stripes") connect("q", "figure")
pattern("beat", {{index = 0, sides = 9}, {index = 2, frequency = 60}, {index = 1, sides = 5, opacity = 0.5}, {index = 2, radius = 0.1, mix = 0.2}})
pattern("cycle", s("kick hat snare hat"):sides("<3 8>"):frequency("20 40"))
chain("both", {{"beat", 4}, "cycle"})
bind("q", "both")
