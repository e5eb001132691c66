#!/usr/bin/env python3
"""How many voices scsynth plays on one core, to be run in turn with `cargo bench -p videotracker-engine --bench synth`.

Definitions are written in SuperCollider's second file format (SCgf 2, "Synth Definition File Format"), scores as it reads them for
rendering without a sound device (`scsynth -N`). Needs `scsynth` and Python; prints the voices in real time of each case, the median of
the CPU time of some runs less that of an empty one.
"""

import os
import resource
import statistics
import struct
import subprocess
import sys
import tempfile

RATE, BLOCK, SECONDS, RUNS = 48000, 64, 10, 5
VOICES = 64
AR, KR, IR = 2, 1, 0


class Definition:
    """A graph of unit generators."""

    def __init__(self, name):
        self.name, self.constants, self.units, self.controls = name, [], [], []

    def constant(self, value):
        if value not in self.constants:
            self.constants.append(value)
        return (-1, self.constants.index(value))

    def add(self, kind, rate, inputs, outputs=1, special=0):
        spec = [i if isinstance(i, tuple) else self.constant(float(i)) for i in inputs]
        self.units.append((kind, rate, spec, outputs, special))
        return (len(self.units) - 1, 0)

    def controlled(self, **values):
        self.controls = list(values.items())
        first = self.add("Control", KR, [], len(values))
        return [(first[0], index) for index in range(len(values))]

    def times(self, a, b, rate):
        return self.add("BinaryOpUGen", rate, [a, b], special=2)

    def plus(self, a, b, rate):
        return self.add("BinaryOpUGen", rate, [a, b], special=0)

    def envelope(self, levels, times, release, gate=1):
        """A linear EnvGen.kr with a node on which it stays."""
        segments = [x for level, time in zip(levels[1:], times) for x in (level, time, 1, 0)]
        return self.add("EnvGen", KR, [gate, 1, 0, 1, 0, levels[0], len(times), release, -99, *segments])

    def encoded(self):
        def text(word):
            return struct.pack(">B", len(word)) + word.encode()

        out = text(self.name)
        out += struct.pack(">i", len(self.constants)) + b"".join(struct.pack(">f", c) for c in self.constants)
        out += struct.pack(">i", len(self.controls)) + b"".join(struct.pack(">f", value) for _, value in self.controls)
        out += struct.pack(">i", len(self.controls))
        out += b"".join(text(name) + struct.pack(">i", index) for index, (name, _) in enumerate(self.controls))
        out += struct.pack(">i", len(self.units))
        for kind, rate, inputs, outputs, special in self.units:
            out += text(kind) + struct.pack(">biih", rate, len(inputs), outputs, special)
            out += b"".join(struct.pack(">ii", *i) for i in inputs) + struct.pack(">b", rate) * outputs
        return out + struct.pack(">h", 0)


