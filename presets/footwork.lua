-- name: Footwork
-- author: videoTracker
-- tags: footwork, 160, drums
-- description: Kicks in threes over halves, claps that stumble and a stabbing voice, at 160.

session{bpm = 160}
audioOut("out", {masterVolume = 0.6}) videoOut("screen")
sampler("kit", {rules = "strudel", root = 36, samples = {"factory:bd:0", "factory:cp:2", "factory:hh:0", "factory:lt:2", "factory:mt:2", "factory:ht:2"}})

d1(s("<[bd ~ ~ bd ~ ~ bd ~] [bd ~ ~ bd ~ ~ bd bd] [bd ~ ~ bd ~ bd ~ ~] [bd bd bd ~ bd bd bd ~]>"):gain(0.95))
d2(s("~ ~ cp ~ ~ ~ cp ~"):sometimesBy(0.3, ply(2)):gain(0.8):room(0.15))
d3(s("hh*8"):every(2, fast(2)):gain("0.4 0.2 0.3 0.2"))
d4(s("<lt mt ht>*3"):euclid(5, 16):gain(0.6):pan(sine:slow(3)))
d5(note("<[c3 ~ ~ eb3] [~ g3 ~ ~]>*2"):s("supersaw"):vowel("<a e o>*4"):decay(0.15):sustain(0):gain(0.5):delay(0.3):delaytime(0.1875):delayfeedback(0.5):orbit(2))

videoFx("split", {shader = "repeat"})
connect("kit", "split") connect("split", "screen")
