//! The sum for coefficients and tails that are as uncertain as they are large, against exact integrals.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::*;
use crate::kernel::Kernel;
use crate::network::samples::uniform;
use crate::spectrum::Measure;

fn whole(n: usize) -> BigRational {
    BigRational::from_integer(n.into())
}

/// `b_{p,k} = ω_d ∫ t^p P_k (1-t²)^{(d-3)/2} dt`, the integral of every power of `t` by its recurrence.
fn weight(d: usize, p: usize, k: usize) -> BigRational {
    let (mut before, mut now) = (vec![BigRational::zero()], vec![BigRational::one()]);
    for j in 0..k {
        // (j+d-2) P_{j+1} = (2j+d-2) t P_j - j P_{j-1}; for the circle and j = 0 it is t.
        let mut next = vec![BigRational::zero(); j + 2];
        let (rise, fall) = if j == 0 {
            (BigRational::one(), BigRational::zero())
        } else {
            (whole(2 * j + d - 2) / whole(j + d - 2), whole(j) / whole(j + d - 2))
        };
        now.iter().enumerate().for_each(|(i, c)| next[i + 1] += c * &rise);
        before.iter().enumerate().for_each(|(i, c)| next[i] -= c * &fall);
        (before, now) = (now, next);
    }
    // E[t^{m+2}] = (m+1)/(m+d) E[t^m].
    let mean = |m: usize| match m % 2 {
        1 => BigRational::zero(),
        _ => (0..m).step_by(2).fold(BigRational::one(), |mean, j| mean * whole(j + 1) / whole(j + d)),
    };
    now.iter().enumerate().map(|(i, c)| c * mean(p + i)).sum()
}

/// Both ends of every coefficient, and the whole tail at any power after the last: the next ones, and where the weights
/// are largest.
#[test]
fn the_worst_members_are_within_the_sums() {
    let ball =
        |mid: i64, rad: i64| Ball::from_integer(mid, 64).widened(Mag::from_usize(rad as usize)).shl(-8);
    let ends = |x: &Ball| {
        [x.lower(), x.upper()].map(|end| {
            let end = crate::number::rational::rational_from_gmp(&end.to_rational().unwrap());
            if end < BigRational::zero() { BigRational::zero() } else { end }
        })
    };
    // With a bias, so that every power may be there.
    let network = uniform("relu", 1, "1", ["1/2", "1/2"]);
    for (d, top) in [(2usize, 4usize), (3, 5), (4, 8), (9, 12), (40, 7)] {
        for degrees in [0usize, 3, 6] {
            let accuracy = Accuracy::relative(3).unwrap();
            let request =
                Request::new(&network, Kernel::Nngp, d, degrees, accuracy, Measure::Probability).unwrap();
            let list = (0..=top as i64).map(|p| ball(40 + 3 * p, if p % 2 == 0 { 40 } else { 7 * (p % 3) }));
            let plain = request.series(0, accuracy).unwrap();
            for tail in [ball(0, 0), ball(60, 0), ball(60, 60), ball(10, 40)] {
                let series = plain.clone().with_numbers(list.clone().collect(), tail);
                let found = partial_sums(&request, &series, 100);
                let bounds = tails(&request, &series, 100);
                for k in 0..=degrees.min(top) {
                    for upper in [0, 1] {
                        let sum = (k..=top)
                            .step_by(2)
                            .map(|p| &ends(&series.coefficients()[p])[upper] * weight(d, p, k));
                        let sum = sum.sum::<BigRational>();
                        assert!(found[k].contains_rational(&sum), "d = {d}, degree {k}, no tail");
                        for far in 1..40 {
                            let rest = &ends(series.tail())[upper] * weight(d, top + far, k);
                            let truth = &sum + &rest;
                            assert!(
                                found[k].contains_rational(&truth),
                                "d = {d}, degree {k}, tail at {far}: {} {truth}",
                                found[k]
                            );
                            let bound = crate::number::rational::rational_from_gmp(
                                &bounds[k].to_float().to_rational().unwrap(),
                            );
                            assert!(bound >= rest, "d = {d}, degree {k}, tail at {far}");
                        }
                    }
                    // All that is uncertain weighs at most b_{k,k}, or 1/N.
                    let most = (units_of(&series) + series.tail().magnitude()).shl(1);
                    assert!(found[k].radius() <= most, "d = {d}, degree {k}: {}", found[k]);
                }
            }
        }
    }
}

fn units_of(series: &KernelSeries) -> Mag {
    series.coefficients().iter().fold(Mag::ZERO, |sum, c| sum + c.radius())
}

/// `κ_p = 2^-p` on a sphere of three dimensions: `K(t) = 1/(1 - t/2)`, `λ_0 = ln 3`, cut anywhere and to few digits.
#[test]
fn cut_sums_hold_a_closed_form() {
    let network = uniform("relu", 1, "1", ["1/2", "1/2"]);
    let accuracy = Accuracy::relative(3).unwrap();
    let request = Request::new(&network, Kernel::Nngp, 3, 1, accuracy, Measure::Probability).unwrap();
    for top in [1usize, 2, 3, 8, 21] {
        let list = (0..=top).map(|p| Ball::from_integer(1, 64).shl(-(p as i32))).collect();
        let tail = Ball::from_integer(1, 64).shl(-(top as i32));
        let series = request.series(0, accuracy).unwrap().with_numbers(list, tail);
        let found = partial_sums(&request, &series, 100);
        // λ_0 = (1/2) ∫ dt/(1 - t/2) = ln 3, and λ_1 = (1/2) ∫ t dt/(1 - t/2) = 2 (ln 3 - 1).
        let log = Ball::from_integer(3, 200).ln();
        let truth = [log.clone(), (&log - &Ball::from_integer(1, 200)).shl(1)];
        for (found, truth) in found.iter().zip(&truth) {
            assert!(found.contains(truth), "to {top}: {found} misses {truth}");
            assert!(found.radius() <= Mag::pow2(-(top as i64)), "to {top}: {found}");
        }
    }
}
