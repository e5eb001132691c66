//! Commands about modules, cables and the transport.

use super::{
    Answer, Argument, ConsoleCommand,
    line::{Line, value},
};
use crate::{
    command::{Command, CommandError, Outcome, TransportAction, refuse},
    module::{MODULES, ModuleType, module_type},
    name::{Name, did_you_mean, did_you_mean_or},
    project::{Module, Project},
    script::{Request, TrustRequest, bindings::port_kind},
    transaction::Transaction,
};

type Said = Result<Answer, CommandError>;

pub(super) const COMMANDS: &[ConsoleCommand] = &[
    ConsoleCommand { words: "list", aliases: &["ls"], usage: "", doc: "Lists the modules.", complete: &[], run: list },
    ConsoleCommand {
        words: "add",
        aliases: &[],
        usage: "<type> [name]",
        doc: "Adds a module.",
        complete: &[Argument::Type, Argument::Free],
        run: add,
    },
    ConsoleCommand {
        words: "remove",
        aliases: &["rm", "delete", "del"],
        usage: "<module>",
        doc: "Removes a module with its cables, links and binding.",
        complete: &[Argument::Module],
        run: remove,
    },
    ConsoleCommand {
        words: "rename",
        aliases: &[],
        usage: "<module> <name>",
        doc: "Renames a module everywhere.",
        complete: &[Argument::Module, Argument::Free],
        run: rename,
    },
    ConsoleCommand {
        words: "info",
        aliases: &[],
        usage: "<module>",
        doc: "Shows a module's parameters, samples and cables.",
        complete: &[Argument::Module],
        run: info,
    },
    ConsoleCommand {
        words: "set",
        aliases: &[],
        usage: "<module> <parameter> <value>, or <module> parameter=value …",
        doc: "Sets parameters.",
        complete: &[Argument::Module, Argument::Param, Argument::Setting],
        run: set,
    },
    ConsoleCommand {
        words: "get",
        aliases: &["param"],
        usage: "<module> <parameter>",
        doc: "Shows a parameter.",
        complete: &[Argument::Module, Argument::Param],
        run: get,
    },
    ConsoleCommand {
        words: "bpm",
        aliases: &[],
        usage: "[tempo]",
        doc: "Shows or sets the internal tempo.",
        complete: &[Argument::Free],
        run: bpm,
    },
    ConsoleCommand {
        words: "play",
        aliases: &["start"],
        usage: "",
        doc: "Plays on from where it stands; where no host rolls, on the instance's internal clock.",
        complete: &[],
        run: |_, transaction| transport(transaction, TransportAction::Start),
    },
    ConsoleCommand {
        words: "stop",
        aliases: &[],
        usage: "",
        doc: "Stops and rewinds; where a host rolls, silences this instance.",
        complete: &[],
        run: |_, transaction| transport(transaction, TransportAction::Stop),
    },
    ConsoleCommand {
        words: "pause",
        aliases: &[],
        usage: "",
        doc: "Stops; play resumes.",
        complete: &[],
        run: |_, transaction| transport(transaction, TransportAction::Pause),
    },
    ConsoleCommand {
        words: "reset",
        aliases: &[],
        usage: "",
        doc: "Rewinds to beat 0.",
        complete: &[],
        run: |_, transaction| transport(transaction, TransportAction::Reset),
    },
    ConsoleCommand {
        words: "panic",
        aliases: &[],
        usage: "",
        doc: "Silences everything at once: notes, echoes, and the keys that MIDI out holds. The song goes on.",
        complete: &[],
        run: |_, transaction| transport(transaction, TransportAction::Panic),
    },
    ConsoleCommand {
        words: "route",
        aliases: &["connect"],
        usage: "<from> <to> [type]",
        doc: "Lays a cable.",
        complete: &[Argument::Module, Argument::Module, Argument::Port],
        run: route,
    },
    ConsoleCommand {
        words: "unroute",
        aliases: &["disconnect"],
        usage: "<module> [[from|to] <module>] [type]",
        doc: "Removes a module's cables, or those from or to another.",
        complete: &[Argument::Module, Argument::OtherEnd, Argument::Neighbour, Argument::Port],
        run: unroute,
    },
    ConsoleCommand { words: "connections", aliases: &["conn"], usage: "", doc: "Lists the cables.", complete: &[], run: connections },
    ConsoleCommand {
        words: "import",
        aliases: &[],
        usage: "<file or folder>",
        doc: "Lists a medium, or every medium of a folder.",
        complete: &[Argument::Asset],
        run: |line, _| {
            let path = line.rest().join(" ");
            if path.is_empty() { line.wrong("a path is missing") } else { Ok(Answer::Ask(Request::Import(path))) }
        },
    },
    ConsoleCommand {
        words: "sample",
        aliases: &[],
        usage: "<sampler> <file or folder>",
        doc: "Gives a sampler a medium, or every medium of a folder, behind the samples it has.",
        complete: &[Argument::Module, Argument::Asset],
        run: |line, transaction| {
            let sampler = module(line, transaction)?;
            let path = line.rest().join(" ");
            if path.is_empty() { line.wrong("a path is missing") } else { Ok(Answer::Ask(Request::Sample { sampler, path })) }
        },
    },
    ConsoleCommand {
        words: "cancel",
        aliases: &[],
        usage: "<medium>",
        doc: "Ends the reading or importing of a medium; relink begins it again.",
        complete: &[Argument::Asset],
        run: |line, _| {
            let asset = line.rest().join(" ");
            if asset.is_empty() { line.wrong("a medium is missing") } else { Ok(Answer::Ask(Request::Cancel(asset))) }
        },
    },
    ConsoleCommand {
        words: "forget",
        aliases: &[],
        usage: "<medium>",
        doc: "Takes a medium that no sampler plays off the list.",
        complete: &[Argument::Asset],
        run: |line, transaction| {
            let path = line.rest().join(" ");
            if path.is_empty() {
                return line.wrong("a medium is missing");
            }
            transaction.apply(Command::RemoveAsset { path: Name::new(&path) })?;
            Answer::said("")
        },
    },
    ConsoleCommand {
        words: "missing",
        aliases: &[],
        usage: "",
        doc: "Lists the media that are missing, with the reasons.",
        complete: &[],
        run: |_, _| Ok(Answer::Ask(Request::Missing)),
    },
    ConsoleCommand {
        words: "trust",
        aliases: &[],
        usage: "[medium|all]",
        doc: "Lists the media of a loaded session that nobody has trusted on this machine, or trusts one, or all of them: they are opened, and not asked about again.",
        complete: &[Argument::Asset],
        run: |line, _| {
            let word = line.rest().join(" ");
            Ok(Answer::Ask(Request::Trust(match &*word {
                "" => TrustRequest::None,
                word if word.eq_ignore_ascii_case("all") => TrustRequest::All,
                _ => TrustRequest::One(word),
            })))
        },
    },
    ConsoleCommand {
        words: "distrust",
        aliases: &[],
        usage: "<medium>",
        doc: "Takes trust in a medium back: it is let go, and sessions that name it ask again.",
        complete: &[Argument::Asset],
        run: |line, _| {
            let asset = line.rest().join(" ");
            if asset.is_empty() { line.wrong("a medium is missing") } else { Ok(Answer::Ask(Request::Distrust(asset))) }
        },
    },
    ConsoleCommand {
        words: "relink",
        aliases: &[],
        usage: "<medium> [file]",
        doc: "Lets a medium, and all that play it, name another file; without one, what lies there now is taken.",
        complete: &[Argument::Asset, Argument::Free],
        run: |line, _| {
            let asset = line.word("a medium")?;
            let to = line.rest().join(" ");
            let to = if to.is_empty() { asset.clone() } else { to };
            Ok(Answer::Ask(Request::Relink { asset, to }))
        },
    },
    ConsoleCommand {
        words: "collect",
        aliases: &[],
        usage: "<folder>",
        doc: "Copies the session's media into the folder and names them there.",
        complete: &[Argument::Free],
        run: |line, _| {
            let folder = line.rest().join(" ");
            if folder.is_empty() { line.wrong("a folder is missing") } else { Ok(Answer::Ask(Request::Collect(folder))) }
        },
    },
];

