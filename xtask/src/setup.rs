//! What each task needs of the system, and how it gets there.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    process::Command,
};

use anyhow::{Result, bail};

use crate::shell;

/// Whether to ask before installing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The person decides.
    First,
    /// `--yes` or `CI=true` decided.
    No,
}

/// What a task wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Compile the plugin.
    Build,
    /// Play it and film it.
    Demo,
    /// Try it in real hosts.
    Test,
}

/// How to see that a package is not needed any more.
enum Seen {
    /// Its program is on the path.
    Program(&'static str),
    /// The package system says so; for libraries and data.
    Package,
}

/// A Debian package, what it is for, and which tasks cannot do without it.
struct Need {
    package: &'static str,
    seen: Seen,
    task: Task,
    why: &'static str,
}

const fn need(task: Task, package: &'static str, seen: Seen, why: &'static str) -> Need {
    Need { package, seen, task, why }
}

/// Names of Debian 12.
const NEEDS: &[Need] = &[
    need(Task::Build, "g++", Seen::Program("g++"), "compiles Luau, the script language"),
    need(Task::Demo, "ffmpeg", Seen::Program("ffmpeg"), "imports media and writes films"),
    need(Task::Demo, "libvulkan1", Seen::Package, "draws the picture"),
    need(Task::Demo, "mesa-vulkan-drivers", Seen::Package, "draws the picture where there is no graphics card"),
    need(Task::Test, "gcc", Seen::Program("gcc"), "compiles the call counter and a stub for hosts"),
    need(Task::Test, "python3-venv", Seen::Package, "holds the Python hosts, DawDreamer and pedalboard"),
    need(Task::Test, "xvfb", Seen::Program("Xvfb"), "a screen for hosts where there is none"),
    need(Task::Test, "xauth", Seen::Program("xauth"), "that screen's key"),
    need(Task::Test, "openbox", Seen::Program("openbox"), "a window manager for that screen"),
    need(Task::Test, "x11-utils", Seen::Program("xprop"), "looks at windows"),
    need(Task::Test, "xdotool", Seen::Program("xdotool"), "types into windows"),
    need(Task::Test, "imagemagick", Seen::Program("import"), "takes screenshots"),
    need(Task::Test, "libgl1-mesa-dri", Seen::Package, "draws the editor where there is no graphics card"),
    need(Task::Test, "jackd2", Seen::Program("jackd"), "the sound server that qtractor needs"),
    need(Task::Test, "jack-tools", Seen::Program("jack_rec"), "rolls and records it"),
    need(Task::Test, "qtractor", Seen::Program("qtractor"), "a DAW that loads the CLAP"),
    need(Task::Test, "ardour", Seen::Program("ardour7-lua"), "a DAW that loads the VST3"),
    need(Task::Test, "libasound2-plugins", Seen::Package, "lets hosts open a sound card that isn't there"),
];

impl Task {
    fn includes(self, other: Self) -> bool {
        other == Self::Build || other == Self::Demo && self != Self::Build || other == self
    }
}

impl Need {
    fn is_met(&self) -> bool {
        match self.seen {
            Seen::Program(program) => shell::has(program),
            Seen::Package => shell::read(Command::new("dpkg-query").args(["-W", "-f", "${Status}", self.package]))
                .is_some_and(|status| status.contains("install ok installed")),
        }
    }
}

/// Sees to it that everything a task needs is there.
///
/// # Errors
/// If something that compiling needs is missing and was not installed. Without the rest the task goes on; what needs
/// it says so.
pub fn prepare(task: Task, ask: Ask) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return prepare_elsewhere(task);
    }
    if !shell::has("apt-get") {
        return prepare_other_linux(task);
    }
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| task.includes(need.task) && !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing Debian packages:");
    for need in &missing {
        println!("  {:22} {}", need.package, need.why);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let line = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if ask == Ask::No || agree(&format!("Install them now ({line})?")) {
        install(&packages)?;
    } else if missing.iter().any(|need| need.task == Task::Build) {
        bail!("nothing can be compiled without them; install them with\n  {line}\nor let this do it: --yes");
    } else {
        println!("Going on without them; what needs them will be skipped or will say so.");
    }
    Ok(())
}

