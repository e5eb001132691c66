#!/usr/bin/env python3
"""Loads PLUGIN.vst3 in minihost (JUCE host) and looks whether MIDI leaves it and reaches its voices as VST3 carries it.
usage: minihost_midi.py PLUGIN.vst3 FOLDER       exit 0 = every note on its frame, and aftertouch of a key is heard

FOLDER holds state fields as JSON: midi.json (patterns to a midiOut) with notes.json beside it, the notes it is to send as
[frame, channel, key, velocity, frames]; pressed.json (a midiIn whose aftertouch makes a tone louder).
"""
import json, os, sys
import numpy as np, minihost
from juce import with_session

PLUGIN, FOLDER = os.path.abspath(sys.argv[1]), sys.argv[2]
RATE, FRAMES = 48000, 96000
bad = []


def check(ok, what):
    print(("ok   " if ok else "FAIL ") + what, flush=True)
    if not ok:
        bad.append(what)


def fields(name):
    return json.load(open(os.path.join(FOLDER, name + ".json")))


def play(session, block, sent=()):
    """What a session plays, and the MIDI it sends; `sent` holds (frame, status, data, data)."""
    plugin = minihost.Plugin(PLUGIN, RATE, block, 2, 2)
    plugin.set_state(with_session(plugin.get_state(), fields(session)))
    plugin.non_realtime = True
    sound, events = np.zeros((2, FRAMES // block * block), np.float32), []
    for at in range(0, sound.shape[1], block):
        into, out = np.zeros((2, block), np.float32), np.zeros((2, block), np.float32)
        now = [(frame - at, *rest) for frame, *rest in sent if at <= frame < at + block]
        plugin.set_transport(120, 4, 4, at, at / (RATE / 2), True)
        events += [(at + event[0], *event[1:4]) for event in plugin.process_midi(into, out, now, 4096)]
        sound[:, at:at + block] = out
    plugin.close()
    return sound, events


def notes(events):
    """Keys that went down and came up, in playing order."""
    down, found = {}, []
    for frame, status, key, velocity in events:
        name = (status & 15, key)
        if status & 0xF0 == 0x90 and velocity > 0:
            assert name not in down, f"{frame}: {name} is down"
            down[name] = (frame, velocity)
        elif status & 0xF0 in (0x80, 0x90):
            begin, struck = down.pop(name)
            found.append([begin, *name, struck, frame - begin])
    return sorted(found)


wanted = [[frame, channel, key, round(velocity * 127), frames] for frame, channel, key, velocity, frames in fields("notes")]
check(len(wanted) > 10, f"{len(wanted)} notes are expected")
for block in (64, 441, 1024):
    whole = FRAMES // block * block
    heard = notes(play("midi", block)[1])
    mine = sorted(note for note in wanted if note[0] + note[4] < whole)
    heard = [note for note in heard if note[0] + note[4] < whole]
    check(heard == mine, f"blocks of {block}: {len(heard)} notes on their frames; first that differ: "
          f"{next(((a, b) for a, b in zip(heard, mine) if a != b), None)}")
strike = (1000, 0x90, 60, 127)
plain = play("pressed", 512, [strike])[0]
pressed = play("pressed", 512, [strike, (24000, 0xA0, 60, 127)])[0]
other = play("pressed", 512, [strike, (24000, 0xA0, 61, 127)])[0]
level = [float(np.abs(sound[0, 30000:90000]).max()) for sound in (plain, pressed, other)]
check(np.array_equal(plain[:, :24000], pressed[:, :24000]) and 1.9 < level[1] / max(level[0], 1e-6) < 2.1, f"aftertouch of a key is heard: {level}")
check(np.array_equal(plain, other), "another key's is not")
print("RESULT", "FAIL " + "; ".join(bad) if bad else "PASS")
sys.stdout.flush()
os._exit(1 if bad else 0)  # skip interpreter teardown: JUCE statics
