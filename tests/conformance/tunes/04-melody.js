let melody = "<0 [2 4] [3 5] [~ <4 1>]>*2"
let scale = 'D4:dorian'

n(melody)
  .scale(scale)
  .off(1/8, x => x.add(note(7)).gain(.5))
  .off(1/4, add(note(12)))
  .jux(rev)
  .slow(2)
  .room(.5).delay(".25:.125:.5")
