//! Enclosures at the ends of what they are made of: every entry of the matrix at an end of its ball, all errors of full
//! size, and the truth in rational numbers.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use proptest::prelude::*;
use rug::{Float, Rational};

use super::super::build::Builder;
use super::super::entries::{Entries, FixedEntries, pairs};
use super::super::{GramMatrix, Points};
use super::*;
use crate::kernel::Kernel;
use crate::network::samples::normalized;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};
use crate::number::{Accuracy, Ball};

type Table = Vec<Vec<BigRational>>;

fn integer(n: i64) -> BigRational {
    BigRational::from_integer(n.into())
}

fn power(exp: i32) -> BigRational {
    match exp < 0 {
        true => BigRational::new(BigInt::one(), BigInt::one() << exp.unsigned_abs()),
        false => BigRational::from_integer(BigInt::one() << exp.unsigned_abs()),
    }
}

/// The balls that have the true entries at their upper ends, or their lower ones, as `sides` says.
fn balls(truth: &Table, radius: Option<i32>, sides: &[bool]) -> Vec<Ball> {
    let ball = |(k, (i, j)): (usize, (usize, usize))| {
        let exact = Ball::from_rational(&truth[i][j], 400);
        let Some(radius) = radius else { return exact };
        let off = Ball::from_integer(1, 400).shl(radius);
        let middle = if sides[k % sides.len()] { exact - off } else { exact + off };
        middle.widened(Mag::pow2(radius.into()))
    };
    pairs(truth.len()).enumerate().map(ball).collect()
}

/// As balls, or in fixed point of 128 bits.
fn entries(truth: &Table, radius: Option<i32>, sides: &[bool], fixed: bool) -> Entries {
    let balls = balls(truth, radius, sides);
    if !fixed {
        return Entries::Balls(balls);
    }
    let mut out = FixedEntries::new(truth.len(), 100, Ball::whole_line(64));
    pairs(truth.len()).zip(&balls).for_each(|((i, j), x)| out.set(i, j, x));
    Entries::Fixed(out)
}

/// `G Gᵀ + I` for integers: no eigenvalue is below 1.
fn positive(n: usize, g: &[i64]) -> Table {
    let entry = |i: usize, j: usize| {
        let sum: i64 = (0..n).map(|k| g[(i * n + k) % g.len()] * g[(j * n + k + 1) % g.len()]).sum();
        let turned: i64 = (0..n).map(|k| g[(j * n + k) % g.len()] * g[(i * n + k + 1) % g.len()]).sum();
        sum + turned
    };
    // Symmetric, and made dominant by its diagonal.
    let off = |i: usize| (0..n).filter(|j| *j != i).map(|j| entry(i, j).abs()).sum::<i64>();
    let row = |i: usize| (0..n).map(|j| integer(if i == j { off(i) + 1 } else { entry(i, j) })).collect();
    (0..n).map(row).collect()
}

fn times(a: &Table, v: &[BigRational]) -> Vec<BigRational> {
    a.iter().map(|row| row.iter().zip(v).map(|(a, v)| a * v).sum()).collect()
}

fn solved(a: &Table, b: &[BigRational]) -> Vec<BigRational> {
    let (mut a, mut b, n) = (a.clone(), b.to_vec(), b.len());
    for i in 0..n {
        for k in (0..n).filter(|k| *k != i) {
            let factor = &a[k][i] / &a[i][i];
            let row = a[i].clone();
            a[k].iter_mut().zip(&row).for_each(|(x, y)| *x -= &factor * y);
            let take = &factor * &b[i];
            b[k] -= take;
        }
    }
    (0..n).map(|i| &b[i] / &a[i][i]).collect()
}

fn with_ridge(a: &Table, ridge: &Rational) -> Table {
    let mut a = a.clone();
    (0..a.len()).for_each(|i| a[i][i] += rational_from_gmp(ridge));
    a
}

fn values(v: &Vector) -> Vec<BigRational> {
    v.entries.iter().map(|x| rational_from_gmp(&(Rational::from(x) >> v.bits))).collect()
}

/// Is the 2-norm of the difference at most this?
fn is_within(v: &Vector, truth: &[BigRational], error: Mag) -> bool {
    if !error.is_finite() {
        return true;
    }
    let square: BigRational = values(v).iter().zip(truth).map(|(x, y)| (x - y) * (x - y)).sum();
    let error = error.to_float().to_rational().unwrap();
    square <= rational_from_gmp(&error.square())
}

