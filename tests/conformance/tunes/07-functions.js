// Functions of the tune's own, with blocks, loops of time and chance.
const twice = x => x.fast(2)
function wide(x, amount) {
  const left = x.pan(0);
  // the other side comes a little later
  const right = x.pan(1).late(amount);
  return stack(left, right);
}

$: wide(s("bd sd"), 1/16).sometimes(twice)
$: s("hh*8").degradeBy(.3).someCycles(x => x.speed("1 2")).rarely(ply("2"))
$: n(irand(8).segment(4)).scale("C:minor:pentatonic").lastOf(3, x => x.rev())
