//! A power series substituted into a dual activation.
//!
//! The error has two parts. *Local*: the steps that compute `f(m)` and `f'(m)` for the midpoints `m` of the inner
//! series, taken as exact; every step tracks its own. *Inherited*: the inner series is `m + δ` with
//! `|δ_k| <= ε`, and `f` has non-negative Taylor coefficients, so coefficientwise
//! `|f(m+δ) - f(m)| ⪯ |f'(m)| |δ| + f''(|m|+|δ|) |δ|²/2`. Keeping the two apart is what stops errors from growing with
//! the degree from layer to layer.

use super::Dual;
use super::image::polynomial_part;
use crate::number::{Ball, Mag};
use crate::series::error_bound::ErrorBound;
use crate::series::exponential::exponential;
use crate::series::fixed::Fixed;
use crate::series::multiply::{Multiplier, Operand};
use crate::series::root::reciprocal_square_root;

/// `f(ρ)` and `f'(ρ)` as series, times a common factor.
pub(crate) struct Composed {
    pub value: Fixed,
    pub derivative: Fixed,
}

impl Composed {
    /// No information.
    pub fn lost(like: &Fixed) -> Composed {
        let lost = Fixed::lost(like.format(), 0, 1);
        Composed { value: lost.clone(), derivative: lost }
    }
}

impl Dual {
    /// `factor · f(ρ)` and `factor · f'(ρ)` for a closed shape (lost for [`Dual::Hermite`]).
    pub(crate) fn compose(&self, engine: &Multiplier, rho: &Fixed, factor: &Ball) -> Composed {
        if let Dual::WithPolynomial { dual, terms } = self {
            let [a, b] = [dual, &polynomial_part(terms)].map(|part| part.compose(engine, rho, factor));
            return Composed { value: a.value.add(&b.value), derivative: a.derivative.add(&b.derivative) };
        }
        let inner_factor = self.inner_factor(factor.precision());
        let y = rho.scaled(&inner_factor);
        let exact = y.midpoints();
        let Some(slope) = exact.derivative_of_midpoints() else { return Composed::lost(rho) };
        let local = match self {
            Dual::ArcCosine { order, linear, scale } => {
                arc_cosine(engine, &exact, &slope, *order, &(linear * factor), &(scale * factor))
            }
            Dual::ArcSine { constant, scale, .. } => {
                let r = root_of_complement(engine, &exact);
                let angle = engine.product(&slope, &r).integral(&exact.constant_midpoint().asin());
                let scale = scale * factor;
                let value = angle.scaled(&scale).add_constant(&(constant * factor));
                Composed { value, derivative: r.scaled(&scale) }
            }
            Dual::Gelu { scale, variance } => gelu(engine, &exact, &slope, variance, &(scale * factor)),
            Dual::Exponential { plus, minus, .. } => {
                let (plus, minus) = (plus * factor, minus * factor);
                two_exponentials(engine, &exact, &plus, &minus)
            }
            Dual::InverseRoot { scale, .. } => {
                let r = root_of_complement(engine, &exact);
                let scale = scale * factor;
                let cube = engine.product(&engine.square(&r), &r);
                Composed { value: r.scaled(&scale), derivative: engine.product(&exact, &cube).scaled(&scale) }
            }
            Dual::Polynomial(coefficients) => polynomial(engine, &exact, coefficients, factor),
            Dual::WithPolynomial { .. } | Dual::Hermite => return Composed::lost(rho),
        };
        let bounds = |x: &Ball| self.derivative_bounds(x).map(|b| b * factor.magnitude());
        let Composed { value, derivative } = with_inherited_error(local, &y, bounds);
        Composed { value, derivative: derivative.scaled(&inner_factor) }
    }
}

