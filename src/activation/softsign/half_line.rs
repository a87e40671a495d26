//! `W_k(c) = ∫_0^∞ x/(x+c) h_k(x) n(x) dx`, `c = 1/√q`, by
//! `√(k+1) W_{k+1} + c W_k + √k W_{k-1} = S_k = ∫_0^∞ x h_k n dx`.
//!
//! `S_0 = n(0)`, `S_1 = 1/2`, no other odd ones, and `S_k = h_{k-2}(0) n(0)/√(k(k-1))` for even `k >= 2`.
//!
//! Errors obey the same recurrence without the right-hand side, that of the Hermite polynomials at `-c`. For such an
//! `e` the energy `E_k = k e_k² + c√k e_k e_{k-1} + k e_{k-1}²` has `E_{k+1} = E_k + e_k²`, and with `X = c²/4`, `k >
//! X`, `e_k² <= E_k/(k - X)`, so that `E_k/(k - X)` never increases. As `√E` is a norm there, an error `δ` made in
//! `W_k` is at most `√(k/(k - X)) δ` for ever, at most `√2 δ` from `k >= 2X = c²/2` on. Up to there ball arithmetic
//! pays for what it takes to be growth.

use crate::Error;
use crate::number::{Ball, Mag};

/// Most bits for the growth up to `c²/2`, and most of them times steps: some seconds of work.
const MOST_GROWTH: f64 = 1e6;
const MOST_WORK: f64 = 1e9;

/// `W_0 .. W_{len-1}` to about `precision` bits relative, for every member of `q`.
pub(super) fn half_line_coefficients(q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
    if q.sign() != Some(std::cmp::Ordering::Greater) || !q.is_finite() {
        return Ok(vec![Ball::whole_line(precision); len]);
    }
    // |W_k| is of the order q k^{-7/4} or c^{-1} k^{-7/4}, and errors add up.
    let smallness = q.midpoint().get_exp().map_or(0, |exp| i64::from(exp).unsigned_abs().min(1 << 20)) as u32;
    let working = precision + 3 * (usize::BITS - len.leading_zeros()) + 2 * smallness + 16;
    let centre = Ball::exact(q.midpoint().clone()).with_precision(working);
    let c = centre.sqrt().recip();
    // From here on an exact number: what it is off by is in the radius.
    let centre = Ball::exact(c.midpoint().clone());
    let mut out = at_exact(&centre, len, working)?;
    let whole = q.with_precision(working).sqrt().recip();
    let relative = (&whole - &centre).magnitude().div_by_lower(whole.mignitude());
    let inverse = Mag::ONE.div_by_lower(whole.mignitude());
    for (k, value) in out.iter_mut().enumerate() {
        let error = relative * logarithmic_slope(k, inverse);
        *value = value.widened(error).with_precision(precision);
    }
    Ok(out)
}

/// A bound of `c |dW_k/dc| = c |∫_0^∞ x/(x+c)² h_k n dx|`, given one of `1/c`. By Cauchy and Schwarz, with `∫ h_k² n =
/// 1/2`:
/// * `x/(x+c)² <= 1/(4c)` gives `1/8`, and `<= x/c²` gives `1/(2c)`;
/// * for odd `k >= 3`, where `∫ x h_k n = 0`, `x/c² - x/(x+c)² <= 2x²/c³` and `∫ x⁴ n = 3/2` give `√3/c²`.
fn logarithmic_slope(k: usize, inverse: Mag) -> Mag {
    let first = if k % 2 == 1 && k >= 3 { Mag::from_f64(1.74) * inverse * inverse } else { inverse.shl(-1) };
    let second = Mag::pow2(-3);
    if first < second { first } else { second }
}

