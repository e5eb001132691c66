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
connect("veil", "screen")
follower("touch", {releaseMs = 400})
connect("keys", "touch")
connect("touch.value", "veil.contrast")
