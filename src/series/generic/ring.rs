//! What the coefficients of a generic series must offer, and who offers it.

use std::fmt::Debug;

use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::number::{Ball, ClosedForm};

/// A commutative algebra over Q whose values carry what they need (a ball its precision).
pub trait Ring: Clone + Debug {
    /// Zero, in the company of `self`.
    fn zero_like(&self) -> Self;
    /// One, in the company of `self`.
    fn one_like(&self) -> Self;
    /// The sum.
    fn add(&self, other: &Self) -> Self;
    /// The negative.
    fn neg(&self) -> Self;
    /// The product.
    fn mul(&self, other: &Self) -> Self;
    /// The product with a rational.
    fn scaled(&self, r: &BigRational) -> Self;
    /// The reciprocal, where the ring has it.
    fn reciprocal(&self) -> Option<Self>;
    /// Is this zero beyond doubt?
    fn is_exactly_zero(&self) -> bool;

    /// The difference.
    fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }
    /// `self += a * b`.
    fn add_product(&mut self, a: &Self, b: &Self) {
        *self = self.add(&a.mul(b));
    }
}

impl Ring for BigRational {
    fn zero_like(&self) -> Self {
        BigRational::zero()
    }
    fn one_like(&self) -> Self {
        BigRational::one()
    }
    fn add(&self, other: &Self) -> Self {
        self + other
    }
    fn neg(&self) -> Self {
        -self
    }
    fn mul(&self, other: &Self) -> Self {
        self * other
    }
    fn scaled(&self, r: &BigRational) -> Self {
        self * r
    }
    fn reciprocal(&self) -> Option<Self> {
        (!self.is_zero()).then(|| self.recip())
    }
    fn is_exactly_zero(&self) -> bool {
        self.is_zero()
    }
}

impl Ring for Ball {
    fn zero_like(&self) -> Self {
        Ball::zero(self.precision())
    }
    fn one_like(&self) -> Self {
        Ball::from_integer(1, self.precision())
    }
    fn add(&self, other: &Self) -> Self {
        self + other
    }
    fn neg(&self) -> Self {
        -self
    }
    fn mul(&self, other: &Self) -> Self {
        self * other
    }
    fn scaled(&self, r: &BigRational) -> Self {
        self * &Ball::from_rational(r, self.precision())
    }
    fn reciprocal(&self) -> Option<Self> {
        let out = self.recip();
        out.is_finite().then_some(out)
    }
    fn is_exactly_zero(&self) -> bool {
        self.is_exact_zero()
    }
}

impl Ring for ClosedForm {
    fn zero_like(&self) -> Self {
        ClosedForm::zero()
    }
    fn one_like(&self) -> Self {
        ClosedForm::one()
    }
    fn add(&self, other: &Self) -> Self {
        self + other
    }
    fn neg(&self) -> Self {
        -self
    }
    fn mul(&self, other: &Self) -> Self {
        self * other
    }
    fn scaled(&self, r: &BigRational) -> Self {
        ClosedForm::scaled(self, r)
    }
    fn reciprocal(&self) -> Option<Self> {
        ClosedForm::reciprocal(self)
    }
    fn is_exactly_zero(&self) -> bool {
        self.is_zero()
    }
    fn add_product(&mut self, a: &Self, b: &Self) {
        ClosedForm::add_product(self, a, b);
    }
}
