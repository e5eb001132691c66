-- A session as it is after console lines and functions have renamed, rewired, removed, undone and set things.
-- render: --bars 4 --bpm 120
session{}
audioOut("out")
sampler("first", {samples = {"factory:kick", "factory:snare"}})
exec("add audioMixer mix") exec("add sequencer q") exec("route q first event") exec("route first mix") exec("route mix out")
exec("unroute first to out") exec("rename first drums") exec("set drums volume=0.6 pan=-0.2") exec("set mix masterVolume 0.8")
exec("pattern create p 8") exec("pattern set p 0 index=0") exec("pattern set p 2 index=1 note=64") exec("pattern set p 5 index=1 chance=50")
exec("pattern create gone 4") exec("pattern delete gone") exec("seq q bind pattern p")
import("strikes.wav") exec("add midiIn keys") exec("remove keys")
local extra = sampler("extra", {samples = {"strikes.wav"}, volume = 0.3})
connect("q", extra, "event")
setParam("extra", "slices", 4)
extra:setParameter("transpose", getParam("drums", "pan") * 10)
engine:getPatternRuntime():reset("p", 1.5)
local copy = sampler("copy", {samples = {"factory:hat"}}) connect("q", copy) copy:setEnabled(false)
