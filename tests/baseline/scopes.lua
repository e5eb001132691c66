-- Oscilloscopes and spectrograms of a sampler and of a mixer, in every mode and scale, in one picture.
-- render: --bars 3 --bpm 120
session{}
audioOut("out", {limit = false}) videoOut("screen")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:tone"}, pan = -0.4}) sampler("tone", {samples = {"factory:tone"}, playStyle = "loop", pan = 0.6, volume = 0.3})
audioMixer("sum") connect("drums", "sum") connect("tone", "sum") connect("sum", "out")
oscilloscope("xy", {scale = 1.5, red = 1, background = 0.2}) oscilloscope("lines", {mode = "time", pointSize = 4, opacity = 0.7}) oscilloscope("off", {enabled = false})
spectrogram("log") spectrogram("mel", {scale = "mel", window = "sine", fftSize = 512, speed = 3, opacity = 0.5}) spectrogram("lin", {scale = "lin", window = "rect", speed = 0.5}) spectrogram("low", {window = "hamming", fftSize = 4096, opacity = 0.3})
connect("sum", "xy") connect("drums", "lines") connect("tone", "off") connect("sum", "log") connect("drums", "mel") connect("tone", "lin") connect("sum", "low")
videoMixer("mix", {blendMode = "add"})
for _, name in {"log", "mel", "lin", "low", "xy", "lines", "off"} do connect(name, "mix") end
connect("mix", "screen")
sequencer("q") connect("q", "drums") connect("q", "tone")
pattern("p", {{index = 0}, {index = 2, note = 67}, {index = 1, length = 2}, {}})
bind("q", "p")
