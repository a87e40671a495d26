//! The exponential `e^{ax}`: with `t = a√q`, `μ_k = e^{t²/2} t^k/√k!` and the dual is `e^{t²(1+ρ)}`.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::applied::applied;
use super::entry::Entry;
use super::ratios::by_ratios;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::closed_form::{half_power, inverse_root_factorial, is_short};
use crate::hermite::guarded;
use crate::number::{Ball, ClosedForm};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "exp",
    smoothness: "analytic",
    growth: "e^(a x)",
    method: "closed form",
    closed_coefficients: true,
    closed_dual: true,
    build: |args| args.values().and_then(|[a]| Activation::exp(&a)),
}];

impl Activation {
    /// `e^{ax}`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `a = 0`.
    pub(crate) fn exp(a: &BigRational) -> Result<Activation, Error> {
        if a.is_zero() {
            return Err(Error::parameter("a", a, "a number other than 0 is accepted"));
        }
        Ok(Activation::new(Exponential { a: a.clone() }))
    }
}

#[derive(Clone, Debug)]
struct Exponential {
    a: BigRational,
}

impl Exponential {
    fn gamma(&self, q: &Ball) -> Ball {
        Ball::from_rational(&(&self.a * &self.a), q.precision()) * q
    }
}

impl Definition for Exponential {
    fn name(&self) -> String {
        if self.a.is_one() { "exp".to_string() } else { format!("exp({})", self.a) }
    }

    fn formula(&self) -> String {
        if self.a.is_one() { "exp(x)".to_string() } else { format!("exp({} x)", self.a) }
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
        Support::all()
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let prec = guarded(precision, len)?;
        let q = q.with_precision(prec);
        let t = Ball::from_rational(&self.a, prec) * q.sqrt();
        let start = self.gamma(&q).shl(-1).exp();
        Ok(by_ratios(start, 0, 1, len, |k| &t / &Ball::from_integer(k as i64 + 1, prec).sqrt()))
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        Ok(self.gamma(&q.with_precision(precision + 16)).shl(1).exp())
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let square = Ball::from_rational(&(&self.a * &self.a), precision + 16);
        Ok(self.second_moment(q, precision)? * square)
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let rate = self.gamma(&q.with_precision(precision + 16));
        Ok(Dual::Exponential { plus: rate.exp(), minus: Ball::zero(precision), rate })
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(Ball::from_integer(1, precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        let gamma = &self.a * &self.a * q;
        if !is_short(&gamma) {
            return None;
        }
        let size = &half_power(&gamma, k as i64)? * &inverse_root_factorial(k)?;
        let mu = &ClosedForm::exp(&(gamma / BigRational::from_integer(2.into()))) * &size;
        Some(if self.a.is_negative() && k % 2 == 1 { -mu } else { mu })
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        Some(ClosedForm::exp(&(&self.a * &self.a * q * BigRational::from_integer(2.into()))))
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        let rate = &self.a * &self.a * q;
        Some(ExactDual::Exponential { plus: ClosedForm::exp(&rate), minus: ClosedForm::zero(), rate })
    }
}
