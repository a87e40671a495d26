//! Paints a figure.

use plotters::style::RGBColor;

use crate::canvas::{Align, Canvas, Spot};
use crate::figure::{Figure, Line, Mark, Point, Series};
use crate::layout::{self, Layout, MARGIN, NOTE_LINE, NOTE_SIZE, TICK, TICK_SIZE, TITLE_LINE, TITLE_SIZE};
use crate::legend::{self, Legend};
use crate::{Error, layout::LABEL_SIZE};

/// Okabe and Ito's colours, without the yellow, which is too light on white.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];
const INK: RGBColor = RGBColor(30, 30, 30);
const FAINT: RGBColor = RGBColor(90, 90, 90);
const GRID: RGBColor = RGBColor(218, 218, 218);
const FINE_GRID: RGBColor = RGBColor(238, 238, 238);
const WHITE: RGBColor = RGBColor(255, 255, 255);

/// Size of a mark, from its middle.
const MARK: f64 = 3.6;
/// Marks of one series are no closer than this.
const MARK_DISTANCE: f64 = 5.0;
/// With so many before it a mark is compared: of two alternating sequences, say, each has its own.
const MARKS_BACK: usize = 12;
/// Error bars from this length on, in pixels, are drawn.
const VISIBLE: f64 = 1.0;

pub fn figure(figure: &Figure, canvas: &Canvas) -> Result<(), Error> {
    let mut notes = figure.notes.clone();
    notes.extend(layout::left_out(figure));
    let layout = Layout::new(figure, &canvas.ruler, &notes)?;
    let painter = Painter { figure, canvas, layout: &layout };
    painter.grid()?;
    for (i, series) in figure.series.iter().enumerate() {
        painter.lines(series, colour(series, i))?;
    }
    painter.frame()?;
    for (i, series) in figure.series.iter().enumerate() {
        painter.error_bars(series, colour(series, i))?;
        painter.marks(series, i)?;
    }
    painter.words()?;
    match &layout.legend {
        Some((place, legend)) => painter.legend(*place, legend),
        None => Ok(()),
    }
}

fn place(series: &Series, index: usize) -> usize {
    series.place.unwrap_or(index)
}

fn colour(series: &Series, index: usize) -> RGBColor {
    COLOURS[place(series, index) % COLOURS.len()]
}

struct Painter<'a, 'b> {
    figure: &'a Figure,
    canvas: &'a Canvas<'b>,
    layout: &'a Layout,
}

impl Painter<'_, '_> {
    fn frame_ends(&self) -> (Spot, Spot) {
        let ((left, right), (top, bottom)) = (self.layout.x.ends(), self.layout.y.ends());
        ((left, top), (right, bottom))
    }

    fn grid(&self) -> Result<(), Error> {
        let ((left, top), (right, bottom)) = self.frame_ends();
        let (x, y) = (&self.layout.x, &self.layout.y);
        let vertical = |at: f64, colour| self.canvas.line(&[(at, top), (at, bottom)], colour, 0.6);
        let horizontal = |at: f64, colour| self.canvas.line(&[(left, at), (right, at)], colour, 0.6);
        // Fine lines help to read a logarithmic axis, and only there.
        if self.figure.x.scale == crate::Scale::Log {
            self.layout.x_ticks.minor.iter().try_for_each(|t| vertical(x.place(*t), FINE_GRID))?;
        }
        if self.figure.y.scale == crate::Scale::Log {
            self.layout.y_ticks.minor.iter().try_for_each(|t| horizontal(y.place(*t), FINE_GRID))?;
        }
        self.layout.x_ticks.major.iter().try_for_each(|(t, _)| vertical(x.place(*t), GRID))?;
        self.layout.y_ticks.major.iter().try_for_each(|(t, _)| horizontal(y.place(*t), GRID))
    }

    fn frame(&self) -> Result<(), Error> {
        let (from, to) = self.frame_ends();
        self.canvas.outline(from, to, INK)?;
        let mark_x = |t: f64, length: f64| {
            let at = self.layout.x.place(t);
            self.canvas.line(&[(at, to.1), (at, to.1 + length)], INK, 0.8)
        };
        let mark_y = |t: f64, length: f64| {
            let at = self.layout.y.place(t);
            self.canvas.line(&[(from.0 - length, at), (from.0, at)], INK, 0.8)
        };
        self.layout.x_ticks.minor.iter().try_for_each(|t| mark_x(*t, 0.5 * TICK))?;
        self.layout.y_ticks.minor.iter().try_for_each(|t| mark_y(*t, 0.5 * TICK))?;
        for (t, label) in &self.layout.x_ticks.major {
            mark_x(*t, TICK)?;
            let at = (self.layout.x.place(*t), to.1 + TICK + 4.0 + 0.5 * TICK_SIZE);
            self.canvas.text(label, at, TICK_SIZE, INK, Align::Middle)?;
        }
        for (t, label) in &self.layout.y_ticks.major {
            mark_y(*t, TICK)?;
            let at = (from.0 - TICK - 4.0, self.layout.y.place(*t));
            self.canvas.text(label, at, TICK_SIZE, INK, Align::Right)?;
        }
        Ok(())
    }

