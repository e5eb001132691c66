-- Pictures of samplers in mixers and outputs: places, crops, blends, orders, opacities, feedback, a colour behind.
-- render: --bars 3 --bpm 120
session{autoRoute = false}
audioOut("out") videoOut("screen", {backgroundRed = 0.2, backgroundBlue = 0.1, masterOpacity = 0.9, order = "onsets"})
sampler("a", {samples = {"factory:kick|red", "factory:snare|testcard", "factory:hat|counter"}, size = 0.6, x = -0.4, volume = 0.4})
sampler("b", {samples = {"factory:tone|tide", {"factory:clap|halo", rotation = 45, cropLeft = 0.2}}, blend = "add", opacity = 0.8, flip = "horizontal", volume = 0.3})
sampler("c", {samples = {"factory:bass|ember", "factory:hat|spark"}, y = 0.3, size = 0.5, cropTop = 0.1, cropBottom = 0.2, volume = 0.3})
videoMixer("mix", {blendMode = "screen", order = "onsets", feedback = 0.6, feedbackSize = 0.9, feedbackRotation = 5})
videoMixer("flat", {autoNormalize = false, blendMode = "add", rotation = 10, opacity = 0.7, flip = "vertical"})
for _, name in {"a", "b", "c"} do connect(name, "out", "audio") end
connect("a", "mix", {type = "video", opacity = 0.9, blend = "difference"}) connect("b", "mix", "video")
connect("c", "flat", "video") connect("b", "flat", {type = "video", blend = "multiply"})
connect("mix", "screen", {type = "video", opacity = 0.8}) connect("flat", "screen", {type = "video", blend = "lighten"})
setParam("screen", "connectionOrder_1", 3) setParam("flat", "connectionBlend_1", "overlay") setParam("mix", "connectionOpacity_2", 0.6)
for i, name in {"a", "b", "c"} do
  sequencer("q" .. name) connect("q" .. name, name, "event")
  bind("q" .. name, pattern("p" .. name, {{index = 0, length = 2}, {index = 1, x = 0.3, rotation = 90}, {index = 2, blend = 6, opacity = 0.5}, {index = 0, size = 1.2, speed = -1, position = 0.9}}, {stepsPerBeat = i / 2 + 0.5}))
end
