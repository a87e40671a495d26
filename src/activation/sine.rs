//! Sine and cosine of `ax + b`.
//!
//! `e^{itx}` has the coefficients `e^{-t²/2} (it)^k/√k!`. With `t = a√q`, `γ = a²q`,
//! `sin(ax+b)` has `μ_k = e^{-γ/2} t^k/√k! · sin(b + kπ/2)` and the dual
//! `e^{-γ} (e^{γρ} - cos(2b) e^{-γρ})/2`; the cosine is the sine of `b + π/2`.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::applied::applied;
use super::entry::Entry;
use super::ratios::{by_ratios, root_of_next_two};
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::closed_form::{half_power, inverse_root_factorial, is_short};
use crate::hermite::{guarded, refine};
use crate::number::{Ball, ClosedForm};

pub(super) const ENTRIES: &[Entry] = &[
    Entry { name: "sin", build: |args| args.values().and_then(|[a, b]| Activation::sin(&a, &b)), ..ENTRY },
    Entry { name: "cos", build: |args| args.values().and_then(|[a, b]| Activation::cos(&a, &b)), ..ENTRY },
];

const ENTRY: Entry = Entry {
    name: "",
    smoothness: "analytic",
    growth: "bounded",
    method: "closed form",
    closed_coefficients: true,
    closed_dual: true,
    build: |args| Err(args.wrong()),
};

impl Activation {
    /// `sin(ax + b)`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `a = 0`.
    pub(crate) fn sin(a: &BigRational, b: &BigRational) -> Result<Activation, Error> {
        Wave::activation(a, b, 0)
    }

    /// `cos(ax + b)`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `a = 0`.
    pub(crate) fn cos(a: &BigRational, b: &BigRational) -> Result<Activation, Error> {
        Wave::activation(a, b, 1)
    }
}

/// `sin(ax + b + turns·π/2)`.
#[derive(Clone, Debug)]
struct Wave {
    a: BigRational,
    b: BigRational,
    turns: usize,
}

impl Wave {
    fn activation(a: &BigRational, b: &BigRational, turns: usize) -> Result<Activation, Error> {
        if a.is_zero() {
            return Err(Error::parameter("a", a, "a number other than 0 is accepted"));
        }
        Ok(Activation::new(Wave { a: a.clone(), b: b.clone(), turns }))
    }

    fn function(&self) -> &'static str {
        ["sin", "cos"][self.turns]
    }

    fn gamma(&self, q: &Ball) -> Ball {
        Ball::from_rational(&(&self.a * &self.a), q.precision()) * q
    }

    /// `sin(b + nπ/2)`.
    fn phase(&self, n: usize, prec: u32) -> Ball {
        let b = Ball::from_rational(&self.b, prec);
        let value = if n.is_multiple_of(2) { b.sin() } else { b.cos() };
        if n % 4 < 2 { value } else { -value }
    }

    /// `(1 ∓ e^{-2γ} cos 2b)/2`: minus for the mean square of a sine.
    fn mean_square(&self, q: &Ball, turns: usize, precision: u32) -> Ball {
        refine(precision, |p| {
            let falling = (-self.gamma(&q.with_precision(p)).shl(1)).exp();
            let swing = falling * Ball::from_rational(&self.b, p).shl(1).cos();
            let one = Ball::from_integer(1, p);
            if turns == 0 { (one - swing).shl(-1) } else { (one + swing).shl(-1) }
        })
    }
}

impl Definition for Wave {
    fn name(&self) -> String {
        match (self.a.is_one(), self.b.is_zero()) {
            (true, true) => self.function().to_string(),
            (false, true) => format!("{}({})", self.function(), self.a),
            _ => format!("{}({},{})", self.function(), self.a, self.b),
        }
    }

    fn formula(&self) -> String {
        let inner = if self.a.is_one() { "x".to_string() } else { format!("{} x", self.a) };
        let sign = if self.b.is_negative() { "-" } else { "+" };
        match self.b.is_zero() {
            true => format!("{}({inner})", self.function()),
            false => format!("{}({inner} {sign} {})", self.function(), self.b.abs()),
        }
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
        // Neither sin b nor cos b vanishes for rational b ≠ 0: π is irrational.
        let general = !self.b.is_zero();
        Support {
            initial: vec![],
            even_tail: general || self.turns == 1,
            odd_tail: general || self.turns == 0,
        }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let prec = guarded(precision, len)?;
        let q = q.with_precision(prec);
        let gamma = self.gamma(&q);
        let t = Ball::from_rational(&self.a, prec) * q.sqrt();
        let scale = (-gamma.shl(-1)).exp();
        let ratio = |k: usize| -(&gamma / &root_of_next_two(k, prec));
        let even = by_ratios(&scale * &self.phase(self.turns, prec), 0, 2, len, ratio);
        let odd = by_ratios(&(&scale * &t) * &self.phase(self.turns + 1, prec), 1, 2, len, ratio);
        Ok(even.into_iter().zip(odd).enumerate().map(|(k, (e, o))| if k % 2 == 0 { e } else { o }).collect())
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        Ok(self.mean_square(q, self.turns, precision))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let square = Ball::from_rational(&(&self.a * &self.a), precision + 32);
        Ok(self.mean_square(q, 1 - self.turns, precision) * square)
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let prec = precision + 16;
        let rate = self.gamma(&q.with_precision(prec));
        let plus = (-&rate).exp().shl(-1);
        // For b = 0 the very same ball, so that the parity is exact.
        let swing = if self.b.is_zero() {
            plus.clone()
        } else {
            &plus * &Ball::from_rational(&self.b, prec).shl(1).cos()
        };
        Ok(Dual::Exponential { minus: if self.turns == 0 { -swing } else { swing }, plus, rate })
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(self.phase(self.turns, precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        let gamma = &self.a * &self.a * q;
        if !is_short(&gamma) {
            return None;
        }
        let half = BigRational::new(1.into(), 2.into());
        let n = self.turns + k;
        let phase = if n.is_multiple_of(2) { ClosedForm::sin(&self.b) } else { ClosedForm::cos(&self.b) };
        let negative = (n % 4 >= 2) != (self.a.is_negative() && k % 2 == 1);
        let size = &half_power(&gamma, k as i64)? * &inverse_root_factorial(k)?;
        let mu = &(&ClosedForm::exp(&(-gamma * half)) * &size) * &phase;
        Some(if negative { -mu } else { mu })
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        let two = BigRational::from_integer(2.into());
        let falling = ClosedForm::exp(&(-(&self.a * &self.a * q) * &two));
        let swing = &falling * &ClosedForm::cos(&(&self.b * &two));
        let one = ClosedForm::one();
        let sum = if self.turns == 0 { &one - &swing } else { &one + &swing };
        Some(sum.scaled(&two.recip()))
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        let rate = &self.a * &self.a * q;
        let two = BigRational::from_integer(2.into());
        let plus = ClosedForm::exp(&-rate.clone()).scaled(&two.recip());
        let swing = &plus * &ClosedForm::cos(&(&self.b * &two));
        Some(ExactDual::Exponential { minus: if self.turns == 0 { -swing } else { swing }, plus, rate })
    }
}
