//! Fixed points of the variance map, with a proof that there are no others.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::One;

use super::{SIGN_DIGITS, VarianceMap, between, check_interval, decided, interval, spend};
use crate::Error;
use crate::number::rational::rational_from_gmp;
use crate::number::{Accuracy, Ball};

/// Digits of the slopes in Newton's method.
const SLOPE_DIGITS: u32 = 12;
/// An interval whose ends are closer than this, relatively, is given up: `2^-24`.
const CLOSEST: i64 = -24;
/// Most intervals that are looked at.
const MAX_INTERVALS: usize = 5000;
/// Most steps of Newton's method.
const MAX_STEPS: usize = 200;

/// A fixed point `q* = σ_w² E[φ(√q* Z)²] + σ_b²`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FixedPoint {
    /// The variance.
    pub q: Ball,
    /// `V'(q*)`, by which a small change of the variance is multiplied in each layer.
    pub slope: Ball,
    /// Is `|V'(q*)| < 1`? `None` where it cannot be told from 1.
    pub stable: Option<bool>,
    /// `χ = σ_w² E[φ'(√q* Z)²]`; `None` where it is infinite.
    pub chi: Option<Ball>,
    /// `ξ_c = -1/ln χ`, the depth over which small angles shrink by a factor e; `None` unless `0 < χ < 1`.
    pub xi_c: Option<Ball>,
    /// `ξ_q = -1/ln V'(q*)`, the same for changes of the variance; `None` unless `0 < V'(q*) < 1`.
    pub xi_q: Option<Ball>,
}

impl FixedPoint {
    /// Are small angles between two inputs shrunk (`Less`, the ordered phase) or magnified (`Greater`, the chaotic
    /// one)? The sign of `χ - 1`; `None` where `χ` cannot be told from 1. For ReLU networks of the critical kind it
    /// decides how fast angles vanish.
    pub fn phase(&self) -> Option<Ordering> {
        let chi = self.chi.as_ref()?;
        (chi - &Ball::from_integer(1, chi.precision())).sign()
    }
}

/// The fixed points between two variances.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FixedPoints {
    /// In rising order; each exists, and is the only one in its enclosure.
    pub points: Vec<FixedPoint>,
    /// Is it proved that there is no other between the two variances?
    pub complete: bool,
    /// Intervals in which it could not be decided whether there are any.
    pub undecided: Vec<[BigRational; 2]>,
    /// Is every variance fixed? Then no point is listed.
    pub everywhere: bool,
}

impl VarianceMap {
    /// All fixed points from `from` to `to`, each to the accuracy.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `0 < from < to`, and for an activation without a formula;
    /// [`Error::NotSquareIntegrable`]; [`Error::TooMuchWork`]; [`Error::AccuracyNotReached`].
    pub fn fixed_points(
        &self,
        from: &BigRational,
        to: &BigRational,
        accuracy: Accuracy,
    ) -> Result<FixedPoints, Error> {
        check_interval(from, to)?;
        self.moments.check_formula()?;
        if self.everything_is_fixed() {
            return Ok(FixedPoints { points: vec![], complete: false, undecided: vec![], everywhere: true });
        }
        // A little more on either side, not evenly: a fixed point at an end, or in the middle, is inside an interval.
        let more = |x: &BigRational, n: i64| {
            x * (BigRational::one() + BigRational::new(n.into(), (1i64 << 30).into()))
        };
        let mut stack = vec![[more(from, -1), more(to, 3)]];
        let (mut points, mut undecided, mut looked) = (vec![], vec![], 0);
        while let Some([a, b]) = stack.pop() {
            looked += 1;
            if looked > MAX_INTERVALS {
                return Err(Error::TooMuchWork {
                    what: format!("the fixed points between {from} and {to}"),
                    why: format!(
                        "more than {MAX_INTERVALS} intervals would be looked at; a shorter interval is accepted"
                    ),
                });
            }
            spend()?;
            match self.roots([&a, &b])? {
                Some(false) => {}
                Some(true) => {
                    let point = self.close_in([a, b], accuracy)?;
                    if point.q.rational_bounds().is_none_or(|[low, high]| high >= *from && low <= *to) {
                        points.push(point);
                    }
                }
                None => match between(&a, &b).filter(|_| !are_close(&a, &b)) {
                    // The lower half is looked at first.
                    Some(middle) => stack.extend([[middle.clone(), b], [a, middle]]),
                    None => undecided.push([a, b]),
                },
            }
        }
        let complete = undecided.is_empty();
        Ok(FixedPoints { points, complete, undecided: joined(undecided), everywhere: false })
    }

    /// Does the interval hold exactly one fixed point, within, or none? `None` where that is not decided.
    fn roots(&self, ends: [&BigRational; 2]) -> Result<Option<bool>, Error> {
        let digits = SIGN_DIGITS[0];
        let over = self.moments.over(ends, digits)?;
        let precision = over.square.precision();
        let value = self.value(&over.square);
        let q = interval(ends, precision);
        if value.lower() > q.upper() || value.upper() < q.lower() {
            return Ok(Some(false));
        }
        let slope = over.derivative(&q).map(|slope| self.excess_of_slope(&slope));
        if slope.and_then(|slope| slope.sign()).is_none_or(Ordering::is_eq) {
            return Ok(None);
        }
        // Monotonic: the signs at the ends decide.
        match ends.map(|end| self.sign(end)) {
            [Ok(Some(a)), Ok(Some(b))] => Ok(Some(a != b)),
            [Err(error), _] | [_, Err(error)] => Err(error),
            _ => Ok(None),
        }
    }

