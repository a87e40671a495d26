//! What depends on the sphere alone: multiplicities, areas, the polynomials `P_k` and the weights `b_{p,k}`.

use num_bigint::BigInt;
use num_rational::BigRational;
use rug::{Float, Integer, Rational};

use crate::number::rational::integer_from_gmp;
use crate::number::{Ball, ClosedForm, Mag};

/// `N(d, k) = C(k+d-1, d-1) - C(k+d-3, d-1)`, `k <= max_degree`: the dimensions of the spaces of harmonics on
/// `S^{d-1}`.
pub(crate) fn multiplicities(dimension: usize, max_degree: usize) -> Vec<BigInt> {
    // H_k = C(k+d-1, d-1), the monomials of degree k in d variables: H_{k+1} = H_k (k+d)/(k+1).
    let mut monomials: Vec<Integer> = vec![Integer::from(1)];
    for k in 0..max_degree {
        let next = Integer::from(&monomials[k] * (k + dimension) as u64);
        monomials.push(next.div_exact(&Integer::from(k + 1)));
    }
    let difference = |k: usize| match k {
        0 | 1 => integer_from_gmp(&monomials[k]),
        _ => integer_from_gmp(&Integer::from(&monomials[k] - &monomials[k - 2])),
    };
    (0..=max_degree).map(difference).collect()
}

/// The same as balls.
pub(crate) fn multiplicity_balls(dimension: usize, max_degree: usize, precision: u32) -> Vec<Ball> {
    let all = multiplicities(dimension, max_degree);
    all.iter().map(|n| Ball::from_rational(&n.clone().into(), precision)).collect()
}

/// `Γ(d/2)/(√π Γ((d-1)/2))`, which makes `ω (1-t²)^{(d-3)/2}` a probability density on `[-1, 1]`.
pub(super) fn density_constant(dimension: usize, precision: u32) -> Ball {
    // ω_2 = 1/π, ω_3 = 1/2, ω_{d+2} = ω_d d/(d-1).
    let (mut out, start) = match dimension % 2 {
        0 => (Ball::pi(precision).recip(), 2),
        _ => (Ball::from_integer(1, precision).shl(-1), 3),
    };
    for d in (start..dimension).step_by(2) {
        out = out.mul_integer(d as i64).div_integer(d as i64 - 1);
    }
    out
}

/// The area `2π^{d/2}/Γ(d/2)` of `S^{d-1}`.
pub(super) fn sphere_area(dimension: usize, precision: u32) -> Ball {
    // A_2 = 2π, A_3 = 4π, A_{d+2} = A_d 2π/d.
    let two_pi = Ball::pi(precision).shl(1);
    let (mut out, start) = if dimension.is_multiple_of(2) { (two_pi.clone(), 2) } else { (two_pi.shl(1), 3) };
    for d in (start..dimension).step_by(2) {
        out = (&out * &two_pi).div_integer(d as i64);
    }
    out
}

/// The area in closed form.
pub(super) fn sphere_area_form(dimension: usize) -> ClosedForm {
    let (start, first) = if dimension.is_multiple_of(2) { (2, 2) } else { (3, 4) };
    let steps = (start..dimension).step_by(2);
    // A_2 = 2π, A_3 = 4π, A_{d+2} = A_d 2π/d.
    let numerator = BigInt::from(first) << steps.len();
    let denominator = steps.clone().fold(BigInt::from(1), |product, d| product * d);
    let pi = ClosedForm::pi_power(2 * (steps.len() as i32 + 1));
    pi.scaled(&BigRational::new(numerator, denominator))
}

/// `P_0(t) … P_n(t)`, the harmonic polynomials of `S^{d-1}` with `P_k(1) = 1`, `|t| <= 1`: `(k+d-2) P_{k+1} = (2k+d-2)
/// t P_k - k P_{k-1}`. Calls `visit` with each; some `2 log2(k)` bits are lost up to degree `k`.
///
/// With `b_k = k/(k+d-2) <= 1` the recurrence is `P_{k+1} = (1 + b_k) t P_k - b_k P_{k-1}`. It is run on midpoints,
/// whose error obeys it too, for an exact `t` and with what each step rounds added. A solution `G` that begins with
/// `G_j = 0`, `G_{j+1} = 1` has, with `D_k = t G_k - G_{k-1}`, `G_{k+1} = t G_k + b_k D_k` and
/// `D_{k+1} = (t² - 1) G_k + t b_k D_k`, so that `(1-t²) G_{k+1}² + D_{k+1}² = (1-t²) G_k² + b_k² D_k²` never grows: it
/// is 1 at the start, `|D_k| <= 1`, and `|G_k| <= k - j`. What the steps add up to `k` therefore counts `k - j` times
/// at most: see [`Growth`].
pub(crate) fn legendre(dimension: usize, t: &Ball, max_degree: usize, mut visit: impl FnMut(usize, &Ball)) {
    let shift = dimension as i64 - 2;
    let mut before = Ball::from_integer(1, t.precision());
    visit(0, &before);
    if max_degree == 0 {
        return;
    }
    // The truth is in [-1, 1] as well: its distance from the nearest point there is no larger.
    let one = Float::with_val(t.precision(), 1);
    let middle = Ball::exact(t.midpoint().clone().clamp(&-one.clone(), &one));
    let mut growth = Growth::new(t.radius());
    let mut now = middle.clone();
    visit(1, &now.widened(growth.error()));
    for k in 1..max_degree {
        let degree = k as i64;
        let next = (&(&middle * &now).mul_integer(2 * degree + shift) - &before.mul_integer(degree))
            .div_integer(degree + shift);
        // The midpoint of t is off by its radius, times 1 + b_k <= 2 and |P_k| <= 1.
        growth.step(next.radius() + t.radius().shl(1));
        (before, now) = (now, Ball::exact(next.midpoint().clone()));
        visit(k + 1, &now.widened(growth.error()));
    }
}

