//! `A(q) = E[arctan²(X)]`, `X = √q Z`, by power series.
//!
//! Let `B = E[X arctan X/(1+X²)]`, so that `q A' = B`. Gauss's integration by parts, `E[X h(X)] = q E[h'(X)]`, closes
//! the system: `2q B' + (1 + 1/q) B = E[1/(1+X²)]`. With `c = 1/√q` and the normal distribution function `Φ` it
//! integrates to
//!
//! `A = π²/4 - 2√(2π) ∫_0^c e^{v²/2} L(v) dv`, `L(v) = ∫_v^∞ Φ(-u)/u du = -(γ + ln 2)/4 - (ln v)/2 + S(v)/√(2π)`,
//! `S(v) = Σ (-1)^n v^{2n+1}/(2^n n! (2n+1)²)`.
//!
//! The product `e^{v²/2} S(v) = Σ t_n v^{2n+1}` has `(2n+1) t_n = t_{n-1} + 1/(2n+1)!!`, all positive. For small
//! variances the expansion in `q` serves.

use rug::Float;
use rug::float::{Constant, Round};

use crate::number::{Ball, Mag};

/// An enclosure to about `precision` bits, for every member of `q`; the whole line where that is not positive.
pub(super) fn mean_square(q: &Ball, precision: u32) -> Ball {
    if q.sign() != Some(std::cmp::Ordering::Greater) || !q.is_finite() {
        return Ball::whole_line(precision);
    }
    let centre = Ball::exact(q.midpoint().clone());
    // The terms of the convergent series are of the order e^{c²/2} at most, those of the asymptotic one e^{-c²/2} at
    // least.
    let exponent = 0.5 / centre.midpoint().to_f64();
    let value = if exponent > f64::from(precision) + 16.0 {
        asymptotic(&centre, precision + 16)
    } else {
        convergent(&centre, precision + (1.45 * exponent) as u32 + 48)
    };
    let value = value.with_precision(precision);
    // 0 <= x/(1+x²) <= arctan x for x >= 0, so 0 <= A' = B/q <= A/q: A grows, A/q falls, and A changes relatively by at
    // most |Δq|/q.
    let relative = q.radius().div_by_lower(centre.mignitude());
    if relative.is_zero() { value } else { value.widened(value.magnitude() * relative) }
}

/// With `y = 1/q`: `A = π²/4 + √(2πy) Σ u_n ((γ + ln 2y)/(4n+2) - 1/(2n+1)²) - y Σ τ_n/(n+1)`, where `u_n = y^n/(2^n
/// n!)` and `τ_n = t_n y^n = (y τ_{n-1} + d_n)/(2n+1)`, `d_n = y^n/(2n+1)!!`.
fn convergent(q: &Ball, working: u32) -> Ball {
    let y = q.with_precision(working).recip();
    let one = Ball::from_integer(1, working);
    let (mut u, mut d, mut tau) = (one.clone(), one.clone(), one.clone());
    let (mut first, mut second, mut third) = (one.clone(), one.clone(), one);
    for n in 1i64.. {
        u = (&u * &y).div_integer(2 * n);
        d = (&d * &y).div_integer(2 * n + 1);
        tau = (&(&tau * &y) + &d).div_integer(2 * n + 1);
        let share = u.div_integer(2 * n + 1);
        second = second + share.div_integer(2 * n + 1);
        first = first + share;
        third = third + tau.div_integer(n + 1);
        // For 2n >= 3y, u falls by 2n+2 >= 2y, and p = τ + d by a half too: p_{n+1} <= y/(2n+3) (1 + 1/(2n+3)) p_n. So
        // the rest of each sum is at most the last u or p.
        let settled = y.magnitude() * Mag::from_usize(3) <= Mag::from_usize(n as usize).shl(1);
        let last = u.magnitude() + tau.magnitude() + d.magnitude();
        if settled && last <= Mag::pow2(-i64::from(working)) {
            [&mut first, &mut second, &mut third].into_iter().for_each(|sum| *sum = sum.widened(last));
            break;
        }
    }
    let euler = Ball::rounded(Float::with_val_round(working, Constant::Euler, Round::Nearest), Mag::ZERO);
    let logarithm = (euler + y.shl(1).ln()).shl(-1);
    let pi = Ball::pi(working);
    let root = (&pi * &y).shl(1).sqrt();
    pi.square().shl(-2) + &root * &(&(&logarithm * &first) - &second) - &y * &third
}

/// `Σ_{n>=1} (-1)^{n-1} (2n-1)!! q^n/n Σ_{i<=n} 1/(2i-1)`: cut anywhere, the rest is smaller than the first term left
/// out. For `arctan² x = 2 ∫_0^x ∫_0^1 t/((1+at²)(1+t²))`, `a = s²`, `ds dt`, and the Taylor rest of order `N` in `z =
/// t²` of `1/((1+az)(1+z))` is `(-z)^N (h_N + az h_{N-1})/((1+az)(1+z))`, `h_N = 1 + a + ... + a^N`, at most `z^N h_N`
/// in size.
fn asymptotic(q: &Ball, working: u32) -> Ball {
    let q = q.with_precision(working);
    let mut power = Ball::from_integer(1, working);
    let (mut odd_sum, mut sum) = (Ball::zero(working), Ball::zero(working));
    let mut previous = Mag::INFINITY;
    for n in 1i64.. {
        power = (&power * &q).mul_integer(2 * n - 1);
        odd_sum = odd_sum + Ball::from_integer(1, working).div_integer(2 * n - 1);
        let term = (&power * &odd_sum).div_integer(n);
        let size = term.magnitude();
        if size >= previous || size <= sum.magnitude().shl(-i64::from(working)) {
            return sum.widened(size);
        }
        sum = if n % 2 == 1 { &sum + &term } else { &sum - &term };
        previous = size;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ntk_testing::cases(48))]

        #[test]
        fn two_series_agree(exponent in 20.0f64..400.0, p in 60u32..500) {
            let q = Ball::exact(Float::with_val(p, 0.5 / exponent));
            let (near, far) = (convergent(&q, p + (1.45 * exponent) as u32 + 48), asymptotic(&q, p));
            prop_assert!(near.overlaps(&far), "{near} {far}");
            prop_assert!(near.relative_accuracy_bits() > i64::from(p), "{near}");
            let best = f64::from(p).min(1.4 * exponent);
            prop_assert!(far.relative_accuracy_bits() > best as i64 - 12, "{far}");
        }

        #[test]
        fn agrees_with_the_trapezoidal_rule(exponent in -8.0f64..8.0) {
            // The rule's error is e^{-2πa/h}, a < 1/√q the distance of the poles, and for these many nodes below 2^-40.
            let q = 2f64.powf(exponent);
            let step = (1.0 / q.sqrt()).min(4.0) / 12.0;
            let nodes = (9.0 / step) as i64;
            let sum: f64 = (-nodes..=nodes).map(|j| {
                let x = j as f64 * step;
                (q.sqrt() * x).atan().powi(2) * (-x * x / 2.0).exp()
            }).sum();
            let rule = sum * step / (2.0 * std::f64::consts::PI).sqrt();
            let value = mean_square(&Ball::exact(Float::with_val(53, q)), 64);
            prop_assert!((value.midpoint().to_f64() / rule - 1.0).abs() < 1e-10, "{value} {rule}");
        }
    }
}
