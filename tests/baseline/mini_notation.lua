-- Mini-notation: groups, rests, holds, weights, repeats, feet, alternation, euclid, polymeter, chance, choice, ranges.
-- render: --bars 6 --bpm 120
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat", "factory:clap"}, volume = 0.4})
local texts = {
  "kick [hat hat] ~ snare, [kick snare]/2 hat",
  "kick@3 snare kick!3 snare _ - kick",
  "kick snare . hat hat hat . clap",
  "<kick <snare clap [snare snare]>> hat*<8 16 6>",
  "kick(3,8), clap(2,8,4), hat(5,8,<0 2>), snare(-3,8)",
  "{kick snare hat, clap ~ ~ ~ hat}%<8 6> {kick ~ hat}",
  "hat? kick?0.2 [snare|clap|hat hat] 0 .. 3",
  "kick:1 snare:2? [0 1]*1.5 3/1.25",
}
for i, text in texts do
  sequencer("q" .. i) connect("q" .. i, "drums") bind("q" .. i, pattern("p" .. i, text))
end
