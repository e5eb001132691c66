//! What keys do with whole lines of a script: comments, copies, moves, new lines. Selections are in characters.

use videotracker_engine::script::lua::{Kind, tokens};

use super::{
    gestures::{byte, unit},
    history::Selection,
};

/// Lines that a selection touches, as bytes of the text, without the end of the last; a line whose start it just reaches does
/// not count.
fn lines(text: &str, selection: &Selection) -> std::ops::Range<usize> {
    let (start, end) = (byte(text, selection.start), byte(text, selection.end));
    let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let last = if end > start && text[..end].ends_with('\n') { end - 1 } else { end };
    let stop = text[last..].find('\n').map_or(text.len(), |at| last + at);
    begin..stop
}

/// How many characters a part of a text has.
fn count(text: &str) -> usize {
    text.chars().count()
}

/// Turns the lines of a selection into comments, or back where all of them are.
#[must_use]
pub fn comment(text: &mut String, selection: Selection) -> Selection {
    let place = lines(text, &selection);
    let block = text[place.clone()].to_owned();
    let full = |line: &&str| !line.trim().is_empty();
    let is_comment = block.split('\n').filter(full).all(|line| line.trim_start().starts_with("--"));
    let depth = |line: &str| line.len() - line.trim_start().len();
    let shallow = block.split('\n').filter(full).map(depth).min();
    // A comment that begins in an empty line is worth a line.
    let Some(shallow) = shallow else {
        let at = byte(text, selection.start);
        text.insert_str(at, "-- ");
        return selection.start + 3..selection.end + 3;
    };
    let is_comment = is_comment && block.split('\n').any(|line| full(&line));
    let (mut start, mut end) = (selection.start, selection.end);
    let mut at = count(&text[..place.start]);
    let mut written = Vec::new();
    for line in block.split('\n') {
        let mut changed = line.to_owned();
        if !line.trim().is_empty() {
            let (column, removed, inserted) = if is_comment {
                let column = depth(line);
                let rest = &line[column + 2..];
                (column, 2 + usize::from(rest.starts_with(' ')), "")
            } else {
                (shallow, 0, "-- ")
            };
            changed.replace_range(column..column + removed, inserted);
            let here = at + count(&line[..column]);
            let moved = |end: usize| {
                if end > here || (end == here && !inserted.is_empty() && selection.is_empty()) {
                    end - removed.min(end - here) + inserted.len()
                } else {
                    end
                }
            };
            (start, end) = (moved(start), moved(end));
        }
        at += count(&changed) + 1;
        written.push(changed);
    }
    text.replace_range(place, &written.join("\n"));
    start..end.max(start)
}

/// Writes the selection once more behind itself, or the cursor's line below itself.
#[must_use]
pub fn duplicate(text: &mut String, selection: Selection) -> Selection {
    if selection.is_empty() {
        let place = lines(text, &selection);
        let line = text[place.clone()].to_owned();
        text.insert_str(place.end, &format!("\n{line}"));
        let down = count(&line) + 1;
        return selection.start + down..selection.end + down;
    }
    let (start, end) = (byte(text, selection.start), byte(text, selection.end));
    let part = text[start..end].to_owned();
    text.insert_str(end, &part);
    selection.end..selection.end + count(&part)
}

/// Takes out the lines of a selection.
#[must_use]
pub fn remove_lines(text: &mut String, selection: Selection) -> Selection {
    let mut place = lines(text, &selection);
    let begin = count(&text[..place.start]);
    if place.end < text.len() {
        place.end += 1;
    } else if place.start > 0 {
        place.start -= 1;
    }
    text.replace_range(place, "");
    let at = begin.min(count(text));
    at..at
}

/// Moves the lines of a selection past the line above or below.
#[must_use]
pub fn shift_lines(text: &mut String, selection: Selection, down: bool) -> Selection {
    let place = lines(text, &selection);
    let block = text[place.clone()].to_owned();
    if down {
        let Some(rest) = text.get(place.end + 1..) else { return selection };
        let next = rest.split('\n').next().unwrap_or_default().to_owned();
        let end = place.end + 1 + next.len();
        text.replace_range(place.start..end, &format!("{next}\n{block}"));
        let (by, length) = (count(&next) + 1, count(text));
        return selection.start + by..(selection.end + by).min(length);
    }
    let Some(above) = place.start.checked_sub(1) else { return selection };
    let begin = text[..above].rfind('\n').map_or(0, |at| at + 1);
    let before = text[begin..above].to_owned();
    text.replace_range(begin..place.end, &format!("{block}\n{before}"));
    let by = count(&before) + 1;
    selection.start - by..selection.end - by
}

