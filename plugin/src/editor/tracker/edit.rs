//! Changes of a tracker pattern, each as a whole: the panel sends what comes out as one command.

use videotracker_engine::pattern::{
    Column, Step, Tracker,
    tracker::{MAX_LENGTH, MAX_STEPS},
};

use super::{
    cells::{Field, Held, Words},
    cursor::Area,
};

/// A pattern that is being changed, with its columns.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// The pattern.
    pub tracker: Tracker,
    /// Its columns.
    pub fields: &'a [Field],
}

/// Random numbers that follow from a seed: SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Clone, Copy, Debug)]
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Sheet<'_> {
    fn fields(&self, area: &Area) -> impl Iterator<Item = Field> + use<> {
        self.fields.get(area.columns.clone()).unwrap_or_default().to_vec().into_iter()
    }

    fn held(&self, line: usize, field: &Field) -> Held {
        self.tracker.steps.get(line).map_or(Held::Nothing, |step| field.held(step))
    }

    fn put(&mut self, line: usize, field: &Field, held: Held) {
        if let Some(step) = self.tracker.steps.get_mut(line).filter(|_| line < self.tracker.length) {
            field.put(step, held);
        }
    }

    /// What the lines of an area hold in a column.
    fn strip(&self, area: &Area, field: &Field) -> Vec<Held> {
        area.lines.clone().map(|line| self.held(line, field)).collect()
    }

    fn put_strip(&mut self, begin: usize, field: &Field, strip: impl IntoIterator<Item = Held>) {
        for (line, held) in (begin..).zip(strip) {
            self.put(line, field, held);
        }
    }

    /// Adds a column where it is not there.
    fn need(&mut self, column: Column) {
        if !self.tracker.columns.contains(&column) {
            self.tracker.columns.push(column);
        }
    }

    /// Puts something into one cell.
    pub fn set(&mut self, line: usize, column: usize, held: Held) {
        if let Some(field) = self.fields.get(column).cloned() {
            self.put(line, &field, held);
        }
    }

    /// Empties the cells.
    pub fn clear(&mut self, area: &Area) {
        for field in self.fields(area) {
            area.lines.clone().for_each(|line| self.put(line, &field, Held::Nothing));
        }
    }

    /// Pushes what stands at a line and below a line down; the last one goes.
    pub fn push_down(&mut self, area: &Area) {
        let at = area.lines.start;
        let below = Area { lines: at..self.tracker.length.saturating_sub(1), columns: area.columns.clone() };
        for field in self.fields(area) {
            let strip = self.strip(&below, &field);
            self.put_strip(at + 1, &field, strip);
            self.put(at, &field, Held::Nothing);
        }
    }

    /// Takes out what stands at a line; what stands below comes up.
    pub fn pull_up(&mut self, area: &Area) {
        let (at, last) = (area.lines.start, self.tracker.length.saturating_sub(1));
        let below = Area { lines: at + 1..last + 1, columns: area.columns.clone() };
        for field in self.fields(area) {
            let strip = self.strip(&below, &field);
            self.put_strip(at, &field, strip);
            self.put(last, &field, Held::Nothing);
        }
    }

    /// Moves what stands in an area down, or up where `by` is negative; what leaves at one end comes in at the other where it
    /// `turns`.
    pub fn slide(&mut self, area: &Area, by: isize, turns: bool) {
        for field in self.fields(area) {
            let mut strip = self.strip(area, &field);
            if strip.is_empty() {
                return;
            }
            let count = by.unsigned_abs() % strip.len();
            if by >= 0 {
                strip.rotate_right(count)
            } else {
                strip.rotate_left(count)
            }
            if !turns {
                let length = strip.len();
                let came = if by >= 0 { 0..count } else { length - count..length };
                strip[came].fill(Held::Nothing);
            }
            self.put_strip(area.lines.start, &field, strip);
        }
    }

    /// Raises notes by semitones and numbers by their smallest step, those with a point by a hundredth of their range.
    pub fn raise(&mut self, area: &Area, by: f64) {
        for field in self.fields(area) {
            let (low, high) = field.range();
            let unit = if field.is_whole() { 1.0 } else { ((high - low) / 100.0).min(1.0) };
            for line in area.lines.clone() {
                if let Held::Number(number) = self.held(line, &field) {
                    let next = field.within(by.mul_add(unit, number));
                    self.put(line, &field, Held::Number(if field.is_whole() { next } else { rounded(next) }));
                }
            }
        }
    }

    /// Fills in a straight line what stands between the first and the last number of each column.
    #[allow(clippy::cast_precision_loss, reason = "lines")]
    pub fn interpolate(&mut self, area: &Area) {
        for field in self.fields(area) {
            let numbers: Vec<(usize, f64)> = area
                .lines
                .clone()
                .filter_map(|line| if let Held::Number(number) = self.held(line, &field) { Some((line, number)) } else { None })
                .collect();
            let (Some((from, begin)), Some((to, end))) = (numbers.first(), numbers.last()) else { continue };
            for line in *from + 1..*to {
                let share = (line - from) as f64 / (to - from) as f64;
                self.put(line, &field, Held::Number(field.within(rounded(share.mul_add(end - begin, *begin)))));
            }
        }
    }

    /// Throws dice for the cells of each column: those of steps that sound; where notes and samples are thrown, those that are there
    /// already, within what they span.
    pub fn randomise(&mut self, area: &Area, mut dice: Dice, words: &Words) {
        for field in self.fields(area) {
            let is_trigger = matches!(field.column, Column::Index | Column::Note);
            let sounds = |sheet: &Self, line: usize| {
                let held = if is_trigger { sheet.held(line, &field) != Held::Nothing } else { !sheet.tracker.steps[line].is_rest() };
                held && line < sheet.tracker.length
            };
            let sounding: Vec<usize> = area.lines.clone().filter(|line| *line < self.tracker.length && sounds(self, *line)).collect();
            let lines = if sounding.is_empty() { area.lines.clone().collect() } else { sounding };
            let (low, high) = self.span(&field, &lines, words);
            for line in lines {
                let held = if field.column == Column::Ratio {
                    let of = 1 + dice.next() % 4;
                    let turn = 1 + dice.next() % of;
                    let part = |part: u64| u32::try_from(part).unwrap_or(1);
                    if of == 1 { Held::Nothing } else { Held::Ratio(part(turn), part(of)) }
                } else if field.is_whole() {
                    Held::Number(field.within((dice.share() * (high - low + 1.0)).floor() + low))
                } else {
                    Held::Number(field.within(rounded(dice.share().mul_add(high - low, low))))
                };
                self.put(line, &field, held);
            }
        }
    }

    /// Between which values dice are thrown.
    #[allow(clippy::cast_precision_loss, reason = "a session has far fewer samples")]
    fn span(&self, field: &Field, lines: &[usize], words: &Words) -> (f64, f64) {
        let numbers = lines.iter().filter_map(|line| if let Held::Number(number) = self.held(*line, field) { Some(number) } else { None });
        let (low, high) = numbers.fold((f64::MAX, f64::MIN), |(low, high), number| (low.min(number), high.max(number)));
        let known = low <= high;
        match field.column {
            Column::Note if known => (low, high.max(low + 12.0)),
            Column::Note => (48.0, 72.0),
            Column::Index if !words.samples.is_empty() => (0.0, words.samples.len() as f64 - 1.0),
            Column::Index => (0.0, if known { high.max(3.0) } else { 3.0 }),
            Column::Length => (1.0, 4.0),
            _ if field.spec.is_none() && field.column != Column::Chance => {
                if known && low < high {
                    (low, high)
                } else {
                    (0.0, 1.0)
                }
            }
            _ => field.range(),
        }
    }

    /// Lets each step of the area that sounds last until the next one, the last until the pattern ends.
    pub fn legato(&mut self, area: &Area) {
        let length = self.tracker.length;
        let sounding: Vec<usize> = (0..length).filter(|line| !self.tracker.steps[*line].is_rest()).collect();
        for (place, line) in sounding.iter().enumerate().filter(|(_, line)| area.lines.contains(line)) {
            let next = sounding.get(place + 1).copied().unwrap_or(length);
            self.tracker.steps[*line].length = steps_between(*line, next);
        }
        self.need(Column::Length);
    }

    /// Lets the step that sounds above a line end there.
    pub fn end_note(&mut self, line: usize) {
        let above = (0..line).rev().find(|line| self.tracker.steps.get(*line).is_some_and(|step| !step.is_rest()));
        if let Some(above) = above {
            self.tracker.steps[above].length = steps_between(above, line);
            self.need(Column::Length);
        }
    }

    /// How many steps play; those that are cut stay behind the end.
    pub fn set_length(&mut self, length: usize) {
        let length = length.clamp(1, MAX_STEPS);
        if self.tracker.steps.len() < length {
            self.tracker.steps.resize(length, Step::default());
        }
        self.tracker.length = length;
    }

    /// Makes the pattern twice as long, the second half as the first.
    pub fn double(&mut self) {
        let half = self.tracker.steps[..self.tracker.length].to_vec();
        let length = (half.len() * 2).min(MAX_STEPS);
        self.set_length(length);
        self.tracker.steps[half.len()..length].clone_from_slice(&half[..length - half.len()]);
    }

    /// Makes the pattern half as long; the second half stays behind its end.
    pub fn halve(&mut self) {
        self.set_length(self.tracker.length.div_ceil(2));
    }

    /// Puts a rest after each step.
    pub fn expand(&mut self) {
        let steps = self.tracker.steps[..self.tracker.length].to_vec();
        let length = (steps.len() * 2).min(MAX_STEPS);
        self.set_length(length);
        for (line, step) in self.tracker.steps[..length].iter_mut().enumerate() {
            *step = if line % 2 == 0 { steps.get(line / 2).cloned().unwrap_or_default() } else { Step::default() };
        }
    }

    /// Keeps every second step.
    pub fn shrink(&mut self) {
        let kept: Vec<Step> = self.tracker.steps[..self.tracker.length].iter().step_by(2).cloned().collect();
        self.set_length(kept.len());
        self.tracker.steps[..kept.len()].clone_from_slice(&kept);
    }

    /// An area as text: a line for each line, a tab between columns, a dot where nothing is.
    #[must_use]
    pub fn copy(&self, area: &Area) -> String {
        let fields: Vec<Field> = self.fields(area).collect();
        let cell = |line: usize, field: &Field| match self.held(line, field) {
            Held::Nothing => ".".to_owned(),
            held => field.written(held),
        };
        let line = |line: usize| fields.iter().map(|field| cell(line, field)).collect::<Vec<_>>().join("\t");
        area.lines.clone().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Puts copied text in from a cell on; says how far it reached, and what could not be read.
    pub fn paste(&mut self, (line, column): (usize, usize), text: &str, words: &Words) -> (Area, Option<String>) {
        let (mut refused, mut reached) = (None, Area { lines: line..line + 1, columns: column..column + 1 });
        let rows = text.trim_end_matches(['\r', '\n']).split('\n').map(|row| row.trim_end_matches('\r'));
        // Only those that there is room for.
        for (line, row) in (line..self.tracker.length).zip(rows) {
            reached.lines.end = line + 1;
            for (at, cell) in row.split('\t').enumerate() {
                let Some(field) = self.fields.get(column + at).cloned() else { break };
                reached.columns.end = reached.columns.end.max(column + at + 1);
                match field.read(cell, self.held(line, &field), words) {
                    Ok(held) => self.put(line, &field, held),
                    Err(why) => refused = refused.or(Some(why)),
                }
            }
        }
        (reached, refused)
    }

    /// Writes an area once more below itself; the area that it fills there.
    #[must_use]
    pub fn duplicate(&mut self, area: &Area) -> Area {
        let begin = area.lines.end;
        for field in self.fields(area) {
            let strip = self.strip(area, &field);
            self.put_strip(begin, &field, strip);
        }
        let end = (begin + area.lines.len()).min(self.tracker.length);
        Area { lines: begin.min(end.saturating_sub(1))..end, columns: area.columns.clone() }
    }
}

