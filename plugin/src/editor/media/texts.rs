//! What the panel of media says: facts, times and sizes in words, and the console lines that its buttons stand for.

use videotracker_engine::{
    engine::AssetFacts,
    media::{factory, import::Progress},
    name::Name,
    shader::is_file,
    snapshot::{MediaState, Snapshot, UNTRUSTED},
};

/// Where an asset stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nobody has asked for it yet: the host has not switched the plugin on.
    Idle,
    /// Being read.
    Reading,
    /// Being converted.
    Importing(Progress),
    /// Playable.
    Ready,
    /// Of no use, with the reason.
    Failed(String),
    /// Not there, with the reason.
    Missing(String),
    /// Named by a loaded session, and trusted by nobody on this machine.
    Untrusted,
}

impl Standing {
    /// Where an asset of the session stands.
    #[must_use]
    pub fn of(snapshot: &Snapshot, imports: &[(Name, Progress)], asset: &str) -> Self {
        match snapshot.media.get(asset) {
            None => Self::Idle,
            Some(MediaState::Ready(_)) => Self::Ready,
            Some(MediaState::Failed(why)) => Self::Failed(reason(asset, why)),
            Some(MediaState::Missing(why)) => Self::Missing(reason(asset, why)),
            Some(MediaState::Untrusted) => Self::Untrusted,
            Some(MediaState::Loading) => {
                imports.iter().find(|(name, _)| name.as_str() == asset).map_or(Self::Reading, |(_, progress)| Self::Importing(*progress))
            }
        }
    }

    /// In a word or two.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Idle => "not asked for yet".to_owned(),
            Self::Reading => "decoding".to_owned(),
            Self::Importing(Progress::Converting(Some(share))) => format!("importing {:.0} %", share * 100.0),
            Self::Importing(Progress::Converting(None)) => "importing".to_owned(),
            Self::Importing(Progress::Hashing) => "importing: reading".to_owned(),
            Self::Importing(Progress::Waiting) => "importing: waiting".to_owned(),
            Self::Ready => "ready".to_owned(),
            Self::Failed(_) => "failed".to_owned(),
            Self::Missing(_) => "missing".to_owned(),
            Self::Untrusted => "not trusted".to_owned(),
        }
    }

    /// Why it can't be played.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::Missing(why) => Some(why),
            Self::Untrusted => Some(UNTRUSTED),
            _ => None,
        }
    }

    /// Whether it is on its way, so that it can be cancelled.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        matches!(self, Self::Reading | Self::Importing(_))
    }
}

/// A reason without the name, which stands above it.
fn reason(asset: &str, why: &str) -> String {
    why.strip_prefix(asset).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(why).to_owned()
}

/// The file's name alone.
#[must_use]
pub fn short(asset: &str) -> &str {
    asset.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(asset)
}

/// What sort of medium it is.
#[must_use]
pub fn kind(asset: &str, facts: Option<&AssetFacts>) -> &'static str {
    match facts {
        _ if is_file(asset) => "shader",
        None => "medium",
        Some(facts) => match (facts.picture, facts.sound, facts.fps) {
            (Some(_), None, fps) if facts.secs <= 0.0 || fps.is_none() => "picture",
            (Some(_), None, _) => "film",
            (Some(_), Some(_), _) => "film with sound",
            (None, _, _) => "sound",
        },
    }
}

/// The facts in one line, the more telling ones first.
#[must_use]
pub fn facts(facts: &AssetFacts) -> String {
    let mut all = Vec::new();
    if facts.secs > 0.0 {
        all.push(time(facts.secs));
    }
    all.extend(facts.picture.map(|(width, height)| format!("{width} × {height}")));
    if let Some((num, den)) = facts.fps.filter(|_| facts.secs > 0.0 && facts.picture.is_some()) {
        all.push(format!("{} fps", trimmed(f64::from(num) / f64::from(den.max(1)), 3)));
    }
    if let Some((channels, rate)) = facts.sound {
        let channels = match channels {
            1 => "mono".to_owned(),
            2 => "stereo".to_owned(),
            more => format!("{more} channels"),
        };
        all.push(format!("{} kHz {channels}", trimmed(f64::from(rate) / 1000.0, 3)));
    }
    all.push(facts.codec.clone());
    if facts.size > 0 && !factory::is_factory(&facts.path) {
        all.push(bytes(facts.size));
    }
    all.join(" · ")
}

/// A number without needless zeros.
fn trimmed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A duration: seconds, or minutes and seconds.
#[must_use]
pub fn time(secs: f64) -> String {
    moment(secs, 2)
}

/// A moment with so many places after the point.
#[must_use]
pub fn moment(secs: f64, places: usize) -> String {
    // Rounded first, so that 59.999 becomes a minute, not 0:60.
    let unit = 10f64.powi(i32::try_from(places).unwrap_or(6));
    let secs = (secs * unit).round() / unit;
    if secs < 60.0 {
        return format!("{secs:.places$} s");
    }
    let minutes = (secs / 60.0).floor();
    let width = if places > 0 { places + 3 } else { 2 };
    format!("{minutes:.0}:{:0width$.places$}", secs - minutes * 60.0)
}

/// A size in the unit that keeps it short.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "rounded for people")]
pub fn bytes(size: u64) -> String {
    let mut value = size as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return format!("{} {unit}", trimmed(value, usize::from(unit != "B" && value < 100.0)));
        }
        value /= 1000.0;
    }
    format!("{} TB", trimmed(value, 1))
}

/// A console line of these words, put in quotes where they need it.
#[must_use]
pub fn line(command: &str, words: &[&str]) -> String {
    words.iter().fold(command.to_owned(), |line, word| format!("{line} {}", quoted(word)))
}

/// A word as the console reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/_-.:+,%@~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    // Quotes of one sort keep those of the other; both sorts take turns.
    word.split('"').map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join("'\"'")
}

#[cfg(test)]
mod tests {
    use videotracker_engine::engine::Engine;

    use super::*;

    #[test]
    fn durations_and_sizes_are_short() {
        for (secs, text) in [(0.5, "0.50 s"), (59.999, "1:00.00"), (61.5, "1:01.50"), (600.0, "10:00.00")] {
            assert_eq!(time(secs), text);
        }
        assert_eq!(moment(75.0, 0), "1:15");
        for (size, text) in [(7, "7 B"), (1500, "1.5 kB"), (123_456_789, "123 MB"), (4_000_000_000_000, "4 TB")] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn every_path_comes_through_the_console_whole() {
        for path in ["/a/b.wav", "/two words/it's.mov", "say \"so\".png", "both ' and \".gif", "two  blanks", "größe/ü.wav", "#1.wav"] {
            let engine = Engine::empty();
            engine.console_and_wait(&line("import", &[path])).unwrap_or_default();
            let assets: Vec<String> = engine.snapshot().project.assets.keys().map(ToString::to_string).collect();
            assert_eq!(assets, [path]);
            engine.console_and_wait(&line("forget", &[path])).unwrap_or_default();
            assert!(engine.snapshot().project.assets.is_empty(), "{path}");
        }
    }

    #[test]
    fn a_reason_does_not_repeat_the_name() {
        assert_eq!(reason("a.wav", "a.wav: not found (looked in /x)"), "not found (looked in /x)");
        assert_eq!((short("/x/y/a.wav"), short("factory:kick"), short("/x/row/")), ("a.wav", "factory:kick", "row"));
    }
}
