//! Hostile scripts end in an error in time, and the VM goes on.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::time::Duration;

use crate::counting::alone;
use crate::stopwatch::Stopwatch;
use videotracker_engine::{
    project::Project,
    script::{RunResult, Vm},
    transaction::Transaction,
    view::Playhead,
};

const PATIENCE: Duration = Duration::from_millis(1500);

fn fresh() -> Transaction {
    Transaction::new(Project::default(), Playhead::default())
}

fn run(vm: &mut Vm, source: &str) -> RunResult {
    vm.run(source, "hostile", &mut fresh())
}

const HOSTILE: &[(&str, &str)] = &[
    ("endless loop", "while true do end"),
    ("endless loop in a coroutine", "coroutine.wrap(function() while true do end end)()"),
    ("coroutines without end", "while true do coroutine.wrap(function() while true do end end)() end"),
    ("endless loop under pcall", "pcall(function() while true do end end)"),
    ("endless pcalls", "while true do pcall(function() while true do end end) end"),
    ("endless loop in an error handler", "xpcall(function() while true do end end, function() while true do end end)"),
    ("pcalls in pcalls", "local function f() while true do pcall(f) end end f()"),
    ("string bomb", "local s = ('x'):rep(1e9)"),
    ("string bombs under pcall", "while true do pcall(function() return ('x'):rep(1e9) end) end"),
    ("doubling string", "local s = 'x' while true do s = s .. s end"),
    ("table bomb", "t = {} while true do t[#t + 1] = {} end"),
    ("preallocated table", "local t = table.create(1e9, 1)"),
    ("buffer bomb", "local b = buffer.create(1e9)"),
    ("unbounded recursion", "local function f() return 1 + f() end f()"),
    ("recursion through pcall", "local function f() pcall(f) error('again') end f()"),
    (
        "recursion through a metamethod",
        "local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return tostring(t) end print(t)",
    ),
    (
        "deep nesting of the source",
        "local s = ('('):rep(1e5) .. '1' .. (')'):rep(1e5) local f, why = loadstring('return ' .. s) error(why)",
    ),
    ("backtracking find", "string.find(('a'):rep(100000), ('a*'):rep(100) .. 'b')"),
    ("backtracking gsub", "string.gsub(('a'):rep(100000), ('.-'):rep(50) .. 'b', '')"),
    ("searching long texts", "local s = ('a'):rep(2e7) s:find(('a'):rep(1e7) .. 'b', 1, true)"),
    ("splitting long texts", "local s = ('a'):rep(2e7) s:split(('a'):rep(1e7) .. 'b')"),
    ("moving nothing far", "table.move({}, 1, 2147483647, 1, {})"),
    ("sorting much", "local t = table.create(3e6, 1) for i = 1, 3e6 do t[i] = -i end table.sort(t)"),
    ("inserting in front", "local t = table.create(3e6, 1) while true do table.insert(t, 1, 1) end"),
    ("taking from the front", "local t = table.create(3e6, 1) while true do table.remove(t, 1) end"),
    ("unpacking much", "local t = table.create(1e6, 1) while true do pcall(unpack, t) end"),
    ("joining much", "local s = table.concat(table.create(1e6, ('x'):rep(1000)))"),
    ("coroutines in coroutines", "local function f() coroutine.wrap(f)() end f()"),
    (
        "a comparison that lies",
        "local t = {} for i = 1, 1e5 do t[i] = i end while true do pcall(table.sort, t, function() return true end) end",
    ),
    ("texts of a buffer", "local b = buffer.create(2e7) while true do buffer.tostring(b) end"),
    ("reversing long texts", "local s = ('x'):rep(2e7) while true do s:reverse() end"),
    ("replacing all of a long text", "local s = ('x'):rep(1e6) while true do s:gsub('x', 'yy') end"),
    ("searching from everywhere", "local s = ('a'):rep(1e6) while true do s:find('b', 1, true) s:match('a-b') end"),
    ("another environment", "setfenv(1, {}) while true do end"),
    ("a table that looks in itself", "local t = setmetatable({}, {}) getmetatable(t).__index = t local x = t.y"),
    ("a name without end", "sampler(('x'):rep(1e7))"),
    ("a config with a million keys", "local t = {} for i = 1, 3e5 do t['k' .. i] = i end while true do pcall(sampler, 'k', t) end"),
    ("a list with a million entries", "local t = table.create(3e6, 1) while true do pcall(pattern, 'p', t) pcall(chain, 'c', t) end"),
    ("a state asked for without end", "while true do engine:getState() end"),
    ("a million modules", "for i = 1, 1e6 do sampler('s' .. i) end"),
    ("a million modules under pcall", "for i = 1, 1e9 do pcall(sampler, 's' .. i) end"),
    ("commands without end", "sampler('k') while true do setParam('k', 'volume', math.random()) end"),
    ("patterns without end", "for i = 1, 1e9 do pattern('p' .. i, 256) end"),
    ("samples without end", "local l = {} for i = 1, 1024 do l[i] = 'a' .. i end while true do sampler('k', {samples = l}) end"),
    ("printing without end", "while true do print('x') end"),
    ("callbacks without end", "while true do engine:onStateChange(print) end"),
    ("requests without end", "while true do engine:undo() end"),
    ("bytecode", "error((select(2, loadstring('\\4\\3abcdef'))))"),
    ("files", "io.open('/etc/passwd')"),
    ("processes", "os.execute('true')"),
    ("modules from disk", "require('x')"),
    ("the debug library", "debug.getinfo(1)"),
    ("the libraries themselves", "string.find = nil"),
    ("the string metatable", "getmetatable('').__index = {}"),
    ("yielding out of the script", "coroutine.yield()"),
    ("no text at all", "\0\0\0"),
];

