// Named parts, and an order for them.
const parts = {
  intro: s("hh*4"),
  verse: stack(s("bd*2"), s("hh*4").gain(.5)),
  'coda': s("cp(3,8)"),
}
$: "<intro verse coda>".pick(parts)
$: "<intro verse verse [the end]>".pickRestart({ intro: s("hh*4"), verse: s("bd*2"), the: s("lt*2"), end: s("cp(3,8)") })
$: "<0 1 2>".pick(["0 2", "[4 5]*2", "7!3"]).n()
$: "<0 1>".inhabit([s("bd hh"), note("c e").fast(2)])
