-- name: Acid line
-- author: videoTracker
-- tags: synth, techno, 303
-- description: A sawtooth whose filter opens and closes over a straight beat. Macro 1 opens it, macro 2 bends the sound.

session{bpm = 126}
audioOut("out", {masterVolume = 0.6}) videoOut("screen")
synth("synth")

-- One bar of sixteenths, another order in every fourth bar; the accents push level and filter.
d1(note("<[c2 c2 eb2 c2] [c2 g2 c2 bb1]>*4"):s("sawtooth"):every(4, rev)
  :add(note("<0 0 0 [0 12]>*8"))
  :ftype("ladder"):lpf(420):lpq(18):lpenv("<3 2 4 2.5>*4"):lpdecay(0.12):lpsustain(0)
  :decay(0.16):sustain(0.2):clip(0.7):gain("[0.9 0.55 0.7 0.55]*4")
  :delay(0.25):delaytime(0.357):delayfeedback(0.45):orbit(2))

d2(s("bd*4, [~ hh]*4, ~ cp ~ cp"):gain(0.9))
d3(s("hh*16"):gain("[0.25 0.12 0.2 0.12]*4"):pan("0.35 0.65"))

-- The picture: stripes that the line's level bends.
videoSource("stripes", {shader = "osc", frequency = 14, offset = 0.05})
videoFx("bend", {shader = "kaleid", sides = 5})
videoFx("ember", {shader = "tint", red = 0.8, green = 0.3, blue = 0.2})
connect("stripes", "bend") connect("bend", "ember") connect("ember", "screen")
connect("synth.level", "stripes.frequency")

macro(1, "Cutoff", {{"synth.cutoff", min = 200, max = 5000}})
macro(2, "Drive", {{"synth.drive", min = 0.2, max = 3}})
