-- Mono samplers: a trigger releases the voice before, with short and long releases, and a step that says poly.
-- render: --bars 4 --bpm 97
session{}
audioOut("out")
sampler("bass", {samples = {"factory:bass"}, polyphony = "mono", attackMs = 3, releaseMs = 120, volume = 0.5})
sampler("lead", {samples = {"factory:tone"}, polyphony = "mono", playStyle = "loop", releaseMs = 0, volume = 0.3})
sequencer("low") sequencer("high")
connect("low", "bass", "event") connect("high", "lead", "event")
pattern("line", {{note = 36, length = 3}, {}, {note = 43}, {note = 31, length = 8}, {}, {note = 48}, {}, {note = 36, polyphony = 0}}, {stepsPerBeat = 2})
pattern("tune", {{note = 60, length = 4}, {note = 64, length = 4}, {note = 67}, {}, {note = 72, length = 2}, {}, {note = 55, polyphony = 0, length = 6}, {}})
bind("low", "line") bind("high", "tune")
