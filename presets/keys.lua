-- name: Keys
-- author: videoTracker
-- tags: midi, piano, instrument
-- description: Play it from the host's MIDI track: an electric piano with tremolo, and a beat that waits underneath. Wheel and cc 74 are mapped.

session{bpm = 96}
audioOut("out")
videoOut("screen")

synth("keys", {wave = "sine", fmi = 1.6, fmh = 2, fmdecay = 0.35, fmsustain = 0.1, attackMs = 2, decayMs = 900, sustain = 0.35, releaseMs = 250, volume = 0.5})
audioFx("wobble", {effect = "tremolo"})
connect("keys", "wobble") connect("wobble", "out")
midiIn("midi")
connect("midi", "keys")

d1(s("bd ~ ~ bd, ~ rim, hh*8"):gain("0.6"))
-- A phrase for those who have no keyboard at hand: take the dashes away.
-- d2(note("<[e4,g4,b4] [d4,f4,a4]>"):s("sine"))

videoSource("veil", {shader = "noise", scale = 3, speed = 0.1})
videoFx("ink", {shader = "tint", red = 0.2, green = 0.45, blue = 0.5})
connect("veil", "ink") connect("ink", "screen")
follower("touch", {releaseMs = 400})
connect("keys", "touch")
engine:getParameterRouter():link("touch.value", "veil.contrast", {scale = 3, offset = 0.6})
