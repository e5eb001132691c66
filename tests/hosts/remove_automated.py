#!/usr/bin/env python3
"""Removes automated instances in DawDreamer (JUCE host) that rendered on another thread than they were made on, as in every DAW.
usage: remove_automated.py PLUGIN.vst3 [ROUNDS=10]     exit 0 = no removal ended the process
"""
import gc, os, sys, threading
import dawdreamer as daw, numpy as np
plugin, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10
def make():
    engine = daw.RenderEngine(48000, 512)
    synth = engine.make_plugin_processor("subject", plugin)
    engine.set_bpm(120.0)
    for number in range(1, 9):
        synth.set_automation(number, np.linspace(0, 1, 96).astype(np.float32), ppqn=96)
    engine.load_graph([(synth, [])])
    return engine
for _ in range(rounds):
    engine = make()
    thread = threading.Thread(target=lambda: engine.render(0.3))
    thread.start(); thread.join()
    del engine; gc.collect()
print(f"RESULT PASS: {rounds} automated instances were removed"); sys.stdout.flush()
os._exit(0)   # skip interpreter teardown: JUCE statics
