-- Effects that move: by an LFO, an envelope, drawn and not, a level and a macro over a link; tempo changes on the way.
-- render: --bars 4 --tempo-map tempo.txt
-- host: macros
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:hat"}})
sampler("tone", {samples = {"factory:tone"}, playStyle = "loop", volume = 0.4})
sequencer("q") connect("q", "drums") sequencer("r") connect("r", "tone")
lfo("slow", {beats = 3}) envelope("pluck", {attackMs = 4, decayMs = 180, sustain = 0.1}) connect("q", "pluck")
envelope("drawn", {points = "0:0.1 120:1 400:0.3* 600:0", velocity = 0.5}) connect("r", "drawn")
audioFx("wah", {effect = "filter", mode = "bandpass", resonance = 12}) audioFx("echo", {effect = "delay", beats = 0.5, feedback = 0.5})
audioFx("room", {effect = "reverb", decay = 0.9}) audioFx("sway", {effect = "tremolo", beats = 1, spread = 0.5})
audioMixer("knob")
connect("tone", "wah") connect("wah", "sway") connect("sway", "echo") connect("echo", "room") connect("room", "out") connect("drums", "out")
local router = engine:getParameterRouter()
router:link("pluck.value", "wah.cutoff", {scale = 3000, offset = 200})
connect("slow.value", "echo.mix") connect("drawn.value", "sway.depth")
router:link("drums.level", "room.mix", {scale = 0.8})
router:link("knob.masterVolume", "echo.damp", {scale = 9000, offset = 300})
macro(1, "Bright", {{"knob.masterVolume", min = 0, max = 1}})
pattern("p", {{index = 0}, {}, {index = 1}, {}, {index = 0}, {index = 1}, {}, {}})
pattern("s", {{index = 0, length = 12}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {index = 0, note = 67}, {}})
bind("q", "p") bind("r", "s")
