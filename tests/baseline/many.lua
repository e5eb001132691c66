-- Thirty sequencers and samplers, in mixers of ten, over step sizes that share no grid.
-- render: --bars 2 --bpm 127
session{autoRoute = false}
audioOut("out", {limit = false})
local sounds = {"tone", "kick", "hat", "bass", "snare"}
for group = 1, 3 do
  audioMixer("mix" .. group, {masterVolume = 0.5}) connect("mix" .. group, "out", {pan = group / 2 - 1})
  for i = 1, 10 do
    local id = group .. "x" .. i
    sampler("s" .. id, {samples = {"factory:" .. sounds[i % 5 + 1]}, volume = 0.2, transpose = i - 5, releaseMs = i * 10})
    sequencer("q" .. id, {swing = i / 20}) connect("q" .. id, "s" .. id, "event")
    connect("s" .. id, "mix" .. group, {volume = 1 - i / 20, pan = i / 5 - 1})
    bind("q" .. id, pattern("p" .. id, {{index = 0}, {}, {index = 0, chance = 60}, {index = 0, length = 2}}, {stepsPerBeat = (i + group) / 3, seed = i}))
  end
end
