//! What can stand at the cursor of a script, and what a word under the pointer means. Everything comes from the engine's tables and
//! from the session: functions and objects (`script::reference`), the pattern language (`registry`), module types and their
//! parameters, console commands, names.

use std::{collections::BTreeSet, ops::Range};

use videotracker_engine::{
    media::factory,
    module::{MODULES, ModuleType, ParamKind, ParamSpec, event_params, module_type, samples::words_of},
    pattern::cycle::{
        registry::{CallForm, Combinator, combinators, find},
        tonal::scale,
    },
    presets::PRESETS,
    project::Project,
    script::{
        console,
        lua::{KEYWORDS, Kind, Token, begins_statement, content, is_name},
        reference,
    },
    shader::builtin,
    snapshot::Snapshot,
};

/// Most offers at a time.
const MOST: usize = 2000;

/// One thing that can stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What people read, and what is compared with what was typed.
    pub word: String,
    /// What is put there.
    pub insert: String,
    /// How it is called, or what it takes.
    pub signature: String,
    /// One line of help.
    pub doc: String,
    /// Whether little else fits there, so that it is worth showing before anything is typed.
    pub near: bool,
}

impl Offer {
    fn plain(word: impl Into<String>, signature: impl Into<String>) -> Self {
        let word = word.into();
        Self { insert: word.clone(), word, signature: signature.into(), doc: String::new(), near: false }
    }
}

/// What can stand at a place of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// The part of the word that is there already, in bytes.
    pub range: Range<usize>,
    /// What fits, best first.
    pub offers: Vec<Offer>,
}

/// The mark of a block that a keyword opened and `end` closes.
const BLOCK: u8 = b'f';

/// An open bracket, brace or block around a place, or a call without brackets.
#[derive(Clone, Debug, Default)]
struct Open {
    mark: u8,
    /// What is called or declared: the name before the bracket.
    name: String,
    /// Where that name begins, in bytes.
    at: usize,
    /// Which argument or entry, counted from 0.
    argument: usize,
    /// The key before `=`, in a table.
    key: Option<String>,
    /// The first argument, where it is a text.
    first: Option<String>,
}

/// Where in a script a place lies.
#[derive(Debug, Default)]
struct Around {
    /// What is open there, outermost first.
    open: Vec<Open>,
    /// The token before the place.
    before: Option<usize>,
}

fn around(text: &str, tokens: &[Token], cursor: usize) -> Around {
    let mut around = Around::default();
    let byte = |token: &Token| text.as_bytes()[token.range.start];
    for (at, token) in tokens.iter().enumerate().take_while(|(_, token)| token.range.end <= cursor) {
        around.before = Some(at);
        let begins = begins_statement(text, tokens, at);
        if begins {
            let inside = around.open.iter().rposition(|open| open.mark == BLOCK).map_or(0, |block| block + 1);
            around.open.truncate(inside);
        }
        let last = around.open.last_mut();
        match (token.kind, byte(token)) {
            (Kind::Keyword, _) => match &text[token.range.clone()] {
                "function" | "do" | "repeat" => around.open.push(Open { mark: BLOCK, ..Open::default() }),
                "if" if begins => around.open.push(Open { mark: BLOCK, ..Open::default() }),
                "end" | "until" => {
                    let block = around.open.iter().rposition(|open| open.mark == BLOCK);
                    around.open.truncate(block.unwrap_or(around.open.len()));
                }
                _ => {}
            },
            (Kind::Mark, mark @ (b'(' | b'{' | b'[')) => {
                let name = at.checked_sub(1).and_then(|before| tokens.get(before)).filter(|before| before.kind == Kind::Name);
                let name = name.filter(|_| mark == b'(' || last.is_none_or(|open| open.mark == BLOCK));
                let (name, begin) =
                    name.map_or((String::new(), token.range.start), |name| (text[name.range.clone()].to_owned(), name.range.start));
                around.open.push(Open { mark, name, at: begin, ..Open::default() });
            }
            (Kind::Mark, b')' | b'}' | b']') => {
                let bracket = around.open.iter().rposition(|open| open.mark != BLOCK);
                around.open.truncate(bracket.unwrap_or(around.open.len()));
            }
            (Kind::Mark, b',' | b';') => {
                if let Some(last) = last {
                    (last.argument, last.key) = (last.argument + 1, None);
                }
            }
            (Kind::Mark, b'=') => {
                let name = at.checked_sub(1).and_then(|before| tokens.get(before)).filter(|before| before.kind == Kind::Name);
                if let (Some(last), Some(name)) = (last.filter(|last| last.mark == b'{'), name) {
                    last.key = Some(text[name.range.clone()].to_owned());
                }
            }
            (Kind::Text(_), _) => {
                if let Some(last) = last.filter(|last| last.argument == 0 && last.first.is_none()) {
                    last.first = Some(text[content(text, token)].to_owned());
                }
            }
            _ => {}
        }
    }
    around
}

