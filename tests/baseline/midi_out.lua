-- MIDI to the host beside a sampler on the same sequencer: notes, drums by words, controls, and numbers of the host's controllers.
-- render: --bars 4 --bpm 120
-- host: notes
session{}
audioOut("out")
sampler("tone", {samples = {"factory:tone", "factory:kick"}, volume = 0.3})
midiOut("keys", {midichan = 2, ccn = 11}) midiOut("drums", {midichan = 10})
midiIn("midi", {bendRange = 12}) connect("midi", "tone") connect("midi", "keys")
connect("midi.velocity", "keys.ccv") connect("midi.cc7", "tone.pan")
sequencer("a") connect("a", "tone") connect("a", "keys")
sequencer("b") connect("b", "drums") connect("b", "tone")
pattern("line", note("c4 <e4 g4> [b4 ~]*2"):velocity("0.4 0.9"):midibend("0 <0.5 -0.5>"))
pattern("beat", s("kick(3,8), ~ sd ~ sd, hh*4"))
bind("a", "line") bind("b", "beat")
