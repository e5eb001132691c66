await samples({
  pad: 'pad/a.wav',
  break: 'breaks/amen.wav',
}, 'github:someone/somewhere');

const cps = 60 / 120

s("break").slice(8, "0 <2 3> [4 6] 7")
  .chop(2)
  .speed("<1 -1>")
  .hpf("<200 800>/2")
  ._punchcard()
