-- name: VJ pads
-- author: videoTracker
-- tags: vj, clips, midi
-- description: Notes from C2 up show a picture each, as pads do, and velocity is its light. A pattern plays them until you do.

session{bpm = 100}
audioOut("out") videoOut("screen")

-- Every picture of the kit is a clip; a note picks it: C2 is the first.
sampler("clips", {volume = 0.6, blend = "add", releaseMs = 400, samples = {
  "factory:bd:0", "factory:sd:1", "factory:hh:0", "factory:oh:1", "factory:cp:2", "factory:pad:0", "factory:stab:2", "factory:vox:0"}})
midiIn("pads", {mode = "index"})
connect("pads", "clips")

sequencer("auto") connect("auto", "clips")
pattern("show", n("<0 5>, [~ 1]*2, 2*4, <3 4 6 7>/2"):opacity("0.9 0.6"))
bind("auto", "show")

videoFx("mirror", {shader = "kaleid", sides = 6})
videoFx("trail", {shader = "feedback", keep = 0.85, zoom = 1.02, angle = 1})
connect("clips", "mirror") connect("mirror", "trail") connect("trail", "screen")
macro(1, "Mirrors", {{"mirror.sides", min = 2, max = 16}})
macro(2, "Traces", {{"trail.keep", min = 0, max = 0.97}})
