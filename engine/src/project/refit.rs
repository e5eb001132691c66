//! Modules whose type changed under them: what fits the new one stays.

use super::{Project, apply::Checked};
use crate::{
    command::Outcome,
    module::{ModuleType, ParamKind, ParamRef, Port, Value},
    name::Name,
};

impl Project {
    /// Sets the parameter on which a module's other parameters depend.
    pub(super) fn set_deciding(&mut self, module: &str, param: &Name, value: Value, default: &Value) -> Checked {
        let changed = self.edit_module(module, |m| {
            if value == *default {
                m.params.remove(param);
            } else {
                m.params.insert(param.clone(), value);
            }
        });
        if changed == Outcome::Changed {
            self.refit(module);
        }
        Ok(changed)
    }

    /// Drops what a module's type has no place for: parameters of another name or range, cables to ports that are gone, and links
    /// and macros that would move nothing.
    pub(super) fn refit(&mut self, module: &str) {
        self.edit_module(module, |m| {
            let now = m.module_type();
            m.params.retain(|name, value| {
                known(now, name)
                    .is_some_and(|found| found.spec.check(value).is_ok_and(|same| same == *value) && *value != found.spec.default_value())
            });
        });
        let Some(kind) = self.modules.get(module).map(|m| m.module_type()) else { return };
        self.remove_cables(|cable| {
            let has = |ports: &[Port], name: Option<&str>| {
                ports.iter().any(|port| port.kind == cable.kind && name.is_none_or(|name| port.name == name))
            };
            (&*cable.from == module && !has(kind.outputs, cable.output())) || (&*cable.to == module && !has(kind.inputs, cable.input()))
        });
        let fits = |name: &Name, param: &Name, ends: [Option<f64>; 2]| {
            &**name != module
                || known(kind, param).is_some_and(|found| {
                    !matches!(found.spec.kind, ParamKind::Text(_))
                        && ends.into_iter().flatten().all(|end| (found.spec.min..=found.spec.max).contains(&end))
                })
        };
        let makes = |name: &Name, number: &Name| &**name == module && kind.number(number).is_some();
        self.links.retain(|l| {
            (makes(&l.source.0, &l.source.1) || fits(&l.source.0, &l.source.1, [None; 2])) && fits(&l.target.0, &l.target.1, [l.min, l.max])
        });
        self.each_macro(|m| m.targets.retain(|t| fits(&t.module, &t.param, [Some(t.min), Some(t.max)])));
    }
}

/// A parameter by its own name: what only answers to that name is another one.
fn known(kind: &'static ModuleType, name: &Name) -> Option<ParamRef> {
    kind.param(name).filter(|found| kind.canonical(*found) == *name)
}
