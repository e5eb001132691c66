-- An output that is far too loud, one that is just so, and a loop that feeds itself, each kept within full scale.
-- render: --bars 4 --bpm 125
session{}
audioOut("out") audioOut("calm", {masterVolume = 0.5})
audioMixer("sum") audioMixer("hot") connect("sum", "hot") connect("hot", "out")
feedback("back", {amount = 1}) connect("hot", "back") connect("back", "sum")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}}) connect("drums", "sum")
sampler("bass", {samples = {"factory:bass"}}) connect("bass", "calm")
sequencer("a") sequencer("b") connect("a", "drums") connect("b", "bass")
pattern("beat", "[kick,kick] hat [snare,kick] hat*3") pattern("low", note("c2 [~ c3] g2 ~"))
bind("a", "beat") bind("b", "low")
