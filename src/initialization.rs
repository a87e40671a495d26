//! Initialization of wide networks: the variance map, its fixed points, and the critical line.
//!
//! In a deep network of like layers the variance of the pre-activations follows $q \mapsto V(q) = \sigma_w^2\, \mathsf
//! E[\varphi(\sqrt q\, Z)^2] + \sigma_b^2$ from layer to layer. At a fixed point $q^*$ small changes of the variance are
//! multiplied by $V'(q^*)$ in each layer, and small angles between two inputs by $\chi = \sigma_w^2\, \mathsf
//! E[\varphi'(\sqrt{q^*}\, Z)^2]$: for $\chi < 1$ inputs grow alike, for $\chi > 1$ they are torn apart, and at $\chi = 1$,
//! on the critical line, signals survive the depth (Poole et al. 2016; Schoenholz et al. 2017, arXiv 1611.01232).
//!
//! # How fixed points are proved
//! For a function $f \ge 0$ and $a \le q \le b$ the normal densities obey
//! $\sqrt{a/q}\, n_a \le n_q \le \sqrt{b/q}\, n_b$, so that
//!
//! $$ \sqrt{a/b}\; \mathsf E[f(\sqrt a\, Z)] \le \mathsf E[f(\sqrt q\, Z)] \le \sqrt{b/a}\; \mathsf E[f(\sqrt b\, Z)]. $$
//!
//! With $f = \varphi^2$ this encloses $V$ on an interval by its values at the ends, and with $f = x^2 \varphi^2$ the
//! slope $V' = \sigma_w^2\, (\mathsf E[x^2 \varphi^2]/q - \mathsf E[\varphi^2])/(2q)$. Intervals are halved until
//! $V(q) \ne q$ on each, or $V(q) - q$ is monotonic there: then its signs at the ends decide, and Newton's method with
//! the enclosed slope closes in on the one root.
//!
//! # Examples
//! ```
//! use ntk_series::initialization::VarianceMap;
//! use ntk_series::{Accuracy, Activation, number::parse_rational};
//! let number = |text: &str| parse_rational(text).unwrap();
//! let map = VarianceMap::new(&Activation::parse("tanh")?, number("1.76"), number("0.05"))?;
//! let found = map.fixed_points(&number("1/10"), &number("10"), Accuracy::relative(10)?)?;
//! assert!(found.complete && found.points.len() == 1);
//! assert_eq!(found.points[0].q.to_decimal(12).unwrap().value, "0.569462839852");
//! assert_eq!(found.points[0].stable, Some(true));
//! # Ok::<(), ntk_series::Error>(())
//! ```

mod fixed_points;
mod line;

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::moments::{half_second_derivative, second_moment};
use crate::number::{Accuracy, Ball};
use crate::positivity::homogeneous;
use crate::{Activation, Error, work};

pub use fixed_points::{FixedPoint, FixedPoints};
pub use line::{CriticalPoint, critical_line, half_stable_points};

/// `q ↦ σ_w² E[φ(√q Z)²] + σ_b²`.
#[derive(Clone, Debug)]
pub struct VarianceMap {
    moments: Moments,
    sigma_w2: BigRational,
    sigma_b2: BigRational,
}

impl VarianceMap {
    /// The map of an activation with exact variances.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `σ_w² > 0` and `σ_b² >= 0`.
    pub fn new(
        activation: &Activation,
        sigma_w2: BigRational,
        sigma_b2: BigRational,
    ) -> Result<VarianceMap, Error> {
        if !sigma_w2.is_positive() {
            return Err(Error::parameter("sigma_w2", sigma_w2, "a positive number is accepted"));
        }
        if sigma_b2.is_negative() {
            return Err(Error::parameter("sigma_b2", sigma_b2, "a number from 0 on is accepted"));
        }
        Ok(VarianceMap { moments: Moments::new(activation), sigma_w2, sigma_b2 })
    }

    /// Is `q = 0` fixed: `φ(0) = 0` and `σ_b² = 0`? `None` where `φ(0)` is not known.
    pub fn zero_is_fixed(&self) -> Option<bool> {
        if !self.sigma_b2.is_zero() {
            return Some(false);
        }
        let value = self.moments.activation.at_zero(64)?;
        if value.is_exact_zero() { Some(true) } else { (!value.contains_zero()).then_some(false) }
    }

    /// Is every `q` fixed? So it is for `φ(tx) = t φ(x)`, `t > 0`, with `σ_w² E[φ(Z)²] = 1` and no bias.
    pub fn everything_is_fixed(&self) -> bool {
        let one = BigRational::from_integer(1.into());
        let moment = || self.moments.activation.second_moment_closed_form(&one);
        self.sigma_b2.is_zero()
            && homogeneous(&self.moments.activation) == Some(1)
            && moment().and_then(|m| m.as_rational()).is_some_and(|m| m * &self.sigma_w2 == one)
    }
}

/// The expectations at one variance.
#[derive(Clone, Debug)]
struct At {
    /// `E[φ²]`.
    square: Ball,
    /// `E[x² φ²]`; `None` where `φ²` has no formula.
    weighted: Option<Ball>,
    /// `E[φ'²]`; `None` where it is infinite.
    slope: Option<Ball>,
}

/// Expectations of an activation at exact variances; those that were found are kept.
#[derive(Clone, Debug)]
struct Moments {
    activation: Activation,
    squared: Option<Activation>,
    squares: RefCell<HashMap<(BigRational, u32), Ball>>,
    known: RefCell<HashMap<(BigRational, u32), At>>,
}

