//! The sine over its argument.
//!
//! `sin(x)/x = ∫_0^1 cos(wx) dw` and `E[h_k(Z) cos(tZ)] = (-1)^{k/2} t^k e^{-t²/2}/√k!` for even `k`, so
//! `μ_k = (-1)^{k/2} q^{k/2} M_k/√k!` with `M_k = ∫_0^1 w^k e^{-qw²/2} dw`, and by parts
//! `q M_{k+2} = (k+1) M_k - e^{-q/2}`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use rug::Float;

use super::applied::applied;
use super::entry::Entry;
use super::ratios::root_of_next_two;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::Dual;
use crate::hermite::closed_form::{half_power, inverse_root_factorial, is_short};
use crate::hermite::{guarded, refine};
use crate::number::{Ball, ClosedForm};

/// Largest `k` of a coefficient in closed form: its two rational factors grow like `k!`.
const MAX_CLOSED_DEGREE: usize = 200;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "sinc",
    smoothness: "analytic",
    growth: "bounded",
    method: "recurrence",
    closed_coefficients: true,
    closed_dual: false,
    build: |args| args.values().map(|[]| Activation::sinc()),
}];

impl Activation {
    /// `sin(x)/x`, 1 at 0.
    pub(crate) fn sinc() -> Activation {
        Activation::new(Sinc)
    }
}

#[derive(Clone, Debug)]
struct Sinc;

/// `M_k` for even `k < len`, to about `precision` bits.
fn moments(q: &Ball, len: usize, precision: u32) -> Vec<Ball> {
    let working = precision + 16;
    let q = q.with_precision(working);
    // Beyond the last k nothing is lost forward: of E[Z^k; |Z| < √q] most of E[Z^k] is there.
    if q.midpoint().to_f64() > 2.0 * len as f64 { forward(&q, len) } else { backward(&q, len) }
}

/// From `M_0 = √(2π/q) (Φ(√q) - 1/2)`.
fn forward(q: &Ball, len: usize) -> Vec<Ball> {
    let end = (-q).shl(-1).exp();
    let mut value = mass(q);
    let mut out = vec![];
    for k in (0..len).step_by(2) {
        let next = &(value.mul_integer(k as i64 + 1) - &end) / q;
        out.push(value);
        value = next;
    }
    out
}

/// `M_k = (q M_{k+2} + e^{-q/2})/(k+1)`: all terms are positive, and what is not known of the first one is multiplied
/// by `q M_{k+2}/((k+1) M_k) < q/(k+1)` relatively in each step.
fn backward(q: &Ball, len: usize) -> Vec<Ball> {
    let (working, size) = (q.precision(), q.midpoint().to_f64());
    let first = len + len % 2;
    // The bounds of the first moment are good from 2q on; the cap is never met for q <= 2 len.
    let (mut top, mut gained, cap) = (first.max(2), 0.0, 4 * len + 64 * working as usize);
    while (gained < f64::from(working) || (top as f64) < 2.0 * size) && top < cap {
        gained += ((top + 1) as f64 / size).max(1.0).log2();
        top += 2;
    }
    let end = (-q).shl(-1).exp();
    // M_k = e^{-q/2}/(k+1) (1 + q/(k+3) + q²/((k+3)(k+5)) + ...): the bracket is at least 1, for 2q <= k + 3 at most 2,
    // and M_k <= 1/(k+1) anyway.
    let upper = if q.shl(1).upper() <= top + 3 { end.shl(1).upper() } else { Float::with_val(working, 1) };
    let mut value = Ball::from_bounds(&end.lower(), &upper, working).div_integer(top as i64 + 1);
    let mut out = vec![Ball::zero(working); first / 2];
    for k in (0..top).step_by(2).rev() {
        value = (q * &value + &end).div_integer(k as i64 + 1);
        if k < first {
            out[k / 2] = value.clone();
        }
    }
    out
}

/// `∫_0^1 e^{-qw²/2} dw`.
fn mass(q: &Ball) -> Ball {
    let root = q.shl(-1).sqrt();
    root.erf() * Ball::pi(q.precision()).sqrt() / root.shl(1)
}

/// Bits that the moments of the square lose where the variance is small: as many as its size has, twice.
fn bits_of_smallness(q: &Ball) -> u32 {
    q.midpoint().get_exp().map_or(0, |exp| (-2 * i64::from(exp)).clamp(0, 1 << 20) as u32)
}