/// Puts a line's end in the place of a selection, and the next line as far in as it belongs.
#[must_use]
pub fn new_line(text: &mut String, selection: Selection) -> Selection {
    let (start, end) = (byte(text, selection.start), byte(text, selection.end));
    let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[begin..start];
    let inward: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let deeper = opens(line);
    let step = unit(text);
    let closes = deeper && text[end..].starts_with([')', '}', ']']);
    let mut put = format!("\n{inward}");
    if deeper {
        put.push_str(step);
    }
    let at = selection.start + count(&put);
    if closes {
        put.push_str(&format!("\n{inward}"));
    }
    text.replace_range(start..end, &put);
    at..at
}

/// Whether what is written up to here opens a block that the next line belongs to.
fn opens(line: &str) -> bool {
    let all = tokens(line);
    let words: Vec<(&str, Kind)> =
        all.iter().filter(|token| token.kind != Kind::Comment).map(|token| (&line[token.range.clone()], token.kind)).collect();
    match words.last() {
        Some(("(" | "{" | "[", Kind::Mark)) | Some(("then" | "do" | "else" | "repeat", Kind::Keyword)) => true,
        // The head of a function.
        Some((")", Kind::Mark)) => {
            let mut depth = 0_i32;
            let open = words.iter().rposition(|(word, _)| {
                depth += match *word {
                    ")" => 1,
                    "(" => -1,
                    _ => 0,
                };
                depth == 0
            });
            let before = open.map(|open| &words[..open]).unwrap_or_default();
            before.iter().rev().take(4).any(|(word, kind)| *word == "function" && *kind == Kind::Keyword)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(marked: &str) -> (String, Selection) {
        let places: Vec<usize> = marked.chars().enumerate().filter(|(_, c)| *c == '|').map(|(at, _)| at).collect();
        let end = places.get(1).map_or(places[0], |at| at - 1);
        (marked.replace('|', ""), places[0]..end)
    }

    type Edit = fn(&mut String, Selection) -> Selection;

    fn holds(edit: Edit, table: &[(&str, &str)]) {
        for (before, after) in table {
            let (mut text, selection) = read(before);
            let moved = edit(&mut text, selection);
            assert_eq!((text, moved), read(after), "{before:?}");
        }
    }

    #[test]
    fn lines_become_comments_and_come_back() {
        let table = [
            ("a|b", "-- a|b"),
            ("|one\n  two\n\n|x", "|-- one\n--   two\n\n|x"),
            ("  |é\n    b|", "  |-- é\n  --   b|"),
            ("|\n", "-- |\n"),
        ];
        holds(comment, &table);
        holds(
            comment,
            &[("-- a|b", "a|b"), ("--|x", "|x"), ("  -- |é\n  --   b|", "  |é\n    b|"), ("-- a\n|b\n-- c|", "-- a\n|-- b\n-- -- c|")],
        );
    }

    #[test]
    fn lines_are_copied_moved_and_taken_out() {
        holds(duplicate, &[("a|b\nc", "ab\na|b\nc"), ("|ä|b", "ä|ä|b")]);
        holds(|text, at| shift_lines(text, at, true), &[("a|\nb\nc", "b\na|\nc"), ("a\nb|", "a\nb|"), ("|a\nb\n|c", "c\n|a\nb|")]);
        holds(|text, at| shift_lines(text, at, false), &[("a\nb|", "b|\na"), ("a|\nb", "a|\nb"), ("ä\nb\n|c", "ä\n|c\nb")]);
        holds(remove_lines, &[("a\nb|\nc", "a\n|c"), ("a\nb|", "a|"), ("|", "|"), ("|a\nb|\n", "|")]);
    }

    #[test]
    fn a_new_line_is_as_far_in_as_it_belongs() {
        holds(
            new_line,
            &[
                ("a|b", "a\n|b"),
                ("  a|", "  a\n  |"),
                ("if x then|", "if x then\n  |"),
                ("f({|})", "f({\n  |\n})"),
                ("local f = function(a, b)|", "local f = function(a, b)\n  |"),
                ("f(a)|", "f(a)\n|"),
                ("  -- do {|", "  -- do {\n  |"),
                ("\tdo|", "\tdo\n\t\t|"),
                ("|x|y", "\n|y"),
            ],
        );
    }
}