fn steps_between(from: usize, to: usize) -> u32 {
    u32::try_from(to - from).unwrap_or(MAX_LENGTH).clamp(1, MAX_LENGTH)
}

/// Four digits are more than a hand can aim at, and read well in the script.
fn rounded(number: f64) -> f64 {
    if number.abs() < 1e9 { (number * 1e4).round() / 1e4 } else { number }
}

#[cfg(test)]
mod tests {
    use videotracker_engine::project::Project;

    use super::*;

    /// Lines of `index/note/volume`, with dots for nothing.
    fn sheet(lines: &[&str]) -> Tracker {
        let mut tracker = Tracker::new(lines.len());
        tracker.columns = vec![Column::Index, Column::Note, Column::Param("volume".into())];
        let fields = fields(&tracker);
        let mut sheet = Sheet { tracker, fields: &fields };
        let (_, refused) = sheet.paste((0, 0), &lines.join("\n").replace('/', "\t"), &Words::default());
        assert_eq!(refused, None);
        sheet.tracker
    }

    fn fields(tracker: &Tracker) -> Vec<Field> {
        tracker.columns.iter().map(|column| Field::of(&Project::default(), column)).collect()
    }

    fn lines(tracker: &Tracker) -> Vec<String> {
        let fields = fields(tracker);
        let shown = |step: &Step| {
            let cells = fields.iter().map(|field| match field.written(field.held(step)) {
                text if text.is_empty() => ".".to_owned(),
                text => text,
            });
            cells.take(3).collect::<Vec<_>>().join("/")
        };
        tracker.steps[..tracker.length].iter().map(shown).collect()
    }

