//! What a cut series leaves out, with enclosures as wide as the numbers themselves.

use num_rational::BigRational;
use num_traits::{Signed, Zero, pow};
use proptest::prelude::*;

use super::*;
use crate::network::samples::normalized;
use crate::number::Mag;
use crate::number::rational::rational_from_gmp;

fn rational(x: &rug::Float) -> BigRational {
    rational_from_gmp(&x.to_rational().unwrap())
}

/// A ball with few bits.
fn ball(mid: i64, rad: i64, shift: i32) -> Ball {
    Ball::from_integer(mid, 64).widened(Mag::from_usize(rad.unsigned_abs() as usize)).shl(-shift)
}

#[test]
fn values_by_two_routes_that_disagree_are_a_fault() {
    let accuracy = Accuracy::relative(10).unwrap();
    let rho = Ball::from_integer(1, 64).shl(-1);
    for (name, depth) in [("relu", 1), ("erf", 2), ("sin", 3)] {
        let good = normalized(name, depth).series(Kernel::Ntk, Convention::Standard, 30, accuracy).unwrap();
        assert!(good.evaluate(&rho).is_ok());
        let mut moved = good.clone();
        moved.coefficients[1] = &moved.coefficients[1] + &ball(1, 0, 5);
        assert!(matches!(moved.evaluate(&rho), Err(Error::Inconsistent { .. })), "{name}");
    }
    // Without a closed dual there is one route; a value above Θ(1) is seen all the same.
    let mut moved = normalized("tanh", 1).series(Kernel::Nngp, Convention::Standard, 5, accuracy).unwrap();
    moved.coefficients[1] = ball(64, 0, 5);
    assert!(matches!(moved.evaluate(&rho), Err(Error::Inconsistent { .. })));
}

/// The ends of a coefficient that is not negative.
fn ends(x: &Ball) -> [BigRational; 2] {
    [x.lower(), x.upper()].map(|end| rational(&end).max(BigRational::zero()))
}

proptest! {
    #![proptest_config(ntk_testing::cases(64))]
    /// Coefficients and tail at either end, all of the tail at one power, the cosine at the ends and in the middle.
    #[test]
    fn truncation_errors_hold_for_the_worst_members(
        list in prop::collection::vec((0i64..40, 0i64..40), 1..6),
        (tail, tail_radius) in (0i64..40, 0i64..60),
        (rho, rho_radius) in (-64i64..=64, prop_oneof![Just(0i64), 0i64..64]),
        cut in 0usize..6,
        far in prop::sample::select(vec![1usize, 2, 3, 40]),
    ) {
        let mut series = normalized("relu", 1).series(Kernel::Nngp, Convention::Standard, 0, Accuracy::relative(3).unwrap()).unwrap();
        series.coefficients = list.iter().map(|(m, r)| ball(*m, *r, 5)).collect();
        series.tail = ball(tail, tail_radius, 5);
        let top = series.max_degree();
        let cut = cut.min(top);
        // A radius is rounded up.
        let room = (63 - rho.abs()).max(0);
        let rho = ball(rho, rho_radius.min(room), 6);
        let found = series.truncation_error(&rho, cut).unwrap();
        let whole = series.evaluate_by_series(&rho).unwrap();
        let (mut least, mut most) = (None::<BigRational>, None::<BigRational>);
        for x in [rho.lower(), rho.midpoint().clone(), rho.upper()].map(|x| rational(&x)) {
            // Which end of the even and of the odd coefficients, and of the tail.
            for (even, odd, of_tail) in (0..8).map(|i| (i & 1, i >> 1 & 1, i >> 2)) {
                let term = |p: usize| &ends(&series.coefficients[p])[[even, odd][p % 2]] * pow(x.clone(), p);
                let rest = &ends(&series.tail)[of_tail] * pow(x.clone(), top + far);
                let error = (cut + 1..=top).map(term).sum::<BigRational>() + &rest;
                prop_assert!(found.contains_rational(&error), "{} misses {}", found, error);
                let value = (0..=top).map(term).sum::<BigRational>() + &rest;
                prop_assert!(whole.contains_rational(&value), "{} misses {}", whole, value);
                // The tail may also be at a power so high that nothing of it is left.
                for error in [&error - &rest, error] {
                    least = Some(least.map_or(error.clone(), |x| x.min(error.clone())));
                    most = Some(most.map_or(error.clone(), |x| x.max(error)));
                }
            }
        }
        if rho.is_exact() && far == 1 {
            // Twice the hull: an even power may be anything between both signs.
            let (width, hull) = (rational(&found.radius().to_float()), most.unwrap() - least.unwrap());
            prop_assert!(width <= hull * BigRational::from_integer(2.into()) + BigRational::new(1.into(), (1i64 << 40).into()));
        }
    }

    #[test]
    fn tails_and_shares_hold_for_the_worst_members(
        list in prop::collection::vec((1i64..40, 0i64..40), 2..6), (tail, tail_radius) in (0i64..40, 0i64..60),
    ) {
        let mut series = normalized("relu", 1).series(Kernel::Nngp, Convention::Standard, 0, Accuracy::relative(3).unwrap()).unwrap();
        series.coefficients = list.iter().map(|(m, r)| ball(*m, *r, 5)).collect();
        series.tail = ball(tail, tail_radius, 5);
        series.sum = Ball::sum(64, &series.coefficients) + &series.tail;
        let top = series.max_degree();
        let shares = series.shares();
        for (low, high) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            // The listed coefficients at one end, what follows at the other.
            for (cut, listed) in shares.iter().enumerate() {
                let side = |p: usize| ends(&series.coefficients[p])[if p <= cut { low } else { high }].clone();
                let rest = (cut + 1..=top).map(side).sum::<BigRational>() + &ends(&series.tail)[high];
                prop_assert!(series.tail_after(cut).unwrap().contains_rational(&rest));
                let partial = (0..=cut).map(side).sum::<BigRational>();
                let sum = &partial + &rest;
                if sum.is_positive() && series.sum.lower() > 0 {
                    let share = partial / sum;
                    prop_assert!(listed.contains_rational(&share) && series.share(cut).unwrap().contains_rational(&share));
                }
            }
        }
    }
}

