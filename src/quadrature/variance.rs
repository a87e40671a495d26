//! What the radius of the variance changes.
//!
//! The integrals are computed at the variance `r²` for a short `r`. For all variances up to it from any in the ball,
//! `dμ_k/dq = (k μ_k + √((k+1)(k+2)) μ_{k+2})/(2q)`, at most `(k+1) ‖φ_q‖/q` as no coefficient exceeds the norm, and
//! `dn_q/dq = n_q (x²/q - 1)/(2q)` for a moment.

use rug::Float;

use super::SHORT;
use super::integrand::{Integrand, Kind};
use super::weight::Weight;
use crate::number::{Ball, Mag};

/// How often an interval without a finite bound is halved.
const MAX_DEPTH: u32 = 10;

/// How many intervals are halved because they have more than an eighth of the integral.
const MAX_HALVED: usize = 40;

/// A bound of the change of every integral, `k < len`, from the variance `r²` to any in `q`.
pub(super) fn effect(f: &Integrand, q: &Ball, len: usize) -> Mag {
    // Exactly.
    let used = Ball::exact(Float::with_val(2 * f.root.prec(), f.root.square_ref()));
    let distance = (q - &used).magnitude();
    if distance.is_zero() {
        return Mag::ZERO;
    }
    let (least, most) = (q.lower().min(&used.lower()), q.upper().max(&used.upper()));
    if least <= 0 {
        return Mag::INFINITY;
    }
    let [least, most] = [least, most].map(Ball::exact);
    // With room for the rounding of the root below.
    let ratio = (&most / &least).magnitude() * Mag::from_f64(1.0 + 1e-9);
    // n_q <= √(most/q) n_most: every expectation of something positive is at most √(most/least) times that at `most`.
    let kind = if f.kind == Kind::Value { Kind::Square } else { f.kind };
    let root = Float::with_val_round(SHORT, most.upper().sqrt(), rug::float::Round::Up).0;
    let Some(largest) = Integrand::new(f.function, kind, root) else { return Mag::INFINITY };
    let per_variance = match f.kind {
        // (k+1) ‖φ‖/q.
        Kind::Value => (expectation(&largest, false) * ratio).sqrt() * Mag::from_usize(len),
        // E[f (x²/q + 1)]/(2q), where x²/q is at most most/least times the square of the normalized variable.
        _ => (expectation(&largest, true) * ratio * ratio).shl(-1),
    };
    distance * per_variance.div_by_lower(least.mignitude())
}

/// An upper bound of `E[f(Z)]`, or of `E[f(Z) (Z² + 1)]`, for `f >= 0`: crude, interval by interval.
fn expectation(f: &Integrand, with_square: bool) -> Mag {
    let weight = Weight::new(1);
    let mut envelope = f.envelope();
    if with_square {
        // 1 + x² <= (1 + root x)² max(1, 1/root)².
        let inverse = Mag::ONE.div_by_lower(envelope.root.mignitude()).max(Mag::ONE);
        envelope.constant = envelope.constant * inverse * inverse;
        envelope.degree = envelope.degree.saturating_add(2);
    }
    let Some(reach) = envelope.reach(&weight, 8.0) else { return Mag::INFINITY };
    let breaks: Vec<Ball> =
        f.function.breakpoints(SHORT).iter().map(|b| b / &Ball::exact(f.root.clone())).collect();
    let mut cuts: Vec<Float> =
        (-32..=32).map(|i| Float::with_val(SHORT, f64::from(i) * reach / 32.0)).collect();
    cuts.extend(breaks.iter().flat_map(|b| [b.lower(), b.upper()]).filter(|x| *x.as_abs() < reach));
    cuts.sort_by(Float::total_cmp);
    let part = |from: &Float, to: &Float| Part {
        bound: interval(f, &breaks, [from, to], with_square, 0),
        from: from.clone(),
        to: to.clone(),
    };
    let mut parts: Vec<Part> = cuts.windows(2).map(|pair| part(&pair[0], &pair[1])).collect();
    let sum = |parts: &[Part]| parts.iter().fold(envelope.tail(&weight, reach), |sum, part| sum + part.bound);
    // A function that is large on a small part of an interval only.
    for _ in 0..MAX_HALVED {
        let Some(largest) =
            (0..parts.len()).reduce(|i, j| if parts[j].bound > parts[i].bound { j } else { i })
        else {
            break;
        };
        if parts[largest].bound.shl(3) <= sum(&parts) {
            break;
        }
        let Part { from, to, .. } = parts.swap_remove(largest);
        let middle = Float::with_val(SHORT, &from + &to) >> 1u32;
        parts.extend([part(&from, &middle), part(&middle, &to)]);
    }
    sum(&parts)
}

/// An interval and a bound of the integral over it.
struct Part {
    bound: Mag,
    from: Float,
    to: Float,
}

/// The part of an interval that is within one piece, or within the enclosure of a breakpoint.
fn interval(f: &Integrand, breaks: &[Ball], [from, to]: [&Float; 2], with_square: bool, depth: u32) -> Mag {
    if from >= to {
        return Mag::ZERO;
    }
    let ball = Ball::from_bounds(from, to, SHORT);
    let first = breaks.iter().filter(|b| b.upper() <= *from).count();
    let last = breaks.iter().filter(|b| b.lower() < *to).count();
    let integral = (first..=last).fold(Mag::ZERO, |sum, piece| sum + f.integral_bound(piece, &ball));
    if !integral.is_finite() && depth < MAX_DEPTH {
        let middle = Float::with_val(SHORT, from + to) >> 1u32;
        let half = |ends| interval(f, breaks, ends, with_square, depth + 1);
        return half([from, &middle]) + half([&middle, to]);
    }
    let density = Ball::exact(ball.mignitude().to_float()).with_precision(SHORT).normal_density().magnitude();
    let size = ball.magnitude();
    integral * density * if with_square { size * size + Mag::ONE } else { Mag::ONE }
}
