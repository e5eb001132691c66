//! Long lines cut at words, for letters of equal width.

use std::ops::Range;

/// How many columns a character takes: two for East Asian wide ones and emoji, as terminals count.
const fn columns(c: char) -> usize {
    match c {
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// How far rows after the first are moved right: four columns more than the line itself.
#[must_use]
pub fn indent(line: &str, width: usize) -> usize {
    (line.len() - line.trim_start_matches(' ').len() + 4).min(width / 3)
}

/// The rows of a line, in bytes, at most `width` columns wide; cut at spaces, else where the row is full.
#[must_use]
pub fn rows(line: &str, width: usize) -> Vec<Range<usize>> {
    let width = width.max(8);
    let (mut found, mut start, mut used, mut space) = (Vec::new(), 0, 0, None);
    for (at, c) in line.char_indices() {
        let room = if found.is_empty() { width } else { width - indent(line, width) };
        if used + columns(c) > room && at > start {
            let (end, next) = space.map_or((at, at), |space: usize| (space, space + 1));
            if c != ' ' || space.is_none() {
                found.push(start..end);
                start = next;
                used = line[start..at].chars().map(columns).sum();
                space = None;
            }
        }
        if c == ' ' && !line[start..at].trim().is_empty() {
            space = Some(at);
        }
        used += columns(c);
    }
    found.push(start..line.len());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(line: &str, width: usize) -> Vec<&str> {
        rows(line, width).into_iter().map(|row| &line[row]).collect()
    }

    #[test]
    fn lines_are_cut_at_words_and_lose_nothing_but_the_space_there() {
        assert_eq!(cut("short", 20), ["short"]);
        assert_eq!(cut("", 20), [""]);
        assert_eq!(cut("set kick volume of all", 12), ["set kick", "volume", "of all"]);
        assert_eq!(cut("  list   lists modules", 16), ["  list   lists", "modules"]);
        assert_eq!(cut("abcdefghijklmnop", 8), ["abcdefgh", "ijklmn", "op"]);
        assert_eq!(cut("日本語日本語", 8), ["日本語日", "本語"]);
        let long = "the quick brown fox jumps over the lazy dog ".repeat(9);
        let joined = cut(&long, 33).join(" ");
        assert_eq!(joined.split_whitespace().collect::<Vec<_>>(), long.split_whitespace().collect::<Vec<_>>());
    }
}
