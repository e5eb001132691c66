-- name: Side-chain light
-- author: videoTracker
-- tags: audio-reactive, side-chain, shader
-- description: Pictures that follow what the host sends to the side-chain, else a beat of its own; spectrum and level move the shapes.

session{bpm = 120}
audioOut("out") videoOut("screen")
sampler("kit", {rules = "strudel", root = 36, samples = {"factory:bd:1", "factory:sd:1", "factory:hh:0"}})

audioIn("host")
follower("loud", {attackMs = 8, releaseMs = 220})
connect("host", "loud")

d1(s("bd*4, ~ sd ~ sd, hh*8"):gain(0.8))
connect("kit", "loud") connect("kit", "out")

videoSource("spectrum", {shader = "bars", count = 48, gain = 2})
videoSource("star", {shader = "shape", sides = 6, radius = 0.2, smoothing = 0.05})
videoFx("echoes", {shader = "feedback", keep = 0.9, zoom = 1.05, angle = 4})
connect("spectrum", "screen") connect("star", "echoes") connect("echoes", "screen")
connect("loud.value", "star.radius")

macro(1, "Echoes", {{"echoes.keep", min = 0, max = 0.97}})
