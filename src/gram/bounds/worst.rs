//! The bounds for entries, coefficients and separations that are as uncertain as they are large: the formula's value
//! for the worst members, summed row by row in long balls, has to be enclosed.
//!
//! Where the algorithm changes:
//!
//! | constant | value | what it switches |
//! |---|---|---|
//! | `sums::BLOCK` | 64 | rows whose sums are kept together |
//! | `FEW_POINTS` | 32 | cosines and remainders in balls, or in fixed point |
//! | `sums::MAX_BALLS`, `FIXED_PRECISION` | 128, 128 | cosines in balls where more bits are asked for |
//! | `sums::POWERS`, `DOUBLINGS` | 100, 12 | powers one by one, then by squares |
//! | `remainder::MAX_WORK`, `FEWEST` | 2^23, 64 (n = 512) | remainders in balls where fixed point is too coarse |
//! | `tiles::SIZE`, `BLOCK` | 192, 32 | tiles of a factor in doubles, and blocks within |
//! | `factor::SHARED` | 2^14 (n = 256; long ones 64) | columns shared out |
//! | `build::TABULATED` | 48 | entries by panels, in fixed point |
//! | `panels::OCTAVES`, `PARTS` | 24, 2^5 | panels towards ±1 |
//! | `proof::LEVELS` | 62, 128, … | bits of a factor in integers |
//! | `rank::SMALL` | 100 | the largest cosine eigenvalue by columns |

use super::fixed_remainder::FixedRemainders;
use super::*;
use crate::gram::entries::{FixedEntries, pairs};
use crate::gram::inner::InnerProducts;
use crate::gram::{Points, effective_rank};
use crate::network::samples::normalized;
use crate::number::Mag;

fn matrix(rows: &[String]) -> GramMatrix {
    let points = Points::from_csv(&rows.join("\n")).unwrap();
    GramMatrix::on_sphere(&normalized("relu", 1), Kernel::Nngp, &points, Accuracy::relative(9).unwrap())
        .unwrap()
}

/// Points on a circle, none proportional to another.
fn circle(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{},{}", 3 * i + 1, 2 * n as i64 - 5 * (i as i64) + 3)).collect()
}

fn units(mid: i64, rad: i64) -> Ball {
    Ball::from_integer(mid, 90).widened(Mag::from_usize(rad as usize)).shl(-10)
}

/// Coefficients with radii up to their midpoints.
fn series(numbers: &[[i64; 2]]) -> KernelSeries {
    let plain = normalized("relu", 1)
        .series(Kernel::Nngp, Convention::Standard, 0, Accuracy::relative(9).unwrap())
        .unwrap();
    let mut balls: Vec<Ball> = numbers.iter().map(|[mid, rad]| units(*mid, *rad)).collect();
    let tail = balls.pop().unwrap();
    plain.with_numbers(balls, tail)
}

fn end(x: &Ball, upper: bool) -> Ball {
    Ball::exact(if upper { x.upper() } else { x.lower() }).with_precision(400)
}

/// Entries in balls, all with the same radius, and the same in fixed point.
fn both_kinds(n: usize, radius: i64, entry: impl Fn(usize, usize) -> i64) -> [Entries; 2] {
    let ball = |(i, j): (usize, usize)| if i == j { units(1024, 0) } else { units(entry(i, j), radius) };
    let mut fixed = FixedEntries::new(n, 100, units(1024, 0));
    pairs(n).for_each(|(i, j)| fixed.set(i, j, &ball((i, j))));
    [Entries::Balls(pairs(n).map(ball).collect()), Entries::Fixed(fixed)]
}

