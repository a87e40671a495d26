//! Gram matrices: entries, extreme eigenvalues and their bounds.

use ntk_series::gram::{
    GramMatrix, Points, centred_effective_rank_bound, effective_rank, effective_rank_bound,
    eigenvalue_bounds, eigenvalue_ceilings, largest_eigenvalue, smallest_eigenvalue,
};
use ntk_series::kernel::Convention;
use ntk_series::{Accuracy, Ball, Error, Kernel};
use num_rational::BigRational;
use proptest::prelude::*;

use super::{MANY, SETTINGS, holds, network, q, relative};

const NAMES: [&str; 10] = [
    "relu",
    "leaky-relu(1/10)",
    "abs",
    "erf",
    "gelu",
    "exp(1/4)",
    "cube",
    "poly(1,2,-1/3)",
    "tanh",
    "softplus",
];

/// An eigenvalue to the digits, or the enclosure that was got instead.
fn best(found: Result<Ball, Error>, accuracy: Accuracy) -> Ball {
    match found {
        Ok(x) => {
            assert!(accuracy.is_met_by(&x), "{x} is not accurate to {accuracy:?}");
            x
        }
        Err(Error::AccuracyNotReached { best, .. }) => *best,
        Err(other) => panic!("{other}"),
    }
}

fn points() -> impl Strategy<Value = Points> {
    let coordinate = prop_oneof![(-3i64..4).prop_map(|n| (n, 1)), (-99i64..100, 1i64..40)];
    let rows = (2usize..5)
        .prop_flat_map(move |d| prop::collection::vec(prop::collection::vec(coordinate.clone(), d), 1..9));
    rows.prop_filter_map("a point at the origin", |rows| {
        let number = |(n, d): (i64, i64)| BigRational::new(n.into(), d.into());
        let rows: Vec<Vec<BigRational>> =
            rows.into_iter().map(|row| row.into_iter().map(number).collect()).collect();
        let zero = BigRational::new(0.into(), 1.into());
        if rows.iter().any(|row| row.iter().all(|x| *x == zero)) { None } else { Points::new(rows).ok() }
    })
}

/// Every entry of `coarse` holds that of `fine` and is as accurate as asked, relative to `√(K_ii K_jj)`.
fn compare_entries(coarse: &GramMatrix, fine: &GramMatrix) -> Result<(), TestCaseError> {
    let accuracy = coarse.accuracy();
    let unit = |i: usize, j: usize| match accuracy.is_absolute() {
        true => Ball::from_integer(1, 64),
        false => (fine.get(i, i) * fine.get(j, j)).sqrt(),
    };
    let tenth = Ball::from_rational(&super::q(&format!("1e-{}", accuracy.digits())), 64);
    for i in 0..fine.len() {
        for j in 0..=i {
            let (x, y) = (coarse.get(i, j), fine.get(i, j));
            prop_assert!(holds(&x, &y), "K({}, {}) is {}, not {}", i, j, x, y);
            prop_assert!(x.radius() <= (unit(i, j) * &tenth).magnitude(), "K({}, {}) is {}", i, j, x);
        }
    }
    prop_assert!(holds(&coarse.trace(), &fine.trace()));
    Ok(())
}

