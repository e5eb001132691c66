//! Which lines of a script run: the selection, or the block under the cursor.

use std::ops::Range;

/// Lines of a script, counted from 0.
pub type Lines = Range<usize>;

/// The line that holds a character.
#[must_use]
pub fn line_of(text: &str, character: usize) -> usize {
    text.chars().take(character).filter(|c| *c == '\n').count()
}

/// The lines a selection touches; a line whose start the selection just reaches does not count.
#[must_use]
pub fn selected(text: &str, characters: Range<usize>) -> Lines {
    let first = line_of(text, characters.start);
    let last = line_of(text, characters.end.saturating_sub(1).max(characters.start));
    first..last + 1
}

/// The block around a line: neighbouring lines up to empty ones. On an empty line, the block above it, else the one
/// below; `None` where there is none.
#[must_use]
pub fn around(text: &str, line: usize) -> Option<Lines> {
    let lines: Vec<&str> = text.split('\n').collect();
    let full = |line: usize| lines.get(line).is_some_and(|text| !text.trim().is_empty());
    let above = (0..=line.min(lines.len() - 1)).rev().find(|line| full(*line));
    let inside = above.or_else(|| (line..lines.len()).find(|line| full(*line)))?;
    let start = (0..=inside).rev().take_while(|line| full(*line)).last()?;
    let end = (inside..lines.len()).take_while(|line| full(*line)).last()?;
    Some(start..end + 1)
}

/// The bytes of these lines.
#[must_use]
pub fn bytes(text: &str, lines: &Lines) -> Range<usize> {
    let begin = |line: usize| text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    begin(lines.start)..begin(lines.end)
}

/// These lines as a script of their own, with as many empty lines before them as they had, so that errors name the
/// line that the player sees.
#[must_use]
pub fn excerpt(text: &str, lines: &Lines) -> String {
    let mut script = "\n".repeat(lines.start);
    for line in text.split('\n').skip(lines.start).take(lines.len()) {
        script.push_str(line);
        script.push('\n');
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\nb = 2\n\n\nfunction f()\n  return 1\nend\n";

    #[test]
    fn the_block_under_the_cursor_ends_at_empty_lines() {
        let table =
            [(0, Some(0..2)), (1, Some(0..2)), (2, Some(0..2)), (3, Some(0..2)), (5, Some(4..7)), (7, Some(4..7)), (99, Some(4..7))];
        for (line, expected) in table {
            assert_eq!(around(TEXT, line), expected, "line {line}");
        }
        assert_eq!(around("\n\n  x\n", 0), Some(2..3));
        assert_eq!(around("", 0), None);
        assert_eq!(around("\n \n", 1), None);
    }

    #[test]
    fn a_selection_runs_the_lines_it_touches() {
        assert_eq!(selected(TEXT, 0..3), 0..1);
        assert_eq!(selected(TEXT, 0..6), 0..1);
        assert_eq!(selected(TEXT, 0..7), 0..2);
        assert_eq!(selected(TEXT, 8..8), 1..2);
        assert_eq!(selected("äöü\nx", 4..5), 1..2);
    }

    #[test]
    fn an_excerpt_keeps_its_line_numbers() {
        assert_eq!(excerpt(TEXT, &(4..7)), "\n\n\n\nfunction f()\n  return 1\nend\n");
        assert_eq!(excerpt(TEXT, &(0..1)), "a = 1\n");
    }
}
