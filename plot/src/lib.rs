//! Figures with error bars, on linear and logarithmic axes, as SVG and PNG.
//!
//! A [`Figure`] is a description: axes, series of points, marks and lines, a title, notes. [`Figure::svg`] and
//! [`Figure::png`] draw it; the PNG is the rasterized SVG, with a font that the crate carries, so nothing depends on
//! the machine. Numbers are [`Value`]s, which may lie far outside the range of `f64`.
//!
//! # Examples
//! ```
//! use ntk_plot::{Axis, Figure, Line, Mark, Point, Scale, Series, sub, sup};
//!
//! let points = (1..=40).map(|m| Point::with_error(m as f64, 2.0 / m as f64, 1.6 / m as f64, 2.5 / m as f64));
//! let figure = Figure {
//!     title: "Hessian norm against width".into(),
//!     x: Axis::new("width m", Scale::Log),
//!     y: Axis::new(format!("norm, 10{} units", sup("3")), Scale::Log),
//!     series: vec![
//!         Series::new("linear output", points.collect()).style(Mark::Shown, Line::None),
//!         Series::new(format!("fit, m{}", sup("−1")), vec![Point::new(1.0, 2.0), Point::new(40.0, 0.05)])
//!             .style(Mark::None, Line::Dashed)
//!             .colour(0),
//!     ],
//!     notes: vec![format!("Bars: 95 % intervals of λ{}.", sub("max"))],
//!     ..Figure::default()
//! };
//! assert!(figure.svg()?.starts_with("<svg"));
//! assert_eq!(figure.png(2.0)?[1..4], *b"PNG");
//! # Ok::<(), ntk_plot::Error>(())
//! ```

#![forbid(unsafe_code)]

mod canvas;
mod draw;
mod figure;
mod layout;
mod legend;
mod output;
mod raster;
mod text;
mod ticks;
mod value;

pub use figure::{Axis, Figure, Line, Mark, Point, Scale, Series};
pub use text::{sub, sup, unknown_characters};
pub use value::Value;

/// Smallest width and height of a figure.
pub const MIN_SIDE: u32 = 200;
/// Largest width and height of a figure, and of a PNG in pixels.
pub const MAX_SIDE: u32 = 8000;
/// Most series in one figure.
pub const MAX_SERIES: usize = 24;

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No point lies on the axes.
    #[error("there is nothing to draw: {0}")]
    Empty(String),
    /// A size out of range.
    #[error(
        "a picture of {width} × {height} is not offered: sides from {MIN_SIDE} to {MAX_SIDE} are accepted"
    )]
    Size {
        /// The width asked for.
        width: u32,
        /// The height asked for.
        height: u32,
    },
    /// Title, labels and notes leave no room for the axes.
    #[error(
        "{width} × {height} leaves no room for the axes beside title, labels and notes; a larger picture is accepted"
    )]
    NoRoom {
        /// The width asked for.
        width: u32,
        /// The height asked for.
        height: u32,
    },
    /// Too many series to tell apart.
    #[error("{0} series in one picture are too many to tell apart; up to {MAX_SERIES} are accepted")]
    TooMany(usize),
    /// The painter failed.
    #[error("the picture could not be drawn: {0}")]
    Painter(String),
}
