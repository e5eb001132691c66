//! Every library function and every binding that works, with arguments that make it work: scripts, callbacks and cycles of
//! generative patterns end in time, within their memory, and what comes after them works.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "figures for whoever runs it by hand")]

use std::{fmt::Write as _, time::Duration};

use crate::counting::alone;
use crate::stopwatch::measured;
use videotracker_engine::{
    pattern::Generator,
    project::Project,
    script::{Limits, Vm},
    snapshot::Snapshot,
    transaction::Transaction,
    view::Playhead,
};

/// What the slowest machine may take on a core; here everything is below 1.5 s.
const PATIENCE: Duration = Duration::from_secs(6);
/// What a script and the values it makes may take at once, with a compiler's tree beside them.
const MEMORY: usize = 200 << 20;

/// Numbers that are too large, too small or none, as numbers and as texts.
const NUMBERS: &[&str] = &["1e9", "'1e9'", "'1000000000'", "2147483647", "-2147483648", "'-2147483648'", "0/0", "1/0", "-1e300"];

/// Calls with one place for a hostile number. `S` is a long text, `T` a long list, `B` a long buffer.
const CALLS: &[&str] = &[
    "table.move({}, 1, N, 2, {})",
    "table.move({}, N, 1, 2, {})",
    "table.move({}, '-2147483648', N, 1, {})",
    "table.move(T, 1, 1000, N, {})",
    "table.create(N, 1)",
    "table.create(N)",
    "table.concat({}, 'x', 1, N)",
    "table.concat({}, 'x', N, 1)",
    "table.concat(T, S)",
    "table.insert({}, N, 1)",
    "table.remove({}, N)",
    "table.find(T, 0, N)",
    "table.unpack({}, 1, N)",
    "table.unpack({}, N, 1)",
    "unpack(T, 1, N)",
    "select(N, 1, 2)",
    "string.rep('x', N)",
    "string.rep(S, N)",
    "string.byte(S, 1, N)",
    "string.byte(S, N)",
    "string.sub(S, N)",
    "string.char(N)",
    "string.format('%99.99f %s', N, S)",
    "string.format('%s', S:rep(3), N)",
    "string.find(S, 'b', N)",
    "string.find(S, S, N)",
    "string.gsub(S, 'a', S, N)",
    "string.gsub(S, 'a*', 'b', N)",
    "string.pack('c' .. tostring(N), 'x')",
    "string.pack('!16 Xi16', N)",
    "string.unpack('c' .. tostring(N), S)",
    "string.packsize('c' .. tostring(N))",
    "utf8.char(N)",
    "utf8.codepoint(S, 1, N)",
    "utf8.offset(S, N)",
    "utf8.len(S, 1, N)",
    "buffer.create(N)",
    "buffer.fill(B, 0, 1, N)",
    "buffer.copy(B, 0, B, 0, N)",
    "buffer.readstring(B, 0, N)",
    "buffer.writestring(B, 0, S, N)",
    "buffer.readbits(B, 0, N)",
    "bit32.lshift(1, N)",
    "bit32.extract(1, N)",
    "bit32.band(unpack(T, 1, 5000))",
    "math.random(N)",
    "math.ldexp(1, N)",
    "math.noise(N, N)",
    "vector.create(N, N, N)",
    "tonumber(N, 36)",
    "coroutine.wrap(string.rep)('x', N)",
    "loadstring(('x='):rep(N))",
    "s('bd'):fast(N)",
    "s('bd'):slow(N)",
    "s('bd'):euclid(N, N)",
    "s('bd'):euclid(3, N)",
    "s('bd'):segment(N)",
    "s('bd'):ply(N)",
    "s('bd'):early(N)",
    "s('bd'):every(N, function(x) return x:fast(N) end)",
    "s('bd'):off(N, function(x) return x:ply(N) end)",
    "s('bd'):chop(N)",
    "s('bd'):iter(N)",
    "s('bd'):linger(N)",
    "run(N)",
    "irand(N)",
    "mini('bd*' .. tostring(N))",
    "mini('bd!' .. tostring(N))",
    "mini('bd(' .. tostring(N) .. ',' .. tostring(N) .. ')')",
    "mini('0 .. ' .. tostring(N))",
    "mini('{a b}%' .. tostring(N))",
    "mini('bd@' .. tostring(N))",
    "pattern('p', N)",
    "pattern('p', s('bd'):ply(N))",
    "pattern('p', 'bd*' .. tostring(N))",
    "pattern('p', 'bd*16', {as = 'steps', cycles = N})",
    "pattern('p', {1, 2}, {stepsPerBeat = N, length = N})",
    "pattern('p', {{length = N, values = {a = N}}})",
    "chain('c', {{'p', N}})",
    "sampler('k', {volume = N})",
    "macro(N, 'm', {})",
    "engine:getClock():setCycle(N)",
    "engine:getClock():setBPM(N)",
    "engine:onApplied(N, print)",
    "exec('pattern create p ' .. tostring(N))",
    "exec('set k volume ' .. tostring(N))",
];