    fn words(&self) -> Result<(), Error> {
        let ((left, top), (right, bottom)) = self.frame_ends();
        let centre = 0.5 * (left + right);
        for (i, line) in self.layout.title.iter().enumerate() {
            let wide = self.canvas.ruler.width(line, TITLE_SIZE);
            // Over the frame, unless that would cut it off.
            let half = 0.5 * wide + 4.0;
            let at = if half < self.canvas.width / 2.0 {
                centre.clamp(half, self.canvas.width - half)
            } else {
                centre
            };
            let y = MARGIN + (i as f64 + 0.5) * TITLE_LINE;
            self.canvas.text(line, (at, y), TITLE_SIZE, INK, Align::Middle)?;
        }
        if !self.figure.x.label.is_empty() {
            let y = bottom + TICK + TICK_SIZE + 11.0 + 0.5 * LABEL_SIZE;
            self.canvas.text(&self.figure.x.label, (centre, y), LABEL_SIZE, INK, Align::Middle)?;
        }
        if !self.figure.y.label.is_empty() {
            let at = (MARGIN + 0.5 * LABEL_SIZE, 0.5 * (top + bottom));
            self.canvas.text(&self.figure.y.label, at, LABEL_SIZE, INK, Align::Upwards)?;
        }
        let first = self.canvas.height - MARGIN - (self.layout.notes.len() as f64 - 0.5) * NOTE_LINE;
        for (i, line) in self.layout.notes.iter().enumerate() {
            let at = (MARGIN, first + i as f64 * NOTE_LINE);
            self.canvas.text(line, at, NOTE_SIZE, FAINT, Align::Left)?;
        }
        Ok(())
    }

    fn lines(&self, series: &Series, colour: RGBColor) -> Result<(), Error> {
        if series.line == Line::None {
            return Ok(());
        }
        let spots: Vec<Spot> = series.points.iter().filter_map(|p| self.layout.spot(p)).collect();
        let (from, to) = self.frame_ends();
        for piece in clipped(&spots, from, to) {
            match series.line {
                Line::Thin => self.canvas.line(&piece, pale(colour), 1.1)?,
                Line::Dashed => self.canvas.dashes(&piece, colour, 1.4)?,
                Line::Solid | Line::None => self.canvas.line(&piece, colour, 1.7)?,
            }
        }
        Ok(())
    }

    fn inside(&self, (x, y): Spot) -> bool {
        let ((left, top), (right, bottom)) = self.frame_ends();
        (left - 0.5..=right + 0.5).contains(&x) && (top - 0.5..=bottom + 0.5).contains(&y)
    }

    fn marks(&self, series: &Series, index: usize) -> Result<(), Error> {
        if series.mark == Mark::None {
            return Ok(());
        }
        let mut drawn: Vec<Spot> = vec![];
        for spot in series.points.iter().filter_map(|p| self.layout.spot(p)).filter(|s| self.inside(*s)) {
            let near = |other: &&Spot| (other.0 - spot.0).hypot(other.1 - spot.1) < MARK_DISTANCE;
            if drawn.iter().rev().take(MARKS_BACK).find(near).is_none() {
                drawn.push(spot);
                self.mark(spot, series, index)?;
            }
        }
        Ok(())
    }

