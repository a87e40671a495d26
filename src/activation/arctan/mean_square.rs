//! `E[arctan²(√q Z)]` by the trapezoidal rule.
//!
//! Let `s = min(1, 1/√q)`, `κ = s√q <= 1` and `Z = s sinh t`: the integrand is
//! `f(t) = arctan²(κ sinh t) s cosh t n(s sinh t)`, analytic for `|Im t| < π/2` and falling doubly exponentially for
//! `|Im t| <= a = 0.7`. With `z = x + ib`, `|b| <= a`, `S = sinh x`:
//! * `|n(s sinh z) cosh z| <= e^{s²(1 - cos 2a)/4} e^{-s² S² cos(2a)/2} cosh x/√(2π)`;
//! * `|Re arctan| <= π/2` and `|Im arctan(κ sinh z)| <= artanh(sin a)`, so `|arctan|² < 3.06`;
//! * `|1 + ζ²| >= cos² a` for `ζ = σ sinh z`, `σ <= 1`, so `|arctan(κ sinh z)| <= κ |sinh z|/cos² a`, `|sinh z|² <= 1 + S²`.
//!
//! Hence `∫ |f(x + ib)| dx` is at most `3.06 e^{(1-cos 2a)/4}/√cos 2a < 10`, and for `q <= 1`, where `s = 1`, at most
//! `q e^{(1-cos 2a)/4} (1 + 1/cos 2a)/(cos⁴ a √cos 2a) < 61 q`.

use rug::Float;

use crate::number::{Ball, Mag};

/// The half-width `a` of the strip.
const STRIP: f64 = 0.7;

/// An enclosure to about `precision` bits, for every member of `q`; the whole line where that is not positive.
pub(super) fn mean_square(q: &Ball, precision: u32) -> Ball {
    if q.sign() != Some(std::cmp::Ordering::Greater) || !q.is_finite() {
        return Ball::whole_line(precision);
    }
    let working = precision + 16;
    let centre = Ball::exact(q.midpoint().clone()).with_precision(working);
    let value = at_exact(&centre, working);
    // 0 <= x/(1+x²) <= arctan x for x >= 0, so 0 <= dE/dq = E[X arctan X/(1+X²)]/q <= E/q: E grows, E/q falls, and E
    // changes relatively by at most |Δq|/q.
    let relative = q.radius().div_by_lower(centre.mignitude());
    if relative.is_zero() { value } else { value.widened(value.magnitude() * relative) }
}

fn at_exact(q: &Ball, working: u32) -> Ball {
    let small = *q.midpoint() < 1;
    let root = q.sqrt();
    let one = Ball::from_integer(1, working);
    let scale = if small { one.clone() } else { root.recip() };
    // Chosen in doubles, then exact: a step for which e^{-2πa/h} is 2^-working, and an end where n is.
    let bits = f64::from(working);
    let step = 2.0 * std::f64::consts::PI * STRIP / (bits * std::f64::consts::LN_2 + 8.0);
    let step = Ball::exact(Float::with_val(24, step)).with_precision(working);
    let end = (2.0 * bits * std::f64::consts::LN_2).sqrt() + 3.0;

    let mut sum = Ball::zero(working);
    let mut last = Ball::zero(working);
    let mut j = 0i64;
    while *last.midpoint() < end {
        j += 1;
        let exp = step.mul_integer(j).exp();
        let inverse = exp.recip();
        let (sinh, cosh) = ((&exp - &inverse).shl(-1), (&exp + &inverse).shl(-1));
        let inner = if small { &sinh * &root } else { sinh.clone() };
        last = &sinh * &scale;
        let density = (-last.square()).shl(-1).exp();
        sum = sum + &(&inner.atan().square() * &density) * &cosh;
    }
    // Both signs of j; the term of j = 0 vanishes.
    let sum = &(&(&sum * &step) * &scale).shl(1) / &Ball::pi(working).shl(1).sqrt();
    sum.widened(discretization(q, &step)).widened(tail(q, &last, small))
}

/// `|∫ f - h Σ f(jh)| <= 2N/(e^{2πa/h} - 1)`, `N` a bound of `∫ |f(x + ib)| dx`.
fn discretization(q: &Ball, step: &Ball) -> Mag {
    let bound = Mag::from_usize(10);
    let relative = q.magnitude() * Mag::from_usize(61);
    let bound = if relative < bound { relative } else { bound };
    let strip = Ball::exact(Float::with_val(53, STRIP));
    let growth = (&(&Ball::pi(step.precision()) * &strip).shl(1) / step).exp() - Ball::from_integer(1, 64);
    bound.shl(1).div_by_lower(growth.mignitude())
}

/// What is beyond the last node `y = s sinh t`: a decreasing bound of `f` makes the sum less than the integral, on both sides.
fn tail(q: &Ball, last: &Ball, small: bool) -> Mag {
    if last.lower().to_f64() < 2.0 {
        return Mag::INFINITY;
    }
    let beyond = (-last).normal_cdf();
    let bound = if small {
        // arctan² <= q y²: f <= q y² n(y) cosh t, falling for y >= 2, and ∫_y^∞ u² n(u) du = y n(y) + Φ(-y).
        ((last * &last.normal_density() + beyond) * q).shl(1)
    } else {
        // arctan² <= π²/4 and 2π²/4 < 5: f <= (π²/4) s cosh t n(y), falling for s cosh t > 1.
        beyond.mul_integer(5)
    };
    bound.magnitude()
}
