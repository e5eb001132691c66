// Chords that lead into each other, with a melody on their notes.
let progression = chord("<Dm9 G13 C^9 A7b9>")
let slower = progression.slow(1)

stack(
  progression.dict('ireal').anchor("D5").voicing().s("gm_epiano1")
    .struct("[~ x]*2 x ~").velocity(rand.range(.4, .8)).release(.3),
  slower.rootNotes(2).s('gm_acoustic_bass').euclidLegato(3, 8),
  n("<0 2 1 3>*4").set(progression).voicing().clip("<1 .5>*2").gain("[.8 .5]*2"),
  n("0 [1 ~ 2] 4 3".palindrome()).scale("<D:dorian G:mixolydian C:major A:phrygian:dominant>").s("piano")
)
  .room(.4).roomsize(4)
  .late("[0 .01]*4")
