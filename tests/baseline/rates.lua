-- Speeds, notes and transposition of sounds whose rate differs from the host's.
-- render: --bars 4 --bpm 101.3 --sample-rate 96000
session{}
audioOut("out")
sampler("deep", {samples = {"low.wav", {"low.wav", transpose = 7}, {"strikes.wav", speed = 0.5}}, transpose = -5, speed = 1.1, volume = 0.5})
sequencer("a") connect("a", "deep")
pattern("p", {{index = 0, note = 60}, {index = 1, note = 72}, {index = 2}, {index = 0, note = 127}, {index = 0, note = 0}, {index = 1, transpose = -12}, {index = 0, speed = 10}, {index = 2, speed = -10}, {index = 0, speed = 0, length = 2}})
bind("a", "p")