    fn value(&self, square: &Ball) -> Ball {
        let number = |r: &BigRational| Ball::from_rational(r, square.precision());
        number(&self.sigma_w2) * square + number(&self.sigma_b2)
    }

    /// `V' - 1` from the derivative of `E[φ²]`.
    fn excess_of_slope(&self, derivative: &Ball) -> Ball {
        let precision = derivative.precision();
        Ball::from_rational(&self.sigma_w2, precision) * derivative - Ball::from_integer(1, precision)
    }

    /// `V(q) - q` at one variance.
    fn excess(&self, q: &BigRational, digits: u32) -> Result<Ball, Error> {
        let square = self.moments.square(q, digits)?;
        let precision = square.precision();
        Ok(self.value(&square) - Ball::from_rational(q, precision))
    }

    /// Its sign.
    fn sign(&self, q: &BigRational) -> Result<Option<Ordering>, Error> {
        decided(|digits| self.excess(q, digits).map(Some))
    }

    /// The one root of the monotonic `V(q) - q` in an interval, by Newton's method with the enclosed slope.
    fn close_in(&self, [mut a, mut b]: [BigRational; 2], accuracy: Accuracy) -> Result<FixedPoint, Error> {
        // What χ and V' lose where they are close to 1 is made up for by more digits of q, should they be asked for.
        let digits = accuracy.digits() + 4;
        let precision = accuracy.bits() + 64;
        let narrow = |a: &BigRational, b: &BigRational| {
            let ball = interval([a, b], precision);
            ball.relative_accuracy_bits() >= i64::from(accuracy.bits()) + 8
        };
        // Left of the root the sign is that at the first end.
        let left = self.sign(&a)?;
        for _ in 0..MAX_STEPS {
            if narrow(&a, &b) {
                return self.point([&a, &b], accuracy, digits);
            }
            spend()?;
            let over = self.moments.over([&a, &b], SLOPE_DIGITS)?;
            let q = interval([&a, &b], precision);
            let middle = rational_from_gmp(&q.midpoint().to_rational().unwrap_or_default());
            let slope = over.derivative(&q).map(|slope| self.excess_of_slope(&slope));
            let excess = self.excess(&middle, digits + 6)?;
            let step = slope.filter(|slope| !slope.contains_zero()).map(|slope| &excess / &slope);
            let next = step.map(|step| Ball::from_rational(&middle, precision) - step);
            let bounds = next.filter(Ball::is_finite).and_then(|next| next.rational_bounds());
            let before = &b - &a;
            if let Some([low, high]) = bounds {
                (a, b) = (a.max(low), b.min(high));
            }
            // Newton's method does not help: halve.
            if &b - &a > before / BigRational::from_integer(2.into()) {
                match excess.sign().filter(|sign| sign.is_ne()) {
                    sign @ Some(_) if sign == left => a = a.max(middle),
                    Some(_) => b = b.min(middle),
                    None => break,
                }
            }
        }
        let best = Box::new(interval([&a, &b], precision));
        Err(Error::AccuracyNotReached { what: "a fixed point of the variance".to_string(), best })
    }

    /// What is known of the fixed point between two variances.
    fn point(&self, ends: [&BigRational; 2], accuracy: Accuracy, digits: u32) -> Result<FixedPoint, Error> {
        let over = self.moments.over(ends, digits + 4)?;
        let precision = accuracy.bits() + 64;
        let q = interval(ends, precision);
        let weight = Ball::from_rational(&self.sigma_w2, precision);
        let derivative = over.derivative(&q).unwrap_or_else(|| Ball::whole_line(precision));
        let slope = &weight * &derivative;
        let chi = over.slope.map(|chi| &weight * &chi);
        let one = Ball::from_integer(1, precision);
        let stable = match (slope.abs() - &one).sign() {
            Some(Ordering::Less) => Some(true),
            Some(Ordering::Greater) => Some(false),
            _ => None,
        };
        let depth = |factor: &Ball| {
            let shrinks =
                (factor - &one).sign() == Some(Ordering::Less) && factor.sign() == Some(Ordering::Greater);
            shrinks.then(|| -factor.ln().recip())
        };
        Ok(FixedPoint { xi_c: chi.as_ref().and_then(depth), xi_q: depth(&slope), q, slope, stable, chi })
    }
}

fn are_close(a: &BigRational, b: &BigRational) -> bool {
    Ball::from_rational(&(b / a - BigRational::one()), 64).magnitude() < crate::number::Mag::pow2(CLOSEST)
}

/// Intervals that touch become one.
fn joined(list: Vec<[BigRational; 2]>) -> Vec<[BigRational; 2]> {
    let mut out: Vec<[BigRational; 2]> = vec![];
    for [a, b] in list {
        match out.last_mut() {
            Some(last) if last[1] == a => last[1] = b,
            _ => out.push([a, b]),
        }
    }
    out
}
