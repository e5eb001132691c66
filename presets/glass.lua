-- name: Glass
-- author: videoTracker
-- tags: drums, shaders, kaleidoscope
-- description: A beat that turns a kaleidoscope, with pictures that shaders compute. Macro 1 bends, macro 2 leaves traces.

session{}

audioOut("out")
videoOut("screen")

sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}})
sequencer("seq")
connect("seq", "drums")

videoSource("stripes", {shader = "osc", frequency = 20, offset = 0.2})
videoSource("clouds", {shader = "noise", scale = 4})
videoFx("bent", {shader = "modulate", amount = 0.15})
videoFx("glass", {shader = "kaleid", sides = 6})
videoFx("traces", {shader = "feedback", keep = 0.8, zoom = 1.04, angle = 2})
connect("stripes", "bent")
connect("clouds", "bent")
connect("bent", "glass")
connect("glass", "traces")
connect("traces", "screen")

-- The snare's steps change how many mirrors there are, because the sequencer drives the kaleidoscope as well.
connect("seq", "glass")
pattern("beat", {
  {index = 0}, {}, {index = 2, volume = 0.4}, {},
  {index = 1, sides = 9}, {}, {index = 2, volume = 0.4}, {},
  {index = 0, sides = 5}, {index = 2, volume = 0.3}, {index = 2, volume = 0.4}, {},
  {index = 1, sides = 12}, {}, {index = 2, volume = 0.4, chance = 50}, {index = 0, volume = 0.5},
})
bind("seq", "beat")

macro(1, "Bend", {{"bent.amount", min = 0, max = 0.5}})
macro(2, "Traces", {{"traces.keep", min = 0, max = 0.97}})
