//! Duals at numbers: values, derivatives, and bounds of higher derivatives.

use super::Dual;
use super::arc_cosine::ArcCosineKernel;
use super::image::polynomial_part;
use crate::number::{Ball, Mag};

impl Dual {
    /// `φ̂(ρ)` for ρ in `[-1, 1]`; `None` without a closed form.
    pub fn value(&self, rho: &Ball) -> Option<Ball> {
        let one = Ball::from_integer(1, rho.precision());
        Some(match self {
            Dual::ArcCosine { order, linear, scale } => {
                linear * rho + scale * &ArcCosineKernel::up_to(*order)[*order as usize].at(rho)
            }
            Dual::ArcSine { constant, scale, beta } => constant + &(scale * &(beta * rho).asin()),
            Dual::Gelu { scale, variance: q } => {
                let (big, s) = (&one + q, q * rho);
                let root = (&(&big - &s) * &(&big + &s)).sqrt();
                let angle = Ball::pi(rho.precision()).shl(-1) + (&s / &big).asin();
                let sum = &s * &angle + (q - &one) / &big * &root + root.recip();
                scale * &(sum / Ball::pi(rho.precision()).shl(1))
            }
            Dual::Exponential { plus, minus, rate } => {
                let y = rate * rho;
                plus * &y.exp() + minus * &(-&y).exp()
            }
            Dual::InverseRoot { scale, beta } => {
                let y = beta * rho;
                scale / &(&(&one - &y) * &(&one + &y)).sqrt()
            }
            Dual::Polynomial(c) => c.iter().rev().fold(Ball::zero(rho.precision()), |acc, c| &acc * rho + c),
            Dual::WithPolynomial { dual, terms } => dual.value(rho)? + polynomial_part(terms).value(rho)?,
            Dual::Hermite => return None,
        })
    }

    /// `dφ̂/dρ` for ρ in `[-1, 1]`; `None` without a closed form.
    pub fn derivative(&self, rho: &Ball) -> Option<Ball> {
        let precision = rho.precision();
        let one = Ball::from_integer(1, precision);
        let complement = |y: &Ball| &(&one - y) * &(&one + y);
        Some(match self {
            Dual::ArcCosine { order, linear, scale } => {
                let below = &ArcCosineKernel::up_to(*order)[order.saturating_sub(1) as usize];
                linear + &(scale * &below.at(rho)).mul_integer(i64::from(*order).pow(2))
            }
            Dual::ArcSine { scale, beta, .. } => scale * beta / complement(&(beta * rho)).sqrt(),
            Dual::Gelu { scale, variance: q } => {
                // With y = s/(1+q) and r = (1-y²)^{-1/2}: d/dy = ((1+q)(π/2 + asin y) + y r (2 + r²/(1+q))) / (2π).
                let big = &one + q;
                let y = q * rho / &big;
                let r = complement(&y).sqrt().recip();
                let angle = Ball::pi(precision).shl(-1) + y.asin();
                let inner = Ball::from_integer(2, precision) + r.square() / &big;
                let by_y = (&big * &angle + &y * &r * inner) / Ball::pi(precision).shl(1);
                scale * &(by_y * (q / &big))
            }
            Dual::Exponential { plus, minus, rate } => {
                let y = rate * rho;
                rate * &(plus * &y.exp() - minus * &(-&y).exp())
            }
            Dual::InverseRoot { scale, beta } => {
                let y = beta * rho;
                let u = complement(&y);
                scale * beta * &y / (&u * &u.sqrt())
            }
            Dual::Polynomial(c) => {
                let terms = c.iter().enumerate().skip(1).rev();
                terms.fold(Ball::zero(precision), |acc, (k, c)| &acc * rho + c.mul_integer(k as i64))
            }
            Dual::WithPolynomial { dual, terms } => {
                dual.derivative(rho)? + polynomial_part(terms).derivative(rho)?
            }
            Dual::Hermite => return None,
        })
    }

