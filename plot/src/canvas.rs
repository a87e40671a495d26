//! The painter: plotters' SVG backend, in floating point and with sub- and superscripts.
//!
//! The backend places everything on whole pixels, too coarse for a curve. So it paints on a grid ten times as fine, and
//! the picture is then declared to be of the size asked for.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::Error;
use crate::text::{FAMILIES, Ruler, printable, shift_in_svg};

/// Steps of the grid for a pixel.
const FINE: f64 = 10.0;
/// plotters writes sizes divided by this.
const FONT_FACTOR: f64 = 1.24;
/// A dash and the gap after it, in pixels.
const DASH: (f64, f64) = (6.0, 4.0);

/// A place in pixels from the top left corner.
pub type Spot = (f64, f64);

/// Where a text's anchor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Middle,
    Right,
    /// In the middle, read upwards.
    Upwards,
}

/// A place to paint.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    pub ruler: Ruler,
    pub width: f64,
    pub height: f64,
}

/// A drawing of a size, as SVG.
pub fn svg(
    width: u32,
    height: u32,
    paint: impl FnOnce(&Canvas) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut text = String::new();
    let fine = FINE as u32;
    {
        let area = SVGBackend::with_string(&mut text, (width * fine, height * fine)).into_drawing_area();
        let canvas = Canvas { area, ruler: Ruler::new(), width: f64::from(width), height: f64::from(height) };
        canvas.area.fill(&WHITE).map_err(failed)?;
        paint(&canvas)?;
        canvas.area.present().map_err(failed)?;
    }
    let painted = format!("<svg width=\"{}\" height=\"{}\" ", width * fine, height * fine);
    let declared = format!("<svg width=\"{width}\" height=\"{height}\" ");
    Ok(shift_in_svg(&text.replacen(&painted, &declared, 1)))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Painter(error.to_string())
}

fn fine((x, y): Spot) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    colour.stroke_width((width * FINE).round().max(1.0) as u32)
}

impl Canvas<'_> {
    /// A line through the spots.
    pub fn line(&self, spots: &[Spot], colour: RGBColor, width: f64) -> Result<(), Error> {
        let path: Vec<_> = spots.iter().map(|s| fine(*s)).collect();
        self.area.draw(&PathElement::new(path, stroke(colour, width))).map_err(failed)
    }

    /// The same, dashed.
    pub fn dashes(&self, spots: &[Spot], colour: RGBColor, width: f64) -> Result<(), Error> {
        // Where in dash and gap the path is.
        let (mut along, mut dash) = (0.0, vec![]);
        for pair in spots.windows(2) {
            let ((x, y), (dx, dy)) = (pair[0], (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1));
            let length = dx.hypot(dy);
            let mut done = 0.0;
            while done < length {
                let drawn = along < DASH.0;
                let step = (if drawn { DASH.0 } else { DASH.0 + DASH.1 } - along).min(length - done);
                let at = |t: f64| (x + dx * t / length, y + dy * t / length);
                if drawn {
                    if dash.is_empty() {
                        dash.push(at(done));
                    }
                    dash.push(at(done + step));
                } else if !dash.is_empty() {
                    self.line(&std::mem::take(&mut dash), colour, width)?;
                }
                along = (along + step) % (DASH.0 + DASH.1);
                // Steps too small to count would never end.
                done += step.max(1e-6);
            }
        }
        if dash.len() > 1 { self.line(&dash, colour, width) } else { Ok(()) }
    }

    /// A filled rectangle.
    pub fn rectangle(&self, from: Spot, to: Spot, colour: RGBColor) -> Result<(), Error> {
        self.area.draw(&Rectangle::new([fine(from), fine(to)], colour.filled())).map_err(failed)
    }

    /// Its outline. (plotters draws that of a rectangle in the thinnest line there is.)
    pub fn outline(&self, from: Spot, to: Spot, colour: RGBColor) -> Result<(), Error> {
        let corners = [from, (to.0, from.1), to, (from.0, to.1), from, (from.0 + 0.1, from.1)];
        self.line(&corners, colour, 0.8)
    }

    /// A filled circle.
    pub fn circle(&self, centre: Spot, radius: f64, colour: RGBColor) -> Result<(), Error> {
        self.area.draw(&Circle::new(fine(centre), (radius * FINE) as i32, colour.filled())).map_err(failed)
    }

    /// A filled polygon.
    pub fn polygon(&self, corners: &[Spot], colour: RGBColor) -> Result<(), Error> {
        let corners: Vec<_> = corners.iter().map(|s| fine(*s)).collect();
        self.area.draw(&Polygon::new(corners, colour)).map_err(failed)
    }

    /// A line of text, the middle of its height at the spot.
    pub fn text(&self, text: &str, at: Spot, size: f64, colour: RGBColor, align: Align) -> Result<(), Error> {
        let font = FontDesc::new(FontFamily::Name(FAMILIES), size * FINE * FONT_FACTOR, FontStyle::Normal);
        let (font, anchor) = match align {
            Align::Left => (font, HPos::Left),
            Align::Middle => (font, HPos::Center),
            Align::Right => (font, HPos::Right),
            Align::Upwards => (font.transform(FontTransform::Rotate270), HPos::Center),
        };
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(anchor, VPos::Center));
        self.area.draw(&Text::new(printable(text), fine(at), style)).map_err(failed)
    }
}
