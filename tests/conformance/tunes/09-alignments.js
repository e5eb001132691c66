$: n("0 2 4").add.squeeze("<0 [1 2]>").scale("G:mixolydian")
$: n("0 [1 2] 3").set.out(s("bd hh")).add.mix(n("10 20"))
$: s("bd sd").mask("<1 [0 1]>").struct("x(5,8)")
$: note("c2 eb2".add("<0 7>")).sub(12).clip("<.5 1>").lpf("400:8")