    /// Is every member of ρ `>= 0` surely inside the disk where the dual is analytic, and of use?
    pub(crate) fn in_domain(&self, rho: &Ball) -> bool {
        match self {
            Dual::Polynomial(_) => true,
            Dual::WithPolynomial { dual, .. } => dual.in_domain(rho),
            // Analytic everywhere; but values beyond e^100000 serve nothing and take long.
            Dual::Exponential { rate, .. } => (rate * rho).upper() < 100_000,
            _ => (&self.inner_factor(rho.precision()) * rho).upper() < 1,
        }
    }

    /// The factor that takes ρ to the natural variable `y` of the shape: β, or one.
    pub(super) fn inner_factor(&self, precision: u32) -> Ball {
        let one = Ball::from_integer(1, precision);
        match self {
            Dual::ArcSine { beta, .. } | Dual::InverseRoot { beta, .. } => beta.clone(),
            Dual::Gelu { variance: q, .. } => q / &(&one + q),
            Dual::Exponential { rate, .. } => rate.clone(),
            _ => one,
        }
    }

    /// An upper bound of `|φ̂''|` for `|ρ|` up to the upper end of `rho`; infinite where that is outside of the domain.
    pub(crate) fn second_derivative_bound(&self, rho: &Ball) -> Mag {
        let factor = self.inner_factor(rho.precision());
        self.derivative_bounds(&(&factor * rho))[0] * factor.magnitude().pow(2)
    }

