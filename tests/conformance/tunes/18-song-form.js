// A song in parts: each has its own function.
const beat = (k, extra = 0) => stack(s('bd*' + k), s("hh*8").gain(.4))
const bass = notes => note(notes).s("sawtooth").lpf(400).decay(.2).sustain(0)
const parts = [
  [2, stack(beat(2), bass("c2 ~ c2 eb2"))],
  [1, stack(beat(4), bass("f2*4").lpf(sine.range(200, 1200)))],
]

arrange(
  ...parts,
  [1, "<c4 eb4 g4>*6".note().jux(rev).echoWith(3, 1/16, (x, i) => x.gain(1 / (i + 1)))],
).punchcard()
