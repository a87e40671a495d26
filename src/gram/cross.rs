//! `F(ρ) = E[φ(√q U) φ(√q' V)]` and `F'(ρ)` for two variances, by shape.
//!
//! The coefficients of `F` are `μ_k(q) μ_k(q')`. Where the dual has a shape at every variance, they are products of one
//! factor for `q` and one for `q'`: a [`Half`] holds what belongs to one variance. The `μ_k(q)` are continuous in `q`;
//! where the shape makes `μ_k² > 0` at every `q`, their signs are the same at `q` and `q'`, and `μ_k(q) μ_k(q') =
//! √(μ_k(q)² μ_k(q')²)` gives the half its parameters as square roots.

use rug::Float;
use std::cmp::Ordering;

use super::series::{Crossed, SeriesHalf};
use crate::dual::Dual;
use crate::dual::arc_cosine::ArcCosineKernel;
use crate::number::{Ball, Mag};

/// What belongs to one variance.
#[derive(Clone, Debug)]
pub(super) enum Half {
    /// Variance zero: the function is `φ(0)`, and ρ has no meaning.
    Constant,
    /// Positively homogeneous of degree `order`: `linear · ρ + scale · k_order(ρ)`; the linear term is
    /// `± linear · linear'` and there for order one only. `share` is `scale/√(2π)`.
    ArcCosine { order: u32, negative: bool, linear: Ball, scale: Ball, share: Ball },
    /// `constant + scale · asin(βρ)`.
    ArcSine { constant: Ball, scale: Ball, beta: Ball },
    /// The variance itself, its root, and the root of the factor of the whole.
    Gelu { variance: Ball, root: Ball, scale: Ball },
    /// `even · cosh(rate · ρ) + odd · sinh(rate · ρ)`.
    Exponential { even: Ball, odd: Ball, rate: Ball },
    /// `scale / √(1 - (βρ)²)`.
    InverseRoot { scale: Ball, beta: Ball },
    /// With a polynomial: `m_k` and `p_k`, the Hermite coefficients of the function without it and of the polynomial.
    WithPolynomial { half: Box<Half>, terms: Vec<[Ball; 2]> },
    /// By Hermite coefficients.
    Series(Box<SeriesHalf>),
}

impl Half {
    /// The half for a dual of closed shape; `None` where only the coefficients serve.
    pub fn from_dual(dual: &Dual) -> Option<Half> {
        Some(match dual {
            // This shape comes from functions that are positively homogeneous: φ(√q x) = q^{n/2} φ(x), so that scale
            // and linear term are q^n times those at variance one, and the linear term belongs to n = 1.
            Dual::ArcCosine { order, linear, scale } => {
                let sign = linear.sign()?;
                if *order == 0 || (*order > 1 && sign != Ordering::Equal) {
                    return None;
                }
                let negative = sign == Ordering::Less;
                let share = (scale / &Ball::pi(scale.precision()).shl(1)).sqrt();
                let (linear, scale) = (linear.abs().sqrt(), scale.sqrt());
                Half::ArcCosine { order: *order, negative, linear, scale, share }
            }
            Dual::ArcSine { constant, scale, beta } => {
                Half::ArcSine { constant: root(constant)?, scale: root(scale)?, beta: beta.sqrt() }
            }
            Dual::Gelu { scale, variance } => {
                Half::Gelu { variance: variance.clone(), root: variance.sqrt(), scale: root(scale)? }
            }
            Dual::Exponential { plus, minus, rate } => {
                // plus e^y + minus e^{-y}: the even coefficients are (plus + minus) rate^k/k!, the odd ones (plus -
                // minus) rate^k/k!.
                let odd = if plus.is_same(minus) { Ball::zero(plus.precision()) } else { plus - minus };
                let even = if plus.is_same(&-minus) { Ball::zero(plus.precision()) } else { plus + minus };
                Half::Exponential { even: root(&even)?, odd: root(&odd)?, rate: rate.sqrt() }
            }
            Dual::InverseRoot { scale, beta } => Half::InverseRoot { scale: root(scale)?, beta: beta.sqrt() },
            Dual::WithPolynomial { dual, terms } => {
                Half::WithPolynomial { half: Box::new(Half::from_dual(dual)?), terms: terms.clone() }
            }
            Dual::Polynomial(_) | Dual::Hermite => return None,
        })
    }

    /// The order of the arc-cosine kernel that it needs, with those below.
    pub fn order(&self) -> Option<u32> {
        match self {
            Half::ArcCosine { order, .. } => Some(*order),
            Half::WithPolynomial { half, .. } => half.order(),
            _ => None,
        }
    }

