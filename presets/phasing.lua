-- name: Two pianos
-- author: videoTracker
-- tags: phasing, minimal
-- description: Twelve notes against themselves: the right hand gains a sixteenth every four bars until both meet again.

session{bpm = 90}
videoOut("screen")
synth("synth")

local line = n("0 1 4 5 6 1 0 5 4 1 6 5"):scale("E4:dorian"):s("triangle")
  :fmi(0.8):fmh(2):decay(0.3):sustain(0.05):gain(0.55)

d1(line:pan(0.2):room(0.25))
d2(line:fast(49 / 48):pan(0.8):room(0.25))

-- Each hand draws its own half of the picture.
videoSource("left", {shader = "shape", sides = 4, radius = 0.12, smoothing = 0.02})
videoSource("cells", {shader = "voronoi", scale = 4, speed = 0.1})
videoFx("tinted", {shader = "tint", red = 0.35, green = 0.3, blue = 0.55})
connect("cells", "tinted") connect("tinted", "screen") connect("left", "screen")
connect("synth.level", "left.radius")
