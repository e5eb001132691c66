#!/usr/bin/env python3
"""Sets parameters of PLUGIN.vst3 in minihost (JUCE host) and looks whether they are in the state that is saved next.
usage: minihost_values.py PLUGIN.vst3       exit 0 = with and without a block between setting and saving, before and after the first
"""
import os, sys
import numpy as np, minihost

PLUGIN = os.path.abspath(sys.argv[1])
bad = []


def check(ok, what):
    print(("ok   " if ok else "FAIL ") + what, flush=True)
    if not ok:
        bad.append(what)


def plugin():
    return minihost.Plugin(PLUGIN, 48000, 512, 2, 2)


silence = np.zeros((2, 512), np.float32)
for before in (0, 1, 3):
    for after in (0, 1):
        played, other = plugin(), plugin()
        for _ in range(before):
            played.process(silence, silence.copy())
        played.set_param(0, 0.3)
        read = played.get_param(0)
        for _ in range(after):
            played.process(silence, silence.copy())
        state = played.get_state()
        other.set_state(state)
        played.set_param(0, 0.9)
        played.set_state(state)
        values = [read, other.get_param(0), played.get_param(0)]
        what = f"{before} blocks before, {after} after: read, restored elsewhere and in itself: {[round(value, 3) for value in values]}"
        check(all(abs(value - 0.3) < 1e-3 for value in values), what)
print("RESULT PASS" if not bad else "RESULT FAIL", flush=True)
os._exit(bool(bad))
