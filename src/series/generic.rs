//! Truncated power series over any ring: the plain algorithms, quadratic at best.
//!
//! Exact rationals, closed forms and balls share them; kernels in closed form are built on them,
//! and the fast series are tested against them.

mod ring;
pub(crate) mod step;

use num_rational::BigRational;
use num_traits::One;

pub use ring::Ring;

/// A power series known to `O(x^len)`: what lies beyond is unknown, not zero.
///
/// A result is known as far as its operands allow. Functions that need a value the ring cannot
/// find by itself (the square root of the constant term, say) take it as an argument; that it is
/// the right one is the caller's promise.
///
/// # Examples
/// ```
/// use num_rational::BigRational;
/// use ntk_series::series::generic::Series;
/// let q = |n: i64, d: i64| BigRational::new(n.into(), d.into());
/// // 1/(1 - x) = 1 + x + x² + O(x³).
/// let u = Series::new(vec![q(1, 1), q(-1, 1), q(0, 1)]);
/// assert_eq!(u.reciprocal().unwrap().coefficients(), [q(1, 1), q(1, 1), q(1, 1)]);
/// // (1 - x)^{1/2} = 1 - x/2 - x²/8 + O(x³).
/// let root = u.power(&q(1, 2), q(1, 1)).unwrap();
/// assert_eq!(root.coefficients(), [q(1, 1), q(-1, 2), q(-1, 8)]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Series<R> {
    coefficients: Vec<R>,
}

impl<R: Ring> Series<R> {
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
        Series::new(self.coefficients.iter().zip(&other.coefficients).map(|(a, b)| a.sub(b)).collect())
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
    ///
    /// # Examples
    /// ```
    /// use num_rational::BigRational;
    /// use ntk_series::series::generic::Series;
    /// let q = |n: i64| BigRational::from_integer(n.into());
    /// // x² about 3 is 9 + 6(x-3) + (x-3)²; at 3 + y it is 9 + 6y + y².
    /// let square = Series::new(vec![q(3), q(1), q(0)]).compose_into(&[q(9), q(6), q(1)]);
    /// assert_eq!(square.coefficients(), [q(9), q(6), q(1)]);
    /// ```
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
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Ball, series::generic::Series};
    /// let x = [0, 1, 0, 0].map(|n| Ball::from_integer(n, 64));
    /// let e = Series::new(x.to_vec()).exp(Ball::from_integer(1, 64));
    /// assert_eq!(e.coefficients()[3].to_decimal(5).unwrap().value, "0.16667");
    /// ```
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

#[cfg(test)]
mod tests;
