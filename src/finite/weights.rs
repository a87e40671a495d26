//! Exact numbers, stored compactly.

use num_rational::BigRational;
use rug::{Float, Rational};

use crate::Error;
use crate::number::Ball;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};

/// A list of exact numbers: doubles (each of which is an exact dyadic rational) or rationals.
///
/// # Examples
/// ```
/// use ntk_series::finite::Numbers;
/// let numbers = Numbers::doubles(vec![0.5, -0.75])?;
/// assert_eq!(numbers.rational(1).to_string(), "-3/4");
/// assert!(Numbers::doubles(vec![f64::NAN]).is_err());
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Doubles(Vec<f64>),
    Rationals(Vec<Rational>),
}

impl Numbers {
    /// Doubles.
    ///
    /// # Errors
    /// [`Error::Parameter`] for one that is not finite.
    pub fn doubles(list: Vec<f64>) -> Result<Numbers, Error> {
        match list.iter().position(|x| !x.is_finite()) {
            Some(i) => {
                Err(Error::parameter(&format!("number {}", i + 1), list[i], "a finite double is accepted"))
            }
            None => Ok(Numbers(Kind::Doubles(list))),
        }
    }

    /// Rationals.
    pub fn rationals(list: &[BigRational]) -> Numbers {
        Numbers(Kind::Rationals(list.iter().map(rational_to_gmp).collect()))
    }

    /// How many.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Doubles(list) => list.len(),
            Kind::Rationals(list) => list.len(),
        }
    }

    /// Is the list empty?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The doubles, if that is what they are stored as.
    pub fn as_doubles(&self) -> Option<&[f64]> {
        match &self.0 {
            Kind::Doubles(list) => Some(list),
            Kind::Rationals(_) => None,
        }
    }

    /// The number at `i`, exactly.
    ///
    /// # Panics
    /// When `i` is not below [`Numbers::len`], as for a slice.
    pub fn rational(&self, i: usize) -> BigRational {
        rational_from_gmp(&self.gmp(i))
    }

    /// The number at `i` at `precision` bits; exact if they suffice.
    ///
    /// # Panics
    /// When `i` is not below [`Numbers::len`], as for a slice.
    pub(crate) fn ball(&self, i: usize, precision: u32) -> Ball {
        match &self.0 {
            Kind::Doubles(list) => Ball::exact(Float::with_val(53, list[i])).with_precision(precision),
            Kind::Rationals(list) => Ball::from_gmp_rational(&list[i], precision),
        }
    }

    /// The number at `i` as the nearest double: the number itself where doubles are stored.
    ///
    /// # Panics
    /// When `i` is not below [`Numbers::len`], as for a slice.
    pub fn double(&self, i: usize) -> f64 {
        match &self.0 {
            Kind::Doubles(list) => list[i],
            // To nearest, as MPFR rounds; GMP's own conversion truncates.
            Kind::Rationals(list) => Float::with_val(53, &list[i]).to_f64(),
        }
    }

    /// As a GMP rational.
    pub(crate) fn gmp(&self, i: usize) -> Rational {
        match &self.0 {
            // Every finite double is a rational.
            Kind::Doubles(list) => Rational::from_f64(list[i]).unwrap_or_default(),
            Kind::Rationals(list) => list[i].clone(),
        }
    }

    /// The part of the list in a range, which lies within it.
    pub(crate) fn part(&self, range: std::ops::Range<usize>) -> Numbers {
        Numbers(match &self.0 {
            Kind::Doubles(list) => Kind::Doubles(list[range].to_vec()),
            Kind::Rationals(list) => Kind::Rationals(list[range].to_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn doubles_are_exact(x in -1e300f64..1e300, tiny in -5e-310f64..5e-310) {
            let numbers = Numbers::doubles(vec![x, tiny]).unwrap();
            let same = Numbers::rationals(&[numbers.rational(0), numbers.rational(1)]);
            prop_assert_eq!([same.double(0), same.double(1)], [x, tiny]);
            prop_assert!(numbers.ball(0, 53).is_exact() && numbers.ball(0, 20).contains(&numbers.ball(0, 53)));
        }
    }

    #[test]
    fn rationals_are_enclosed() {
        let third = parse_rational("1/3").unwrap();
        let numbers = Numbers::rationals(std::slice::from_ref(&third));
        assert!(numbers.ball(0, 64).contains_rational(&third) && numbers.as_doubles().is_none());
        assert_eq!((numbers.double(0), numbers.len(), numbers.is_empty()), (1.0 / 3.0, 1, false));
        assert_eq!(numbers.part(0..1), numbers);
    }
}
