//! `cargo xtask test`: every check there is, each with its time, to the end even when one fails.

use std::{
    cell::Cell,
    fs::File,
    path::PathBuf,
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    bundle,
    setup::{self, Ask, Task},
    shell,
};

/// How a step ended.
enum Outcome {
    Passed,
    Skipped(String),
    Failed(String),
}

/// What steps share.
struct Context {
    ask: Ask,
    python: Option<PathBuf>,
    windows: Cell<Option<Windows>>,
}

/// A step's name and what it does.
type Step = (&'static str, fn(&Context) -> Result<Outcome>);

/// In this order: the cheap ones first.
const STEPS: &[Step] = &[
    ("format", |_| passed(&mut shell::cargo(["fmt", "--all", "--check"]))),
    ("licences and advisories", licences),
    ("lints", |_| passed(&mut shell::cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))),
    ("docs", |_| passed(shell::cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))),
    // All that the tests need, in one build: cargo would make parts of it anew for another choice of packages.
    ("build", |_| passed(&mut shell::cargo(["build", "--workspace", "--lib", "--bins", "--tests"]))),
    // Real hosts among them: they load the tests' own build, which ends them where `process` allocates.
    ("tests", tests),
    ("examples in docs", |_| passed(&mut shell::cargo(["test", "--workspace", "--doc"]))),
    ("build for Windows", windows),
];

/// What `--release` adds: the bundles as they are shipped, in real hosts.
const RELEASE_STEPS: &[Step] =
    &[("bundles", |context| bundle::run(context.ask).map(|_| Outcome::Passed)), ("real hosts on the bundles", hosts)];

/// Runs every step and says how each ended; fails if one did.
///
/// # Errors
/// If a compiler is missing and was not installed.
pub fn run(ask: Ask, release: bool) -> Result<ExitCode> {
    setup::prepare(Task::Test, ask)?;
    let context = Context { ask, python: setup::python(), windows: Cell::new(None) };
    let mut report: Vec<(&str, Outcome, Duration)> = Vec::new();
    let steps = [STEPS, if release { RELEASE_STEPS } else { &[] }].concat();
    for (index, (name, step)) in steps.iter().enumerate() {
        println!("\n== {}/{} {name}", index + 1, steps.len());
        let begun = Instant::now();
        let outcome = step(&context).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        match &outcome {
            Outcome::Passed => {}
            Outcome::Skipped(reason) => println!("skipped: {reason}"),
            Outcome::Failed(reason) => println!("FAILED: {reason}"),
        }
        report.push((name, outcome, begun.elapsed()));
    }
    println!();
    for (name, outcome, time) in &report {
        let (word, reason) = match outcome {
            Outcome::Passed => ("ok", ""),
            Outcome::Skipped(reason) => ("skipped", reason.as_str()),
            Outcome::Failed(reason) => ("FAILED", reason.as_str()),
        };
        println!("{word:8} {:7.1} s  {name}{}{reason}", time.as_secs_f64(), if reason.is_empty() { "" } else { ": " });
    }
    let failed = report.iter().filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed(_))).count();
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn passed(command: &mut Command) -> Result<Outcome> {
    shell::run(command).map(|()| Outcome::Passed)
}

fn licences(_: &Context) -> Result<Outcome> {
    if !shell::has("cargo-deny") {
        return Ok(Outcome::Skipped("cargo-deny is not installed (cargo install --locked cargo-deny)".into()));
    }
    passed(&mut shell::cargo(["deny", "--workspace", "check"]))
}

fn tests(context: &Context) -> Result<Outcome> {
    context.windows.set(Some(Windows::begin(context.ask)?));
    passed(&mut nextest_or_test(context, "all()", &["--lib", "--bins", "--tests"]))
}

fn hosts(context: &Context) -> Result<Outcome> {
    let built = bundle::Built::shipped();
    let mut command = nextest_or_test(
        context,
        "binary(hosts) or binary(realtime)",
        &["--test", "hosts", "--test", "realtime", "--", "--test-threads=1", "--nocapture"],
    );
    passed(command.env("VIDEOTRACKER_BUNDLES", built.bundles).env("VIDEOTRACKER_BIN", built.program))
}

