//! What a figure consists of.

use crate::value::Value;

/// A figure: axes, series, words.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Above the axes; may be empty.
    pub title: String,
    /// Below the axes, in small print; each starts a line of its own.
    pub notes: Vec<String>,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The data, in the order of the legend.
    pub series: Vec<Series>,
    /// Width in pixels of an SVG, which is 1/96 inch.
    pub width: u32,
    /// Height alike.
    pub height: u32,
}

impl Default for Figure {
    fn default() -> Figure {
        let axis = || Axis::new("", Scale::Linear);
        Figure {
            title: String::new(),
            notes: vec![],
            x: axis(),
            y: axis(),
            series: vec![],
            width: 720,
            height: 500,
        }
    }
}

/// One axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it shows, with its unit.
    pub label: String,
    /// How values are placed along it.
    pub scale: Scale,
    /// Its ends; `None` to fit the data.
    pub range: Option<(Value, Value)>,
    /// Whether only whole numbers are marked.
    pub whole: bool,
}

impl Axis {
    /// An axis that fits the data.
    pub fn new(label: impl Into<String>, scale: Scale) -> Axis {
        Axis { label: label.into(), scale, range: None, whole: false }
    }

    /// With ends.
    pub fn range(self, low: impl Into<Value>, high: impl Into<Value>) -> Axis {
        Axis { range: Some((low.into(), high.into())), ..self }
    }

    /// With whole numbers only.
    pub fn whole(self) -> Axis {
        Axis { whole: true, ..self }
    }
}

/// How values are placed along an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scale {
    /// In proportion.
    Linear,
    /// By their logarithm; values that are not positive are left out, and a note says how many.
    Log,
    /// Value `i` at the `i`-th name, from the left or from the top.
    Names(Vec<String>),
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its line in the legend; empty for none.
    pub label: String,
    /// The points, in the order in which a line joins them.
    pub points: Vec<Point>,
    /// The points' marks.
    pub mark: Mark,
    /// The line through the points.
    pub line: Line,
    /// Which colour and mark: those of the series at this place; `None` for its own place.
    pub place: Option<usize>,
}

impl Series {
    /// A series with marks and a thin line.
    pub fn new(label: impl Into<String>, points: Vec<Point>) -> Series {
        Series { label: label.into(), points, mark: Mark::Shown, line: Line::Thin, place: None }
    }

    /// With these marks and this line.
    pub fn style(self, mark: Mark, line: Line) -> Series {
        Series { mark, line, ..self }
    }

    /// In the colour of the series at another place.
    pub fn colour(self, place: usize) -> Series {
        Series { place: Some(place), ..self }
    }
}

/// Whether points have marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// None.
    None,
    /// A mark for each point; where marks would lie on top of each other, for some.
    Shown,
}

/// The line through the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// None.
    None,
    /// Thin, for the eye to follow the marks.
    Thin,
    /// For a curve.
    Solid,
    /// For a reference.
    Dashed,
}

/// A point, with what is known of its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub x: Value,
    /// What.
    pub y: Value,
    /// The ends of the vertical error bar, drawn where it can be seen.
    pub y_bounds: Option<(Value, Value)>,
    /// The ends of the horizontal one.
    pub x_bounds: Option<(Value, Value)>,
}

impl Point {
    /// An exact point.
    pub fn new(x: impl Into<Value>, y: impl Into<Value>) -> Point {
        Point { x: x.into(), y: y.into(), y_bounds: None, x_bounds: None }
    }

    /// A point of which the second coordinate lies between `low` and `high`.
    pub fn with_error(
        x: impl Into<Value>,
        y: impl Into<Value>,
        low: impl Into<Value>,
        high: impl Into<Value>,
    ) -> Point {
        Point { y_bounds: Some((low.into(), high.into())), ..Point::new(x, y) }
    }
}