impl Definition for Sinc {
    fn name(&self) -> String {
        "sinc".to_string()
    }

    fn formula(&self) -> String {
        "sin(x)/x".to_string()
    }

    fn expression(&self) -> Option<String> {
        Some(applied(&self.name()))
    }

    fn smoothness(&self) -> String {
        "analytic".to_string()
    }

    fn method(&self) -> String {
        "recurrence".to_string()
    }

    fn support(&self) -> Support {
        Support { initial: vec![], even_tail: true, odd_tail: false }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let prec = guarded(precision, len)?;
        let q = q.with_precision(prec);
        if q.sign() != Some(std::cmp::Ordering::Greater) {
            return Ok(vec![Ball::whole_line(prec); len]);
        }
        let mut out = vec![Ball::zero(prec); len];
        let mut factor = Ball::from_integer(1, prec);
        for (j, moment) in moments(&q, len, prec).iter().enumerate().take(len.div_ceil(2)) {
            if j > 0 {
                factor = &(&factor * &q) / &root_of_next_two(2 * j - 2, prec);
            }
            let size = (&factor * moment).with_precision(prec);
            out[2 * j] = if j % 2 == 0 { size } else { -size };
        }
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // (sin(x)/x)² = ∫_0^2 (1 - w/2) cos(wx) dw: E = 2 ∫_0^1 e^{-2qw²} dw - (1 - e^{-2q})/(2q).
        let q = q.with_precision(guarded(precision, 1)?);
        let double = q.shl(1);
        Ok(mass(&q.shl(2)).shl(1) + &(-&double).exp_m1() / &double)
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // With g = φ², φφ'' = g''/2 - φ'² and xφ'' + 2φ' + xφ = 0: φ'² = g''/2 + g'/x + g, and g as above makes
        // E[φ'²] = ∫_0^2 (1/3 - s/2 + s³/12) e^{-qs²/2} ds.
        let extra = bits_of_smallness(q);
        Ok(refine(guarded(precision, 1)?, |p| {
            let q = q.with_precision(p.saturating_add(extra));
            let missing = -(-q.shl(1)).exp_m1();
            // ∫ s e = (1 - e^{-2q})/q and ∫ s³ e = (2 ∫ s e - 4 e^{-2q})/q.
            let first = &missing / &q;
            let third = &(first.shl(1) - (-q.shl(1)).exp().shl(2)) / &q;
            mass(&q.shl(2)).shl(1).div_integer(3) - first.shl(-1) + third.div_integer(12)
        }))
    }

    fn dual(&self, _: &Ball, _: u32) -> Result<Dual, Error> {
        Ok(Dual::Hermite)
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(Ball::from_integer(1, precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if k % 2 == 1 {
            return Some(ClosedForm::zero());
        }
        if k > MAX_CLOSED_DEGREE || !is_short(q) {
            return None;
        }
        // q^{k/2} M_k = a M_0 + b e^{-q/2}.
        let (mut a, mut b, mut power) = (BigRational::one(), BigRational::zero(), BigRational::one());
        for i in (0..k).step_by(2) {
            let next = BigRational::from_integer((i + 1).into());
            a = &a * &next;
            b = &b * &next - &power;
            power = &power * q;
        }
        let half = BigRational::new(BigInt::one(), 2.into());
        let sum = mass_closed_form(q)?.scaled(&a) + ClosedForm::exp(&(-q * half)).scaled(&b);
        let mu = &sum * &inverse_root_factorial(k)?;
        Some(if k.is_multiple_of(4) { mu } else { -mu })
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        if !is_short(q) {
            return None;
        }
        let two = BigRational::from_integer(2.into());
        let missing = &ClosedForm::one() - &ClosedForm::exp(&-(q * &two));
        Some(mass_closed_form(&(q * &two * &two))?.scaled(&two) - missing.scaled(&(q * &two).recip()))
    }
}

/// `∫_0^1 e^{-qw²/2} dw = √(2π/q) (Φ(√q) - 1/2)`.
fn mass_closed_form(q: &BigRational) -> Option<ClosedForm> {
    let half = BigRational::new(BigInt::one(), 2.into());
    let two = ClosedForm::sqrt(&BigRational::from_integer(2.into()))?;
    let root = &(&two * &ClosedForm::pi_power(1)) * &half_power(q, -1)?;
    Some(&root * &(ClosedForm::normal_cdf_of_root(false, q)? - ClosedForm::from(half)))
}

#[cfg(test)]
mod tests;
