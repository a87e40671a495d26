//! Activations made of a hyperbolic tangent: their coefficients are integrals of positive functions.

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::{Activation, Definition, PiecewiseAnalytic, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::guarded;
use crate::number::{Ball, ClosedForm};
use crate::quadrature::fourier;

/// What the hyperbolic tangent of `rx` enters as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// `tanh(rx)`.
    Tanh,
    /// `x tanh(rx)`.
    Product,
    /// `log(2 cosh(rx))`, the primitive of `r tanh(rx)`.
    Primitive,
}

/// `constant + slope x + factor part(x)`, `rate = r > 0`.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    constant: BigRational,
    slope: BigRational,
    factor: BigRational,
    rate: BigRational,
    part: Part,
}

/// Below this scale the strip in which the activation is analytic is so wide that a moment takes few nodes on the line.
const GENERAL: f64 = 0.5;

/// Below it the coefficients fall by so much from one to the next that the general way, which foresees it, is better.
const SMALL: f64 = 1e-60;

/// An activation of this shape; all but the coefficients is as for any formula.
#[derive(Debug)]
struct Sigmoidal {
    general: Activation,
    shape: Shape,
}

impl Shape {
    pub fn new(
        constant: BigRational,
        slope: BigRational,
        factor: BigRational,
        rate: BigRational,
        part: Part,
    ) -> Shape {
        // The primitive is even in the rate, the others are odd.
        let minus = rate.is_negative() && part != Part::Primitive;
        Shape { constant, slope, factor: if minus { -factor } else { factor }, rate: rate.abs(), part }
    }

    /// The activation of this shape that the function is.
    pub fn activation(self, function: impl PiecewiseAnalytic + 'static) -> Activation {
        Activation::new(Sigmoidal { general: Activation::from_analytic(function), shape: self })
    }
}

impl Sigmoidal {
    /// The coefficients, or `None` where the general way is better.
    fn integrals(&self, q: &Ball, len: usize, precision: u32) -> Option<Vec<Ball>> {
        if !q.is_finite() || q.lower() <= 0 {
            return None;
        }
        let rough = self.scale(q, 64).midpoint().to_f64();
        if rough < SMALL {
            return None;
        }
        let bits = precision.checked_add(6 + self.cancelled(rough, len))?;
        let working = bits + 2 * (usize::BITS - len.leading_zeros()) + 32;
        let count = match self.shape.part {
            Part::Tanh | Part::Primitive => len / 2,
            Part::Product => len.div_ceil(2),
        };
        let t = fourier::coefficients(&self.scale(q, working), count, bits)?;
        // μ_k(tanh) for odd k.
        let tanh = |k: usize| if (k / 2).is_multiple_of(2) { t[k / 2].clone() } else { -&t[k / 2] };
        let root = root(q, working);
        let unit = Ball::from_rational(&self.shape.factor, working);
        // (x tanh)_k = √q (√k c_{k-1} + √(k+1) c_{k+1}); k (log 2cosh)_k² = q r² c_{k-1}².
        let unit = match self.shape.part {
            Part::Tanh => unit,
            Part::Product => &unit * &root,
            Part::Primitive => &(&unit * &root) * &Ball::from_rational(&self.shape.rate, working),
        };
        let square_root = |k: usize| Ball::from_integer(k as i64, working).sqrt();
        let term = |k: usize| match (self.shape.part, k % 2) {
            (Part::Tanh, 1) => tanh(k),
            (Part::Product, 0) if k == 0 => tanh(1),
            (Part::Product, 0) => &square_root(k) * &tanh(k - 1) + &square_root(k + 1) * &tanh(k + 1),
            (Part::Primitive, 0) if k > 0 => &tanh(k - 1) / &square_root(k),
            _ => Ball::zero(working),
        };
        let mut out: Vec<Ball> = (0..len).map(|k| &unit * &term(k)).collect();
        let lines = [
            Ball::from_rational(&self.shape.constant, working),
            Ball::from_rational(&self.shape.slope, working) * &root,
        ];
        for (x, line) in out.iter_mut().zip(&lines) {
            *x = &*x + line;
        }
        Some(out)
    }

