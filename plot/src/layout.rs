//! Where everything goes: the frame of the axes, and how values are placed in it.

use crate::Error;
use crate::canvas::Spot;
use crate::figure::{Axis, Figure, Line, Point, Scale};
use crate::legend::Legend;
use crate::text::{Ruler, printable};
use crate::ticks::{self, Ticks};
use crate::value::Value;

pub const TITLE_SIZE: f64 = 15.0;
pub const LABEL_SIZE: f64 = 13.0;
pub const TICK_SIZE: f64 = 12.0;
pub const NOTE_SIZE: f64 = 11.0;
pub const NOTE_LINE: f64 = 15.0;
pub const TITLE_LINE: f64 = 21.0;
/// Length of the marks outside the frame.
pub const TICK: f64 = 5.0;
/// Around the picture.
pub const MARGIN: f64 = 12.0;
/// Least sides of the frame.
const LEAST: (f64, f64) = (80.0, 60.0);
/// Errors below the values by more decades than this do not widen a logarithmic axis.
const MAX_ERROR_DECADES: f64 = 2.0;

/// An axis with its ends, as transformed values, and the pixels of those.
#[derive(Clone, Debug)]
pub struct Map {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

/// Where everything goes.
#[derive(Debug)]
pub struct Layout {
    pub x: Map,
    pub y: Map,
    pub x_ticks: Ticks,
    pub y_ticks: Ticks,
    pub title: Vec<String>,
    pub notes: Vec<String>,
    pub legend: Option<(Spot, Legend)>,
}

/// A value on an axis: its logarithm on a logarithmic one.
fn transformed(scale: &Scale, value: Value) -> Option<f64> {
    match scale {
        Scale::Log => value.log10(),
        Scale::Linear | Scale::Names(_) => Some(value.to_f64()).filter(|x| x.is_finite()),
    }
}

/// A note on the points that are left out, because a logarithmic axis has no place for them.
pub fn left_out(figure: &Figure) -> Option<String> {
    let out = |p: &&Point| {
        transformed(&figure.x.scale, p.x).is_none() || transformed(&figure.y.scale, p.y).is_none()
    };
    let points: Vec<&Point> = figure.series.iter().flat_map(|s| &s.points).filter(out).collect();
    let zero = if points.iter().all(|p| p.y.is_zero()) { " that are exactly zero" } else { "" };
    match points.len() {
        0 => None,
        1 => Some("One value is left out: a logarithmic axis shows positive numbers only.".into()),
        n => Some(format!("{n} values{zero} are left out: a logarithmic axis shows positive numbers only.")),
    }
}

impl Map {
    /// The pixel of a value.
    pub fn pixel(&self, value: Value) -> Option<f64> {
        transformed(&self.scale, value).map(|x| self.place(x))
    }

