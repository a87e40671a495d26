//! The arctangent.
//!
//! Its derivative is `∫_0^∞ e^{-w} cos(wx) dw`, and `E[h_j(Z) cos(tZ)] = (-1)^{j/2} t^j e^{-t²/2}/√j!` for even `j`.
//! With `c = 1/√q` that makes `μ_k = (-1)^{(k-1)/2} J_{k-1}(c)/√k!` for odd `k`, where `J_j(c) = ∫_0^∞ t^j e^{-t²/2 -
//! ct} dt`.

mod half_line;
mod mean_square;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::applied::applied;
use super::entry::Entry;
use super::ratios::root_of_next_two;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::Dual;
use crate::hermite::closed_form::{inverse_root_factorial, is_short};
use crate::hermite::guarded;
use crate::number::{Ball, ClosedForm};

use half_line::half_line_moments;
use mean_square::mean_square;

/// Largest `k` of a coefficient in closed form: its two rational factors grow like `k!`.
const MAX_CLOSED_DEGREE: usize = 200;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "arctan",
    smoothness: "analytic",
    growth: "bounded",
    method: "recurrence",
    closed_coefficients: true,
    closed_dual: false,
    build: |args| args.values().map(|[]| Activation::arctan()),
}];

impl Activation {
    /// `arctan(x)`.
    pub(crate) fn arctan() -> Activation {
        Activation::new(Arctan)
    }
}

#[derive(Clone, Debug)]
struct Arctan;

impl Definition for Arctan {
    fn name(&self) -> String {
        "arctan".to_string()
    }

    fn formula(&self) -> String {
        "arctan(x)".to_string()
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
        Support { initial: vec![], even_tail: false, odd_tail: true }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let prec = guarded(precision, len)?;
        // A relative error of c is one of J_j that is √j times as large.
        let slack = 4 + (usize::BITS - len.leading_zeros()) / 2;
        let c = q.with_precision(prec + slack).sqrt().recip();
        let moments = half_line_moments(&c, len.max(1), prec);
        let mut out = vec![Ball::zero(prec); len];
        let mut norm = Ball::from_integer(1, prec);
        for k in (1..len).step_by(2) {
            if k > 1 {
                norm = norm / root_of_next_two(k - 2, prec);
            }
            let size = &norm * &moments[k - 1];
            out[k] = if k % 4 == 1 { size } else { -size };
        }
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        Ok(mean_square(q, guarded(precision, 1)?))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // E[1/(c²+Z²)] = J_0/c, and -d/d(c²) of it gives E[1/(c²+Z²)²] = (c J_1 + J_0)/(2c³).
        let prec = guarded(precision, 2)?;
        let c = q.with_precision(prec).sqrt().recip();
        let moments = half_line_moments(&c, 2, prec);
        Ok((&(&(&c * &moments[1]) + &moments[0]) * &c).shl(-1))
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

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if k.is_multiple_of(2) {
            return Some(ClosedForm::zero());
        }
        if k > MAX_CLOSED_DEGREE || !is_short(q) {
            return None;
        }
        let [outside, inside] = even_moment(k - 1, &q.recip());
        let half = BigRational::new(BigInt::one(), 2.into());
        // J_0 = √(2π) e^{c²/2} Φ(-c).
        let cdf = ClosedForm::normal_cdf_of_root(true, &q.recip())?;
        let root = &ClosedForm::sqrt(&BigRational::from_integer(2.into()))? * &ClosedForm::pi_power(1);
        let start = &(&root * &ClosedForm::exp(&(q.recip() * half))) * &cdf;
        let sum = ClosedForm::sqrt(&q.recip())?.scaled(&outside) + start.scaled(&inside);
        let mu = &sum * &inverse_root_factorial(k)?;
        Some(if k % 4 == 1 { mu } else { -mu })
    }
}

/// `[a, b]` with `J_j = a c + b J_0` for even `j`, rational in `square = c²`: by `J_{j+1} = j J_{j-1} - c J_j` from
/// `J_1 = 1 - c J_0`.
fn even_moment(j: usize, square: &BigRational) -> [BigRational; 2] {
    let (zero, one) = (BigRational::zero(), BigRational::one());
    let mut even = [zero.clone(), one.clone()];
    // J_i = a + b c J_0 for odd i.
    let mut odd = [one.clone(), -one];
    for i in (0..j).step_by(2) {
        // J_{i+2} = (i+1) J_i - c J_{i+1}.
        let next = BigRational::from_integer((i + 1).into());
        even = [&even[0] * &next - &odd[0], &even[1] * &next - &odd[1] * square];
        // J_{i+3} = (i+2) J_{i+1} - c J_{i+2}.
        let next = BigRational::from_integer((i + 2).into());
        odd = [&odd[0] * &next - &even[0] * square, &odd[1] * &next - &even[1]];
    }
    even
}

#[cfg(test)]
mod tests;
