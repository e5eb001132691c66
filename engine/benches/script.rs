//! How long a script of 100 lines takes from its text to a transaction that is ready to commit.

use std::fmt::Write as _;

use criterion::{Criterion, criterion_group, criterion_main};
use videotracker_engine::{
    project::Project,
    script::{Vm, generate::generate},
    transaction::Transaction,
    view::Playhead,
};

/// 100 lines: 16 samplers with sequencers and cables, 16 patterns of 16 steps, bindings and macros.
fn script() -> String {
    let mut text = String::from("session{}\naudioOut('out')\nvideoOut('screen')\nengine:getClock():setBPM(128)\n");
    for n in 0..16 {
        let _ = writeln!(text, "sampler('kit{n}', {{samples = {{'kick{n}.wav', 'clip{n}.mov'}}, volume = 0.8, pan = -0.25}})");
        let _ = writeln!(text, "sequencer('seq{n}')");
        let _ = writeln!(text, "connect('seq{n}', 'kit{n}')");
        let steps = "{index = 0, volume = 0.7}, {}, {index = 1, note = 64, ratio = {1, 2}}, {chance = 50, index = 0}, ".repeat(4);
        let _ = writeln!(text, "pattern('P{n}', {{{steps}}})");
        let _ = writeln!(text, "bind('seq{n}', 'P{n}')");
        let _ = writeln!(text, "macro({}, 'Level {n}', {{'kit{n}.volume', {{'kit{n}.speed', min = 0.5, max = 2}}}})", n + 1);
    }
    text
}

fn run(vm: &mut Vm, source: &str, base: &Project) -> Project {
    let mut transaction = Transaction::new(base.clone(), Playhead::default());
    let result = vm.run(source, "bench", &mut transaction);
    assert!(result.success, "{:?}", result.error);
    transaction.project().clone()
}

fn scripts(criterion: &mut Criterion) {
    let source = script();
    assert_eq!(source.lines().count(), 100);
    let mut vm = Vm::default();
    let empty = Project::default();
    let session = run(&mut vm, &source, &empty);
    criterion.bench_function("script of 100 lines, over nothing", |b| b.iter(|| run(&mut vm, &source, &empty)));
    criterion.bench_function("script of 100 lines, over itself", |b| b.iter(|| run(&mut vm, &source, &session)));
    criterion.bench_function("that session written as a script", |b| b.iter(|| generate(&session)));
    criterion.bench_function("a fresh VM", |b| b.iter(Vm::default));
}

criterion_group!(benches, scripts);
criterion_main!(benches);
