//! What the recursion over the angle runs on: models on a disc, which bound, and enclosures at one angle, which count.

use super::Point;
use crate::number::model::{Approximation, Model};
use crate::number::{Ball, Mag};

/// A value at an angle.
pub(in crate::spectrum) trait Number: Clone {
    /// A real parameter.
    type Real: Clone;

    fn parameter(x: &Ball) -> Self::Real;
    fn constant(x: &Self::Real) -> Self;
    fn is_finite(&self) -> bool;
    fn scale(&self, factor: &Self::Real) -> Self;
    fn plus(&self, constant: &Self::Real) -> Self;
    /// Times a power of two.
    fn shl(&self, bits: i32) -> Self;
    fn add(&self, other: &Self) -> Self;
    fn times(&self, other: &Self) -> Self;
    fn negated(&self) -> Self;
    fn reciprocal(&self) -> Self;
    fn root(&self) -> Self;
    fn exponential(&self) -> Self;
    /// With `more` added to what is not known.
    fn wider(self, more: f64) -> Self;
    /// A bound of the modulus, where it is surely at most `limit` and so small that a first-order formula serves.
    fn small(&self, limit: f64) -> Option<f64>;
    fn arcsine(&self) -> Self;
    fn sine_and_cosine(&self) -> [Self; 2];
    /// `1 - x`, `1 - x²`, `π - x`.
    fn less_than_one(&self) -> Self;
    fn complement(&self) -> Self {
        let squared = self.times(self);
        squared.less_than_one()
    }
    fn less_than_pi(&self) -> Self;
    /// `h(θ) = (sin θ - θ cos θ)/sin²(θ/2)`.
    fn sine_less_cosine(at: &Point<Self>) -> Self;
}

impl Number for Ball {
    type Real = Ball;

    fn parameter(x: &Ball) -> Ball {
        x.clone()
    }

    fn constant(x: &Ball) -> Ball {
        x.clone()
    }

    fn is_finite(&self) -> bool {
        Ball::is_finite(self)
    }

    fn scale(&self, factor: &Ball) -> Ball {
        self * factor
    }

    fn plus(&self, constant: &Ball) -> Ball {
        self + constant
    }

    fn shl(&self, bits: i32) -> Ball {
        Ball::shl(self, bits)
    }

    fn add(&self, other: &Ball) -> Ball {
        self + other
    }

    fn times(&self, other: &Ball) -> Ball {
        self * other
    }

    fn negated(&self) -> Ball {
        -self
    }

    fn reciprocal(&self) -> Ball {
        self.recip()
    }

    fn root(&self) -> Ball {
        self.sqrt()
    }

    fn exponential(&self) -> Ball {
        self.exp()
    }

    fn wider(self, more: f64) -> Ball {
        Ball::widened(&self, Mag::from_f64(more))
    }

    /// Half of the bits: a difference loses as many.
    fn small(&self, limit: f64) -> Option<f64> {
        let bound = self.magnitude();
        (bound <= Mag::pow2(-i64::from(self.precision()) / 2).min(Mag::from_f64(limit)))
            .then(|| bound.to_float().to_f64())
    }

    fn arcsine(&self) -> Ball {
        self.asin()
    }

    fn sine_and_cosine(&self) -> [Ball; 2] {
        [self.sin(), self.cos()]
    }

    fn less_than_one(&self) -> Ball {
        Ball::from_integer(1, self.precision()) - self
    }

    /// Next to `±1` no bit is lost.
    fn complement(&self) -> Ball {
        let one = Ball::from_integer(1, self.precision());
        &(&one - self) * &(&one + self)
    }

    fn less_than_pi(&self) -> Ball {
        Ball::pi(self.precision()) - self
    }

    /// At the midpoint of `σ = sin(θ/2)`, and from there by the derivative: `dh/dσ = 4 (θ - h/2)/σ` is at least 0, since
    /// `h <= 2θ` is `sin θ <= θ`, and at most `4 θ/σ <= 4π`. Balls put into the formula would lose a factor of `1/θ` in
    /// every layer.
    fn sine_less_cosine(at: &Point<Ball>) -> Ball {
        let middle = at.sigma.midpoint();
        // The numerator is θ³/3, of terms θ, and divided by θ²/4.
        let lost = middle.get_exp().map_or(0, |exponent| exponent.unsigned_abs());
        let sigma =
            Ball::exact(middle.clone()).with_precision(at.sigma.precision() + 8 + 2 * lost.min(1 << 20));
        let square = sigma.square();
        let theta = sigma.asin().shl(1);
        let sin = (&sigma * &sigma.complement().sqrt()).shl(1);
        let cos = square.shl(1).less_than_one();
        let there = (&sin - &(&theta * &cos)) / square;
        there.with_precision(at.sigma.precision()).widened(at.sigma.radius() * Mag::from_f64(12.6))
    }
}

