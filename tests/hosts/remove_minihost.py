#!/usr/bin/env python3
"""Removes automated instances in minihost (JUCE host) while another one stays, which must still play afterwards.
usage: remove_minihost.py PLUGIN.vst3 [INSTANCES=30]     exit 0 = no removal ended the process, and the one that stays plays
"""
import os, sys
import minihost, numpy as np
plugin, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 30
make = lambda: minihost.Plugin(plugin, 48000, 512, 2, 2)
stays = make()
# minihost switches every bus on.
out, silence = (np.zeros((channels, 512), np.float32) for channels in (stays.num_output_channels, stays.num_input_channels))
for _ in range(count):
    one = make()
    for number in range(68): one.set_param(number, 0.3)
    one.set_transport(120, 4, 4, 0, 0, True); one.process(silence, out)
    one.close()
peak = 0.0
for block in range(400):
    stays.set_transport(120, 4, 4, block * 512, block * 512 / 24000, True); stays.process(silence, out)
    peak = max(peak, float(np.abs(out).max()))
stays.close()
print(f"RESULT {'PASS' if peak > 1e-3 else 'FAIL'}: {count} automated instances were removed; the one that stayed peaks at {peak:.4f}"); sys.stdout.flush()
os._exit(0 if peak > 1e-3 else 1)   # skip interpreter teardown: JUCE statics
