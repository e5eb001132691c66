//! The grid as it is drawn: the lines that can be seen, and nothing of the others.

use egui::{
    Align, Align2, Color32, FontId, Pos2, Rect, Response, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, style::ScrollAnimation,
    vec2,
};
use videotracker_engine::{
    name::Name,
    pattern::{Column, Step, Tracker},
};

use super::{
    super::theme,
    cells::{Field, Held, Words},
    cursor::Cursor,
};

/// Height of a line.
pub const ROW: f32 = 18.0;
/// Height of the columns' titles.
pub const HEAD: f32 = 22.0;
/// Width of the lines' numbers.
const GUTTER: f32 = 36.0;
/// Width of a letter.
const LETTER: f32 = 7.4;

/// What the grid shows.
pub struct Look<'a> {
    /// The pattern's name.
    pub name: &'a Name,
    /// The pattern; where several events begin at once, several side by side.
    pub lanes: &'a [Tracker],
    /// The columns, each of one of the lanes.
    pub fields: &'a [(usize, Field)],
    /// What the samples are called.
    pub words: &'a Words,
    /// The line that plays, and how far the song has come in lines.
    pub now: Option<(usize, f64)>,
    /// The lines that sound.
    pub sounding: &'a [usize],
    /// The cursor, where there is one.
    pub cursor: Option<&'a Cursor>,
    /// What is being typed at the cursor, and before which letter.
    pub entry: Option<(&'a str, usize)>,
    /// A line to show, in the middle where that is true.
    pub reveal: Option<(usize, bool)>,
    /// The line where the second, third … cycle begins is a multiple of this; 0 for none.
    pub cycle: usize,
}

/// What a hand did with the grid.
#[derive(Debug, Default)]
pub struct Touched {
    /// The cell that was pressed, and whether what lies up to it is marked.
    pub pressed: Option<((usize, usize), bool)>,
    /// The cell that the hand has come to.
    pub dragged: Option<(usize, usize)>,
    /// Whether a cell was clicked twice.
    pub opened: bool,
}

/// The grid's name for the keyboard.
#[must_use]
pub fn id() -> egui::Id {
    egui::Id::unique("tracker grid")
}

impl Look<'_> {
    fn length(&self) -> usize {
        self.lanes.first().map_or(0, |tracker| tracker.length)
    }

    fn step(&self, line: usize, lane: usize) -> Option<&Step> {
        self.lanes.get(lane)?.steps.get(line)
    }

    fn held(&self, line: usize, column: usize) -> Held {
        let Some((lane, field)) = self.fields.get(column) else { return Held::Nothing };
        self.step(line, *lane).map_or(Held::Nothing, |step| field.held(step))
    }

    /// What a cell says to somebody who does not see it.
    fn spoken(&self, line: usize, column: usize) -> String {
        let Some((_, field)) = self.fields.get(column) else { return String::new() };
        let text = field.shown(self.held(line, column), self.words);
        format!("Line {line} {}: {}", field.title, if text.is_empty() { "empty" } else { &text })
    }

    /// Lines in a beat, where they are whole.
    fn beat(&self) -> usize {
        let rate = self.lanes.first().map_or(4.0, |tracker| tracker.steps_per_beat.to_f64().abs());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "96 at most")]
        let whole = if rate.fract() == 0.0 { rate as usize } else { 0 };
        whole
    }
}

/// Width of a column.
#[allow(clippy::cast_precision_loss, reason = "a few letters")]
fn width(field: &Field, words: &Words) -> f32 {
    let letters = match field.column {
        Column::Index if words.samples.is_empty() => 3,
        Column::Index => 9,
        Column::Note => 4,
        Column::Length | Column::Chance => 3,
        Column::Ratio => 4,
        Column::Param(_) => match field.spec.map(|spec| spec.choices().iter().map(|name| name.len()).max().unwrap_or(5)) {
            Some(longest) => longest.clamp(5, 9),
            None => 5,
        },
    };
    (letters.max(field.title.chars().count().min(12)) as f32).mul_add(LETTER, 14.0)
}

