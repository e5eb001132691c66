-- name: Sixteen steps
-- author: videoTracker
-- tags: tracker, chain, song
-- description: A song written as a tracker writes it: patterns of sixteen steps, put in order by chains, one for drums and one for the lead.

session{bpm = 128}
audioOut("out") videoOut("screen")

sampler("kit", {samples = {"factory:bd:1", "factory:sd:1", "factory:hh:0", "factory:oh:0"}})
synth("lead", {wave = "square", volume = 0.35, decayMs = 180, sustain = 0.2, cutoff = 2200})
sequencer("drums") connect("drums", "kit")
sequencer("tune") connect("tune", "lead")

local o = {}
local bd, sd, hh = {index = 0}, {index = 1}, {index = 2, volume = 0.4}
pattern("four", {bd, o, hh, o, bd, o, hh, o, bd, o, hh, o, bd, o, hh, hh})
pattern("full", {bd, hh, hh, bd, sd, hh, bd, hh, hh, bd, hh, {index = 3, volume = 0.5}, sd, hh, bd, {index = 1, volume = 0.3, chance = 50}})
pattern("fill", {bd, o, sd, o, bd, sd, sd, o, sd, sd, {index = 1, ratio = {1, 2}}, sd, sd, sd, sd, sd})
chain("beat", {{"four", 2}, {"full", 5}, "fill"})
bind("drums", "beat", {kind = "chain"})

local function key(note, length) return {note = note, length = length or 1} end
pattern("a", {key(57), o, key(60), o, key(64), o, key(60), key(62), o, key(60), o, o, key(57, 2), o, key(55), o})
pattern("b", {key(53), o, key(57), o, key(60), o, key(64), key(62), o, key(60), key(57), o, key(55, 3), o, o, o})
chain("melody", {{"a", 3}, "b"})
bind("tune", "melody", {kind = "chain"})

videoFx("blocks", {shader = "pixelate"})
connect("kit", "blocks") connect("blocks", "screen")