/// Bodies that want to work without end.
const BODIES: &[(&str, &str)] = &[
    ("joining in a row", "local s = ('x'):rep(1.5e7) local x IN_A_ROW(x = s .. 1)"),
    ("comparing in a row", "local s = ('x'):rep(1.5e7) local r = s .. 1 s = s .. 2 local x IN_A_ROW(x = s < r)"),
    ("adding in a row", "local s = ('1'):rep(1e7) local x IN_A_ROW(x = s + 1)"),
    ("cutting in a row", "local s = ('x'):rep(2e7) local x IN_A_ROW(x = string.sub(s, 2))"),
    ("reading numbers in a row", "local s = ('1'):rep(1e7) local x IN_A_ROW(x = tonumber(s))"),
    ("unpacking in a row", "local t = table.create(2e5, 1) local x IN_A_ROW(x = {unpack(t)})"),
    ("native metamethods in a row", "local t = setmetatable(table.create(1e6, 'x'), {__index = table.concat}) local x IN_A_ROW(x = t.y)"),
    (
        "the next of an empty table in a row",
        "local n = pairs({}) local t = {} for i = 1, 5e5 do t['k' .. i] = 1 end for i = 1, 5e5 do t['k' .. i] = nil end
         setmetatable(t, {__index = n}) local x IN_A_ROW(x = t[nil])",
    ),
    ("a native function for each", "table.foreachi(table.create(1e5, 1e7), string.rep)"),
    ("a native function for each key", "local t = {} for i = 1, 1e5 do t['x' .. i] = 1e7 end table.foreach(t, string.rep)"),
    ("a native order", "local t = {} for i = 1, 1e5 do t[i] = tostring(1e6 + i) end table.sort(t, string.rep)"),
    ("a binding as an order", "local t = {} for i = 1, 1e5 do t[i] = 'bd*4 sn' .. i end table.sort(t, stack)"),
    ("a binding for each", "table.foreachi(table.create(1e6, 's'), sampler)"),
    ("native replacements", "(('x'):rep(1e6)):gsub('.', string.upper)"),
    (
        "sorting two long texts",
        "local a, b = ('x'):rep(1e7), ('x'):rep(1e7) .. 'y' local t = {} for i = 1, 1e5 do t[i] = i % 2 == 0 and a or b end table.sort(t)",
    ),
    ("a class that is long", "string.match(('a'):rep(1e5), '[' .. ('b'):rep(1e5) .. 'a]*c')"),
    ("a class that is long, all over", "string.gsub(('a'):rep(1e5), '[' .. ('b'):rep(900) .. 'a]', '')"),
    ("balance without end", "local s = ('('):rep(1e6) while true do s:find('%b()') end"),
    ("a frontier without end", "local s = ('a'):rep(1e6) while true do s:find('%f[b]b') end"),
    ("captures of captures", "string.find(('a'):rep(1e5), '(.-)(.-)(.-)(.-)%1%2%3%4b')"),
    ("words without end", "for w in (('a '):rep(1e6)):gmatch('%a+') do pcall(string.rep, w, 1e7) end"),
    (
        "texts of tables in a format",
        "local o = setmetatable(table.create(1e6, 'x'), {__tostring = table.concat}) string.format(('%*'):rep(1e4), unpack(table.create(1e4, o)))",
    ),
    ("texts of tables in a row", "local o = setmetatable({}, {__tostring = function() while true do end end}) print(o, o, o)"),
    ("a text that is none", "error(setmetatable({}, {__tostring = function() while true do end end}))"),
    ("a length without end", "local t = setmetatable({}, {__len = function() while true do end end}) return #t"),
    ("an index without end", "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]"),
    ("a chain of indices", "local t = {} for i = 1, 1e5 do t = setmetatable({}, {__index = t}) end while true do local x = t.x end"),
    ("an order without end", "local m = {__lt = function() while true do end end} table.sort({setmetatable({}, m), setmetatable({}, m)})"),
    ("a call without end", "local t = setmetatable({}, {}) getmetatable(t).__call = function(...) return t(...) end t()"),
    ("iterating without end", "for x in setmetatable({}, {__iter = function() return function() return 1 end end}) do end"),
    ("joining tables", "local m = {} m.__concat = function(a, b) return a .. b end local t = setmetatable({}, m) return t .. t"),
    ("printing much", "local s = ('x'):rep(1e7) print(unpack(table.create(5000, s)))"),
    ("returning much", "local s = ('x'):rep(1e7) return unpack(table.create(5000, s))"),
    ("a long error", "error(('x'):rep(3e7))"),
    ("a long error with places", "error(('1:1:'):rep(5e6))"),
    (
        "errors that are kept",
        "local t = {} while true do local co = coroutine.create(setParam) coroutine.resume(co) t[#t + 1] = select(2, coroutine.close(co)) end",
    ),
    ("errors of bindings", "while true do pcall(setParam, ('x'):rep(4000), 'volume', 1) end"),
    (
        "names that are nearly known",
        "for i = 1, 3000 do pattern(('n'):rep(120) .. i, 1) end while true do pcall(bind, 's', ('n'):rep(120)) end",
    ),
    (
        "lists in lists",
        "local l = {} for i = 1, 4096 do l[i] = 1 end for i = 1, 8 do local m = {} for j = 1, 4096 do m[j] = l end l = m end seq(l)",
    ),
    ("lists kept", "local t, l = {}, {} for i = 1, 4096 do l[i] = i end for i = 1, 1e7 do t[#t + 1] = seq(l) end"),
    (
        "lists kept in a chain",
        "local l, p = {}, s('bd') for i = 1, 4096 do l[i] = i end while true do p = pcall(function() return p:add(seq(l)) end) and p:add(seq(l)) or s('bd') end",
    ),
    ("a chain that is deep and short", "local p = s('bd') while true do p = p:hush() end"),
    ("functions within functions of patterns", "local f = rev for i = 1, 5000 do f = every(2, f) end f(s('bd'))"),
    ("a function of chords that gives its own pattern", "local p p = n('0'):arpWith(function() return p end) pattern('x', p) return p"),
    ("many chords", "local p = n('0*40000'):arpWith(function(c) return 1 end) pattern('x', p) return p"),
    (
        "samples with long keys",
        "local p = {'a.wav'} for i = 1, 4000 do p['k' .. i] = ('x'):rep(4000) end local l = table.create(1024, p) sampler('k', {samples = l})",
    ),
    (
        "samples of many notes",
        "local p = {'a.wav'} for i = 1, 500 do p['k' .. i] = ('x'):rep(4000) end local l, n = table.create(1000, p), {}
         for i = 0, 9 do n['c' .. i], n['d' .. i] = l, l end sampler('k', {samples = {piano = n}})",
    ),
    ("events of many long texts", "local e = {at = 0} for i = 1, 1000 do e['k' .. i] = ('x'):rep(4000) end return table.create(4096, e)"),
    (
        "events of few long texts",
        "local e = {at = 0, s = ('x'):rep(4000), k = ('y'):rep(4000), l = ('z'):rep(4000)} return table.create(4096, e)",
    ),
    ("lists of long texts", "local l = table.create(4096, ('x'):rep(65536)) seq(l, l, l)"),
    ("tables of long texts", "local t = {} for i = 1, 4096 do t['k' .. i] = ('x'):rep(65536) end s('bd'):pick(t)"),
    (
        "steps of many values",
        "local v = {} for i = 1, 4000 do v[('k'):rep(4000) .. i] = 1 end pattern('p', table.create(256, {values = v}))",
    ),
    ("a function that gives long texts", "local p = n('0*4000'):fmap(function() return ('x'):rep(2e7) end) pattern('x', p) return p"),
    ("a function that gives much", "local p = n('0*4000'):fmap(function() return {a = ('x'):rep(4000), b = ('y'):rep(4000)} end) return p"),
    ("functions of one line", "local p = s('bd') IN_A_ROW(pcall(p.filter, p, function(h) return h end))"),
    (
        "names of nobody",
        "for i = 1, 500 do sequencer(('s'):rep(60) .. i) end local t = {} for i = 1, 7000 do t[i] = ('n'):rep(120) .. i end mute(unpack(t))",
    ),
    ("stacks of themselves", "local p = s('bd*16') while true do p = stack(p, p) end"),
    ("sequences of themselves", "local p = s('bd*16') while true do p = seq(p, p, p, p) end"),
    ("long texts kept", "local t = {} for i = 1, 1e7 do t[#t + 1] = mini(('bd '):rep(1000) .. i) end"),
    ("functions that make patterns", "local function f(x) return x:every(2, f) end s('bd'):every(2, f)"),
    ("generators kept", "local t = {} local l = 'return ' .. ('--'):rep(30000) for i = 1, 1e7 do t[#t + 1] = fn(l, {seed = i}) end"),
    ("closures kept", "local t = {} for i = 1, 1e8 do t[i] = function() return i end end"),
    (
        "coroutines kept",
        "local t = {} for i = 1, 1e8 do t[i] = coroutine.create(function() coroutine.yield() end) coroutine.resume(t[i]) end",
    ),
    ("handles kept", "sampler('k') local t, r = {}, engine:getModuleRegistry() for i = 1, 1e8 do t[i] = r:getModule('k') end"),
    ("proxies kept", "local t = {} for i = 1, 1e8 do t[i] = newproxy(true) end"),
    ("buffers kept", "local t = {} for i = 1, 1e8 do t[i] = buffer.create(1e5) end"),
    ("methods kept", "local t, p = {}, s('bd') for i = 1, 1e8 do t[i] = p.fast end"),
    ("patterns of all sizes", "for i = 1, 1e8 do pattern('p' .. i, i % 256 + 1) end"),
    ("one pattern again and again", "for i = 1, 1e8 do pattern('p', {{index = i % 100, values = {a = i}}}) end"),
    (
        "patterns that name each other",
        "pattern('p0', 'bd*4') for i = 1, 1e8 do pattern('p' .. i, stack(getPattern('p' .. i - 1), getPattern('p0'))) end",
    ),
    (
        "one that many follow",
        "pattern('p', 'bd*4') for i = 1, 2000 do pattern('q' .. i, getPattern('p'):fast(i)) end for i = 1, 1e8 do pattern('p', 'bd*' .. i % 9) end",
    ),
    (
        "a cycle that many follow",
        "for i = 1, 2000 do pattern('q' .. i, s('bd*16'):ply(4)) end for i = 1, 1e8 do engine:getClock():setCycle(i % 9 + 1) end",
    ),
    ("expensive patterns", "for i = 1, 1e8 do pattern('p' .. i, s('bd*64'):sometimesBy(0.5, function(x) return x:ply(32) end)) end"),
    ("long expressions", "local p = s('bd') for i = 1, 150 do p = p:add(i) end while true do pattern('p', p) end"),
    ("chains of chains", "pattern('p', 1) local l = table.create(1024, 'p') for i = 1, 1e8 do chain('c' .. i, l) end"),
    ("macros", "sampler('k') local l = table.create(1024, 'k.volume') while true do for i = 1, 64 do macro(i, ('m'):rep(4000), l) end end"),
    (
        "links",
        "for i = 1, 1000 do sampler('s' .. i) end for i = 2, 1e8 do pcall(function() engine:getParameterRouter():link('s1.volume', 's' .. i .. '.volume') end) end",
    ),
    (
        "cables",
        "for i = 1, 1000 do sampler('s' .. i) audioMixer('m' .. i) end for i = 1, 1e8 do pcall(connect, 's' .. i % 1000 + 1, 'm' .. i % 999 + 1) end",
    ),
    ("states", "for i = 1, 5000 do pattern('p' .. i, 16) end while true do engine:getState() end"),
    ("lists of names", "for i = 1, 5000 do pattern('p' .. i, 1) end while true do engine:getPatternRuntime():list() end"),
    ("assets", "for i = 1, 1e8 do import(('a'):rep(4000) .. i .. '.wav') end"),
    ("a folder", "while true do import('/') import('/proc') import('/dev') import('/usr/lib') end"),
    ("lines", "for i = 1, 1e8 do pcall(exec, 'add sampler k' .. i) end"),
    ("long lines", "while true do pcall(exec, ('a '):rep(2000)) pcall(exec, '\"' .. ('a'):rep(4000)) end"),
    ("help", "while true do exec('help') end"),
    ("listing", "for i = 1, 500 do sampler('s' .. i) end while true do exec('ls') exec('connections') exec('pattern ls') end"),
    (
        "configs",
        "local t = {} for i = 1, 3e5 do t['k' .. i] = i end while true do pcall(sampler, 'k', t) pcall(pattern, 'p', {t}) pcall(macro, 1, 'm', {t}) end",
    ),
    ("samples", "local t = {'x.wav'} for i = 1, 3e5 do t['k' .. i] = i end while true do pcall(sampler, 'k', {samples = {t}}) end"),
    ("slices", "local t = table.create(3e6, 0.5) sampler('k') while true do pcall(setParam, 'k', 'slices', t) end"),
    ("compiling", "local s = ('x=1 '):rep(65000) while true do loadstring(s) end"),
    (
        "compiling constants",
        "local t = {} for i = 1, 40000 do t[i] = i .. '.5' end local s = 'return {' .. table.concat(t, ',') .. '}' while true do loadstring(s) end",
    ),
    (
        "deep sources",
        "while true do loadstring(('('):rep(1e5)) loadstring(('{'):rep(1e5)) loadstring('return ' .. ('-'):rep(1e5) .. '1') end",
    ),
    ("deep calls", "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end while true do pcall(f, 1e6) end"),
    ("deep pcalls", "local function f() return pcall(f) end while true do f() end"),
    ("coroutines in coroutines", "local function f() return coroutine.wrap(f)() end while true do pcall(f) end"),
    ("an error handler that fails", "while true do xpcall(error, function() error('again') end) end"),
    (
        "callbacks that register",
        "for i = 1, 1e8 do pcall(function() engine:onStateChange(function() end) engine:onApplied(i, function() end) end) end",
    ),
    ("environments", "local g = {__index = getfenv()} for i = 1, 1e8 do local e = setmetatable({}, g) setfenv(pcall, e) setfenv(1, e) end"),
    ("the sandbox's own functions", "setfenv(table.sort, {}) setfenv(string.rep, {}) while true do pcall(string.rep, 'x', 1e7) end"),
    ("collecting", "local t = {} for i = 1, 3e5 do t[i] = {} end while true do for i = 1, 1000 do t[i] = {} end end"),
    ("getting ever larger keys", "local t, s = {}, 'x' while true do s = s .. 'y' t[s] = true end"),
    ("a table that is emptied", "local t = {} while true do for i = 1, 1e5 do t[i] = i end table.clear(t) while next(t) do end end"),
    (
        "shaders",
        "videoSource('v') while true do pcall(setParam, 'v', 'shader', '/dev/zero') pcall(setParam, 'v', 'shader', '/etc/passwd') end",
    ),
    ("random numbers", "while true do math.randomseed(1) math.random(10) end"),
    ("interpolated texts", "local s = ('x'):rep(1e6) while true do local t = `{s}{s}{s}{s}{s}{s}{s}{s}` end"),
    ("packed texts", "local s = ('x'):rep(1e6) while true do string.pack(('s'):rep(30), unpack(table.create(30, s))) end"),
    ("unpacked texts", "local s = ('\\0'):rep(1e6) while true do pcall(string.unpack, ('z'):rep(1e5), s) end"),
    (
        "characters",
        "local t = table.create(2e5, 65) while true do pcall(function() return utf8.char(unpack(t)), string.char(unpack(t)) end) end",
    ),
    ("characters of a text", "local s = ('ä'):rep(1e6) while true do for p, c in utf8.codes(s) do pcall(utf8.len, s) end end"),
    ("chords and scales", "while true do pcall(function() return n('0 .. 500'):scale('C:minor'):voicing() end) end"),
    ("names of controls", "for i = 1, 1e8 do pcall(function() return s('bd')['c' .. i](s('bd'), 1) end) end"),
    ("removing and adding", "for i = 1, 1e8 do sampler('k') engine:getModuleRegistry():getModule('k'):remove() end"),
    ("renaming", "sampler('a') for i = 1, 1e8 do exec('rename ' .. (i % 2 == 1 and 'a b' or 'b a')) end"),
    ("clearing", "for i = 1, 1e8 do pcall(session, {bpm = i % 100 + 50}) pcall(clear) end"),
];

