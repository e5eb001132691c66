//! `check` and `state`: what a script makes, without playing it.

use std::{path::Path, path::PathBuf, time::Duration};

use videotracker_engine::{
    engine::{Engine, MediaRoots},
    files,
    snapshot::{MediaState, Severity, UNTRUSTED},
    text::counted,
};

use super::{Failure, complain, say};

/// Longest the command line waits for media.
const MEDIA_PATIENCE: Duration = Duration::from_secs(600);

/// Runs a script file in an empty session.
///
/// # Errors
/// The script's error with its line, or why the file can't be read.
pub fn load(path: &Path) -> Result<Engine, Failure> {
    let source = files::read_text(path, files::TEXT)
        .map_err(|why| Failure::User(format!("{} can't be read: {why}; give the path of a Lua script", path.display())))?;
    let engine = Engine::empty();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    engine.set_media_roots(MediaRoots(vec![folder]));
    let name = path.file_name().map_or_else(|| "script".to_owned(), |name| name.to_string_lossy().into_owned());
    let result = engine.run_script_and_wait(&name, &source);
    for message in &result.messages {
        complain(&message.text);
    }
    match result.error {
        None => Ok(engine),
        Some(error) => Err(Failure::User(error)),
    }
}

/// Waits for the session's media; reports what is missing.
pub fn settle(engine: &Engine) -> Vec<String> {
    let mut missing = Vec::new();
    if !engine.wait_for_media(MEDIA_PATIENCE) {
        missing.push("some media are still being read after ten minutes; leave them out or make them smaller".to_owned());
    }
    for (path, state) in &engine.snapshot().media {
        match state {
            MediaState::Missing(why) | MediaState::Failed(why) => missing.push(why.clone()),
            MediaState::Untrusted => missing.push(format!("{path}: {UNTRUSTED}")),
            MediaState::Loading | MediaState::Ready(_) => {}
        }
    }
    missing
}

fn only_path(parser: &mut lexopt::Parser, flags: &[&str]) -> Result<(PathBuf, Option<String>), Failure> {
    let (mut path, mut flag) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Value(value) if path.is_none() => path = Some(PathBuf::from(value)),
            lexopt::Arg::Long(name) if flags.contains(&name) => flag = Some(name.to_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    path.map(|path| (path, flag)).ok_or_else(|| Failure::Usage("a script is needed".to_owned()))
}

/// `check SCRIPT`.
pub fn check(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let (path, _) = only_path(parser, &[])?;
    let engine = load(&path)?;
    let _processor = engine.activate(48_000.0);
    let missing = settle(&engine);
    if missing.is_empty() {
        let project = &engine.snapshot().project;
        let (modules, patterns) = (counted(project.modules.len(), "module"), counted(project.patterns.len(), "pattern"));
        return say(&format!("{}: {modules}, {patterns}, nothing wrong", path.display()));
    }
    Err(Failure::User(missing.join("\n")))
}

/// `state SCRIPT [--lua|--json]`.
pub fn state(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let (path, flag) = only_path(parser, &["lua", "json"])?;
    let engine = load(&path)?;
    for (_, message) in engine.messages(0).iter().filter(|(_, m)| m.severity == Severity::Error) {
        complain(&message.text);
    }
    if flag.as_deref() == Some("json") {
        let text = serde_json::to_string_pretty(&engine.snapshot().project)
            .map_err(|why| Failure::User(format!("the session can't be written as JSON: {why}")))?;
        return say(&text);
    }
    say(engine.generated_script().trim_end())
}
