-- Swing of sequencers, of patterns in several step sizes, and of cycles, side by side.
-- render: --bars 4 --bpm 91.7
session{}
audioOut("out")
for i, amount in {0, 0.2, 0.55, 1} do
  sampler("s" .. i, {samples = {"factory:hat"}, transpose = i * 2, volume = 0.3})
  sequencer("q" .. i, {swing = amount}) connect("q" .. i, "s" .. i, "event")
  bind("q" .. i, pattern("p" .. i, {{index = 0}, {index = 0, volume = 0.5}, {index = 0, length = 2}, {index = 0}, {index = 0}}, {stepsPerBeat = i + 1}))
end
sampler("cycled", {samples = {"factory:clap"}, volume = 0.3}) sequencer("c", {swing = 0.4}) connect("c", "cycled", "event")
bind("c", pattern("cycle", s("clap*8"):swingBy("<0 0.3>", 4)))
