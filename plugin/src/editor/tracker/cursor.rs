//! The cursor in the grid, and the range that is marked from it.

use std::ops::Range;

/// Lines that a page has, as in trackers.
const PAGE: usize = 16;

/// A way of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A line up; from the first one to the last.
    Up,
    /// A line down; from the last one to the first.
    Down,
    /// A column to the left.
    Left,
    /// A column to the right.
    Right,
    /// Sixteen lines up.
    PageUp,
    /// Sixteen lines down.
    PageDown,
    /// To the first line.
    First,
    /// To the last line.
    Last,
    /// To the line at so many quarters of the pattern.
    Quarter(usize),
    /// So many lines down, as after something was entered.
    By(usize),
}

/// Lines and columns, as counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// The lines.
    pub lines: Range<usize>,
    /// The columns.
    pub columns: Range<usize>,
}

/// Where the cursor stands, and where the range begins that is marked up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The line, from 0.
    pub line: usize,
    /// The column, from 0.
    pub column: usize,
    /// The other corner of what is marked.
    pub anchor: Option<(usize, usize)>,
}

impl Cursor {
    /// Keeps it within a grid of so many lines and columns.
    pub fn keep(&mut self, (lines, columns): (usize, usize)) {
        let within = |line: usize, column: usize| (line.min(lines.saturating_sub(1)), column.min(columns.saturating_sub(1)));
        (self.line, self.column) = within(self.line, self.column);
        self.anchor = self.anchor.map(|(line, column)| within(line, column));
    }

    /// Goes; what is marked grows where `marks`, and is let go where not.
    pub fn go(&mut self, to: Move, marks: bool, (lines, columns): (usize, usize)) {
        let (lines, columns) = (lines.max(1), columns.max(1));
        if marks {
            self.anchor.get_or_insert((self.line, self.column));
        } else {
            self.anchor = None;
        }
        // What is marked does not go round.
        let up = |line: usize| if line == 0 && !marks { lines - 1 } else { line.saturating_sub(1) };
        let down = |line: usize, by: usize| if marks { (line + by).min(lines - 1) } else { (line + by) % lines };
        match to {
            Move::Up => self.line = up(self.line),
            Move::Down => self.line = down(self.line, 1),
            Move::Left => self.column = if self.column == 0 && !marks { columns - 1 } else { self.column.saturating_sub(1) },
            Move::Right => self.column = if marks { (self.column + 1).min(columns - 1) } else { (self.column + 1) % columns },
            Move::PageUp => self.line = self.line.saturating_sub(PAGE),
            Move::PageDown => self.line = (self.line + PAGE).min(lines - 1),
            Move::First => self.line = 0,
            Move::Last => self.line = lines - 1,
            Move::Quarter(quarter) => self.line = (lines * quarter / 4).min(lines - 1),
            Move::By(by) => self.line = down(self.line, by),
        }
    }

    /// What is marked.
    #[must_use]
    pub fn marked(&self) -> Option<Area> {
        let (line, column) = self.anchor?;
        let between = |a: usize, b: usize| a.min(b)..a.max(b) + 1;
        Some(Area { lines: between(line, self.line), columns: between(column, self.column) })
    }

    /// What is marked, else the cell at the cursor.
    #[must_use]
    pub fn here(&self) -> Area {
        self.marked().unwrap_or(Area { lines: self.line..self.line + 1, columns: self.column..self.column + 1 })
    }

    /// What is marked, else the whole column at the cursor.
    #[must_use]
    pub fn column(&self, lines: usize) -> Area {
        self.marked().unwrap_or(Area { lines: 0..lines, columns: self.column..self.column + 1 })
    }

    /// Marks an area, with the cursor at its end.
    pub fn mark(&mut self, area: &Area) {
        self.anchor = Some((area.lines.start, area.columns.start));
        (self.line, self.column) = (area.lines.end.saturating_sub(1), area.columns.end.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_goes_round_and_a_range_does_not() {
        use Move::*;
        let grid = (32, 5);
        for (moves, marks, at) in [
            (&[Up][..], false, (31, 0)),
            (&[Down], false, (1, 0)),
            (&[Left], false, (0, 4)),
            (&[Left, Right], false, (0, 0)),
            (&[PageDown, PageDown], false, (31, 0)),
            (&[Last, Down], false, (0, 0)),
            (&[Last, PageUp], false, (15, 0)),
            (&[Quarter(3)], false, (24, 0)),
            (&[Last, By(3)], false, (2, 0)),
            (&[Up, Left], true, (0, 0)),
            (&[Last, Down], true, (31, 0)),
        ] {
            let mut cursor = Cursor::default();
            for to in moves {
                cursor.go(*to, marks, grid);
            }
            assert_eq!((cursor.line, cursor.column), at, "{moves:?}");
            assert_eq!(cursor.marked().is_some(), marks);
        }
    }

    #[test]
    fn a_range_reaches_from_where_it_began_and_stays_in_a_grid_that_shrinks() {
        let mut cursor = Cursor { line: 8, column: 2, anchor: None };
        cursor.go(Move::PageUp, true, (32, 5));
        cursor.go(Move::Right, true, (32, 5));
        assert_eq!(cursor.marked(), Some(Area { lines: 0..9, columns: 2..4 }));
        cursor.keep((4, 3));
        assert_eq!(cursor.marked(), Some(Area { lines: 0..4, columns: 2..3 }));
        cursor.go(Move::Down, false, (4, 3));
        assert_eq!((cursor.marked(), cursor.here().lines), (None, 1..2));
    }
}
