//! Hostile scripts end in an error in time, and the VM goes on.

use std::time::{Duration, Instant};

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
    let mut vm = Vm::default();
    for (what, source) in HOSTILE {
        let began = Instant::now();
        let result = run(&mut vm, source);
        let took = began.elapsed();
        assert!(!result.success, "{what}: succeeded");
        assert!(result.error.as_deref().is_some_and(|e| !e.is_empty()), "{what}: no error");
        assert!(took < PATIENCE, "{what}: took {took:?}");
        println!("{what}: {took:?}: {}", result.error.as_deref().unwrap_or_default().lines().next().unwrap_or_default());
        let began = Instant::now();
        let after = run(&mut vm, "local t = {} for i = 1, 1000 do t[i] = tostring(i) end sampler('k') assert(('abc'):find('c') == 3)");
        assert!(after.success, "{what}: unusable afterwards: {:?}", after.error);
        assert!(began.elapsed() < Duration::from_millis(200), "{what}: slow afterwards: {:?}", began.elapsed());
    }
}

#[test]
fn an_interrupt_ends_an_endless_script_and_later_ones_until_rearmed() {
    let mut vm = Vm::default();
    let handle = vm.interrupt_handle();
    let stop = handle.clone();
    let began = Instant::now();
    let waker = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        stop.interrupt();
    });
    assert!(!run(&mut vm, "while true do pcall(function() while true do end end) end").success);
    assert!(began.elapsed() < Duration::from_millis(500));
    waker.join().unwrap();
    assert!(!run(&mut vm, "local x = 0 for i = 1, 10 do x = x + i end").success);
    handle.rearm();
    assert!(run(&mut vm, "local x = 1").success);
}

#[test]
fn a_vm_moves_to_its_thread() {
    fn is_send<T: Send>() {}
    is_send::<Vm>();
}