#[test]
fn hostile_scripts_end_in_an_error_in_time_and_the_vm_goes_on() {
    let _alone = alone();
    let mut vm = Vm::default();
    for (what, source) in HOSTILE {
        let began = Stopwatch::start();
        let result = run(&mut vm, source);
        let took = began.elapsed();
        assert!(!result.success, "{what}: succeeded");
        assert!(result.error.as_deref().is_some_and(|e| !e.is_empty()), "{what}: no error");
        assert!(took < PATIENCE, "{what}: took {took:?}");
        println!("{what}: {took:?}: {}", result.error.as_deref().unwrap_or_default().lines().next().unwrap_or_default());
        let began = Stopwatch::start();
        let after = run(&mut vm, "local t = {} for i = 1, 1000 do t[i] = tostring(i) end sampler('k') assert(('abc'):find('c') == 3)");
        assert!(after.success, "{what}: unusable afterwards: {:?}", after.error);
        assert!(began.elapsed() < PATIENCE, "{what}: slow afterwards: {:?}", began.elapsed());
    }
}

#[test]
fn sources_that_nest_deep_or_run_long_neither_crash_nor_hang() {
    let _alone = alone();
    let mut vm = Vm::default();
    for (what, source) in [
        ("calls", format!("local function f() return f end return f{}", "()".repeat(100_000))),
        ("fields", format!("local t = {{}} return t{}", ".x".repeat(100_000))),
        ("sum", format!("return 1{}", "+1".repeat(100_000))),
        ("texts", format!("return ''{}", "..''".repeat(100_000))),
        ("nots", format!("return {}1", "not ".repeat(100_000))),
        ("tables", format!("return {}{}", "{".repeat(100_000), "}".repeat(100_000))),
        ("functions", format!("return {} {}", "function() return ".repeat(10_000), "end ".repeat(10_000))),
        ("elseifs", format!("if a then {} end", "elseif a then ".repeat(50_000))),
        ("blocks", format!("{} {}", "do ".repeat(50_000), "end ".repeat(50_000))),
        ("types", format!("type A = {}number{}", "{".repeat(50_000), "}".repeat(50_000))),
        ("locals", "local a = 1 ".repeat(50_000)),
        ("statements", "x = 1 ".repeat(600_000)),
        ("empty tables", format!("return {{{}}}", "{},".repeat(1_000_000))),
        ("numbers", format!("return {{{}}}", (0..400_000).map(|n| format!("{n}.5,")).collect::<String>())),
        ("one text", format!("return '{}'", "x".repeat(4_000_000))),
        ("too long", " ".repeat(9_000_000)),
    ] {
        let began = Stopwatch::start();
        let result = run(&mut vm, &source);
        let took = began.elapsed();
        println!("{what}: {took:?}: {}", result.error.as_deref().unwrap_or("runs").chars().take(100).collect::<String>());
        assert!(took < PATIENCE, "{what}: took {took:?}");
        assert!(run(&mut vm, "sampler('k')").success, "{what}: unusable afterwards");
    }
}

#[test]
fn many_runs_leave_no_memory_behind() {
    let _alone = alone();
    let mut vm = Vm::default();
    println!("a fresh VM holds {} bytes", vm.used_memory());
    let source = "session{} local k = sampler('k', {volume = 0.5}) pattern('p', {{index = 0}, {}}) engine:onStateChange(function() end)";
    for _ in 0..200 {
        assert!(run(&mut vm, source).success);
    }
    let before = vm.used_memory();
    for _ in 0..5000 {
        assert!(run(&mut vm, source).success);
    }
    assert!(vm.used_memory() < before * 2 + 100_000, "{before} bytes became {}", vm.used_memory());
}

#[test]
fn a_reset_forgets_variables_and_callbacks() {
    let _alone = alone();
    let mut vm = Vm::default();
    assert!(run(&mut vm, "x = 1 engine:onStateChange(function() end) engine:onApplied(9, function() end)").success);
    assert!(vm.has_callbacks() && vm.has_waiting());
    vm.reset();
    assert!(!vm.has_callbacks() && !vm.has_waiting());
    assert!(run(&mut vm, "assert(x == nil)").success);
}

#[test]
fn an_interrupt_ends_an_endless_script_and_later_ones_until_rearmed() {
    let _alone = alone();
    let mut vm = Vm::default();
    let handle = vm.interrupt_handle();
    let stop = handle.clone();
    let waker = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        stop.interrupt();
    });
    let stopped = run(&mut vm, "while true do pcall(function() while true do end end) end").error.unwrap();
    assert!(stopped.contains("stopped from outside"), "{stopped}");
    waker.join().unwrap();
    assert!(!run(&mut vm, "local x = 0 for i = 1, 10 do x = x + i end").success);
    handle.rearm();
    assert!(run(&mut vm, "local x = 1").success);
}

#[test]
fn a_vm_moves_to_its_thread() {
    let _alone = alone();
    fn is_send<T: Send>() {}
    is_send::<Vm>();
}
