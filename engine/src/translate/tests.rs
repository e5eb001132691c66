//! What tunes are written in, and what becomes of it.

use super::*;

fn lua(tune: &str) -> String {
    translate(tune).unwrap_or_else(|why| panic!("{tune}: {why}")).lua
}

#[test]
fn each_thing_that_tunes_are_written_in_becomes_lua() {
    for (tune, wanted) in [
        ("$: s(\"bd*2\").fast(2)", "d1(s(\"bd*2\"):fast(2))"),
        ("$: n(\"0\")\n$: n(\"1\")", "d1(n(\"0\"))\nd2(n(\"1\"))"),
        ("drums: s(\"bd\")", "p(\"drums\", s(\"bd\"))"),
        ("_$: s(\"bd\")\n$: s(\"hh\")", "-- d1(s(\"bd\"))\nd2(s(\"hh\"))"),
        ("s(\"bd\")", "d1(s(\"bd\"))"),
        ("setcpm(120/4); s(\"bd\")", "setcpm(120 / 4) d1(s(\"bd\"))"),
        ("// first\ns(\"bd\") // then", "-- first\nd1(s(\"bd\")) -- then"),
        ("/* a\n b */ s('bd')", "--[[ a\n b ]] d1(s(\"bd\"))"),
        ("$: s(\"bd\")\n  .fast(2) // twice\n  .rev()", "d1(s(\"bd\")\n  :fast(2) -- twice\n  :rev())"),
        ("\"0 2\".add(1)", "d1(mini(\"0 2\"):add(1))"),
        ("n(\"0 2\".add(\"<1 2>\"))", "d1(n(mini(\"0 2\"):add(\"<1 2>\")))"),
        ("const a = \"0 2\"\nn(a)", "local a = mini(\"0 2\")\nd1(n(a))"),
        ("const k = 'bd'\ns(k)", "local k = \"bd\"\nd1(s(k))"),
        ("s(`bd\n  sn`)", "d1(s([[bd\n  sn]]))"),
        ("const k = 3\ns(`bd*${k}`)", "local k = 3\nd1(s(\"bd*\" .. k .. \"\"))"),
        ("x.add.squeeze(\"0 2\")", "d1(silence --[[ x ]]:addSqueeze(\"0 2\"))"),
        ("n(\"0\").set.out(n(\"1\"))", "d1(n(\"0\"):setOut(n(\"1\")))"),
        ("s(\"bd\").every(4, x => x.fast(2).rev())", "d1(s(\"bd\"):every(4, function(x) return x:fast(2):rev() end))"),
        ("s(\"bd\").jux(rev)", "d1(s(\"bd\"):jux(rev))"),
        ("s(\"bd\").off(1/8, add(note(7)))", "d1(s(\"bd\"):off(1 / 8, add(note(7))))"),
        (
            "s(\"bd\").layer((x) => { const y = x.rev(); return y.fast(2) })",
            "d1(s(\"bd\"):layer(function(x) local y = x:rev() return y:fast(2) end))",
        ),
        ("s(\"<a b>\".pick({a: \"bd*4\", 'b c': s(\"hh\")}))", "d1(s(mini(\"<a b>\"):pick({a = \"bd*4\", [\"b c\"] = s(\"hh\")})))"),
        ("arrange([4, \"a\"], [2, s(\"b\")])", "d1(arrange({4, \"a\"}, {2, s(\"b\")}))"),
        ("stack(\n  s(\"bd\"), // kick\n  s(\"hh\"),\n)", "d1(stack(\n  s(\"bd\"), -- kick\n  s(\"hh\")\n))"),
        (
            "const a = [1, 2]\nn(seq(...a, 3)).add([...a, 4, ...a][0])",
            "local function joined(...) local all = {} for _, list in {...} do for _, item in list do table.insert(all, item) end end return \
             all end local a = {1, 2}\nd1(n(seq(unpack(joined(a, {3})))):add(joined(a, {4}, a)[0 + 1]))",
        ),
        ("const a = [1]\nn(seq(0, ...a))", "local a = {1}\nd1(n(seq(0, unpack(a))))"),
        (
            "const f = (k, by = 2) => n(k).fast(by)\nf(1)",
            "local f = function(k, by) if by == nil then by = 2 end return n(k):fast(by) end\nd1(f(1))",
        ),
        ("s(\"bd\").and(1).end(.5)", "d1(s(\"bd\"):both(1):finish(0.5))"),
        ("sine.range(1, 1e3).slow(4)", "d1(sine:range(1, 1e3):slow(4))"),
        ("s(\"bd\").p('kick')", "s(\"bd\"):p(\"kick\")"),
        ("s(\"bd\").p('kick')\ns(\"hh\").d2", "s(\"bd\"):p(\"kick\")\nd2(s(\"hh\"))"),
        ("n(irand(8)).filter(h => h.value.n % 2 == 0)", "d1(n(irand(8)):filter(function(h) return h.value.n % 2 == 0 end))"),
        ("note(\"[0,4]\").arpWith(h => h[0])", "d1(note(\"[0,4]\"):arpWith(function(h) return h[0 + 1] end))"),
        ("signal(t => t > 2 && t !== 3 ? 1 : 0)", "d1(signal(function(t) return (if t > 2 and t ~= 3 then 1 else 0) end))"),
        ("const f = (x, k) => x.fast(k)\nf(\"bd\", 2)", "local f = function(x, k) return x:fast(k) end\nd1(f(mini(\"bd\"), 2))"),
        ("function f(x) { return x.rev() }\ns(\"a\").apply(f)", "local function f(x) return x:rev() end\nd1(s(\"a\"):apply(f))"),
        ("let end = 3\nn(end)", "local end_ = 3\nd1(n(end_))"),
        ("s(\"bd\").speed(Math.PI).gain(Math.random())", "d1(s(\"bd\"):speed(math.pi):gain(math.random()))"),
        ("hush(); s(\"bd\")", "hush() d1(s(\"bd\"))"),
        ("s(\"bd\"); setcpm(30)", "d1(s(\"bd\")) setcpm(30)"),
        (
            "all(x => x.room(1)); $: s(\"bd\"); a: s(\"hh\")",
            "--[[ all(x => x.room(1)) ]] local all1 = function(x) return x:room(1) end d1(s(\"bd\"):apply(all1)) p(\"a\", s(\"hh\"):apply(all1))",
        ),
        ("s(\"bd\").p(1)\nall(rev)", "local all1 = rev s(\"bd\"):apply(all1):p(1)\n--[[ all(rev) ]]"),
        (
            "register('up', (k, x) => x.add(note(k)))\nnote(\"c\").up(2).every(2, up(3))",
            "local up = function(k, x) return x:add(note(k)) end\nd1(up(2, note(\"c\")):every(2, function(x) return up(3, x) end))",
        ),
        (
            "const up = register(['up', 'hoch'], x => x.fast(2))\ns(\"bd\").hoch().jux(up)",
            "local up = function(x) return x:fast(2) end local hoch = up\nd1(hoch(s(\"bd\")):jux(up))",
        ),
        (
            "s([1, 2].map(x => 'bd*' + x).join(' '))",
            "local function map(list, f) local all = {} for i, item in list do all[i] = f(item, i - 1) end return all end \
             d1(s(table.concat(map({1, 2}, function(x) return \"bd*\" .. x end), \" \")))",
        ),
        (
            "samples({bd: 'a.wav', p: {c3: 'b.wav'}}, './x/'); s(\"bd\")",
            "sampler(\"samples\", {samples = {_base = \"./x/\", bd = \"a.wav\", p = {c3 = \"b.wav\"}}, root = 36, rules = \"strudel\"}) d1(s(\"bd\"))",
        ),
        (
            "const m = {bd: 'a.wav'}\nsamples(m)\nsamples('strudel.json')\ns(\"bd\")",
            "local m = {bd = \"a.wav\"}\nsampler(\"samples\", {samples = m, root = 36, rules = \"strudel\"})\n\
             sampler(\"samples2\", {samples = import(\"strudel.json\"), root = 36, rules = \"strudel\"})\nd1(s(\"bd\"))",
        ),
        ("let a = 1\n;(x => x)(s(\"bd\"))", "local a = 1\nd1((function(x) return x end)(s(\"bd\")))"),
        ("kick$: s(\"bd\")", "d1(s(\"bd\"))"),
        ("s(\"bd\")._scope().fast(2)", "d1(s(\"bd\") --[[ ._scope() ]]:fast(2))"),
    ] {
        assert_eq!(lua(tune), wanted, "{tune}");
    }
}

