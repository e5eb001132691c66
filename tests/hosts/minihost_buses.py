#!/usr/bin/env python3
"""Loads PLUGIN.vst3 in minihost (JUCE host) and looks whether each bus carries what its audioOut says and nothing else.
usage: minihost_buses.py PLUGIN.vst3 FOLDER       exit 0 = every bus, with and without side-chain, at every block length

FOLDER holds state fields as JSON: buses.json (a voice on each of nine buses), N.json (the Nth voice alone on the main bus) and
follower.json (the side-chain moves the level of a tone).
"""
import json, os, sys
import numpy as np, minihost
from juce import with_session

PLUGIN, FOLDER = os.path.abspath(sys.argv[1]), sys.argv[2]
RATE, FRAMES, BUSES = 48000, 96000, 9
bad = []


def check(ok, what):
    print(("ok   " if ok else "FAIL ") + what, flush=True)
    if not ok:
        bad.append(what)


def play(session, channels, block, side=None):
    """What a session plays in so many output channels; `side` goes to the side-chain."""
    plugin = minihost.Plugin(PLUGIN, RATE, block, 0, channels, 2 if side is not None else 0)
    fields = json.load(open(os.path.join(FOLDER, session + ".json")))
    plugin.set_state(with_session(plugin.get_state(), fields))
    plugin.non_realtime = True
    if session == "buses" and block == 512:
        print(f"     {channels} channels asked: {plugin.num_output_channels} of {plugin.num_output_buses} buses,",
              [plugin.get_bus_info(False, i)["name"] for i in range(plugin.num_output_buses)], "in:",
              [plugin.get_bus_info(True, i) for i in range(plugin.num_input_buses)])
    none, heard = np.zeros((0, block), np.float32), np.zeros((max(channels, plugin.num_output_channels), FRAMES), np.float32)
    for at in range(0, FRAMES - block + 1, block):
        out = np.zeros((len(heard), block), np.float32)
        plugin.set_transport(120, 4, 4, at, at / (RATE / 2), True)
        if side is None:
            plugin.process(none, out)
        else:
            plugin.process_sidechain(none, out, np.ascontiguousarray(side[:, at:at + block]))
        heard[:, at:at + block] = out
    plugin.close()
    return heard[:, :FRAMES // block * block]


alone = [play(str(place), 2, 512) for place in range(BUSES)]
check(all(np.abs(voice).max() > 0.02 for voice in alone), "each voice sounds alone, on the main bus of a stereo host")
stereo = play("buses", 2, 512)
check(np.array_equal(stereo[:2], alone[0]), "a stereo host hears the main bus alone")
for block in (32, 441, 512, 1024):
    whole = play("buses", 2 * BUSES, block)
    length = min(whole.shape[1], alone[0].shape[1])
    same = [np.array_equal(whole[2 * place:2 * place + 2, :length], alone[place][:, :length]) for place in range(BUSES)]
    check(all(same), f"blocks of {block}: each bus carries its voice and nothing else: {same}")
time = np.arange(FRAMES) / RATE
side = (np.sin(time * 2000) * (time % 1 > 0.5)).astype(np.float32)
side = np.stack([side, side])
moved = play("follower", 2, 512, side)
level = [float(np.abs(moved[:, int(begin * RATE):int((begin + 0.2) * RATE)]).max()) for begin in (0.2, 0.7, 1.25, 1.7)]
check(level[0] < 1e-3 and level[2] < 1e-3 and min(level[1], level[3]) > 0.01, f"the side-chain moves a follower: {level}")
check(np.abs(play("follower", 2, 512)).max() == 0, "without a side-chain it does not move")
print("RESULT", "FAIL " + "; ".join(bad) if bad else "PASS")
sys.stdout.flush()
os._exit(1 if bad else 0)  # skip interpreter teardown: JUCE statics