/// Shows the grid; `head` shows what stands above a column, in a place.
pub fn show(ui: &mut Ui, look: &Look<'_>, mut head: impl FnMut(&mut Ui, usize, Rect)) -> (Response, Touched) {
    let mut edges = vec![GUTTER];
    for (_, field) in look.fields {
        edges.push(edges.last().copied().unwrap_or(GUTTER) + width(field, look.words));
    }
    let wide = edges.last().copied().unwrap_or(GUTTER) + 8.0;
    #[allow(clippy::cast_precision_loss, reason = "a few hundred lines")]
    let high = HEAD + look.length() as f32 * ROW;
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let area = ScrollArea::both().id_salt("grid").auto_shrink(false).animated(false).content_margin(egui::Margin::ZERO);
    area.show_viewport(ui, |ui, viewport| {
        let origin = ui.max_rect().min;
        ui.set_min_size(vec2(wide, high).max(viewport.size()));
        let all = Rect::from_min_size(origin, vec2(wide, high).max(viewport.size()));
        let seen = Rect::from_min_size(origin + viewport.min.to_vec2(), viewport.size());
        let place = Place { origin, seen, edges: &edges };
        let response = ui.interact(all, id(), Sense::click_and_drag());
        response.widget_info(|| {
            let at = look.cursor.map(|cursor| format!("At {}", look.spoken(cursor.line, cursor.column))).unwrap_or_default();
            let info = WidgetInfo::labeled(Role::Grid, true, format!("Steps of {}", look.name));
            WidgetInfo { current_text_value: Some(at), ..info }
        });
        lines(ui, look, &place, response.has_focus());
        playhead(ui, look, &place);
        titles(ui, look, &place, &mut head);
        if let Some((line, centre)) = look.reveal {
            reveal(ui, look, &place, line, centre);
        }
        let touched = touched(ui, look, &place, &response);
        (response, touched)
    })
    .inner
}

/// Where things stand on the screen.
struct Place<'a> {
    /// The left top of everything.
    origin: Pos2,
    /// What of it is seen.
    seen: Rect,
    /// Where each column begins, and the last one ends.
    edges: &'a [f32],
}

