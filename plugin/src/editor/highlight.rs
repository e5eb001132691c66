//! Colours of a script. What a word is comes from the engine's own tables.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use egui::{
    Color32, FontId, Galley,
    epaint::text::ByteIndex,
    text::{LayoutJob, LayoutSection, TextFormat},
};
use videotracker_engine::{
    module::MODULES,
    pattern::cycle::registry::{CallForm, combinators},
    script::{
        lua::{Kind, Token, tokens},
        reference,
    },
};

use super::theme;
use crate::settings::Theme;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A module type, which declares modules.
    Type,
    /// A function of the session.
    Session,
    /// A word of the pattern language.
    Pattern,
    /// Something that a script has without asking.
    Global,
}

/// What names stand for in a script.
pub fn meaning(name: &str) -> Option<Meaning> {
    static MEANINGS: LazyLock<HashMap<&'static str, Meaning>> = LazyLock::new(|| {
        let words = combinators().iter().filter(|word| word.form != CallForm::Method);
        let patterns = words.flat_map(|word| std::iter::once(word.name).chain(word.aliases.iter().copied()));
        let functions = reference::functions().filter(|function| function.object.is_none());
        let mut all: HashMap<_, _> = patterns.map(|name| (name, Meaning::Pattern)).collect();
        all.extend(functions.map(|function| (function.name, Meaning::Session)));
        all.extend(MODULES.iter().map(|kind| (kind.name, Meaning::Type)));
        all.insert("engine", Meaning::Global);
        all
    });
    MEANINGS.get(name).copied()
}

fn colour(text: &str, token: &Token, called: bool, method: bool) -> Color32 {
    match token.kind {
        Kind::Comment => *theme::COMMENT,
        Kind::Text(_) => *theme::STRING,
        Kind::Number => *theme::NUMBER,
        Kind::Keyword => *theme::KEYWORD,
        Kind::Mark => *theme::PUNCTUATION,
        Kind::Name if method => *theme::FUNCTION,
        Kind::Name => match meaning(&text[token.range.clone()]) {
            Some(Meaning::Type | Meaning::Global) => *theme::ACCENT,
            Some(Meaning::Session) => *theme::SPECIAL,
            Some(Meaning::Pattern) => *theme::FUNCTION,
            None if called => *theme::FUNCTION,
            None => *theme::TEXT,
        },
    }
}

/// A script in colours, kept until it changes: its pieces, and what is to be laid out.
#[derive(Debug, Default)]
pub struct Coloured {
    text: String,
    size: f32,
    theme: Theme,
    /// The pieces.
    pub tokens: Vec<Token>,
    job: LayoutJob,
    /// The pass it was laid out in: the atlas of letters may be another in the next.
    galley: Option<(u64, Arc<Galley>)>,
}

impl Coloured {
    /// Takes in a text.
    pub fn take(&mut self, text: &str, size: f32) {
        if self.text != text || self.tokens.is_empty() {
            text.clone_into(&mut self.text);
            self.tokens = tokens(text);
        } else if self.size == size && self.theme == theme::chosen() {
            return;
        }
        (self.size, self.theme) = (size, theme::chosen());
        self.galley = None;
        self.job = job(text, &self.tokens, size);
    }

    /// Whether these are the colours of a text.
    #[must_use]
    pub fn is_of(&self, text: &str) -> bool {
        self.text == text
    }

    /// The text as it is laid out, once for each picture.
    #[must_use]
    pub fn galley(&mut self, ui: &egui::Ui) -> Arc<Galley> {
        let pass = ui.ctx().cumulative_pass_nr();
        match &self.galley {
            Some((made, galley)) if *made == pass => Arc::clone(galley),
            _ => {
                let galley = ui.fonts_mut(|fonts| fonts.layout_job(self.job.clone()));
                self.galley = Some((pass, Arc::clone(&galley)));
                galley
            }
        }
    }
}

/// Sections of one colour each, white space with what stands before it.
fn job(text: &str, tokens: &[Token], size: f32) -> LayoutJob {
    let mut job = LayoutJob { text: text.to_owned(), ..LayoutJob::default() };
    job.wrap.max_width = f32::INFINITY;
    let font = FontId::monospace(size);
    let mark = |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Mark).map(|token| text.as_bytes()[token.range.start]);
    let mut open: Option<(usize, Color32)> = None;
    let mut close = |from: usize, to: usize, colour: Color32| {
        let format = TextFormat::simple(font.clone(), colour);
        job.sections.push(LayoutSection { leading_space: 0.0, byte_range: ByteIndex(from)..ByteIndex(to), format });
    };
    for (at, token) in tokens.iter().enumerate() {
        let called = mark(at + 1) == Some(b'(');
        let method = at > 0 && mark(at - 1) == Some(b':');
        let tint = colour(text, token, called, method);
        match open {
            Some((_, before)) if before == tint => {}
            Some((from, before)) => {
                close(from, token.range.start, before);
                open = Some((token.range.start, tint));
            }
            None => open = Some((0, tint)),
        }
    }
    let (from, tint) = open.unwrap_or((0, *theme::TEXT));
    close(from, text.len(), tint);
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_the_engine_knows_has_a_colour_of_its_own() {
        for kind in MODULES {
            assert_eq!(meaning(kind.name), Some(Meaning::Type));
        }
        assert_eq!(meaning("connect"), Some(Meaning::Session));
        assert_eq!(meaning("stack"), Some(Meaning::Pattern));
        assert_eq!(meaning("engine"), Some(Meaning::Global));
        assert_eq!(meaning("nonsense"), None);
    }

    #[test]
    fn a_job_holds_the_whole_text_without_gaps() {
        for text in ["", "\n\n", "  x", "local a = 1 -- é\nsampler('k')\n", "é"] {
            let mut coloured = Coloured::default();
            coloured.take(text, 14.0);
            let job = &coloured.job;
            let mut at = 0;
            for section in &job.sections {
                assert_eq!(section.byte_range.start.0, at, "{text:?}");
                at = section.byte_range.end.0;
            }
            assert_eq!(at, text.len(), "{text:?}");
        }
    }
}
