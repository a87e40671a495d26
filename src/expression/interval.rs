//! Intervals with ends that may be infinite: where a sign is decided on wide or unbounded ranges.

use std::cmp::Ordering;

use rug::float::{Round, Special};
use rug::{Float, Rational};

use super::graph::Function;
use super::program::Value;
use crate::number::Ball;

/// Every real number from `low` to `high`; no number's enclosure when an end is not a number.
#[derive(Clone, Debug)]
pub(crate) struct Interval {
    low: Float,
    high: Float,
}

impl Interval {
    pub(crate) fn new(low: Float, high: Float) -> Interval {
        if low.is_nan() || high.is_nan() { Interval::line(low.prec()) } else { Interval { low, high } }
    }

    /// The numbers from `low` (`None`: without end) to `high`.
    pub(crate) fn between(low: Option<&Rational>, high: Option<&Rational>, prec: u32) -> Interval {
        let end = |r: Option<&Rational>, infinite: Special, round: Round| match r {
            Some(r) => Float::with_val_round(prec, r, round).0,
            None => Float::with_val(prec, infinite),
        };
        Interval::new(end(low, Special::NegInfinity, Round::Down), end(high, Special::Infinity, Round::Up))
    }

    fn line(prec: u32) -> Interval {
        Interval {
            low: Float::with_val(prec, Special::NegInfinity),
            high: Float::with_val(prec, Special::Infinity),
        }
    }

    fn prec(&self) -> u32 {
        self.low.prec()
    }

    /// The sign that all members have.
    pub(crate) fn sign(&self) -> Option<Ordering> {
        match () {
            _ if self.low > 0 => Some(Ordering::Greater),
            _ if self.high < 0 => Some(Ordering::Less),
            _ => None,
        }
    }

    pub(crate) fn low(&self) -> &Float {
        &self.low
    }

    pub(crate) fn high(&self) -> &Float {
        &self.high
    }

    /// The larger modulus of the two ends.
    pub(crate) fn largest(&self) -> Float {
        let (a, b) = (self.low.clone().abs(), self.high.clone().abs());
        if a > b { a } else { b }
    }

    fn whole(prec: u32, low: i32, high: i32) -> Interval {
        Interval { low: Float::with_val(prec, low), high: Float::with_val(prec, high) }
    }

    /// The image under an increasing function that MPFR rounds as told.
    fn increasing(&self, f: fn(&mut Float, Round) -> Ordering) -> Interval {
        let (mut low, mut high) = (self.low.clone(), self.high.clone());
        f(&mut low, Round::Down);
        f(&mut high, Round::Up);
        Interval::new(low, high)
    }

    /// The image under an increasing function of balls, with its limits at infinity.
    fn through(&self, f: impl Fn(&Ball) -> Ball, limits: [Special; 2], finite: Option<[i32; 2]>) -> Interval {
        let limit = |i: usize| match finite {
            Some(values) => Float::with_val(self.prec(), values[i]),
            None => Float::with_val(self.prec(), limits[i]),
        };
        let at = |x: &Float, upper: bool| {
            if x.is_infinite() {
                return limit(usize::from(!x.is_sign_negative()));
            }
            let value = f(&Ball::exact(x.clone()));
            if !value.is_finite() {
                return limit(usize::from(upper));
            }
            if upper { value.upper() } else { value.lower() }
        };
        Interval::new(at(&self.low, false), at(&self.high, true))
    }

    fn reciprocal(&self) -> Interval {
        let prec = self.prec();
        let one = Float::with_val(prec, 1);
        match self.sign() {
            Some(_) => Interval::new(
                Float::with_val_round(prec, &one / &self.high, Round::Down).0,
                Float::with_val_round(prec, &one / &self.low, Round::Up).0,
            ),
            // From zero up.
            None if self.low == 0 && self.high > 0 => Interval::new(
                Float::with_val_round(prec, &one / &self.high, Round::Down).0,
                Float::with_val(prec, Special::Infinity),
            ),
            None => Interval::line(prec),
        }
    }

    /// The moduli.
    fn absolute(&self) -> Interval {
        match self.sign() {
            Some(Ordering::Less) => Interval::new(
                Float::with_val(self.prec(), -&self.high),
                Float::with_val(self.prec(), -&self.low),
            ),
            Some(_) => self.clone(),
            None => Interval::new(Float::new(self.prec()), self.largest()),
        }
    }
}

/// A product of ends; an infinite end times zero is zero, the members being finite.
fn product(a: &Float, b: &Float, round: Round) -> Float {
    let prec = a.prec();
    if a.is_zero() || b.is_zero() { Float::new(prec) } else { Float::with_val_round(prec, a * b, round).0 }
}

