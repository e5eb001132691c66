//! The list of assets: one row for each, with a small picture, what it is and where it stands.

use egui::{Align2, Color32, CornerRadius, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use videotracker_engine::{
    engine::{AssetFacts, Engine},
    media::import::Progress,
    name::Name,
    snapshot::Snapshot,
};

use super::{
    super::theme,
    films::Films,
    texts::{self, Standing},
    wave,
};

/// Height of a row.
pub const ROW: f32 = 40.0;
/// The small picture.
const PICTURE: egui::Vec2 = vec2(52.0, 30.0);

/// What was asked for in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To choose an asset.
    Choose(Name),
    /// To end its import.
    Cancel(Name),
}

/// Shows the list.
pub fn show(
    ui: &mut Ui,
    engine: &Engine,
    snapshot: &Snapshot,
    imports: &[(Name, Progress)],
    films: &mut Films,
    selected: &str,
) -> Option<Request> {
    let assets: Vec<&Name> = snapshot.project.assets.keys().collect();
    let mut request = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().id_salt("media list").auto_shrink(false).show_rows(ui, ROW, assets.len(), |ui, rows| {
        for asset in assets.get(rows).unwrap_or_default() {
            let standing = Standing::of(snapshot, imports, asset);
            let row = Row { asset, standing, facts: AssetFacts::of(snapshot, asset), chosen: asset.as_str() == selected };
            request = row.show(ui, engine, films).or(request.take());
        }
    });
    request
}

struct Row<'a> {
    asset: &'a Name,
    standing: Standing,
    facts: Option<AssetFacts>,
    chosen: bool,
}