fn list(_: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let project = transaction.project();
    if project.modules.is_empty() {
        return Answer::said("there is no module; add sampler makes one");
    }
    Answer::said(project.modules.iter().map(|(name, module)| format!("{name}: {}", module.kind)).collect::<Vec<_>>().join("\n"))
}

fn add(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let kind = line.word("a type")?;
    let name = line.next().map(|name| Name::new(&name));
    if module_type(&kind).is_none() {
        let known = || MODULES.iter().map(|kind| kind.name);
        let hint = did_you_mean_or(&kind, known(), || format!("there is {}", known().collect::<Vec<_>>().join(", ")));
        refuse!("there is no module type \"{kind}\"; {hint}");
    }
    match transaction.apply(Command::AddModule { kind: Name::new(&kind), name })? {
        Outcome::Added(name) => Answer::said(format!("added {name}")),
        _ => Answer::said("it is there already"),
    }
}

fn module(line: &mut Line<'_>, transaction: &Transaction) -> Result<Name, CommandError> {
    line.known("module", transaction.project().modules.keys())
}

fn split_at_dot(line: &mut Line<'_>, transaction: &Transaction) {
    line.split_at_dot(|word| transaction.project().modules.keys().any(|name| name.eq_ignore_ascii_case(word)));
}

fn remove(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let module = module(line, transaction)?;
    transaction.apply(Command::RemoveModule { module: module.clone() })?;
    Answer::said(format!("removed {module}"))
}

