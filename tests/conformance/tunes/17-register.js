// Words of the tune's own.
const bounce = register('bounce', (amount, pat) => pat.off(amount, x => x.gain(.4)))
const wobble = register(['wobble', 'wob'], (speed, depth, pat) => pat.lpf(sine.range(300, depth).fast(speed)).segment(8))

const part = { a: "0 2 4 7", b: "7 [5 4] 2 ~" }
const up = (amount) => (x) => x.add(n(amount))

$: n("<a a b a>".pick(part)).scale('F:minor').bounce(1/8).every("<3 2>", up(2))
$: note("f1*2").s("sawtooth").wobble(2, 1500).wob(1, 900)
$: s("bd*2").jux(bounce(1/16)).lastOf(4, x => x.chunk(4, y => y.hurry(2)))
all(x => x.room(.2))
