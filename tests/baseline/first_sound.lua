-- render: --bars 4
-- What comes by itself: instruments found by their words, voices of the synthesizer, orbits.
d1(s("bd*4, hh*8, ~ cp"):gain("1 0.7"))
d2(note("c2 eb2 <g2 bb2>*2"):s("sawtooth"):lpf("400 1200"):lpenv(2):orbit(2):delay(0.3):room(0.4))
p("high", n("0 .. 3"):scale("c5:minor"):s("sine"):release(0.2))
