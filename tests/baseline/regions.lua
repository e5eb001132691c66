-- Regions: of modules, samples and steps, in all play styles, with a start behind the end and a start within the region.
-- render: --bars 4 --bpm 120
session{}
audioOut("out")
sampler("a", {samples = {"factory:tone", {"factory:tone", regionStart = 0.5, regionEnd = 0.6}}, regionStart = 0.1, regionEnd = 0.4, playStyle = "loop", volume = 0.3})
sampler("b", {samples = {"strikes.wav"}, regionStart = 0.7, regionEnd = 0.2, volume = 0.4})
sequencer("q") connect("q", "a") connect("q", "b")
pattern("p", {
  {index = 0, length = 3}, {}, {}, {}, {index = 1, length = 3}, {}, {}, {},
  {index = 0, regionStart = 0.05, regionEnd = 0.06, length = 3}, {}, {}, {}, {index = 0, position = 0.5, speed = -2, length = 2}, {}, {index = 0, regionEnd = 1}, {index = 0, regionStart = 0, playStyle = 0},
})
bind("q", "p")
