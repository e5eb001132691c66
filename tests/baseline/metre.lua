-- Cycles of three beats and bars of three: patterns, chains and bindings that wait for a bar, a beat, a cycle or nothing.
-- render: --bars 6 --bpm 140
session{cycle = 3, bar = 3}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.4})
pattern("waltz", "kick hat hat")
pattern("four", {{index = 1}, {index = 2}, {index = 2}, {index = 3}}, {stepsPerBeat = 4 / 3})
chain("turns", {{"waltz", 2}, "four"})
for i, quantize in {"bar", "none", "beat", "cycle", "pattern"} do
  sequencer("q" .. i, {quantize = quantize}) connect("q" .. i, "drums")
  bind("q" .. i, i % 2 == 0 and "turns" or "waltz", {quantize = quantize})
end
bind("q5", "four") unbind("q4") bind("q4", "turns")
