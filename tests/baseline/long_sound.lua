-- A sound of 95 seconds, longer than is kept in memory: read from disk from many positions, backwards, fast and in loops.
-- render: --bars 4 --bpm 120
session{}
audioOut("out")
sampler("tape", {samples = {"long.wav"}, releaseMs = 30, volume = 0.5})
sampler("scan", {samples = {"long.wav"}, playStyle = "loop", regionStart = 0.3, regionEnd = 0.31, volume = 0.4, polyphony = "mono"})
sequencer("a") sequencer("b")
connect("a", "tape") connect("b", "scan")
pattern("spots", {{index = 0, length = 2}, {}, {index = 0, position = 0.5}, {index = 0, position = 0.9, speed = -1}, {index = 0, position = 0.25, speed = 3.7, length = 3}, {}, {}, {index = 0, position = 0.999, length = 2}})
pattern("loops", {{index = 0, length = 8}, {}, {}, {}, {index = 0, note = 72, length = 4}, {}, {index = 0, speed = -2, playStyle = 2, grainSize = 0.1}, {index = 0, playStyle = 3}}, {stepsPerBeat = 2})
bind("a", "spots") bind("b", "loops")