    /// Is `F(±1)` for two variances the product of the roots of the two mean squares (with a sign) exactly: is φ
    /// positively homogeneous (ρ = 1), and odd besides (ρ = -1)?
    pub fn keeps_proportion(&self, opposite: bool) -> bool {
        match self {
            Half::ArcCosine { .. } => !opposite,
            Half::ArcSine { constant, beta, .. } => {
                beta.is_exact() && *beta.midpoint() == 1 && (!opposite || constant.is_exact_zero())
            }
            _ => false,
        }
    }

    /// `F(ρ)` and, `slope`, `F'(ρ)`; `kernels` are the arc-cosine kernels up to the order used.
    pub fn cross(
        &self,
        other: &Half,
        rho: &Ball,
        slope: bool,
        kernels: &[ArcCosineKernel],
        bits: u32,
    ) -> Crossed {
        let closed = |(value, derivative): (Ball, Ball)| Crossed {
            value,
            slope: slope.then_some(derivative),
            short: false,
        };
        match (self, other) {
            (
                Half::ArcCosine { order, negative, linear: l, scale: s, share: v },
                Half::ArcCosine { linear: m, scale: t, share: w, .. },
            ) => {
                let linear = if *negative { -(l * m) } else { l * m };
                closed(match order {
                    1 => first_arc_cosine(&linear, &(v * w), rho),
                    _ => arc_cosine(*order, kernels, &linear, &(s * t), rho),
                })
            }
            (
                Half::ArcSine { constant: c, scale: s, beta: b },
                Half::ArcSine { constant: d, scale: t, beta: e },
            ) => {
                let (scale, beta) = (s * t, b * e);
                let y = &beta * rho;
                let derivative = if slope { &scale * &beta / complement(&y).sqrt() } else { Ball::zero(64) };
                closed((c * d + scale * y.asin(), derivative))
            }
            (
                Half::Gelu { variance: a, root: r, scale: v },
                Half::Gelu { variance: b, root: s, scale: w },
            ) => {
                let (scale, (value, derivative)) = (v * w, gelu(a, b, &(r * s), rho));
                closed((&scale * &value, scale * derivative))
            }
            (Half::WithPolynomial { half: f, terms: s }, Half::WithPolynomial { half: g, terms: t }) => {
                with_polynomial(f.cross(g, rho, slope, kernels, bits), s, t, rho)
            }
            (
                Half::Exponential { even: a, odd: b, rate: r },
                Half::Exponential { even: c, odd: d, rate: s },
            ) => {
                let (even, odd, rate) = (a * c, b * d, r * s);
                let grow = (&rate * rho).exp();
                let fall = grow.recip();
                let (cosh, sinh) = ((&grow + &fall).shl(-1), (&grow - &fall).shl(-1));
                closed((&even * &cosh + &odd * &sinh, rate * (even * sinh + odd * cosh)))
            }
            (Half::InverseRoot { scale: s, beta: b }, Half::InverseRoot { scale: t, beta: c }) => {
                let (scale, beta) = (s * t, b * c);
                let y = &beta * rho;
                let square = complement(&y);
                let value = scale / square.sqrt();
                let derivative = &beta * &y * &value / square;
                closed((value, derivative))
            }
            (Half::Series(a), Half::Series(b)) => a.cross(b, rho, bits),
            _ => closed((Ball::whole_line(64), Ball::whole_line(64))),
        }
    }
}

/// `Σ μ_k(q) μ_k(q') ρ^k` with `μ_k = m_k + p_k` is that of the `m_k` and `Σ (m_k p_k' + p_k m_k' + p_k p_k') ρ^k`.
fn with_polynomial(of_half: Crossed, terms: &[[Ball; 2]], other: &[[Ball; 2]], rho: &Ball) -> Crossed {
    let term = |([m, p], [n, r]): (&[Ball; 2], &[Ball; 2])| m * r + p * n + p * r;
    let more = Dual::Polynomial(terms.iter().zip(other).map(term).collect());
    let Crossed { value, slope, short } = of_half;
    let whole = || Ball::whole_line(rho.precision());
    let value = value + more.value(rho).unwrap_or_else(whole);
    let slope = slope.map(|slope| slope + more.derivative(rho).unwrap_or_else(whole));
    Crossed { value, slope, short }
}

