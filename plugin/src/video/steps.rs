//! Which of a group's layers are drawn, and how: as quads that the adapter blends, or in passes that read what lies below.

use std::ops::Range;

use super::{quads::is_simple, scene::Blend};

/// Share of what lies below that may show through what is left out: at most a fifth of the darkest step of 8 bits.
const UNSEEN: f32 = 1.0 / 16_384.0;
/// Canvases' worth of pixels that a run of quads must save; it costs another pass over the canvas.
const WORTH: f32 = 0.75;
/// What a pixel of a quad costs, where a layer's pixel in a pass costs 1.
const QUAD: f32 = 1.25;

/// Pixels from left and top up to right and bottom, those left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) right: u32,
    pub(super) bottom: u32,
}

impl Rect {
    pub(super) const fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    const fn holds(self, inner: Self) -> bool {
        inner.is_empty() || (inner.left >= self.left && inner.top >= self.top && inner.right <= self.right && inner.bottom <= self.bottom)
    }
}

/// What the order of drawing depends on, of one layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extent {
    /// Every pixel it may change.
    pub(super) reach: Rect,
    /// Pixels it surely changes.
    pub(super) covers: Rect,
    /// Share of its own pixels in the canvas.
    pub(super) share: f32,
    /// How much of what lies below shows through it where it covers; 1 where that is not known.
    pub(super) through: f32,
    pub(super) blend: Blend,
    /// Brightest that it can be.
    pub(super) peak: f32,
}

/// Says of each layer whether any of it can be seen. A layer is hidden where the layers above that cover all of it let no light through
/// together, whichever layers lie between.
pub(super) fn seen(layers: &[Extent]) -> Vec<bool> {
    // Some blends amplify a difference in what lies below them. Under such a layer, a layer is hidden only if nothing of it is left at all.
    let steep = |blend| matches!(blend, Blend::Overlay);
    let hidden = |index: usize| {
        let (mut through, mut gentle) = (1.0_f32, true);
        for above in &layers[index + 1..] {
            gentle &= !steep(above.blend);
            if above.through < 1.0 && above.covers.holds(layers[index].reach) {
                through *= above.through;
            }
            if through <= 0.0 {
                return true;
            }
        }
        gentle && through < UNSEEN
    };
    (0..layers.len()).map(|index| !layers[index].reach.is_empty() && !hidden(index)).collect()
}

/// One step of drawing a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Layers that the adapter blends one by one.
    Quads(Range<usize>),
    /// Layers composed in one pass, over what was composed before.
    Pass(Range<usize>),
}

/// The steps that draw all of `layers` in their order: at least one, passes of at most `most` layers.
pub(super) fn steps(layers: &[Extent], most: usize, quads: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = 0;
    let mut index = 0;
    while quads && index < layers.len() {
        let run = layers[index..].iter().take_while(|layer| is_simple(layer.blend)).count();
        let saved: f32 = layers[index..index + run].iter().map(|layer| 1.0 - QUAD * layer.share).sum();
        if saved > WORTH {
            passes(&mut steps, rest..index, most);
            steps.push(Step::Quads(index..index + run));
            rest = index + run;
        }
        index += run.max(1);
    }
    passes(&mut steps, rest..layers.len(), most);
    if steps.is_empty() {
        steps.push(Step::Pass(0..0));
    }
    steps
}

fn passes(steps: &mut Vec<Step>, layers: Range<usize>, most: usize) {
    let starts = layers.clone().step_by(most.max(1));
    steps.extend(starts.map(|start| Step::Pass(start..layers.end.min(start + most))));
}

