//! The harmonic bound that holds on every data set of some separation.

use nalgebra::{Complex, DMatrix};
use rug::Float;
use rug::float::Round;

use super::{MAX_HARMONIC_WORK, eigenvalues, larger};
use crate::Error;
use crate::gram::parts::Clipped;
use crate::kernel::{Kernel, Network};
use crate::number::{Accuracy, Ball, Mag};

/// Highest degree of the harmonics.
const MAX_HARMONIC: usize = 192;
/// Terms of the Taylor polynomials on the cells.
const JET: usize = 8;
/// The Taylor polynomials are found in doubles, `u = 2^-53`. All summands are products of non-negative numbers of sum
/// `K_c(1)` with cosines and sines of at most one: the two sums of at most 193 of them cost 400 u of `K_c(1)`, rounding
/// the factors 40 u, and powers of up to 192 of a turn 192 · 4 u; the terms of a polynomial weigh e^0.3 in all. That is
/// below 2^-41.
const ROUNDING_BITS: i64 = 41;
/// Some 2^16 products may underflow, each by less than 2^-1074.
const UNDERFLOW_BITS: i64 = 1000;

/// The harmonic bound for `count` points of the sphere of `R^d` whose cosines are within `±ρ*`: `max_c (K_c(1) - (n-1)
/// sup_{|ρ|<=ρ*} |K_c(ρ)|)`, or zero where that is negative; `None` where the eigenvalues are not to be had.
pub(in crate::gram) fn harmonic_apriori(
    network: &Network,
    kernel: Kernel,
    [count, d]: [usize; 2],
    rho: &Ball,
    accuracy: Accuracy,
) -> Result<Option<Ball>, Error> {
    if d < 2 {
        return Ok(None);
    }
    // Harmonics resolve the angle between the points well from about this degree on.
    let worth = (16.0 / rho.acos().midpoint().to_f64().max(1e-9)) as usize;
    let top = worth.clamp(16, MAX_HARMONIC).min(MAX_HARMONIC_WORK / d);
    if is_vacuous(count, top, rho) {
        return Ok(Some(Ball::zero(rho.precision())));
    }
    let Some(spectrum) = eigenvalues(network, kernel, d, top, accuracy)? else { return Ok(None) };
    let clipped = Clipped::new(&spectrum, rho.precision());
    let suprema = suprema(&clipped, rho);
    let others = count as i64 - 1;
    let value = |(whole, most): (Ball, Mag)| whole - Ball::exact(most.to_float()).mul_integer(others);
    let values = clipped.at_one().into_iter().zip(suprema).map(value);
    Ok(Some(values.fold(Ball::zero(rho.precision()), |best, value| larger(&best, &value))))
}

/// Is the bound zero whatever the eigenvalues? `K_c(cos θ)` is a trigonometric polynomial with non-negative
/// coefficients, so that `K_c(cos θ) >= K_c(1) (1 - degree² θ²/2)`.
fn is_vacuous(count: usize, degree: usize, rho: &Ball) -> bool {
    let angle = rho.acos().mul_integer(degree as i64);
    let least = Ball::from_integer(1, rho.precision()) - angle.square().shl(-1);
    least.mul_integer(count as i64 - 1).lower() >= 1
}

/// Upper bounds of `sup |K_c(ρ)|` over `|ρ| <= ρ*`, for every level `c`: of the Taylor polynomials of `θ ↦ K_c(±cos θ)`
/// on cells of the angle.
fn suprema(clipped: &Clipped, rho: &Ball) -> Vec<Mag> {
    let top = clipped.top();
    let radius = 0.3 / (top.max(1) as f64);
    let cells = Cells::new(rho.acos().lower().to_f64_round(Round::Down), radius);
    let wholes = clipped.at_one();
    // K_c(1) <= 2^size for every level.
    let size = wholes.iter().filter_map(|whole| whole.magnitude().log2_ceil()).max().unwrap_or(0);
    let cosines = heights(clipped, size) * cosine_coefficients(clipped.dimension(), top);
    let of_parity = |parity: usize| {
        let degrees: Vec<usize> = (parity..=top).step_by(2).collect();
        let basis = cells.derivatives(&degrees, radius);
        cosines.select_columns(&degrees) * basis
    };
    let (even, odd) = (of_parity(0), of_parity(1));
    let bound = |(m, whole): (usize, &Ball)| {
        let (even, odd) = (even.row(m), odd.row(m));
        let of_cell = |i: usize| {
            // The two signs of ρ.
            let sum =
                |sign: f64| (i * JET..(i + 1) * JET).map(|c| (even[c] + sign * odd[c]).abs()).sum::<f64>();
            sum(1.0).max(sum(-1.0))
        };
        let polynomial = (0..cells.count).map(of_cell).fold(0.0, f64::max);
        let roundings = whole.magnitude().shl(-ROUNDING_BITS) + Mag::pow2(size - UNDERFLOW_BITS);
        // |P_k| <= 1, so that the eigenvalues' radii count as at ρ = 1, and |K_c| <= K_c(1) everywhere.
        let others = roundings + whole.radius() + left_out(top, radius, whole);
        (Mag::from_f64(polynomial).shl(size) + others).min(whole.magnitude())
    };
    wholes.iter().enumerate().map(bound).collect()
}