/// A body with its rows of statements written out.
fn written(body: &str) -> String {
    let Some((before, row)) = body.split_once("IN_A_ROW(") else { return body.to_owned() };
    format!("{before}{}", format!("{} ", row.strip_suffix(')').unwrap()).repeat(10_000))
}

/// Every body, with the words it is known by: calls again and again, then those that want to work without end.
fn bodies() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for call in CALLS {
        let mut body =
            "local S, T, B = ('a'):rep(1e6), table.create(1e5, 'x'), buffer.create(1e6)\nsampler('k') pattern('p', 1)\n".to_owned();
        for number in NUMBERS {
            let call = call.replace('N', number);
            let _ = writeln!(body, "for i = 1, 20 do pcall(function() return {call} end) end");
        }
        all.push(((*call).to_owned(), body));
    }
    all.extend(BODIES.iter().map(|(what, body)| ((*what).to_owned(), written(body))));
    all
}

/// The three ways in which a stranger's Lua runs.
#[derive(Clone, Copy, Debug)]
enum Way {
    Script,
    Callback,
    Cycle,
}

fn fresh() -> Transaction {
    Transaction::new(Project::default(), Playhead::default())
}

/// Runs a body; the error it ended with.
fn run(vm: &mut Vm, way: Way, body: &str) -> Option<String> {
    match way {
        Way::Script => vm.run(body, "hostile", &mut fresh()).error,
        Way::Callback => {
            let registered = vm.run(&format!("engine:onStateChange(function() {body}\nend)"), "hostile", &mut fresh());
            if registered.error.is_some() {
                return registered.error;
            }
            let said = vm.notify(&Snapshot::default(), &mut fresh());
            vm.forget_callbacks();
            said.first().map(|message| message.text.clone())
        }
        Way::Cycle => {
            let generator = Generator { source: body.to_owned(), seed: 0 };
            vm.cycle_of(&Project::default(), &generator, 0)?.0.err().map(|why| why.text)
        }
    }
}

