-- Parameter links with every curve, in a chain from parameter to parameter, with scale, offset and limits; macros drive them.
-- render: --bars 4 --bpm 120
-- host: macros
session{}
audioOut("out")
sampler("a", {samples = {"factory:tone"}, playStyle = "loop", volume = 0.3})
sampler("b", {samples = {"factory:bass"}, volume = 0.4}) sampler("c", {samples = {"factory:snare"}, volume = 0.4})
audioMixer("mix") connect("c", "mix") connect("mix", "out")
sequencer("q") connect("q", "a") connect("q", "b") connect("q", "c")
local router = engine:getParameterRouter()
router:link("a.volume", "a.pan", {scale = 2, offset = -1})
router:link("a.pan", "b.volume", {curve = "square", scale = 0.5, max = 0.45})
router:link("b.volume", "b.transpose", {curve = "root", scale = 24, offset = -12, min = -7})
router:link("b.transpose", "mix.connectionPan_1", {scale = 0.1})
router:link("a.volume", "c.speed", {scale = 3, offset = 0.5})
router:link("a.volume", "mix.masterVolume", {curve = "root"})
macro(1, "Level", {{"a.volume", min = 0, max = 1}})
macro(2, "Other", {{"a.regionStart", min = 0, max = 0.5}})
router:link("a.regionStart", "c.position")
pattern("p", {{index = 0, length = 3}, {}, {index = 0}, {}, {index = 0, note = 67, length = 2}, {}, {index = 0, pan = 0.5}, {index = 0, volume = 0.2}})
bind("q", "p")