#[test]
fn what_has_no_counterpart_is_a_comment_and_is_said() {
    for (tune, kept, said) in [
        ("await samples('github:a/b')\ns(\"bd\")", "-- await samples('github:a/b')\nd1(s(\"bd\"))", "samples"),
        ("import x from 'y'\ns(\"bd\")", "-- import x from 'y'\nd1(s(\"bd\"))", "import x"),
        ("all(pianoroll)\ns(\"bd\")", "-- all(pianoroll)\nd1(s(\"bd\"))", "all:"),
        ("s(\"bd\").color('red')", "d1(s(\"bd\") --[[ .color('red') ]])", ".color"),
        ("s(unknown)", "d1(s(silence --[[ unknown ]]))", "unknown"),
        ("s(\"bd\".fast(2)\n", "-- s(\"bd\".fast(2)\n", "JavaScript"),
        ("for (const x of y) { s(x) }\ns(\"bd\")", "-- for (const x of y) { s(x) }\nd1(s(\"bd\"))", "for"),
        ("$: s(\"bd\")\nS$: s(\"hh\")", "-- d1(s(\"bd\"))\nd2(s(\"hh\"))", "alone"),
        ("_$: s(\"bd\"); S$: s(\"hh\")", "--[[ d1(s(\"bd\")) ]] d2(s(\"hh\"))", "muted"),
        ("s(\"bd\").q1; s(\"hh\").p2", "--[[ d1(s(\"bd\")) ]] d2(s(\"hh\"))", "q1: is muted"),
        ("s(\"bd\").lpf(slider(440, 0, 2000))", "d1(s(\"bd\"):lpf(440))", "first value"),
        ("s(\"bd\").lpf(mouseX).fast(2)", "d1(s(\"bd\") --[[ .lpf(mouseX) ]]:fast(2))", "mouseX"),
        ("s(\"bd\").every(2, x => x.lpf(cc(3)))", "d1(s(\"bd\"):every(2, function(x) return x --[[ .lpf(cc(3)) ]] end))", "cc(3)"),
        ("const cc = await midin('x'); s(\"bd\").gain(cc(0))", "--[[ cc = await midin('x') ]] d1(s(\"bd\") --[[ .gain(cc(0)) ]])", "midin"),
        ("stack(s(\"bd\"), osc(3))", "d1(stack(s(\"bd\"), silence --[[ osc(3) ]]))", "osc"),
        ("osc(10).out(); s(\"bd\")", "--[[ osc(10).out() ]] d1(s(\"bd\"))", "osc(10)"),
        ("s(\"bd\").scope.fast(2)", "d1(s(\"bd\") --[[ .scope ]]:fast(2))", ".scope"),
        ("samples('github:a/b'); s(\"bd\")", "--[[ samples('github:a/b') ]] d1(s(\"bd\"))", "network"),
        ("samples({bd: 'http://x/bd.wav'})\ns(\"bd\")", "-- samples({bd: 'http://x/bd.wav'})\nd1(s(\"bd\"))", "network"),
        ("Pattern.prototype.f = 3; s(\"bd\")", "--[[ Pattern.prototype.f = 3 ]] d1(s(\"bd\"))", "Pattern"),
        ("if (1) samples('github:a/b')\ns(\"bd\")", "if (1) ~= 0 then --[[ samples('github:a/b') ]] end\nd1(s(\"bd\"))", "samples"),
        ("setcpm(30); samples(\"github:x/y\"); $: s(\"bd\")", "setcpm(30) --[[ samples(\"github:x/y\") ]] d1(s(\"bd\"))", "samples"),
        ("setcpm(30)", "setcpm(30)", "nothing in this tune plays"),
        ("_$: s(\"bd\")\n  .fast(2)", "-- d1(s(\"bd\")\n--   :fast(2))", "muted"),
        ("s(\"bd\").xyz(\"]]\")._y(']]')", "d1(s(\"bd\") --[=[ .xyz(\"]]\") ]=] --[=[ ._y(']]') ]=])", ".xyz"),
    ] {
        let made = translate(tune).unwrap_or_else(|why| panic!("{tune}: {why}"));
        assert_eq!(made.lua, kept, "{tune}");
        assert!(made.marks.iter().any(|mark| mark.text.contains(said) && mark.line == 1), "{tune}: {:?}", made.marks);
    }
    assert!(translate(&"(".repeat(MAX_LENGTH + 1)).is_err());
    assert!(translate(&format!("x{}", ".rev()".repeat(1000))).is_err_and(|why| why.contains("deep")));
}