/// Runs every body one way, and says what is wrong with any of them.
fn audit(way: Way) {
    let only = std::env::var("AUDIT_ONLY").unwrap_or_default();
    let mut wrong = String::new();
    let mut slowest = Duration::ZERO;
    let bodies = bodies();
    for (what, body) in bodies.iter().filter(|(what, _)| what.contains(&only)) {
        let mut vm = Vm::default();
        let (error, took, memory) = measured(|| run(&mut vm, way, body));
        slowest = slowest.max(took);
        let shown: String = error.as_deref().unwrap_or("runs").chars().take(100).collect();
        println!("{way:?} {what}: {took:?}, {} MiB: {shown}", memory >> 20);
        let mut complain = |why: String| {
            let _ = writeln!(wrong, "{way:?} {what}: {why} ({shown})");
        };
        if took > PATIENCE {
            complain(format!("took {took:?}"));
        }
        if memory > MEMORY {
            complain(format!("took {} MiB", memory >> 20));
        }
        if error.is_some_and(|error| error.is_empty() || error.len() > 9000) {
            complain("an error without measure".to_owned());
        }
        let (after, took, _) =
            measured(|| vm.run("local t = {} for i = 1, 1000 do t[i] = s('bd'):fast(i) end sampler('k')", "after", &mut fresh()));
        if !after.success || took > PATIENCE {
            complain(format!("unusable afterwards: {took:?} {:?}", after.error));
        }
        let ((), took, _) = measured(|| drop(vm));
        if took > PATIENCE {
            complain(format!("dropping it took {took:?}"));
        }
    }
    println!("{} bodies, the slowest {slowest:?}", bodies.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn scripts_end_in_time_and_within_their_memory() {
    let _alone = alone();
    audit(Way::Script);
}

#[test]
fn callbacks_end_in_time_and_within_their_memory() {
    let _alone = alone();
    audit(Way::Callback);
}

#[test]
fn cycles_end_in_time_and_within_their_memory() {
    let _alone = alone();
    audit(Way::Cycle);
}

#[test]
fn the_longest_scripts_compile_in_time_or_are_refused() {
    let _alone = alone();
    for unit in [
        "x=1 ",
        "{},",
        "f()",
        "f=function()end ",
        "local function f(a) return a end ",
        "for i=1,8 do x=i end ",
        "do local a,b,c=1,2,3 end ",
        "--[[]]",
        "x='aaaaaaaaa' ",
        "(",
    ] {
        for bytes in [1 << 20, 2 << 20, 4 << 20] {
            let body = unit.repeat(bytes / unit.len());
            let source = if unit == "{}," { format!("return {{{body}}}") } else { body };
            let mut vm = Vm::default();
            let (result, took, _) = measured(|| vm.run(&source, "long", &mut fresh()));
            let shown: String = result.error.unwrap_or_default().chars().take(80).collect();
            println!("{} MiB of {unit}: {took:?} {shown}", bytes >> 20);
            assert!(took < PATIENCE, "{} MiB of {unit}: {took:?}", bytes >> 20);
            assert!(bytes < 4 << 20 || shown.contains("split it"), "{unit}: {shown}");
        }
    }
}

#[test]
fn what_scripts_keep_outside_of_lua_counts_and_is_given_back() {
    let _alone = alone();
    let mut vm = Vm::new(Limits { run: Duration::from_secs(60), ..Limits::default() });
    let keep = "kept = {} local l = {} for i = 1, 4096 do l[i] = i end for i = 1, 1e7 do kept[#kept + 1] = seq(l) end";
    let (result, _, memory) = measured(|| vm.run(keep, "keep", &mut fresh()));
    let error = result.error.unwrap();
    assert!(error.contains("64 MiB"), "{error}");
    assert!(memory < MEMORY, "{} MiB", memory >> 20);
    assert!(vm.kept_outside() < 32 << 20, "what filled the memory is forgotten");
    // What is dropped as it is made never fills it.
    let (result, _, memory) =
        measured(|| vm.run("local l = {} for i = 1, 4096 do l[i] = i end for i = 1, 3000 do seq(l) end", "drop", &mut fresh()));
    assert_eq!(result.error, None);
    assert!(memory < MEMORY / 2, "{} MiB", memory >> 20);
    // It is a limit of what is there at once, not of a run.
    assert_eq!(vm.run("held = s('bd'):fast(2)", "hold", &mut fresh()).error, None);
    vm.reset();
    assert_eq!(vm.kept_outside(), 0);
}

#[test]
fn a_library_function_that_refuses_names_the_scripts_line() {
    let _alone = alone();
    let mut vm = Vm::default();
    for (source, wanted) in [
        ("local x\nstring.rep()", "here:2"),
        ("local x\nlocal function f() return table.concat({{}}) end\nf()", "here:2"),
        ("table.move({}, 'x', 1, 1)", "here:1"),
        ("table.move({}, 1, 2e6, 1)", "more than a million places"),
        ("table.sort({1, 'a'})", "here:1"),
        ("error((select(2, pcall(string.rep))))", "here:1: missing argument #1"),
    ] {
        let error = vm.run(source, "here", &mut fresh()).error.unwrap();
        assert!(error.starts_with("here:") && error.contains(wanted) && !error.contains("prelude"), "{source}: {error}");
    }
    let same = "assert(table.concat(table.move({1, 2, 3}, '1', '3', '2')) == '1123')
        local t = {3, 1, 2} table.sort(t) assert(t[1] == 1 and t[3] == 3)
        t = {'b', 'a'} table.sort(t) assert(t[1] == 'a')
        table.sort(t, function(a, b) return a > b end) assert(t[1] == 'b')
        assert(table.foreach({a = 1}, function(k, v) return k .. v end) == 'a1')
        assert(table.foreachi({5, 6}, function(i, v) return v == 6 and i or nil end) == 2)
        local n = 0 for p, c in utf8.codes('aä') do n += c end assert(n == 97 + 228)
        local w = {} for a, b in ('k=v x=y'):gmatch('(%a)=(%a)') do w[#w + 1] = b .. a end assert(table.concat(w) == 'vkyx')
        assert(select('#', string.byte('abc', 1, 3)) == 3 and ('%s-%d'):format('a', 2) == 'a-2')
        assert(select(2, ('aaa'):gsub('a', 'b', 2)) == 2 and #('a,b'):split(',') == 2 and #('a b'):split(' ') == 2)";
    assert_eq!(vm.run(same, "same", &mut fresh()).error, None);
}
