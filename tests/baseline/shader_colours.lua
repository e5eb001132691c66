-- Effects of colour and of place, four in a row, and sources of sound and song, each in its part of the picture.
-- render: --bars 2 --bpm 120
session{}
audioOut("out") videoOut("screen")
sampler("drums", {samples = {"factory:kick", "factory:snare"}}) sequencer("q") connect("q", "drums")
videoSource("bands", {shader = "bars", count = 12}) videoSource("ramp", {shader = "gradient", speed = 0.5})
videoSource("plain", {shader = "solid", red = 0.2, green = 0.6, blue = 0.9}) videoSource("board", {shader = "checker", size = 6})
local rows = {
  {"ramp", "rotate", "hue", "saturate", "posterize"}, {"board", "scroll", "tint", "blur", "edge"}, {"bands", "mirror", "contrast", "repeat", "luma"},
  {"ramp", "scale", "colorama", "brightness"}, {"board", "kaleid", "thresh", "invert"}, {"bands", "feedback", "pixelate"},
}
for i, row in rows do
  local last = row[1]
  for place = 2, #row do
    videoFx(row[place], {shader = row[place], mix = 0.8}) connect(last, row[place])
    last = row[place]
  end
  videoMixer("part" .. i, {size = 0.33, x = (i - 1) % 3 * 0.66 - 0.66, y = i > 3 and 0.5 or -0.5})
  connect(last, "part" .. i) connect("part" .. i, "screen")
end
videoFx("cut", {shader = "mask"}) connect("plain", "cut") connect("board", "cut") connect("cut", "screen", {opacity = 0.3})
videoFx("turned", {shader = "modulateRotate", amount = 2}) connect("board", "turned") connect("ramp", "turned") connect("turned", "screen", {blend = "add", opacity = 0.2})
local router = engine:getParameterRouter()
router:link("hue.amount", "rotate.angle", {scale = 180}) router:link("bands.gain", "plain.alpha", {curve = "root", scale = 0.5})
pattern("p", s("kick snare"):amount("<0.1 -0.3 0.6>"):count("8 24"):angle("0 60"))
connect("q", "hue") connect("q", "bands") connect("q", "kaleid")
bind("q", "p")