    type Change = fn(&mut Sheet<'_>, &Area);

    #[test]
    fn each_change_does_what_trackers_do() {
        let area = |lines: std::ops::Range<usize>, columns: std::ops::Range<usize>| Area { lines, columns };
        let before = ["0/C-4/0", "././.", "1/D-4/.", "././1"];
        let table: [(&str, Change, Area, &[&str]); 18] = [
            ("clear", |sheet, area| sheet.clear(area), area(0..3, 1..2), &["0/./0", "././.", "1/./.", "././1"]),
            ("push a cell down", |sheet, area| sheet.push_down(area), area(0..1, 0..1), &["./C-4/0", "0/./.", "./D-4/.", "1/./1"]),
            ("push lines down", |sheet, area| sheet.push_down(area), area(2..3, 0..3), &["0/C-4/0", "././.", "././.", "1/D-4/."]),
            ("pull up", |sheet, area| sheet.pull_up(area), area(1..2, 0..3), &["0/C-4/0", "1/D-4/.", "././1", "././."]),
            ("shift", |sheet, area| sheet.slide(area, 1, false), area(0..4, 0..3), &["././.", "0/C-4/0", "././.", "1/D-4/."]),
            ("rotate", |sheet, area| sheet.slide(area, -1, true), area(0..4, 2..3), &["0/C-4/.", "././.", "1/D-4/1", "././0"]),
            ("transpose", |sheet, area| sheet.raise(area, 12.0), area(0..4, 1..2), &["0/C-5/0", "././.", "1/D-5/.", "././1"]),
            ("lower", |sheet, area| sheet.raise(area, -1.0), area(0..4, 0..3), &["0/B-3/0", "././.", "0/C#4/.", "././0.98"]),
            ("interpolate", |sheet, area| sheet.interpolate(area), area(0..4, 2..3), &["0/C-4/0", "././0.3333", "1/D-4/0.6667", "././1"]),
            ("interpolate notes", |sheet, area| sheet.interpolate(area), area(0..4, 1..2), &["0/C-4/0", "./C#4/.", "1/D-4/.", "././1"]),
            (
                "double",
                |sheet, _| sheet.double(),
                area(0..1, 0..1),
                &["0/C-4/0", "././.", "1/D-4/.", "././1", "0/C-4/0", "././.", "1/D-4/.", "././1"],
            ),
            ("halve", |sheet, _| sheet.halve(), area(0..1, 0..1), &["0/C-4/0", "././."]),
            ("halve and double", |sheet, _| (sheet.halve(), sheet.double()).1, area(0..1, 0..1), &["0/C-4/0", "././.", "0/C-4/0", "././."]),
            ("halve and lengthen", |sheet, _| (sheet.halve(), sheet.set_length(4)).1, area(0..1, 0..1), &before),
            (
                "expand",
                |sheet, _| sheet.expand(),
                area(0..1, 0..1),
                &["0/C-4/0", "././.", "././.", "././.", "1/D-4/.", "././.", "././1", "././."],
            ),
            ("shrink", |sheet, _| sheet.shrink(), area(0..1, 0..1), &["0/C-4/0", "1/D-4/."]),
            ("duplicate", |sheet, area| drop(sheet.duplicate(area)), area(0..2, 0..3), &["0/C-4/0", "././.", "0/C-4/0", "././."]),
            ("duplicate to the end", |sheet, area| drop(sheet.duplicate(area)), area(2..4, 0..3), &before),
        ];
        for (what, change, area, after) in table {
            let tracker = sheet(&before);
            let fields = fields(&tracker);
            let mut sheet = Sheet { tracker, fields: &fields };
            change(&mut sheet, &area);
            assert_eq!(lines(&sheet.tracker), after, "{what}");
            assert_eq!(sheet.tracker.check(), Ok(()), "{what}");
        }
    }

    #[test]
    fn steps_last_until_the_next_one_or_until_they_are_ended() {
        let tracker = sheet(&["0/./.", "././.", "././.", "1/./.", "././."]);
        let fields = fields(&tracker);
        let lengths = |tracker: &Tracker| tracker.steps.iter().map(|step| step.length).collect::<Vec<_>>();
        let mut sheet = Sheet { tracker: tracker.clone(), fields: &fields };
        sheet.legato(&Area { lines: 0..5, columns: 0..1 });
        assert_eq!((lengths(&sheet.tracker), sheet.tracker.columns.last()), (vec![3, 1, 1, 2, 1], Some(&Column::Length)));
        let mut sheet = Sheet { tracker, fields: &fields };
        sheet.end_note(2);
        sheet.end_note(0);
        assert_eq!(lengths(&sheet.tracker), [2, 1, 1, 1, 1]);
    }

    #[test]
    fn what_is_copied_comes_back_and_what_does_not_fit_is_said() {
        let tracker = sheet(&["0/C-4/0.25", "././.", "1/D#4/.", "././1"]);
        let fields = fields(&tracker);
        let mut sheet = Sheet { tracker, fields: &fields };
        let text = sheet.copy(&Area { lines: 0..3, columns: 1..3 });
        let (reached, refused) = sheet.paste((2, 1), &text, &Words::default());
        assert_eq!((reached, refused), (Area { lines: 2..4, columns: 1..3 }, None));
        assert_eq!(lines(&sheet.tracker), ["0/C-4/0.25", "././.", "1/C-4/0.25", "././."]);
        let (_, refused) = sheet.paste((0, 2), "9\n0.5\tx\r\nfrom a letter", &Words::default());
        assert!(refused.is_some_and(|why| why.contains("volume is 9")));
        assert_eq!(lines(&sheet.tracker)[..2], ["0/C-4/0.25", "././0.5"]);
    }

    #[test]
    fn dice_stay_in_the_range_and_on_the_steps_that_sound() {
        let tracker = sheet(&["0/C-4/.", "././.", "1/D-4/.", "././1"]);
        let fields = fields(&tracker);
        let words = Words { samples: vec![vec!["a".into()], vec!["b".into()], vec!["c".into()]], octave: 4 };
        for seed in 0..200 {
            let mut sheet = Sheet { tracker: tracker.clone(), fields: &fields };
            sheet.randomise(&Area { lines: 0..4, columns: 0..3 }, Dice(seed), &words);
            let steps = &sheet.tracker.steps;
            assert!(steps[1].is_rest() && steps[3].is_rest() && !steps[1].values.contains_key("volume"));
            assert!([0, 2].iter().all(|line| (0..3).contains(&steps[*line].index) && (60..=72).contains(&steps[*line].note)));
            assert_eq!((sheet.tracker.check(), steps[3].values["volume"]), (Ok(()), 1.0));
        }
    }
}
