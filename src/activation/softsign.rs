//! Softsign, `x/(1+|x|)`.
//!
//! With `c = 1/√q`, `μ_k = 2 W_k` for odd `k`, where `W_k = ∫_0^∞ x/(x+c) h_k(x) n(x) dx` obeys an inhomogeneous form
//! of the recurrence of the `h_k`.

mod goodwin_staton;
mod half_line;

use num_rational::BigRational;

use super::applied::applied;
use super::entry::Entry;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::Dual;
use crate::hermite::guarded;
use crate::number::{Ball, Mag};

use goodwin_staton::goodwin_staton;
use half_line::half_line_coefficients;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "softsign",
    smoothness: "C^1, derivative 2 jumps at 0",
    growth: "bounded",
    method: "recurrence",
    closed_coefficients: false,
    closed_dual: false,
    build: |args| args.values().map(|[]| Activation::softsign()),
}];

impl Activation {
    /// `x/(1+|x|)`.
    pub(crate) fn softsign() -> Activation {
        Activation::new(Softsign)
    }
}

#[derive(Clone, Debug)]
struct Softsign;

/// `U_1, ..., U_4` at exact `c = 1/√q`, `U_m = ∫_0^∞ n(x) (x+c)^{-m} dx`; by parts
/// `m U_{m+1} = n(0) c^{-m} - U_{m-1} + c U_m`, `U_0 = 1/2`.
fn inverse_moments(c: &Ball) -> [Ball; 4] {
    let prec = c.precision();
    let density = Ball::zero(prec).normal_density();
    let first = &density * &goodwin_staton(c);
    let half = Ball::from_integer(1, prec).shl(-1);
    let second = &density / c - half + c * &first;
    let third = (&density / &c.square() - &first + c * &second).shl(-1);
    let fourth = (&density / &c.pow(3) - &second + c * &third).div_integer(3);
    [first, second, third, fourth]
}

/// Evaluates `f(c)` at the centre of `q`, with bits for the cancellation where `q` is small.
fn at_centre(q: &Ball, precision: u32, f: impl Fn(&Ball) -> Ball) -> Ball {
    if q.sign() != Some(std::cmp::Ordering::Greater) || !q.is_finite() {
        return Ball::whole_line(precision);
    }
    let small = q.midpoint().get_exp().map_or(0, |exp| i64::from(-exp).clamp(0, 1 << 20));
    // The largest loss is that of U_4: its terms are c^7 times as large as the result.
    let working = precision + 4 * small as u32 + 32;
    let centre = Ball::exact(q.midpoint().clone()).with_precision(working);
    f(&centre.sqrt().recip()).with_precision(precision)
}

/// An upper bound of `|q' - q|/q` over the members, `q` the centre.
fn relative_radius(q: &Ball) -> Mag {
    q.radius().div_by_lower(Mag::from_float_lower(q.midpoint()))
}

impl Definition for Softsign {
    fn name(&self) -> String {
        "softsign".to_string()
    }

    fn formula(&self) -> String {
        "x/(1+|x|)".to_string()
    }

    fn expression(&self) -> Option<String> {
        Some(applied(&self.name()))
    }

    fn smoothness(&self) -> String {
        "C^1, derivative 2 jumps at 0".to_string()
    }

    fn method(&self) -> String {
        "recurrence".to_string()
    }

    fn support(&self) -> Support {
        Support { initial: vec![], even_tail: false, odd_tail: true }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let prec = guarded(precision, len)?;
        let mut out = half_line_coefficients(q, len, prec)?;
        for (k, value) in out.iter_mut().enumerate() {
            *value = if k % 2 == 0 { Ball::zero(prec) } else { value.shl(1) };
        }
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // (x/(x+c))² = 1 - 2c/(x+c) + c²/(x+c)².
        let value = at_centre(q, guarded(precision, 1)?, |c| {
            let [first, second, ..] = inverse_moments(c);
            Ball::from_integer(1, c.precision()) - (c * &first).shl(2) + (&c.square() * &second).shl(1)
        });
        // 0 <= xφ' <= φ for x > 0, so 0 <= dE/dq = E[XφXφ']/q <= E/q: E grows, E/q falls, and E changes relatively by
        // at most |q' - q|/q.
        let change = relative_radius(q);
        Ok(if change.is_zero() { value } else { value.widened(value.magnitude() * change) })
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // φ'(√q x) = c²/(x+c)² for x > 0.
        let value = at_centre(q, guarded(precision, 1)?, |c| {
            let [.., fourth] = inverse_moments(c);
            (&c.pow(4) * &fourth).shl(1)
        });
        // |xφ''| <= 2φ', so |d ln D/d ln q| <= 2 and D changes by a factor within (1-y)^{±2}, y = |q' - q|/q; for y <= 1/4
        // that is at most 1 + 4y.
        let y = relative_radius(q);
        let change = if y <= Mag::pow2(-2) { y.shl(2) } else { Mag::INFINITY };
        Ok(if change.is_zero() { value } else { value.widened(value.magnitude() * change) })
    }

    fn dual(&self, _: &Ball, _: u32) -> Result<Dual, Error> {
        Ok(Dual::Hermite)
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(Ball::zero(precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
