//! The error function of a multiple of `x`.
//!
//! At variance `q` let `b = a√q`, `β = 2b²/(1+2b²)`. The derivative of `erf(bx)` is a Gaussian, so
//! `μ_1 = 2b/√(π(1+2b²))`, `μ_{k+2} = -β k/√((k+1)(k+2)) μ_k`, even ones vanish, and the dual is
//! `(2/π) asin(βρ)`.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::applied::applied;
use super::entry::Entry;
use super::ratios::{by_ratios, root_of_next_two};
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::closed_form::{inverse_root_factorial, is_short, odd_factorial};
use crate::hermite::guarded;
use crate::number::{Ball, ClosedForm};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "erf",
    smoothness: "analytic",
    growth: "bounded",
    method: "closed form",
    closed_coefficients: true,
    closed_dual: true,
    build: |args| args.values().and_then(|[a]| Activation::erf(&a)),
}];

impl Activation {
    /// `erf(a x)`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `a = 0`.
    pub(crate) fn erf(a: &BigRational) -> Result<Activation, Error> {
        if a.is_zero() {
            return Err(Error::parameter("a", a, "a number other than 0 is accepted"));
        }
        Ok(Activation::new(Erf { a: a.clone() }))
    }
}

#[derive(Clone, Debug)]
struct Erf {
    a: BigRational,
}

impl Erf {
    /// `2a²q` at the precision of `q`.
    fn twice_square(&self, q: &Ball) -> Ball {
        (Ball::from_rational(&(&self.a * &self.a), q.precision()) * q).shl(1)
    }

    fn exact_twice_square(&self, q: &BigRational) -> BigRational {
        &self.a * &self.a * q * BigRational::from_integer(2.into())
    }

    fn beta(&self, q: &Ball) -> Ball {
        beta(&self.twice_square(q))
    }
}

/// `s/(1+s)`.
fn beta(s: &Ball) -> Ball {
    s / &(s + &Ball::from_integer(1, s.precision()))
}

/// The coefficients of `erf(bx)`, given `s = 2b²` and the sign of `b`.
pub(super) fn coefficients(s: &Ball, negative: bool, len: usize) -> Vec<Ball> {
    let prec = s.precision();
    let beta = beta(s);
    // 2b/√(π(1+2b²)) = √(2β/π).
    let start = (beta.shl(1) / Ball::pi(prec)).sqrt();
    let start = if negative { -start } else { start };
    by_ratios(start, 1, 2, len, |k| -(beta.mul_integer(k as i64) / root_of_next_two(k, prec)))
}

/// The same in closed form, for odd `k = 2j + 1`: `√(2β/π) (-β)^j (2j-1)!!/√k!`.
pub(super) fn coefficient_closed_form(s: &BigRational, k: usize) -> Option<ClosedForm> {
    if !is_short(s) {
        return None;
    }
    let norm = inverse_root_factorial(k)?;
    let (beta, j) = (exact_beta(s), k / 2);
    let root = ClosedForm::sqrt(&(&beta * BigRational::from_integer(2.into())))?;
    let factor = num_traits::pow(-beta, j) * odd_factorial(j);
    Some((&(&root * &ClosedForm::pi_power(-1)) * &norm).scaled(&factor))
}

fn exact_beta(s: &BigRational) -> BigRational {
    s / (s + BigRational::one())
}

fn two_over_pi() -> ClosedForm {
    ClosedForm::pi_power(-2).scaled(&BigRational::from_integer(2.into()))
}

impl Definition for Erf {
    fn name(&self) -> String {
        if self.a.is_one() { "erf".to_string() } else { format!("erf({})", self.a) }
    }

    fn formula(&self) -> String {
        if self.a.is_one() { "erf(x)".to_string() } else { format!("erf({} x)", self.a) }
    }

    fn expression(&self) -> Option<String> {
        Some(applied(&self.name()))
    }

    fn smoothness(&self) -> String {
        "analytic".to_string()
    }

    fn method(&self) -> String {
        "closed form".to_string()
    }

    fn support(&self) -> Support {
        Support { initial: vec![], even_tail: false, odd_tail: true }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let q = q.with_precision(guarded(precision, len)?);
        Ok(coefficients(&self.twice_square(&q), self.a.is_negative(), len))
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // asin(s/(1+s)) = atan(s/√(1+2s)), which is well conditioned where s is large.
        let q = q.with_precision(precision + 16);
        let s = self.twice_square(&q);
        let root = (s.shl(1) + Ball::from_integer(1, q.precision())).sqrt();
        Ok((s / root).atan().shl(1) / Ball::pi(q.precision()))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // (4a²/π) (1 + 4a²q)^{-1/2}.
        let q = q.with_precision(precision + 16);
        let prec = q.precision();
        let root = (self.twice_square(&q).shl(1) + Ball::from_integer(1, prec)).sqrt();
        let square = Ball::from_rational(&(&self.a * &self.a), prec);
        Ok(square.shl(2) / (Ball::pi(prec) * root))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let q = q.with_precision(precision + 16);
        let prec = q.precision();
        Ok(Dual::ArcSine {
            constant: Ball::zero(prec),
            scale: Ball::from_integer(2, prec) / Ball::pi(prec),
            beta: self.beta(&q),
        })
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
        let mu = coefficient_closed_form(&self.exact_twice_square(q), k)?;
        Some(if self.a.is_negative() { -mu } else { mu })
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        let asin = ClosedForm::asin(&exact_beta(&self.exact_twice_square(q)))?;
        Some(&asin * &two_over_pi())
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        Some(ExactDual::ArcSine {
            constant: ClosedForm::zero(),
            scale: two_over_pi(),
            beta: exact_beta(&self.exact_twice_square(q)),
        })
    }
}