/// Runs the tests of a nextest filter, or where nextest is missing those of cargo's own choice.
fn nextest_or_test(context: &Context, filter: &str, without_nextest: &[&str]) -> Command {
    let mut command = if shell::has("cargo-nextest") {
        shell::cargo(["nextest", "run", "--workspace", "--filterset", filter])
    } else {
        let mut command = shell::cargo(["test", "--workspace", "--no-fail-fast"]);
        command.args(without_nextest);
        command
    };
    command.env("VIDEOTRACKER_BIN", shell::target().join("debug").join(bundle::program_name()));
    if let Some(python) = &context.python {
        command.env("PYTHON", python);
    }
    command
}

/// The build for Windows. It begins with the tests and takes what they leave of the machine: real hosts mostly wait.
enum Windows {
    /// What it needs is not there.
    Lacks(String),
    /// The compiler at work, and where its words go.
    Begun(Child, PathBuf),
}

impl Windows {
    const TARGET: &str = "x86_64-pc-windows-gnu";

    /// Its own target directory, so that no other build waits for it.
    fn target() -> PathBuf {
        shell::target().join("windows")
    }

    fn begin(ask: Ask) -> Result<Self> {
        let target = Self::TARGET;
        let installed = shell::read(Command::new("rustup").args(["target", "list", "--installed"]));
        let ready = installed.is_some_and(|targets| targets.lines().any(|one| one == target))
            || Command::new("rustup").args(["target", "add", target]).status().is_ok_and(|status| status.success());
        if !ready {
            return Ok(Self::Lacks(format!("the target {target} can't be installed here")));
        }
        if !setup::has_or_gets("x86_64-w64-mingw32-g++", "g++-mingw-w64-x86-64", "compiles Luau for Windows", ask) {
            return Ok(Self::Lacks("there is no mingw compiler (apt-get install g++-mingw-w64-x86-64)".into()));
        }
        // What is checked is that it compiles and links; optimising it would take minutes.
        let mut build = shell::cargo(["build", "--package", "videotracker", "--target", target, "--target-dir"]);
        build.arg(Self::target()).envs([("CARGO_PROFILE_DEV_OPT_LEVEL", "0"), ("CARGO_PROFILE_DEV_DEBUG", "none")]);
        if shell::has("chrt") {
            build = shell::after(["chrt", "--idle", "0"], &build);
        }
        std::fs::create_dir_all(Self::target())?;
        let log = Self::target().join("log");
        let file = File::create(&log)?;
        let child = build.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
        Ok(Self::Begun(child, log))
    }

    fn end(self) -> Result<Outcome> {
        let (mut child, log) = match self {
            Self::Lacks(what) => return Ok(Outcome::Skipped(what)),
            Self::Begun(child, log) => (child, log),
        };
        let status = child.wait()?;
        print!("{}", std::fs::read_to_string(log)?);
        if !status.success() {
            return Ok(Outcome::Failed(format!("cargo build --target {}: {status}", Self::TARGET)));
        }
        // The compiler's own libraries, which no Windows has.
        let library = Self::target().join(Self::TARGET).join("debug/videotracker.dll");
        let imports = shell::read(Command::new("x86_64-w64-mingw32-objdump").arg("-p").arg(library)).unwrap_or_default();
        let foreign: Vec<&str> = imports.lines().filter_map(|line| line.trim().strip_prefix("DLL Name: lib")).collect();
        Ok(match foreign[..] {
            [] => Outcome::Passed,
            _ => Outcome::Failed(format!("the library needs lib{}, which Windows lacks", foreign.join(", lib"))),
        })
    }
}

fn windows(context: &Context) -> Result<Outcome> {
    context.windows.take().map_or_else(|| Ok(Outcome::Skipped("the tests did not begin".into())), Windows::end)
}