    /// `E[φ²]` or, `derivative`, `E[φ'²]` of `φ = c + f tanh(rx)`, or `None` where the general way is better. By parts,
    /// `E[sech²(sZ)] = t_1/s`, and `6 sech⁴ = 4 sech² - (sech²)''` with `E[(sech²)''(sZ)] = √6 μ_3/s³ = -√6 t_3/s³`.
    fn moment(&self, q: &Ball, precision: u32, derivative: bool) -> Option<Ball> {
        if self.shape.part != Part::Tanh || !self.shape.slope.is_zero() || !q.is_finite() || q.lower() <= 0 {
            return None;
        }
        let scale = self.scale(q, 64).midpoint().to_f64();
        if scale < GENERAL {
            return None;
        }
        // 1 - E[sech²] is about s², and t_1 about s.
        let small = -scale.log2();
        let bits = precision.checked_add(16 + (2.0 * small).clamp(0.0, 100.0) as u32)?;
        let working = bits + 32;
        let s = self.scale(q, working);
        let t = fourier::coefficients(&s, 2, bits)?;
        let ball = |r: &BigRational| Ball::from_rational(r, working);
        let sech2 = &t[0] / &s;
        if derivative {
            let third = &(&Ball::from_integer(6, working).sqrt() * &t[1]) / &(&s * &s.square());
            let sech4 = &(&sech2.mul_integer(4) + &third) / &Ball::from_integer(6, working);
            return Some(&ball(&(&self.shape.factor * &self.shape.rate)).square() * &sech4);
        }
        let tanh2 = Ball::from_integer(1, working) - sech2;
        Some(ball(&self.shape.constant).square() + &ball(&self.shape.factor).square() * &tanh2)
    }

    /// `s` in `tanh(s Z)`.
    fn scale(&self, q: &Ball, precision: u32) -> Ball {
        root(q, precision) * Ball::from_rational(&self.shape.rate, precision)
    }

    /// Bits that the differences lose: steers only.
    fn cancelled(&self, s: f64, len: usize) -> u32 {
        let loss = match self.shape.part {
            // c_{k-1}/c_{k+1} is about -(1 + c/√k), c = π/(2s).
            Part::Product => 2.0 + s * (len as f64).sqrt(),
            // x - tanh(x) is about x³/3.
            Part::Tanh if !self.shape.slope.is_zero() => 4.0 + 3.0 / (s * s),
            _ => 1.0,
        };
        loss.log2().clamp(0.0, 100.0) as u32 + 1
    }
}

fn root(q: &Ball, precision: u32) -> Ball {
    q.with_precision(precision.max(q.precision())).sqrt().with_precision(precision)
}

impl Definition for Sigmoidal {
    fn name(&self) -> String {
        self.general.name()
    }

    fn formula(&self) -> String {
        self.general.formula()
    }

    fn smoothness(&self) -> String {
        self.general.smoothness()
    }

    fn expression(&self) -> Option<String> {
        self.general.expression()
    }

    fn analytic(&self) -> Option<&dyn PiecewiseAnalytic> {
        self.general.analytic()
    }

    fn method(&self) -> String {
        "Fourier-side quadrature".to_string()
    }

    fn support(&self) -> Support {
        self.general.support()
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        guarded(precision, len)?;
        let Some(mut out) = self.integrals(q, len, precision) else {
            return self.general.hermite(q, len, precision);
        };
        if self.shape.part == Part::Primitive && len > 0 {
            out[0] = self.general.hermite(q, 1, precision)?.swap_remove(0);
        }
        self.support().clear(&mut out);
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        guarded(precision, 1)?;
        self.moment(q, precision, false).map_or_else(|| self.general.second_moment(q, precision), Ok)
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        guarded(precision, 1)?;
        let general = || self.general.derivative_second_moment(q, precision);
        self.moment(q, precision, true).map_or_else(general, Ok)
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        self.general.dual(q, precision)
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        self.general.at_zero(precision)
    }

    fn check_square_integrable(&self, q: &BigRational) -> Result<(), Error> {
        self.general.check_square_integrable(q)
    }

    fn decay_bits(&self, q: f64, k: usize) -> f64 {
        self.general.decay_bits(q, k)
    }

    /// The poles of `tanh(rx)`, or branch points of `log cosh(rx)`, nearest to the axis are at `±iπ/(2r)`.
    fn half_strip(&self, precision: u32) -> Option<Ball> {
        Some(Ball::pi(precision).shl(-1) / Ball::from_rational(&self.shape.rate, precision))
    }

    fn most_bits(&self, asked: u32) -> u32 {
        self.general.most_bits(asked)
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        self.general.hermite_closed_form(k, q)
    }

    fn hermite_square_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        self.general.hermite_square_closed_form(k, q)
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        self.general.second_moment_closed_form(q)
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        self.general.exact_dual(q)
    }
}

#[cfg(test)]
mod tests;
