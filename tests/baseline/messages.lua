-- Callbacks that watch the session, texts on the console, and words that name no sample.
-- render: --bars 2 --bpm 120
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:snare"}, volume = 0.5}) sampler("keys", {samples = {"factory:tone"}, volume = 0.3})
sequencer("q") connect("q", "drums") connect("q", "keys", "event")
pattern("p", "kick oboe snare [tone tuba]")
bind("q", "p")
engine:onStateChange(function(state) print("version " .. state.version) end)
engine:onApplied(function() print("heard") end)
