await samples({ amen: ['breaks/one.wav', 'breaks/two.wav'] }, 'https://example.org/')
setcps(165/60/4)

let cut = s("amen/4").fit().slice(8, "0 1 <2 [2 3]> [3 6] 4*2 5 6 <7 ~>".every(3, x => x.rev()))

$: cut.cut(1).rarely(x => x.ply(2)).sometimesBy(.3, x => x.speed("<-1 2>"))
$: s("amen").splice(4, "<0 3> 1 2 [3 0]").hpf(300).gain(.7)
$: s("amen").loopAt(2).chop(8).iter(4).pan("<0 1>*4").coarse("<1 [4 8]>")
$: s("amen:1").striate("<4 8>").begin("<0 .25>").end(.75).crush(6).color("red")
$: s("amen").scrub("0.1!2 .25@3 0.7!2 <0.8:1.5>")
