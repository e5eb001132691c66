#!/usr/bin/env python3
"""Loads PLUGIN.vst3 in DawDreamer with one session after the other and looks for every onset on its exact frame.
usage: dawdreamer_cycles.py PLUGIN.vst3 PROGRAM FOLDER        exit 0 = every onset of every pattern at every tempo

FOLDER holds N.json for the Nth row of cycles.json: the state fields of a session that plays the row's pattern through a
sampler with a one-frame impulse. What is expected comes from `PROGRAM query`: exact fractions, made frames here.
"""
import sys, os, json, subprocess, tempfile, time
from fractions import Fraction
from collections import Counter
import numpy as np
import dawdreamer as daw
from juce import with_session

PLUGIN, PROGRAM, FOLDER = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
ROWS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cycles.json")))
BLOCK, BEATS, PPQN = 512, 24, 960
# Tempo from each beat on. In the map every change lies on a block's edge: 8 beats at 120 are 375 blocks, 4 at 150 are 150, 4 at 60 are 375.
TEMPI = [
    (44100, [(0, "120")]),
    (48000, [(0, "90")]),
    (48000, [(0, "133.625")]),
    (44100, [(0, "97.375")]),
    (48000, [(0, "120"), (8, "150"), (12, "60"), (16, "174.25")]),
]
bad = []


def check(ok, what):
    print(("ok   " if ok else "FAIL ") + what, flush=True)
    if not ok:
        bad.append(what)


# --- what is expected -------------------------------------------------------------------------------------------------
def queries(cycles):
    """The onsets of each row, as exact quarter notes with their pan."""
    lines = [json.dumps({k: row[k] for k in ("mini", "lua") if k in row} | {"cycles": cycles}) for row in ROWS]
    out = subprocess.run([PROGRAM, "query", "--batch"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
    for row, line in zip(ROWS, out.splitlines()):
        events = json.loads(line)["events"]
        yield [(4 * Fraction(whole), value.get("pan") if isinstance(value, dict) else None)
               for whole, _, part, _, value in events if whole is not None and Fraction(whole) == Fraction(part)]


def frame(beat, rate, tempi):
    """floor(beat * 60 / bpm * rate + 1/2), from the last change of tempo on."""
    start = Fraction(0)
    for (begin, bpm), end in zip(tempi, [b for b, _ in tempi[1:]] + [None]):
        each = Fraction(60) / Fraction(bpm) * rate
        if end is None or beat < end:
            return int(start + ((beat - begin) * each + Fraction(1, 2)) // 1)
        start += (end - begin) * each


def seconds(tempi):
    ends = [b for b, _ in tempi[1:]] + [BEATS]
    return float(sum((end - begin) * 60 / Fraction(bpm) for (begin, bpm), end in zip(tempi, ends)))


# --- what is heard ------------------------------------------------------------------------------------------------------
def counts(channel):
    """How many impulses of full level sound in each frame that sounds."""
    return {int(i): float(channel[i]) for i in np.flatnonzero(np.abs(channel) > 1e-6)}


def differences(heard, wanted):
    lost = sorted(set(wanted) - set(heard))
    more = sorted(set(heard) - set(wanted))
    return f"lost {lost[:5]} of {len(lost)}, too many {more[:5]} of {len(more)}"


def play(engine, plugin, rate, tempi):
    if len(tempi) == 1:
        engine.set_bpm(float(tempi[0][1]))
    else:
        # A little before the beat, so that no rounding moves the change by a block.
        at = lambda beat: int((beat - 0.01) * PPQN) if beat else 0
        ends = [at(b) for b, _ in tempi[1:]] + [(BEATS + 8) * PPQN]
        engine.set_bpm(np.concatenate([np.full(end - at(b), float(bpm)) for (b, bpm), end in zip(tempi, ends)]).astype(np.float32), PPQN)
    engine.load_graph([(plugin, [])])
    engine.render(seconds(tempi))
    return engine.get_audio()


expected = list(queries(BEATS // 4 + 2))
onsets = 0
for rate in sorted({rate for rate, _ in TEMPI}):
    engine = daw.RenderEngine(rate, BLOCK)
    plugin = engine.make_plugin_processor("subject", PLUGIN)
    engine.load_graph([(plugin, [])])
    engine.render(0.1)
    folder = tempfile.mkdtemp()
    plugin.save_state(os.path.join(folder, "plain"))
    plain = open(os.path.join(folder, "plain"), "rb").read()
    for place, (row, events) in enumerate(zip(ROWS, expected)):
        state = os.path.join(folder, str(place))
        with open(state, "wb") as file:
            file.write(with_session(plain, json.load(open(os.path.join(FOLDER, f"{place}.json")))))
        plugin.load_state(state)
        for _, tempi in [t for t in TEMPI if t[0] == rate]:
            audio = play(engine, plugin, rate, tempi)
            # Whole blocks: DawDreamer hands out the frames asked for, from blocks of its own.
            length = audio.shape[1]
            frames = [(frame(beat, rate, tempi), pan) for beat, pan in events]
            sides = [[f for f, pan in frames if pan != 1 - side and f < length] for side in (0, 1)]
            name = f"{row['name']} at {', '.join(bpm for _, bpm in tempi)} BPM and {rate} Hz"
            for side in (0, 1):
                heard, wanted = counts(audio[side]), Counter(sides[side])
                level = heard.get(min(wanted), 0.0) / wanted[min(wanted)] or 1.0
                same = set(heard) == set(wanted) and all(abs(heard[f] - n * level) < 1e-4 * n for f, n in wanted.items())
                onsets += len(sides[side])
                if side or not same:
                    check(same, f"{name}: {len(sides[side])} onsets" + ("" if same else ": " + differences(heard, wanted)))
print(f"{onsets} onsets in both channels looked for")
print("RESULT", "FAIL " + "; ".join(bad) if bad else "PASS")
sys.stdout.flush()
os._exit(1 if bad else 0)  # skip interpreter teardown: JUCE statics
