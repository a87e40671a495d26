//! Activations known by their values: everything is found by certified quadrature.

use std::fmt;

use num_rational::BigRational;
use num_traits::One;

use super::piecewise_analytic::PiecewiseAnalytic;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::Dual;
use crate::hermite::guarded;
use crate::number::Ball;
use crate::number::rational::abridged;
use crate::quadrature;

impl Activation {
    /// An activation from a function that is analytic between finitely many breakpoints.
    ///
    /// Hermite coefficients, `E[φ(√q Z)²]` and `E[φ'(√q Z)²]` come from quadrature with a proved error; the proof rests on what
    /// [`PiecewiseAnalytic`] promises.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::activation::{Growth, PiecewiseAnalytic};
    /// use ntk_series::number::{ComplexBall, Mag, parse_rational};
    /// use ntk_series::{Accuracy, Activation, Ball, hermite};
    ///
    /// #[derive(Debug)]
    /// struct Tanh;
    ///
    /// impl PiecewiseAnalytic for Tanh {
    ///     fn name(&self) -> String { "my-tanh".into() }
    ///     fn formula(&self) -> String { "tanh(x)".into() }
    ///     fn smoothness(&self) -> String { "analytic".into() }
    ///     fn breakpoints(&self, _: u32) -> Vec<Ball> { vec![] }
    ///     fn evaluate(&self, _: usize, x: &Ball) -> Ball { x.tanh() }
    ///     fn derivative(&self, _: usize, x: &Ball) -> Ball {
    ///         Ball::from_integer(1, x.precision()) - x.tanh().square()
    ///     }
    ///     fn evaluate_complex(&self, _: usize, z: &ComplexBall) -> ComplexBall { z.tanh() }
    ///     fn growth(&self) -> Growth { Growth::polynomial(Mag::ONE, 0) }
    ///     fn derivative_growth(&self) -> Option<Growth> { Some(Growth::polynomial(Mag::ONE, 0)) }
    /// }
    ///
    /// let tanh = Activation::from_analytic(Tanh);
    /// let mu = hermite::coefficients(&tanh, &parse_rational("1")?, 4, Accuracy::absolute(20)?)?;
    /// assert_eq!(mu[1].to_decimal(12).unwrap().value, "0.605705509602");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_analytic(function: impl PiecewiseAnalytic + 'static) -> Activation {
        Activation::new(Numeric { function: Box::new(function) })
    }
}

struct Numeric {
    function: Box<dyn PiecewiseAnalytic>,
}

impl fmt::Debug for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Numeric").field(&self.function).finish()
    }
}

impl Numeric {
    /// Even and odd degrees below these lengths may be non-zero, as far as `len` goes.
    fn lengths(&self, len: usize) -> [usize; 2] {
        let support = self.support();
        [0, 1].map(|odd| {
            if [support.even_tail, support.odd_tail][odd] {
                return len;
            }
            let last = (0..support.initial.len()).rfind(|&k| k % 2 == odd && support.initial[k]);
            last.map_or(0, |k| k + 1).min(len)
        })
    }

    fn not_integrable(&self, quadratic: &BigRational, q: &BigRational) -> Error {
        let bound = (quadratic * BigRational::from_integer(4.into())).recip();
        let part = self.function.describe_growth();
        let part = if part.is_empty() { String::new() } else { format!(" ({})", abridged(&part)) };
        let exponent = abridged(&quadratic.to_string());
        let accepted = abridged(&bound.to_string());
        let activation = abridged(&self.name());
        let least = self
            .function
            .growth_from_below()
            .filter(|c| c * q * BigRational::from_integer(4.into()) > One::one());
        match least {
            Some(c) => Error::NotSquareIntegrable {
                activation,
                why: format!(
                    "it grows like exp({} x^2) or faster; a variance below {accepted} is accepted",
                    abridged(&c.to_string())
                ),
            },
            None => Error::Undecided {
                what: format!("whether `{activation}` is square-integrable under the Gaussian"),
                why: format!(
                    "it is only known to grow no faster than exp({exponent} x^2){part}; a variance below {accepted} is accepted"
                ),
            },
        }
    }
}

impl Definition for Numeric {
    fn name(&self) -> String {
        self.function.name()
    }

    fn formula(&self) -> String {
        self.function.formula()
    }

    fn smoothness(&self) -> String {
        self.function.smoothness()
    }

    fn method(&self) -> String {
        "certified quadrature".to_string()
    }

    fn expression(&self) -> Option<String> {
        self.function.expression()
    }

    fn analytic(&self) -> Option<&dyn PiecewiseAnalytic> {
        Some(&*self.function)
    }

    fn support(&self) -> Support {
        self.function.support()
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        guarded(precision, len)?;
        let lens = self.lengths(len);
        let mut out = quadrature::hermite(&*self.function, q, lens, precision)?;
        out.resize(len, Ball::zero(precision));
        self.support().clear(&mut out);
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        guarded(precision, 1)?;
        quadrature::second_moment(&*self.function, q, precision + 8)
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        guarded(precision, 1)?;
        quadrature::derivative_second_moment(&*self.function, q, precision + 8)
    }

    fn dual(&self, _: &Ball, _: u32) -> Result<Dual, Error> {
        Ok(Dual::Hermite)
    }

    fn most_bits(&self, asked: u32) -> u32 {
        // How small the coefficients get is foreseen: what is smaller by far is as good as zero.
        3 * asked + 1000
    }

    fn decay_bits(&self, q: f64, k: usize) -> f64 {
        // |μ_k| ~ e^{-a√k}, a the half-width of the strip in units of the standard deviation.
        let strip = self.function.strip_hint().unwrap_or(0.0) / q.sqrt();
        2.0 * strip * (k as f64).sqrt() * std::f64::consts::LOG2_E
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        let zero = Ball::zero(precision);
        let breakpoints = self.function.breakpoints(precision);
        let reaches = |b: &Ball, sign: i32| if sign < 0 { b.lower() <= 0 } else { b.upper() >= 0 };
        // Every piece that 0 belongs to, or may end at: the function is continuous there or takes one of the limits.
        let pieces = (0..=breakpoints.len()).filter(|&i| {
            (i == 0 || reaches(&breakpoints[i - 1], -1)) && breakpoints.get(i).is_none_or(|b| reaches(b, 1))
        });
        let values: Vec<Ball> = pieces.map(|i| self.function.evaluate(i, &zero)).collect();
        let jumps = values.len() > 1 && self.function.derivative_growth().is_none();
        (!values.is_empty() && !jumps).then(|| Ball::hull(&values))
    }

    fn check_square_integrable(&self, q: &BigRational) -> Result<(), Error> {
        let quadratic = self.function.growth().quadratic;
        let four = BigRational::from_integer(4.into());
        if &quadratic * q * four < BigRational::from_integer(1.into()) {
            Ok(())
        } else {
            Err(self.not_integrable(&quadratic, q))
        }
    }
}
