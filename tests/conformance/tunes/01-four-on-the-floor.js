// A beat in three layers, one player each.
setcpm(124/4)

$: s("bd*4").gain(.9)
$: s("~ cp").bank("RolandTR909").room(.2)
$: s("hh*8").gain("[.3 .5]*4") // accents
  .sometimesBy(.3, x => x.speed(2))
_$: s("oh*2")
