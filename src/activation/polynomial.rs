//! Polynomials.

use num_rational::BigRational;
use num_traits::{One, Zero};
use rug::Rational;

use super::applied::applied;
use super::entry::Entry;
use super::piecewise::in_x;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::closed_form::{MAX_DUAL_DEGREE, polynomial_closed_form};
use crate::hermite::{attainable, guarded, polynomial_coefficients, refine, refine_all};
use crate::number::rational::{rational_from_gmp, rational_to_gmp};
use crate::number::{Ball, ClosedForm};

/// Largest degree.
const MAX_DEGREE: usize = 1000;

pub(super) const ENTRIES: &[Entry] = &[
    Entry { name: "poly", ..ENTRY },
    Entry {
        name: "identity",
        growth: "linear",
        build: |args| args.values().and_then(|[]| monomial("identity", 1)),
        ..ENTRY
    },
    Entry {
        name: "square",
        growth: "degree 2",
        build: |args| args.values().and_then(|[]| monomial("square", 2)),
        ..ENTRY
    },
    Entry {
        name: "cube",
        growth: "degree 3",
        build: |args| args.values().and_then(|[]| monomial("cube", 3)),
        ..ENTRY
    },
];

const ENTRY: Entry = Entry {
    name: "",
    smoothness: "analytic",
    growth: "polynomial",
    method: "closed form",
    closed_coefficients: true,
    closed_dual: true,
    build: |args| {
        let coefficients = args.rationals()?;
        if coefficients.is_empty() { Err(args.wrong()) } else { Activation::polynomial(&coefficients) }
    },
};

impl Activation {
    /// `c_0 + c_1 x + ...`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the degree exceeds 1000.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// let phi = Activation::parse("poly(-1, 0, 1/2)")?;
    /// assert_eq!(phi.formula(), "-1 + 1/2 x^2");
    /// assert!(!phi.support().may_be_nonzero(1) && !phi.support().may_be_nonzero(4));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn polynomial(coefficients: &[BigRational]) -> Result<Activation, Error> {
        let list: Vec<String> = coefficients.iter().map(BigRational::to_string).collect();
        named(format!("poly({})", list.join(",")), coefficients)
    }
}

fn monomial(name: &str, degree: usize) -> Result<Activation, Error> {
    let mut coefficients = vec![BigRational::zero(); degree];
    coefficients.push(BigRational::one());
    named(name.to_string(), &coefficients)
}

fn named(name: String, coefficients: &[BigRational]) -> Result<Activation, Error> {
    let mut trimmed = coefficients.to_vec();
    while trimmed.last().is_some_and(Zero::is_zero) {
        trimmed.pop();
    }
    if trimmed.len() > MAX_DEGREE + 1 {
        return Err(Error::parameter("degree", trimmed.len() - 1, "at most 1000 is accepted"));
    }
    let formula = in_x(&trimmed);
    let coefficients = trimmed.iter().map(rational_to_gmp).collect();
    Ok(Activation::new(Polynomial { name, formula, coefficients }))
}

/// A polynomial, from the constant term up, without trailing zeros.
#[derive(Clone, Debug)]
struct Polynomial {
    name: String,
    formula: String,
    coefficients: Vec<Rational>,
}

/// `Σ μ_k²`: the second moment of a polynomial of the given degree.
pub(super) fn sum_of_squares(phi: &dyn Definition, degree: usize, q: &BigRational) -> Option<ClosedForm> {
    Some(squares(phi, degree, q)?.iter().fold(ClosedForm::zero(), |sum, square| &sum + square))
}

/// The dual of a polynomial of the given degree.
pub(super) fn exact_polynomial_dual(
    phi: &dyn Definition,
    degree: usize,
    q: &BigRational,
) -> Option<ExactDual> {
    squares(phi, degree, q).map(ExactDual::Polynomial)
}

fn squares(phi: &dyn Definition, degree: usize, q: &BigRational) -> Option<Vec<ClosedForm>> {
    if degree > MAX_DUAL_DEGREE {
        return None;
    }
    (0..=degree).map(|k| phi.hermite_square_closed_form(k, q)).collect()
}

impl Polynomial {
    fn degree(&self) -> usize {
        self.coefficients.len().saturating_sub(1)
    }

    fn all(&self, q: &Ball, precision: u32) -> Vec<Ball> {
        self.first(q, self.coefficients.len(), precision)
    }

    /// The first `len` Hermite coefficients.
    fn first(&self, q: &Ball, len: usize, precision: u32) -> Vec<Ball> {
        let c: Vec<Ball> = self.coefficients.iter().map(|c| Ball::from_gmp_rational(c, precision)).collect();
        polynomial_coefficients(&c, &q.with_precision(precision), len)
    }
}

impl Definition for Polynomial {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn formula(&self) -> String {
        self.formula.clone()
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
        // μ_k is a positive combination of the coefficients of order k, k + 2, ...
        let initial = (0..self.coefficients.len())
            .map(|k| self.coefficients[k..].iter().step_by(2).any(|c| !c.is_zero()))
            .collect();
        Support { initial, even_tail: false, odd_tail: false }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let start = guarded(precision, len.max(self.coefficients.len()))?;
        Ok(refine_all(attainable(precision, q, len), start, len, 6, |p, len| self.first(q, len, p)))
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // Parseval: a sum of squares.
        let sum = |p| self.all(q, p).iter().fold(Ball::zero(p), |sum, c| sum + c.square());
        Ok(refine(precision, sum))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let weighted = |(k, c): (usize, &Ball)| c.square().mul_integer(k as i64);
        let sum = |p| self.all(q, p).iter().enumerate().map(weighted).fold(Ball::zero(p), |sum, c| sum + c);
        Ok(refine(precision, |p| sum(p) / q.with_precision(p)))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let all = self.hermite(q, self.coefficients.len(), precision + 2)?;
        Ok(Dual::Polynomial(all.iter().map(Ball::square).collect()))
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(
            self.coefficients
                .first()
                .map_or(Ball::zero(precision), |c| Ball::from_gmp_rational(c, precision)),
        )
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        let closed: Vec<ClosedForm> =
            self.coefficients.iter().map(|c| ClosedForm::from(rational_from_gmp(c))).collect();
        polynomial_closed_form(&closed, k, q)
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        sum_of_squares(self, self.degree(), q)
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        exact_polynomial_dual(self, self.degree(), q)
    }
}
