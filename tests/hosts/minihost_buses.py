#!/usr/bin/env python3
"""Loads PLUGIN.vst3 in minihost (JUCE host) and looks whether each bus carries what its audioOut says and nothing else.
usage: minihost_buses.py PLUGIN.vst3 FOLDER       exit 0 = every bus, with and without side-chain, at all block lengths

FOLDER holds state fields as JSON: buses.json (a voice on each of nine buses), N.json (the Nth voice alone on the main bus) and
follower.json and compressor.json (the side-chain moves the level of a tone).
"""
import json, os, struct, sys
import numpy as np, minihost
from juce import with_session

PLUGIN, FOLDER = os.path.abspath(sys.argv[1]), sys.argv[2]
RATE, FRAMES, BUSES = 48000, 96000, 9
# The class with all buses. JUCE tells classes by a hash of their ids.
CLASS = 0
for word in struct.unpack(">4I", b"videoTrackerMult"):
    CLASS = (CLASS * 31 + word) & 0xFFFFFFFF
DESCRIPTION = f'<PLUGIN name="videoTracker (multi-out)" format="VST3" file="{PLUGIN}" uniqueId="{CLASS:x}" isInstrument="1"/>'
bad = []


def check(ok, what):
    print(("ok   " if ok else "FAIL ") + what, flush=True)
    if not ok:
        bad.append(what)


def play(session, block, side=None):
    """What a session plays through all buses; `side` goes to the side-chain, which minihost takes for the main input."""
    plugin = minihost.Plugin.from_descriptor(DESCRIPTION, RATE, block, 2, 2 * BUSES)
    fields = json.load(open(os.path.join(FOLDER, session + ".json")))
    plugin.set_state(with_session(plugin.get_state(), fields))
    plugin.non_realtime = True
    names = [plugin.get_bus_info(False, bus)["name"] for bus in range(plugin.num_output_buses)]
    if session == "buses" and (names != ["Output"] + [f"Aux {bus}" for bus in range(1, BUSES)] or plugin.num_input_buses != 1):
        check(False, f"buses: {names} and {plugin.num_input_buses} inputs")
    heard = np.zeros((2 * BUSES, FRAMES // block * block), np.float32)
    for at in range(0, heard.shape[1], block):
        into, out = np.zeros((2, block), np.float32), np.full((2 * BUSES, block), 0.123, np.float32)
        if side is not None:
            into[:] = side[:, at:at + block]
        plugin.set_transport(120, 4, 4, at, at / (RATE / 2), True)
        plugin.process(into, out)
        heard[:, at:at + block] = out
    plugin.close()
    return heard


alone = [play(str(place), 512) for place in range(BUSES)]
check(all(np.abs(voice[:2]).max() > 0.02 for voice in alone), "each voice sounds alone, on the main bus")
check(all(np.abs(voice[2:]).max() == 0 for voice in alone), "and nothing on the others")
for block in (32, 441, 512, 1024):
    whole = play("buses", block)
    length = min(whole.shape[1], alone[0].shape[1])
    same = [np.array_equal(whole[2 * place:2 * place + 2, :length], alone[place][:2, :length]) for place in range(BUSES)]
    check(all(same), f"blocks of {block}: each bus carries its voice and nothing else: {same}")
time = np.arange(FRAMES) / RATE
side = (np.sin(time * 2000) * (time % 1 > 0.5)).astype(np.float32)
side = np.stack([side, side])
moved = play("follower", 512, side)
level = [float(np.abs(moved[:, int(begin * RATE):int((begin + 0.2) * RATE)]).max()) for begin in (0.2, 0.7, 1.25, 1.7)]
check(level[0] < 1e-3 and level[2] < 1e-3 and min(level[1], level[3]) > 0.01, f"the side-chain moves a follower: {level}")
check(np.abs(play("follower", 512)).max() == 0, "without a side-chain it does not move")
lowered, whole = play("compressor", 512, side), play("compressor", 512)
share = [float(np.abs(lowered[:, int(begin * RATE):int((begin + 0.2) * RATE)]).max() / np.abs(whole[:, int(begin * RATE):int((begin + 0.2) * RATE)]).max())
         for begin in (0.2, 0.7, 1.25, 1.7)]
check(share[0] > 0.99 and share[2] > 0.99 and max(share[1], share[3]) < 0.3, f"the side-chain moves a compressor: {share}")
print("RESULT", "FAIL " + "; ".join(bad) if bad else "PASS")
sys.stdout.flush()
os._exit(1 if bad else 0)  # skip interpreter teardown: JUCE statics
