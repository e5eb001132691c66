-- Lists as arguments, patterns that name others, steps written out of cycles and cycles of steps.
-- render: --bars 8 --bpm 136
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.3})
for i = 1, 6 do sequencer("q" .. i) connect("q" .. i, "drums") end
pattern("steps", {{index = 0}, {}, {index = 2, volume = 0.5}, {index = 1, chance = 60}, {index = 0, ratio = "1:2"}, {}, {index = 2}, {}})
pattern("both", stack(getPattern("steps"):every(3, function(x) return x:fast(2) end), s("~ clap")))
bind("q2", "steps") bind("q3", "steps")
pattern("grid", "kick(3,8) ~ hat", {as = "steps"})
pattern("grid4", s("hat*<3 4 5>"), {as = "steps", cycles = 4})
pattern("list", stack(cat(0, 1, "2 3"), seq("kick", "snare hat"), polymeter("hat hat", "clap hat kick")))
pattern("again", getPattern("both"):slow(2):late(0.125))
exec("pattern add typed 4") exec("pattern set typed 2 index=3")
for i, name in {"both", "grid", "grid4", "list", "again", "typed"} do
  bind("q" .. i, name)
end
