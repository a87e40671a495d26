//! How close points come to lying on one line through the origin, exactly.

use crate::parallel::*;
use num_rational::BigRational;
use num_traits::{One, Zero};
use rug::{Integer, Rational};

use super::fixed::Directions;
use super::inner::InnerProducts;
use super::{MAX_POINTS, Points};
use crate::Error;
use crate::kernel::Input;
use crate::number::rational::rational_from_gmp;
use crate::number::{Accuracy, Ball};

/// The two points whose directions are closest to one line, and the square of the cosine between them.
///
/// # Examples
/// See [`Points::separation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separation {
    /// The first such pair, by index.
    pub pair: (usize, usize),
    /// `ρ*² = max_{i≠j} (x_i·x_j)²/(|x_i|² |x_j|²)`.
    pub collinearity_squared: BigRational,
}

impl Separation {
    /// `ρ* = max_{i≠j} |cos(x_i, x_j)|`.
    pub(crate) fn collinearity(&self, precision: u32) -> Ball {
        Ball::from_rational(&self.collinearity_squared, precision).sqrt()
    }

    /// `δ = min_{i≠j} min(|u_i - u_j|, |u_i + u_j|) = √(2 - 2ρ*)` for the unit vectors `u_i = x_i/|x_i|`; exactly zero
    /// where two points are proportional.
    ///
    /// # Errors
    /// [`Error::AccuracyNotReached`] should no precision be enough.
    pub fn delta(&self, accuracy: Accuracy) -> Result<Ball, Error> {
        accuracy.reach("the separation", |delta| vec![delta], |precision| Ok(self.delta_with(precision)))
    }

    /// The same with `precision` bits.
    fn delta_with(&self, precision: u32) -> Ball {
        let rest = BigRational::one() - &self.collinearity_squared;
        if rest.is_zero() {
            return Ball::zero(precision);
        }
        // 1 - ρ* = (1 - ρ*²)/(1 + ρ*): nothing cancels.
        let above = Ball::from_rational(&rest, precision).shl(1);
        (above / (Ball::from_integer(1, precision) + self.collinearity(precision))).sqrt()
    }
}

impl Points {
    /// How separated the directions of the points are; `None` for a single point.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a point at the origin and for more than 10000 points: all pairs are compared.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::gram::Points;
    /// let separation = Points::from_csv("1, 0\n0, 2\n-3, 4")?.separation()?.unwrap();
    /// assert_eq!(separation.pair, (1, 2));
    /// assert_eq!(separation.collinearity_squared.to_string(), "16/25");
    /// let delta = separation.delta(ntk_series::Accuracy::relative(10)?)?;
    /// assert!(delta.to_string().starts_with("0.6324555")); // √(2 - 8/5)
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn separation(&self) -> Result<Option<Separation>, Error> {
        self.check_no_origin()?;
        if self.len() > MAX_POINTS {
            let accepted = "all pairs are compared: at most 10000 points are accepted";
            return Err(Error::parameter("number of points", self.len(), accepted));
        }
        let inner = InnerProducts::new(self, &Input::default());
        // In fixed point first: only those within the error of the largest are compared exactly.
        let directions = Directions::new(&inner);
        let size = |i: usize, j: usize| directions.cosine(i, j).abs();
        let largest = (1..self.len()).into_par_iter().map(|i| (0..i).map(|j| size(i, j)).max());
        let largest: Vec<i128> = largest.map(|m| m.unwrap_or(0)).collect();
        let least = largest.iter().max().map_or(0, |m| m - 2 * directions.error());
        let closest = (1..self.len()).into_par_iter().filter(|i| largest[i - 1] >= least).map(|i| {
            let near = (0..i).filter(|&j| size(i, j) >= least);
            near.map(|j| Cosine::new(&inner, i, j)).reduce(Cosine::larger)
        });
        let best = closest.collect::<Vec<_>>().into_iter().flatten().reduce(Cosine::larger);
        Ok(best.map(|c| Separation {
            pair: c.pair,
            collinearity_squared: rational_from_gmp(&Rational::from((c.numerator, c.denominator))),
        }))
    }
}

/// A squared cosine, not in lowest terms.
struct Cosine {
    pair: (usize, usize),
    numerator: Integer,
    denominator: Integer,
}

impl Cosine {
    /// The points' own denominators cancel.
    fn new(inner: &InnerProducts, i: usize, j: usize) -> Cosine {
        let (numerator, denominator) = inner.squared_cosine(i, j);
        Cosine { pair: (j, i), numerator, denominator }
    }

    /// The larger one, the first of equals.
    fn larger(self, other: Cosine) -> Cosine {
        let [a, b] = [
            Integer::from(&self.numerator * &other.denominator),
            Integer::from(&other.numerator * &self.denominator),
        ];
        if b > a { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_closest_pair_is_that_of_all_cosines(
            rows in prop::collection::vec([1i64..30, -30i64..30, -30i64..30], 2..9),
        ) {
            let text: Vec<String> = rows.iter().map(|[a, b, c]| format!("{a}/7,{b},{c}")).collect();
            let found = Points::from_csv(&text.join("\n")).unwrap().separation().unwrap().unwrap();
            let unit = |[a, b, c]: [i64; 3]| {
                let x = [a as f64 / 7.0, b as f64, c as f64];
                let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
                x.map(|x| x / norm)
            };
            let mut delta = 2.0f64;
            for i in 0..rows.len() {
                for j in 0..i {
                    let (u, v) = (unit(rows[i]), unit(rows[j]));
                    for sign in [-1.0, 1.0] {
                        let squared: f64 = u.iter().zip(&v).map(|(u, v)| (u + sign * v).powi(2)).sum();
                        delta = delta.min(squared.sqrt());
                    }
                }
            }
            let enclosed = found.delta_with(100);
            prop_assert!((enclosed.midpoint().to_f64() - delta).abs() < 1e-7);
            prop_assert!(enclosed.is_exact_zero() || enclosed.relative_accuracy_bits() > 90);
        }
    }

    #[test]
    fn proportional_points_and_the_origin() {
        let opposite = Points::from_csv("1/3,2\n-2/3,-4\n1,1").unwrap().separation().unwrap().unwrap();
        assert!(opposite.delta_with(64).is_exact_zero() && opposite.collinearity_squared.is_one());
        assert!(Points::from_csv("1,2").unwrap().separation().unwrap().is_none());
        let error = Points::from_csv("1,2\n0,0").unwrap().separation().unwrap_err().to_string();
        assert!(error.contains("point 2"), "{error}");
    }
}
