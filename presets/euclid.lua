-- name: Five against eight
-- author: videoTracker
-- tags: euclidean, polyrhythm, percussion
-- description: Euclidean rhythms of five lengths that meet again every few bars; a bell marks where the longest begins.

session{bpm = 108}
audioOut("out", {masterVolume = 0.6}) videoOut("screen")
sampler("kit", {rules = "strudel", root = 36, samples = {"factory:bd:2", "factory:rim:1", "factory:hh:0", "factory:perc:0", "factory:lt:0", "factory:mt:0", "factory:ht:0", "factory:cb:0"}})

d1(s("bd(3,8), rim(5,8,2), hh(7,16)"):gain("0.9 0.7"))
d2(s("{perc lt mt ht}%5"):pan(perlin):gain(0.7):room(0.2))
d3(note("c4(5,13) , g4(3,11,1)"):add(note("<0 3 5 -2>")):s("triangle")
  :fmi(2):fmh(3.5):decay(0.25):sustain(0):gain(0.5):room(0.35):delay(0.2):delaytime(0.277):delayfeedback(0.4):orbit(2))
d4(s("<cb ~ ~ ~>"):gain(0.35))

videoFx("mirrors", {shader = "mirror"})
videoFx("trails", {shader = "feedback", keep = 0.9, zoom = 1.0, angle = 3})
connect("kit", "mirrors") connect("mirrors", "trails") connect("trails", "screen")
