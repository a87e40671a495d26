//! Bounds of the Gaussian weight times a Hermite polynomial, and of what lies beyond the nodes.

use rug::Float;

use super::SHORT;
use crate::number::{Ball, Mag};

/// A bound of `|h_k(z) n(z)|`, `k < K`, for complex `z = x + iy`, `n` the standard normal density:
///
/// ```text
/// |h_k(z) n(z)| <= C exp(-γ x² + y²/2 + √(K-1) |y|).
/// ```
///
/// By Cramér `|h_m(x)| <= 1.0865 e^{x²/4}`, and with `He_k(x+iy) = Σ_j binom(k,j) He_{k-j}(x) (iy)^j`, normalized,
/// `|h_k(x+iy)| <= Σ_j √(binom(k,j)/j!) |y|^j 1.0865 e^{x²/4} <= 1.0865 e^{x²/4 + √k |y|}`, as `binom(k,j) <= k^j/j!`.
/// For `K = 1`, where `h_0 = 1`, there is nothing to bound.
#[derive(Clone, Debug)]
pub(super) struct Weight {
    constant: Mag,
    /// `γ = 2^-shift`.
    shift: i32,
    root: Ball,
}

impl Weight {
    pub fn new(len: usize) -> Weight {
        let root = Ball::from_integer(len.max(1) as i64 - 1, SHORT).sqrt();
        // 1/√(2π) = 0.398942..., and 1.0865 times that 0.433451...
        let (constant, shift) = if len <= 1 { (0.39895, 1) } else { (0.43346, 2) };
        Weight { constant: Mag::from_f64(constant), shift, root }
    }

    /// The bound over `|Re z| >= x >= 0`, `|Im z| <= y`.
    pub fn bound(&self, x: f64, y: f64) -> Mag {
        let [x, y] = [x, y].map(|t| Ball::exact(Float::with_val(SHORT, t)));
        let exponent = &(&y.square().shl(-1) + &(&self.root * &y)) - &x.square().shl(-self.shift);
        exponent.exp().magnitude() * self.constant
    }

    /// `√(K-1) + y/2`: by `e` to this times `|y'|` the bound grows at most up to the height `y' <= y`.
    pub fn growth(&self, y: f64) -> Ball {
        &self.root + &Ball::exact(Float::with_val(SHORT, y)).shl(-1)
    }

    /// `γ`.
    pub fn gamma(&self) -> f64 {
        0.5f64.powi(self.shift)
    }
}

/// `|f(x)| <= constant (1 + root |x|)^degree exp(linear |x| + quadratic x²)` for real `|x| >= from`.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub constant: Mag,
    pub degree: u32,
    pub root: Ball,
    pub linear: Ball,
    pub quadratic: Ball,
    pub from: Ball,
}

impl Envelope {
    /// A bound of `∫ |f h_k n|` over `|x| > r`; infinite where it proves nothing.
    pub fn tail(&self, weight: &Weight, r: f64) -> Mag {
        let x = Ball::exact(Float::with_val(SHORT, r));
        if self.from.upper() > r || r <= 0.0 {
            return Mag::INFINITY;
        }
        let one = Ball::from_integer(1, SHORT);
        let base = &one + &(&self.root * &x);
        let gap = &one.shl(-weight.shift) - &self.quadratic;
        // The bound's logarithmic derivative degree root/(1 + root x) + linear - 2 gap x decreases in x where gap > 0:
        // beyond r it is at most -s, its value there, so that the integral is at most the bound at r over s, on either
        // side.
        let s = &(&gap * &x).shl(1) - &(&self.linear + &(&self.root.mul_integer(self.degree.into()) / &base));
        if gap.lower() <= 0 || s.lower() <= 0 {
            return Mag::INFINITY;
        }
        let exponent = &(&self.linear * &x) - &(&gap * &x.square());
        let value = exponent.exp().magnitude() * base.magnitude().pow(self.degree.into()) * self.constant;
        (value * weight.constant).shl(1).div_by_lower(s.mignitude())
    }

    /// Some `r` with a tail of about `e^-nats`: steers only.
    pub fn reach(&self, weight: &Weight, nats: f64) -> Option<f64> {
        let small = |r: f64| ln(self.tail(weight, r)) <= -nats;
        let (mut low, mut high) = (0.0, 1.0);
        while !small(high) {
            (low, high) = (high, 2.0 * high);
            if high > 1e4 {
                return None;
            }
        }
        for _ in 0..9 {
            let middle = 0.5 * (low + high);
            if small(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }
}

/// The natural logarithm, to steer by.
pub(super) fn ln(x: Mag) -> f64 {
    if x.is_zero() {
        return f64::NEG_INFINITY;
    }
    if !x.is_finite() {
        return f64::INFINITY;
    }
    x.log2_ceil().map_or(0.0, |bits| bits as f64) * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hermite::polynomials;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn real_points_respect_the_bound(x in 0.0f64..30.0, len in 1usize..200) {
            let bound = Weight::new(len).bound(x, 0.0);
            let x = Ball::exact(Float::with_val(300, x));
            for h in polynomials(&x, len).unwrap() {
                prop_assert!((&h * &x.normal_density()).magnitude() <= bound);
            }
        }

        #[test]
        fn complex_points_respect_the_bound(x in -10.0f64..10.0, y in -4.0f64..4.0, len in 1usize..100) {
            use crate::number::ComplexBall;
            let prec = 600;
            let real = |t: f64| Ball::exact(Float::with_val(prec, t));
            let z = ComplexBall::new(real(x), real(y));
            let density = (-z.square().shl(-1)).exp().scale(&Ball::pi(prec).shl(1).sqrt().recip());
            let (mut before, mut now) = (ComplexBall::real(Ball::zero(prec)), density);
            let bound = Weight::new(len).bound(x.abs(), y.abs());
            for k in 0..len as i64 {
                prop_assert!(now.magnitude() <= bound, "{k}");
                let root = |n: i64| Ball::from_integer(n, prec).sqrt();
                let next = (&(&z * &now) - &before.scale(&root(k))).scale(&root(k + 1).recip());
                (before, now) = (now, next);
            }
        }
    }

    #[test]
    fn tails() {
        // ∫_{|x| > r} n = erfc(r/√2).
        let zero = || Ball::zero(SHORT);
        let one = Ball::from_integer(1, SHORT);
        let flat = Envelope {
            constant: Mag::ONE,
            degree: 0,
            root: one.clone(),
            linear: zero(),
            quadratic: zero(),
            from: zero(),
        };
        let weight = Weight::new(1);
        for r in [1.0, 3.0, 10.0] {
            let truth = (-Ball::exact(Float::with_val(100, r))).normal_cdf().shl(1);
            let bound = flat.tail(&weight, r);
            assert!(bound >= truth.magnitude() && bound.shl(-1) <= truth.magnitude(), "{r}");
        }
        let wild = Envelope { quadratic: one.shl(-1), ..flat.clone() };
        assert!(!wild.tail(&weight, 10.0).is_finite() && wild.reach(&weight, 10.0).is_none());
        let r = flat.reach(&weight, 100.0).unwrap();
        assert!((13.0..15.0).contains(&r), "{r}");
    }
}