proptest! {
    #![proptest_config(ntk_testing::cases(12))]

    #[test]
    fn matrices_and_eigenvalues(
        name in prop::sample::select(NAMES.to_vec()), setting in 0..SETTINGS.len(), depth in 1usize..3, nngp in any::<bool>(),
        points in points(), sphere in any::<bool>(), asked in prop::collection::vec((1u32..15, any::<bool>()), 3),
    ) {
        let network = network(name, SETTINGS[setting], depth);
        let kernel = if nngp { Kernel::Nngp } else { Kernel::Ntk };
        let matrix = |accuracy| match sphere {
            true => GramMatrix::on_sphere(&network, kernel, &points, accuracy),
            false => GramMatrix::new(&network, kernel, &points, accuracy),
        };
        // What cannot be had to many digits: tanh and its like for points that are close.
        let Ok(fine) = matrix(relative(MANY)) else { return Ok(()) };
        let truth = [smallest_eigenvalue, largest_eigenvalue, effective_rank].map(|f| best(f(&fine, relative(20)), relative(20)));
        for (digits, absolute) in asked {
            let accuracy = if absolute { Accuracy::absolute(digits).unwrap() } else { relative(digits) };
            // No precision within the limits has digits after the point of a number of thousands of digits.
            let coarse = match matrix(accuracy) {
                Err(Error::AccuracyNotReached { .. }) if absolute && fine.trace().lower() > 1e300 => continue,
                other => other.unwrap(),
            };
            compare_entries(&coarse, &fine)?;
            for (f, truth) in [smallest_eigenvalue, largest_eigenvalue, effective_rank].into_iter().zip(&truth) {
                for accuracy in [accuracy, relative(1), relative(digits + 1)] {
                    let found = best(f(&coarse, accuracy), accuracy);
                    prop_assert!(holds(&found, truth), "{} points to {:?}: {} and {}", points.len(), accuracy, found, truth);
                }
            }
            if !coarse.is_on_sphere() {
                continue;
            }
            let smallest = &truth[0];
            for bound in eigenvalue_bounds(&coarse, coarse.accuracy()).unwrap() {
                let good = match bound.method.is_upper() {
                    true => bound.value.upper() >= smallest.lower(),
                    false => bound.value.lower() <= smallest.upper(),
                };
                prop_assert!(good, "{:?} is no bound of {}", bound, smallest);
            }
            let rank = &truth[2];
            let series = network.series(kernel, Convention::Standard, 0, relative(digits)).unwrap();
            if let Some(bound) = effective_rank_bound(&series) {
                prop_assert!(bound.upper() >= rank.lower(), "{} is no bound of the rank {}", bound, rank);
            }
            for ceiling in eigenvalue_ceilings(&coarse, 40, coarse.accuracy()).unwrap() {
                prop_assert!(ceiling.value.upper() >= smallest.lower(), "{:?} is no bound of {}", ceiling, smallest);
            }
            let [ours, theirs] = [&coarse, &fine].map(|gram| centred_effective_rank_bound(gram, accuracy));
            if let (Ok(Some(x)), Ok(Some(y))) = (ours, theirs) {
                prop_assert!(x.overlaps(&y), "{} and {}", x, y);
            }
        }
    }
}

/// An entry near 7·10^20 has its digits after the point too.
#[test]
fn absolute_digits_of_huge_entries() {
    let network = network("exp(1/4)", SETTINGS[1], 2);
    let points = Points::new(vec![vec![q("0"), q("5")], vec![q("1"), q("4")]]).unwrap();
    for kernel in [Kernel::Ntk, Kernel::Nngp] {
        let fine = GramMatrix::new(&network, kernel, &points, relative(60)).unwrap();
        assert!(fine.get(0, 0).lower() > 1e12);
        for digits in [1, 3, 10, 13, 14, 25] {
            let coarse =
                GramMatrix::new(&network, kernel, &points, Accuracy::absolute(digits).unwrap()).unwrap();
            compare_entries(&coarse, &fine).unwrap();
        }
    }
}

/// Directions on the circle and in space, all of one norm, a few close to each other.
fn many_points(count: usize, dimension: usize) -> Points {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        BigRational::from_integer(((state >> 44) as i64 - (1 << 19)).into())
    };
    let mut rows: Vec<Vec<BigRational>> = vec![];
    for i in 0..count {
        let mut row: Vec<BigRational> = (0..dimension).map(|_| next()).collect();
        if i % 7 == 6 {
            row.clone_from(&rows[i - 1]);
            row[0] += BigRational::new(1.into(), (1i64 << (i % 40)).into());
        }
        rows.push(row);
    }
    Points::new(rows).unwrap()
}

/// From 48 points on, and to 27 digits at most, the kernel is interpolated and the entries are kept in fixed point.
#[test]
fn tables_of_the_kernel_and_entries_one_by_one() {
    for (name, depth) in [("relu", 1), ("gelu", 2)] {
        let network = network(name, SETTINGS[0], depth);
        for count in [47, 48] {
            let points = many_points(count, 5);
            let at =
                |digits| GramMatrix::on_sphere(&network, Kernel::Ntk, &points, relative(digits)).unwrap();
            let fine = at(MANY);
            let truth =
                [smallest_eigenvalue, largest_eigenvalue].map(|f| best(f(&fine, relative(15)), relative(15)));
            for digits in [1, 14, 27, 28] {
                let coarse = at(digits);
                compare_entries(&coarse, &fine)
                    .unwrap_or_else(|e| panic!("{name}, {count} points, {digits} digits: {e}"));
                for (f, truth) in [smallest_eigenvalue, largest_eigenvalue].into_iter().zip(&truth) {
                    let accuracy = relative(digits.min(10));
                    let found = best(f(&coarse, accuracy), accuracy);
                    assert!(
                        holds(&found, truth),
                        "{name}, {count} points, {digits} digits: {found} and {truth}"
                    );
                }
                for bound in eigenvalue_bounds(&coarse, coarse.accuracy()).unwrap() {
                    let good = match bound.method.is_upper() {
                        true => bound.value.upper() >= truth[0].lower(),
                        false => bound.value.lower() <= truth[0].upper(),
                    };
                    assert!(
                        good,
                        "{name}, {count} points, {digits} digits: {bound:?} is no bound of {}",
                        truth[0]
                    );
                }
            }
        }
    }
}
