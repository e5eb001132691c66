-- Every play style as the module's, a sample's and a step's, forwards and backwards, from positions and within regions.
-- render: --bars 4 --bpm 120
session{}
audioOut("out", {limit = false})
sampler("once", {samples = {"factory:kick", "factory:tone"}, volume = 0.5})
sampler("loop", {samples = {"factory:snare", "factory:clap"}, playStyle = "loop", releaseMs = 40, volume = 0.3})
sampler("grain", {samples = {"factory:tone", "factory:bass"}, playStyle = "grain", grainSize = 0.07, releaseMs = 20, volume = 0.4})
sampler("next", {samples = {"factory:tone", {"factory:bass", playStyle = "once"}}, playStyle = "next", volume = 0.4})
for _, name in {"once", "loop", "grain", "next"} do
  sequencer(name .. "Seq")
  connect(name .. "Seq", name, "event")
  bind(name .. "Seq", pattern(name .. "Steps", {
    {index = 0, length = 2}, {}, {index = 1, speed = -1}, {index = 0, position = 0.3},
    {index = 1, length = 3, position = 0.5, speed = 1.5}, {}, {}, {index = 0, speed = -0.5, position = 0.9},
    {index = 0, length = 2, regionStart = 0.25, regionEnd = 0.5}, {}, {index = 1, playStyle = 1, length = 2}, {},
    {index = 0, playStyle = 2, grainSize = 0.03, position = 0.4, length = 2}, {}, {index = 1, playStyle = 3}, {index = 0, playStyle = 0},
  }))
end
