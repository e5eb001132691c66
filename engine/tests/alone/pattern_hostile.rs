//! Patterns that are dear to make, to compile or to ask: a script that writes one ends within its second, whatever the pattern does.

#![allow(clippy::print_stdout, reason = "figures for whoever runs it by hand")]

use std::{fmt::Write as _, time::Duration};

use crate::counting::alone;
use crate::stopwatch::measured;
use videotracker_engine::{project::Project, script::Vm, transaction::Transaction, view::Playhead};

/// A script's second, with what ends it and what drops it, on a core of a slow machine.
const PATIENCE: Duration = Duration::from_secs(3);
/// What a script and the patterns it makes may take at once.
const MEMORY: usize = 200 << 20;

/// Lua that gives a pattern `p`.
const MADE: &[(&str, &str)] = &[
    ("ply of ply", "local p = s('bd') for i = 1, 150 do p = p:ply(2) end"),
    ("ply of drawn ply", "local p = s('bd') for i = 1, 100 do p = p:ply('<2 3>'):degradeBy(0.1) end"),
    ("fast of fast", "local p = s('bd? sn') for i = 1, 150 do p = p:fast('<1 2>') end"),
    ("chunk of chunk", "local p = s('bd sn') for i = 1, 12 do p = p:chunk(64, function(x) return x:ply(3) end) end"),
    ("many chunks", "local p = s('bd*64'):chunk(4096, function(x) return x:ply(8) end)"),
    ("pick of thousands", "local l = {} for i = 1, 4096 do l[i] = s('bd*' .. i) end local p = n('0 .. 4000'):pick(l)"),
    ("pick of pick", "local p = s('bd*8') for i = 1, 60 do p = n('0 1'):pick({p, p}) end"),
    ("squeezed pick", "local p = s('bd*8') for i = 1, 12 do p = n('0 .. 7'):squeeze({p, p, p, p, p, p, p, p}) end"),
    ("inner joins", "local p = s('bd*8') for i = 1, 12 do p = n('0 .. 7'):inhabit({p, p, p, p, p, p, p, p}) end"),
    ("superimpose", "local p = s('bd? sn') for i = 1, 40 do p = p:superimpose(fast(1.5)) end"),
    ("off", "local p = s('bd? sn') for i = 1, 40 do p = p:off('<1 2>/7', speed(2)) end"),
    ("jux of jux", "local p = s('bd? sn') for i = 1, 40 do p = p:jux(rev) end"),
    ("layers", "local p = s('bd?') for i = 1, 12 do p = p:layer(rev, fast(2), fast(3), fast(5)) end"),
    ("every", "local p = s('bd? sn') for i = 1, 40 do p = p:every(i, fast(2)) end"),
    ("sometimes", "local p = s('bd sn') for i = 1, 40 do p = p:sometimes(fast(2)) end"),
    ("echo of echo", "local p = s('bd?') for i = 1, 8 do p = p:echo(64, 1 / 64, 0.9) end"),
    ("echoWith", "local p = s('bd?') for i = 1, 6 do p = p:echoWith(64, 1 / 64, function(x, n) return x:fast(n + 1) end) end"),
    ("plyWith", "local p = s('bd?') for i = 1, 6 do p = p:plyWith(64, function(x) return x:fast(2) end) end"),
    ("within", "local p = s('bd? sn') for i = 1, 40 do p = p:within(0.25, 0.75, fast(2)) end"),
    ("inside", "local p = s('bd? sn') for i = 1, 40 do p = p:inside(3, rev) end"),
    ("iter of iter", "local p = s('bd? sn') for i = 1, 40 do p = p:iter(64) end"),
    ("striate and chop", "local p = s('bd*16'):striate(256):chop(256)"),
    ("chop of chop", "local p = s('bd?') for i = 1, 10 do p = p:chop(16) end"),
    ("segments of signals", "local p = n(perlin:range(0, 9):segment(4000)):add(n(rand:segment(4000)))"),
    ("ribbons", "local p = s('bd? sn') for i = 1, 40 do p = p:ribbon(i, 1 / 7) end"),
    ("lingering", "local p = s('bd? sn') for i = 1, 60 do p = p:linger('<0.25 0.5>') end"),
    ("shuffles", "local p = s('bd*8') for i = 1, 30 do p = p:shuffle(16) end"),
    ("scrambles", "local p = s('bd*8') for i = 1, 30 do p = p:scramble(16) end"),
    ("bite", "local p = s('bd*8') for i = 1, 12 do p = p:bite(8, '0 .. 7') end"),
    ("rhythms", "local p = s('bd') for i = 1, 12 do p = p:euclid(63, 64) end"),
    ("drawn rhythms", "local p = s('bd') for i = 1, 12 do p = p:euclidRot('<3 5>', '<8 16>', '0 .. 7') end"),
    ("long periods", "local l = {} for i = 1, 200 do l[i] = s('bd*8'):slow(i) end local p = stack(unpack(l))"),
    ("long periods in draws", "local l = {} for i = 1, 200 do l[i] = s('<bd sn hh>*8?'):slow(i) end local p = stack(unpack(l))"),
    ("periods below chance", "local l = {} for i = 1, 500 do l[i] = s('bd*8'):slow(i):degradeBy(0.5) end local p = stack(unpack(l))"),
    ("arrange", "local l = {} for i = 1, 4000 do l[i] = {i % 7 + 1, s('bd*' .. i)} end local p = arrange(unpack(l))"),
    ("stepcat", "local l = {} for i = 1, 4000 do l[i] = {i, s('bd sn')} end local p = stepcat(unpack(l))"),
    ("polymeter", "local l = {} for i = 1, 500 do l[i] = mini(('bd '):rep(i)) end local p = polymeter(unpack(l))"),
    ("random cats", "local l = {} for i = 1, 4000 do l[i] = s('bd*' .. i) end local p = randcat(unpack(l)):fast(4000)"),
    ("stacks of chance", "local l = {} for i = 1, 4000 do l[i] = s('bd?') end local p = stack(unpack(l))"),
    ("shrink and grow", "local p = mini(('bd '):rep(2000)):grow(1):shrink(1)"),
    ("tours", "local p = mini('a b') for i = 1, 40 do p = p:tour(p, p) end"),
    ("zip", "local l = {} for i = 1, 400 do l[i] = mini(('bd '):rep(i)) end local p = zip(unpack(l))"),
    ("a chord of thousands", "local p = note(mini('[' .. ('c,'):rep(4000) .. 'c]')):arp('0 .. 63')"),
    ("chords", "local p = chord(('C^7 '):rep(4000)):voicing():arp('0 .. 7')"),
    ("scales", "local p = n('0 .. 4000'):scale('<C:minor D:major>'):scaleTranspose('0 .. 63')"),
    ("every control", "local p = s('bd*64') for i = 1, 150 do p = p:gain(rand):speed('<1 2>?') end"),
    ("texts in texts", "local p = s('bd') for i = 1, 60 do p = p:set(n('0 .. 63')) end"),
    ("times of primes", "local p = s('bd?') for i = 1, 60 do p = p:fast(10007 / 9973) end"),
    ("seeds", "local p = s('bd? sn?') for i = 1, 100 do p = p:seed(i):superimpose(seed(i)) end"),
];