/// Adds what the error of the inner series `y` does to a composition computed for its midpoints.
/// `bounds(x)` bounds the second and third derivative of the outer function on `[0, x]`.
pub(crate) fn with_inherited_error(
    local: Composed,
    y: &Fixed,
    bounds: impl Fn(&Ball) -> [Mag; 2],
) -> Composed {
    if y.error.is_zero() {
        return local;
    }
    // On |t| = w = 1 - 1/(degree + 2), w^{-degree} < 2.75: the first coefficients of a series g with non-negative
    // coefficients sum to at most 2.75 g(w).
    let n = Mag::from_usize(y.format().degree + 1);
    let w = 1.0 - 1.0 / (y.format().degree as f64 + 2.0);
    let e = y.worst_error();
    let end = weighted_sum(y, w).widened(n * e);
    let [second, third] = bounds(&end).map(|b| b * Mag::from_f64(2.75));
    let squared = n * e * e.shl(-1);
    let value = e * local.derivative.sum_bound() + squared * second;
    let derivative = e * second + squared * third;
    let add = |series: Fixed, more: Mag| {
        let error = series.error.plus(ErrorBound::flat(more));
        series.with_error(error)
    };
    Composed { value: add(local.value, value), derivative: add(local.derivative, derivative) }
}

/// An upper bound of `Σ |m_j| w^j` at its upper end. The constant term keeps all its bits: where it is all but 1, a
/// bound of few bits would be 1, where the derivatives of most duals are infinite.
fn weighted_sum(y: &Fixed, w: f64) -> Ball {
    let powers =
        if y.first > 0 { y.weighted_norms(w).1 } else { y.clone().without_constant().weighted_norms(w).1 };
    y.constant_midpoint().abs().widened(powers)
}

/// `(1 - y²)^{-1/2}` for an exact `y`.
fn root_of_complement(engine: &Multiplier, y: &Fixed) -> Fixed {
    let one = Ball::from_integer(1, 64);
    reciprocal_square_root(engine, &engine.square(y).negated().add_constant(&one))
}

/// `linear ρ + scale k_n(ρ)`, by `k_n(ρ)' = n² k_{n-1}(ρ) ρ'` from `k_0 = 1/4 + asin(ρ)/(2π)`.
fn arc_cosine(
    engine: &Multiplier,
    rho: &Fixed,
    slope: &Fixed,
    order: u32,
    linear: &Ball,
    scale: &Ball,
) -> Composed {
    let start = rho.constant_midpoint();
    let kernels = super::arc_cosine::ArcCosineKernel::up_to(order);
    let over_two_pi = Ball::pi(scale.precision()).shl(1).recip();
    let unit = scale * &over_two_pi;
    let r = root_of_complement(engine, rho).scaled(&unit);
    // The slope is a factor again and again: its transform is kept.
    let mut slope_factor = Operand::whole(slope);
    let mut times_slope = |x: &Fixed| match x.step == slope.step {
        true => engine.product_of(slope, &mut slope_factor, x, Some(&mut Operand::whole(x))),
        false => engine.product(slope, x),
    };
    let mut kernel = times_slope(&r).integral(&(scale * &kernels[0].at(&start)));
    let mut below = kernel.clone();
    for n in 1..=order {
        let square = i64::from(n).pow(2);
        below = kernel.scaled(&Ball::from_integer(square, 64));
        let at_start = scale * &kernels[n as usize].at(&start);
        kernel = times_slope(&below).integral(&at_start);
    }
    Composed { value: kernel.add(&rho.scaled(linear)), derivative: below.add_constant(linear) }
}

