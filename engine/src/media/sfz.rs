//! SFZ: instruments as text, whose regions say which file sounds for which notes (<https://sfzformat.com>).

use std::collections::BTreeMap;

/// The opcodes of a region, those of its group and of all included.
pub type Region = BTreeMap<String, String>;

/// Most regions that are read.
const MOST: usize = 4096;

/// The opcodes that are kept; others have no counterpart.
const KEPT: &[&str] = &[
    "sample",
    "default_path",
    "key",
    "lokey",
    "hikey",
    "pitch_keycenter",
    "lovel",
    "hivel",
    "transpose",
    "tune",
    "pitch",
    "volume",
    "pan",
    "offset",
    "end",
    "loop_start",
    "loopstart",
    "loop_end",
    "loopend",
    "loop_mode",
    "loopmode",
    "ampeg_attack",
    "ampeg_decay",
    "ampeg_sustain",
    "ampeg_release",
];
/// Most bytes of a value. Regions hold what stands above them again and again.
const LONGEST: usize = 512;

/// Reads the regions of an instrument; `default_path` of its control stands before each file's name.
///
/// # Errors
/// What can't be read, in words, with its line.
pub fn regions(text: &str) -> Result<Vec<Region>, String> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(uncommented(text).lines()) {
        reader.line(line).map_err(|why| format!("line {number}: {why}"))?;
        if reader.regions.len() > MOST {
            return Err(format!("it has more than {MOST} regions"));
        }
    }
    Ok(reader.regions)
}

/// The text without its comments.
fn uncommented(text: &str) -> String {
    let (mut left, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("/*") {
        left.push_str(&rest[..at]);
        let block = &rest[at..];
        let end = block.find("*/").map_or(block.len(), |end| end + 2);
        // Lines keep their numbers.
        left.extend(block[..end].chars().filter(|c| *c == '\n'));
        rest = &block[end..];
    }
    left.push_str(rest);
    left.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// What opcodes belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Control,
    Global,
    Master,
    Group,
    Region,
    #[default]
    Other,
}

#[derive(Default)]
struct Reader {
    scope: Scope,
    control: Region,
    /// Of all, of a master, of a group.
    shared: [Region; 3],
    regions: Vec<Region>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim_start().starts_with('#') {
            return Err(format!("{} is not followed; write what it stands for", line.split_whitespace().next().unwrap_or_default()));
        }
        // A value may hold blanks: it ends where the next opcode or header begins.
        let mut last: Option<&str> = None;
        let line = line.replace('<', " <").replace('>', "> ");
        for token in line.split_whitespace() {
            if let Some(header) = token.strip_prefix('<').and_then(|token| token.strip_suffix('>')) {
                self.begin(header);
                last = None;
            } else if let Some((name, value)) = token.split_once('=').filter(|(name, _)| is_opcode(name)) {
                if KEPT.contains(&name) {
                    within(value)?;
                    self.opcodes().insert(name.to_owned(), value.to_owned());
                }
                last = Some(name);
            } else if let Some(name) = last {
                if let Some(value) = self.opcodes().get_mut(name) {
                    value.push(' ');
                    value.push_str(token);
                    within(value)?;
                }
            } else {
                return Err(format!("\"{token}\" is neither a header nor an opcode"));
            }
        }
        Ok(())
    }

    fn begin(&mut self, header: &str) {
        self.scope = match header {
            "control" => Scope::Control,
            "global" => Scope::Global,
            "master" => Scope::Master,
            "group" => Scope::Group,
            "region" => Scope::Region,
            _ => Scope::Other,
        };
        match self.scope {
            Scope::Region => {
                let mut region = Region::new();
                self.shared.iter().for_each(|shared| region.extend(shared.clone()));
                if let Some(folder) = self.control.get("default_path") {
                    region.insert("default_path".to_owned(), folder.clone());
                }
                self.regions.push(region);
            }
            // What lies within ends with it.
            Scope::Global => self.shared = Default::default(),
            Scope::Master => self.shared[1..].iter_mut().for_each(Region::clear),
            Scope::Group => self.shared[2].clear(),
            Scope::Control | Scope::Other => {}
        }
    }

    fn opcodes(&mut self) -> &mut Region {
        let [global, master, group] = &mut self.shared;
        match self.scope {
            Scope::Global => global,
            Scope::Master => master,
            Scope::Group => group,
            Scope::Region => match self.regions.last_mut() {
                Some(region) => region,
                None => &mut self.control,
            },
            Scope::Control | Scope::Other => &mut self.control,
        }
    }
}

/// Refuses a value that is too long.
fn within(value: &str) -> Result<(), String> {
    if value.len() > LONGEST { Err(format!("a value has more than {LONGEST} bytes")) } else { Ok(()) }
}

fn is_opcode(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn regions_have_what_stands_above_them() {
        let text = "// a piano\n<control> default_path=samples/\n<global> ampeg_release=0.5 /* all\nof it */ volume=-3\n<group> lovel=0 hivel=63\n\
                    <region>sample=soft a3.wav key=57\n<region> sample=c4.wav lokey=58 hikey=127 volume=0\n<group>\n<region> sample=b.wav";
        let all = regions(text).unwrap();
        let get = |place: usize, name: &str| all[place].get(name).map(String::as_str);
        assert_eq!(all.len(), 3);
        assert_eq!((get(0, "sample"), get(0, "key"), get(0, "hivel")), (Some("soft a3.wav"), Some("57"), Some("63")));
        assert_eq!((get(0, "volume"), get(1, "volume"), get(2, "volume")), (Some("-3"), Some("0"), Some("-3")));
        assert_eq!((get(2, "hivel"), get(2, "ampeg_release"), get(2, "default_path")), (None, Some("0.5"), Some("samples/")));
        assert!(regions("<region> sample=a.wav\n#include \"b.sfz\"").unwrap_err().starts_with("line 2: #include"));
        assert!(regions("nonsense").unwrap_err().contains("nonsense"));
        assert_eq!(regions("").unwrap(), Vec::<Region>::new());
        let labelled = regions("<region> sample=a.wav region_label=soft and low key=60").unwrap();
        assert_eq!((labelled[0].get("region_label"), labelled[0].get("key").map(String::as_str)), (None, Some("60")));
    }

    #[test]
    fn what_regions_share_is_bounded() {
        let many: String = (0..100_000).map(|n| format!("opcode{n}=1 ")).collect();
        let all = regions(&format!("<global> {many}\n{}", "<region> sample=a.wav ".repeat(4096))).unwrap();
        assert!(all.len() == 4096 && all.iter().all(|region| region.len() == 1));
        assert!(regions(&format!("<control> default_path={}", "x".repeat(900_000))).is_err());
        assert!(regions(&format!("<control> default_path={}", "x ".repeat(900_000))).is_err());
    }
}