/// What can stand at a cursor, in bytes; none in comments.
#[must_use]
pub fn offers(text: &str, tokens: &[Token], cursor: usize, snapshot: &Snapshot) -> Offers {
    let inside = |token: &&Token| token.range.start < cursor && cursor <= token.range.end;
    let here = tokens.iter().find(inside);
    let mut found = match here {
        Some(token) if token.kind == Kind::Comment && (cursor < token.range.end || !text[..cursor].ends_with(']')) => {
            return Offers::default();
        }
        Some(token) if matches!(token.kind, Kind::Text(closed) if cursor < token.range.end || !closed) => {
            near(in_text(text, tokens, token, cursor, snapshot))
        }
        _ => in_code(text, tokens, cursor, snapshot),
    };
    let typed = text.get(found.range.clone()).unwrap_or_default().to_lowercase();
    let rank = |offer: &Offer| {
        let word = offer.word.to_lowercase();
        if word.starts_with(&typed) { Some(0) } else { (typed.len() > 1 && word.contains(&typed)).then_some(1) }
    };
    let mut ranked: Vec<(i32, Offer)> = found.offers.into_iter().filter_map(|offer| Some((rank(&offer)?, offer))).collect();
    ranked.sort_by_cached_key(|(rank, offer)| (*rank, !offer.near, offer.word.to_lowercase()));
    ranked.dedup_by(|a, b| a.1.word == b.1.word);
    ranked.truncate(MOST);
    found.offers = ranked.into_iter().map(|(_, offer)| offer).collect();
    found
}

/// The same, each worth showing before anything is typed.
fn near(mut offers: Offers) -> Offers {
    offers.offers.iter_mut().for_each(|offer| offer.near = true);
    offers
}

/// The part of a name before a cursor, in bytes.
fn stem(text: &str, cursor: usize, also: &str) -> Range<usize> {
    let is_part = |byte: &u8| is_name(*byte) || also.as_bytes().contains(byte);
    cursor - text.as_bytes()[..cursor].iter().rev().take_while(|byte| is_part(byte)).count()..cursor
}

fn in_code(text: &str, tokens: &[Token], cursor: usize, snapshot: &Snapshot) -> Offers {
    let range = stem(text, cursor, "");
    if text[range.clone()].starts_with(|c: char| c.is_ascii_digit()) {
        return Offers::default();
    }
    let around = around(text, tokens, range.start);
    let mark = |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Mark).map(|token| text.as_bytes()[token.range.start]);
    let before = around.before.and_then(|at| Some((at, mark(at)?)));
    let adjoins = around.before.is_some_and(|at| tokens[at].range.end == range.start);
    if let Some((at, b':')) = before.filter(|_| adjoins) {
        return near(Offers { range, offers: methods(text, tokens, at, snapshot) });
    }
    if let Some((_, b'.')) = before.filter(|_| adjoins) {
        return Offers { range, offers: Vec::new() };
    }
    let mut offers = Vec::new();
    if let Some(open) = around.open.last().filter(|open| open.mark == b'{')
        && let Some(call) = around.open.iter().rev().find(|open| open.mark == b'(' || !open.name.is_empty())
    {
        if open.key.is_none() {
            offers.extend(keys(call, snapshot));
        } else if let Some(spec) = open.key.as_deref().and_then(|key| spec_of(call, key, snapshot)) {
            offers.extend(values(&spec).into_iter().map(|mut offer| {
                if matches!(spec.kind, ParamKind::Choice(_)) {
                    offer.insert = format!("\"{}\"", offer.insert);
                }
                offer
            }));
        }
    }
    offers.iter_mut().for_each(|offer| offer.near = true);
    offers.extend(globals());
    offers.extend(locals(text, tokens, &range).into_iter().map(|name| Offer::plain(name, "in this script")));
    Offers { range, offers }
}

