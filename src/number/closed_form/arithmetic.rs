//! Ring operations on closed forms.

use std::ops::{Add, Mul, Neg, Sub};

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::ClosedForm;
use super::monomial::Monomial;

/// Largest power that is multiplied out.
const MAX_POWER: u32 = 100_000;

impl ClosedForm {
    /// The product with a rational.
    pub fn scaled(&self, r: &BigRational) -> ClosedForm {
        if r.is_zero() {
            return ClosedForm::zero();
        }
        if r.is_one() {
            return self.clone();
        }
        ClosedForm { terms: self.terms.iter().map(|(m, c)| (m.clone(), c * r)).collect() }
    }

    /// The reciprocal, where the ring holds it: of a single term without `Φ`, sine, cosine or the
    /// cosine and angle of a level.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::ClosedForm;
    /// assert_eq!(ClosedForm::pi().reciprocal(), Some(ClosedForm::pi_power(-2)));
    /// assert_eq!((&ClosedForm::pi() + &ClosedForm::one()).reciprocal(), None);
    /// ```
    pub fn reciprocal(&self) -> Option<ClosedForm> {
        let (monomial, c) = self.terms.first_key_value().filter(|_| self.terms.len() == 1)?;
        let (inverse, factor) = monomial.reciprocal()?;
        let mut out = ClosedForm::zero();
        let scale = factor / c;
        Monomial::one().multiply(&inverse, |m, d| out.add_term(m, d * &scale));
        Some(out)
    }

    /// The quotient by an element with a reciprocal in the ring.
    pub fn divided_by(&self, other: &ClosedForm) -> Option<ClosedForm> {
        other.reciprocal().map(|inverse| self * &inverse)
    }

    /// `self^n`; `None` for `n > 100_000`.
    pub fn pow(&self, n: u32) -> Option<ClosedForm> {
        if n > MAX_POWER {
            return None;
        }
        let (mut out, mut base, mut left) = (ClosedForm::one(), self.clone(), n);
        while left > 0 {
            if left & 1 == 1 {
                out = &out * &base;
            }
            left >>= 1;
            if left > 0 {
                base = &base * &base;
            }
        }
        Some(out)
    }

    /// `self += a * b`.
    pub(crate) fn add_product(&mut self, a: &ClosedForm, b: &ClosedForm) {
        for (m, c) in &a.terms {
            for (n, d) in &b.terms {
                let scale = c * d;
                m.multiply(n, |product, factor| {
                    let c = if factor.is_one() { scale.clone() } else { factor * &scale };
                    self.add_term(product, c);
                });
            }
        }
    }

    /// `self += other`.
    pub(crate) fn add_assign(&mut self, other: &ClosedForm) {
        for (m, c) in &other.terms {
            self.add_term(m.clone(), c.clone());
        }
    }
}

impl Add for &ClosedForm {
    type Output = ClosedForm;
    fn add(self, other: &ClosedForm) -> ClosedForm {
        let mut out = self.clone();
        out.add_assign(other);
        out
    }
}

impl Sub for &ClosedForm {
    type Output = ClosedForm;
    fn sub(self, other: &ClosedForm) -> ClosedForm {
        let mut out = self.clone();
        for (m, c) in &other.terms {
            out.add_term(m.clone(), -c);
        }
        out
    }
}

impl Mul for &ClosedForm {
    type Output = ClosedForm;
    fn mul(self, other: &ClosedForm) -> ClosedForm {
        let mut out = ClosedForm::zero();
        out.add_product(self, other);
        out
    }
}

impl Neg for &ClosedForm {
    type Output = ClosedForm;
    fn neg(self) -> ClosedForm {
        ClosedForm { terms: self.terms.iter().map(|(m, c)| (m.clone(), -c)).collect() }
    }
}

macro_rules! forward_owned {
    ($($op:ident $f:ident),*) => {$(
        impl $op for ClosedForm {
            type Output = ClosedForm;
            fn $f(self, other: ClosedForm) -> ClosedForm { (&self).$f(&other) }
        }
        impl $op<&ClosedForm> for ClosedForm {
            type Output = ClosedForm;
            fn $f(self, other: &ClosedForm) -> ClosedForm { (&self).$f(other) }
        }
    )*};
}
forward_owned!(Add add, Sub sub, Mul mul);

impl Neg for ClosedForm {
    type Output = ClosedForm;
    fn neg(self) -> ClosedForm {
        -&self
    }
}