/// The square root of what is not negative; an enclosure that reaches below zero by rounding is cut there.
fn root(x: &Ball) -> Option<Ball> {
    (x.is_exact_zero() || x.upper() > 0).then(|| x.sqrt())
}

/// `1 - y²`.
fn complement(y: &Ball) -> Ball {
    let one = Ball::from_integer(1, y.precision());
    &(&one - y) * &(&one + y)
}

/// `linear ρ + scale k_1(ρ)` and its derivative `linear + scale k_0(ρ)`, `share = scale/(2π)`:
/// `2π k_1 = √(1-ρ²) + ρ (π/2 + asin ρ)` and `2π k_0 = π/2 + asin ρ`, taken at the midpoint.
fn first_arc_cosine(linear: &Ball, share: &Ball, rho: &Ball) -> (Ball, Ball) {
    let (middle, radius) = (Ball::exact(rho.midpoint().clone()), rho.radius());
    let square = complement(&middle);
    let sine = square.sqrt();
    let angle = angle(&middle, &sine);
    let mut value = share * &(&sine + &(&middle * &angle));
    let mut derivative = share * &angle.widened(asin_moves(&square, radius));
    if !linear.is_exact_zero() {
        value = value + linear * &middle;
        derivative = derivative + linear;
    }
    // The derivative is at most |linear| + π share: all coefficients of k_1 are >= 0, and 2π k_0(1) = π < 4.
    (value.widened(radius * (linear.magnitude() + share.magnitude().shl(2))), derivative)
}

/// How far `asin` moves within a radius of a midpoint, given `1 - m²`: at most by `r/√(1-R²)` where `|ρ| <= R`, and
/// never by more than on its steepest stretch, at the ends: `acos(1-r) = 2 asin √(r/2) <= π √(r/2) < 2.25 √r`.
fn asin_moves(square: &Ball, radius: Mag) -> Mag {
    // 1 - R² >= 1 - m² - 2r - r².
    let slack = radius.shl(1) + radius * radius;
    let inside = (radius * radius).div_by_lower(square.widened(slack).mignitude()).sqrt();
    inside.min(radius.sqrt() * Mag::from_f64(2.25))
}

/// `linear ρ + scale k_n(ρ)` and its derivative `linear + scale n² k_{n-1}(ρ)` for `n >= 2`, at the midpoint and then
/// by the steepest slope, so that close to ±1 the value keeps its accuracy.
fn arc_cosine(n: u32, kernels: &[ArcCosineKernel], linear: &Ball, scale: &Ball, rho: &Ball) -> (Ball, Ball) {
    let (middle, radius) = (Ball::exact(rho.midpoint().clone()), rho.radius());
    let sine = complement(&middle).sqrt();
    let angle = angle(&middle, &sine);
    let kernel = |k: u32| kernels[k as usize].at_angle(&middle, &angle, &sine);
    let square = |k: u32| Ball::from_integer(i64::from(k).pow(2), 64);
    // |F'| <= |linear| + scale n² k_{n-1}(1), and likewise k_{n-1}' <= (n-1)² k_{n-2}(1): all coefficients are >= 0.
    let factor = scale * &square(n);
    let steepest = linear.magnitude() + factor.magnitude() * kernel_at_one(n - 1);
    let value = (linear * &middle + scale * &kernel(n)).widened(radius * steepest);
    let below = kernel(n - 1).widened(radius * square(n - 1).magnitude() * kernel_at_one(n - 2));
    (value, linear + &(factor * below))
}

/// `k_n(1) = (2n-1)!!/2`.
fn kernel_at_one(n: u32) -> Mag {
    (1..=n as usize).fold(Mag::pow2(-1), |product, k| product * Mag::from_usize(2 * k - 1))
}

/// `π/2 + asin m` for an exact `m`, given `√(1-m²)`.
fn angle(m: &Ball, sine: &Ball) -> Ball {
    let precision = m.precision();
    let x = m.midpoint();
    if x.to_f64().abs() < 0.7 {
        return Ball::pi(precision).shl(-1) + m.asin();
    }
    // |m| >= 0.699, so √(1-m²) <= 0.72 and asin has slope at most 1/√(1-0.75²) < 2 up to 0.75.
    let half = Ball::exact(sine.midpoint().clone()).asin().widened(sine.radius().shl(1));
    let near = if sine.upper() < Float::with_val(64, 0.75) { half } else { sine.asin() };
    if x.is_sign_negative() { near } else { Ball::pi(precision) - near }
}

