-- name: First house
-- author: videoTracker
-- tags: house, drums, chords
-- description: Four on the floor, off-beat chords and a bass that answers. Macro 1 opens the chords, macro 2 the hats.

session{bpm = 122}
audioOut("out", {masterVolume = 0.6}) videoOut("screen")
sampler("kit", {rules = "strudel", root = 36, samples = {"factory:bd:1", "factory:cp:0", "factory:oh:0", "factory:hh:0"}})
synth("synth")

d1(s("bd*4, ~ cp ~ cp, [~ oh]*4"):gain("0.95"))
d2(s("hh*16"):gain("[0.3 0.12 0.5 0.14]*4"))
d3(chord("<Am9 Am9 Dm9 Em7>"):voicing():struct("[~ x] [~ ~ ~ x] [~ x] ~"):s("sawtooth")
  :lpf(1400):lpenv(2):lpdecay(0.2):decay(0.22):sustain(0.1):gain(0.42):room(0.3):delay(0.2):delaytime(0.369):delayfeedback(0.35):orbit(2))
d4(note("<[a1 ~ ~ a1 ~ ~ c2 ~] [a1 ~ ~ a1 ~ g1 ~ e1] [d2 ~ ~ d2 ~ ~ f2 ~] [e2 ~ ~ e2 ~ d2 ~ b1]>"):s("square")
  :lpf(500):lpq(3):lpenv(2.5):lpdecay(0.1):decay(0.2):sustain(0.4):clip(0.8):gain(0.7))

videoFx("warm", {shader = "colorama"})
connect("kit", "warm") connect("warm", "screen")

macro(1, "Chords", {{"synth.cutoff", min = 300, max = 6000}})