/// Every function, module type, pattern word and keyword.
fn globals() -> impl Iterator<Item = Offer> {
    let functions = reference::functions().filter(|function| function.object.is_none());
    let functions = functions.map(|function| Offer {
        word: function.name.to_owned(),
        insert: function.name.to_owned(),
        signature: function.signature.to_owned(),
        doc: function.doc.to_owned(),
        near: false,
    });
    let types = MODULES.iter().map(|kind| Offer {
        word: kind.name.to_owned(),
        insert: kind.name.to_owned(),
        signature: declaring(kind),
        doc: kind.doc.to_owned(),
        near: false,
    });
    let words = combinators().iter().filter(|word| word.form != CallForm::Method && !word.is_alignment());
    let words = words.flat_map(|word| by_each_name(combinator(word), word.aliases));
    let objects = std::iter::once(Offer::plain("engine", "engine"));
    let keywords = KEYWORDS.iter().map(|word| Offer::plain(*word, "Lua"));
    functions.chain(types).chain(words).chain(objects).chain(keywords)
}

fn declaring(kind: &ModuleType) -> String {
    format!("{}(name[, {{parameter = value, …}}]) → module", kind.name)
}

fn combinator(word: &Combinator) -> Offer {
    Offer { word: word.name.to_owned(), insert: word.name.to_owned(), signature: word.signature(), doc: word.doc.to_owned(), near: false }
}

/// An offer under its name and under each of its other names.
fn by_each_name(offer: Offer, aliases: &'static [&'static str]) -> impl Iterator<Item = Offer> {
    let others = aliases.iter().map({
        let offer = offer.clone();
        move |name| Offer { word: (*name).to_owned(), insert: (*name).to_owned(), ..offer.clone() }
    });
    std::iter::once(offer).chain(others.collect::<Vec<_>>())
}

fn parameter(spec: &ParamSpec) -> Offer {
    let default = spec.default_value();
    Offer {
        word: spec.name.to_owned(),
        insert: spec.name.to_owned(),
        signature: format!("{}: {} ({default})", spec.name, reference::takes(spec)),
        doc: spec.doc.to_owned(),
        near: false,
    }
}

/// The names that a script gives by itself.
fn locals(text: &str, tokens: &[Token], except: &Range<usize>) -> BTreeSet<String> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| &text[token.range.clone()] == word);
    let named = |(at, token): (usize, &Token)| {
        let name = text[token.range.clone()].to_owned();
        let declared = at > 0 && (is(at - 1, "local") || is(at - 1, "function") || is(at - 1, "for"));
        let assigned = is(at + 1, "=") && !is(at + 2, "=");
        (token.kind == Kind::Name && token.range != *except && (declared || assigned)).then_some(name)
    };
    tokens.iter().enumerate().filter_map(named).collect()
}

/// The object that a name or call before a colon stands for, as the reference calls it.
fn object(text: &str, tokens: &[Token], colon: usize) -> Option<&'static str> {
    let word = |at: usize| tokens.get(at).map(|token| &text[token.range.clone()]);
    let before = colon.checked_sub(1)?;
    let name = if word(before)? == ")" {
        // The call's name stands before the bracket that belongs here.
        let mut depth = 0_i32;
        let open = tokens[..=before].iter().rposition(|token| {
            depth += match &text[token.range.clone()] {
                ")" => 1,
                "(" => -1,
                _ => 0,
            };
            depth == 0
        })?;
        word(open.checked_sub(1)?)?
    } else {
        let name = word(before)?;
        if name == "engine" {
            return Some("engine");
        }
        // What it was given last.
        let given = (0..before).rev().find(|at| word(*at) == Some(name) && word(at + 1) == Some("="))? + 2;
        let rest = given..before;
        let line_end = text[tokens[given].range.start..].find('\n').map_or(text.len(), |end| tokens[given].range.start + end);
        let opens = |at: &usize| word(at + 1) == Some("(") && tokens[*at].range.start < line_end;
        let mut depth = 0_i32;
        let mut last = None;
        for at in rest {
            if tokens[at].range.start >= line_end {
                break;
            }
            if depth == 0 && opens(&at) {
                last = Some(at);
            }
            depth += match word(at) {
                Some("(" | "{") => 1,
                Some(")" | "}") => -1,
                _ => 0,
            };
        }
        word(last?)?
    };
    if module_type(name).is_some() {
        return Some("module");
    }
    let answer = reference::functions().find(|function| function.name == name)?.signature.rsplit_once('→')?.1.trim();
    let objects = || reference::functions().filter_map(|function| function.object);
    objects().find(|object| answer == *object || answer.starts_with(&format!("{object} ")))
}

