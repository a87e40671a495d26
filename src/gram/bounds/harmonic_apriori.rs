//! The harmonic bound that holds on every data set of some separation.

use rayon::prelude::*;
use rug::Float;

use super::{MAX_HARMONIC_WORK, larger};
use crate::Error;
use crate::gram::parts::Clipped;
use crate::kernel::{Kernel, Network};
use crate::number::{Accuracy, Ball, Mag};
use crate::spectrum::Measure;

/// Highest degree of the harmonics.
const MAX_HARMONIC: usize = 192;
/// Terms of the Taylor polynomials on the cells.
const JET: usize = 8;

/// The harmonic bound for `count` points of the sphere of `R^d` whose cosines are within `±ρ*`:
/// `max_c (K_c(1) - (n-1) sup_{|ρ|<=ρ*} |K_c(ρ)|)`, or zero where that is negative; `None` where the eigenvalues are not to be had.
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
    let spectrum = match network.spectrum(kernel, d, top, accuracy, Measure::Probability) {
        Err(Error::AccuracyNotReached { .. }) => return Ok(None),
        other => other?,
    };
    // The recurrence of P_k loses 1.3 bits a step.
    let clipped = Clipped::new(&spectrum, rho.precision() + 2 * top as u32);
    let suprema = suprema(&clipped, rho);
    let others = count as i64 - 1;
    let value = |(whole, most): (Ball, Mag)| whole - Ball::exact(most.to_float()).mul_integer(others);
    let values = clipped.at_one().into_iter().zip(suprema).map(value);
    Ok(Some(values.fold(Ball::zero(rho.precision()), |best, value| larger(&best, &value))))
}

/// Is the bound zero whatever the eigenvalues? `K_c(cos θ)` is a trigonometric polynomial with non-negative coefficients, so that
/// `K_c(cos θ) >= K_c(1) (1 - degree² θ²/2)`.
fn is_vacuous(count: usize, degree: usize, rho: &Ball) -> bool {
    let angle = rho.acos().mul_integer(degree as i64);
    let least = Ball::from_integer(1, rho.precision()) - angle.square().shl(-1);
    least.mul_integer(count as i64 - 1).lower() >= 1
}

/// Upper bounds of `sup |K_c(ρ)|` over `|ρ| <= ρ*`, for every level `c`.
fn suprema(clipped: &Clipped, rho: &Ball) -> Vec<Mag> {
    let precision = clipped.precision();
    let radius = 0.3 / (clipped.top().max(1) as f64);
    let first = rho.acos().lower();
    let span = Float::with_val(64, std::f64::consts::FRAC_PI_2) - &first;
    // One cell more than fits: they overlap the right angle, whatever the roundings of the count.
    let count = (span.to_f64().max(0.0) / (2.0 * radius)) as usize + 2;
    let cell = |i: usize| {
        let offset = Float::with_val(precision, radius) * (2 * i + 1) as u32;
        on_cell(clipped, &(offset + &first), radius)
    };
    let wholes = clipped.at_one();
    let zero = || vec![Mag::ZERO; wholes.len()];
    let larger = |a: Vec<Mag>, b: Vec<Mag>| a.into_iter().zip(b).map(|(a, b)| a.max(b)).collect();
    let polynomials: Vec<Mag> = (0..count).into_par_iter().map(cell).reduce(zero, larger);
    let bound = |(polynomial, whole): (Mag, &Ball)| {
        // |K_c| <= K_c(1) everywhere, as |P_k| <= 1.
        (polynomial + left_out(clipped.top(), radius, whole)).min(whole.magnitude())
    };
    polynomials.into_iter().zip(&wholes).map(bound).collect()
}