fn rename(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let module = module(line, transaction)?;
    let to = Name::new(&line.word("a name")?);
    transaction.apply(Command::RenameModule { module: module.clone(), to: to.clone() })?;
    Answer::said(format!("{module} is {to}"))
}

fn info(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = module(line, transaction)?;
    let project = transaction.project();
    let module = project.module(&name)?;
    let mut text = vec![format!("{name}: {}. {}", module.kind, module.module_type().doc)];
    for spec in module.module_type().params {
        text.push(shown(module, spec.name)?);
    }
    for (param, set) in module.params.iter().filter(|(param, _)| module.module_type().param(param).is_some_and(|p| p.input.is_some())) {
        text.push(format!("  {param} = {set}"));
    }
    for (index, sample) in module.samples.iter().enumerate() {
        let params = sample.params.iter().map(|(param, set)| format!(" {param}={set}")).collect::<String>();
        text.push(format!("  sample {index}: {}{params}", sample.asset));
    }
    text.extend(project.connections.iter().filter(|c| c.from == name || c.to == name).map(cable));
    if let Some(source) = project.bindings.get(&name) {
        text.push(format!("  plays {}", source.name()));
    }
    Answer::said(text.join("\n"))
}

/// One parameter with its range.
fn shown(module: &Module, param: &str) -> Result<String, CommandError> {
    let kind = module.module_type();
    let Some(found) = kind.param(param) else {
        let known = || kind.params.iter().chain(kind.per_input).map(|spec| spec.name);
        let hint = did_you_mean(param, known());
        refuse!("a {} has no parameter \"{param}\"{hint}", kind.name);
    };
    let set = module.param(param).unwrap_or_else(|| found.spec.default_value());
    let unit = if found.spec.unit.is_empty() { String::new() } else { format!(" {}", found.spec.unit) };
    let range = match found.spec.kind {
        crate::module::ParamKind::Toggle => "true or false".to_owned(),
        crate::module::ParamKind::Choice(names) => names.join(", "),
        crate::module::ParamKind::Text(_) => "a text".to_owned(),
        crate::module::ParamKind::Cuts => format!("{} to {}, onsets, or positions", found.spec.min, found.spec.max),
        _ => format!("{} to {}", found.spec.min, found.spec.max),
    };
    Ok(format!("  {} = {set}{unit} ({range})", kind.canonical(found)))
}

fn set(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    split_at_dot(line, transaction);
    let module = module(line, transaction)?;
    let kind = transaction.project().module(&module)?.module_type();
    let first = line.word("a parameter")?;
    let mut given = Vec::new();
    if first.contains('=') {
        for word in std::iter::once(first).chain(line.rest()) {
            let Some((param, set)) = word.split_once('=') else { return line.wrong(&format!("\"{word}\" has no =")) };
            given.push((canonical(kind, param), value(set)));
        }
    } else {
        given.push((canonical(kind, &first), value(&line.word("a value")?)));
    }
    for (param, set) in given {
        transaction.apply(Command::SetParameter { module: module.clone(), param, value: set })?;
    }
    Answer::said("")
}

