setcpm(90 / 4);

kick: s("bd").struct("<x(3,8) x(5,8,2)>").mask("<1 1 [1 0] 0>");
snare: s("sd").euclid("<3 5>", 8).sometimesBy(.4, x => x.speed("1.5"));
hats: s("hh!8").gain(".4!3 .9").degradeBy(sine.range(0, .5).slow(4)).swingBy(1/3, 4)
_toms: s("lt mt ht").fast(2)
rim: s("rim*4").when("<0 1 0 1>", x => x.rev().ply("<1 2>"))
tick: s("perc").beat("0,3,7,10", 16).within(0, .5, x => x.gain(.3))