/// Mini-notation of up to 64 KiB: what begins it, what is said again and again, and what ends it.
const TEXTS: &[(&str, &str, &str)] = &[
    ("", "bd ", ""),
    ("<", "bd ", ">"),
    ("<", "bd*3 ", ">*4096"),
    ("", "bd? ", ""),
    ("", "bd*16 ", ""),
    ("", "[bd sn] ", ""),
    ("", "[a b]? ", ""),
    ("", "bd(3,8) ", ""),
    ("", "bd(<3 5>,8) ", ""),
    ("", "bd*<1 2 3> ", ""),
    ("", "{a b c}%7 ", ""),
    ("", "{a b c}%<7 5> ", ""),
    ("", "a!7 ", ""),
    ("", "a@1.3 ", ""),
    ("", "a . ", "a"),
    ("[", "a|", "a]*64"),
    ("[", "a,", "a]"),
    ("[", "a? b,", "a]*4"),
    ("", "<a b>/1.7 ", ""),
    ("", "0 .. 9 ", ""),
    ("", "c'maj7'i ", ""),
    ("{", "[a b] ", "}%4096"),
    ("", "~ ", ""),
    ("", "a:1:<0.5 1> ", ""),
    ("", "a*1.0001 ", ""),
];

/// Brackets that open 255 deep, and close.
const BRACKETS: &[(&str, &str)] = &[
    ("[", "]*2"),
    ("[", "]*<1 2>"),
    ("[a ", "]"),
    ("[a? ", "]*2"),
    ("<", ">"),
    ("<a ", ">*2"),
    ("{a ", "}%3"),
    ("{a ", "}%<3 5>"),
    ("[a|", "]"),
    ("[a,", "]?"),
    ("[", "](3,8)"),
    ("[", "](<3 5>,8)"),
    ("[", "]!2"),
    ("[", "]@1.1 b"),
];