/// Where a run of quads has to be cut off at white: before these layers of it, its end included. Added light may exceed
/// white until then, since adding more comes to the same.
pub(super) fn cuts(run: &[Extent], over: bool) -> Vec<usize> {
    const WHITE: f32 = 1.0 + 1e-4;
    let mut cuts = Vec::new();
    let mut brightest = if over { 1.0 } else { 0.0_f32 };
    for (index, layer) in run.iter().enumerate() {
        if layer.blend == Blend::Add {
            brightest += layer.peak;
            continue;
        }
        if brightest > WHITE {
            cuts.push(index);
        }
        brightest = brightest.min(1.0);
        brightest += layer.peak * (1.0 - brightest);
    }
    if brightest > WHITE {
        cuts.push(run.len());
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Rect = Rect { left: 0, top: 0, right: 100, bottom: 100 };

    fn layer(blend: Blend, rect: Rect, opacity: f32) -> Extent {
        let share = ((rect.right - rect.left) * (rect.bottom - rect.top)) as f32 / 10_000.0;
        let through = if blend == Blend::Alpha { 1.0 - opacity } else { 1.0 };
        Extent { reach: rect, covers: rect, share, through, blend, peak: opacity }
    }

    fn small(blend: Blend) -> Extent {
        layer(blend, Rect { left: 10, top: 10, right: 40, bottom: 40 }, 0.5)
    }

    #[test]
    fn what_lies_wholly_behind_an_opaque_layer_is_left_out_whatever_is_between() {
        use Blend::{Add, Alpha, Overlay};
        let beside = layer(Alpha, Rect { left: 30, top: 10, right: 50, bottom: 40 }, 1.0);
        let opaque = |blend| Extent { through: 0.0, ..small(blend) };
        for (what, layers, want) in [
            ("behind", vec![small(Alpha), opaque(Alpha)], vec![false, true]),
            ("behind, with another between", vec![small(Add), beside, small(Overlay), opaque(Alpha)], vec![false, true, false, true]),
            ("in front", vec![opaque(Alpha), small(Alpha)], vec![true, true]),
            ("larger", vec![layer(Alpha, ALL, 0.5), opaque(Alpha)], vec![true, true]),
            ("behind four of nine tenths", [layer(Alpha, ALL, 0.9); 6].to_vec(), vec![false, true, true, true, true, true]),
            ("behind five halves", [layer(Alpha, ALL, 0.5); 6].to_vec(), vec![true; 6]),
            ("cropped away", vec![Extent { reach: Rect::default(), ..small(Alpha) }], vec![false]),
        ] {
            assert_eq!(seen(&layers), want, "{what}");
        }
        let mut steep = vec![layer(Alpha, ALL, 0.9); 6];
        steep.push(layer(Overlay, ALL, 1.0));
        assert_eq!(seen(&steep), [true; 7], "an overlay may make much of little");
    }

    #[test]
    fn small_layers_are_quads_and_those_that_read_below_passes() {
        use Blend::{Add, Alpha, Multiply, Screen};
        let (a, s, m, full) = (small(Alpha), small(Screen), small(Multiply), layer(Alpha, ALL, 0.5));
        for (what, layers, want) in [
            ("nothing", vec![], vec![Step::Pass(0..0)]),
            ("one that fills the canvas", vec![full], vec![Step::Pass(0..1)]),
            ("one small one", vec![a], vec![Step::Quads(0..1)]),
            ("many", vec![full, a, s, a, small(Add)], vec![Step::Quads(0..5)]),
            ("readers only", vec![m; 5], vec![Step::Pass(0..2), Step::Pass(2..4), Step::Pass(4..5)]),
            (
                "quads around readers",
                vec![a, a, m, m, m, s],
                vec![Step::Quads(0..2), Step::Pass(2..4), Step::Pass(4..5), Step::Quads(5..6)],
            ),
            ("full ones stay with readers", vec![full, m, full], vec![Step::Pass(0..2), Step::Pass(2..3)]),
        ] {
            assert_eq!(steps(&layers, 2, true), want, "{what}");
        }
        assert_eq!(steps(&[a, a, a], 2, false), [Step::Pass(0..2), Step::Pass(2..3)], "without quads");
    }

    #[test]
    fn added_light_is_cut_off_at_white_before_anything_covers_it() {
        use Blend::{Add, Alpha};
        let lit = |blend, peak| Extent { peak, ..small(blend) };
        for (what, run, over, want) in [
            ("shares of one", vec![lit(Add, 0.5), lit(Add, 0.5)], false, vec![]),
            ("too much", vec![lit(Add, 0.7), lit(Add, 0.7), lit(Add, 0.7)], false, vec![3]),
            ("over something", vec![lit(Add, 0.2)], true, vec![1]),
            ("then covered", vec![lit(Add, 0.7), lit(Add, 0.7), lit(Alpha, 0.5)], false, vec![2]),
            ("covering only", vec![lit(Alpha, 1.0), lit(Alpha, 0.5)], true, vec![]),
        ] {
            assert_eq!(cuts(&run, over), want, "{what}");
        }
    }
}
