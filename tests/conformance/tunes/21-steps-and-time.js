"<0 2>*4"
  .add("0 [2 4] <3 5>".early(1/8))
  .off(1/4, x => x.sub(2))
  .iter("<4 2>")
  .ribbon("<0 3>", 2)
  .inside(4, rev)
  .pressBy("<0 .5>")
  .linger("<1 .5>")
  .scale('<A2:minor D3:dorian>/2') // the scale turns with every second bar
  .note()
  .stack(
    s("cp*2").brak().fastGap(2),
    seq("bd", ["hh", "hh"], ["sd", ["hh", "oh"]]).s().compress(.25, 1),
    cat(n("0 1"), n("2 3 4").rev(), silence, n("[5 6]!2")).s("perc").zoom(.25, .75),
    randcat("a3", "e4").note().clip(.5),
    n("0 .. 3").fastcat(n("4")).set(s("pluck")).slow(1.5).hurry("<1 2>"),
  )