/// Truncated series at few digits against the recursion at many, on both sides of zero and up to the ends.
#[test]
fn few_terms_and_digits_hold_the_recursion() {
    for (name, depth) in [("relu", 1), ("relu", 3), ("erf", 2), ("gelu", 2), ("leaky-relu(1/5)", 2)] {
        for kernel in [Kernel::Nngp, Kernel::Ntk] {
            let network = normalized(name, depth);
            let fine =
                network.series(kernel, Convention::Standard, 0, Accuracy::relative(60).unwrap()).unwrap();
            for (top, digits) in [(0, 1), (1, 1), (4, 2), (9, 1), (9, 8)] {
                let series = network
                    .series(kernel, Convention::Standard, top, Accuracy::relative(digits).unwrap())
                    .unwrap();
                for i in -16i64..=16 {
                    let rho = Ball::from_integer(i, 64).shl(-4);
                    let truth = fine.evaluate_by_recursion(&rho).unwrap().unwrap();
                    let found = [series.evaluate_by_series(&rho).unwrap(), series.evaluate(&rho).unwrap()];
                    for found in &found {
                        assert!(
                            truth.radius() < Mag::pow2(-90) && found.overlaps(&truth),
                            "{name} {kernel:?} to {top} at {rho}: {found} for {truth}"
                        );
                    }
                    for cut in 0..=top {
                        let listed = &series.coefficients()[..=cut];
                        let partial = listed.iter().rev().fold(Ball::zero(200), |sum, c| sum * &rho + c);
                        let error = series.truncation_error(&rho, cut).unwrap();
                        // |ρ|^{n+1} Σ_{p>n} κ_p and no more, but for the digits.
                        let most = rho.abs().pow(cut as u64 + 1) * series.tail_after(cut).unwrap();
                        assert!((&truth - &error).overlaps(&partial));
                        assert!(
                            error.magnitude() <= most.magnitude() * Mag::from_f64(1.0001),
                            "{name} {error}"
                        );
                    }
                }
            }
        }
    }
}