def sawtooth(poles, enveloped=True):
    """A sawtooth, its low-pass filter of so many poles with an envelope, an ADSR envelope, pan."""
    d = Definition(f"saw{poles}{int(enveloped)}")
    freq, pan = d.controlled(freq=110.0, pan=0.0)
    sound = d.add("Saw", AR, [freq])
    corner = d.plus(800, d.times(d.envelope([0, 12000, 400], [0.01, 0.06], 2), 1, KR), KR)
    for _ in range(poles // 2):
        sound = d.add("RLPF", AR, [sound, corner, 0.9])
    level = d.envelope([0, 1, 0.5, 0], [10, 10, 0.1], 2)
    out = d.add("Pan2", AR, [d.times(sound, level, AR), pan, 0.01], 2)
    d.add("Out", AR, [0, out, (out[0], 1)], 0)
    return d


def supersaw():
    """Five detuned sawtooths on two sides, an ADSR envelope."""
    d = Definition("supersaw")
    freq, _ = d.controlled(freq=110.0, pan=0.0)
    sides = [None, None]
    for index in range(5):
        saw = d.add("Saw", AR, [d.times(freq, 2 ** ((index / 4 - 0.5) * 0.18 / 12), KR)])
        for side in range(2):
            part = d.times(saw, 0.4 if index % 2 == side else 0.8, AR)
            sides[side] = part if sides[side] is None else d.plus(sides[side], part, AR)
    level = d.envelope([0, 1, 0.5, 0], [10, 10, 0.1], 2)
    d.add("Out", AR, [0, *(d.times(side, d.times(level, 0.01, KR), AR) for side in sides)], 0)
    return d


def sampled(filtered):
    """A cubic PlayBuf of one channel at a speed of its own, looped, a 12 dB filter where it is wanted, an ADSR envelope, pan."""
    d = Definition(f"buf{int(filtered)}")
    freq, pan = d.controlled(freq=110.0, pan=0.0)
    sound = d.add("PlayBuf", AR, [0, d.times(freq, 1 / 220, KR), 1, 0, 1, 0])
    if filtered:
        corner = d.plus(800, d.times(d.envelope([0, 12000, 400], [0.01, 0.06], 2), 1, KR), KR)
        sound = d.add("RLPF", AR, [sound, corner, 0.9])
    level = d.envelope([0, 1, 0.5, 0], [10, 10, 0.1], 2)
    out = d.add("Pan2", AR, [d.times(sound, level, AR), pan, 0.01], 2)
    d.add("Out", AR, [0, out, (out[0], 1)], 0)
    return d


def orbit():
    """A delay that feeds back and a reverb on a bus of noise, which is told from the noise alone."""
    d = Definition("orbit")
    d.controlled(freq=110.0, pan=0.0)
    noise = d.times(d.add("WhiteNoise", AR, []), 0.1, AR)
    sides = [d.add("CombL", AR, [noise, 1, 0.3 + 0.05 * side, 3]) for side in range(2)]
    room = d.add("FreeVerb2", AR, [*sides, 1, 0.7, 0.3], 2)
    d.add("Out", AR, [0, room, (room[0], 1)], 0)
    return d


def noise():
    d = Definition("noise")
    d.controlled(freq=110.0, pan=0.0)
    sound = d.times(d.add("WhiteNoise", AR, []), 0.1, AR)
    d.add("Out", AR, [0, sound, sound], 0)
    return d


def padded(data):
    return data + b"\0" * (4 - len(data) % 4)


def message(address, *args):
    """An OSC message (Wright, "The Open Sound Control 1.0 Specification", 2002)."""
    tags, body = ",", b""
    for arg in args:
        if isinstance(arg, bytes):
            tags, body = tags + "b", body + struct.pack(">i", len(arg)) + arg + b"\0" * (-len(arg) % 4)
        elif isinstance(arg, str):
            tags, body = tags + "s", body + padded(arg.encode())
        elif isinstance(arg, float):
            tags, body = tags + "f", body + struct.pack(">f", arg)
        else:
            tags, body = tags + "i", body + struct.pack(">i", arg)
    return padded(address.encode()) + padded(tags.encode()) + body


def bundle(at, messages):
    out = b"#bundle\0" + struct.pack(">Q", int(at * 2**32))
    out += b"".join(struct.pack(">i", len(m)) + m for m in messages)
    return struct.pack(">i", len(out)) + out


def score(definition, voices):
    first = []
    if definition is not None:
        first.append(message("/d_recv", b"SCgf" + struct.pack(">ih", 2, 1) + definition.encoded()))
        first.append(message("/b_alloc", 0, 4 * RATE, 1))
        first.append(message("/b_gen", 0, "sine1", 7, 1.0, 0.5, 0.3, 0.2))
    notes = []
    for k in range(voices):
        freq = 440.0 * 2 ** ((36 + k % 48 - 69) / 12)
        notes.append(message("/s_new", definition.name, 1000 + k, 0, 0, "freq", freq, "pan", (k % 9 - 4) / 5.0))
    bundles = [bundle(0.0, first)] if first else []
    bundles += [bundle(0.01, notes[at : at + 32]) for at in range(0, len(notes), 32)]
    return b"".join(bundles) + bundle(SECONDS, [message("/c_set", 0, 0)])


def seconds(definition, voices):
    """CPU seconds of a render."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "score.osc")
        with open(path, "wb") as file:
            file.write(score(definition, voices))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = ["scsynth", "-N", path, "_", os.path.join(folder, "out.wav"), str(RATE), "WAV", "float", "-o", "2", "-z", str(BLOCK)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    wanted = sys.argv[1:]
    cases = [
        ("sawtooth, 12 dB, envelopes", sawtooth(2), VOICES, None),
        ("sawtooth, 24 dB, envelopes", sawtooth(4), VOICES, None),
        ("sawtooth", sawtooth(0), VOICES, None),
        ("supersaw of 5", supersaw(), VOICES, None),
        ("sampler", sampled(False), VOICES, None),
        ("sampler, 12 dB, envelope", sampled(True), VOICES, None),
        ("orbit", orbit(), 16, noise()),
    ]
    for name, definition, voices, without in cases:
        if wanted and not any(word in name for word in wanted):
            continue
        runs = [seconds(definition, voices) - seconds(without, voices if without else 0) for _ in range(RUNS)]
        cost = statistics.median(runs)
        print(f"{name}: {voices * SECONDS / cost:.0f} in real time ({100 * cost / voices / SECONDS:.3f} % of a core each)")


if __name__ == "__main__":
    main()