/// A parameter's name whose case may differ; as written where it is unknown, so that the command says so.
fn canonical(kind: &ModuleType, written: &str) -> Name {
    if kind.param(written).is_some() {
        return Name::new(written);
    }
    let alike = kind
        .params
        .iter()
        .find(|spec| spec.name.eq_ignore_ascii_case(written) || spec.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(written)));
    alike.map_or_else(|| Name::new(written), |spec| Name::new(spec.name))
}

fn get(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    split_at_dot(line, transaction);
    let name = module(line, transaction)?;
    let found = transaction.project().module(&name)?;
    let param = canonical(found.module_type(), &line.word("a parameter")?);
    let moved = moved_by(transaction.project(), &name, &param).map(|by| format!("; {by}")).unwrap_or_default();
    Answer::said(format!("{name}: {}{moved}", shown(found, &param)?.trim_start()))
}

/// What moves a parameter, so that the value that is set for it is not what is heard.
fn moved_by(project: &Project, module: &Name, param: &Name) -> Option<String> {
    if let Some(link) = project.links.iter().find(|link| link.target.0 == *module && link.target.1 == *param) {
        let (from, number) = &link.source;
        return Some(format!("that is the value set, but it follows {from}.{number}"));
    }
    project.macros.iter().find_map(|(number, one)| {
        let target = one.targets.iter().find(|target| target.module == *module && target.param == *param)?;
        let (least, most) = (target.min, target.max);
        Some(format!("that is the value set, but macro {} moves it from {least} at 0 % to {most} at 100 %", number + 1))
    })
}

fn bpm(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    if line.is_empty() {
        let (playhead, own) = (transaction.playhead(), transaction.project().clock.bpm);
        return Answer::said(if playhead.host { format!("{} (the host's; internal {own})", playhead.bpm) } else { format!("{own}") });
    }
    let bpm = line.number("the tempo")?;
    transaction.apply(Command::SetBpm { bpm })?;
    let host = transaction.playhead().host && transaction.project().clock.source == crate::project::ClockSource::Host;
    Answer::said(if host { format!("the host gives the tempo; {bpm} is kept for the internal clock") } else { String::new() })
}

fn transport(transaction: &mut Transaction, action: TransportAction) -> Said {
    let (playhead, source) = (*transaction.playhead(), transaction.project().clock.source);
    transaction.apply(Command::SetTransport { action })?;
    let led = playhead.host && source == crate::project::ClockSource::Host;
    Answer::said(match action {
        TransportAction::Start if led && !playhead.rolling => "the host stands; this instance's internal clock runs until the host starts",
        TransportAction::Stop | TransportAction::Pause if led && playhead.rolling => {
            "this instance is silent while the host rolls; play lets it play along"
        }
        _ => "",
    })
}

fn route(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let (from, to) = (module(line, transaction)?, module(line, transaction)?);
    let kind = line.next().map(|word| port_kind(&word)).transpose().map_err(CommandError)?;
    transaction.apply(Command::Connect { from, to, kind, auto: false })?;
    Answer::said("")
}

fn unroute(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = module(line, transaction)?;
    let from = if line.takes("from") { Some(module(line, transaction)?) } else { None };
    // Lua's disconnect(a, b) needs no word between them, so its kind of line does not either.
    let names_other = |word: &str| port_kind(word).is_err();
    let to =
        if from.is_none() && (line.takes("to") || line.peek().is_some_and(names_other)) { Some(module(line, transaction)?) } else { None };
    let kind = line.next().map(|word| port_kind(&word)).transpose().map_err(CommandError)?;
    let both = from.is_none() && to.is_none();
    if from.is_some() || both {
        transaction.apply(Command::Disconnect { from, to: Some(name.clone()), kind })?;
    }
    if to.is_some() || both {
        transaction.apply(Command::Disconnect { from: Some(name), to, kind })?;
    }
    Answer::said("")
}

fn cable(cable: &crate::project::Connection) -> String {
    format!("  {} → {} ({}{})", cable.from_end(), cable.to_end(), cable.kind.word(), if cable.auto { ", by default" } else { "" })
}

fn connections(_: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let project: &Project = transaction.project();
    if project.connections.is_empty() {
        return Answer::said("there is no cable; route lays one");
    }
    Answer::said(project.connections.iter().map(|c| cable(c).trim_start().to_owned()).collect::<Vec<_>>().join("\n"))
}