/// What can stand behind a colon.
fn methods(text: &str, tokens: &[Token], colon: usize, snapshot: &Snapshot) -> Vec<Offer> {
    if let Some(object) = object(text, tokens, colon) {
        let own = reference::functions().filter(|function| function.object == Some(object));
        return own
            .map(|function| Offer {
                word: function.name.to_owned(),
                insert: function.name.to_owned(),
                signature: function.signature.to_owned(),
                doc: function.doc.to_owned(),
                near: true,
            })
            .collect();
    }
    let words = combinators().iter().filter(|word| matches!(word.form, CallForm::Method | CallForm::Both) && !word.is_alignment());
    let controls = snapshot.project.event_params().filter(|spec| find(spec.name).is_none());
    let words = words.flat_map(|word| by_each_name(combinator(word), word.aliases));
    words.chain(controls.flat_map(|spec| by_each_name(parameter(spec), spec.aliases))).collect()
}

/// The type whose parameters stand in a call's table: that of a declaring function, or of the module it names first.
fn typed(call: &Open, project: &Project) -> Option<&'static ModuleType> {
    let declared = MODULES.iter().copied().find(|kind| kind.name == call.name);
    let named = call.first.as_deref().and_then(|name| project.modules.get(name)).map(|module| module.module_type());
    match declared {
        // An instance that is there may have more than its type.
        Some(kind) => Some(named.filter(|own| own.name == kind.name).unwrap_or(kind)),
        None => named.filter(|_| argument(&Open { argument: 0, ..call.clone() }).is_some_and(|name| name == "module")),
    }
}

fn spec_of(call: &Open, key: &str, snapshot: &Snapshot) -> Option<ParamSpec> {
    if signature(&call.name).is_some_and(|signature| signature.contains("(patternName")) {
        return event_params().find(|spec| spec.is_called(key)).copied();
    }
    typed(call, &snapshot.project)?.param(key).map(|found| *found.spec)
}

/// The keys that a call's table takes.
fn keys(call: &Open, snapshot: &Snapshot) -> Vec<Offer> {
    let with_equals = |mut offer: Offer| {
        offer.insert.push_str(" = ");
        offer
    };
    if let Some(kind) = typed(call, &snapshot.project) {
        let listed = kind.lists().map(|list| Offer::plain(list, format!("{list} = {{\"kick.wav\", …}}")));
        return kind.params.iter().map(parameter).chain(listed).map(with_equals).collect();
    }
    // What a function says of its table: words before `=`, `,` or `}` in its signature.
    let Some(function) = reference::functions().find(|function| function.name == call.name) else { return Vec::new() };
    let table: String = function.signature.split('{').skip(1).collect::<Vec<_>>().join("{");
    let is_key = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(is_name);
    let keys = table.split([',', '{', '}']).map(|part| part.split('=').next().unwrap_or_default().trim()).filter(|word| is_key(word));
    keys.map(|key| with_equals(Offer { doc: function.doc.to_owned(), ..Offer::plain(key, function.signature) })).collect()
}

/// The values that a parameter takes, where there are few.
fn values(spec: &ParamSpec) -> Vec<Offer> {
    let of = |word: &str| Offer { doc: spec.doc.to_owned(), ..Offer::plain(word, format!("{} of {}", word, spec.name)) };
    match spec.kind {
        ParamKind::Choice(names) => names.iter().map(|name| of(name)).collect(),
        ParamKind::Toggle => ["true", "false"].iter().map(|name| of(name)).collect(),
        _ => Vec::new(),
    }
}

