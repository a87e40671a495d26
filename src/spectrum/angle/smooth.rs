//! Duals that are analytic at `ρ = 1`, as functions of `ρ = cos θ`: of erf, GELU, exponentials, waves and Gaussians.

use super::Point;
use super::number::Number;
use crate::dual::Dual;
use crate::number::{Ball, Mag};

/// Such a dual.
pub(super) struct Smooth<N: Number> {
    shape: Shape<N>,
    /// `f(1)` and `f'(1)`.
    at_one: [N::Real; 2],
    /// `[r, s]`: `|f''(ρ)| <= s` for `|ρ - 1| <= r`.
    near_one: [f64; 2],
}

enum Shape<N: Number> {
    /// `constant + scale asin(βρ)`.
    ArcSine { constant: N::Real, scale: N::Real, beta: N::Real },
    /// `y (π/2 + asin y) a + b √(1-y²) + c/√(1-y²)`, `y = βρ`.
    Gelu { beta: N::Real, a: N::Real, b: N::Real, c: N::Real },
    /// `plus e^{rate ρ} + minus e^{-rate ρ}`.
    Exponential { plus: N::Real, minus: N::Real, rate: N::Real },
    /// `scale/√(1-(βρ)²)`.
    InverseRoot { scale: N::Real, beta: N::Real },
}

impl<N: Number> Smooth<N> {
    /// `None` for duals of other shapes.
    pub(super) fn new(dual: &Dual, precision: u32) -> Option<Smooth<N>> {
        let one = Ball::from_integer(1, precision);
        let real = N::parameter;
        let shape = match dual {
            Dual::ArcSine { constant, scale, beta } => {
                Shape::ArcSine { constant: real(constant), scale: real(scale), beta: real(beta) }
            }
            Dual::Gelu { scale, variance: q } => {
                let next = &one + q;
                let scale = scale / &Ball::pi(precision).shl(1);
                Shape::Gelu {
                    beta: real(&(q / &next)),
                    a: real(&(&scale * &next)),
                    b: real(&(&scale * &(q - &one))),
                    c: real(&(scale / &next)),
                }
            }
            Dual::Exponential { plus, minus, rate } => {
                Shape::Exponential { plus: real(plus), minus: real(minus), rate: real(rate) }
            }
            Dual::InverseRoot { scale, beta } => Shape::InverseRoot { scale: real(scale), beta: real(beta) },
            _ => return None,
        };
        let at_one = [real(&dual.value(&one)?), real(&dual.derivative(&one)?)];
        // The coefficients are not negative: |f''(ρ)| <= f''(1 + r).
        let second = |bits: i64| {
            let far = one.widened(Mag::pow2(-bits));
            let bound = dual.second_derivative_bound(&far).to_float().to_f64();
            bound.is_finite().then_some([0.5f64.powi(bits as i32), bound])
        };
        let near_one = (6..=30).find_map(second)?;
        Some(Smooth { shape, at_one, near_one })
    }

    /// The dual.
    pub(super) fn value(&self, at: &Point<N>) -> N {
        match &self.shape {
            Shape::ArcSine { constant, scale, beta } => {
                at.cos.scale(beta).arcsine().scale(scale).plus(constant)
            }
            Shape::Gelu { beta, a, b, c } => {
                let y = at.cos.scale(beta);
                let root = y.complement().root();
                let angle = y.times(&half_turn_more(&y));
                angle.scale(a).add(&root.scale(b)).add(&root.reciprocal().scale(c))
            }
            Shape::Exponential { plus, minus, rate } => {
                let [grow, fall] = exponentials(&at.cos.scale(rate));
                grow.scale(plus).add(&fall.scale(minus))
            }
            Shape::InverseRoot { scale, beta } => {
                at.cos.scale(beta).complement().root().reciprocal().scale(scale)
            }
        }
    }

    /// The derivative.
    pub(super) fn slope(&self, at: &Point<N>) -> N {
        match &self.shape {
            Shape::ArcSine { scale, beta, .. } => {
                at.cos.scale(beta).complement().root().reciprocal().scale(scale).scale(beta)
            }
            Shape::Gelu { beta, a, b, c } => {
                // With r = 1/√(1-y²): a (π/2 + asin y + y r) - b y r + c y r³.
                let y = at.cos.scale(beta);
                let r = y.complement().root().reciprocal();
                let slant = y.times(&r);
                let first = half_turn_more(&y).add(&slant).scale(a);
                let cubed = slant.times(&r).times(&r).scale(c);
                first.add(&slant.scale(b).negated()).add(&cubed).scale(beta)
            }
            Shape::Exponential { plus, minus, rate } => {
                let [grow, fall] = exponentials(&at.cos.scale(rate));
                grow.scale(plus).add(&fall.scale(minus).negated()).scale(rate)
            }
            Shape::InverseRoot { scale, beta } => {
                let y = at.cos.scale(beta);
                let r = y.complement().root().reciprocal();
                y.times(&r).times(&r).times(&r).scale(scale).scale(beta)
            }
        }
    }

    /// `(f(1) - f(ρ))/(1 - ρ)`.
    pub(super) fn growth(&self, at: &Point<N>) -> N {
        let [value, slope] = &self.at_one;
        let [radius, second] = self.near_one;
        // 1 - ρ = 2σ².
        let distance = at.sigma.times(&at.sigma).shl(1);
        match distance.small(radius) {
            // f'(1) up to (1 - ρ) sup |f''|/2.
            Some(size) => N::constant(slope).wider(0.5 * second * size * (1.0 + 1e-12)),
            None => self.value(at).negated().plus(value).times(&distance.reciprocal()),
        }
    }
}

/// `π/2 + asin y`.
fn half_turn_more<N: Number>(y: &N) -> N {
    // π - 2 (π/2 - … ) with the halves as powers of two: π/2 + a = (π + 2a)/2.
    y.arcsine().shl(1).negated().less_than_pi().shl(-1)
}

/// `e^x` and `e^{-x}`.
fn exponentials<N: Number>(x: &N) -> [N; 2] {
    [x.exponential(), x.negated().exponential()]
}
