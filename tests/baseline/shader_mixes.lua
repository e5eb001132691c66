-- Effects with two inputs, a source of parameters that events move and links follow, and an output with a size of its own.
-- render: --bars 2 --bpm 100
session{}
audioOut("out") videoOut("screen", {backgroundGreen = 0.1, masterOpacity = 0.8, blendMode = "screen", width = 96, height = 54})
sampler("drums", {samples = {"factory:kick|ember", "factory:snare|halo"}, size = 0.7}) sequencer("q") connect("q", "drums")
videoSource("stripes", {shader = "osc", sync = 1}) videoSource("clouds", {shader = "noise", speed = 2, contrast = 2}) videoSource("cells", {shader = "voronoi", blending = 0.8})
videoMixer("mix", {blendMode = "lighten"})
for i, shader in {"modulateScale", "modulateKaleid", "modulatePixelate", "modulateHue", "mask", "modulate"} do
  videoFx("fx" .. i, {shader = shader, mix = 0.5 + i / 12})
  connect(i % 2 == 0 and "stripes" or "drums", "fx" .. i, "video") connect(i % 3 == 0 and "cells" or "clouds", "fx" .. i, "video")
  videoMixer("part" .. i, {size = 0.33, x = (i - 1) % 3 * 0.66 - 0.66, y = i > 3 and 0.5 or -0.5})
  connect("fx" .. i, "part" .. i) connect("part" .. i, "mix", {opacity = 0.9})
end
connect("mix", "screen")
connect("q", "stripes") connect("q", "fx4") connect("q", "clouds")
local router = engine:getParameterRouter()
router:link("clouds.scale", "cells.scale", {scale = 0.5, max = 20}) router:link("cells.scale", "stripes.frequency", {curve = "square", scale = 0.1})
pattern("p", {{index = 0, sync = -2}, {index = 1, amount = 0.9}, {index = 0, contrast = 0.5, speed = -1}, {index = 1, volume = 0.3}})
bind("q", "p")
