-- Sound on several buses of the host: a bus of two outputs, one that follows a slow number, what is sent on, levels of their own.
-- render: --bars 4 --bpm 125
session{}
audioOut("out")
audioOut("kicks", {bus = "Aux 1"}) audioOut("more", {bus = "aux1", masterVolume = 0.5}) audioOut("hats", {bus = 8})
audioOut("wander", {bus = "aux3"})
sampler("kick", {samples = {"factory:kick"}}) sampler("hat", {samples = {"factory:hat"}, volume = 0.4})
sampler("snare", {samples = {"factory:snare"}}) sampler("tone", {samples = {"factory:tone"}, volume = 0.2})
connect("kick", "kicks") connect("hat", "hats") connect("snare", "more") connect("tone", "wander") connect("kicks", "out")
lfo("turn", {rate = 0.25, wave = "saw"})
connect("turn.value", "wander.bus")
for i, name in {"kick", "hat", "snare", "tone"} do sequencer("q" .. i) connect("q" .. i, name) end
pattern("a", s("kick*4")) pattern("b", "hat*8") pattern("c", "~ snare") pattern("d", note("c4 e4 g4 [b4 c5]"))
bind("q1", "a") bind("q2", "b") bind("q3", "c") bind("q4", "d")
