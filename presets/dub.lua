-- name: Dub chamber
-- author: videoTracker
-- tags: dub, delay, room, orbit
-- description: Chords and rim shots thrown into two delays of different length. Macro 1 sends more, macro 2 lets the echoes stand.

session{bpm = 74}
audioOut("out", {masterVolume = 0.6}) videoOut("screen")
sampler("kit", {rules = "strudel", root = 36, samples = {"factory:bd:0", "factory:rim:0", "factory:hh:0"}})
synth("synth")

-- The chord goes to orbit 2, whose echoes fall on dotted quavers; the drums have a room of their own in orbit 1.
d1(chord("<Cm7 Cm7 Fm7 Gm7>"):voicing():struct("~ x ~ [x ~]"):s("sawtooth")
  :lpf("<900 700 1200 800>"):lpq(4):attack(0.005):decay(0.18):sustain(0):gain(0.5)
  :delay(0.6):delaytime(0.608):delayfeedback(0.62):room(0.4):roomsize(5):orbit(2))
d2(note("<c2 c2 f1 g1>*1"):struct("x ~ [~ x] x"):s("sine"):decay(0.4):sustain(0.3):clip(0.9):gain(0.95):orbit(3))
d3(s("bd ~ ~ [~ bd], ~ ~ rim ~, [~ hh]*4"):room("<0.1 0.1 0.3 0.1>"):gain(0.85))
d4(s("<~ ~ ~ [~ rim*3]>"):delay(0.8):delaytime(0.405):delayfeedback(0.7):orbit(2):gain(0.7))

videoFx("smoke", {shader = "feedback", keep = 0.94, zoom = 1.012, angle = 0.4, y = -0.004})
connect("kit", "smoke") connect("smoke", "screen")

macro(1, "Send", {{"synth.delay", min = 0, max = 1}})
