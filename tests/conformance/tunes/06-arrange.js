const verse = stack(s("bd sd"), n("0 .. 3").scale("C:major"))
const chorus = s("bd*4").superimpose(x => x.s("hh").late(1/8))

arrange(
  [2, verse],
  [1, chorus],
  [1, cat(verse.rev(), chorus).fast(2)],
)