/// The error of the recurrence of [`legendre`]: `Σ_{j<=k} (k-j+1) ε_j` where step `j` adds `ε_j`.
pub(crate) struct Growth {
    /// `Σ ε_j` so far.
    added: Mag,
    error: Mag,
}

impl Growth {
    /// At `k = 1`, where `P_1 = t` is off by `first`.
    pub fn new(first: Mag) -> Growth {
        Growth { added: first, error: first }
    }

    /// On to the next degree, with what the step adds.
    pub fn step(&mut self, added: Mag) {
        self.added = self.added + added;
        self.error = self.error + self.added;
    }

    /// A bound of the error at the degree reached.
    pub fn error(&self) -> Mag {
        self.error
    }
}

/// The weights `b_{p,k}` for one `k` and `p = k, k+2, …`: `λ_k = Σ_p κ_p b_{p,k}`.
///
/// `b_{k,k} = k!/(d (d+2) … (d+2k-2))` and `b_{p+2,k}/b_{p,k} = (p+1)(p+2)/((p-k+2)(p+k+d))`, both from
/// `b_{p,k} = p!/(2^k (p-k)!) Γ(d/2)/√π Γ((p-k+1)/2)/Γ((p+k+d)/2)`.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    dimension: u64,
    k: u64,
    p: u64,
    value: Ball,
}

impl Weights {
    pub fn new(dimension: usize, k: usize, first: Ball) -> Weights {
        Weights { dimension: dimension as u64, k: k as u64, p: k as u64, value: first }
    }

    /// `b_{p,k}`, and on to `p + 2`.
    pub fn advance(&mut self) -> Ball {
        let (p, k, d) = (self.p, self.k, self.dimension);
        let factor = |n: u64, precision| Ball::from_gmp_rational(&Rational::from(n), precision);
        let precision = self.value.precision();
        // Degrees and dimensions are at most a million: the products fit.
        let (above, below) = ((p + 1) * (p + 2), (p - k + 2) * (p + k + d));
        let next = &(&self.value * &factor(above, precision)) / &factor(below, precision);
        self.p += 2;
        std::mem::replace(&mut self.value, next)
    }

    /// An upper bound of all `b_{p,k}` from the present `p` on, where they fall from here; else `None`.
    ///
    /// The ratio is at most 1 iff `(p-k+2)(p+k+d) - (p+1)(p+2) = p(d-1) - (k-2)(k+d) - 2 >= 0`, and this increases with
    /// `p`: once the weights fall, they fall for ever.
    pub fn largest_from_here(&self) -> Option<&Ball> {
        let (p, k, d) = (i128::from(self.p), i128::from(self.k), i128::from(self.dimension));
        (p * (d - 1) >= (k - 2) * (k + d) + 2).then_some(&self.value)
    }
}

