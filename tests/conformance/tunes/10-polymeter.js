const p1 = `
  [bd . sd sd . hh hh hh] lt,
  {cp lt mt}%4
`
const n1 = 3
s(p1).sometimesBy(0.5, (x) => x.hurry("<1 2>")).iter(4)
  .chunk(4, x => x.gain(.4 + .1 * n1))
  .stack(
    note('c3 e3 ' + 'g3' + ' <b3 a3>').palindrome().swingBy(1/3, 4),
    // a line that comes and goes
    s("hh*4").when("<0 1>", x => x.crush(4)),
  )
