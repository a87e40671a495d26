//! Duals that are analytic at `ρ = 1`, as functions of `ρ = cos θ`: of erf, GELU, exponentials, waves and Gaussians.
//! And what is known next to there of duals that have a bounded second derivative.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::Point;
use super::number::Number;
use crate::dual::{Dual, arc_cosine_polynomials};
use crate::number::{Ball, Mag};

/// Such a dual.
pub(super) struct Smooth<N: Number> {
    shape: Shape<N>,
    near_one: NearOne<N>,
}

/// What is known of a dual `f` next to `ρ = 1`.
pub(super) struct NearOne<N: Number> {
    /// `f(1)` and `f'(1)`.
    at_one: [N::Real; 2],
    /// `[r, s]`: `|(f(1) - f(ρ))/(1 - ρ) - f'(1)| <= s |1 - ρ|` for `|1 - ρ| <= r`.
    bound: [f64; 2],
}

impl<N: Number> NearOne<N> {
    fn new(dual: &Dual, bound: [f64; 2], precision: u32) -> Option<NearOne<N>> {
        let one = Ball::from_integer(1, precision);
        let at_one = [dual.value(&one)?, dual.derivative(&one)?].each_ref().map(N::parameter);
        Some(NearOne { at_one, bound })
    }

    /// Of an arc-cosine kernel `s k_n` of order two and more (and a linear function), along the angle: for `|θ| <= 1/32`,
    /// where `|1 - ρ| <= 2^-12` takes it, `|cos θ| <= 1.001`, `|sin θ| <= 0.04`, `|π - θ| <= 3.18`, and the way from
    /// `ρ` to 1 is at most `1.01 |1 - ρ|` long, on which no point is further from `ρ`. So the difference is at most
    /// `1.03 |1 - ρ| sup |f''|`, `f'' = s n² (n-1)² k_{n-2}`.
    pub(super) fn of_arc_cosine(dual: &Dual, order: u32, scale: &Ball, precision: u32) -> Option<NearOne<N>> {
        let (a, b) = arc_cosine_polynomials(order).into_iter().nth(order as usize - 2)?;
        let size = |c: &[BigRational]| {
            let terms = c.iter().enumerate();
            terms
                .map(|(k, c)| c.to_f64().unwrap_or(f64::INFINITY).abs() * 1.001f64.powi(k as i32))
                .sum::<f64>()
        };
        // 2π > 6.25; the sums of doubles err by far less than 1.03 has room for.
        let kernel = (size(&a) * 0.04 + size(&b) * 3.18) / 6.25;
        let squares = f64::from(order * (order - 1)).powi(2);
        let second = scale.magnitude().to_float().to_f64() * squares * kernel;
        NearOne::new(dual, [0.5f64.powi(12), 1.04 * second], precision)
    }

    /// `(f(1) - f(ρ))/(1 - ρ)`, given `f(ρ)`.
    pub(super) fn growth(&self, at: &Point<N>, value: &N) -> N {
        let [there, slope] = &self.at_one;
        let [radius, steepness] = self.bound;
        let distance = at.distance();
        match distance.small(radius) {
            Some(size) => N::constant(slope).wider(steepness * size * (1.0 + 1e-12)),
            None => value.negated().plus(there).times(&distance.reciprocal()),
        }
    }
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
        // The coefficients are not negative: |f''(ρ)| <= f''(1 + r), and Taylor's formula has half of it.
        let second = |bits: i64| {
            let far = one.widened(Mag::pow2(-bits));
            let bound = dual.second_derivative_bound(&far).to_float().to_f64();
            bound.is_finite().then_some([0.5f64.powi(bits as i32), 0.5 * bound])
        };
        let near_one = NearOne::new(dual, (6..=30).find_map(second)?, precision)?;
        Some(Smooth { shape, near_one })
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
        self.near_one.growth(at, &self.value(at))
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
