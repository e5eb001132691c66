-- Modules that are off: a mixer, a sampler, an output and a sequencer, each beside one that is on; a muted sequencer.
-- render: --bars 2 --bpm 120
session{autoRoute = false}
audioOut("out")
audioOut("dead", {enabled = false})
audioMixer("off", {enabled = false})
audioMixer("on", {volume = 0.5})
for i, name in {"a", "b", "c", "d", "e"} do
  sampler(name, {samples = {"factory:tone"}, transpose = i * 3, volume = 0.2, enabled = name ~= "b"})
  sequencer("q" .. name, {enabled = name ~= "c", muted = name == "d"}) connect("q" .. name, name, "event")
  bind("q" .. name, pattern("p" .. name, {{index = 0, length = 2}, {}, {index = 0, pan = -1}}, {stepsPerBeat = i}))
end
connect("a", "on") connect("b", "on") connect("c", "on") connect("d", "on") connect("e", "off")
connect("on", "out") connect("off", "out") connect("e", "dead") connect("a", "dead")