/// How a function of scripts is called.
fn signature(name: &str) -> Option<&'static str> {
    reference::functions().find(|function| function.name == name).map(|function| function.signature)
}

/// What a function's signature says of the argument that the cursor stands in: `sequencer`, or `"audio"|"video"`. What dots stand for is
/// what the argument before them is.
fn argument(call: &Open) -> Option<&'static str> {
    let inside = signature(&call.name)?.split_once('(')?.1;
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' | '(' => depth += 1,
            ')' if depth == 0 => {
                parts.push(&inside[from..at]);
                break;
            }
            '}' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    let parts: Vec<_> = parts.into_iter().map(|part| part.trim_matches([' ', '[', ']'])).collect();
    let at = if parts.last() == Some(&"…") { call.argument.min(parts.len().saturating_sub(2)) } else { call.argument };
    parts.get(at).copied()
}

/// The texts that a signature offers for an argument: `"audio"|"video"`.
fn alternatives(argument: &'static str) -> Vec<Offer> {
    let quoted = argument.split('|').filter_map(|part| part.trim().strip_prefix('"')?.strip_suffix('"'));
    quoted.map(|word| Offer::plain(word, argument)).collect()
}

fn in_text(text: &str, tokens: &[Token], token: &Token, cursor: usize, snapshot: &Snapshot) -> Offers {
    let project = &snapshot.project;
    let within = content(text, token);
    if cursor < within.start {
        return Offers::default();
    }
    let mut around = around(text, tokens, token.range.start);
    // A call may have a text and no brackets.
    let direct =
        around.before.and_then(|at| tokens.get(at)).filter(|before| before.kind == Kind::Name && before.range.end <= token.range.start);
    if let Some(name) = direct {
        let open = Open { mark: b'(', name: text[name.range.clone()].to_owned(), at: name.range.start, ..Open::default() };
        around.open.push(open);
    }
    let table = around.open.last().filter(|open| open.mark == b'{').cloned();
    let Some(call) = around.open.iter().rev().find(|open| open.mark == b'(').cloned() else { return Offers::default() };
    let whole = within.start..cursor;
    let named = |names: Vec<Offer>| Offers { range: whole.clone(), offers: names };
    let of = |names: &mut dyn Iterator<Item = &videotracker_engine::name::Name>, what: &str| {
        names.map(|name| Offer::plain(name.to_string(), what)).collect::<Vec<_>>()
    };
    let modules = || {
        let one = |(name, module): (&videotracker_engine::name::Name, &std::sync::Arc<videotracker_engine::project::Module>)| Offer {
            doc: module.module_type().doc.to_owned(),
            ..Offer::plain(name.to_string(), module.kind.to_string())
        };
        project.modules.iter().map(one).collect::<Vec<_>>()
    };
    let patterns = || of(&mut project.patterns.keys(), "pattern");
    if let Some(key) = table.as_ref().and_then(|table| table.key.clone()) {
        if key == "samples" {
            return named(media(snapshot));
        }
        if key == "shader" {
            return named(builtin::all().iter().map(|one| Offer { doc: one.doc.clone(), ..Offer::plain(one.name, "shader") }).collect());
        }
        if let Some(spec) = spec_of(&call, &key, snapshot) {
            return named(values(&spec));
        }
    } else if let Some(table) = &table
        && around.open.iter().any(|open| open.key.as_deref() == Some("samples"))
        && table.mark == b'{'
    {
        return named(media(snapshot));
    }
    let parts = argument(&call).unwrap_or_default();
    let is = |name: &str| parts.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|part| part == name);
    if ["from", "to", "source", "target"].into_iter().any(is) {
        if let Some((module, _)) = text[whole.clone()].split_once('.')
            && let Some(found) = project.modules.get(module)
        {
            let range = within.start + module.len() + 1..cursor;
            let kind = found.module_type();
            let ports = kind.inputs.iter().chain(kind.outputs).map(|port| Offer::plain(port.name, format!("{} port", port.kind.word())));
            let ports = ports.filter(|_| is("from") || is("to"));
            let made = kind.made.iter().filter(|_| !is("target"));
            return Offers { range, offers: made.chain(kind.params).map(parameter).chain(ports).collect() };
        }
        return named(modules());
    }
    let is_sequencer = |module: &videotracker_engine::project::Module| module.module_type().is_sequencer();
    if is("sequencer") {
        let mut names = project.modules.iter().filter(|(_, module)| is_sequencer(module)).map(|(name, _)| name);
        return named(of(&mut names, "sequencer"));
    }
    match parts {
        "module" => return named(modules()),
        "parameter" => return named(typed(&call, project).map(|kind| kind.params.iter().map(parameter).collect()).unwrap_or_default()),
        "patternOrChain" => {
            let mut found = patterns();
            found.extend(of(&mut project.chains.keys(), "chain"));
            return named(found);
        }
        "patternName" if table.is_none() => return named(patterns()),
        "chainName" if table.is_none() => return named(of(&mut project.chains.keys(), "chain")),
        "preset" => {
            return named(
                PRESETS.iter().map(|one| Offer { doc: one.description().to_owned(), ..Offer::plain(one.word, one.name()) }).collect(),
            );
        }
        "command" => {
            let line = &text[whole.clone()];
            let range = stem(text, cursor, ".-").start.max(within.start)..cursor;
            let found = console::complete(line, snapshot).into_iter().map(|word| Offer::plain(word, "console"));
            return Offers { range, offers: found.collect() };
        }
        "path" => return named(media(snapshot)),
        // The entries of a chain.
        _ if table.is_some() && signature(&call.name).is_some_and(|signature| signature.contains("(chainName")) => return named(patterns()),
        _ => {}
    }
    let listed = alternatives(parts);
    if listed.len() > 1 && table.is_none() {
        return named(listed);
    }
    match &*call.name {
        name if module_type(name).is_some() && call.argument == 0 && table.is_none() => {
            let alike =
                |module: &videotracker_engine::project::Module| module_type(name).is_some_and(|kind| module.base_type().name == kind.name);
            let mut names = project.modules.iter().filter(|(_, module)| alike(module)).map(|(name, _)| name);
            named(of(&mut names, name))
        }
        "scale" => {
            let range = stem(text, cursor, "# ").start.max(within.start)..cursor;
            // In mini-notation blanks part words.
            let names = scale::names().map(|name| Offer { insert: name.replace(' ', ":"), ..Offer::plain(name, "scale") });
            let range = text[range.clone()].rfind(':').map_or(range.clone(), |at| range.start + at + 1..cursor);
            Offers { range, offers: names.collect() }
        }
        _ => Offers { range: stem(text, cursor, "").start.max(within.start)..cursor, offers: mini(&call.name, snapshot) },
    }
}