#[test]
fn what_can_not_be_read_is_counted_and_said_with_its_line() {
    for (tune, unread, line, said) in [
        ("s(\"bd\")", 0, 0, ""),
        ("$: s(\"hh\")\n$: stack(\n  s(\"bd\"),\n  s(\"sd\"):fast(2)\n)", 1, 4, "can't be read"),
        ("s(\"bd\"):fast(2)", 1, 1, "can't be read"),
        ("\u{0}\u{1}", 1, 1, "can't be read"),
    ] {
        let made = translate(tune).unwrap_or_else(|why| panic!("{tune}: {why}"));
        assert_eq!(made.unread, unread, "{tune}: {made:?}");
        assert!(unread == 0 || made.marks.iter().any(|mark| mark.line == line && mark.text.contains(said)), "{tune}: {made:?}");
    }
}

#[test]
fn a_tune_is_told_from_lua() {
    for tune in ["$: s(\"bd\")", "s(\"bd\").fast(2)", "setcpm(30)\nnote(\"c\").every(2, x => x.rev())", "stack(\n  s(\"bd\").room(1)\n)"] {
        assert!(is_tune(tune), "{tune}");
    }
    for lua in [
        "",
        "s(\"bd\"):fast(2)",
        "pattern(\"p\", s(\"bd*2\"):every(4, function(x) return x:rev() end)) -- => $:",
        "print(math.floor(2).x)",
        "sampler('a') -- f(x).y",
        "bd sn",
    ] {
        assert!(!is_tune(lua), "{lua}");
    }
}

#[test]
fn any_text_becomes_something_in_bounded_time() {
    let tune = "$: s(`bd*${2}`).every(4, x => x.fast(\"<2 1>\")) // é\nconst {a, b} = {a: [1, ...c], 'b': 2}\n_x: await f(a?.b)`x`[1]";
    for cut in (0..tune.len()).filter(|cut| tune.is_char_boundary(*cut)) {
        let _ = translate(&tune[..cut]).map(|made| made.lua.len());
        let _ = translate(&tune[cut..]).map(|made| made.lua.len());
    }
    for text in [
        "(((((((",
        "`${`${`",
        "a => b => c =>",
        "\u{0}\u{feff}",
        "/*",
        "'",
        "{[x]: 1}",
        "x?.y?.(1)",
        "new X()",
        "a ? b : c",
        "/re/g.test(x)",
    ] {
        let _ = translate(text).map(|made| made.lua.len());
    }
}
