//! The variances `σ_w²` and `σ_b²` of a layer, once: numbers as they are given, or what `normalized` and `unit` come
//! to.
//!
//! `normalized` is `σ_w² = (q - σ_b²)/E[φ²]` and `unit` is `σ_b² = q - σ_w² E[φ²]`; both keep the variance, `q' = q`.

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::{BiasVariance, Layer, WeightVariance};
use crate::Error;

/// The numbers that a network is resolved in. `None` stands for what they do not hold, or do not know.
pub(crate) trait Numbers {
    type Number: Clone;

    fn exact(&mut self, x: &BigRational) -> Self::Number;

    /// `q - x`, which the theory allows where it is not negative: an enclosure is cut there.
    fn rest(&mut self, q: &Self::Number, x: &Self::Number) -> Rest<Self::Number>;

    /// `w · m`.
    fn product(&mut self, w: &Self::Number, m: &Self::Number) -> Self::Number;

    /// `x/m`, where `m > 0`.
    fn quotient(&mut self, x: &Self::Number, m: &Self::Number) -> Option<Self::Number>;

    /// `w · m + b`.
    fn affine(&mut self, w: &Self::Number, m: &Self::Number, b: &Self::Number) -> Self::Number;

    /// Is it zero? Unknown: an enclosure that holds zero and more.
    fn is_zero(&self, x: &Self::Number) -> Option<bool>;

    /// For messages.
    fn shown(&self, x: &Self::Number) -> String;
}

/// What is left of a variance.
pub(crate) enum Rest<N> {
    Is(N),
    Negative,
    Unknown,
}

/// Do the variances preserve that of the pre-activations?
pub(crate) fn keeps_variance(layer: &Layer) -> bool {
    layer.sigma_w2 == WeightVariance::Normalized || layer.sigma_b2 == BiasVariance::Unit
}

/// `normalized` and `unit` together.
pub(super) fn both_follow() -> Error {
    let accepted = "`unit` needs a number for sigma_w2: both cannot follow from the variance";
    Error::parameter("sigma_b2", "unit", accepted)
}

/// `E[φ²]`, asked for only where it is needed.
pub(crate) type Moment<'a, N> = &'a dyn Fn() -> Result<Option<N>, Error>;

/// A hidden layer, its number from 1, and the variance of its pre-activations: what the variances follow from.
pub(crate) struct Resolution<'a, R: Numbers> {
    pub layer: &'a Layer,
    pub number: usize,
    pub q: &'a R::Number,
    pub moment: Moment<'a, R::Number>,
}

impl<R: Numbers> Resolution<'_, R> {
    /// `σ_w²`; `None` where the numbers do not hold it.
    ///
    /// # Errors
    /// Where `normalized` cannot be met, and those of the moment.
    pub fn weight(&self, ring: &mut R) -> Result<Option<R::Number>, Error> {
        let bias = match (&self.layer.sigma_w2, &self.layer.sigma_b2) {
            (WeightVariance::Exact(w), _) => return Ok(Some(ring.exact(w))),
            (WeightVariance::Normalized, BiasVariance::Unit) => return Err(both_follow()),
            (WeightVariance::Normalized, BiasVariance::Exact(b)) => ring.exact(b),
        };
        let Some(moment) = (self.moment)()? else { return Ok(None) };
        match ring.is_zero(&moment) {
            Some(false) => (),
            None => return Ok(None),
            Some(true) => {
                let accepted = "E[φ²] = 0: a number is accepted";
                return Err(Error::parameter("sigma_w2", "normalized", accepted));
            }
        }
        match ring.rest(self.q, &bias) {
            Rest::Is(kept) => Ok(ring.quotient(&kept, &moment)),
            Rest::Unknown => Ok(None),
            Rest::Negative => {
                let accepted = format!(
                    "with sigma_w2 = normalized at most the variance {} of layer {} is accepted",
                    ring.shown(self.q),
                    self.number
                );
                Err(Error::parameter("sigma_b2", ring.shown(&bias), &accepted))
            }
        }
    }

    /// `σ_b²`, from `σ_w²`; `None` where the numbers do not hold it.
    ///
    /// # Errors
    /// Where `unit` cannot be met, and those of the moment.
    pub fn bias(&self, ring: &mut R, weight: &R::Number) -> Result<Option<R::Number>, Error> {
        if let BiasVariance::Exact(b) = &self.layer.sigma_b2 {
            return Ok(Some(ring.exact(b)));
        }
        if ring.is_zero(weight) == Some(true) {
            return Ok(Some(self.q.clone()));
        }
        let Some(moment) = (self.moment)()? else { return Ok(None) };
        let taken = ring.product(weight, &moment);
        match ring.rest(self.q, &taken) {
            Rest::Is(bias) => Ok(Some(bias)),
            Rest::Unknown => Ok(None),
            Rest::Negative => {
                let accepted = format!(
                    "σ_w² E[φ²] exceeds the variance at layer {}: a smaller sigma_w2 is accepted",
                    self.number
                );
                Err(Error::parameter("sigma_b2", "unit", &accepted))
            }
        }
    }

    /// `q'`, the variance after the layer, from `σ_w²`; `None` where it is not known.
    ///
    /// # Errors
    /// Those of the moment.
    pub fn next(&self, ring: &mut R, weight: &R::Number) -> Result<Option<R::Number>, Error> {
        let bias = match &self.layer.sigma_b2 {
            BiasVariance::Exact(b) if !keeps_variance(self.layer) => ring.exact(b),
            _ => return Ok(Some(self.q.clone())),
        };
        if ring.is_zero(weight) == Some(true) {
            return Ok(Some(bias));
        }
        let moment = (self.moment)()?;
        Ok(moment.map(|moment| ring.affine(weight, &moment, &bias)))
    }
}

/// Rational numbers.
pub(crate) struct Rationals;

impl Numbers for Rationals {
    type Number = BigRational;

    fn exact(&mut self, x: &BigRational) -> BigRational {
        x.clone()
    }

    fn rest(&mut self, q: &BigRational, x: &BigRational) -> Rest<BigRational> {
        let rest = q - x;
        if rest.is_negative() { Rest::Negative } else { Rest::Is(rest) }
    }

    fn product(&mut self, w: &BigRational, m: &BigRational) -> BigRational {
        w * m
    }

    fn quotient(&mut self, x: &BigRational, m: &BigRational) -> Option<BigRational> {
        Some(x / m)
    }

    fn affine(&mut self, w: &BigRational, m: &BigRational, b: &BigRational) -> BigRational {
        w * m + b
    }

    fn is_zero(&self, x: &BigRational) -> Option<bool> {
        Some(x.is_zero())
    }

    fn shown(&self, x: &BigRational) -> String {
        crate::number::rational::abridged(&x.to_string())
    }
}
