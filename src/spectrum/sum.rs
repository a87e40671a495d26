//! The plain sum `λ_k = Σ κ_p b_{p,k}` with a proved tail.
//!
//! All terms are non-negative: a partial sum is a lower bound, and what lies beyond `p = T` is at most
//! `max_{p>T, p≡k} b_{p,k} · (Θ(1) - Σ_{p<=T} κ_p)`.

use super::Request;
use super::harmonic::{Weights, first_weights};
use crate::Error;
use crate::kernel::{Convention, KernelSeries};
use crate::number::{Accuracy, Ball, MAX_DIGITS, Mag};

/// Highest power summed to, for kernels of one hidden layer and for others.
const MAX_POWER: [usize; 2] = [65_536, 16_384];
/// Most terms of all sums together.
const MAX_TERMS: usize = 40_000_000;
/// Digits with which the number of terms is found.
const ROUGH_DIGITS: u32 = 5;
/// Attempts at the accuracy asked for.
const ATTEMPTS: u32 = 6;

/// `λ_0 … λ_K` for the probability measure by the sum, and whether they are accurate enough.
pub(super) fn eigenvalues(request: &Request) -> Result<(Vec<Ball>, bool), Error> {
    let (mut power, mut rough) = number_of_terms(request)?;
    let mut digits = request.accuracy.digits() + 3;
    for _ in 0..ATTEMPTS {
        let accuracy = Accuracy::relative(digits.min(MAX_DIGITS))?;
        let series = request.series(power, accuracy)?;
        rough = partial_sums(request, &series, accuracy.bits() + 40);
        let lack = request.lack(&rough);
        if lack <= 0 {
            return Ok((rough, true));
        }
        // Either the tail is too large, or the sum too inaccurate.
        if lack_of_tails(request, &series, &rough) > 0 {
            if power >= most_power(request) {
                break;
            }
            power = (power + power / 2).min(most_power(request));
        } else {
            // A lack without limit counts as that of all bits.
            let bits = lack.min(i64::from(accuracy.bits())) as f64;
            digits = digits.saturating_add((bits * std::f64::consts::LOG10_2).ceil() as u32 + 1);
        }
    }
    Ok((rough, false))
}

/// About up to which power the weights of the highest and the lowest degree fall by the digits asked for: enough
/// whatever the coefficients are. A guess; `None` beyond the limit.
pub(super) fn foreseen_power(request: &Request) -> Option<usize> {
    let most = most_power(request);
    let wanted = f64::from(request.accuracy.bits() + 8) * std::f64::consts::LN_2;
    let (d, mut out) = (request.dimension as f64, 0);
    for k in [0, request.max_degree] {
        let (mut logarithm, mut largest, mut power) = (0.0, 0.0f64, k);
        while logarithm > largest - wanted {
            let (p, k) = (power as f64, k as f64);
            logarithm += ((p + 1.0) * (p + 2.0) / ((p - k + 2.0) * (p + k + d))).ln();
            largest = largest.max(logarithm);
            power += 2;
            if power > most {
                return None;
            }
        }
        out = out.max(power);
    }
    Some(out)
}

/// A power up to which the tail is small enough, and the sums up to there with few digits.
fn number_of_terms(request: &Request) -> Result<(usize, Vec<Ball>), Error> {
    let most = foreseen_power(request).unwrap_or_else(|| most_power(request));
    let mut power = (request.max_degree + 32).max(64).min(most);
    let mut before = i64::MAX;
    loop {
        let series = request.series(power, Accuracy::relative(ROUGH_DIGITS)?)?;
        let values = partial_sums(request, &series, 64);
        let lack = lack_of_tails(request, &series, &values);
        let doublings = i64::from((most / power).max(1).ilog2());
        // Where the coefficients and the weights fall like powers of T, the tail gains the same number of bits each
        // time.
        let gained = before.saturating_sub(lack).max(1);
        let hopeless = power > 2048 && before < i64::MAX && gained.saturating_mul(4 * doublings) < lack;
        if lack <= 0 || power >= most || hopeless {
            return Ok((power, values));
        }
        before = lack;
        power = (2 * power).min(most);
    }
}

fn most_power(request: &Request) -> usize {
    let most = MAX_POWER[usize::from(request.network.layers().len() > 1)];
    most.min(2 * MAX_TERMS / (request.max_degree + 1)).max(request.max_degree + 2)
}

/// The bits that the tails alone leave open, rounding aside. A guess, which the caller's loop checks.
fn lack_of_tails(request: &Request, series: &KernelSeries, values: &[Ball]) -> i64 {
    let tails = tails(request, series, 64);
    let only_tail =
        |(value, tail): (&Ball, &Mag)| request.lack_of(&Ball::new(value.midpoint().clone(), *tail));
    values.iter().zip(&tails).map(only_tail).max().unwrap_or(0)
}

/// The sums up to the last power of the series, with the bound of the rest.
fn partial_sums(request: &Request, series: &KernelSeries, precision: u32) -> Vec<Ball> {
    let walk = |(k, first): (usize, Ball)| {
        if request.powers.eigenvalue_is_zero(k) {
            return Ball::zero(precision);
        }
        let (mut weights, mut sum) = (Weights::new(request.dimension, k, first), Ball::zero(precision));
        for kappa in series.coefficients().iter().skip(k).step_by(2) {
            let weight = weights.advance();
            if !kappa.is_exact_zero() {
                sum = sum + &weight * &kappa.with_precision(precision);
            }
        }
        // Half of the bound on both sides of the middle.
        let half = Ball::new(Ball::zero(precision).midpoint().clone(), rest(request, series, &weights, k));
        let half = Ball::from_bounds(&rug::Float::new(53), &half.upper(), precision);
        sum + half
    };
    first_weights(request.dimension, request.max_degree, precision)
        .into_iter()
        .enumerate()
        .map(walk)
        .collect()
}

/// The bounds of the rest alone.
fn tails(request: &Request, series: &KernelSeries, precision: u32) -> Vec<Mag> {
    let bound = |(k, first): (usize, Ball)| {
        if request.powers.eigenvalue_is_zero(k) {
            return Mag::ZERO;
        }
        let mut weights = Weights::new(request.dimension, k, first);
        (k..series.coefficients().len()).step_by(2).for_each(|_| drop(weights.advance()));
        rest(request, series, &weights, k)
    };
    first_weights(request.dimension, request.max_degree, precision)
        .into_iter()
        .enumerate()
        .map(bound)
        .collect()
}

/// A bound of `Σ_{p>T, p≡k} κ_p b_{p,k}`, the weights having advanced past `T`.
fn rest(request: &Request, series: &KernelSeries, weights: &Weights, k: usize) -> Mag {
    let largest = match weights.largest_from_here() {
        Some(weight) => weight.magnitude(),
        // Σ_k N(d,k) b_{p,k} = 1, all of it non-negative: b_{p,k} <= 1/N(d,k).
        None => Mag::ONE.div_by_lower(request.multiplicity(k).mignitude()),
    };
    if series.tail().is_exact_zero() { Mag::ZERO } else { largest * series.tail().magnitude() }
}

impl Request<'_> {
    fn series(&self, power: usize, accuracy: Accuracy) -> Result<KernelSeries, Error> {
        self.network.series(self.kernel, Convention::Standard, power, accuracy)
    }
}

#[cfg(test)]
mod tests;