impl Row<'_> {
    fn show(&self, ui: &mut Ui, engine: &Engine, films: &mut Films) -> Option<Request> {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, self.chosen, self.asset.as_str()));
        response.dnd_set_drag_payload((*self.asset).clone());
        let fill = match (self.chosen, response.hovered()) {
            (true, _) => *theme::HOVER,
            (false, true) => *theme::RAISED,
            _ => Color32::TRANSPARENT,
        };
        ui.painter().rect_filled(rect.shrink2(vec2(0.0, 1.0)), CornerRadius::same(4), fill);
        let picture = Rect::from_center_size(pos2(rect.left() + 6.0 + PICTURE.x / 2.0, rect.center().y), PICTURE);
        self.picture(ui, engine, films, picture);
        let cancelled = self.standing.is_under_way() && self.cancel(ui, rect);
        self.words(ui, rect.with_min_x(picture.right() + 10.0).with_max_x(rect.right() - 8.0));
        let hint = match self.standing.why() {
            Some(why) => format!("{}\n{}: {why}", self.asset, self.standing.word()),
            None => self.asset.to_string(),
        };
        let response = response.on_hover_text(hint);
        if cancelled {
            Some(Request::Cancel((*self.asset).clone()))
        } else if response.clicked() {
            Some(Request::Choose((*self.asset).clone()))
        } else {
            None
        }
    }

    /// A picture that stands for the film, or the whole waveform.
    fn picture(&self, ui: &Ui, engine: &Engine, films: &mut Films, place: Rect) {
        ui.painter().rect_filled(place, CornerRadius::same(3), theme::GROUND);
        if self.standing != Standing::Ready {
            let sign = if self.standing.why().is_some() { "!" } else { "…" };
            ui.painter().text(place.center(), Align2::CENTER_CENTER, sign, FontId::proportional(15.0), tint(&self.standing));
            return;
        }
        if let Some((_, shape)) = films.look(ui, engine, self.asset) {
            let height = place.height().min(place.width() / shape);
            films.draw(
                ui.painter(),
                self.asset,
                films.telling(self.asset),
                Rect::from_center_size(place.center(), vec2(height * shape, height)),
            );
        } else if self.facts.as_ref().is_some_and(|facts| facts.picture.is_none())
            && let Some((waveform, sound)) = engine.waveform(self.asset)
        {
            #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
            let all = (0.0, sound.frames.len() as f64);
            wave::lanes(ui, place.shrink(3.0), &waveform, &sound, all, 1, *theme::WEAK);
        }
    }

    fn words(&self, ui: &Ui, place: Rect) {
        let top = place.with_max_y(place.center().y + 2.0);
        let side = self.facts.as_ref().filter(|facts| facts.secs > 0.0).map(|facts| texts::time(facts.secs)).unwrap_or_default();
        let side = ui.painter().text(
            pos2(place.right(), top.bottom() - 2.0),
            Align2::RIGHT_BOTTOM,
            side,
            FontId::proportional(11.0),
            *theme::WEAK,
        );
        let name = if self.standing.why().is_some() { theme::WEAK } else { theme::TEXT };
        let room = (side.left() - 8.0 - place.left()).max(20.0);
        elided(ui, pos2(place.left(), top.bottom() - 2.0), Align2::LEFT_BOTTOM, texts::short(self.asset), 13.0, *name, room);
        let (below, colour) = match &self.standing {
            Standing::Ready => (self.sort(), *theme::WEAK),
            Standing::Failed(why) | Standing::Missing(why) => (format!("{}: {why}", self.standing.word()), tint(&self.standing)),
            Standing::Untrusted => ("not trusted, not opened".to_owned(), tint(&self.standing)),
            other => (other.word(), tint(other)),
        };
        let cut = if self.standing.is_under_way() { 62.0 } else { 0.0 };
        let at = pos2(place.left(), place.center().y + 3.0);
        elided(ui, at, Align2::LEFT_TOP, &below, 11.0, colour, place.width() - cut);
        if let Standing::Importing(Progress::Converting(share)) = self.standing {
            let bar = Rect::from_min_size(pos2(place.left(), place.bottom() - 4.0), vec2(place.width() - cut, 2.0));
            ui.painter().rect_filled(bar, 1.0, theme::RAISED);
            let done = bar.with_max_x(bar.left() + bar.width() * share.unwrap_or(0.0).clamp(0.0, 1.0));
            ui.painter().rect_filled(done, 1.0, theme::ACCENT);
        }
    }

    /// What it is, for those that are ready.
    fn sort(&self) -> String {
        let kind = texts::kind(self.asset, self.facts.as_ref());
        let size = self.facts.as_ref().and_then(|facts| facts.picture).map(|(w, h)| format!(" · {w} × {h}")).unwrap_or_default();
        format!("{kind}{size}")
    }

    fn cancel(&self, ui: &mut Ui, row: Rect) -> bool {
        let place = Rect::from_min_max(pos2(row.right() - 64.0, row.center().y - 2.0), pos2(row.right() - 8.0, row.bottom() - 3.0));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt(("cancel", self.asset.as_str())));
        let button = egui::Button::new(egui::RichText::new("Cancel").size(11.0)).small();
        child.add_sized(place.size(), button).clicked()
    }
}

/// The colour of a standing.
#[must_use]
pub fn tint(standing: &Standing) -> Color32 {
    match standing {
        Standing::Failed(_) => *theme::ERROR,
        Standing::Missing(_) | Standing::Untrusted => *theme::WARN,
        Standing::Reading | Standing::Importing(_) => *theme::ACCENT,
        Standing::Ready | Standing::Idle => *theme::WEAK,
    }
}

/// Writes one line that ends in … where there is no more room.
pub fn elided(ui: &Ui, at: egui::Pos2, align: Align2, text: &str, size: f32, colour: Color32, room: f32) -> Rect {
    let line = text.lines().next().unwrap_or_default();
    let mut job = egui::text::LayoutJob::simple_singleline(line.to_owned(), FontId::proportional(size), colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(1.0));
    let galley = ui.painter().layout_job(job);
    let place = align.anchor_size(at, galley.size());
    ui.painter().galley(place.min, galley, colour);
    place
}
