//! The legend: its size, and a place where it hides nothing.

use crate::canvas::Spot;
use crate::text::{Ruler, printable};

/// Size of its text.
pub const SIZE: f64 = 12.0;
/// From one line to the next.
pub const LINE: f64 = 18.0;
/// Length of the samples.
pub const SAMPLE: f64 = 26.0;
/// Between frame, sample and text.
pub const PAD: f64 = 7.0;
/// Between the legend and the frame of the axes.
const INSET: f64 = 8.0;
/// Between the legend and the data.
const CLEAR: f64 = 5.0;

/// What the legend says, and of which series.
#[derive(Clone, Debug)]
pub struct Legend {
    pub entries: Vec<(usize, String)>,
    pub width: f64,
    pub height: f64,
}

impl Legend {
    /// The legend of series with these labels; `None` if none has one.
    pub fn new<'a>(labels: impl Iterator<Item = &'a str>, ruler: &Ruler, longest: f64) -> Option<Legend> {
        let entries: Vec<(usize, String)> = labels
            .enumerate()
            .filter(|(_, label)| !label.is_empty())
            .map(|(i, label)| (i, ruler.shortened(&printable(label), SIZE, longest)))
            .collect();
        let text = entries.iter().map(|(_, label)| ruler.width(label, SIZE)).fold(0.0, f64::max);
        (!entries.is_empty()).then_some(Legend {
            width: 3.0 * PAD + SAMPLE + text,
            height: 2.0 * PAD + LINE * entries.len() as f64 - 4.0,
            entries,
        })
    }

    /// The top left corner of a place in the frame that is free of `data`.
    pub fn free_place(&self, from: Spot, to: Spot, data: &[Spot]) -> Option<Spot> {
        let (left, right) = (from.0 + INSET, to.0 - INSET - self.width);
        let (top, bottom) = (from.1 + INSET, to.1 - INSET - self.height);
        if right < left || bottom < top {
            return None;
        }
        let (middle, centre) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let places = [
            (right, top),
            (left, top),
            (left, bottom),
            (right, bottom),
            (middle, top),
            (middle, bottom),
            (right, centre),
            (left, centre),
        ];
        places.into_iter().find(|(x, y)| {
            let hit = |spot: &Spot| {
                (x - CLEAR..=x + self.width + CLEAR).contains(&spot.0)
                    && (y - CLEAR..=y + self.height + CLEAR).contains(&spot.1)
            };
            !data.iter().any(hit)
        })
    }
}