impl Place<'_> {
    #[allow(clippy::cast_precision_loss, reason = "a few hundred lines")]
    fn top(&self, line: usize) -> f32 {
        (line as f32).mul_add(ROW, self.origin.y + HEAD)
    }

    fn columns(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    fn cell(&self, line: usize, column: usize) -> Rect {
        let (left, right) = (self.edges[column], self.edges[column + 1]);
        Rect::from_min_max(pos2(self.origin.x + left, self.top(line)), pos2(self.origin.x + right, self.top(line) + ROW))
    }

    /// The cell nearest to a point.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded below")]
    fn at(&self, point: Pos2, length: usize) -> (usize, usize) {
        let line = ((point.y - self.origin.y - HEAD) / ROW).max(0.0) as usize;
        let x = point.x - self.origin.x;
        let column = self.edges.iter().skip(1).position(|right| x < *right).unwrap_or(self.columns().saturating_sub(1));
        (line.min(length.saturating_sub(1)), column)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded below")]
    fn visible(&self, length: usize) -> std::ops::Range<usize> {
        let line = |y: f32| ((y - self.origin.y - HEAD) / ROW).max(0.0) as usize;
        line(self.seen.top()).min(length)..(line(self.seen.bottom()) + 1).min(length)
    }
}

fn lines(ui: &Ui, look: &Look<'_>, place: &Place<'_>, has_focus: bool) {
    let painter = ui.painter();
    let font = FontId::monospace(12.0);
    let (beat, marked) = (look.beat(), look.cursor.and_then(Cursor::marked));
    // Names for who does not see are made only where somebody asks for them.
    let is_spoken = ui.ctx().accesskit_node_builder(id(), |_| ()).is_some();
    let strong = if beat > 0 { beat * 4 } else { 0 };
    for line in place.visible(look.length()) {
        let across = Rect::from_x_y_ranges(place.seen.x_range(), place.top(line)..=place.top(line) + ROW);
        let plays = look.now.is_some_and(|(now, _)| now == line);
        let sounds = look.sounding.contains(&line);
        let is_on = |every: usize| every > 0 && line.is_multiple_of(every);
        let ground = match (plays, is_on(strong), is_on(beat)) {
            (true, ..) => Some(theme::ACCENT.gamma_multiply(0.22)),
            (_, true, _) => Some(*theme::RAISED),
            (_, _, true) => Some(*theme::PANEL),
            _ => None,
        };
        if let Some(ground) = ground {
            painter.rect_filled(across, 0.0, ground);
        }
        if look.cycle > 0 && line > 0 && line.is_multiple_of(look.cycle) {
            painter.hline(across.x_range(), across.top(), Stroke::new(1.0, theme::ACCENT.gamma_multiply(0.5)));
        }
        for (column, (lane, field)) in look.fields.iter().enumerate() {
            let cell = place.cell(line, column);
            if !cell.intersects(place.seen) {
                continue;
            }
            if marked.as_ref().is_some_and(|area| area.lines.contains(&line) && area.columns.contains(&column)) {
                painter.rect_filled(cell, 0.0, ui.visuals().selection.bg_fill);
            }
            let is_rest = look.step(line, *lane).is_none_or(Step::is_rest);
            let held = look.held(line, column);
            let text = field.shown(held, look.words);
            let (text, tint) = match (text.is_empty(), &field.column) {
                (true, _) => ("··".to_owned(), *theme::GUTTER),
                (_, Column::Index | Column::Note) if sounds => (text, *theme::ACCENT),
                // What a rest holds is not heard.
                _ if is_rest => (text, *theme::GUTTER),
                (_, Column::Note) => (text, *theme::TEXT),
                (_, Column::Index) => (text, *theme::STRING),
                (_, Column::Param(_)) => (text, *theme::NUMBER),
                _ => (text, *theme::SPECIAL),
            };
            if sounds && matches!(field.column, Column::Index | Column::Note) && held != Held::Nothing {
                painter.rect_filled(cell.shrink2(vec2(2.0, 1.0)), 3.0, theme::ACCENT.gamma_multiply(0.18));
            }
            let clip = painter.with_clip_rect(cell.intersect(painter.clip_rect()));
            clip.text(pos2(cell.left() + 6.0, cell.center().y), Align2::LEFT_CENTER, &text, font.clone(), tint);
            if is_spoken {
                let node = ui.interact(cell, id().with((line, column)), Sense::hover());
                node.widget_info(|| WidgetInfo::labeled(Role::GridCell, true, look.spoken(line, column)));
            }
        }
    }
    for column in 1..place.columns() {
        let x = place.origin.x + place.edges[column];
        painter.vline(x, place.seen.y_range(), Stroke::new(1.0, *theme::LINE));
    }
    if let Some(cursor) = look.cursor.filter(|cursor| cursor.line < look.length() && cursor.column < place.columns()) {
        let cell = place.cell(cursor.line, cursor.column);
        if let Some((text, caret)) = look.entry {
            typed(ui, cell, text, caret);
        } else {
            let tint = if has_focus { *theme::ACCENT } else { *theme::WEAK };
            painter.rect_stroke(cell.shrink(0.5), 2.0, Stroke::new(if has_focus { 1.5 } else { 1.0 }, tint), egui::StrokeKind::Inside);
        }
    }
}

/// What is being typed, over its cell and as wide as it needs.
fn typed(ui: &Ui, cell: Rect, text: &str, caret: usize) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::monospace(12.0), *theme::TEXT);
    let place = cell.with_max_x(cell.right().max(cell.left() + galley.size().x + 14.0));
    ui.painter().rect(place, 2.0, *theme::WELL, Stroke::new(1.5, *theme::WARN), egui::StrokeKind::Inside);
    let at = pos2(cell.left() + 6.0, cell.center().y - galley.size().y / 2.0);
    let before: String = text.chars().take(caret).collect();
    let x = at.x + ui.painter().layout_no_wrap(before, FontId::monospace(12.0), *theme::TEXT).size().x;
    ui.painter().galley(at, galley, *theme::TEXT);
    ui.painter().vline(x, place.shrink(3.0).y_range(), Stroke::new(1.5, *theme::ACCENT));
}