fn known(truth: &[BigRational], radius: Option<i32>, sides: &[bool]) -> Known {
    let step = radius.map_or_else(BigRational::zero, power);
    let off = |(i, x): (usize, &BigRational)| if sides[i % sides.len()] { x - &step } else { x + &step };
    let middle: Vec<BigRational> = truth.iter().enumerate().map(off).collect();
    let mut out = Known::of_rationals(&middle, 300);
    out.error = out.error + radius.map_or(Mag::ZERO, |r| Mag::from_usize(truth.len()).sqrt().shl(r.into()));
    out
}

fn radii() -> impl Strategy<Value = Option<i32>> {
    prop_oneof![Just(None), (-200i32..-60).prop_map(Some), (-60i32..8).prop_map(Some)]
}

proptest! {
    #![proptest_config(ntk_testing::cases(96))]

    #[test]
    fn residuals_are_within_their_errors(
        n in 1usize..6, g in prop::collection::vec(-9i64..=9, 30), v in prop::collection::vec(any::<i64>(), 6),
        bits in 0u32..90, b in prop::collection::vec(-50i64..50, 6), radius in radii(), right in radii(),
        sides in prop::collection::vec(any::<bool>(), 1..8), ridge in 0u32..4, fixed: bool,
    ) {
        let truth = positive(n, &g);
        let entries = entries(&truth, radius, &sides, fixed);
        let matrix = Matrix::new(&entries, n);
        let ridge = Rational::from((ridge, 7));
        let b: Vec<BigRational> = b[..n].iter().map(|x| BigRational::new((*x).into(), 3.into())).collect();
        let v = Vector { entries: v[..n].iter().map(|x| (*x).into()).collect(), bits };
        let found = matrix.residual(&known(&b, right, &sides), &v, &ridge);
        let product = times(&with_ridge(&truth, &ridge), &values(&v));
        let residual: Vec<BigRational> = b.iter().zip(product).map(|(b, p)| b - p).collect();
        prop_assert!(is_within(&found.vector, &residual, found.error));
        if radius.is_none() && right.is_none() {
            prop_assert!(found.error <= v.norm().shl(-60) + Mag::pow2(-60));
        }
    }

    #[test]
    fn solutions_are_within_their_errors(
        n in 1usize..6, g in prop::collection::vec(-9i64..=9, 30), b in prop::collection::vec(-50i64..50, 6),
        radius in prop_oneof![Just(None), (-300i32..-5).prop_map(Some)], right in radii(),
        sides in prop::collection::vec(any::<bool>(), 1..8), ridge in 0u32..4, fixed: bool, long: bool, goal in -300i64..10,
    ) {
        let truth = positive(n, &g);
        let entries = entries(&truth, radius, &sides, fixed);
        let matrix = Matrix::new(&entries, n);
        let ridge = Rational::from((ridge, 7));
        // The truth's eigenvalues are at least 1.
        let system = System::new(&matrix, &ridge, &Float::with_val(53, 1), long).unwrap();
        let b: Vec<BigRational> = b[..n].iter().map(|x| integer(*x)).collect();
        let right = known(&b, right, &sides);
        let found = system.solve(&right, Mag::pow2(goal));
        let exact = solved(&with_ridge(&truth, &ridge), &b);
        prop_assert!(is_within(&found.vector, &exact, system.solution_of(found.size)));
        // As good as the errors allow, or as asked.
        prop_assert!(!system.is_stuck(&found) || found.size <= Mag::pow2(goal));
    }

    #[test]
    fn determinants_are_enclosed(
        n in 1usize..6, g in prop::collection::vec(-9i64..=9, 30), radius in prop_oneof![Just(None), (-300i32..-5).prop_map(Some)],
        sides in prop::collection::vec(any::<bool>(), 1..8), ridge in 0u32..4, fixed: bool, bits in 4u32..200,
    ) {
        let truth = positive(n, &g);
        let entries = entries(&truth, radius, &sides, fixed);
        let matrix = Matrix::new(&entries, n);
        let ridge = Rational::from((ridge, 7));
        let found = log_determinant(&matrix, &ridge, &Float::with_val(53, 1), bits).unwrap();
        let exact = Ball::from_rational(&determinant(with_ridge(&truth, &ridge)), 600).ln();
        let middle = exact.midpoint_rational().unwrap();
        prop_assert!(found.widened(exact.radius()).contains_rational(&middle), "{} misses {}", found, exact);
        if radius.is_none_or(|r| r < -250) && !fixed {
            prop_assert!(found.radius() <= Mag::pow2(-i64::from(bits) + 2), "{}", found);
        }
    }

    /// Two eigenvalues, one of them perhaps zero, and a rational rotation: the integral has a formula.
    #[test]
    fn flows_are_within_their_errors(
        a in 0i64..50, b in 0i64..50, scale in -30i32..30, radius in prop_oneof![Just(None), (-300i32..-40).prop_map(Some)],
        sides in prop::collection::vec(any::<bool>(), 1..8), fixed: bool, time in -40i32..50, odd in 1i64..9,
        bits in 2u32..150, v in prop::array::uniform2(-9i64..9), ridge in 0u32..2, right in radii(),
    ) {
        let (c, s) = (BigRational::new(3.into(), 5.into()), BigRational::new(4.into(), 5.into()));
        let [a, b] = [a, b].map(|x| integer(x) * power(scale.min(20)));
        let truth = vec![
            vec![&c * &c * &a + &s * &s * &b, &c * &s * (&a - &b)],
            vec![&c * &s * (&a - &b), &s * &s * &a + &c * &c * &b],
        ];
        // No entry is exact, in binary: their balls are.
        let entries = entries(&truth, radius.or(Some(-350)), &sides, fixed);
        let matrix = Matrix::new(&entries, 2);
        let ridge = Rational::from((ridge, 7));
        let time = integer(odd) / integer(3) * power(time);
        let flow = Flow::new(&matrix, &ridge, &rational_to_gmp(&time), bits).unwrap();
        let v = v.map(integer);
        let found = flow.apply(&known(&v, right, &sides));
        let long = |x: &BigRational| Ball::from_rational(x, 900);
        let t = long(&time);
        let mean = |x: &BigRational| {
            let x = long(&(x + rational_from_gmp(&ridge)));
            if x.is_exact_zero() { t.clone() } else { -(-(&x * &t)).exp_m1() / &x }
        };
        let [x, y] = [&c * &v[0] + &s * &v[1], &c * &v[1] - &s * &v[0]];
        // Q diag Qᵀ v with the columns (c, s) for a and (-s, c) for b.
        let (x, y) = (mean(&a) * long(&x), mean(&b) * long(&y));
        let exact = [long(&c) * &x - long(&s) * &y, long(&s) * &x + long(&c) * &y];
        let exact: Vec<BigRational> = exact.iter().map(|x| x.midpoint_rational().unwrap()).collect();
        let room = Mag::pow2(-600);
        prop_assert!(is_within(&found.vector, &exact, found.error + room), "{:?}", exact);
        if radius.is_none() && right.is_none() && !fixed {
            prop_assert!(found.error <= Mag::pow2(8 - i64::from(bits)), "{}", found.error.to_float());
        }
    }

    #[test]
    fn doubles_prove_no_more_than_is_true(
        a in 1i64..50, b in 1i64..50, shrink in 0i32..60, radius in prop_oneof![Just(None), (-80i32..-3).prop_map(Some)],
        sides in prop::collection::vec(any::<bool>(), 1..4),
    ) {
        let (c, s) = (BigRational::new(3.into(), 5.into()), BigRational::new(4.into(), 5.into()));
        let (a, b) = (integer(a) * power(-shrink), integer(b));
        let truth = vec![
            vec![&c * &c * &a + &s * &s * &b, &c * &s * (&a - &b)],
            vec![&c * &s * (&a - &b), &s * &s * &a + &c * &c * &b],
        ];
        let entries = entries(&truth, radius.or(Some(-200)), &sides, false);
        let found = smallest_in_doubles(&Matrix::new(&entries, 2));
        let least = a.clone().min(b);
        match &found {
            Some(bound) => prop_assert!(rational_from_gmp(&bound.to_rational().unwrap()) <= least),
            None => prop_assert!(shrink > 30 || radius.is_some_and(|r| r > -40 - shrink), "{}", least),
        }
        if let (Some(bound), true) = (found, shrink < 30 && radius.is_none_or(|r| r < -60)) {
            prop_assert!(rational_from_gmp(&bound.to_rational().unwrap()) * integer(3) > least);
        }
    }

    /// Off the sphere, as balls and in fixed point: all hold the kernel to 50 digits.
    #[test]
    fn blocks_hold_the_kernel(
        rows in prop::collection::vec(prop::array::uniform2((-9i64..=9, 1i64..4)), 3..7), digits in 1u32..40, depth in 1usize..3,
    ) {
        let row = |row: &[(i64, i64); 2]| row.map(|(a, b)| BigRational::new(a.into(), b.into())).to_vec();
        let points = Points::new(rows.iter().map(row).collect()).unwrap();
        let network = normalized("relu", depth);
        let fine = GramMatrix::new(&network, Kernel::Ntk, &points, Accuracy::relative(50).unwrap()).unwrap();
        let (all, n) = (points.len(), points.len() - 2);
        let accuracy = Accuracy::relative(digits).unwrap();
        let block = Block::new(&network, Kernel::Ntk, &points, n, accuracy).unwrap();
        let exact = |i: usize, j: usize| fine.get(i, j).midpoint_rational().unwrap();
        let slack = |i: usize, j: usize| fine.get(i, j).radius();
        let matrix = block.matrix();
        for j in 0..2 {
            let Known { vector, error } = block.cross(j);
            let truth: Vec<BigRational> = (0..n).map(|i| exact(n + j, i)).collect();
            let room = (0..n).fold(Mag::ZERO, |m, i| m + slack(n + j, i));
            prop_assert!(is_within(&vector, &truth, error + room));
            prop_assert!(block.own(j).widened(slack(n + j, n + j)).contains_rational(&exact(n + j, n + j)));
        }
        for j in 0..n {
            // Column j of the matrix.
            let e = Known::unit(n, j);
            let column = matrix.residual(&Known { vector: Vector::zero(n), error: Mag::ZERO }, &e.vector, &Rational::new());
            let truth: Vec<BigRational> = (0..n).map(|i| -exact(i, j)).collect();
            let room = (0..n).fold(Mag::ZERO, |m, i| m + slack(i, j));
            prop_assert!(is_within(&column.vector, &truth, column.error + room));
        }
        let compact = Builder::new(&network, Kernel::Ntk, &points, accuracy, false).compact().unwrap();
        prop_assert_eq!(compact.is_some(), digits <= 27);
        if let Some((fixed, diagonal)) = compact {
            for (i, j) in pairs(all) {
                let value = if i == j { diagonal[i].clone() } else { fixed.ball(fixed.row(i)[j]) };
                prop_assert!(value.widened(slack(i, j)).contains_rational(&exact(i, j)));
                prop_assert!(fixed.ball(fixed.row(i)[j]).widened(slack(i, j)).contains_rational(&exact(i, j)));
            }
        }
    }
}