/// `min(λ_k, c) N(d,k)` by level and degree, in units of `2^size`.
fn heights(clipped: &Clipped, size: i64) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = (0..clipped.levels.len())
        .map(|m| clipped.heights(m).iter().map(|x| x.shl(-size as i32).midpoint().to_f64()).collect())
        .collect();
    DMatrix::from_fn(rows.len(), clipped.top() + 1, |m, k| rows[m][k])
}

/// The non-negative `a_km` of `P_k(cos θ) = Σ_m a_km cos mθ`, `k, m <= top`: with `g_j = (α)_j/j!`, `α = (d-2)/2`, the
/// Gegenbauer polynomial is `C_k(cos θ) = Σ_j g_j g_{k-j} cos (k-2j)θ`, and `C_k(1) = (2α)_k/k!`.
fn cosine_coefficients(dimension: usize, top: usize) -> DMatrix<f64> {
    const PRECISION: u32 = 80;
    let mut out = DMatrix::zeros(top + 1, top + 1);
    if dimension == 2 {
        out.fill_diagonal(1.0);
        return out;
    }
    let twice = dimension as i64 - 2;
    let one = || Ball::from_integer(1, PRECISION);
    let next = |g: &Ball, j: i64| g.mul_integer(twice + 2 * j).div_integer(2 * j + 2);
    let next_whole = |h: &Ball, k: i64| h.mul_integer(twice + k).div_integer(k + 1);
    let (mut g, mut wholes) = (vec![one()], vec![one()]);
    for j in 0..top {
        g.push(next(&g[j], j as i64));
        wholes.push(next_whole(&wholes[j], j as i64));
    }
    for (k, whole) in wholes.iter().enumerate() {
        for j in 0..=k {
            out[(k, k.abs_diff(2 * j))] += (&g[j] * &g[k - j] / whole).midpoint().to_f64();
        }
    }
    out
}

/// Intervals of the angle, from some angle to beyond the right one.
struct Cells {
    first: f64,
    step: f64,
    count: usize,
}

impl Cells {
    /// With centers a little closer than twice the radius, so that they overlap whatever the roundings of these.
    fn new(first: f64, radius: f64) -> Cells {
        let step = 2.0 * radius * (1.0 - 1e-9);
        let span = (std::f64::consts::FRAC_PI_2 - first).max(0.0);
        Cells { first, step, count: (span / step) as usize + 2 }
    }

    /// `radius^j/j!` times the `j`-th derivative of `cos mθ` at the centers: a row for each `m`, for each cell a column
    /// for each `j`.
    fn derivatives(&self, degrees: &[usize], radius: f64) -> DMatrix<f64> {
        let mut out = DMatrix::zeros(degrees.len(), self.count * JET);
        for i in 0..self.count {
            let center = Ball::exact(Float::with_val(80, self.first + (i as f64 + 0.5) * self.step));
            let [cos, sin] = [center.cos(), center.sin()].map(|x| x.midpoint().to_f64());
            let turn = Complex::new(cos, sin);
            for (row, m) in degrees.iter().enumerate() {
                let Complex { re: cos, im: sin } = turn.powu(*m as u32);
                let mut factor = 1.0;
                for (j, value) in [cos, -sin, -cos, sin].into_iter().cycle().take(JET).enumerate() {
                    out[(row, i * JET + j)] = factor * value;
                    factor *= *m as f64 * radius / (j + 1) as f64;
                }
            }
        }
        out
    }
}