#[allow(clippy::cast_possible_truncation, reason = "a place on the screen")]
fn playhead(ui: &Ui, look: &Look<'_>, place: &Place<'_>) {
    if let Some((_, at)) = look.now {
        let y = (at as f32).mul_add(ROW, place.origin.y + HEAD);
        ui.painter().hline(place.seen.x_range(), y, Stroke::new(1.5, *theme::ACCENT));
    }
}

/// The titles and the lines' numbers, which stay where they are while the grid moves.
fn titles(ui: &mut Ui, look: &Look<'_>, place: &Place<'_>, head: &mut impl FnMut(&mut Ui, usize, Rect)) {
    let painter = ui.painter().clone();
    let gutter = Rect::from_min_size(place.seen.min, vec2(GUTTER - 4.0, place.seen.height()));
    painter.rect_filled(gutter, 0.0, *theme::WELL);
    let beat = look.beat();
    for line in place.visible(look.length()) {
        let tint = match look.now {
            Some((now, _)) if now == line => *theme::ACCENT,
            _ if beat > 0 && line.is_multiple_of(beat) => *theme::WEAK,
            _ => *theme::GUTTER,
        };
        let at = pos2(gutter.right() - 4.0, place.top(line) + ROW / 2.0);
        painter.text(at, Align2::RIGHT_CENTER, line, FontId::monospace(11.0), tint);
    }
    let bar = Rect::from_min_size(place.seen.min, vec2(place.seen.width(), HEAD));
    painter.rect_filled(bar, 0.0, *theme::PANEL);
    painter.hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, *theme::LINE));
    for column in 0..place.columns() {
        let left = place.origin.x + place.edges[column];
        let right = place.origin.x + place.edges[column + 1];
        if right > place.seen.left() && left < place.seen.right() {
            head(ui, column, Rect::from_min_max(pos2(left + 1.0, bar.top()), pos2(right - 1.0, bar.bottom() - 1.0)));
        }
    }
    let corner = Rect::from_min_size(bar.min, vec2(gutter.width(), HEAD - 1.0));
    painter.rect_filled(corner, 0.0, *theme::PANEL);
}

fn reveal(ui: &Ui, look: &Look<'_>, place: &Place<'_>, line: usize, centre: bool) {
    let column = look.cursor.map_or(0, |cursor| cursor.column).min(place.columns().saturating_sub(1));
    let mut target = if place.columns() == 0 || centre {
        Rect::from_x_y_ranges(place.seen.x_range(), place.top(line)..=place.top(line) + ROW)
    } else {
        place.cell(line, column)
    };
    // What stands still covers the top and the left.
    if !centre {
        target.min -= vec2(GUTTER, HEAD + ROW);
        target.max += vec2(GUTTER.min(place.seen.width() / 4.0), ROW);
    }
    if !place.seen.contains_rect(target) {
        ui.ctx().request_repaint();
    }
    ui.scroll_to_rect_animation(target, centre.then_some(Align::Center), ScrollAnimation::none());
}

fn touched(ui: &Ui, look: &Look<'_>, place: &Place<'_>, response: &Response) -> Touched {
    let mut touched = Touched { opened: response.double_clicked(), ..Touched::default() };
    let (pressed, shift) = ui.input(|input| (input.pointer.primary_pressed(), input.modifiers.shift));
    if let Some(point) = response.interact_pointer_pos()
        && look.length() > 0
        && place.columns() > 0
    {
        let cell = place.at(point, look.length());
        if response.is_pointer_button_down_on() && pressed {
            touched.pressed = Some((cell, shift));
        } else if response.dragged_by(egui::PointerButton::Primary) {
            touched.dragged = Some(cell);
        }
    }
    touched
}

/// A colour that a title has.
#[must_use]
pub fn tint(column: &Column) -> Color32 {
    match column {
        Column::Index => *theme::STRING,
        Column::Note => *theme::TEXT,
        Column::Param(_) => *theme::NUMBER,
        Column::Length | Column::Chance | Column::Ratio => *theme::SPECIAL,
    }
}