fn at_exact(c: &Ball, len: usize, working: u32) -> Result<Vec<Ball>, Error> {
    let size = c.midpoint().to_f64();
    // The first k of the second phase: k >= c²/2 there, with one more for the rounding of doubles.
    let turn = if size * size / 2.0 < len as f64 { (size * size / 2.0) as usize + 3 } else { len };
    let growth = growth(c, turn);
    if growth > MOST_GROWTH || growth * turn as f64 > MOST_WORK {
        return Err(Error::parameter(
            "variance",
            format!("{:.3e}", 1.0 / (size * size)),
            "so small a variance is accepted for fewer coefficients of softsign",
        ));
    }
    let mut out = first_phase(c, turn.max(2), working, growth as u32);
    second_phase(c, &mut out, len, working);
    out.truncate(len);
    Ok(out)
}

/// About the bits by which the radii of ball arithmetic grow in the first `len` steps: steers.
fn growth(c: &Ball, len: usize) -> f64 {
    let log = c.midpoint().get_exp().map_or(0.0, f64::from).max(0.0);
    let size = c.midpoint().to_f64();
    if !size.is_finite() {
        return log * len as f64;
    }
    let (mut ratio, mut sum) = (size, 2.0 * log);
    for k in 1..len {
        let (now, next) = ((k as f64).sqrt(), ((k + 1) as f64).sqrt());
        sum += ratio.max(f64::MIN_POSITIVE).log2().max(0.0);
        ratio = (size + now / ratio.max(1e-300)) / next;
    }
    sum
}

/// The recurrence's right-hand sides.
struct Source {
    /// `n(0)`, then `h_k(0) n(0)` for the last even `k`.
    even: Ball,
}

impl Source {
    fn new(precision: u32) -> Source {
        Source { even: Ball::zero(precision).normal_density() }
    }

    /// `S_k`, `k >= 1`, to be asked in order.
    fn next(&mut self, k: usize) -> Option<Ball> {
        let precision = self.even.precision();
        if k % 2 == 1 {
            return (k == 1).then(|| Ball::from_integer(1, precision).shl(-1));
        }
        // h_k(0) = -√((k-1)/k) h_{k-2}(0).
        let root = Ball::from_integer((k * (k - 1)) as i64, precision).sqrt();
        let source = &self.even / &root;
        self.even = -(&self.even * &root).div_integer(k as i64);
        Some(source)
    }
}

/// `W_{k+1}` from `W_k` and `W_{k-1}`.
fn step(c: &Ball, source: Option<Ball>, k: usize, now: &Ball, before: &Ball) -> Ball {
    let precision = c.precision();
    let root = |n: usize| Ball::from_integer(n as i64, precision).sqrt();
    let known = c * now + &root(k) * before;
    let right = match source {
        Some(source) => source - known,
        None => -known,
    };
    right / root(k + 1)
}

/// `W_0 .. W_{len-1}`, `len >= 2`, in ball arithmetic: `w_k = √k! W_k` obeys `w_{k+1} = ∫ x He_k n - c w_k - k
/// w_{k-1}`, with one product of full length a step.
fn first_phase(c: &Ball, len: usize, working: u32, growth: u32) -> Vec<Ball> {
    let c = c.with_precision(working + growth);
    let density = Ball::zero(c.precision()).normal_density();
    let half = Ball::from_integer(1, c.precision()).shl(-1);
    // W_0 = 1/2 - c n(0) G(c) and W_1 = n(0) - c W_0.
    let mut before = &half - &(&(&c * &density) * &super::goodwin_staton(&c));
    let mut now = &density - &(&c * &before);
    let mut out = vec![before.with_precision(working), now.with_precision(working)];
    let mut norm = Ball::from_integer(1, working);
    // He_{k-2}(0) n(0) for even k.
    let mut source = density;
    for k in 1..len - 1 {
        let mut next = -(&c * &now) - before.mul_integer(k as i64);
        if k == 1 {
            next = next + &half;
        } else if k % 2 == 0 {
            next = next + &source;
            source = source.mul_integer(1 - k as i64);
        }
        norm = norm * Ball::from_integer(k as i64 + 1, working).sqrt();
        out.push(&next.with_precision(working) / &norm);
        before = std::mem::replace(&mut now, next);
    }
    out
}

