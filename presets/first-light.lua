-- name: First light
-- author: videoTracker
-- tags: drums, keys, default
-- description: What a fresh instance plays while the host's transport rolls; keys of the host's MIDI track sound as well.

-- Every sample here is a sound and a picture in one: lights that fade as the drums do.
session{}

audioOut("out")
videoOut("screen")

sampler("drums", {samples = {"factory:kick|ember", "factory:snare|halo", "factory:hat|spark"}})
sampler("keys", {samples = {"factory:tone|tide"}, volume = 0.5, attackMs = 2, releaseMs = 120})

pattern("beat", {
  {index = 0}, {}, {index = 2, volume = 0.5}, {},
  {index = 1}, {}, {index = 2, volume = 0.5}, {index = 2, volume = 0.3, chance = 60},
  {index = 0}, {}, {index = 2, volume = 0.5}, {index = 0, volume = 0.6},
  {index = 1}, {}, {index = 2, volume = 0.5}, {index = 2, volume = 0.3, ratio = {2, 2}},
})

sequencer("seq")
connect("seq", "drums")
bind("seq", "beat")

-- Keys played on the host's MIDI track.
midiIn("midi")
connect("midi", "keys")

