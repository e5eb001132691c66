//! Shaders of modules: which one a module has decides which parameters there are.

use super::{Project, apply::Checked};
use crate::{
    command::{CommandError, Outcome, refuse},
    module::{ParamKind, ParamSpec, Value, event_params, shader as module_shader},
    name::{Name, did_you_mean_or},
    shader::{Interface, builtin, is_file},
};

impl Project {
    /// Every parameter that a trigger can set in this session: [`event_params`], then those of the shader files its modules
    /// draw with. A name may come several times, with several ranges.
    pub fn event_params(&self) -> impl Iterator<Item = &'static ParamSpec> {
        let files = self.modules.values().filter(|module| module.interface.is_some()).flat_map(|module| module.module_type().params);
        event_params().chain(files.filter(|spec| !matches!(spec.kind, ParamKind::Text(_))))
    }

    /// The first of [`Self::event_params`] that has this name.
    #[must_use]
    pub fn event_param(&self, name: &str) -> Option<&'static ParamSpec> {
        self.event_params().find(|spec| spec.is_called(name))
    }

    /// The shader files that modules draw with, each once.
    pub fn shader_files(&self) -> impl Iterator<Item = &Name> {
        let files: std::collections::BTreeSet<&Name> = self.modules.values().filter_map(|module| module.shader_file()).collect();
        files.into_iter()
    }

    pub(super) fn set_shader(&mut self, module: &str, shader: &Name, interface: Option<Interface>) -> Checked {
        let kind = self.module(module)?.module_type();
        let Some(found) = kind.param(module_shader::SHADER).filter(|found| matches!(found.spec.kind, ParamKind::Text(_))) else {
            refuse!("{module} is a {} and takes no shader; videoSource and videoFx do", kind.name);
        };
        let interface = checked(module, kind.name, shader, interface)?;
        if is_file(shader) {
            self.add_asset(shader)?;
        }
        let value = Value::Text(shader.clone());
        let changed = self.edit_module(module, |m| {
            if value == found.spec.default_value() {
                m.params.remove(module_shader::SHADER);
            } else {
                m.params.insert(Name::new(module_shader::SHADER), value);
            }
            m.interface = interface;
        });
        if changed == Outcome::Changed {
            self.refit(module);
        }
        Ok(changed)
    }
}

/// The interface to keep: a file's own, none for a built-in, whose parameters are known.
fn checked(module: &str, kind: &str, shader: &str, interface: Option<Interface>) -> Result<Option<Interface>, CommandError> {
    if shader.is_empty() || builtin::find(shader).is_some_and(|found| module_shader::suits(found, kind)) {
        return Ok(None);
    }
    if is_file(shader) && interface.is_some() {
        return Ok(interface);
    }
    if is_file(shader) {
        refuse!("{module}: {shader} has not been read; name it from a script or the console");
    }
    let known = || builtin::all().iter().filter(|known| module_shader::suits(known, kind)).map(|known| known.name);
    if builtin::find(shader).is_some() {
        let other = if kind == module_shader::FX.name { module_shader::SOURCE.name } else { module_shader::FX.name };
        refuse!("{module} is a {kind}, and {shader} is for a {other}; a {kind} draws with {}", known().collect::<Vec<_>>().join(", "));
    }
    let hint = did_you_mean_or(shader, known(), || known().collect::<Vec<_>>().join(", "));
    refuse!("{module}: there is no shader \"{shader}\"; name a .wgsl or .fs file, or a built-in one: {hint}")
}