/// Bounds of the Taylor polynomials of `θ ↦ K_c(±cos θ)` about the center.
fn on_cell(clipped: &Clipped, center: &Float, radius: f64) -> Vec<Mag> {
    let jets = polynomials(clipped.dimension(), clipped.top(), &cosine_jet(&Ball::exact(center.clone())));
    let of_power = |j: usize| clipped.by_parity(|k| jets[k][j].clone());
    let (even, odd): (Vec<Vec<Ball>>, Vec<Vec<Ball>>) = (0..JET).map(of_power).unzip();
    let bound = |m: usize| {
        let mut power = Mag::ONE;
        let mut sums = [Mag::ZERO; 2];
        for (e, o) in even.iter().zip(&odd) {
            // P_k(-ρ) = (-1)^k P_k(ρ): the two signs of ρ give even + odd and even - odd.
            let values = [&e[m] + &o[m], &e[m] - &o[m]];
            sums.iter_mut().zip(values).for_each(|(sum, x)| *sum = *sum + x.magnitude() * power);
            power = power * Mag::from_f64(radius);
        }
        sums[0].max(sums[1])
    };
    (0..clipped.levels.len()).map(bound).collect()
}

/// The Taylor polynomials of `P_0 … P_top` along that of the cosine.
fn polynomials(dimension: usize, top: usize, t: &[Ball; JET]) -> Vec<[Ball; JET]> {
    let shift = dimension as i64 - 2;
    let mut constant = [(); JET].map(|_| Ball::zero(t[0].precision()));
    constant[0] = Ball::from_integer(1, t[0].precision());
    let mut out = vec![constant, t.clone()];
    for k in 1..top as i64 {
        let [before, now] = [&out[k as usize - 1], &out[k as usize]];
        let product = multiply(t, now);
        let next = std::array::from_fn(|j| {
            (&product[j].mul_integer(2 * k + shift) - &before[j].mul_integer(k)).div_integer(k + shift)
        });
        out.push(next);
    }
    out
}

/// `cos(θ + h)` in powers of `h`.
fn cosine_jet(theta: &Ball) -> [Ball; JET] {
    let (cos, sin) = (theta.cos(), theta.sin());
    let mut factorial = 1i64;
    std::array::from_fn(|j| {
        factorial *= (j as i64).max(1);
        let derivative = match j % 4 {
            0 => cos.clone(),
            1 => -&sin,
            2 => -&cos,
            _ => sin.clone(),
        };
        derivative.div_integer(factorial)
    })
}

fn multiply(a: &[Ball; JET], b: &[Ball; JET]) -> [Ball; JET] {
    std::array::from_fn(|j| {
        let zero = Ball::zero(a[0].precision());
        (0..=j).fold(zero, |sum, i| sum + &a[i] * &b[j - i])
    })
}

/// What a Taylor polynomial leaves out: `K_c` is a trigonometric polynomial of that degree in θ with `|K_c| <= K_c(1)`, so by Bernstein's
/// inequality its `J`-th derivative is at most `degree^J K_c(1)`, and Taylor's remainder `(radius · degree)^J/J! · K_c(1)`.
fn left_out(degree: usize, radius: f64, whole: &Ball) -> Mag {
    let factorial: usize = (1..=JET).product();
    let power = (Mag::from_f64(radius) * Mag::from_usize(degree)).pow(JET as u64);
    (power * whole.magnitude()).div_by_lower(Mag::from_usize(factorial))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gram::network;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn suprema_bound_the_values_closely(d in 2usize..7, depth in 1usize..3, top in 4usize..20, rho in 0.0f64..1.0) {
            let accuracy = Accuracy::relative(15).unwrap();
            let spectrum = network("relu", depth).spectrum(Kernel::Ntk, d, top, accuracy, Measure::Probability);
            let clipped = Clipped::new(&spectrum.unwrap(), 160);
            let suprema = suprema(&clipped, &Ball::exact(Float::with_val(64, rho)));
            // The cells go beyond the ends by less than two of them.
            let beyond = (rho.acos() - 1.2 / top as f64).max(0.0).cos();
            let (mut within, mut around) = (vec![0.0f64; clipped.levels.len()], vec![0.0f64; clipped.levels.len()]);
            for i in 0..=400 {
                let t = beyond * (f64::from(i) / 200.0 - 1.0);
                let values = clipped.remainders(&Ball::exact(Float::with_val(160, t)));
                for (m, value) in values.iter().map(|x| x.midpoint().to_f64().abs()).enumerate() {
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
}
