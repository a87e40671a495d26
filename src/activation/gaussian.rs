//! The Gaussian bell, with or without its normalisation.
//!
//! At variance `q` let `β = q/(1+q)`: `e^{-qx²/2}` has `μ_0 = (1+q)^{-1/2}`,
//! `μ_{k+2} = -β √((k+1)/(k+2)) μ_k`, no odd ones, and the dual `((1+q)² - q²ρ²)^{-1/2}`.

use num_rational::BigRational;
use num_traits::One;

use super::applied::applied;
use super::entry::Entry;
use super::ratios::by_ratios;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::closed_form::{inverse_root_factorial, is_short, odd_factorial};
use crate::hermite::guarded;
use crate::number::{Ball, ClosedForm};

pub(super) const ENTRIES: &[Entry] = &[
    Entry { name: "gaussian", build: |args| args.values().map(|[]| Activation::gaussian()), ..ENTRY },
    Entry { name: "normal-pdf", build: |args| args.values().map(|[]| Activation::normal_pdf()), ..ENTRY },
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
    /// `exp(-x²/2)`.
    pub(crate) fn gaussian() -> Activation {
        Activation::new(Gaussian { density: false })
    }

    /// `exp(-x²/2)/√(2π)`, the standard normal density.
    pub(crate) fn normal_pdf() -> Activation {
        Activation::new(Gaussian { density: true })
    }
}

#[derive(Clone, Debug)]
struct Gaussian {
    /// Divided by `√(2π)`?
    density: bool,
}

impl Gaussian {
    /// `1/√(2π)` for the density, else 1.
    fn scale(&self) -> Option<ClosedForm> {
        if !self.density {
            return Some(ClosedForm::one());
        }
        let half = BigRational::new(1.into(), 2.into());
        ClosedForm::sqrt(&half).map(|root| &root * &ClosedForm::pi_power(-1))
    }

    /// `x`, over `2π` for the density.
    fn squared(&self, x: Ball) -> Ball {
        if self.density { &x / &Ball::pi(x.precision()).shl(1) } else { x }
    }
}

/// `1 + n q`.
fn one_plus(n: i64, q: &Ball) -> Ball {
    Ball::from_integer(1, q.precision()) + q.mul_integer(n)
}

impl Definition for Gaussian {
    fn name(&self) -> String {
        if self.density { "normal-pdf" } else { "gaussian" }.to_string()
    }

    fn formula(&self) -> String {
        if self.density { "exp(-x^2/2)/sqrt(2 π)" } else { "exp(-x^2/2)" }.to_string()
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
        Support { initial: vec![], even_tail: true, odd_tail: false }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let prec = guarded(precision, len)?;
        let q = q.with_precision(prec);
        let next = one_plus(1, &q);
        let start = self.squared(next.recip()).sqrt();
        let beta = &q / &next;
        // √((k+1)/(k+2)).
        let root = |k: i64| (Ball::from_integer(k + 1, prec).div_integer(k + 2)).sqrt();
        Ok(by_ratios(start, 0, 2, len, |k| -(&beta * &root(k as i64))))
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        Ok(self.squared(one_plus(2, &q.with_precision(precision + 16)).sqrt().recip()))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // E[q Z² e^{-qZ²}] = q (1+2q)^{-3/2}.
        let q = q.with_precision(precision + 16);
        Ok(self.squared(&q / &one_plus(2, &q).sqrt().pow(3)))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let q = q.with_precision(precision + 16);
        let next = one_plus(1, &q);
        Ok(Dual::InverseRoot { scale: self.squared(next.recip()), beta: &q / &next })
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(self.squared(Ball::from_integer(1, precision)).sqrt())
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if k % 2 == 1 {
            return Some(ClosedForm::zero());
        }
        if !is_short(q) {
            return None;
        }
        // (1+q)^{-1/2} (-β)^j (2j-1)!!/√k!, k = 2j.
        let next = BigRational::one() + q;
        let factor = num_traits::pow(-(q / &next), k / 2) * odd_factorial(k / 2);
        let norm = &ClosedForm::sqrt(&next.recip())? * &inverse_root_factorial(k)?;
        Some(&norm.scaled(&factor) * &self.scale()?)
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        let root = ClosedForm::sqrt(&(BigRational::one() + q + q).recip())?;
        self.scale().map(|scale| &root * &(&scale * &scale))
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        let next = BigRational::one() + q;
        let scale = self.scale().map(|scale| (&scale * &scale).scaled(&next.recip()))?;
        Some(ExactDual::InverseRoot { scale, beta: q / next })
    }
}