/// `max(0, max_P (K_P(1) - max_i Σ_{j≠i} |K_P(ρ_ij)|))` with entries that make `|K_P|` as large, or as small, as they
/// can for one `P`. Either the entries or the coefficients are uncertain, or both.
#[test]
fn remainders_hold_for_the_worst_entries() {
    let exact = series(&[[300, 0], [100, 0], [0, 0], [90, 0], [1, 0]]);
    let wide = series(&[[300, 60], [100, 100], [0, 0], [90, 20], [1, 1]]);
    for (n, radius, series) in [
        (2usize, 40i64, &wide),
        (12, 8, &exact),
        (12, 0, &wide),
        (65, 1, &exact),
        (65, 0, &wide),
        (66, 1, &wide),
    ] {
        let plain = matrix(&circle(n));
        let inner = InnerProducts::new(plain.points(), plain.network().input());
        let kappa = series.coefficients();
        // The part by the first powers, with one end of the coefficients.
        let parts = |rho: &Ball, upper: bool| {
            let mut list = vec![Ball::zero(300)];
            for (p, kappa) in kappa.iter().enumerate() {
                list.push(&list[p] + &(end(kappa, upper) * rho.pow(p as u64)));
            }
            list
        };
        let of_pairs = [false, true].map(|upper| {
            let row =
                |i: usize| inner.cosines(i, 300).iter().map(|rho| parts(rho, upper)).collect::<Vec<_>>();
            (0..n).map(row).collect::<Vec<_>>()
        });
        let of_one = [false, true].map(|upper| parts(&Ball::from_integer(1, 300), upper));
        for (kind, entries) in
            both_kinds(n, radius, |i, j| (((i * 5 + j * 3) % 3) as i64 - 1) * radius).into_iter().enumerate()
        {
            let gram = plain.clone().with_entries(entries);
            let found = [
                FixedRemainders::new(&gram).without_powers(series),
                Remainders::new(&gram, Accuracy::relative(9).unwrap()).unwrap().without_powers(series),
            ];
            for (target, far, upper) in
                [(0, true, true), (1, true, true), (2, true, false), (4, true, true), (4, false, false)]
            {
                let of_pairs = &of_pairs[usize::from(upper)];
                let entry = |i: usize, j: usize| {
                    let [low, high] = [false, true].map(|side| end(&gram.get(i, j), side));
                    let gap = |x: &Ball| (x - &of_pairs[i][j][target]).abs().midpoint().clone();
                    if (gap(&high) > gap(&low)) == far { high } else { low }
                };
                let worst: Vec<Vec<Ball>> = (0..n).map(|i| (0..i).map(|j| entry(i, j)).collect()).collect();
                let mut best = Ball::zero(300);
                for (count, of_one) in of_one[usize::from(upper)].iter().enumerate() {
                    let mut sums = vec![Ball::zero(300); n];
                    for (i, j) in pairs(n).filter(|(i, j)| i != j) {
                        let rest = (&worst[i][j] - &of_pairs[i][j][count]).abs();
                        sums[i] = &sums[i] + &rest;
                        sums[j] = &sums[j] + &rest;
                    }
                    let most = sums.into_iter().reduce(|a, b| larger(&a, &b)).unwrap();
                    best = larger(&best, &(units(1024, 0) - of_one - most));
                }
                for (found, name) in found.iter().zip(["fixed point", "balls"]) {
                    let what = format!("{n} points, entries of kind {kind}, {name}, P = {target}");
                    assert!(found.overlaps(&best), "{what}: {found} misses {best}");
                    let uncertain = if series.coefficients()[0].is_exact() { 0 } else { 2 * 181 };
                    let most = Mag::from_usize((n + 1) * (radius as usize + uncertain)).shl(-10);
                    assert!(found.radius() <= most + Mag::pow2(-20), "{what}: {found}");
                }
            }
        }
    }
}

/// The largest entry off the diagonal, at either end.
#[test]
fn pairs_hold_for_the_worst_entries() {
    for n in [2usize, 64, 70] {
        let plain = matrix(&circle(n));
        for sign in [1, -1] {
            for entries in both_kinds(n, 50, |i, j| sign * if (i, j) == (n - 1, 0) { 200 } else { 3 }) {
                let found = pairwise(&plain.clone().with_entries(entries)).unwrap();
                for off in [150, 200, 250] {
                    assert!(found.contains(&units(1024 - off, 0)), "{n}: {found}");
                }
                assert!(found.radius() <= units(51, 0).magnitude());
            }
        }
    }
}

/// `Σ κ_p max(0, 1 - (n-1) ρ^p)` with every number at one end.
#[test]
fn sums_by_powers_hold_for_the_worst_members() {
    for count in [2usize, 3, 10] {
        for (rho, radius) in [(0, 0), (300, 0), (300, 100), (512, 400), (700, 300)] {
            let rho = units(rho, radius);
            for numbers in [[[300, 60], [100, 100], [50, 0], [90, 90]], [[1, 0], [0, 0], [400, 200], [7, 7]]]
            {
                let series = series(&numbers);
                let found = powers_apriori(&series, count, &rho);
                for (kappa, at) in [(false, false), (false, true), (true, false), (true, true)] {
                    let rho = end(&rho, at);
                    let terms =
                        series.coefficients().iter().chain([series.tail()]).enumerate().map(|(p, c)| {
                            let gap =
                                Ball::from_integer(1, 400) - rho.pow(p as u64).mul_integer(count as i64 - 1);
                            end(c, kappa) * larger(&Ball::zero(400), &gap)
                        });
                    let truth = terms.fold(Ball::zero(400), |sum, x| sum + x);
                    assert!(found.contains(&truth), "{count} points, {rho}: {found} misses {truth}");
                }
                let exact = radius == 0;
                assert!(!exact || found.radius() <= units(351, 0).magnitude(), "{found}");
            }
        }
    }
}

