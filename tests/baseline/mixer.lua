-- A mixer with a volume, a pan, a mute and a solo for its inputs, behind another mixer.
-- render: --bars 4 --bpm 120
session{}
audioOut("out", {masterVolume = 0.9})
audioMixer("inner", {masterVolume = 0.7})
audioMixer("outer")
for i, sound in {"kick", "snare", "hat", "tone"} do
  sampler(sound, {samples = {"factory:" .. sound}, volume = 0.5, pan = (i - 2) * 0.2})
  sequencer(sound .. "Seq") connect(sound .. "Seq", sound, "event")
  bind(sound .. "Seq", pattern(sound .. "Steps", {{index = 0}, {}, i % 2 == 0 and {index = 0, volume = 1.5} or {}}, {stepsPerBeat = i}))
end
connect("kick", "inner", {volume = 0.5, pan = -1})
connect("snare", "inner", {volume = 0.8, pan = 0.5})
connect("hat", "inner", {mute = true})
connect("tone", "outer", {pan = 0.25, solo = true})
connect("inner", "outer", {volume = 0.6, solo = true})
connect("hat", "outer")
connect("outer", "out", {volume = 0.9, pan = -0.1})