/// Media that a sampler can be given.
fn media(snapshot: &Snapshot) -> Vec<Offer> {
    let listed = snapshot.project.assets.keys().map(|path| Offer::plain(path.to_string(), "listed here"));
    let about = |name: &str| factory::about(name).unwrap_or_else(|| "made by videoTracker".to_owned());
    let made = factory::names().map(|name| Offer::plain(format!("{}{name}", factory::PREFIX), about(name)));
    listed.chain(made).collect()
}

/// The words that mini-notation takes: those of the session's samples, and of whatever a control chooses among.
fn mini(call: &str, snapshot: &Snapshot) -> Vec<Offer> {
    if let Some(spec) = snapshot.project.event_params().find(|spec| spec.is_called(call)) {
        return values(spec);
    }
    let sets = find(call).map_or(&[][..], |word| word.sets());
    if !sets.is_empty() && !sets.contains(&"s") {
        return Vec::new();
    }
    let project = &snapshot.project;
    let mut found: Vec<Offer> = Vec::new();
    for (name, module) in &project.modules {
        let samples = module.samples.iter().flat_map(|sample| words_of(sample).into_iter().map(|word| word.into_owned()));
        let own = module.module_type().words.iter().map(|word| (*word).to_owned());
        found.extend(samples.chain(own).map(|word| Offer::plain(word, format!("plays in {name}"))));
    }
    found
}

