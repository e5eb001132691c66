setcps(0.5)
drums: stack(
  s("bd(3,8,<0 2>)"),
  s("hh(5,8)").gain(.6),
  s("sd").euclidRot(2, 8, 4),
).every(4, x => x.ply("2"))

bass: n("<0 3 5 2>(3,8)").scale('A:minor').sub(note(12)).cutoff(sine.range(200, 1200).slow(4).segment(8))