fn determinant(mut a: Table) -> BigRational {
    let n = a.len();
    let mut out = BigRational::one();
    for i in 0..n {
        out *= &a[i][i];
        for k in i + 1..n {
            let factor = &a[k][i] / &a[i][i];
            let row = a[i].clone();
            a[k].iter_mut().zip(&row).for_each(|(x, y)| *x -= &factor * y);
        }
    }
    out
}

/// What doubles cannot factor: a Hilbert matrix of order 20, with a condition number of about 10^28.
#[test]
fn long_factors_take_over() {
    let n = 20;
    let truth: Table = (0..n)
        .map(|i| (0..n).map(|j| BigRational::new(1.into(), ((i + j + 1) as i64).into())).collect())
        .collect();
    let entries = entries(&truth, Some(-330), &[true, false, false], false);
    let matrix = Matrix::new(&entries, n);
    assert!(smallest_in_doubles(&matrix).is_none());
    // Its smallest eigenvalue is about 7.8e-29.
    let system = System::new(&matrix, &Rational::new(), &Float::with_val(53, 7e-29), false).unwrap();
    assert!(!system.is_short());
    let b: Vec<BigRational> = (0..n).map(|i| integer(i as i64 - 3)).collect();
    let found = system.solve(&Known::of_rationals(&b, 300), Mag::ZERO);
    let error = system.solution_of(found.size);
    assert!(is_within(&found.vector, &solved(&truth, &b), error));
    assert!(error <= found.vector.norm().shl(-200) && !system.is_stuck(&found));
}