    /// Upper bounds of the second and third derivatives in the natural variable, from 0 to the upper end of `y`;
    /// infinite where `y` may lie outside the domain. All derivatives of a dual are non-negative and increasing there.
    pub(super) fn derivative_bounds(&self, y: &Ball) -> [Mag; 2] {
        let precision = y.precision().max(64);
        let x = Ball::exact(y.upper());
        let one = Ball::from_integer(1, precision);
        // (1 - x²)^{-1/2}
        let root = || (&(&one - &x) * &(&one + &x)).sqrt().recip();
        let upper = |b: Ball| b.magnitude();
        match self {
            Dual::ArcCosine { order, scale, .. } => {
                let n = u64::from(*order);
                let scale = scale.magnitude();
                // k_m <= k_m(1) = (2m-1)!!/2 <= (2m)^m.
                let kernel = |m: i64| match m {
                    0.. if x.upper() <= 1 => Mag::from_usize(2 * m as usize).max(Mag::ONE).pow(m as u64),
                    -1 => upper(root() / Ball::pi(precision).shl(1)),
                    _ => upper(&x * &root().pow(3) / Ball::pi(precision).shl(1)),
                };
                let square = |k: u64| Mag::from_usize(k as usize).pow(2);
                let second = scale * square(n) * if n >= 2 { square(n - 1) } else { Mag::ONE };
                let third = second * if n >= 3 { square(n - 2) } else { Mag::ONE };
                [second * kernel(n as i64 - 2), third * kernel(n as i64 - 3)]
            }
            Dual::ArcSine { scale, .. } => {
                let r = root();
                let y2 = x.square();
                let scale = scale.magnitude();
                [scale * upper(&x * &r.pow(3)), scale * upper((&one + &y2.shl(1)) * r.pow(5))]
            }
            Dual::Gelu { scale, variance: q } => {
                // Derivatives in s of ((D^{-1/2} + 2Q D^{-3/2} + (Q² + 2s²) D^{-5/2})) / (2π), D = Q² - s², Q = 1+q,
                // s = Q y.
                let big = &one + &q.with_precision(precision);
                let s = &big * &x;
                let d = root() / &big;
                let head = big.square() + s.square().shl(1);
                let two_pi = Ball::pi(precision).shl(1);
                let second = (&d + &(&big.shl(1) * &d.pow(3)) + &head * &d.pow(5)) / &two_pi;
                let third = &s
                    * &(d.pow(3)
                        + (big.mul_integer(6) + Ball::from_integer(4, precision)) * d.pow(5)
                        + head.mul_integer(5) * d.pow(7))
                    / &two_pi;
                [upper(scale * &(second * big.square())), upper(scale * &(third * big.pow(3)))]
            }
            Dual::Exponential { plus, minus, .. } => {
                let bound = (plus.magnitude() + minus.magnitude()) * upper(x.exp());
                [bound, bound]
            }
            Dual::InverseRoot { scale, .. } => {
                let (r, y2, scale) = (root(), x.square(), scale.magnitude());
                let second = (&one + &y2.shl(1)) * r.pow(5);
                let third = &x * &(y2.mul_integer(6) + Ball::from_integer(9, precision)) * r.pow(7);
                [scale * upper(second), scale * upper(third)]
            }
            Dual::Polynomial(c) => [2u64, 3].map(|order| {
                let falling = |k: u64| (0..order).fold(1.0, |acc, i| acc * k.saturating_sub(i) as f64);
                c.iter().enumerate().rev().fold(Mag::ZERO, |acc, (k, c)| {
                    if (k as u64) < order {
                        acc
                    } else {
                        acc * y.magnitude() + c.magnitude() * Mag::from_f64(falling(k as u64) * (1.0 + 1e-15))
                    }
                })
            }),
            // Those of the two parts, each in its own natural variable, are asked for one by one.
            Dual::WithPolynomial { .. } | Dual::Hermite => [Mag::INFINITY; 2],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn samples() -> Vec<Dual> {
        let b = |n: i64, d: i64| Ball::from_integer(n, 200).div_integer(d);
        vec![
            Dual::ArcCosine { order: 1, linear: b(1, 10), scale: b(3, 2) },
            Dual::ArcCosine { order: 2, linear: b(0, 1), scale: b(1, 1) },
            Dual::ArcCosine { order: 4, linear: b(0, 1), scale: b(1, 1) },
            Dual::ArcSine { constant: b(1, 4), scale: b(1, 3), beta: b(2, 3) },
            Dual::Gelu { scale: b(1, 1), variance: b(1, 1) },
            Dual::Gelu { scale: b(9, 4), variance: b(7, 3) },
            Dual::Exponential { plus: b(2, 1), minus: b(-2, 1), rate: b(3, 2) },
            Dual::InverseRoot { scale: b(1, 2), beta: b(1, 2) },
            Dual::Polynomial(vec![b(1, 1), b(0, 1), b(2, 1), b(1, 7), b(3, 1)]),
        ]
    }

    #[test]
    fn derivatives_agree_with_divided_differences() {
        let h = Ball::from_integer(1, 200).shl(-60);
        for (i, dual) in samples().iter().enumerate() {
            for x in [0i64, 1, 5, 9] {
                let x = Ball::from_integer(x, 200).div_integer(10);
                let slope = (dual.value(&(&x + &h)).unwrap() - dual.value(&(&x - &h)).unwrap()) / h.shl(1);
                let gap = slope - dual.derivative(&x).unwrap();
                assert!(gap.magnitude() < Mag::pow2(-100), "dual {i}: {gap}");
            }
        }
    }

    #[test]
    fn bounds_bound_the_second_and_third_derivative() {
        let h = Ball::from_integer(1, 200).shl(-40);
        for (i, dual) in samples().iter().enumerate() {
            let factor = dual.inner_factor(200);
            for x in [1i64, 5, 8] {
                let y = Ball::from_integer(x, 200).div_integer(10);
                let rho = |y: &Ball| y / &factor;
                let slope = |y: &Ball| dual.derivative(&rho(y)).unwrap() / &factor;
                let second = (slope(&(&y + &h)) - slope(&(&y - &h))) / h.shl(1);
                let third = (slope(&(&y + &h)) + slope(&(&y - &h)) - slope(&y).shl(1)) / h.square();
                let bounds = dual.derivative_bounds(&y);
                for (truth, bound) in [(second, bounds[0]), (third, bounds[1])] {
                    let slack = Mag::from_f64(1.0 + 1e-6);
                    assert!(truth.mignitude() <= bound * slack, "dual {i} at {x}: {truth} > {bound:?}");
                    if !matches!(dual, Dual::ArcCosine { .. } | Dual::Exponential { .. }) {
                        assert!(
                            bound <= truth.magnitude() * slack + Mag::pow2(-30),
                            "dual {i} at {x} is loose"
                        );
                    }
                }
            }
        }
    }
}
