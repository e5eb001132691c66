-- Patterns that Lua gives cycle by cycle: as a pattern, as mini-notation and as a list of events, with seeds, and in a chain.
-- render: --bars 8 --bpm 120
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.3})
pattern("walk", fn([[
  local hits = 3 + cycle % 4
  return s("kick(" .. hits .. ",8)"):add(n(math.random(3) - 1))
]]))
pattern("list", fn([[
  local events = {}
  for step = 0, 7 do
    if math.random() < 0.7 then table.insert(events, {at = step / 8, length = 1 / 8, n = step % 3, pan = math.random()}) end
  end
  return events
]], {seed = 4}))
pattern("text", fn([[return ({"hat*4", "hat*3 snare", "[clap clap?] ~"})[cycle % 3 + 1] ]], {seed = 9}))
chain("mixed", {{"walk", 2}, "text"})
for i, name in {"walk", "list", "text", "mixed"} do
  sequencer("q" .. i) connect("q" .. i, "drums") bind("q" .. i, name)
end
