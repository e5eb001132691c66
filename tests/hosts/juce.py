"""JUCE's form of a VST3's state: XML with the component's bytes in JUCE's own base 64."""
import json, struct
import xml.etree.ElementTree as ET

LETTERS = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def encode(data):
    bits = int.from_bytes(data, "little")
    count = (len(data) * 8 + 5) // 6
    return f"{len(data)}." + "".join(LETTERS[bits >> 6 * i & 63] for i in range(count))


def decode(text):
    size, letters = text.split(".", 1)
    bits = sum(LETTERS.index(c) << 6 * i for i, c in enumerate(letters))
    return (bits & (1 << 8 * int(size)) - 1).to_bytes(int(size), "little")


def with_session(saved, fields):
    """A state that a JUCE host saved, with the session of `fields` in it."""
    magic, size = struct.unpack("<II", saved[:8])
    root = ET.fromstring(saved[8:8 + size].decode())
    component = root.find("IComponent")
    state = json.loads(decode(component.text))
    state["fields"].update(fields)
    component.text = encode(json.dumps(state).encode())
    text = ET.tostring(root)
    return struct.pack("<II", magic, len(text)) + text + b"\0"
