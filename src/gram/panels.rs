//! A kernel on a sphere as piecewise polynomials in the cosine, in fixed point and with one proved error.
//!
//! All coefficients of $h(\rho) = \sum_p \kappa_p \rho^p$ are non-negative, so that $|h(z)| \le h(1)$ on the whole unit
//! disk. With $t = 1 - |\rho|$ a panel is one of 32 equal parts of an octave $2^{-o-1} \le t < 2^{-o}$. An ellipse
//! about it with radius $r$ lies in the disk as long as half the panel times $(r + 1/r)/2$ is at most the distance of
//! its middle to 1; there the Chebyshev interpolant of degree $N$ is within $4 h(1) r^{-N}/(r-1)$ of $h$ (Trefethen,
//! *Approximation Theory and Approximation Practice*, 8.2, whose proof by aliasing holds for the roots of $T_{N+1}$ as
//! well). Every panel looks alike from its end of the interval, so few degrees do all the way to $\pm 1$, where $h$
//! need not be analytic.

use std::sync::OnceLock;

use super::fixed_point::{COSINE_BITS, product};
use crate::number::{Ball, Mag};

/// Octaves of `1 - |ρ|` that have panels, and panels in one, as a power of two.
const OCTAVES: u32 = 24;
const PARTS: u32 = 5;
/// Degree of the polynomials.
const DEGREE: usize = 16;
/// Bits of the numbers that a panel is made of: its coefficients lose up to 2.4^16 < 2^21 to cancellation.
pub(super) const NODE_BITS: u32 = 160;

/// The panels of a kernel, made when they are first needed.
pub(super) struct Panels<F> {
    /// The kernel at a cosine.
    kernel: F,
    /// `h(1)`.
    most: Mag,
    /// Bits after the point of a value.
    pub frac: u32,
    /// How far a cosine in fixed point may be from the true one.
    cosine_error: Mag,
    /// The largest error a panel may have.
    tolerance: Mag,
    rule: Rule,
    panels: Vec<OnceLock<Option<Panel>>>,
}

/// A polynomial in `w` in `[-1/2, 1/2]`.
struct Panel {
    coefficients: [i128; DEGREE + 1],
    error: Mag,
}

impl<F: Fn(&Ball) -> Ball> Panels<F> {
    /// For a kernel of at most `most` in magnitude.
    pub fn new(kernel: F, most: Mag, cosine_error: Mag, tolerance: Mag) -> Panels<F> {
        // Values and coefficients stay below 2^120: |c_k| <= 2 h(1), and monomials' coefficients of low degree exceed
        // those by little.
        let frac = (116 - most.log2_ceil().unwrap_or(0)).clamp(0, 1 << 20) as u32;
        let panels = (0..(OCTAVES << PARTS) * 2).map(|_| OnceLock::new()).collect();
        // One unit more for ρ = 0, which is moved into its panel.
        let cosine_error = cosine_error + Mag::pow2(-i64::from(COSINE_BITS));
        Panels { kernel, most, frac, cosine_error, tolerance, rule: Rule::new(), panels }
    }

    /// `h(ρ)` in units of `2^-frac`, within [`Panels::error`]; `None` too close to ±1, or where the kernel is not known
    /// well.
    pub fn value(&self, cosine: i128) -> Option<i128> {
        let whole = 1i128 << COSINE_BITS;
        let t = (whole - cosine.abs()).min(whole - 1);
        if t <= 0 {
            return None;
        }
        let top = 127 - t.leading_zeros();
        let octave = COSINE_BITS - 1 - top;
        if octave >= OCTAVES {
            return None;
        }
        let width = top - PARTS;
        let part = (t >> width) as u32 & ((1 << PARTS) - 1);
        let index = (((octave << PARTS) + part) << 1) + u32::from(cosine < 0);
        let panel =
            self.panels[index as usize].get_or_init(|| self.panel(octave, part, cosine < 0)).as_ref()?;
        // How far t is into the panel, as a fraction in units of 2^-128, less one half: exact.
        let offset = (t as u128) << (128 - width);
        let w = (offset ^ (1 << 127)) as i128;
        let (last, others) = panel.coefficients.split_last()?;
        // |w| <= 1/2 halves what came before: nothing exceeds twice the largest coefficient.
        Some(others.iter().rev().fold(*last, |sum, c| c + product(sum, w)))
    }

    /// The largest error of the panels so far.
    pub fn error(&self) -> Mag {
        let made = self.panels.iter().filter_map(OnceLock::get).flatten();
        made.fold(Mag::ZERO, |worst, panel| worst.max(panel.error))
    }

