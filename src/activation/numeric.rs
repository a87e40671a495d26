//! Activations known by their values: everything is found by certified quadrature.

use std::fmt;

use num_rational::BigRational;
use num_traits::One;

use super::PiecewiseAnalytic;
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
    /// Hermite coefficients, `E[φ(√q Z)²]` and `E[φ'(√q Z)²]` come from quadrature with a proved error; the proof rests
    /// on what [`PiecewiseAnalytic`] promises.
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

    /// Is the function even or odd where its support says so? What a formula says of its support is proved, what comes
    /// from outside is a promise, and is looked at in a few points.
    fn check_parity(&self) -> Result<(), Error> {
        const PRECISION: u32 = 64;
        let support = self.support();
        let missing =
            |k: usize| (k..support.initial.len() + 2).step_by(2).all(|k| !support.may_be_nonzero(k));
        if self.function.expression().is_some() || !(missing(0) || missing(1)) {
            return Ok(());
        }
        let breakpoints = self.function.breakpoints(PRECISION);
        for (n, d) in [(1, 3), (4, 5), (17, 10), (31, 10)] {
            let x = Ball::from_integer(n, PRECISION).div_integer(d);
            let value = |x: &Ball| {
                let piece = breakpoints.iter().filter(|b| b.upper() < x.lower()).count();
                let inside = breakpoints.iter().all(|b| !b.overlaps(x));
                inside.then(|| self.function.evaluate(piece, x))
            };
            let (Some(right), Some(left)) = (value(&x), value(&-&x)) else { continue };
            let parity = [(missing(1), "even", left.clone()), (missing(0), "odd", -&left)];
            for (_, word, image) in parity.into_iter().filter(|(said, ..)| *said) {
                if !image.overlaps(&right) {
                    let why = format!(
                        "its `support` says that it is {word}, but it is {right:.4} at {n}/{d} and {left:.4} at -{n}/{d}"
                    );
                    return Err(Error::WrongPromise { activation: abridged(&self.name()), why });
                }
            }
        }
        Ok(())
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
        self.check_parity()?;
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
        // A pole at distance a (in units of the standard deviation) gives μ_k ~ ∫ t^k e^{-t²/2-at} dt/√k!, whose
        // integrand is largest at t = (√(a²+4k) - a)/2 = 2k/(√(a²+4k) + a): about e^{-a√k} for k > a², √k!/a^k before.
        let strip = self.function.strip_hint().unwrap_or(0.0) / q.sqrt();
        if strip == 0.0 || k == 0 {
            return 0.0;
        }
        let k = k as f64;
        let t = 2.0 * k / ((strip * strip + 4.0 * k).sqrt() + strip);
        let log_root_factorial = 0.5 * (k * k.ln() - k);
        let log = k * t.ln() - 0.5 * t * t - strip * t - log_root_factorial;
        (-2.0 * log * std::f64::consts::LOG2_E).max(0.0)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Growth;
    use crate::kernel::{Convention, Kernel, Layer, Network};
    use crate::number::{Accuracy, ComplexBall, Mag};

    /// `1 + x/2`, which says that it is odd, or even, or nothing.
    #[derive(Debug)]
    struct Line(Support);

    impl PiecewiseAnalytic for Line {
        fn name(&self) -> String {
            "line".to_string()
        }
        fn formula(&self) -> String {
            "1 + x/2".to_string()
        }
        fn smoothness(&self) -> String {
            "analytic".to_string()
        }
        fn breakpoints(&self, _: u32) -> Vec<Ball> {
            vec![]
        }
        fn evaluate(&self, _: usize, x: &Ball) -> Ball {
            Ball::from_integer(1, x.precision()) + x.shl(-1)
        }
        fn derivative(&self, _: usize, x: &Ball) -> Ball {
            Ball::from_integer(1, x.precision()).shl(-1)
        }
        fn evaluate_complex(&self, _: usize, z: &ComplexBall) -> ComplexBall {
            &ComplexBall::real(Ball::from_integer(1, 64)) + &z.shl(-1)
        }
        fn growth(&self) -> Growth {
            Growth {
                constant: Mag::ONE,
                degree: 1,
                linear: Default::default(),
                quadratic: Default::default(),
                from: BigRational::from_integer(2.into()),
            }
        }
        fn derivative_growth(&self) -> Option<Growth> {
            Some(Growth { degree: 0, ..self.growth() })
        }
        fn support(&self) -> Support {
            self.0.clone()
        }
    }

    #[test]
    fn a_wrong_support_is_named_as_the_cause() {
        let table = |support: Support| {
            let layer = Layer::new(Activation::from_analytic(Line(support)));
            let network = Network::builder().layer(layer).build()?;
            network.series(Kernel::Ntk, Convention::Standard, 3, Accuracy::absolute(8)?)
        };
        for (support, word) in [(Support::odd(), "it is odd"), (Support::even(), "it is even")] {
            let error = table(support).unwrap_err();
            assert!(matches!(error, Error::WrongPromise { .. }), "{error}");
            assert!(error.to_string().contains(word) && error.to_string().contains("`line`"), "{error}");
        }
        let sum = table(Support::all()).unwrap();
        assert!(sum.coefficients()[0].contains_rational(&BigRational::new(4.into(), 5.into())));
    }
}
