//! What a series leaves out, from the derivatives along the step itself.

use crate::parallel::*;
use rug::float::Round;
use rug::ops::Pow;
use rug::{Float, Integer};

use super::Neighbourhood;
use crate::Ball;
use crate::finite::arithmetic::{Affine, Computed};
use crate::finite::local::LocalActivation;
use crate::number::Mag;

/// A step is cut into at most 2^6 cells, and work on them (parameters times the square of orders) bounded.
const MAX_HALVINGS: u32 = 6;
const MAX_WORK: usize = 1 << 22;
/// Bits of what only bounds.
const PRECISION: u32 = 64;

impl Neighbourhood {
    /// Bounds of what is left out after the orders `0, …, order`, for a step within reach; infinite where none is
    /// found.
    ///
    /// By Taylor's theorem, with $G_k(t) = g^{(k)}(t)/k!$,
    ///
    /// $$ g(1) - \sum_{k \le m} g_k = \int_0^1 (m+1) (1-t)^m\, G_{m+1}(t)\, dt. $$
    ///
    /// The segment is cut into cells. On a cell, $G_{m+1}$ is a coefficient of the series around $W + t\Delta$, which
    /// ball arithmetic encloses for all $t$ at once. Cells are halved for as long as that pays.
    pub(super) fn remainders_on_segment(&self, cut: &[Affine<Ball>], order: usize) -> Vec<Mag> {
        let round = |x: &Ball| x.with_precision(PRECISION);
        let computed = self.computed.rounded(PRECISION);
        let cut: Vec<Affine<Ball>> = cut.iter().map(|step| step.map(round)).collect();
        let x: Vec<Ball> = self.x.iter().map(round).collect();
        let parameters = computed.list();
        let mut best = vec![Mag::INFINITY; order + 1];
        let work = parameters.len().saturating_mul((order + 2) * (order + 2));
        for halvings in 0..=MAX_HALVINGS.min((MAX_WORK / work).max(1).ilog2()) {
            let on_cell = |i: u32| {
                // The centre of the cell and half its length.
                let centre = Ball::exact(Float::with_val(PRECISION, 2 * i + 1));
                let t = centre.widened(Mag::ONE).shl(-1 - halvings as i32);
                let steps = cut.iter().flat_map(Affine::numbers);
                let moved: Vec<Ball> =
                    parameters.iter().zip(steps).map(|(w, step)| w + &(&t * step)).collect();
                let sizes = self.sizes_around(&computed.at(&moved), &x, &cut, order + 1);
                (0..=order).map(|m| weight(m as u32, [i, halvings]) * sizes[m + 1]).collect()
            };
            let none = || vec![Mag::ZERO; order + 1];
            let add = |a: Vec<Mag>, b: Vec<Mag>| a.into_iter().zip(b).map(|(a, b)| a + b).collect();
            let found = (0..1u32 << halvings).into_par_iter().map(on_cell).reduce(none, add);
            // By a quarter somewhere, or nothing is known yet.
            let pays = |(old, new): (&Mag, &Mag)| !old.is_finite() || new.shl(2) < *old + *old + *old;
            let goes_on = best.iter().zip(&found).any(pays);
            best.iter_mut().zip(found).for_each(|(best, new)| *best = best.min(new));
            if !goes_on {
                break;
            }
        }
        best
    }

    /// Bounds of the output's coefficients in the direction of the step, around parameters that are balls.
    fn sizes_around(
        &self,
        there: &Computed<Ball>,
        x: &[Ball],
        cut: &[Affine<Ball>],
        order: usize,
    ) -> Vec<Mag> {
        // The neurons keep their pieces; balls that are wider than the segment may reach beyond, where the formulas go
        // on.
        let through = |[l, i]: [usize; 2], local: &LocalActivation, z| local.along(self.layer(l)[i].piece, z);
        match there.along_by(x, cut, order, through) {
            Ok(outputs) => outputs[0].iter().map(Ball::magnitude).collect(),
            Err(_) => vec![Mag::INFINITY; order + 1],
        }
    }
}

/// The integral of `(m+1) (1-t)^m` over cell `i` of `2^halvings`.
fn weight(m: u32, [i, halvings]: [u32; 2]) -> Mag {
    let rest = (1u32 << halvings) - i;
    let difference = Integer::from(rest).pow(m + 1) - Integer::from(rest - 1).pow(m + 1);
    let above = Float::with_val_round(53, difference, Round::Up).0;
    Mag::from_float(&above).shl(-i64::from(halvings * (m + 1)))
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use num_traits::pow;

    use super::*;

    /// `(1-a)^{m+1} - (1-b)^{m+1}` over every cell, and one in all.
    #[test]
    fn weights_are_the_integrals() {
        for (m, halvings) in [(0u32, 0u32), (1, 0), (5, 1), (20, 3), (200, 6), (0, 6)] {
            let mut whole = Ball::zero(200);
            for i in 0..1u32 << halvings {
                let at = |i: u32| {
                    BigRational::new(((1u64 << halvings) - u64::from(i)).into(), (1u64 << halvings).into())
                };
                let truth = pow(at(i), m as usize + 1) - pow(at(i + 1), m as usize + 1);
                let truth = Ball::from_rational(&truth, 200);
                let found = weight(m, [i, halvings]);
                assert!(
                    found.to_float() >= truth.lower() && found <= truth.magnitude() * Mag::from_f64(1.000001),
                    "{m}, {i}"
                );
                whole = whole + Ball::exact(found.to_float());
            }
            assert!(whole.lower() >= 1 && whole.upper() <= 1.001, "{m}: {whole}");
        }
    }
}
