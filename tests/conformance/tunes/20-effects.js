/* Effects and controls, one after the other;
 * sliders stand at their first value. */
let cutoff = slider(800, 100, 5000, 10)

$: note("<c2 c2 eb2 [g2 f2]>*2").s("sawtooth")
  .lpf(cutoff).lpq(8).ftype("24db").lpenv("<2 6>").lpsustain(0.2)
  .distort("2:.4").phaser(.5).phaserdepth(.6)
  .fm("<0 2>").fmh(1.5).fmdecay(.1).fmsustain(.3)
$: s("pink*8").decay(".05 .1").sustain(0).hpf(saw.rangex(500, 8000).slow(2)).bpf("<1000 2000>").orbit(2)
$: note("g3,bb3,d4").s("supersaw").detune(.3).spread(.8).attack(.5).release(1).vowel("<a e i [o u]>").tremolo(4).tremdepth(.5)
$: s("bd*4").duckorbit(2).duckattack(.2).duckdepth(.8).shape(.3).postgain(1.2)
$: note("c4 e4 g4 <b4 a4>").penv(12).patt(.02).vib("4:.2").compressor("-20:20:10:.002:.02").room("<0 .5>").rlp(5000)
