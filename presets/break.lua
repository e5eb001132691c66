-- name: Chopped drums
-- author: videoTracker
-- tags: breakbeat, slices, jungle
-- description: A reese, a stab and a roll of toms cut into slices and put together anew; each slice shows its own part of the picture.

session{bpm = 165}
audioOut("out", {masterVolume = 0.6}) videoOut("screen")
sampler("kit", {rules = "strudel", root = 36, samples = {"factory:bd:1", "factory:sd:1", "factory:hh:0", "factory:oh:1"}})
sampler("cuts", {rules = "strudel", root = 36, samples = {"factory:cr:0", "factory:stab:2"}})

-- The beat is cut in the pattern: eighths in another order in each bar, doubled and turned around now and then.
d1(s("bd hh [~ bd] sd hh bd [sd hh] oh"):chunk(4, hurry("<1 1 2 1>")):every(4, rev):sometimesBy(0.2, ply(2)))
d2(s("~ sd:1 ~ [~ sd:1]"):gain(0.5):room(0.2))
d3(s("<cr stab>"):chop(8):rev():every(2, fast(2)):cut(1):gain(0.5))
d4(note("<c1 c1 eb1 g0>"):struct("x ~ ~ [~ x]"):s("sine"):attack(0.01):decay(0.5):sustain(0.4):distort(1):gain(0.8))

videoFx("pixels", {shader = "pixelate"})
connect("cuts", "pixels") connect("pixels", "screen") connect("kit", "screen")
