"""Random expressions of the pattern language, each in JavaScript and in Lua: expressions.py COUNT [SEED] > expressions.jsonl

strudel.mjs makes event tables of them, and EVENT_TABLES=tables.jsonl cargo nextest run -E 'test(further_tables_agree)' compares.
Left out is what README.md names as not followed or not asked.
"""

import json
import random
import sys

LUA = {"and": "both", "or": "either", "end": "finish"}
SOUNDS = ["bd sn*2", "bd(3,8) hh*8", "<a b c>", "bd . sn sn", "hh*4, cp", "x ~ x x", "{bd sn}%4", "bd? hh?0.3 [sn|cp]", "a@3 b!2"]
NUMBERS = ["0 .. 3", "0 2 [4 6]", "<0 3 5>", "0 ~ 2@3", "[0,4,7]", "7(5,8,2)", "{0 2 4}%8", "0 1? 2", "<0 1>*2", "5 4 3 2 1", "0 [1 2] [3 [4 5]]"]
NOTES = ["c3 e3 g3", "[c3,eb3,g3]", "<c4 a3>(3,8)", "60 63 67"]
TIMES = [0.25, 0.5, 0.125, 1.5, 2, 1 / 3]
# What each word takes: v a value, n a small whole number, t a time, u 0 to 1, f a function, b a rhythm of 0 and 1,
# c a cycle of picks, e pulses, o on or off, k and q numbers that stay the same (patterned steps are asked across cycles there), F a function with
# an argument (a word alone is given the copy's number for a pattern there), w letters.
METHODS = {
    "time": "fast:v slow:v early:t late:t rev: palindrome: ply:n iter:n iterBack:n fastGap:n press: pressBy:u brak: swingBy:un swing:n "
    "inside:nf outside:nf every:nf lastOf:nf chunk:nf chunkBack:nf fastChunk:nf chunkInto:nf chunkBackInto:nf repeatCycles:n ribbon:tn "
    "hurry:n compress:uU focus:uU zoom:uU linger:u plyWith:nf plyForEach:nF applyN:nf into:bf bite:nc cpm:n revv:".split(),
    "structure": "struct:b structAll:v mask:b maskAll:v reset:b restart:b resetAll:v restartAll:v euclid:eN euclidRot:eNn euclidLegato:eN "
    "euclidLegatoRot:eNn segment:n superimpose:f layer:ff echoWith:ntF echo:ntu stut:nut off:tf jux:f juxBy:uf within:uUf when:bf "
    "bypass:o apply:f hush: beat:cN".split(),
    "choose": "shuffle:n scramble:n degradeBy:u degrade: undegradeBy:u undegrade: sometimesBy:uf sometimes:f often:f rarely:f almostNever:f "
    "almostAlways:f always:f never:f someCyclesBy:uf someCycles:f seed:n".split(),
    "step": "pace:k take:q drop:q extend:k replicate:k expand:k contract:k shrink:q grow:q".split(),
    "sample": "chop:n striate:n slice:nc splice:nc loopAt:n fit: gain:v pan:u speed:v lpf:v room:v delay:v clip:u attack:v orbit:n cut:n crush:n "
    "vowel:w bank:w begin:u end:u shape:u".split(),
}
NUMERIC = "add:v sub:v mul:v div:n mod:n pow:n floor: ceil: round: range:nn range2:nn toBipolar: fromBipolar: lt:v gt:v lte:v gte:v eq:v ne:v and:v or:v band:n bor:n bxor:n".split()
COMPARISONS = ["lt", "gt", "lte", "gte", "eq", "ne"]
SUFFIXES = ["", "", "", "out", "mix", "squeeze", "squeezeout", "reset", "restart"]
OPERATORS = ["add", "sub", "mul", "set", "keep", "keepif"]
PICKS = ["pick", "pickmod", "pickOut", "pickmodOut", "pickReset", "pickRestart", "inhabit", "inhabitmod"]
SIGNALS = ["sine", "saw", "isaw", "tri", "itri", "square", "cosine", "rand", "perlin", "berlin", "sine2", "saw2", "tri2", "square2", "rand2"]
SCALES = ["C:minor", "<C:major D4:dorian>", "f#:minor:pentatonic", "A:lydian"]

Pair = tuple[str, str]