    fn panel(&self, octave: u32, part: u32, negative: bool) -> Option<Panel> {
        // The middle is 2^{-o-1} (1 + (2 part + 1)/64), and half the width 2^{-o-1}/64.
        let unit = i64::from(octave) + 1 + i64::from(PARTS) + 1;
        let middle = (1i64 << (PARTS + 1)) + 2 * i64::from(part) + 1;
        let one = Ball::from_integer(1, NODE_BITS);
        let value = |u: &Ball| {
            let t = (Ball::from_integer(middle, NODE_BITS) + u).shl(-unit as i32);
            let rho = if negative { &t - &one } else { &one - &t };
            (self.kernel)(&rho)
        };
        let values: Vec<Ball> = self.rule.nodes.iter().map(value).collect();
        let mut error = self.interpolation_error(middle);
        let mut coefficients = [0i128; DEGREE + 1];
        for (m, (c, row)) in coefficients.iter_mut().zip(&self.rule.rows).enumerate() {
            let sum = row.iter().zip(&values).fold(Ball::zero(NODE_BITS), |sum, (a, v)| sum + a * v);
            let scaled = sum.shl(self.frac as i32);
            if scaled.magnitude() >= Mag::pow2(122) {
                return None;
            }
            *c = scaled.midpoint().to_integer()?.to_i128()?;
            // |w|^m <= 2^-m; the rounding to an integer is off by at most one half.
            error = error + (scaled.radius() + Mag::ONE).shl(-(m as i64) - i64::from(self.frac));
        }
        // Each product is low by less than three, and every later step halves that: less than six in all.
        error = error + Mag::from_usize(6).shl(-i64::from(self.frac));
        // h is convex on [0, 1) and non-negative: h'(x) <= (h(1) - h(x))/(1 - x) <= h(1)/(1 - x), and |h'(-x)| <=
        // h'(x). With t >= 2^{-o-1} and half of that to spare for the error of the cosine.
        error = error + self.cosine_error * self.most.shl(i64::from(octave) + 2);
        (error <= self.tolerance).then_some(Panel { coefficients, error })
    }

    /// `4 h(1) r^{-N}/(r - 1)` with `r + 1/r = 2 q`, `q` the distance of the middle to 1 in half panels: `r = q +
    /// √(q²-1)
    /// >= 2q - 1/q >= 2q - 1`.
    fn interpolation_error(&self, q: i64) -> Mag {
        let inverse = |n: i64| Mag::ONE.div_by_lower(Mag::from_f64(n as f64));
        self.most.shl(2) * inverse(2 * q - 1).pow(DEGREE as u64) * inverse(2 * q - 2)
    }
}

/// Interpolation in the roots of `T_{N+1}`: `rows[m][j]` times the value at `nodes[j]`, summed, is the coefficient of
/// `(u/2)^m`.
struct Rule {
    nodes: Vec<Ball>,
    rows: Vec<Vec<Ball>>,
}