/// With `Q = 1 + q`, `A = π/2 + asin y`, `r = (1 - y²)^{-1/2}`:
/// `f = (Q y A + (q-1)(1 - y²) r + r/Q)/(2π)`, `df/dy = (Q A + y r (2 + r²/Q))/(2π)`.
fn gelu(engine: &Multiplier, y: &Fixed, slope: &Fixed, q: &Ball, factor: &Ball) -> Composed {
    let one = Ball::from_integer(1, q.precision());
    let big = &one + q;
    let over_two_pi = factor / &Ball::pi(factor.precision()).shl(1);
    let u = engine.square(y).negated().add_constant(&one);
    let r = reciprocal_square_root(engine, &u);
    let start = Ball::pi(factor.precision()).shl(-1) + y.constant_midpoint().asin();
    let angle = engine.product(slope, &r).integral(&start).scaled(&big);
    let yr = engine.product(y, &r);
    let bracket = engine.square(&r).scaled(&big.recip()).add_constant(&one.shl(1));
    let derivative = angle.add(&engine.product(&yr, &bracket));
    let mut value = engine.product(y, &angle).add(&r.scaled(&big.recip()));
    let excess = q - &one;
    if !excess.is_exact_zero() {
        value = value.add(&engine.product(&u, &r).scaled(&excess));
    }
    Composed { value: value.scaled(&over_two_pi), derivative: derivative.scaled(&over_two_pi) }
}

/// `plus e^y + minus e^{-y}`; when `y` is odd and the two are opposite, that is a hyperbolic sine, of one parity.
fn two_exponentials(engine: &Multiplier, y: &Fixed, plus: &Ball, minus: &Ball) -> Composed {
    let grow = exponential(engine, y);
    if minus.is_exact_zero() {
        let value = grow.scaled(plus);
        return Composed { derivative: value.clone(), value };
    }
    let fall =
        if y.step == 2 && y.first == 1 { grow.reflected() } else { reciprocal_of_exponential(engine, &grow) };
    let (a, b) = (grow.scaled(plus), fall.scaled(minus));
    Composed { value: a.add(&b), derivative: a.add(&b.negated()) }
}

/// `1/E` for a series `E = e^y`: the square of its reciprocal root.
fn reciprocal_of_exponential(engine: &Multiplier, e: &Fixed) -> Fixed {
    engine.square(&reciprocal_square_root(engine, e))
}

/// Horner's rule for the polynomial and its derivative.
fn polynomial(engine: &Multiplier, y: &Fixed, coefficients: &[Ball], factor: &Ball) -> Composed {
    let odd = coefficients.iter().step_by(2).all(Ball::is_exact_zero);
    let even = coefficients.iter().skip(1).step_by(2).all(Ball::is_exact_zero);
    if (odd || even) && y.step == 2 && y.first == 1 {
        return polynomial_of_one_parity(engine, y, coefficients, factor, usize::from(odd));
    }
    let horner = |terms: &[Ball]| {
        terms.iter().rev().fold(Fixed::zero(y.format(), 0, 1), |acc, c| {
            let next = if acc.is_zero() { acc } else { engine.product(&acc, y) };
            next.add_constant(&(c * factor))
        })
    };
    let slope: Vec<Ball> =
        coefficients.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect();
    Composed { value: horner(coefficients), derivative: horner(&slope) }
}

/// The same in `y²`, so that the parity of the series is kept.
fn polynomial_of_one_parity(
    engine: &Multiplier,
    y: &Fixed,
    coefficients: &[Ball],
    factor: &Ball,
    odd: usize,
) -> Composed {
    let square = engine.square(y);
    let horner = |terms: Vec<Ball>| {
        terms.iter().rev().fold(Fixed::zero(y.format(), 0, 2), |acc, c| {
            let next = if acc.is_zero() { acc } else { engine.product(&acc, &square) };
            next.add_constant(&(c * factor))
        })
    };
    let values = horner(coefficients.iter().skip(odd).step_by(2).cloned().collect());
    let terms = coefficients.iter().enumerate().skip(if odd == 1 { 1 } else { 2 }).step_by(2);
    let slopes = horner(terms.map(|(k, c)| c.mul_integer(k as i64)).collect());
    if odd == 1 {
        Composed { value: engine.product(y, &values), derivative: slopes }
    } else {
        Composed { value: values, derivative: engine.product(y, &slopes) }
    }
}
