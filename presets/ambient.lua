-- name: Slow weather
-- author: videoTracker
-- tags: ambient, pad, room
-- description: Two pads drift against each other in a long room, with drops that never fall in the same place twice.

session{bpm = 60}
videoOut("screen")
synth("synth")

d1(chord("<C^9 Am9 F^7 Em7>/2"):voicing():s("supersaw"):unison(5):detune(0.25)
  :attack(1.8):decay(1):sustain(0.7):release(2.5):lpf(sine:range(400, 1600):slow(11)):gain(0.28):room(0.6):roomsize(8))
d2(n("<0 4 2 6 1 5 3>*2"):scale("C4:major pentatonic"):degradeBy(0.45):s("sine")
  :fmi(1.2):fmh(4):attack(0.01):decay(0.6):sustain(0):pan(rand):gain(0.4)
  :delay(0.5):delaytime(0.75):delayfeedback(0.6):room(0.5):orbit(2))
d3(s("pink"):attack(3):sustain(0.5):release(3):hpf(600):bpf(perlin:range(500, 3000):slow(3)):gain(0.06):slow(2))

videoSource("clouds", {shader = "noise", scale = 2, speed = 0.08})
videoFx("dusk", {shader = "tint", red = 0.25, green = 0.35, blue = 0.9})
videoFx("depth", {shader = "contrast", amount = 1.8})
connect("clouds", "depth") connect("depth", "dusk") connect("dusk", "screen")
engine:getParameterRouter():link("synth.level", "clouds.contrast", {scale = 3, offset = 0.5})