impl Rule {
    fn new() -> Rule {
        let count = DEGREE + 1;
        let pi = Ball::pi(NODE_BITS);
        let cosine = |i: usize| pi.mul_integer(i as i64).div_integer(2 * count as i64).cos();
        let nodes = (0..count).map(|j| cosine(2 * j + 1)).collect();
        // T_k(2w), by coefficients: integers below 2^40 for k <= 16.
        let mut chebyshev = vec![vec![1i64], vec![0, 2]];
        for k in 2..count {
            let mut next = vec![0i64; k + 1];
            chebyshev[k - 1].iter().enumerate().for_each(|(i, c)| next[i + 1] += 4 * c);
            chebyshev[k - 2].iter().enumerate().for_each(|(i, c)| next[i] -= c);
            chebyshev.push(next);
        }
        // c_k = (2 - [k = 0])/(N+1) Σ_j f_j cos(k (2j+1) π/(2N+2)).
        let entry = |m: usize, j: usize| {
            let terms = (m..count).map(|k| {
                let weight = if k == 0 { 1 } else { 2 };
                cosine(k * (2 * j + 1) % (4 * count)).mul_integer(weight * chebyshev[k][m])
            });
            terms.fold(Ball::zero(NODE_BITS), |sum, t| sum + t).div_integer(count as i64)
        };
        let rows = (0..count).map(|m| (0..count).map(|j| entry(m, j)).collect()).collect();
        Rule { nodes, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::fixed_point::to_ball;
    use proptest::prelude::*;
    use rug::Float;

    proptest! {
        #![proptest_config(ntk_testing::cases(8))]
        #[test]
        fn values_are_within_their_error(places in prop::collection::vec((0u32..26, 0u64..u64::MAX, prop::bool::ANY), 40)) {
            // Not analytic at ±1: √(1-ρ²) + ρ (π/2 + asin ρ), which has coefficients of one sign.
            let kernel = |rho: &Ball| {
                let one = Ball::from_integer(1, rho.precision());
                let root = ((&one - rho) * (&one + rho)).sqrt();
                root + rho * &(Ball::pi(rho.precision()).shl(-1) + rho.asin())
            };
            let exact = Mag::pow2(-i64::from(COSINE_BITS) - 20);
            let panels = Panels::new(kernel, Mag::from_f64(3.15), exact, Mag::pow2(-90));
            let mut found = 0;
            for (octave, bits, negative) in places {
                let t = (((1i128 << 64) + i128::from(bits)) << (COSINE_BITS - 65)) >> octave;
                let cosine = if negative { t - (1 << COSINE_BITS) } else { (1 << COSINE_BITS) - t };
                let Some(value) = panels.value(cosine) else {
                    prop_assert!(octave >= 24);
                    continue;
                };
                let rho = Ball::exact(Float::with_val(160, cosine) >> COSINE_BITS);
                let gap = (to_ball(value, panels.frac, Mag::ZERO) - kernel(&rho)).magnitude();
                prop_assert!(gap <= panels.error(), "{rho} {gap:?} {:?}", panels.error());
                prop_assert!(panels.error() < Mag::pow2(-90));
                found += 1;
            }
            prop_assert!(found > 0);
            prop_assert!(panels.value(0).is_some() && panels.value(1 << COSINE_BITS).is_none());
        }
    }

    /// The parts of a panel's error, each at least what it is derived to be: interpolation, coefficients, products, the
    /// cosine.
    #[test]
    fn every_part_of_a_panels_error_is_there() {
        // A kernel that is one: all radii are next to nothing.
        let kernel = |rho: &Ball| Ball::from_integer(1, rho.precision());
        for cosine in [0.0, 2f64.powi(-30)] {
            let panels = Panels::new(kernel, Mag::ONE, Mag::from_f64(cosine), Mag::ONE);
            let unit = Ball::from_integer(1, 200).shl(-(panels.frac as i32));
            for (octave, part) in [(0, 0), (0, 31), (3, 0), (23, 7)] {
                let q = (1i64 << (PARTS + 1)) + 2 * i64::from(part) + 1;
                let integer = |n: i64| Ball::from_integer(n, 200);
                // r is between 2q - 1 and 2q.
                let interpolation = integer(4) / (integer(2 * q - 1).pow(DEGREE as u64) * integer(2 * q - 2));
                let close = integer(4) / (integer(2 * q).pow(DEGREE as u64) * integer(2 * q - 1));
                assert!(panels.interpolation_error(q).to_float() >= close.lower());
                assert!(
                    panels.interpolation_error(q).to_float()
                        <= (&interpolation * &integer(1001)).div_integer(1000).upper()
                );
                // Σ 2^-m units for the coefficients and six for the products; |h'| <= h(1)/(1 - |ρ|) for the cosine.
                let rounded = unit.mul_integer(8) - &unit.shl(-(DEGREE as i32));
                let moved = Ball::exact(Float::with_val(200, cosine)).shl(octave as i32 + 1);
                let least = &close + &rounded + &moved;
                for negative in [false, true] {
                    let found = panels.panel(octave, part, negative).unwrap().error.to_float();
                    assert!(found >= least.lower(), "{octave}, {part}: {found} {least}");
                    let most = (&interpolation + &rounded + &moved.shl(1)).mul_integer(9).div_integer(8)
                        + unit.shl(20 - 24);
                    let room = unit.shl(octave as i32 - 6);
                    assert!(found <= (most + room).upper(), "{octave}, {part}: {found} {least}");
                }
            }
        }
    }

    /// Wherever a cosine in fixed point comes from within its error, the value at the true one is enclosed.
    #[test]
    fn cosines_off_by_their_error_are_covered() {
        let kernel = |rho: &Ball| rho.pow(9) + rho.square() + Ball::from_integer(1, rho.precision());
        let error = Mag::pow2(-40);
        let panels = Panels::new(kernel, Mag::from_f64(3.0), error, Mag::ONE);
        for i in -120i64..=120 {
            let cosine = i128::from(i) << (COSINE_BITS - 7);
            let Some(value) = panels.value(cosine) else { continue };
            let found = to_ball(value, panels.frac, panels.error());
            for sign in [-1, 0, 1] {
                let shift = Ball::from_integer(sign, 200).shl(-40);
                let rho = Ball::from_integer(i, 200).shl(-7) + shift;
                assert!(found.contains(&kernel(&rho)), "{rho}: {found}");
            }
        }
        assert!(panels.error() < Mag::pow2(-28), "{:?}", panels.error());
    }
}