impl Value for Interval {
    fn constant(value: &Ball) -> Interval {
        if !value.is_finite() {
            return Interval::line(value.precision());
        }
        Interval::new(value.lower(), value.upper())
    }

    fn add(&self, other: &Interval) -> Interval {
        let prec = self.prec();
        Interval::new(
            Float::with_val_round(prec, &self.low + &other.low, Round::Down).0,
            Float::with_val_round(prec, &self.high + &other.high, Round::Up).0,
        )
    }

    fn sub(&self, other: &Interval) -> Interval {
        let prec = self.prec();
        Interval::new(
            Float::with_val_round(prec, &self.low - &other.high, Round::Down).0,
            Float::with_val_round(prec, &self.high - &other.low, Round::Up).0,
        )
    }

    fn mul(&self, other: &Interval) -> Interval {
        let ends = [
            (&self.low, &other.low),
            (&self.low, &other.high),
            (&self.high, &other.low),
            (&self.high, &other.high),
        ];
        let extreme = |round: Round| {
            let products = ends.iter().map(|(a, b)| product(a, b, round));
            products.reduce(|x, y| if (y < x) == (round == Round::Down) { y } else { x })
        };
        match (extreme(Round::Down), extreme(Round::Up)) {
            (Some(low), Some(high)) => Interval::new(low, high),
            _ => Interval::line(self.prec()),
        }
    }

    fn div(&self, other: &Interval) -> Interval {
        self.mul(&other.reciprocal())
    }

    fn whole_power(&self, n: i32) -> Interval {
        if n < 0 {
            return self.whole_power(-n).reciprocal();
        }
        let base = if n % 2 == 0 { self.absolute() } else { self.clone() };
        let prec = self.prec();
        let at = |x: &Float, round: Round| {
            if x.is_infinite() {
                return x.clone();
            }
            Float::with_val_round(prec, rug::ops::Pow::pow(x, n), round).0
        };
        Interval::new(at(&base.low, Round::Down), at(&base.high, Round::Up))
    }

    fn root(&self, r: &Rational) -> Interval {
        let prec = self.prec();
        if self.high < 0 {
            return Interval::line(prec);
        }
        if *r < 0 {
            return self.root(&Rational::from(-r)).reciprocal();
        }
        let (Some(p), Some(n)) = (r.numer().to_i32(), r.denom().to_u32()) else {
            return Interval::line(prec);
        };
        let low = if self.low < 0 { Float::new(prec) } else { self.low.clone() };
        let at = |x: &Float, round: Round| {
            let mut out = x.clone();
            out.root_round(n, round);
            out
        };
        Interval::new(at(&low, Round::Down), at(&self.high, Round::Up)).whole_power(p)
    }

    fn call(&self, f: Function) -> Interval {
        let prec = self.prec();
        let both = [Special::NegInfinity, Special::Infinity];
        match f {
            Function::Exp => self.increasing(Float::exp_round),
            Function::Log if self.low <= 0 => match self.high > 0 {
                true => Interval::new(
                    Float::with_val(prec, Special::NegInfinity),
                    Float::with_val_round(prec, self.high.ln_ref(), Round::Up).0,
                ),
                false => Interval::line(prec),
            },
            Function::Log => self.increasing(Float::ln_round),
            Function::Sin | Function::Cos => wave(self, f),
            Function::Sinh => self.increasing(Float::sinh_round),
            Function::Cosh => self.absolute().increasing(Float::cosh_round),
            Function::Tanh => self.increasing(Float::tanh_round),
            Function::Atan => self.increasing(Float::atan_round),
            Function::Asinh => self.increasing(Float::asinh_round),
            Function::Erf => self.through(Ball::erf, both, Some([-1, 1])),
            Function::Sigmoid => self.through(|x| Value::call(x, Function::Sigmoid), both, Some([0, 1])),
            Function::Softplus => {
                let image = self.through(|x| Value::call(x, Function::Softplus), both, None);
                // Positive, and zero at the lower end of the line.
                let low = if image.low < 0 { Float::new(prec) } else { image.low };
                Interval::new(low, image.high)
            }
        }
    }
}

/// Sine and cosine: with a slope of at most one, within `[-1, 1]`.
fn wave(x: &Interval, f: Function) -> Interval {
    let prec = x.prec();
    let all = Interval::whole(prec, -1, 1);
    if x.low.is_infinite() || x.high.is_infinite() {
        return all;
    }
    let ball = Ball::from_bounds(&x.low, &x.high, prec);
    let value = if f == Function::Sin { ball.sin() } else { ball.cos() };
    let (low, high) = (value.lower(), value.upper());
    Interval::new(if low > all.low { low } else { all.low }, if high < all.high { high } else { all.high })
}
