//! Duals as functions of the angle: value, slope, and what a layer makes of the distance to `ρ = 1`.

use super::Point;
use super::number::{Number, horner, parameters};
use super::smooth::{NearOne, Smooth};
use crate::dual::{Dual, Enclosed, MAX_ORDER, Parameters, arc_cosine_polynomials};
use crate::kernel::Kernel;
use crate::number::Ball;

pub(super) enum Shape<N: Number> {
    /// `linear ρ + s k_n(ρ)`.
    ArcCosine {
        linear: N::Real,
        /// `s k_n`.
        value: Polynomials<N>,
        /// `s k_n' = s n² k_{n-1}`.
        slope: Polynomials<N>,
        growth: Growth<N>,
    },
    /// `constant + scale asin ρ`, whose slope is not bounded.
    ArcSine {
        constant: N::Real,
        scale: N::Real,
    },
    Smooth(Smooth<N>),
    Polynomial(Series<N>),
    /// A shape above and a polynomial.
    WithPolynomial(Box<Shape<N>>, Series<N>),
}

/// How `(f(1) - f(ρ))/(1 - ρ)` is found for an arc-cosine kernel.
pub(super) enum Growth<N: Number> {
    /// Order one: `linear + s/2` and `-s/(4π)`.
    First([N::Real; 2]),
    /// Higher orders.
    Higher(NearOne<N>),
}

/// A polynomial `Σ c_k ρ^k`, its derivative, and `Σ_k c_k (1 + … + ρ^{k-1})`.
pub(super) struct Series<N: Number> {
    value: Vec<N::Real>,
    slope: Vec<N::Real>,
    growth: Vec<N::Real>,
}

/// `A(cos θ) sin θ + B(cos θ) (π - θ)`.
pub(super) struct Polynomials<N: Number> {
    a: Vec<N::Real>,
    b: Vec<N::Real>,
}

impl<N: Number> Shape<N> {
    pub(super) fn new(dual: &Dual, kernel: Kernel, precision: u32) -> Option<Shape<N>> {
        Some(match dual {
            Dual::ArcCosine { order, linear, scale } if (1..=MAX_ORDER).contains(order) => {
                let over = scale / &Ball::pi(precision).shl(1);
                let square = Ball::from_integer(i64::from(*order).pow(2), precision);
                let mut all = arc_cosine_polynomials(*order).into_iter();
                let mut times = |skip: usize, factor: &Ball| {
                    let (a, b) = all.nth(skip)?;
                    let balls = |c: Vec<_>| -> Vec<N::Real> {
                        c.iter()
                            .map(|c| N::parameter(&(factor * &Ball::from_rational(c, precision))))
                            .collect()
                    };
                    Some(Polynomials { a: balls(a), b: balls(b) })
                };
                let slope = times(*order as usize - 1, &(&over * &square))?;
                let value = times(0, &over)?;
                let growth = match order {
                    1 => Growth::First([linear + &scale.shl(-1), -over.shl(-1)].each_ref().map(N::parameter)),
                    _ => Growth::Higher(NearOne::of_arc_cosine(dual, *order, scale, precision)?),
                };
                Shape::ArcCosine { linear: N::parameter(linear), value, slope, growth }
            }
            // Step-like activations have no NTK.
            Dual::ArcSine { constant, scale, beta }
                if kernel == Kernel::Nngp && beta.is_exact() && *beta.midpoint() == 1 =>
            {
                Shape::ArcSine { constant: N::parameter(constant), scale: N::parameter(scale) }
            }
            Dual::Polynomial(coefficients) => Shape::Polynomial(Series::new(coefficients)),
            Dual::WithPolynomial { dual, terms } => {
                let more: Vec<Ball> = terms.iter().map(Enclosed::added).collect();
                Shape::WithPolynomial(Box::new(Shape::new(dual, kernel, precision)?), Series::new(&more))
            }
            dual => Shape::Smooth(Smooth::new(dual, precision)?),
        })
    }