/// What a Taylor polynomial leaves out: `K_c` is a trigonometric polynomial of that degree in θ with `|K_c| <= K_c(1)`,
/// so by Bernstein's inequality its `J`-th derivative is at most `degree^J K_c(1)`, and Taylor's remainder `(radius ·
/// degree)^J/J! · K_c(1)`.
fn left_out(degree: usize, radius: f64, whole: &Ball) -> Mag {
    let factorial: usize = (1..=JET).product();
    let power = (Mag::from_f64(radius) * Mag::from_usize(degree)).pow(JET as u64);
    (power * whole.magnitude()).div_by_lower(Mag::from_usize(factorial))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::samples::normalized;
    use crate::spectrum::{Measure, harmonic};

    proptest! {
        #![proptest_config(ntk_testing::cases(40))]
        #[test]
        fn suprema_bound_the_values_closely(d in 2usize..7, depth in 1usize..3, top in 4usize..20, rho in 0.0f64..1.0) {
            let accuracy = Accuracy::relative(15).unwrap();
            let spectrum = normalized("relu", depth).spectrum(Kernel::Ntk, d, top, accuracy, Measure::Probability);
            let clipped = Clipped::new(&spectrum.unwrap(), 160);
            let suprema = suprema(&clipped, &Ball::exact(Float::with_val(64, rho)));
            // The cells go beyond the ends by less than two of them.
            let beyond = (rho.acos() - 1.2 / top as f64).max(0.0).cos();
            let (mut within, mut around) = (vec![0.0f64; clipped.levels.len()], vec![0.0f64; clipped.levels.len()]);
            for i in 0..=400 {
                let t = beyond * (f64::from(i) / 200.0 - 1.0);
                let mut polynomials = vec![];
                harmonic::legendre(d, &Ball::exact(Float::with_val(160, t)), top, |_, p| polynomials.push(p.clone()));
                let value = |m: usize| {
                    let terms = clipped.heights(m).iter().zip(&polynomials).map(|(h, p)| h * p).collect::<Vec<_>>();
                    Ball::sum(160, &terms).midpoint().to_f64().abs()
                };
                for (m, value) in (0..clipped.levels.len()).map(value).enumerate() {
                    around[m] = around[m].max(value);
                    within[m] = if t.abs() <= rho { within[m].max(value) } else { within[m] };
                }
            }
            for (m, whole) in clipped.at_one().iter().enumerate() {
                let bound = suprema[m].to_float().to_f64();
                prop_assert!(bound >= within[m] * (1.0 - 1e-12), "{} {}", bound, within[m]);
                // Absolute values of the Taylor coefficients add e^0.3 at most, by Bernstein's inequality.
                let close = 1.35 * around[m] + 1e-6 * whole.midpoint().to_f64();
                prop_assert!(bound <= close, "{} {}", bound, around[m]);
            }
        }
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
        /// A separation that is only enclosed: cosines up to the upper end.
        #[test]
        fn suprema_reach_to_the_upper_end(d in 2usize..6, top in 8usize..20, mid in 0.0f64..0.9, share in 0.0f64..1.0) {
            let accuracy = Accuracy::relative(12).unwrap();
            let spectrum = normalized("relu", 2).spectrum(Kernel::Ntk, d, top, accuracy, Measure::Probability);
            let clipped = Clipped::new(&spectrum.unwrap(), 160);
            let wide = Ball::exact(Float::with_val(64, mid)).widened(Mag::from_f64(share * (0.999 - mid)));
            let suprema = suprema(&clipped, &wide);
            let end = wide.upper().to_f64();
            for t in [end, -end, 0.999 * end] {
                let mut polynomials = vec![];
                harmonic::legendre(d, &Ball::exact(Float::with_val(160, t)), top, |_, p| polynomials.push(p.clone()));
                for (m, bound) in suprema.iter().enumerate() {
                    let terms = clipped.heights(m).iter().zip(&polynomials).map(|(h, p)| h * p).collect::<Vec<_>>();
                    let value = Ball::sum(160, &terms).mignitude();
                    prop_assert!(*bound >= value, "{} at level {}: {:?} below {:?}", t, m, bound, value);
                }
            }
        }
    }
}
