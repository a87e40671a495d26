//! Bounds on Bernstein ellipses.

use rug::Float;
use rug::float::Round;

use super::SHORT;
use super::integrand::Integrand;
use super::weight::Weight;
use crate::number::Mag;
use crate::work;

/// Columns that cover the upper half of an ellipse.
const COLUMNS: i32 = 8;
/// How often a rectangle is quartered.
const MAX_DEPTH: u32 = 3;

/// Bounds on an ellipse: of `|f|`, and of `|f h_k n|`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub plain: Mag,
    pub weighted: Mag,
}

impl Bound {
    const ZERO: Bound = Bound { plain: Mag::ZERO, weighted: Mag::ZERO };

    pub fn plus(self, other: Bound) -> Bound {
        Bound { plain: self.plain + other.plain, weighted: self.weighted + other.weighted }
    }

    fn max(self, other: Bound) -> Bound {
        Bound { plain: self.plain.max(other.plain), weighted: self.weighted.max(other.weighted) }
    }
}

/// Bounds on the closed ellipse with foci `centre ± half` and half-axes `half (ρ ± 1/ρ)/2`; `None` where the function
/// is not proved analytic. The lower half is the upper one's mirror image.
pub(super) fn ellipse_bound(
    f: &Integrand,
    weight: &Weight,
    piece: usize,
    centre: &Float,
    half: &Float,
    rho: f64,
    budget: &mut usize,
) -> Option<Bound> {
    // Small panels far from zero: enough bits to tell their parts apart.
    let bits = |x: &Float| x.get_exp().unwrap_or(0);
    let precision = SHORT + (bits(centre) - bits(half)).max(0).unsigned_abs();
    // Wider by 10^-9 each: this covers the roundings of doubles, of relative size 10^-15.
    let (wide, high) = (0.5 * (rho + 1.0 / rho) * (1.0 + 1e-9), 0.5 * (rho - 1.0 / rho) * (1.0 + 1e-9));
    let mut out = Bound::ZERO;
    for i in 0..COLUMNS {
        let [from, to] = [i, i + 1].map(|j| f64::from(2 * j - COLUMNS) / f64::from(COLUMNS));
        let nearest = if from >= 0.0 { from } else { (-to).max(0.0) };
        let height = high * (1.0 - nearest * nearest).sqrt();
        let x = [(from, Round::Down), (to, Round::Up)].map(|(share, round)| {
            let offset = Float::with_val_round(precision, half * &Float::with_val(53, share * wide), round).0;
            Float::with_val_round(precision, centre + &offset, round).0
        });
        let height = Float::with_val_round(SHORT, half * &Float::with_val(53, height), Round::Up).0;
        let rectangle = Rectangle { x, y: [Float::new(SHORT), height] };
        out = out.max(rectangle.bound(f, weight, piece, precision, 0, budget)?);
    }
    Some(out)
}

struct Rectangle {
    x: [Float; 2],
    y: [Float; 2],
}

impl Rectangle {
    fn bound(
        &self,
        f: &Integrand,
        weight: &Weight,
        piece: usize,
        precision: u32,
        depth: u32,
        budget: &mut usize,
    ) -> Option<Bound> {
        *budget = budget.checked_sub(1).filter(|_| !work::is_exhausted())?;
        let plain = f.bound_at(piece, [&self.x[0], &self.x[1]], [&self.y[0], &self.y[1]], precision);
        if plain.is_finite() {
            let right = self.x[0].to_f64_round(Round::Down);
            let left = -self.x[1].to_f64_round(Round::Up);
            let top = self.y[1].to_f64_round(Round::Up);
            return Some(Bound { plain, weighted: plain * weight.bound(right.max(left).max(0.0), top) });
        }
        if depth == MAX_DEPTH {
            return None;
        }
        let middle = |[from, to]: &[Float; 2]| Float::with_val(precision, from + to) >> 1u32;
        let (x, y) = (middle(&self.x), middle(&self.y));
        let mut out = Bound::ZERO;
        for (right, upper) in [(false, true), (true, true), (false, false), (true, false)] {
            let side = |ends: &[Float; 2], middle: &Float, second: bool| {
                if second { [middle.clone(), ends[1].clone()] } else { [ends[0].clone(), middle.clone()] }
            };
            let part = Rectangle { x: side(&self.x, &x, right), y: side(&self.y, &y, upper) };
            out = out.max(part.bound(f, weight, piece, precision, depth + 1, budget)?);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests;