/// `E[uΦ(u) vΦ(v)]` with variances `a`, `b` and `c = ρ√(ab)`: with `D = (1+a)(1+b) - c²`
/// `c (1/4 + asin(c/√((1+a)(1+b)))/(2π)) + (ab + c² (1/(1+a) + 1/(1+b) - 1))/(2π√D)`, and in `c` it has the derivative
/// `1/4 + asin(…)/(2π) + c (1/(1+a) + 1/(1+b) + 1/D)/(2π√D)`.
fn gelu(a: &Ball, b: &Ball, root: &Ball, rho: &Ball) -> (Ball, Ball) {
    let precision = rho.precision();
    let one = Ball::from_integer(1, precision);
    let (next_a, next_b) = (a + &one, b + &one);
    let c = rho * root;
    let both = (&next_a * &next_b).sqrt();
    let y = &c / &both;
    let d = (&both - &c) * (&both + &c);
    let two_pi = Ball::pi(precision).shl(1);
    let over = (&two_pi * &d.sqrt()).recip();
    let sum = next_a.recip() + next_b.recip();
    let angle = one.shl(-2) + y.asin() / two_pi;
    let value = &c * &angle + (a * b + c.square() * (&sum - &one)) * &over;
    let derivative = angle + &c * &(sum + d.recip()) * over;
    (value, derivative * root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    #[test]
    fn closed_forms_agree_with_hermite_coefficients() {
        let ball = |a: i64, b: i64| Ball::from_integer(a, 160).div_integer(b);
        let names = [
            "relu",
            "leaky-relu(-1/3)",
            "abs",
            "repu(3)",
            "erf(2)",
            "gelu",
            "sin(-1,1/2)",
            "sin",
            "cos(3/2,-1/4)",
        ];
        let images =
            ["abs(x)^3", "2*gelu(x)", "1/3-gelu(-2*x)+x^2", "2-relu(x)/3+x", "exp(-x^2)+x", "x^3/5-sin(2*x)"];
        for name in names.into_iter().chain(["exp(-1/2)", "gaussian", "normal-pdf"]).chain(images) {
            let activation = Activation::parse(name).unwrap();
            let of = |q: &Ball| {
                let dual = activation.dual(q, 160).unwrap();
                let [moment, slope] = [
                    activation.second_moment(q, 160).unwrap(),
                    activation.derivative_second_moment(q, 160).unwrap(),
                ];
                let series = SeriesHalf::new(&activation, q, &moment, Some(&slope), 400, 160).unwrap();
                (Half::from_dual(&dual).unwrap(), series)
            };
            let ((a, s), (b, t)) = (of(&ball(3, 7)), of(&ball(5, 2)));
            let kernels = ArcCosineKernel::up_to(3);
            for rho in [ball(0, 1), ball(1, 3), ball(-3, 5), ball(71, 100), ball(-71, 100)] {
                let closed = a.cross(&b, &rho, true, &kernels, 90);
                let series = s.cross(&t, &rho, 90);
                assert!(!series.short, "{name}");
                let pairs = [(closed.value, series.value), (closed.slope.unwrap(), series.slope.unwrap())];
                for (x, y) in pairs {
                    assert!(x.overlaps(&y), "{name} at {rho}: {x} {y}");
                    let narrow = [x.radius(), y.radius()].iter().all(|r| *r < Mag::pow2(-75));
                    assert!(narrow, "{name} at {rho}: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn moving_rho_stays_inside() {
        // The ball around ρ holds ρ ± r: its image holds those of both ends, up to ±1.
        let activation = Activation::leaky_relu(&num_rational::BigRational::new((-1).into(), 4.into()));
        let half = Half::from_dual(&activation.dual(&Ball::from_integer(2, 160), 160).unwrap()).unwrap();
        let kernels = ArcCosineKernel::up_to(1);
        let at = |rho: &Ball| half.cross(&half, rho, true, &kernels, 90);
        for (a, r) in [(-1i64, -3), (0, -2), (1, -40), (-1, -90), (1, -1)] {
            let middle = Ball::from_integer(a, 160);
            let wide = at(&middle.widened(Mag::pow2(r)));
            for end in [-1i64, 1] {
                let rho = &middle + &Ball::from_integer(end, 160).shl(r as i32);
                if rho.magnitude() <= Mag::ONE {
                    let exact = at(&rho);
                    assert!(
                        wide.value.contains(&exact.value)
                            && wide.slope.as_ref().unwrap().contains(&exact.slope.unwrap())
                    );
                }
            }
        }
    }
}