    /// One mark; its shape goes with the colour, and eight shapes with seven colours make many pairs.
    fn mark(&self, (x, y): Spot, series: &Series, index: usize) -> Result<(), Error> {
        let (canvas, colour, s) = (self.canvas, colour(series, index), MARK);
        let shape = |corners: &[Spot]| {
            let corners: Vec<Spot> = corners.iter().map(|(a, b)| (x + a * s, y + b * s)).collect();
            canvas.polygon(&corners, colour)
        };
        match place(series, index) % 8 {
            0 => canvas.circle((x, y), s, colour),
            1 => shape(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            2 => shape(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
            3 => shape(&[(0.0, -1.3), (1.1, 0.0), (0.0, 1.3), (-1.1, 0.0)]),
            4 => shape(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
            5 => shape(&[(-1.2, 0.0), (0.8, -1.1), (0.8, 1.1)]),
            6 => shape(&[(-1.2, -0.35), (1.2, -0.35), (1.2, 0.35), (-1.2, 0.35)]),
            _ => shape(&[(1.2, 0.0), (-0.8, -1.1), (-0.8, 1.1)]),
        }
    }

    /// Bars where they can be seen.
    fn error_bars(&self, series: &Series, colour: RGBColor) -> Result<(), Error> {
        for point in &series.points {
            let Some((x, y)) = self.layout.spot(point).filter(|s| self.inside(*s)) else { continue };
            if let Some((low, high)) = self.bar(point, true).filter(|(a, b)| (a - b).abs() >= VISIBLE) {
                self.canvas.line(&[(x, low), (x, high)], colour, 1.2)?;
                for end in [low, high] {
                    self.canvas.line(&[(x - 3.5, end), (x + 3.5, end)], colour, 1.2)?;
                }
            }
            if let Some((low, high)) = self.bar(point, false).filter(|(a, b)| (a - b).abs() >= VISIBLE) {
                self.canvas.line(&[(low, y), (high, y)], colour, 1.2)?;
                for end in [low, high] {
                    self.canvas.line(&[(end, y - 3.5), (end, y + 3.5)], colour, 1.2)?;
                }
            }
        }
        Ok(())
    }

    /// The ends of an error bar in pixels; one that has no place on a logarithmic axis is at the end of the axis.
    fn bar(&self, point: &Point, upright: bool) -> Option<(f64, f64)> {
        let (bounds, map) = match upright {
            true => (point.y_bounds?, &self.layout.y),
            false => (point.x_bounds?, &self.layout.x),
        };
        let (first, last) = map.ends();
        let lowest = if upright { last } else { first };
        let at = |value| map.pixel(value).unwrap_or(lowest).clamp(first, last);
        Some((at(bounds.0), at(bounds.1)))
    }

    fn legend(&self, (x, y): Spot, legend: &Legend) -> Result<(), Error> {
        self.canvas.rectangle((x, y), (x + legend.width, y + legend.height), WHITE)?;
        self.canvas.outline((x, y), (x + legend.width, y + legend.height), GRID)?;
        for (row, (index, label)) in legend.entries.iter().enumerate() {
            let series = &self.figure.series[*index];
            let colour = colour(series, *index);
            let at = y + legend::PAD + legend::LINE * (row as f64 + 0.5) - 2.0;
            let (from, to) = (x + legend::PAD, x + legend::PAD + legend::SAMPLE);
            match series.line {
                Line::None => {}
                Line::Thin => self.canvas.line(&[(from, at), (to, at)], pale(colour), 1.1)?,
                Line::Solid => self.canvas.line(&[(from, at), (to, at)], colour, 1.7)?,
                Line::Dashed => self.canvas.dashes(&[(from, at), (to, at)], colour, 1.4)?,
            }
            if series.mark == Mark::Shown {
                self.mark((0.5 * (from + to), at), series, *index)?;
            }
            self.canvas.text(label, (to + legend::PAD, at), legend::SIZE, INK, Align::Left)?;
        }
        Ok(())
    }
}

/// Half way to white.
fn pale(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let half = |c: u8| (u16::from(c) / 2 + 127) as u8;
    RGBColor(half(r), half(g), half(b))
}

/// The parts of a path that lie inside the frame.
fn clipped(spots: &[Spot], from: Spot, to: Spot) -> Vec<Vec<Spot>> {
    let mut pieces: Vec<Vec<Spot>> = vec![];
    let mut joined = false;
    for pair in spots.windows(2) {
        let Some((a, b)) = clip(pair[0], pair[1], from, to) else {
            joined = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if joined => piece.push(b),
            _ => pieces.push(vec![a, b]),
        }
        joined = b == pair[1];
    }
    pieces
}

/// The part of a segment inside the frame (Liang and Barsky).
fn clip(a: Spot, b: Spot, from: Spot, to: Spot) -> Option<(Spot, Spot)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut start, mut end) = (0.0f64, 1.0f64);
    for (step, room) in [(-dx, a.0 - from.0), (dx, to.0 - a.0), (-dy, a.1 - from.1), (dy, to.1 - a.1)] {
        match step {
            s if s == 0.0 && room < 0.0 => return None,
            s if s < 0.0 => start = start.max(room / s),
            s if s > 0.0 => end = end.min(room / s),
            _ => {}
        }
    }
    let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
    (start <= end).then(|| (if start == 0.0 { a } else { at(start) }, if end == 1.0 { b } else { at(end) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_at_the_frame() {
        let pieces = clipped(&[(-1.0, 0.5), (0.5, 0.5), (0.5, 3.0), (0.2, 0.2)], (0.0, 0.0), (1.0, 1.0));
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0], [(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)]);
        assert!(pieces[1][0].1 == 1.0 && pieces[1][1] == (0.2, 0.2));
        assert!(clip((2.0, 2.0), (3.0, 1.5), (0.0, 0.0), (1.0, 1.0)).is_none());
    }
}
