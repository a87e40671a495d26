//! What the coefficients of a generic series must offer, and who offers it.

use std::fmt::Debug;

use num_rational::BigRational;
use num_traits::Zero;

use crate::number::{Ball, ClosedForm};

/// A commutative algebra over Q whose values carry what they need (a ball its precision).
pub trait Ring: Clone + Debug {
    /// Zero, in the company of `self`.
    fn zero_like(&self) -> Self;
    /// The sum.
    fn add(&self, other: &Self) -> Self;
    /// The product.
    fn mul(&self, other: &Self) -> Self;
    /// The product with a rational.
    fn scaled(&self, r: &BigRational) -> Self;
    /// Is this zero beyond doubt?
    fn is_exactly_zero(&self) -> bool;

    /// `self += a * b`.
    fn add_product(&mut self, a: &Self, b: &Self) {
        *self = self.add(&a.mul(b));
    }
}

impl Ring for BigRational {
    fn zero_like(&self) -> Self {
        BigRational::zero()
    }
    fn add(&self, other: &Self) -> Self {
        self + other
    }
    fn mul(&self, other: &Self) -> Self {
        self * other
    }
    fn scaled(&self, r: &BigRational) -> Self {
        self * r
    }
    fn is_exactly_zero(&self) -> bool {
        self.is_zero()
    }
}

impl Ring for Ball {
    fn zero_like(&self) -> Self {
        Ball::zero(self.precision())
    }
    fn add(&self, other: &Self) -> Self {
        self + other
    }
    fn mul(&self, other: &Self) -> Self {
        self * other
    }
    fn scaled(&self, r: &BigRational) -> Self {
        self * &Ball::from_rational(r, self.precision())
    }
    fn is_exactly_zero(&self) -> bool {
        self.is_exact_zero()
    }
}

impl Ring for ClosedForm {
    fn zero_like(&self) -> Self {
        ClosedForm::zero()
    }
    fn add(&self, other: &Self) -> Self {
        self + other
    }
    fn mul(&self, other: &Self) -> Self {
        self * other
    }
    fn scaled(&self, r: &BigRational) -> Self {
        ClosedForm::scaled(self, r)
    }
    fn is_exactly_zero(&self) -> bool {
        self.is_zero()
    }
    fn add_product(&mut self, a: &Self, b: &Self) {
        ClosedForm::add_product(self, a, b);
    }
}
