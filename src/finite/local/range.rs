//! Bounds of an activation's derivatives on an interval.

use rug::Float;

use super::LocalActivation;
use crate::number::Mag;
use crate::{Ball, Error};

/// Parts that an interval is cut into.
const PARTS: usize = 512;
/// Bits of what only bounds.
const PRECISION: u32 = 64;

impl LocalActivation {
    /// Upper bounds of `|φ'|` and `|φ''|` on `[low, high]`, the second wherever `φ''` exists; `φ'` is proved continuous
    /// there, so that the second is a Lipschitz constant of it.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the interval holds a kink or a jump, or a bound is not finite.
    pub(crate) fn derivative_bounds(&self, low: f64, high: f64) -> Result<[Mag; 2], Error> {
        let mut out = [Mag::ZERO; 2];
        let end = |k: usize| match k {
            PARTS => high,
            _ => (low + (high - low) * (k as f64 / PARTS as f64)).clamp(low, high),
        };
        for k in 0..PARTS {
            let (from, to) = (end(k), end(k + 1));
            let mid = from / 2.0 + to / 2.0;
            // The part lies within this radius: each difference is off by at most u of itself, or by what underflows.
            let half = (to - mid).abs().max((mid - from).abs());
            let radius = half * (1.0 + 4.0 * f64::EPSILON) + f64::MIN_POSITIVE;
            let z = match half.is_finite() {
                true => Ball::new(Float::with_val(PRECISION, mid), Mag::from_f64(radius)),
                false => Ball::whole_line(PRECISION),
            };
            let [first, last] = self.touched(&z);
            let smooth = |i: usize| {
                let seam = &self.pieces.seams[i];
                seam.jump == Some(false) && seam.order.is_some_and(|order| order > 1)
            };
            if !(first..last).all(smooth) || !z.is_finite() {
                let accepted = "an interval on which the activation is continuously differentiable";
                return Err(self.refused(&z, accepted));
            }
            for piece in first..=last {
                let one = Ball::from_integer(1, PRECISION);
                let a = self.along(piece, vec![z.clone(), one, Ball::zero(PRECISION)])?;
                out = [out[0].max(a[1].magnitude()), out[1].max(a[2].shl(1).magnitude())];
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    fn bounds(name: &str, low: f64, high: f64) -> Result<[f64; 2], Error> {
        let phi = LocalActivation::new(&Activation::parse(name).unwrap()).unwrap();
        Ok(phi.derivative_bounds(low, high)?.map(|m| m.to_float().to_f64()))
    }

    /// Above the truth and by little.
    #[test]
    fn known_suprema() {
        let table = [
            ("tanh", -4.0, 3.0, 1.0, 4.0 / 27f64.sqrt()),
            ("sin", -10.0, 10.0, 1.0, 1.0),
            ("x^3", -2.0, 1.0, 12.0, 12.0),
            ("exp", 0.0, 1.0, 1f64.exp(), 1f64.exp()),
            ("max(0,x)^2", -1.0, 2.0, 4.0, 2.0),
            ("relu", 0.5, 2.0, 1.0, 0.0),
        ];
        for (name, low, high, first, second) in table {
            let [a, b] = bounds(name, low, high).unwrap();
            assert!(a >= first * (1.0 - 1e-12) && a < first * 1.1, "{name} {a}");
            assert!(b >= second * (1.0 - 1e-12) && b <= second * 1.1, "{name} {b}");
        }
    }

    #[test]
    fn kinks_are_refused() {
        for (name, low, high) in [("relu", -1.0, 1.0), ("step", -1.0, 1.0), ("tanh", 0.0, f64::INFINITY)] {
            assert!(bounds(name, low, high).unwrap_err().to_string().contains("accepted"));
        }
    }
}