/// What the word at a place of a script means: how it is called, and one line of help.
#[must_use]
pub fn help(text: &str, tokens: &[Token], at: usize, snapshot: &Snapshot) -> Option<(String, String)> {
    let index = tokens.iter().position(|token| token.range.contains(&at) && token.kind == Kind::Name)?;
    let token = &tokens[index];
    let word = &text[token.range.clone()];
    let mark = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| &text[token.range.clone()]);
    let told = |offer: Offer| (offer.signature, offer.doc);
    if mark(index.checked_sub(1)) == Some(":") {
        let object = object(text, tokens, index - 1);
        let own = reference::functions().find(|function| function.object.is_some() && function.object == object && function.name == word);
        if let Some(own) = own {
            return Some((own.signature.to_owned(), own.doc.to_owned()));
        }
        let own = snapshot.project.event_params().find(|spec| spec.is_called(word));
        return find(word).map(combinator).or_else(|| own.map(parameter)).map(told);
    }
    let around = around(text, tokens, token.range.start);
    if mark(Some(index + 1)) == Some("=")
        && let Some(call) = around.open.iter().rev().find(|open| open.mark == b'(')
        && let Some(spec) = spec_of(call, word, snapshot)
    {
        return Some(told(parameter(&spec)));
    }
    let function = reference::functions().find(|function| function.object.is_none() && function.name == word);
    let function = function.map(|function| (function.signature.to_owned(), function.doc.to_owned()));
    let kind = || MODULES.iter().find(|kind| kind.name == word).map(|kind| (declaring(kind), kind.doc.to_owned()));
    function.or_else(kind).or_else(|| find(word).map(combinator).map(told))
}

/// The call around a place: how it is called, and one line of help.
#[must_use]
pub fn call(text: &str, tokens: &[Token], at: usize, snapshot: &Snapshot) -> Option<(String, String)> {
    let open = around(text, tokens, at).open;
    let call = open.iter().rev().find(|open| open.mark == b'(' && !open.name.is_empty())?;
    help(text, tokens, call.at, snapshot)
}

#[cfg(test)]
mod tests {
    use videotracker_engine::{engine::Engine, script::lua};

    use super::*;

    fn snapshot() -> std::sync::Arc<Snapshot> {
        let engine = Engine::empty();
        let script = "sampler('drums', {samples = {'factory:kick', 'loop one.wav'}}) lfo('slow') sequencer('seq') audioMixer('mix') \
            pattern('beat', 'kick*4') chain('song', {'beat'}) bind('seq', 'beat')";
        assert_eq!(engine.run_script_and_wait("s", script).error, None);
        engine.snapshot()
    }

    /// What is offered at `|`.
    fn at(marked: &str) -> (Vec<String>, String) {
        let cursor = marked.find('|').unwrap();
        let text = marked.replace('|', "");
        let found = offers(&text, &lua::tokens(&text), cursor, &snapshot());
        (found.offers.iter().map(|offer| offer.word.clone()).collect(), text[found.range].to_owned())
    }

