//! Truncated Gaussian moments `∫_a^b x^j e^{cx} n(x) dx`, `n` the standard normal density, and the
//! expectation of a piecewise exponential polynomial.

use rug::Rational;

use super::pieces::Pieces;
use crate::number::Ball;

/// `∫_a^b x^j e^{cx} n(x) dx` for `j < len`; `None` is an infinite end.
///
/// `M_0 = e^{c²/2}(Φ(b-c) - Φ(a-c))`, and by parts `M_j = c M_{j-1} + (j-1) M_{j-2} - [x^{j-1} e^{cx} n]_a^b`.
pub(crate) fn moments(c: &Ball, a: Option<&Ball>, b: Option<&Ball>, len: usize) -> Vec<Ball> {
    let prec = c.precision();
    let plain = c.is_exact_zero();
    let tilt = |x: &Ball| if plain { x.normal_density() } else { (c * x).exp() * x.normal_density() };
    let mut ends: Vec<(Ball, &Ball)> = vec![];
    if let Some(a) = a {
        ends.push((-tilt(a), a));
    }
    if let Some(b) = b {
        ends.push((tilt(b), b));
    }
    let mass = mass(a.map(|a| a - c), b.map(|b| b - c), prec);
    let mut out = vec![if plain { mass } else { mass * c.square().shl(-1).exp() }];
    for j in 1..len {
        let mut next = &out[j - 1] * c;
        if j > 1 {
            next = next + out[j - 2].mul_integer(j as i64 - 1);
        }
        for (boundary, x) in &mut ends {
            next = &next - &*boundary;
            *boundary = &*boundary * *x;
        }
        out.push(next);
    }
    out.truncate(len);
    out
}

/// `Φ(b) - Φ(a)`, from the side where both are small.
fn mass(a: Option<Ball>, b: Option<Ball>, prec: u32) -> Ball {
    match (a, b) {
        (None, None) => Ball::from_integer(1, prec),
        (Some(a), None) => (-a).normal_cdf(),
        (None, Some(b)) => b.normal_cdf(),
        (Some(a), Some(b)) if !a.midpoint().is_sign_negative() => (-a).normal_cdf() - (-b).normal_cdf(),
        (Some(a), Some(b)) => b.normal_cdf() - a.normal_cdf(),
    }
}

/// `q^{j/2}` for `j < len`, without a square root where `j` is even.
pub(crate) fn half_powers(q: &Ball, len: usize) -> Vec<Ball> {
    let mut out = vec![Ball::from_integer(1, q.precision()), q.sqrt()];
    while out.len() < len {
        out.push(&out[out.len() - 2] * q);
    }
    out.truncate(len);
    out
}

/// `Σ_j p_j scales_j moments_j`: the part of one piece in an expectation.
pub(crate) fn combine(p: &[Rational], moments: &[Ball], scales: &[Ball], prec: u32) -> Ball {
    let mut out = Ball::zero(prec);
    for ((coefficient, moment), scale) in p.iter().zip(moments).zip(scales) {
        if !coefficient.is_zero() {
            out = out + &(moment * &Ball::from_gmp_rational(coefficient, prec)) * scale;
        }
    }
    out
}

/// One interval of a piecewise function at variance `q`: where truncated moments are taken.
pub(crate) struct Interval {
    sigma: Ball,
    ends: [Option<Ball>; 2],
}

impl Interval {
    pub(crate) fn new(a: Option<&Rational>, b: Option<&Rational>, sigma: &Ball) -> Interval {
        let at = |r: &Rational| Ball::from_gmp_rational(r, sigma.precision()) / sigma;
        Interval { sigma: sigma.clone(), ends: [a.map(at), b.map(at)] }
    }

    /// `∫ x^j e^{rate·√q·x} n(x) dx` over the interval.
    pub(crate) fn moments(&self, rate: &Rational, len: usize) -> Vec<Ball> {
        let c = Ball::from_gmp_rational(rate, self.sigma.precision()) * &self.sigma;
        moments(&c, self.ends[0].as_ref(), self.ends[1].as_ref(), len)
    }
}

impl Pieces {
    /// `E[f(√q Z)]`, at the precision of `q`.
    pub(crate) fn expectation(&self, q: &Ball) -> Ball {
        let prec = q.precision();
        let sigma = q.sqrt();
        let mut out = Ball::zero(prec);
        for (a, b, piece) in self.intervals() {
            let interval = Interval::new(a, b, &sigma);
            for (rate, p) in piece.terms() {
                let moments = interval.moments(rate, p.len());
                out = out + combine(p, &moments, &half_powers(q, p.len()), prec);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ball(n: i64) -> Ball {
        Ball::from_integer(n, 200)
    }

    #[test]
    fn moments_of_the_whole_line_are_double_factorials() {
        let got = moments(&Ball::zero(200), None, None, 9);
        for (m, truth) in got.iter().zip([1, 0, 1, 0, 3, 0, 15, 0, 105]) {
            assert!(m.is_exact() && m.overlaps(&ball(truth)), "{m:?}");
        }
        // E[Z e^{2Z}] = 2e².
        let tilted = moments(&ball(2), None, None, 2);
        assert!(tilted[1].overlaps(&ball(2).exp().mul_integer(2)));
    }

    #[test]
    fn far_tails_keep_relative_accuracy() {
        let (a, b) = (ball(30), ball(31));
        let mass = &moments(&Ball::zero(200), Some(&a), Some(&b), 1)[0];
        assert!(mass.relative_accuracy_bits() > 180, "{mass:?}");
        let mirrored = &moments(&Ball::zero(200), Some(&-&b), Some(&-&a), 1)[0];
        assert!(mirrored.overlaps(mass) && mirrored.relative_accuracy_bits() > 180);
    }

    #[test]
    fn intervals_add_up() {
        for c in [-1, 0, 3] {
            let (c, cut) = (ball(c), Ball::from_integer(7, 200).div_integer(5));
            let left = moments(&c, None, Some(&cut), 6);
            let right = moments(&c, Some(&cut), None, 6);
            for (j, whole) in moments(&c, None, None, 6).iter().enumerate() {
                assert!((&left[j] + &right[j]).overlaps(whole), "moment {j}");
            }
        }
    }
}
