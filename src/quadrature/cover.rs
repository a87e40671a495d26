//! Rectangles that prove a function analytic and bound it.

use super::integrand::Integrand;
use super::weight::Weight;
use crate::number::Mag;

/// How often a rectangle is halved before the search gives up.
const MAX_DEPTH: u32 = 14;

/// How many rectangles are halved to bound an integral better.
const MAX_HALVINGS: u32 = 200;

/// A part `[x_0, x_1] × [y_0, y_1]` of the upper half plane with a bound of `|f|` on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rectangle {
    pub x: [f64; 2],
    pub y: [f64; 2],
    pub bound: Mag,
}

impl Rectangle {
    fn new(f: &Integrand, piece: usize, x: [f64; 2], y: [f64; 2]) -> Rectangle {
        Rectangle { x, y, bound: f.bound(piece, x, y) }
    }

    fn halves(&self, f: &Integrand, piece: usize, across: bool) -> [Rectangle; 2] {
        let side = if across { self.x } else { self.y };
        let middle = 0.5 * (side[0] + side[1]);
        [[side[0], middle], [middle, side[1]]].map(|part| {
            let (x, y) = if across { (part, self.y) } else { (self.x, part) };
            Rectangle::new(f, piece, x, y)
        })
    }

    /// The distance of the rectangle to the imaginary axis.
    pub fn nearest(&self) -> f64 {
        if self.x[0] > 0.0 { self.x[0] } else { (-self.x[1]).max(0.0) }
    }

    /// A bound of `∫ |f h_k n|` along a horizontal line through it, at the height of its upper side at most.
    pub fn integral(&self, weight: &Weight) -> Mag {
        // The difference of two doubles, rounded to nearest.
        let width = Mag::from_f64((self.x[1] - self.x[0]) * (1.0 + 1e-15));
        self.bound * width * weight.bound(self.nearest(), self.y[1])
    }
}

/// Finite rectangles that cover `[x_0, x_1] × [0, height]`, or `None` where the function is not proved analytic.
/// `budget` counts evaluations.
pub(super) fn cover(
    f: &Integrand,
    piece: usize,
    x: [f64; 2],
    height: f64,
    budget: &mut usize,
) -> Option<Vec<Rectangle>> {
    let mut pending = vec![(Rectangle::new(f, piece, x, [0.0, height]), 0)];
    let mut done = vec![];
    while let Some((part, depth)) = pending.pop() {
        if part.bound.is_finite() {
            done.push(part);
            continue;
        }
        if depth == MAX_DEPTH || *budget < 2 {
            return None;
        }
        *budget -= 2;
        let across = part.x[1] - part.x[0] >= part.y[1] - part.y[0];
        pending.extend(part.halves(f, piece, across).map(|half| (half, depth + 1)));
    }
    Some(done)
}

/// A cover of `[-r, r] × [0, height]` (of the right half where the function is even or odd), and a bound of `∫ |f h_k
/// n|` along its upper side.
pub(super) struct Strip {
    pub rectangles: Vec<Rectangle>,
    pub integral: Mag,
}

impl Strip {
    pub fn new(f: &Integrand, weight: &Weight, r: f64, height: f64, budget: &mut usize) -> Option<Strip> {
        let symmetric = f.parity().is_some();
        let mut columns = vec![];
        let (mut left, mut width) = (0.0, height.clamp(r / 256.0, (r / 256.0).max(1.0)));
        while left < r {
            let right = if left + 1.5 * width >= r { r } else { left + width };
            columns.push([left, right]);
            if !symmetric {
                columns.push([-right, -left]);
            }
            (left, width) = (right, 1.5 * width);
        }
        let mut rectangles = vec![];
        for x in columns {
            *budget = budget.checked_sub(1)?;
            rectangles.extend(cover(f, 0, x, height, budget)?);
        }
        let mut out = Strip { rectangles, integral: Mag::ZERO };
        out.refine(f, weight, height, budget);
        if symmetric {
            out.integral = out.integral.shl(1);
        }
        Some(out)
    }

    /// Halves wide rectangles that dominate the integral.
    fn refine(&mut self, f: &Integrand, weight: &Weight, height: f64, budget: &mut usize) {
        let parts = |rectangles: &[Rectangle]| -> Vec<Mag> {
            // Only those at the top meet the line.
            rectangles
                .iter()
                .map(|part| if part.y[1] >= height { part.integral(weight) } else { Mag::ZERO })
                .collect()
        };
        let mut integrals = parts(&self.rectangles);
        for _ in 0..MAX_HALVINGS {
            let largest =
                (0..integrals.len()).fold(0, |i, j| if integrals[i] < integrals[j] { j } else { i });
            let part = self.rectangles[largest];
            if *budget < 2 || part.x[1] - part.x[0] <= 0.25 * height.clamp(0.1, 1.0) {
                break;
            }
            *budget -= 2;
            let halves = part.halves(f, 0, true);
            let better = parts(&halves);
            // Worth it only where it gains more than a bit or so.
            let gain = (better[0] + better[1]) < integrals[largest].shl(-1);
            if !better[0].is_finite() || !better[1].is_finite() {
                break;
            }
            self.rectangles[largest] = halves[0];
            self.rectangles.push(halves[1]);
            integrals[largest] = better[0];
            integrals.push(better[1]);
            if !gain {
                break;
            }
        }
        self.integral = integrals.into_iter().fold(Mag::ZERO, |sum, part| sum + part);
    }

    /// A bound of `|f|` on `|Re z| = r`.
    pub fn bound_at(&self, r: f64) -> Mag {
        let meets =
            |part: &&Rectangle| part.x[0] <= r && r <= part.x[1] || part.x[0] <= -r && -r <= part.x[1];
        self.rectangles.iter().filter(meets).fold(Mag::ZERO, |most, part| most.max(part.bound))
    }
}