/// `b_{k,k}`, `k <= max_degree`.
pub(super) fn first_weights(dimension: usize, max_degree: usize, precision: u32) -> Vec<Ball> {
    let mut out = vec![Ball::from_integer(1, precision)];
    for k in 0..max_degree {
        out.push(out[k].mul_integer(k as i64 + 1).div_integer((dimension + 2 * k) as i64));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Mag;
    use crate::number::rational::integer_to_gmp;

    #[test]
    fn multiplicities_are_the_known_ones() {
        let as_text = |d, k| multiplicities(d, k).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(as_text(2, 4), ["1", "2", "2", "2", "2"]);
        assert_eq!(as_text(3, 4), ["1", "3", "5", "7", "9"]);
        assert_eq!(as_text(4, 4), ["1", "4", "9", "16", "25"]);
        // C(14, 9) - C(12, 9).
        assert_eq!(as_text(10, 5)[5], "1782");
    }

    #[test]
    fn constants_are_the_known_ones() {
        let pi = Ball::pi(100);
        let cases = [
            (density_constant(2, 100), pi.recip()),
            (density_constant(3, 100), Ball::from_integer(1, 100).shl(-1)),
            // Γ(2)/(√π Γ(3/2)) = 2/π and Γ(5/2)/(√π Γ(2)) = 3/4.
            (density_constant(4, 100), pi.recip().shl(1)),
            (density_constant(5, 100), Ball::from_integer(3, 100).shl(-2)),
            (sphere_area(2, 100), pi.shl(1)),
            (sphere_area(3, 100), pi.shl(2)),
            (sphere_area(4, 100), pi.square().shl(1)),
        ];
        for (i, (a, b)) in cases.iter().enumerate() {
            assert!(a.overlaps(b) && a.relative_accuracy_bits() > 90, "case {i}");
        }
    }

    #[test]
    fn weights_of_a_power_sum_to_one_and_rise_once() {
        // Σ_{k <= p} N(d,k) b_{p,k} = 1: the value of t^p at 1.
        for (d, p) in [(2, 9), (3, 10), (7, 12), (40, 5)] {
            let many = multiplicities(d, p);
            let sum = (0..=p).filter(|k| (p - k) % 2 == 0).fold(Ball::zero(128), |sum, k| {
                let mut weights = Weights::new(d, k, first_weights(d, p, 128)[k].clone());
                let b = (0..=(p - k) / 2).map(|_| weights.advance()).last().unwrap();
                sum + &b * &Ball::from_gmp_rational(&Rational::from(integer_to_gmp(&many[k])), 128)
            });
            let gap = (&sum - &Ball::from_integer(1, 128)).magnitude();
            assert!(gap < Mag::pow2(-110), "d = {d}, p = {p}: {sum}");
        }
        let mut weights = Weights::new(5, 30, Ball::from_integer(1, 64));
        let mut fell = false;
        for _ in 0..400 {
            let falls = weights.largest_from_here().is_some();
            let now = weights.advance();
            assert!(!fell || falls);
            assert_eq!(falls, weights.value.upper() <= now.lower() || falls && weights.value.overlaps(&now));
            fell = falls;
        }
        assert!(fell);
    }

    /// Wide balls and exact points, up to the ends: the value at every member is inside, and exact points lose few
    /// bits.
    #[test]
    fn the_recurrence_holds_the_truth_and_keeps_its_bits() {
        for d in [2usize, 3, 4, 7, 50, 1000] {
            for (n, denominator) in [(0i64, 1i64), (1, 3), (-5, 7), (999, 1000), (-1, 1), (1, 1)] {
                let exact = BigRational::new(n.into(), denominator.into());
                for radius in [None, Some(-90), Some(-20), Some(-3)] {
                    let ball = Ball::from_rational(&exact, 120).widened(radius.map_or(Mag::ZERO, Mag::pow2));
                    let reach = radius.map_or(BigRational::from_integer(0.into()), |r| {
                        BigRational::new(1.into(), BigInt::from(1) << -r as usize)
                    });
                    for end in [&exact - &reach, &exact + &reach] {
                        let one = BigRational::from_integer(1.into());
                        let end = end.clamp(-one.clone(), one);
                        let mut truth = vec![];
                        legendre(d, &Ball::from_rational(&end, 4000), 150, |_, p| truth.push(p.clone()));
                        legendre(d, &ball, 150, |k, p| {
                            assert!(
                                p.contains(&truth[k]),
                                "P_{k} at {end}, d = {d}: {p} misses {}",
                                truth[k]
                            );
                            if radius.is_none() {
                                assert!(p.radius() < Mag::pow2(-98), "P_{k} at {end}, d = {d}: {p}");
                            }
                        });
                    }
                }
            }
        }
    }

    #[test]
    fn polynomials_are_those_of_the_circle_and_of_legendre() {
        let t = Ball::from_integer(3, 128).div_integer(5);
        let at = |d| {
            let mut out = vec![];
            legendre(d, &t, 4, |_, value| out.push(value.midpoint().to_f64()));
            out
        };
        let angle = 0.6f64.acos();
        for (k, value) in at(2).iter().enumerate() {
            assert!((value - (k as f64 * angle).cos()).abs() < 1e-14);
        }
        // P_2 = (3t² - 1)/2, P_3 = (5t³ - 3t)/2; on S³ sin((k+1)θ)/((k+1) sin θ).
        assert!((at(3)[2] - 0.04).abs() < 1e-14 && (at(3)[3] + 0.36).abs() < 1e-14);
        assert!((at(4)[3] - (4.0 * angle).sin() / (4.0 * angle.sin())).abs() < 1e-14);
    }
}
