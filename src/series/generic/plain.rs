//! Series with all the operations, by the plain algorithms: what the fast ones are tested against.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Ring, step};
use crate::number::{Ball, ClosedForm};

/// A ring with one, in which some elements have a reciprocal.
pub trait Field: Ring {
    /// One, in the company of `self`.
    fn one_like(&self) -> Self;
    /// The reciprocal, where the ring has it.
    fn reciprocal(&self) -> Option<Self>;
    /// The negative.
    fn neg(&self) -> Self {
        self.scaled(&-BigRational::one())
    }
}

impl Field for BigRational {
    fn one_like(&self) -> Self {
        BigRational::one()
    }

    fn reciprocal(&self) -> Option<Self> {
        (!self.is_zero()).then(|| self.recip())
    }
}

impl Field for Ball {
    fn one_like(&self) -> Self {
        Ball::from_integer(1, self.precision())
    }

    fn reciprocal(&self) -> Option<Self> {
        let out = self.recip();
        out.is_finite().then_some(out)
    }
}

impl Field for ClosedForm {
    fn one_like(&self) -> Self {
        ClosedForm::one()
    }

    fn reciprocal(&self) -> Option<Self> {
        ClosedForm::reciprocal(self)
    }
}

/// A power series known to `O(x^len)`: what lies beyond is unknown, not zero.
///
/// A result is known as far as its operands allow. Functions that need a value the ring cannot
/// find by itself (the square root of the constant term, say) take it as an argument; that it is
/// the right one is the caller's promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<R> {
    coefficients: Vec<R>,
}

impl<R: Field> Series<R> {
    /// The series with these coefficients, known as far as they go.
    pub fn new(coefficients: Vec<R>) -> Series<R> {
        Series { coefficients }
    }

    /// The known coefficients, constant term first.
    pub fn coefficients(&self) -> &[R] {
        &self.coefficients
    }

    /// How many coefficients are known.
    pub fn len(&self) -> usize {
        self.coefficients.len()
    }

    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.coefficients.is_empty()
    }

    /// The same series, known to `O(x^len)` at most.
    pub fn truncated(&self, len: usize) -> Series<R> {
        Series::new(self.coefficients[..len.min(self.len())].to_vec())
    }

    /// The sum.
    pub fn add(&self, other: &Series<R>) -> Series<R> {
        Series::new(self.coefficients.iter().zip(&other.coefficients).map(|(a, b)| a.add(b)).collect())
    }

    /// The difference.
    pub fn sub(&self, other: &Series<R>) -> Series<R> {
        Series::new(self.coefficients.iter().zip(&other.coefficients).map(|(a, b)| a.add(&b.neg())).collect())
    }

    /// The product with an element of the ring.
    pub fn scaled(&self, c: &R) -> Series<R> {
        Series::new(self.coefficients.iter().map(|a| a.mul(c)).collect())
    }

    /// The product.
    pub fn mul(&self, other: &Series<R>) -> Series<R> {
        let len = self.len().min(other.len());
        Series::new((0..len).map(|p| step::product(&self.coefficients, &other.coefficients, p)).collect())
    }

    /// The derivative: one coefficient fewer.
    pub fn derivative(&self) -> Series<R> {
        let scale = |(k, a): (usize, &R)| a.scaled(&BigRational::from_integer((k + 1).into()));
        Series::new(self.coefficients.iter().skip(1).enumerate().map(scale).collect())
    }

    /// The integral with the given constant term: one coefficient more.
    pub fn integral(&self, constant: R) -> Series<R> {
        let scale = |(k, a): (usize, &R)| a.scaled(&BigRational::new(One::one(), (k + 1).into()));
        let rest = self.coefficients.iter().enumerate().map(scale);
        Series::new(std::iter::once(constant).chain(rest).collect())
    }

    /// `f(self)` for a function with the Taylor coefficients `outer` at this series' constant
    /// term, whatever that is: `Σ_k outer_k (self - self_0)^k`, by Horner's scheme.
    pub fn compose_into(&self, outer: &[R]) -> Series<R> {
        // Coefficient k of the outer function reaches x^k and beyond.
        let len = self.len().min(outer.len());
        if len == 0 {
            return Series::new(vec![]);
        }
        let mut inner = self.truncated(len);
        inner.coefficients[0] = inner.coefficients[0].zero_like();
        let zero = outer[0].zero_like();
        let mut out = Series::new(vec![zero; len]);
        for c in outer[..len].iter().rev() {
            out = out.mul(&inner);
            out.coefficients[0] = out.coefficients[0].add(c);
        }
        out
    }

    /// The reciprocal; `None` if the ring has none of the constant term.
    pub fn reciprocal(&self) -> Option<Series<R>> {
        let Some(first) = self.coefficients.first() else { return Some(self.clone()) };
        let inverse = first.reciprocal()?;
        self.power(&-BigRational::one(), inverse)
    }

    /// `self^α`, where `constant` is `self_0^α`; `None` if the ring has no reciprocal of the
    /// constant term.
    pub fn power(&self, alpha: &BigRational, constant: R) -> Option<Series<R>> {
        let Some(first) = self.coefficients.first() else { return Some(self.clone()) };
        let inverse = first.reciprocal()?;
        let mut out = vec![constant];
        for p in 1..self.len() {
            out.push(step::power(&self.coefficients, &out, alpha, &inverse, p));
        }
        Some(Series::new(out))
    }

    /// `√self`, where `constant` is the root of the constant term.
    pub fn sqrt(&self, constant: R) -> Option<Series<R>> {
        self.power(&BigRational::new(One::one(), 2.into()), constant)
    }

    /// `1/√self`, where `constant` is that of the constant term.
    pub fn rsqrt(&self, constant: R) -> Option<Series<R>> {
        self.power(&-BigRational::new(One::one(), 2.into()), constant)
    }

    /// `exp(self)`, where `constant` is that of the constant term.
    pub fn exp(&self, constant: R) -> Series<R> {
        if self.is_empty() {
            return self.clone();
        }
        let mut out = vec![constant];
        for p in 1..self.len() {
            out.push(step::chain(&self.coefficients, &out, p));
        }
        Series::new(out)
    }

    /// `f(self)` from `derivative = f'(self)`, where `constant` is `f(self_0)`.
    pub fn chain(&self, derivative: &Series<R>, constant: R) -> Series<R> {
        let len = self.len().min(derivative.len() + 1);
        if len == 0 {
            return Series::new(vec![]);
        }
        let rest = (1..len).map(|p| step::chain(&self.coefficients, &derivative.coefficients, p));
        Series::new(std::iter::once(constant).chain(rest).collect())
    }
}
