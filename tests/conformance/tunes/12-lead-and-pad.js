/*
  Lead and pad. Own notes, in the shape of a song for a stage.
*/
setcps(140/60/4)
samples('github:somebody/some-samples')

const root = "<e2 [c2 d2] a1 b1>/2"
const lead = "<[0 2] 4 [3 5 7] ~ [7 6 4] 2 [~ 1] 0>"

$: note(root).layer(
  // three voices, one a little higher
  x => x.s('sawtooth').gain(.5),
  x => x.add(note(12)).s('square').gain(.3).lpf(900),
  (x) => { return x.add(note("0,.08")).s("supersaw").gain(.2) },
).lpenv(4).lpa(.01).lpd(.2).lps(0)

$: n(lead).scale("E4:minor").s("triangle")
  .echo(3, 1/8, .6)
  .adsr(".01:.1:.5:.2")
  .pan(sine.range(.2, .8).slow(3))
  .delay(.4).delaytime(3/16).delayfeedback(.5)

$: s("bd:3 [~ bd:3] ~ bd:3, ~ sd ~ [sd sd:2?0.3]").bank('tr909').every(4, fast(2))._scope()