class Dice(random.Random):
    def text(self, texts: list[str]) -> Pair:
        text = json.dumps(self.choice(texts))
        return text, text

    def mini(self, texts: list[str]) -> Pair:
        js, lua = self.text(texts)
        return js, f"mini({lua})"

    def argument(self, kind: str, depth: int, numbers: bool = False) -> Pair:
        same = lambda value: (str(value), str(value))
        match kind:
            case "n" | "N":
                return self.text(["<1 2>", "2 4", "<3 2 4>"]) if self.random() < 0.25 else same(self.choice([1, 2, 3, 4, 8] if kind == "n" else [8, 16]))
            case "t":
                return self.text(["<0.25 0.5>", "0 .125"]) if self.random() < 0.2 else same(self.choice(TIMES))
            case "u":
                return self.text(["<0.25 0.5>", "0.1 0.3"]) if self.random() < 0.2 else same(self.choice([0.25, 0.5, 0.1]))
            case "U":
                return same(self.choice([0.75, 1, 0.8]))
            case "e":
                return same(self.choice([1, 3, 5])) if self.random() < 0.7 else self.text(["<1 3>", "2"])
            case "v":
                if self.random() < 0.2:
                    name = self.choice(SIGNALS)
                    return f"{name}.segment(4)", f"{name}:segment(4)"
                return self.text(["<1 2>", "2", "1 0.5", "3 [1 2]"]) if self.random() < 0.5 else same(self.choice([1, 2, 0.5, 3]))
            case "b":
                return self.text(["1 0", "<1 0>", "1 0 0 1", "1(3,8)", "x ~ x"])
            case "o":
                return self.text(["1 0", "<1 0>", "0 0 1"])
            case "k" | "q":
                return same(self.choice([1, 2, 3, -1 if kind == "q" else 4]))
            case "w":
                return self.text(["a", "<a e>", "a o"])
            case "c":
                return self.text(["0 1", "<0 2>", "0 3 2 1", "0 .. 3", "1*2"])
            case "f" | "F":
                return self.function(depth, numbers, kind == "f")
        raise ValueError(kind)

    def function(self, depth: int, numbers: bool, bare: bool) -> Pair:
        if bare and self.random() < 0.2:
            name = self.choice(["rev", "brak", "press", "palindrome"])
            return name, name
        js, lua = self.chain(("x", "x"), numbers, depth - 1, 1)
        return f"x => {js}", f"function(x) return {lua} end"

    def call(self, of: Pair, name: str, arguments: list[Pair], suffix: str = "") -> Pair:
        js = f"{name}.{suffix}" if suffix else name
        lua = LUA.get(name, name) + {"": "", "squeezeout": "SqueezeOut"}.get(suffix, suffix.capitalize())
        return (f"{of[0]}.{js}({', '.join(a for a, _ in arguments)})", f"{of[1]}:{lua}({', '.join(b for _, b in arguments)})")

    def chain(self, of: Pair, numbers: bool, depth: int, least: int = 0) -> Pair:
        for _ in range(self.randint(least, 3)):
            if numbers and self.random() < 0.5:
                word, takes = self.choice(NUMERIC).split(":")
                suffix = self.choice(SUFFIXES) if word in OPERATORS else ""
                of = self.call(of, word, [self.argument(kind, depth) for kind in takes], suffix)
                if word in COMPARISONS:
                    # Yes and no are no numbers here.
                    return of
                continue
            family = self.choice(["time", "time", "structure", "structure", "choose", "step", "sample"])
            word, takes = self.choice(METHODS[family]).split(":")
            if depth <= 0 and "f" in takes.lower() or numbers and family == "sample":
                continue
            of = self.call(of, word, [self.argument(kind, depth, numbers) for kind in takes])
        return of

    def pattern(self, depth: int) -> Pair:
        kind = self.randrange(12)
        if kind < 3:
            js, lua = self.text(SOUNDS)
            return self.chain((f"s({js})", f"s({lua})"), False, depth)
        if kind < 5:
            js, lua = self.chain(self.mini(NUMBERS), True, depth)
            name = self.choice(["n", "note", "gain", "speed"])
            return self.chain((f"{name}({js})", f"{name}({lua})"), False, depth)
        if kind == 5:
            return self.chain(self.mini(NUMBERS), True, depth)
        if kind == 6:
            js, lua = self.text(NUMBERS)
            scale = json.dumps(self.choice(SCALES))
            return self.chain((f"n({js}).scale({scale})", f"n({lua}):scale({scale})"), False, depth)
        if kind == 7 and depth > 0:
            name = self.choice(["stack", "cat", "seq", "polymeter", "zip", "stepcat", "randcat", "stackLeft", "stackRight"])
            parts = [self.pattern(depth - 1) for _ in range(self.randint(1, 3))]
            return self.chain((f"{name}({', '.join(a for a, _ in parts)})", f"{name}({', '.join(b for _, b in parts)})"), False, depth)
        if kind == 8:
            js, lua = self.mini(["0 1", "<0 2 1>", "[0 1] 2", "0 ~ 1*2", "<0 1>*2"])
            parts = [self.pattern(depth - 1) if depth > 0 else self.text(SOUNDS) for _ in range(3)]
            word = self.choice(PICKS)
            return f"{js}.{word}([{', '.join(a for a, _ in parts)}])", f"{lua}:{word}({{{', '.join(b for _, b in parts)}}})"
        if kind == 9:
            name = self.choice(SIGNALS)
            return self.chain((f"{name}.segment(8)", f"{name}:segment(8)"), True, depth)
        if kind == 10:
            js, lua = self.choice([("run(4)", "run(4)"), ("irand(8).segment(4)", "irand(8):segment(4)"), ("randrun(4)", "randrun(4)"), ("binary(11)", "binary(11)")])
            return self.chain((js, lua), True, depth)
        js, lua = self.text(NOTES)
        word, takes = self.choice(["arp:c", "transpose:n", "scaleTranspose:n"]).split(":")
        of = (f"note({js})", f"note({lua})")
        if word == "scaleTranspose":
            of = self.call(of, "scale", [self.text(SCALES)])
        return self.chain(self.call(of, word, [self.argument(kind, depth) for kind in takes]), False, depth)


def main() -> None:
    dice = Dice(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for _ in range(int(sys.argv[1])):
        js, lua = dice.pattern(2)
        print(json.dumps({"js": js, "lua": lua}))


main()