/// Continues to `len`: every step is made on midpoints, and its own error is added to a common bound.
fn second_phase(c: &Ball, out: &mut Vec<Ball>, len: usize, working: u32) {
    let m = out.len() - 1;
    if m + 1 >= len {
        return;
    }
    let c = c.with_precision(working);
    let mut source = Source::new(working);
    for k in 1..m {
        source.next(k);
    }
    let (one, other) = (out[m].radius(), out[m - 1].radius());
    // E_m <= m (e_m² + e_{m-1}²) + c√m e_m e_{m-1} with c√m <= √2 m, and m/(m - X) <= 2: (E_m/(m - X))^{1/2} is at most
    // √(2 (a² + b² + √2 ab)) <= 2 (a + b).
    let mut bound = (one + other).shl(1);
    let mut before = Ball::exact(out[m - 1].midpoint().clone());
    let mut now = Ball::exact(out[m].midpoint().clone());
    for k in m..len - 1 {
        let next = step(&c, source.next(k), k, &now, &before);
        // √(k/(k - X)) <= √2 < 3/2.
        bound = bound + next.radius() * Mag::from_f64(1.5);
        let exact = Ball::exact(next.midpoint().clone());
        out.push(exact.widened(bound));
        before = std::mem::replace(&mut now, exact);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rug::Float;

    proptest! {
            #![proptest_config(ntk_testing::cases(32))]

            #[test]
            fn the_second_phase_agrees_with_ball_arithmetic(exponent in -8.0f64..3.0, len in 2usize..150, p in 60u32..200) {
                let c = Ball::exact(Float::with_val(p, 2f64.powf(exponent)));
                let growth = growth(&c, len) as u32;
                let slow = first_phase(&c, len, p + 100, growth);
                let fast = at_exact(&c, len, p).unwrap();
                prop_assert_eq!(fast.len(), len);
                for (k, (a, b)) in slow.iter().zip(&fast).enumerate() {
                    prop_assert!(a.radius() < Mag::pow2(-i64::from(p)), "W_{k}: {a:?}");
                    prop_assert!(a.overlaps(b), "W_{k}: {a} {b}");
                    prop_assert!(b.radius() < Mag::pow2(16 - i64::from(p)), "W_{k}: {b:?}");
                }
            }

            /// Both ends of a variance with a radius up to half of it, few bits, lengths on both sides of `c²/2`.
            #[test]
            fn ends_of_a_wide_variance_are_covered(
                exponent in -7.0f64..7.0, share in prop_oneof![Just(0.0), 0.0f64..0.5], shift in 0i32..40, len in 1usize..60, p in 4u32..60,
            ) {
                let mid = Float::with_val(40, 2f64.powf(exponent));
                let rad = Float::with_val(30, &mid * share) >> shift;
                let q = Ball::exact(mid).widened(Mag::from_float(&rad));
                let found = half_line_coefficients(&q, len, p).unwrap();
                for side in [-1i32, 0, 1] {
    let end = Float::with_val(200, q.radius().to_float()) * side + q.midpoint();
                    let c = Ball::exact(Float::with_val(400, end)).sqrt().recip();
                    let growth = growth(&c, len.max(2)) as u32;
                    // In balls all the way, with what growth takes.
                    for (k, (found, truth)) in found.iter().zip(first_phase(&c, len.max(2), 400, growth)).enumerate() {
                        prop_assert!(truth.radius() < Mag::pow2(-200) && found.overlaps(&truth), "W_{}({}): {} misses {}", k, q, found, truth);
                    }
                }
                // c |dW_k/dc| is at most 1/8, and the relative radius of c half that of q.
                let relative = q.radius().div_by_lower(q.mignitude());
                let close = |x: &Ball| x.radius() <= relative + x.magnitude().shl(3 - i64::from(p)) + Mag::pow2(-i64::from(p));
                prop_assert!(found.iter().all(close), "{} {:?}", q, found);
            }
        }
}
