/* Chords over a bass
   that follows their roots. */
const changes = chord("<C^7 Am7 Dm7 G7>")

stack(
  changes.voicing().struct("~ x ~ x").s('sawtooth').lpf(800),
  changes.rootNotes(2).struct("x ~ x x").s("triangle"),
  n("0 2 [4 3] 1").set(changes).mode("root:g2").voicing() // an arpeggio
    .clip(.5)
)
