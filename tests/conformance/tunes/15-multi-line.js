// One text over many lines, as older tunes have it.
const pattern = `<
  [e5 [b4 c5] d5 [c5 b4]]
  [a4 [a4 c5] e5 [d5 c5]]
  [b4 [~ c5] d5 e5]
  [c5 a4 a4 ~]
>,
<
  [[e2 e3]*4]
  [[a2 a3]*4]
  [[g#2 g#3]*2 [e2 e3]*2]
  [a2 a3 a2 a3 a2 a3 b1 c2]
>`
const times = 4
note(pattern).s('square').lpf(2_000)
  .gain('[.8 .5]*' + times)
  .slow(.5 * 2)
  .superimpose(x => x.transpose("<12 [7 5]>").gain(.2).late(1 / (2 * times)))
