//! The second moment of an activation at a variance that is only enclosed.

use crate::Error;
use crate::activation::Activation;
use crate::number::{Ball, Mag};

/// Bounds of how fast the second moment changes with the variance. The variances of the layers come from one another: a
/// bound of what their radius does that is too large by a factor is so by its power after many layers.
#[derive(Default)]
pub(super) struct MomentSlope {
    /// The last one, and for which variances.
    known: Option<(Activation, Ball, Mag)>,
}

impl MomentSlope {
    /// How far around a variance a bound is found, relatively: the next layers' variances may be as close.
    const REACH: i64 = -16;

    /// `E[φ²]`.
    pub(super) fn second_moment(
        &mut self,
        activation: &Activation,
        variance: &Ball,
        precision: u32,
    ) -> Result<Ball, Error> {
        let about_middle = |slope: Mag| {
            let middle = activation.second_moment(&Ball::exact(variance.midpoint().clone()), precision)?;
            Ok(middle.widened(variance.radius() * slope))
        };
        if let Some(slope) = self.known_bound(activation, variance).filter(|_| !variance.is_exact()) {
            return about_middle(slope);
        }
        let whole = activation.second_moment(variance, precision)?;
        // Some bits do not matter.
        if whole.radius() <= whole.magnitude() * Mag::pow2(12 - i64::from(precision)) || variance.lower() <= 0
        {
            return Ok(whole);
        }
        let Some(slope) = self.bound(activation, variance) else { return Ok(whole) };
        Ok(whole.intersection(&about_middle(slope)?))
    }

    fn known_bound(&self, activation: &Activation, variance: &Ball) -> Option<Mag> {
        let (known, around, slope) = self.known.as_ref()?;
        (known.is_same(activation) && around.contains(variance)).then_some(*slope)
    }

    fn bound(&mut self, activation: &Activation, variance: &Ball) -> Option<Mag> {
        let around = variance.widened(variance.magnitude() * Mag::pow2(MomentSlope::REACH));
        let slope = slope_of_moment(activation, &around)?;
        self.known = Some((activation.clone(), around, slope));
        Some(slope)
    }
}

/// A bound of `|dE[φ²]/dq|` over the ball. From `dμ_k/dq = (k μ_k + √((k+1)(k+2)) μ_{k+2})/(2q)`,
/// `q dE[φ²]/dq = Σ_k (k μ_k² + √((k+1)(k+2)) μ_k μ_{k+2})`, and as `2√((k+1)(k+2)) |μ_k μ_{k+2}| <= (k+1) μ_k² +
/// (k+2) μ_{k+2}²` the terms from `K` on are at most `Σ_{k>=K} (2k + 1) μ_k²`.
fn slope_of_moment(activation: &Activation, variance: &Ball) -> Option<Mag> {
    const TERMS: usize = 32;
    const PRECISION: u32 = 64;
    let q = variance.with_precision(PRECISION);
    let mu = activation.hermite(&q, TERMS + 2, PRECISION).ok()?;
    let mut rest = activation.second_moment(&q, PRECISION).ok()?;
    let mut slope_rest = &activation.derivative_second_moment(&q, PRECISION).ok()? * &q;
    let mut known = Ball::zero(PRECISION);
    for k in 0..TERMS {
        let square = mu[k].square();
        let root = Ball::from_integer(((k + 1) * (k + 2)) as i64, PRECISION).sqrt();
        let weighted = square.mul_integer(k as i64);
        known = known + &weighted + &(root * &(&mu[k] * &mu[k + 2]));
        rest = rest - &square;
        slope_rest = slope_rest - &weighted;
    }
    let bound = known.magnitude() + slope_rest.magnitude().shl(1) + rest.magnitude();
    let bound = bound.div_by_lower(q.mignitude());
    bound.is_finite().then_some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;

    /// The moment of a ball holds the moments at both its ends, and is not much wider than they are apart, however wide
    /// the ball: also where the bound of the first ball is used again.
    #[test]
    fn moments_hold_those_at_both_ends_of_the_variance() {
        for name in
            ["tanh", "sigmoid", "silu", "softplus", "elu", "relu", "hardtanh", "erf", "snake", "arctan"]
        {
            let activation = Activation::parse(name).unwrap();
            for (n, d) in [(1, 10), (1, 1), (5, 1)] {
                let mut slopes = MomentSlope::default();
                for bits in [8i64, 24, 40, 70, 95] {
                    let q = Ball::from_integer(n, 300).div_integer(d);
                    let q = Ball::exact(q.midpoint().clone());
                    let radius = q.magnitude() * Mag::pow2(-bits);
                    let given = q.with_precision(100).widened(radius);
                    let got = slopes.second_moment(&activation, &given, 100).unwrap();
                    let ends = [given.lower(), given.upper()].map(|x| Ball::exact(x).with_precision(300));
                    let truth = ends.map(|end| activation.second_moment(&end, 200).unwrap());
                    for truth in &truth {
                        assert!(got.contains(truth), "{name} at {n}/{d} ± 2^-{bits}: {got} and {truth}");
                    }
                    let apart = (&truth[1] - &truth[0]).magnitude();
                    // Some squares fall slowly, and what is left of them is counted twice.
                    let slow = !["tanh", "sigmoid", "silu", "softplus"].contains(&name);
                    let due = apart.shl(if slow { 3 } else { 0 }) + got.magnitude() * Mag::pow2(-85);
                    let wide = bits >= 24 && got.radius() > due;
                    assert!(!wide, "{name} at {n}/{d} ± 2^-{bits}: {got}, the ends {apart:?} apart");
                }
            }
        }
    }

    /// A jump has no slope of the moment that is known here: the plain moment remains.
    #[test]
    fn jumps_keep_the_plain_moment() {
        let step = Activation::parse("step").unwrap();
        let q = Ball::from_integer(1, 100).widened(Mag::pow2(-30));
        let half = MomentSlope::default().second_moment(&step, &q, 100).unwrap();
        assert!(half.contains_rational(&parse_rational("1/2").unwrap()));
        assert_eq!(slope_of_moment(&step, &q), None);
    }
}
