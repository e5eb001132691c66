//! The parameters the host sees. Their ids stand for ever; saved sessions and automation name them.

use std::{collections::BTreeMap, sync::Arc};

use nice_plug::{
    formatters,
    params::{BoolParam, FloatParam, IntParam, Param, Params, range::FloatRange, range::IntRange},
    plugin::ParamValue,
};
use videotracker_engine::project::MACROS;

use crate::{instance::Instance, state::SessionField};

/// Every host parameter, in the host's order, and the saved session.
#[derive(Params, Debug)]
pub struct HostParams {
    /// Level of everything that leaves the plugin, linear.
    #[id = "master"]
    pub master: FloatParam,
    /// Opacity of the whole picture.
    #[id = "opacity"]
    pub opacity: FloatParam,
    /// Silent and dark while it is on; the song moves on.
    #[id = "bypass"]
    pub bypass: BoolParam,
    /// Values that scripts name and map.
    #[nested(array)]
    pub macros: [MacroParam; MACROS],
    /// Moves when the session changes, so that the host knows that there is something to save.
    #[id = "edits"]
    pub edits: IntParam,
    /// The session, the draft and the layout.
    #[persist = "session"]
    pub session: SessionField,
}

/// One macro. Its ids become `macro_1` … `macro_64`.
#[derive(Params, Debug)]
pub struct MacroParam {
    /// 0–1; what it drives is the script's business.
    #[id = "macro"]
    pub value: FloatParam,
}

/// One more than the highest edit count; the count wraps there.
pub const EDITS: i32 = 1 << 16;

impl HostParams {
    /// Parameters at their defaults, tied to an instance.
    #[must_use]
    pub fn new(instance: &Arc<Instance>) -> Self {
        let level = FloatRange::Linear { min: 0.0, max: 1.0 };
        Self {
            master: FloatParam::new("Master volume", 1.0, level)
                .with_unit(" dB")
                .with_value_to_string(formatters::v2s_f32_gain_to_db(2))
                .with_string_to_value(formatters::s2v_f32_gain_to_db()),
            opacity: FloatParam::new("Video opacity", 1.0, level)
                .with_unit(" %")
                .with_value_to_string(formatters::v2s_f32_percentage(1))
                .with_string_to_value(formatters::s2v_f32_percentage()),
            bypass: BoolParam::new("Bypass", false)
                .with_value_to_string(formatters::v2s_bool_bypass())
                .with_string_to_value(formatters::s2v_bool_bypass())
                .make_bypass(),
            macros: std::array::from_fn(|index| MacroParam::new(instance, index)),
            edits: IntParam::new("Edits", 0, IntRange::Linear { min: 0, max: EDITS - 1 }).non_automatable().hide(),
            session: SessionField(Arc::downgrade(instance)),
        }
    }

    /// Parameters that the instance can read, too: its states hold a copy of their values, and macros are moved through them.
    #[must_use]
    pub fn shared(instance: &Arc<Instance>) -> Arc<Self> {
        let params = Arc::new(Self::new(instance));
        instance.desk().meet(&params);
        params
    }

    /// The ids of all parameters, in the host's order.
    pub fn ids() -> impl Iterator<Item = String> {
        let macros = (1..=MACROS).map(|number| format!("macro_{number}"));
        ["master", "opacity", "bypass"].into_iter().map(str::to_owned).chain(macros).chain(["edits".to_owned()])
    }

    /// Every parameter's value by id, as nice-plug saves it: without modulation.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, ParamValue> {
        let float = |param: &FloatParam| ParamValue::F32(param.unmodulated_plain_value());
        let mut values = vec![float(&self.master), float(&self.opacity), ParamValue::Bool(self.bypass.unmodulated_plain_value())];
        values.extend(self.macros.iter().map(|one| float(&one.value)));
        values.push(ParamValue::I32(self.edits.unmodulated_plain_value()));
        Self::ids().zip(values).collect()
    }

    /// The values that knobs show, with what the host modulates.
    #[must_use]
    pub fn shown(&self) -> Vec<f32> {
        [&self.master, &self.opacity].into_iter().chain(self.macros.iter().map(|one| &one.value)).map(FloatParam::value).collect()
    }
}

impl MacroParam {
    fn new(instance: &Arc<Instance>, index: usize) -> Self {
        let instance = Arc::downgrade(instance);
        let name = move || instance.upgrade().map(|instance| macro_name(&instance, index)).unwrap_or_default();
        let value = FloatParam::new(format!("Macro {}", index + 1), 0.0, FloatRange::Linear { min: 0.0, max: 1.0 })
            .with_value_to_string(Arc::new(move |value| macro_text(value, &name())))
            .with_string_to_value(Arc::new(macro_value));
        Self { value }
    }
}

/// The name the session gives a macro, or nothing.
#[must_use]
pub fn macro_name(instance: &Instance, index: usize) -> String {
    let snapshot = instance.engine.snapshot();
    u32::try_from(index).ok().and_then(|index| snapshot.project.macros.get(&index)).map(|named| named.name.to_string()).unwrap_or_default()
}

/// `42.0 %`, and the name behind it where there is one: hosts show a parameter's name as fixed, its value text not.
fn macro_text(value: f32, name: &str) -> String {
    let number = format!("{:.1} %", value * 100.0);
    if name.is_empty() { number } else { format!("{number} · {name}") }
}

fn macro_value(text: &str) -> Option<f32> {
    let number = text.split(['%', '·']).next()?.trim();
    number.parse::<f32>().ok().filter(|percent| percent.is_finite()).map(|percent| (percent / 100.0).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_is_the_master_and_ids_are_for_ever() {
        let params = HostParams::new(&Arc::default());
        let ids: Vec<String> = params.param_map().into_iter().map(|(id, ..)| id).collect();
        let mut expected = vec!["master".to_owned(), "opacity".to_owned(), "bypass".to_owned()];
        expected.extend((1..=MACROS).map(|number| format!("macro_{number}")));
        expected.push("edits".to_owned());
        assert_eq!(ids, expected);
        assert!(HostParams::ids().eq(expected));
        assert_eq!(params.values().len(), MACROS + 4);
    }

    #[test]
    fn macro_texts_are_read_back() {
        for (value, name) in [(0.0, ""), (0.425, "LFO 2 depth"), (1.0, "100 % wild · yes")] {
            assert_eq!(macro_value(&macro_text(value, name)), Some(value), "{name}");
        }
        assert_eq!(macro_value("loud"), None);
        assert_eq!(macro_value("250"), Some(1.0));
        assert_eq!(macro_value("NaN"), None);
    }
}