/// Sees to it that one more program is there, for a step that can be left out; says whether it is.
pub fn has_or_gets(program: &str, package: &str, why: &str, ask: Ask) -> bool {
    if shell::has(program) {
        return true;
    }
    if !shell::has("apt-get") {
        return false;
    }
    println!("Missing Debian package: {package} {why}");
    if ask == Ask::First && !agree(&format!("Install it now (apt-get install {package})?")) {
        return false;
    }
    install(&[package]).is_ok() && shell::has(program)
}

fn agree(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        println!("{question} Nobody is there to ask; --yes answers.");
        return false;
    }
    print!("{question} [Y/n] ");
    // If the question can't be shown, the answer won't be yes either.
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok_and(|read| read > 0) && matches!(answer.trim(), "" | "y" | "Y" | "yes")
}

fn install(packages: &[&str]) -> Result<()> {
    let root = shell::read(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !root && !shell::has("sudo") {
        bail!("installing packages needs root or sudo; as root: apt-get install {}", packages.join(" "));
    }
    let apt = |arguments: &[&str]| {
        let mut command = if root {
            Command::new("apt-get")
        } else {
            let mut command = Command::new("sudo");
            command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            command
        };
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q"]).args(arguments).stdin(std::process::Stdio::null());
        shell::run(&mut command)
    };
    // A list that can't be refreshed may still be good enough to install from.
    if let Err(error) = apt(&["update"]) {
        println!("{error:#}");
    }
    apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

fn prepare_other_linux(task: Task) -> Result<()> {
    let packages: Vec<&str> = NEEDS.iter().filter(|need| task.includes(need.task)).map(|need| need.package).collect();
    println!("This is no Debian: if something is missing, install what these packages are called here: {}", packages.join(" "));
    Ok(())
}

fn prepare_elsewhere(task: Task) -> Result<()> {
    if task != Task::Build {
        println!("Needs ffmpeg on the path: https://ffmpeg.org/download.html");
    }
    println!("Needs a C++ compiler: Xcode's command line tools on macOS (xcode-select --install), Visual Studio's build tools on Windows.");
    Ok(())
}

/// Python packages of the hosts, as `tests/hosts/README.md` names them.
const PYTHON_PACKAGES: &[&str] = &["dawdreamer==0.9.0", "pedalboard==0.9.26", "minihost==0.11.0", "mido", "soundfile", "numpy"];

/// A Python that has the Python hosts: `$PYTHON` where set, else a virtual environment in the target directory, made
/// on first use. `None` where it can't be made.
pub fn python() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("PYTHON") {
        return Some(python.into());
    }
    let folder = shell::target().join("hosts-venv");
    let python = folder.join("bin/python");
    let ready = folder.join("ready");
    // It lists what was installed: a list that has grown since is installed anew.
    let packages = PYTHON_PACKAGES.join(" ");
    if !std::fs::read_to_string(&ready).is_ok_and(|installed| installed == packages) {
        println!("making a Python environment for the hosts in {}", folder.display());
        let made = shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            .and_then(|()| shell::run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PYTHON_PACKAGES)));
        if let Err(error) = made.and_then(|()| Ok(std::fs::write(&ready, &packages)?)) {
            println!("no Python hosts: {error:#}");
            return None;
        }
    }
    Some(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_needs_what_the_smaller_ones_need() {
        for (task, other, included) in [
            (Task::Build, Task::Build, true),
            (Task::Build, Task::Demo, false),
            (Task::Build, Task::Test, false),
            (Task::Demo, Task::Build, true),
            (Task::Demo, Task::Demo, true),
            (Task::Demo, Task::Test, false),
            (Task::Test, Task::Build, true),
            (Task::Test, Task::Demo, true),
            (Task::Test, Task::Test, true),
        ] {
            assert_eq!(task.includes(other), included, "{task:?} includes {other:?}");
        }
    }
}