/// Words that join two patterns, and how they are aligned.
const ALIGNED: &[&str] = &["", "In", "Out", "Mix", "Squeeze", "SqueezeOut", "Reset", "Restart", "Poly"];

fn bodies() -> Vec<(String, String)> {
    let text = |begin: &str, part: &str, end: &str| {
        let times = (65_500 - begin.len() - end.len()) / part.len();
        format!("'{begin}' .. ('{part}'):rep({times}) .. '{end}'")
    };
    let mut all: Vec<(String, String)> = MADE.iter().map(|(what, made)| ((*what).to_owned(), format!("{made} pattern('p', p)"))).collect();
    for (begin, part, end) in TEXTS {
        let (part, end) = (part.replace('\'', "\\'"), end.replace('\'', "\\'"));
        all.push((format!("{begin}{part}{end}"), format!("pattern('p', s({}))", text(begin, &part, &end))));
    }
    for (open, close) in BRACKETS {
        all.push((format!("{open}{close}"), format!("pattern('p', s(('{open}'):rep(255) .. 'bd' .. ('{close}'):rep(255)))")));
    }
    for align in ALIGNED {
        for (left, right) in [("0 .. 4000", "0 .. 4000"), ("0*4000?", "<0 .. 63>*4000"), ("<0 1>*64", "0? 1*1000")] {
            let body = format!("pattern('p', n('{left}'):add{align}(n('{right}')))");
            all.push((format!("add{align} of {left} and {right}"), body));
            all.push((
                format!("set{align} in a row of {left} and {right}"),
                format!("local p = n('{left}') for i = 1, 100 do p = p:set{align}(n('{right}')) end pattern('p', p)"),
            ));
        }
    }
    // What is just allowed, as often as there is time for it; as long as that takes, by hand only.
    if std::env::var_os("HOSTILE_AGAIN").is_none() {
        return all;
    }
    let often: Vec<_> = all
        .iter()
        .map(|(what, body)| {
            let body = format!("for i = 1, 1000 do pcall(function() {body} end) end");
            (format!("{what}, again and again"), body)
        })
        .collect();
    all.extend(often);
    all
}

#[test]
fn a_pattern_that_is_dear_ends_with_its_script() {
    let _alone = alone();
    let only = std::env::var("HOSTILE_ONLY").unwrap_or_default();
    let (mut wrong, mut slowest) = (String::new(), Duration::ZERO);
    for (what, body) in bodies().iter().filter(|(what, _)| what.contains(&only)) {
        let mut vm = Vm::default();
        let (error, took, memory) = measured(|| {
            let mut transaction = Transaction::new(Project::default(), Playhead::default());
            vm.run(body, "song", &mut transaction).error
        });
        slowest = slowest.max(took);
        let shown: String = error.as_deref().unwrap_or("runs").chars().take(120).collect();
        println!("{took:?}, {} MiB, {what}: {shown}", memory >> 20);
        let ((), took_to_drop, _) = measured(|| drop(vm));
        if took > PATIENCE || took_to_drop > PATIENCE || memory > MEMORY {
            let _ = writeln!(wrong, "{what}: took {took:?} and {} MiB, then {took_to_drop:?} to go: {shown}", memory >> 20);
        }
    }
    println!("the slowest took {slowest:?}");
    assert!(wrong.is_empty(), "{wrong}");
}
