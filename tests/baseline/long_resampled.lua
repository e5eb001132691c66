-- A long sound at another rate than its file's, beside a short one of another rate yet.
-- render: --bars 2 --bpm 120 --sample-rate 44100
session{}
audioOut("out")
sampler("tape", {samples = {"long.wav", "low.wav"}, volume = 0.5})
sequencer("a") connect("a", "tape")
pattern("spots", {{index = 0, length = 3, position = 0.1}, {}, {}, {index = 1}, {index = 1, note = 67}, {index = 0, position = 0.7}, {index = 1, speed = -1}, {}})
bind("a", "spots")