    /// The pixel of a transformed value.
    pub fn place(&self, x: f64) -> f64 {
        self.from + (x - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    pub fn ends(&self) -> (f64, f64) {
        (self.from.min(self.to), self.from.max(self.to))
    }

    fn pixels(&self, from: f64, to: f64) -> Map {
        let (from, to) =
            if matches!(self.scale, Scale::Names(_)) && from > to { (to, from) } else { (from, to) };
        Map { from, to, ..self.clone() }
    }

    fn ticks(&self, axis: &Axis, most: usize) -> Ticks {
        match &self.scale {
            Scale::Linear => ticks::linear(self.low, self.high, most, axis.whole),
            Scale::Log => ticks::logarithmic(self.low, self.high, most),
            Scale::Names(names) => Ticks {
                major: names.iter().enumerate().map(|(i, name)| (i as f64, printable(name))).collect(),
                minor: vec![],
            },
        }
    }
}

/// The ends of an axis.
fn ends(
    figure: &Figure,
    axis: &Axis,
    value: impl Fn(&Point) -> (Value, Option<(Value, Value)>),
) -> Result<Map, Error> {
    let at = |v: Value| transformed(&axis.scale, v);
    let map = |low: f64, high: f64| Map { scale: axis.scale.clone(), low, high, from: 0.0, to: 1.0 };
    if let Scale::Names(names) = &axis.scale {
        return Ok(map(-0.5, names.len().max(1) as f64 - 0.5));
    }
    if let Some((low, high)) = axis.range
        && let (Some(low), Some(high)) = (at(low), at(high))
        && low < high
    {
        return Ok(map(low, high));
    }
    let solid = |dashed: bool| {
        let series = figure.series.iter().filter(move |s| dashed || s.line != Line::Dashed);
        series.flat_map(|s| &s.points).filter(|p| {
            transformed(&figure.x.scale, p.x).is_some() && transformed(&figure.y.scale, p.y).is_some()
        })
    };
    // References do not count, unless there is nothing else.
    let points: Vec<&Point> = match solid(false).next() {
        Some(_) => solid(false).collect(),
        None => solid(true).collect(),
    };
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for point in &points {
        let (centre, bounds) = value(point);
        let Some(centre) = at(centre) else { continue };
        let least = if axis.scale == Scale::Log { centre - MAX_ERROR_DECADES } else { f64::NEG_INFINITY };
        let (below, above) = bounds.unwrap_or((value(point).0, value(point).0));
        low = low.min(at(below).unwrap_or(centre).max(least)).min(centre);
        high = high.max(at(above).unwrap_or(centre)).max(centre);
    }
    if low > high {
        return Err(empty(figure));
    }
    let (low, high) = padded(axis, low, high);
    Ok(map(low, high))
}

/// Some room at both ends; a linear axis begins at zero where that is near.
fn padded(axis: &Axis, low: f64, high: f64) -> (f64, f64) {
    let span = high - low;
    if axis.scale == Scale::Log {
        let pad = if span < 0.1 { 0.15 } else { 0.05 * span };
        return (low - pad, high + pad);
    }
    let pad =
        if span <= 1e-12 * high.abs().max(low.abs()) { (0.1 * high.abs()).max(0.5) } else { 0.04 * span };
    let from_zero = !axis.whole && low >= 0.0 && low < 0.4 * high;
    (if from_zero && low > 0.0 { 0.0 } else { low - pad }, high + pad)
}

fn empty(figure: &Figure) -> Error {
    let count: usize = figure.series.iter().map(|s| s.points.len()).sum();
    Error::Empty(match count {
        0 => "no series has a point".into(),
        _ => "a logarithmic axis shows positive numbers only, and no point has them".into(),
    })
}

impl Layout {
    pub fn new(figure: &Figure, ruler: &Ruler, notes: &[String]) -> Result<Layout, Error> {
        let (width, height) = (f64::from(figure.width), f64::from(figure.height));
        let across = width - 2.0 * MARGIN;
        let x = ends(figure, &figure.x, |p| (p.x, p.x_bounds))?;
        let y = ends(figure, &figure.y, |p| (p.y, p.y_bounds))?;
        let title = ruler.wrap(&printable(&figure.title), TITLE_SIZE, across);
        let notes: Vec<String> =
            notes.iter().flat_map(|note| ruler.wrap(&printable(note), NOTE_SIZE, across)).collect();
        let mut layout =
            Layout { x, y, x_ticks: Ticks::default(), y_ticks: Ticks::default(), title, notes, legend: None };
        let labels = || figure.series.iter().map(|s| s.label.as_str());
        let Some(legend) = Legend::new(labels(), ruler, 0.55 * width) else {
            return layout.framed(figure, ruler, (0.0, 0.0)).map(|()| layout);
        };
        layout.framed(figure, ruler, (0.0, 0.0))?;
        let ((left, right), (top, bottom)) = (layout.x.ends(), layout.y.ends());
        let data = layout.occupied(figure);
        if let Some(place) = legend.free_place((left, top), (right, bottom), &data) {
            layout.legend = Some((place, legend));
            return Ok(layout);
        }
        // No place inside: beside the frame, or below it where it is too wide.
        if legend.width < 0.4 * width && layout.framed(figure, ruler, (legend.width + 8.0, 0.0)).is_ok() {
            let place = (layout.x.ends().1 + 10.0, layout.y.ends().0);
            layout.legend = Some((place, legend));
            return Ok(layout);
        }
        layout.framed(figure, ruler, (0.0, legend.height + 6.0))?;
        let below = height - MARGIN - layout.notes.len() as f64 * NOTE_LINE - legend.height - 4.0;
        layout.legend = Some(((layout.x.ends().0, below), legend));
        Ok(layout)
    }

    /// Finds the frame, with `spare` width at the right and height at the bottom.
    fn framed(&mut self, figure: &Figure, ruler: &Ruler, spare: Spot) -> Result<(), Error> {
        let (width, height) = (f64::from(figure.width), f64::from(figure.height));
        let no_room = Error::NoRoom { width: figure.width, height: figure.height };
        let titles = self.title.len() as f64 * TITLE_LINE;
        let top = MARGIN + titles + if titles > 0.0 { 5.0 } else { 2.0 };
        let notes = self.notes.len() as f64 * NOTE_LINE;
        let notes = if notes > 0.0 { notes + 7.0 } else { 0.0 };
        let label = |axis: &Axis| if axis.label.is_empty() { 0.0 } else { LABEL_SIZE + 11.0 };
        let bottom = height - MARGIN - notes - label(&figure.x) - TICK - TICK_SIZE - 6.0 - spare.1;
        if bottom - top < LEAST.1 {
            return Err(no_room);
        }
        self.y = self.y.pixels(bottom, top);
        self.y_ticks = self.y.ticks(&figure.y, ((bottom - top) / 42.0) as usize + 1);
        let longest = 0.35 * width;
        for (_, text) in &mut self.y_ticks.major {
            *text = ruler.shortened(text, TICK_SIZE, longest);
        }
        let widest = |ticks: &Ticks| {
            ticks.major.iter().map(|(_, text)| ruler.width(text, TICK_SIZE)).fold(0.0, f64::max)
        };
        let left = MARGIN + label(&figure.y) + widest(&self.y_ticks) + TICK + 5.0;
        let mut right = width - MARGIN - 4.0 - spare.0;
        let mut most = 10;
        loop {
            if right - left < LEAST.0 {
                return Err(no_room);
            }
            self.x = self.x.pixels(left, right);
            self.x_ticks = self.x.ticks(&figure.x, most);
            let widest = widest(&self.x_ticks);
            // Half of the last label may stand beyond the frame.
            let over = self.x_ticks.major.last().map_or(0.0, |(x, text)| {
                self.x.place(*x) + ruler.width(text, TICK_SIZE) / 2.0 - (width - MARGIN / 2.0 - spare.0)
            });
            if over > 0.5 {
                right -= over;
                continue;
            }
            if most == 1 || (widest + 14.0) * self.x_ticks.major.len() as f64 <= right - left {
                return Ok(());
            }
            most -= 1;
        }
    }

    /// The pixels of a point on the axes.
    pub fn spot(&self, point: &Point) -> Option<Spot> {
        Some((self.x.pixel(point.x)?, self.y.pixel(point.y)?))
    }

    /// Spots that the data and their lines pass through, close enough together for the legend.
    fn occupied(&self, figure: &Figure) -> Vec<Spot> {
        const STEP: f64 = 6.0;
        let mut spots = vec![];
        for series in &figure.series {
            let mut last: Option<Spot> = None;
            for point in &series.points {
                let Some(spot) = self.spot(point) else { continue };
                spots.push(spot);
                let bound = |bounds: Option<(Value, Value)>, map: &Map| {
                    let (low, high) = bounds?;
                    let ends = map.ends();
                    let at = |v: Value| map.pixel(v).map(|p| p.clamp(ends.0, ends.1));
                    Some((at(low).unwrap_or(spot.1), at(high).unwrap_or(spot.1)))
                };
                if let Some((low, high)) = bound(point.y_bounds, &self.y) {
                    spots.extend(steps((spot.0, low), (spot.0, high), STEP));
                }
                if let Some(last) = last.filter(|_| series.line != Line::None) {
                    spots.extend(steps(last, spot, STEP));
                }
                last = Some(spot);
            }
        }
        spots
    }
}

/// Spots between two, of which the first is left out; few if they are far outside every picture.
fn steps(from: Spot, to: Spot, step: f64) -> impl Iterator<Item = Spot> {
    let count = ((to.0 - from.0).hypot(to.1 - from.1) / step).ceil().clamp(1.0, 4000.0);
    (1..=count as usize).map(move |i| {
        let t = i as f64 / count;
        (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1))
    })
}
