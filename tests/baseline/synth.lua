-- The synthesizer: waves, envelopes, filters and effects of voices, modulated pitches; and a sampler's voices through their strips.
-- render: --bars 8 --bpm 112
session{}
audioOut("out")
synth("keys", {volume = 0.3, voices = 64})
synth("bass", {wave = "sawtooth", cutoff = 500, lpenv = 3, ftype = "24db", volume = 0.3, polyphony = "mono", glide = 0.05})
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.3})
lfo("slow", {rate = 0.3}) connect("slow.value", "bass.resonance")
local patterns = {
  note("c3 e3 <g3 b3> c4"):s("<sawtooth square triangle sine>"):lpf("<400 1200>:8"):lpenv(2):lpd(0.2):attack(0.01):release(0.2),
  note("<c2 g2>"):s("supersaw"):detune(0.4):unison(7):gain(0.5):hpf(200):pan(sine),
  note("c4*4"):s("pulse"):pw("<0 0.5>"):pwrate(2):crush(5):coarse(3):clip(0.5),
  note("<e4 d4>*2"):s("sine"):fm("<1 2>:1.5"):fmdecay(0.2):vib("4:0.3"):penv(12):pattack(0.05),
  s("white*8"):decay(0.03):bpf("2000:4"):gain(0.4), s("pink brown"):decay(0.1):hpenv(2):hpf(300),
  s("sbd*2"), s("crackle*4"), note("c3"):s("saw"):vowel("<a e i o u>"):trem(4):ph(1):shape(0.4):postgain(0.7),
  note("e3*2"):s("tri"):distort("<2 3>:0.5:<soft fold>"):cut(1):noise(0.2):ftype("ladder"):lpf(900):lpq(12),
}
for i, made in patterns do
  sequencer("q" .. i) connect("q" .. i, "keys") bind("q" .. i, pattern("p" .. i, made))
end
sequencer("low") connect("low", "bass") bind("low", pattern("line", note("c2 ~ c2 <eb2 g1>"):gain("1 0.6 0.8")))
sequencer("beat") connect("beat", "drums")
bind("beat", pattern("b", s("kick snare*2 [hat kick]"):lpf("<300 2000>"):lpenv(1):distort("1:0.7")))
