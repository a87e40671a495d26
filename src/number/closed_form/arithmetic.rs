//! Ring operations on closed forms.

use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::ClosedForm;
use super::monomial::Monomial;

/// Largest power that is multiplied out.
const MAX_POWER: u32 = 100_000;
/// Largest exponent of a generator in a power.
const MAX_EXPONENT: u64 = 1 << 62;
/// Most products of two terms in one product of a power.
const MAX_PRODUCTS: usize = 1 << 22;

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

    /// `self^n`; `None` for `n > 100_000`, for exponents of a generator beyond `2^62`, or if more than four million
    /// products of terms would be needed on the way.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::ClosedForm;
    /// let square = (&ClosedForm::one() + &ClosedForm::pi()).pow(2).unwrap();
    /// assert_eq!(square.to_string(), "1 + 2*pi + pi^2");
    /// assert!(ClosedForm::pi().pow(100_001).is_none());
    /// ```
    pub fn pow(&self, n: u32) -> Option<ClosedForm> {
        let largest = self.terms.keys().map(Monomial::largest_exponent).max().unwrap_or(0);
        if n > MAX_POWER || largest.saturating_mul(n.into()) > MAX_EXPONENT {
            return None;
        }
        match self.terms.len() {
            2 => self.power_of_sum(n),
            _ => self.power_by_squaring(n),
        }
    }

    /// `Σ_k C(n, k) a^{n-k} b^k` for the two terms `a`, `b`: powers of single terms, mostly, where squares of long sums
    /// would be.
    fn power_of_sum(&self, n: u32) -> Option<ClosedForm> {
        let mut terms = self.terms.iter().map(|(m, c)| ClosedForm::single(m.clone(), c.clone()));
        let (a, b) = (terms.next()?, terms.next()?);
        let powers = |x: &ClosedForm| {
            let mut out = vec![ClosedForm::one()];
            for k in 0..n as usize {
                out.push(out[k].checked_mul(x)?);
            }
            Some(out)
        };
        let (of_a, of_b) = (powers(&a)?, powers(&b)?);
        let work = |k: usize| of_a[n as usize - k].term_count().saturating_mul(of_b[k].term_count());
        if (0..=n as usize).map(work).fold(0usize, usize::saturating_add) > MAX_PRODUCTS {
            return None;
        }
        let (mut out, mut binomial) = (ClosedForm::zero(), BigInt::one());
        for k in 0..=n {
            let scaled = of_b[k as usize].scaled(&BigRational::from(binomial.clone()));
            out.add_product(&of_a[(n - k) as usize], &scaled);
            binomial = binomial * (n - k) / (k + 1);
        }
        Some(out)
    }

    fn power_by_squaring(&self, n: u32) -> Option<ClosedForm> {
        let (mut out, mut base, mut left) = (ClosedForm::one(), self.clone(), n);
        while left > 0 {
            if left & 1 == 1 {
                out = out.checked_mul(&base)?;
            }
            left >>= 1;
            if left > 0 {
                base = base.checked_mul(&base)?;
            }
        }
        Some(out)
    }

    /// The product, unless it takes too long.
    fn checked_mul(&self, other: &ClosedForm) -> Option<ClosedForm> {
        (self.terms.len().saturating_mul(other.terms.len()) <= MAX_PRODUCTS).then(|| self * other)
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
        out.add_assign(&self.align(other));
        out
    }
}

impl Sub for &ClosedForm {
    type Output = ClosedForm;
    fn sub(self, other: &ClosedForm) -> ClosedForm {
        let mut out = self.clone();
        for (m, c) in &self.align(other).terms {
            out.add_term(m.clone(), -c);
        }
        out
    }
}

impl Mul for &ClosedForm {
    type Output = ClosedForm;
    fn mul(self, other: &ClosedForm) -> ClosedForm {
        let mut out = ClosedForm::zero();
        out.add_product(self, &self.align(other));
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