/// Terms of the Taylor series of `j` and sinc.
const TERMS: i32 = 16;

impl Number for Model {
    type Real = Approximation;

    fn parameter(x: &Ball) -> Approximation {
        x.into()
    }

    fn constant(x: &Approximation) -> Model {
        Model::constant(*x)
    }

    fn is_finite(&self) -> bool {
        Model::is_finite(self)
    }

    fn scale(&self, factor: &Approximation) -> Model {
        Model::scale(self, *factor)
    }

    fn plus(&self, constant: &Approximation) -> Model {
        Model::plus(self, *constant)
    }

    fn shl(&self, bits: i32) -> Model {
        self.times_double(2f64.powi(bits))
    }

    fn add(&self, other: &Model) -> Model {
        self + other
    }

    fn times(&self, other: &Model) -> Model {
        self * other
    }

    fn negated(&self) -> Model {
        self.times_double(-1.0)
    }

    fn reciprocal(&self) -> Model {
        self.recip()
    }

    fn root(&self) -> Model {
        self.sqrt()
    }

    fn exponential(&self) -> Model {
        self.exp()
    }

    fn wider(self, more: f64) -> Model {
        Model::widened(self, more)
    }

    fn small(&self, limit: f64) -> Option<f64> {
        let bound = self.magnitude();
        // What is lost is proportional to the bound; larger ones are followed.
        (bound <= limit.min(1e-4)).then_some(bound)
    }

    fn arcsine(&self) -> Model {
        self.asin()
    }

    fn sine_and_cosine(&self) -> [Model; 2] {
        self.sin_cos()
    }

    fn less_than_one(&self) -> Model {
        &Model::exact(1.0) - self
    }

    fn less_than_pi(&self) -> Model {
        &Model::constant(Approximation::PI) - self
    }

    /// With `h = 4θ j(θ)/sinc²(θ/2)` near zero.
    fn sine_less_cosine(at: &Point<Model>) -> Model {
        let theta = &at.theta;
        if theta.magnitude() > 1.0 {
            return &(&at.sin - &(theta * &at.cos)) * &at.sigma.square().recip();
        }
        // sin θ - θ cos θ = Σ_{i>=0} (-1)^i 2(i+1) θ^{2i+3}/(2i+3)!, sinc(θ/2) = Σ (-1)^i (θ/2)^{2i}/(2i+1)!.
        let square = theta.square();
        let j = alternating(&square, |i| 2.0 * (i + 1.0), 3);
        let sinc = alternating(&square.times_double(0.25), |_| 1.0, 1);
        &(theta * &j).times_double(4.0) * &sinc.square().recip()
    }
}

/// `Σ_{i>=0} (-1)^i c(i) z^i/(2i+m)!` for `|z| <= 1`, `0 < c(i) <= 2(i+1)`.
fn alternating(z: &Model, c: impl Fn(f64) -> f64, m: i32) -> Model {
    // Each quotient and product errs by a rounding.
    let mut coefficient = 1.0 / f64::from((1..=m).product::<i32>());
    let coefficients: Vec<Approximation> = (0..TERMS)
        .map(|i| {
            let out = Approximation::near(coefficient * c(f64::from(i)));
            let next = 2 * i + m;
            coefficient /= -f64::from((next + 1) * (next + 2));
            out
        })
        .collect();
    // The rest: Σ_{i>=16} 2(i+1)/(2i+1)! <= 34/33! · 2 < 2^{-100}, as each term is less than half the one before.
    horner(&coefficients, z).widened(Mag::pow2(-100).to_float().to_f64())
}

/// `Σ c_k z^k`.
pub(super) fn horner<N: Number>(coefficients: &[N::Real], z: &N) -> N {
    let Some((last, rest)) = coefficients.split_last() else {
        return N::constant(&N::parameter(&Ball::zero(64)));
    };
    rest.iter().rev().fold(N::constant(last), |sum, c| sum.times(z).plus(c))
}

pub(super) fn parameters<N: Number>(balls: &[Ball]) -> Vec<N::Real> {
    balls.iter().map(N::parameter).collect()
}