    #[test]
    fn each_place_of_a_script_is_offered_what_fits_there() {
        for (script, offered, typed) in [
            ("conn|", "connect", "conn"),
            ("samp|", "sampler", "samp"),
            ("sta|", "stack", "sta"),
            ("loc|", "local", "loc"),
            ("local mine = 1\nmi|", "mine", "mi"),
            ("s('bd'):fa|", "fast", "fa"),
            ("s('bd'):|", "volume", ""),
            ("engine:getC|", "getClock", "getC"),
            ("engine:getClock():|", "setBPM", ""),
            ("local clock = engine:getClock()\nclock:|", "getBeat", ""),
            ("local k = sampler('k')\nk:se|", "setParameter", "se"),
            ("sampler('k', {vol|", "volume", "vol"),
            ("sampler('k', {volume = 1, |", "samples", ""),
            ("sampler('k', {playStyle = '|", "loop", ""),
            ("sampler('k', {playStyle = |", "loop", ""),
            ("sampler('k', {samples = {'|", "factory:kick", ""),
            ("audioOut('o', {bus = 'a|", "aux1", "a"),
            ("audioFx('f', {effect = \"|\"})", "reverb", ""),
            ("videoFx('f', {shader = '|", "kaleid", ""),
            ("session{bp|", "bpm", "bp"),
            ("pattern('beat', s('k|", "kick", "k"),
            ("pattern('beat', 'kick*2 l|", "loop_one", "l"),
            ("s\"|", "kick", ""),
            ("pattern('b|", "beat", "b"),
            ("connect('|", "drums", ""),
            ("connect('slow.|", "value", ""),
            ("connect('slow.value', 'drums.p|", "pan", "p"),
            ("connect('drums', 'mix', 'au|", "audio", "au"),
            ("setParam('drums', 'at|", "attackMs", "at"),
            ("bind('|", "seq", ""),
            ("bind('seq', '|", "song", ""),
            ("chain('song', {{'b|", "beat", "b"),
            ("macro(1, 'a', {'drums.v|", "volume", "v"),
            ("exec('set dr|", "drums", "dr"),
            ("n('0 2'):scale('c:do|", "dorian", "do"),
            ("lfo('|", "slow", ""),
        ] {
            let (words, stem) = at(script);
            assert!(words.iter().any(|word| word == offered), "{script}: {:?}", &words[..words.len().min(12)]);
            assert_eq!(stem, typed, "{script}");
        }
    }

    #[test]
    fn nothing_is_offered_where_nothing_fits() {
        for script in ["-- conn|", "--[[ conn| ]]", "12|", "x.|", "'plain|"] {
            assert!(at(script).0.is_empty(), "{script}: {:?}", at(script).0);
        }
        assert!(!at("engine:|").0.iter().any(|word| word == "fast"));
    }

    #[test]
    fn every_word_of_the_reference_has_help() {
        let snapshot = snapshot();
        let told = |script: &str, word: &str| {
            let at = script.find(word).unwrap();
            help(script, &lua::tokens(script), at, &snapshot)
        };
        for function in reference::functions().filter(|function| function.object.is_none()) {
            let script = format!("{}(", function.name);
            assert_eq!(told(&script, function.name), Some((function.signature.to_owned(), function.doc.to_owned())));
        }
        for kind in MODULES {
            assert!(told(&format!("{}('x')", kind.name), kind.name).is_some_and(|(_, doc)| doc == kind.doc));
        }
        assert!(told("s('bd'):fast(2)", "fast").is_some_and(|(call, _)| call.starts_with("x:fast(")));
        assert!(told("sampler('k', {volume = 1})", "volume").is_some_and(|(takes, _)| takes.starts_with("volume: 0 to ")));
        assert_eq!(told("nonsense", "nonsense"), None);
        let script = "connect('a', ";
        let around = call(script, &lua::tokens(script), script.len(), &snapshot);
        assert!(around.is_some_and(|(signature, _)| signature.starts_with("connect(")));
    }

    #[test]
    fn a_bracket_that_was_never_closed_ends_with_its_statement() {
        let snapshot = snapshot();
        for (script, expected) in [
            ("d1(s('bd*4'), ", Some("d1(")),
            ("d1(s('bd*4')\nd2(s('hh'))", None),
            ("d1(s('bd*4')\nd2(s('hh'), ", Some("d1(")),
            ("d1(s('bd*4')\nlocal x = connect(", Some("connect(")),
            ("d1(s('bd*4')\nx = ", None),
            ("connect('a',\n  'b', ", Some("connect(")),
            ("bind('q', function(x) return connect('a') end, ", Some("bind(")),
            ("for i = 1, 2 do connect('a', ", Some("connect(")),
            ("for i = 1, 2 do connect('a' end\nx = ", None),
            ("for i = 1, 2 do connect('a') end\nbind('q', ", Some("bind(")),
        ] {
            let told = call(script, &lua::tokens(script), script.len(), &snapshot).map(|(signature, _)| signature);
            let starts = told.as_deref().zip(expected).is_some_and(|(told, wanted)| told.starts_with(wanted));
            assert!(starts || told.is_none() && expected.is_none(), "{script:?}: {told:?}");
        }
        assert!(at("d1(s('bd')\nsession{bp|").0.iter().any(|word| word == "bpm"));
    }
}