    /// Is the dual not analytic at ρ = 1?
    pub(super) fn is_kinked(&self) -> bool {
        match self {
            Shape::ArcCosine { .. } | Shape::ArcSine { .. } => true,
            Shape::Smooth(_) | Shape::Polynomial(_) => false,
            Shape::WithPolynomial(shape, _) => shape.is_kinked(),
        }
    }

    /// Are differences next to zero taken that lose half of the bits?
    pub(super) fn loses_half(&self) -> bool {
        match self {
            Shape::Smooth(_) | Shape::ArcCosine { growth: Growth::Higher(_), .. } => true,
            Shape::WithPolynomial(shape, _) => shape.loses_half(),
            _ => false,
        }
    }

    /// The dual.
    pub(super) fn value(&self, at: &Point<N>) -> N {
        match self {
            Shape::ArcCosine { linear, value, .. } => at.cos.scale(linear).add(&value.at(at)),
            Shape::ArcSine { constant, scale } => {
                // asin ρ = π/2 - θ.
                at.theta.shl(1).less_than_pi().shl(-1).scale(scale).plus(constant)
            }
            Shape::Smooth(smooth) => smooth.value(at),
            Shape::Polynomial(series) => horner(&series.value, &at.cos),
            Shape::WithPolynomial(shape, series) => shape.value(at).add(&horner(&series.value, &at.cos)),
        }
    }

    /// The derivative of the dual, where it is bounded.
    pub(super) fn slope(&self, at: &Point<N>) -> Option<N> {
        Some(match self {
            Shape::ArcCosine { linear, slope, .. } => slope.at(at).plus(linear),
            Shape::ArcSine { .. } => return None,
            Shape::Smooth(smooth) => smooth.slope(at),
            Shape::Polynomial(series) => horner(&series.slope, &at.cos),
            Shape::WithPolynomial(shape, series) => shape.slope(at)?.add(&horner(&series.slope, &at.cos)),
        })
    }

    /// `(f(1) - f(ρ))/(1 - ρ)` for the dual `f`.
    pub(super) fn growth(&self, at: &Point<N>) -> N {
        match self {
            Shape::ArcCosine { growth: Growth::First([at_one, share]), .. } => {
                N::sine_less_cosine(at).scale(share).plus(at_one)
            }
            Shape::ArcCosine { growth: Growth::Higher(near), .. } => near.growth(at, &self.value(at)),
            // f(1) - f(ρ) = scale θ; singular at zero, where panels shrink.
            Shape::ArcSine { scale, .. } => at.theta.scale(scale).times(&at.distance().reciprocal()),
            Shape::Smooth(smooth) => smooth.growth(at),
            Shape::Polynomial(series) => horner(&series.growth, &at.cos),
            Shape::WithPolynomial(shape, series) => shape.growth(at).add(&horner(&series.growth, &at.cos)),
        }
    }
}

impl<N: Number> Series<N> {
    fn new(c: &[Ball]) -> Series<N> {
        let slope: Vec<Ball> = c.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect();
        // The coefficient of ρ^i in Σ_k c_k (1 + … + ρ^{k-1}) is Σ_{k>i} c_k.
        let mut sum = Ball::zero(c.first().map_or(64, Ball::precision));
        let mut growth: Vec<N::Real> = vec![];
        for c in c.iter().skip(1).rev() {
            sum = &sum + c;
            growth.push(N::parameter(&sum));
        }
        growth.reverse();
        Series { value: parameters::<N>(c), slope: parameters::<N>(&slope), growth }
    }
}

impl<N: Number> Polynomials<N> {
    fn at(&self, at: &Point<N>) -> N {
        let first = horner(&self.a, &at.cos).times(&at.sin);
        first.add(&horner(&self.b, &at.cos).times(&at.theta.less_than_pi()))
    }
}