impl Moments {
    fn new(activation: &Activation) -> Moments {
        Moments {
            activation: activation.clone(),
            squared: activation.squared().ok(),
            squares: RefCell::default(),
            known: RefCell::default(),
        }
    }

    /// `E[x² φ²]` is found by the formula of `φ²`.
    fn check_formula(&self) -> Result<(), Error> {
        let accepted = "a name or a formula in x is accepted, not a function without a formula";
        let refused = || Error::parameter("activation", self.activation.name(), accepted);
        self.squared.as_ref().map(|_| ()).ok_or_else(refused)
    }

    /// `E[φ²]` at the variance `q`, to `digits` digits.
    fn square(&self, q: &BigRational, digits: u32) -> Result<Ball, Error> {
        let key = (q.clone(), digits);
        if let Some(found) = self.squares.borrow().get(&key) {
            return Ok(found.clone());
        }
        let found = second_moment(&self.activation, q, Accuracy::relative(digits)?)?;
        self.squares.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// All at the variance `q`, to `digits` digits.
    fn at(&self, q: &BigRational, digits: u32) -> Result<At, Error> {
        let key = (q.clone(), digits);
        if let Some(found) = self.known.borrow().get(&key) {
            return Ok(found.clone());
        }
        let accuracy = Accuracy::relative(digits)?;
        let precision = accuracy.bits() + 32;
        let square = self.square(q, digits)?;
        let slope = accuracy.reach(
            "E[φ'²]",
            |slope: &Option<Ball>| slope.iter().collect(),
            |precision| match self
                .activation
                .derivative_second_moment(&Ball::from_rational(q, precision), precision)
            {
                Ok(ball) => Ok(ball.is_finite().then_some(ball)),
                Err(Error::NoTangentKernel { .. }) => Ok(None),
                Err(other) => Err(other),
            },
        )?;
        let half = match &self.squared {
            Some(squared) => half_second_derivative(squared, q, accuracy, precision)?,
            None => None,
        };
        // E[φ²] = E[φ² (Z² - 1)]/(2q) by parts, with x = √q Z.
        let variance = Ball::from_rational(q, precision);
        let weighted = half.map(|half| &variance * &(&(&half * &variance).shl(1) + &square));
        let found = At { square, weighted, slope };
        self.known.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// The same for every variance from `a` to `b`.
    fn over(&self, [a, b]: [&BigRational; 2], digits: u32) -> Result<At, Error> {
        let (low, high) = (self.at(a, digits)?, self.at(b, digits)?);
        let precision = low.square.precision();
        let ratio = Ball::from_rational(&(b / a), precision).sqrt();
        // √(a/b) E_a <= E_q <= √(b/a) E_b for f >= 0.
        let between = |x: &Ball, y: &Ball| {
            let (least, most) = ((x / &ratio).lower(), (y * &ratio).upper());
            if least <= most {
                Ball::from_bounds(&least, &most, precision)
            } else {
                Ball::whole_line(precision)
            }
        };
        let both = |x: &Option<Ball>, y: &Option<Ball>| Some(between(x.as_ref()?, y.as_ref()?));
        Ok(At {
            square: between(&low.square, &high.square),
            weighted: both(&low.weighted, &high.weighted),
            slope: both(&low.slope, &high.slope),
        })
    }
}

impl At {
    /// `d E[φ²]/dq = (E[x² φ²]/q - E[φ²])/(2q)`.
    fn derivative(&self, q: &Ball) -> Option<Ball> {
        Some((self.weighted.as_ref()? / q - &self.square) / q.shl(1))
    }
}

/// The variances from `a` to `b` as an enclosure.
fn interval([a, b]: [&BigRational; 2], precision: u32) -> Ball {
    let (a, b) = (Ball::from_rational(a, precision), Ball::from_rational(b, precision));
    Ball::from_bounds(&a.lower(), &b.upper(), precision)
}

/// A short number between, near the geometric mean.
fn between(a: &BigRational, b: &BigRational) -> Option<BigRational> {
    let double = |x: &BigRational| Ball::from_rational(x, 64).midpoint().clone();
    let mean = (double(a) * double(b)).sqrt();
    let mean = crate::number::rational::rational_from_gmp(&rug::Float::with_val(53, mean).to_rational()?);
    (*a < mean && mean < *b).then_some(mean)
}

/// Digits of expectations where signs are decided, from the first attempt to the last.
const SIGN_DIGITS: [u32; 5] = [8, 16, 32, 64, 128];

/// The sign of a number that is not zero, with as many digits as it takes; `None` where the last attempt does not tell.
fn decided(number: impl Fn(u32) -> Result<Option<Ball>, Error>) -> Result<Option<Ordering>, Error> {
    for digits in SIGN_DIGITS {
        if let Some(sign) = number(digits)?.and_then(|x| x.sign()).filter(|sign| sign.is_ne()) {
            return Ok(Some(sign));
        }
    }
    Ok(None)
}

/// Counts a step; past the limit of work an error.
fn spend() -> Result<(), Error> {
    if work::spend(1e4) {
        return Ok(());
    }
    let what = "the search for fixed points".to_string();
    Err(Error::TooMuchWork { what, why: "a shorter interval or fewer digits are accepted".to_string() })
}

fn check_interval(from: &BigRational, to: &BigRational) -> Result<(), Error> {
    if !from.is_positive() {
        return Err(Error::parameter("from", from, "a positive number is accepted"));
    }
    if to <= from {
        return Err(Error::parameter("to", to, "a number above the beginning is accepted"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
