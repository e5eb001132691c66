-- Tracker patterns of few and many steps a beat, some muted, one made empty and filled by console lines, one long step.
-- render: --bars 4 --bpm 120
session{}
audioOut("out", {limit = false})
sampler("click", {samples = {"factory:impulse"}}) sampler("tone", {samples = {"factory:tone"}, playStyle = "loop", volume = 0.2})
for i, rate in {24, 7, 1, 0.25} do
  sequencer("q" .. i) connect("q" .. i, i < 4 and "click" or "tone", "event")
  local steps = {}
  for step = 1, 12 do steps[step] = step % 3 ~= 0 and {index = 0, pan = (step - 6) / 6, length = step % 4 + 1} or {} end
  bind("q" .. i, pattern("p" .. i, steps, {stepsPerBeat = rate, muted = i == 2}))
end
exec("pattern create made 8")
exec("pattern set made 0 index=0 length=3 volume=0.5")
exec("pattern set made 5 index=0 chance=60 ratio=1:2")
exec("pattern set made 7 note=67")
sequencer("q5") connect("q5", "tone", "event") exec("seq q5 bind pattern made")
engine:getPatternRuntime():setStep("made", 3, {index = 0, note = 55})
