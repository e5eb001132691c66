-- Several samplers on one sequencer: words that only one of them has, words that both have, numbers, and one on two sequencers.
-- render: --bars 4 --bpm 120
session{}
audioOut("out", {limit = false})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5})
sampler("tuned", {samples = {"factory:tone", "factory:bass", "factory:hat"}, volume = 0.3, transpose = 5})
sampler("file", {samples = {"strikes.wav", "low.wav"}, volume = 0.4})
sequencer("a") sequencer("b")
connect("a", "drums") connect("a", "tuned") connect("b", "tuned") connect("b", "file")
pattern("shared", s("kick tone snare <bass hat>"):note("c4 e4 g4 c5"))
pattern("other", stack(s("strikes low tone"), n("0 1 2"):gain(0.3)))
bind("a", "shared") bind("b", "other")