/// The three bounds of every data set, for points that attain them: cosines that are all the same.
#[test]
fn bounds_of_equal_cosines_are_on_their_sides() {
    use crate::gram::{DataShape, apriori_bounds};
    use crate::number::parse_rational;
    for (name, depth) in [("relu", 1), ("relu", 2), ("erf", 1), ("exp", 1)] {
        let network = normalized(name, depth);
        for count in [2usize, 3, 8] {
            for delta2 in ["2", "1", "1/4", "1/50"] {
                let delta2 = parse_rational(delta2).unwrap();
                let shape = DataShape { count, dimension: count + 1, separation_squared: delta2.clone() };
                let bounds =
                    apriori_bounds(&network, Kernel::Ntk, &shape, Accuracy::relative(4).unwrap()).unwrap();
                // K = (K(1) - K(ρ)) I + K(ρ) 1 1ᵀ, ρ = 1 - δ²/2; K(ρ) >= 0.
                let rho = Ball::from_rational(
                    &(parse_rational("1").unwrap() - delta2 * parse_rational("1/2").unwrap()),
                    200,
                );
                let fine = network
                    .series(Kernel::Ntk, Convention::Standard, 0, Accuracy::relative(30).unwrap())
                    .unwrap();
                let smallest = fine.sum() - &fine.evaluate_by_recursion(&rho).unwrap().unwrap();
                for bound in &bounds {
                    let right = match bound.method.is_upper() {
                        true => bound.value.upper() >= smallest.lower(),
                        false => bound.value.lower() <= smallest.upper(),
                    };
                    assert!(right, "{name}, {count} points: {bound:?} for {smallest}");
                    // For two points the upper bound is the eigenvalue, where K is even as well.
                    assert!(
                        bound.value.relative_accuracy_bits() > 10 || bound.value.contains_zero(),
                        "{bound:?}"
                    );
                }
            }
        }
    }
}

/// Orthogonal points: `K = κ_0 1 1ᵀ + (K(1) - κ_0) I` has known ends, which ceilings and ranks attain.
#[test]
fn ranks_and_ceilings_of_orthogonal_points_are_attained() {
    for n in [2usize, 5, 101] {
        let axis = |i: usize| (0..n).map(|j| if i == j { "1" } else { "0" }).collect::<Vec<_>>().join(",");
        let rows: Vec<String> = (0..n).map(axis).collect();
        let points = Points::from_csv(&rows.join("\n")).unwrap();
        let network = normalized("relu", 1);
        for digits in [1, 2, 9] {
            let accuracy = Accuracy::relative(digits).unwrap();
            let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, accuracy).unwrap();
            // Θ(1) = 2, Θ(0) = 1/π, κ_1 = 1.
            let (two, zero) = (Ball::from_integer(2, 300), Ball::pi(300).recip());
            let rest = &two - &zero;
            let largest = &rest + &zero.mul_integer(n as i64);
            let rank = two.mul_integer(n as i64) / &largest;
            let found = effective_rank(&gram, accuracy).unwrap();
            assert!(found.contains(&rank) && accuracy.is_met_by(&found), "{n} points: {found} misses {rank}");
            let found = centred_effective_rank_bound(&gram, accuracy).unwrap().unwrap();
            let truth = rest.mul_integer(n as i64);
            assert!(
                found.contains(&truth) && found.relative_accuracy_bits() > 3,
                "{n} points: {found} misses {truth}"
            );
            let all = eigenvalue_ceilings(&gram, 3, gram.accuracy()).unwrap();
            assert!(!all.is_empty());
            for ceiling in all {
                // R_m = 1 but for m = 0; the eigenvalues are `largest` and n - 1 times `rest`.
                let truth = match ceiling.power {
                    0 => two.mul_integer(n as i64),
                    1 => rest.clone(),
                    _ => &rest - &Ball::from_integer(1, 300),
                };
                assert!(ceiling.value.contains(&truth), "{n} points: {ceiling:?} misses {truth}");
                assert!(ceiling.value.relative_accuracy_bits() > 2);
            }
            let bound = effective_rank_bound(
                &network.series(Kernel::Ntk, Convention::Standard, 0, accuracy).unwrap(),
            )
            .unwrap();
            assert!(bound.contains(&(&two / &zero)), "{bound}");
        }
    }
    // Two copies of each axis with opposite signs and one more: the largest eigenvalue of the cosines is 3.
    for n in [101usize, 130] {
        let d = 50;
        let row = |i: usize| {
            let sign = if i >= d && i < 2 * d { -1 } else { 1 };
            let shown = |j: usize| {
                if i % d == j { (sign * (1 + i as i64 / d as i64)).to_string() } else { "0".into() }
            };
            (0..d).map(shown).collect::<Vec<_>>().join(",")
        };
        let rows: Vec<String> = (0..n).map(row).collect();
        let points = Points::from_csv(&rows.join("\n")).unwrap();
        let accuracy = Accuracy::relative(3).unwrap();
        let gram = GramMatrix::on_sphere(&normalized("relu", 1), Kernel::Ntk, &points, accuracy).unwrap();
        let found = centred_effective_rank_bound(&gram, accuracy).unwrap().unwrap();
        let rest = Ball::from_integer(2, 300) - Ball::pi(300).recip();
        let truth = rest.mul_integer(n as i64).div_integer(3);
        assert!(
            found.contains(&truth) && found.relative_accuracy_bits() > 8,
            "{n} points: {found} misses {truth}"
        );
    }
}
