//! `check` and `state`: what a script makes, without playing it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use videotracker_engine::{
    engine::{Engine, MediaRoots},
    files, presets,
    snapshot::{MediaState, Message, Severity, UNTRUSTED},
    text::{counted, printable},
};

use super::{Failure, complain, say};

/// Longest the command line waits for media.
const MEDIA_PATIENCE: Duration = Duration::from_secs(600);

/// A script that has run, and what was said of it.
pub struct Session {
    /// The engine it ran in.
    pub engine: Arc<Engine>,
    /// The last message that was passed on.
    heard: u64,
    warned: BTreeSet<String>,
    failed: BTreeSet<String>,
    /// The script's name and text.
    script: (String, String),
}

impl Session {
    /// Runs a script file, or the preset of that name where there is no such file, in an empty session.
    ///
    /// # Errors
    /// The script's error with its line, or why the file can't be read.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let preset = path.to_str().filter(|_| !path.exists()).and_then(|word| presets::find(word).ok());
        let source = match preset {
            Some(preset) => preset.source.to_owned(),
            None => files::read_text(path, files::TEXT).map_err(|why| {
                Failure::User(format!("{} can't be read: {why}; give the path of a Lua script, or the name of a preset", path.display()))
            })?,
        };
        let engine = Engine::empty();
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        engine.set_media_roots(MediaRoots(vec![folder]));
        engine.set_record_hook(Arc::new(|request| {
            if request.is_some() {
                complain("record(…) is left to the plugin and the instrument's window; render has --video");
            }
            Ok(String::new())
        }));
        let name = path.file_name().map_or_else(|| "script".to_owned(), |name| name.to_string_lossy().into_owned());
        let result = engine.run_script_and_wait(&name, &source);
        let (warned, failed) = (BTreeSet::new(), BTreeSet::new());
        let mut session = Self { engine: Arc::new(engine), heard: 0, warned, failed, script: (name, source) };
        for message in &result.messages {
            session.pass_on(message);
        }
        if let Some(error) = result.error {
            return Err(Failure::User(error));
        }
        session.listen();
        Ok(session)
    }

    /// Passes on the warnings and errors that came since the last call.
    pub fn listen(&mut self) {
        // What the audio thread left behind is taken in; the answer comes when everything before it is done, callbacks included.
        let _ = self.engine.wait_for_media(Duration::ZERO);
        let _ = self.engine.console_and_wait("");
        for (number, message) in self.engine.messages(self.heard) {
            self.heard = number;
            if message.severity != Severity::Note {
                self.pass_on(&message);
            }
        }
    }

    /// Prints what has not been printed yet; keeps warnings and errors.
    fn pass_on(&mut self, message: &Message) {
        match message.severity {
            Severity::Note => complain(&message.text),
            Severity::Warning => self.warn(&message.text),
            Severity::Error => self.fail(&message.text),
        }
    }

    /// Prints a warning, once.
    pub fn warn(&mut self, text: &str) {
        let text = printable(text).into_owned();
        if self.warned.insert(text.clone()) {
            complain(&format!("warning: {text}"));
        }
    }

    /// Prints what went wrong, once; of a medium, where the script names it.
    pub fn fail(&mut self, text: &str) {
        let medium = text.split(": ").next().filter(|path| self.engine.snapshot().media.contains_key(*path));
        let place = medium.map(|path| self.place_of(path)).unwrap_or_default();
        let text = printable(&format!("{place}{text}")).into_owned();
        if self.failed.insert(text.clone()) {
            complain(&text);
        }
    }

    /// Waits for the session's media; says what is missing.
    pub fn settle(&mut self) {
        if !self.engine.wait_for_media(MEDIA_PATIENCE) {
            self.fail("some media are still being read after ten minutes; leave them out or make them smaller");
        }
        for (path, state) in &self.engine.snapshot().media {
            match state {
                MediaState::Missing(why) | MediaState::Failed(why) => self.fail(why),
                MediaState::Untrusted => self.fail(&format!("{path}: {UNTRUSTED}")),
                MediaState::Loading | MediaState::Ready(_) => {}
            }
        }
        self.listen();
    }

    /// Where the script names a medium, as `script:line:column: `; empty where it is named otherwise, as a file of a folder is.
    fn place_of(&self, path: &str) -> String {
        let (name, source) = &self.script;
        let is_whole = |at: usize| {
            let (before, after) = (source[..at].chars().next_back(), source[at + path.len()..].chars().next());
            matches!(before, Some('"' | '\'' | '[')) && matches!(after, Some('"' | '\'' | ']' | '|'))
        };
        let Some(at) = source.match_indices(path).map(|(at, _)| at).find(|at| is_whole(*at)) else { return String::new() };
        let line_start = source[..at].rfind('\n').map_or(0, |end| end + 1);
        let (line, column) = (source[..at].matches('\n').count() + 1, source[line_start..at].chars().count() + 1);
        format!("{name}:{line}:{column}: ")
    }

    /// How many things went wrong.
    pub fn failures(&self) -> usize {
        self.failed.len()
    }

    /// How many warnings there were.
    pub fn warnings(&self) -> usize {
        self.warned.len()
    }
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
    let mut session = Session::load(&path)?;
    let _processor = session.engine.activate(48_000.0);
    session.settle();
    let (failures, warnings) = (session.failures(), session.warnings());
    if failures > 0 {
        return Err(Failure::User(format!("{}: {} wrong, as said above", path.display(), counted(failures, "thing"))));
    }
    let project = &session.engine.snapshot().project;
    let (modules, patterns) = (counted(project.modules.len(), "module"), counted(project.patterns.len(), "pattern"));
    let verdict = if warnings == 0 { "nothing wrong".to_owned() } else { counted(warnings, "warning") };
    say(&format!("{}: {modules}, {patterns}, {verdict}", path.display()))
}

/// `state SCRIPT [--lua|--json]`.
pub fn state(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let (path, flag) = only_path(parser, &["lua", "json"])?;
    let session = Session::load(&path)?;
    if flag.as_deref() == Some("json") {
        let text = serde_json::to_string_pretty(&session.engine.snapshot().project)
            .map_err(|why| Failure::User(format!("the session can't be written as JSON: {why}")))?;
        say(&text)?;
    } else {
        say(session.engine.generated_script().trim_end())?;
    }
    match session.failures() {
        0 => Ok(()),
        failures => Err(Failure::User(format!("{}: {} wrong, as said above", path.display(), counted(failures, "thing")))),
    }
}

/// `presets [NAME]`.
pub fn presets(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let mut wanted = None;
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Value(value) if wanted.is_none() => wanted = Some(value.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(wanted) = wanted {
        return say(presets::find(&wanted).map_err(Failure::User)?.source.trim_end());
    }
    let row = |preset: &presets::Preset| {
        let tags: Vec<&str> = preset.tags().collect();
        format!("{:16} {}\n{:16} {} [{}]", preset.word, preset.description(), "", preset.author(), tags.join(", "))
    };
    say(&presets::PRESETS.iter().map(row).collect::<Vec<_>>().join("\n"))
}
