-- Two orbits with delays and rooms: voices choose by number, levels and times change from event to event, one is moved by a slow number.
-- render: --bars 4 --bpm 121.7
session{}
audioOut("out")
orbit("dub") orbit("hall", {number = 2, roomsize = 3})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}}) sampler("tone", {samples = {"factory:tone"}, volume = 0.3, orbit = 2})
sequencer("q") sequencer("r") connect("q", "drums") connect("r", "tone")
for _, o in {"dub", "hall"} do connect("drums", o) connect("tone", o) connect("q", o) connect("r", o) end
lfo("turn", {beats = 3}) connect("turn.value", "hall.volume")
pattern("a", s("kick hat snare [hat hat]"):orbit("<1 2>"):delay("0 0.4"):delaytime("<0.21 0.375>"):room("<0 0.3>"):delayfeedback(0.6))
pattern("b", note("c4 ~ e4 [g4 b4]"):room(0.5):roomsize("<1 2>"):roomlp(6000))
bind("q", "a") bind("r", "b")
