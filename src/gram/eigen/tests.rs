//! Both ends of the spectrum of matrices whose entries are as uncertain as the gap between their eigenvalues.

use rug::Integer;

use super::*;
use crate::Kernel;
use crate::gram::Points;
use crate::gram::entries::{FixedEntries, pairs};
use crate::network::samples::{normalized, uniform};

/// `c` on the diagonal and `b` beside it, each off by `r`, in units of `2^-10`.
fn equal_entries(n: usize, [c, b, r]: [i64; 3], fixed: bool) -> Entries {
    let ball = |x: i64| Ball::from_integer(x, 80).shl(-10).widened(Mag::from_usize(r as usize).shl(-10));
    if !fixed {
        return Entries::Balls(pairs(n).map(|(i, j)| ball(if i == j { c } else { b })).collect());
    }
    let mut out = FixedEntries::new(n, 100, ball(c));
    pairs(n).for_each(|(i, j)| out.set(i, j, &ball(if i == j { c } else { b })));
    Entries::Fixed(out)
}

/// `λ_max` with `b > 0`, `λ_min` with `b < 0`: `c + (n-1) b`, and at the worst `n r` off. Orders around the tiles of
/// the factor.
#[test]
fn errors_of_one_sign_move_both_ends() {
    for n in [2usize, 3, 31, 33, 191, 192, 193] {
        for fixed in [false, true] {
            let m = n as i64;
            for r in [0, 1, 3] {
                for (sign, end) in [(1, End::Largest), (-1, End::Smallest)] {
                    let (c, b) = (16 * m, 2);
                    let entries = equal_entries(n, [c, sign * b, r], fixed);
                    let (found, distance) = of_entries(&entries, n, 40, end);
                    let found = found.unwrap();
                    for side in [-1, 0, 1] {
                        let truth = Ball::from_integer(c + sign * (m - 1) * b + side * m * r, 80).shl(-10);
                        assert!(
                            found.contains(&truth),
                            "order {n}, {end:?}, {fixed}: {found} misses {truth}"
                        );
                    }
                    let most = Mag::from_usize(n * r as usize).shl(-10) * Mag::from_f64(4.0) + Mag::pow2(-30);
                    assert!(
                        found.radius() <= most && distance <= most,
                        "order {n}, {end:?}, {fixed}: {found}"
                    );
                }
            }
        }
    }
}

/// Products with entries as large as fixed point holds, all roundings of one sign, against exact ones.
#[test]
fn products_in_fixed_point_are_within_their_error() {
    for n in [1usize, 2, 50] {
        let mut entries = FixedEntries::new(n, 110, Ball::from_integer(1, 64));
        let value = |i: usize, j: usize| (1i128 << 121) - 1 - ((i * 7 + j * 13) as i128) * (1i128 << 60) - 3;
        entries.rows_mut().into_iter().enumerate().for_each(|(i, row)| {
            row.iter_mut()
                .enumerate()
                .for_each(|(j, x)| *x = if (i + j) % 3 == 2 { -value(i, j) } else { value(i, j) });
        });
        let row_of = |i: usize, j: usize| entries.row(i.max(j))[i.min(j)];
        for bits in [1u32, 54, 55, 56, 110, 160] {
            let v: Vec<Integer> = (0..n)
                .map(|i| {
                    ((Integer::from(1) << bits) - 1 - (i as u32)) * if i.is_multiple_of(2) { 1 } else { -1 }
                })
                .collect();
            let scaled = Scaled::Short(&entries);
            let (found, error) = scaled.apply(&v);
            for (i, found) in found.iter().enumerate() {
                let exact = (0..n).fold(Integer::new(), |sum, j| sum + &v[j] * Integer::from(row_of(i, j)));
                let gap = Integer::from(&exact - found).abs();
                assert!(gap <= error, "order {n}, {bits} bits: {gap} {error}");
            }
            // The quotient of the midpoints, exactly.
            let (quotient, _) = scaled.quotient(&v);
            let dot = |x: &[Integer], y: &[Integer]| {
                x.iter().zip(y).fold(Integer::new(), |sum, (x, y)| sum + x * y)
            };
            let product: Vec<Integer> = (0..n)
                .map(|i| (0..n).fold(Integer::new(), |sum, j| sum + &v[j] * Integer::from(row_of(i, j))))
                .collect();
            let truth = rug::Rational::from((dot(&v, &product), dot(&v, &v) << 110u32));
            let truth = crate::number::rational::rational_from_gmp(&truth);
            assert!(quotient.value.contains_rational(&truth), "order {n}, {bits} bits");
            assert!(quotient.value.radius() < Mag::pow2(-30));
        }
    }
}

#[test]
fn false_eigenvalues_are_not_handed_out() {
    let accuracy = Accuracy::relative(10).unwrap();
    let points = Points::from_csv("1, 0\n0, 1\n1, 1").unwrap();
    let gram = GramMatrix::on_sphere(&normalized("relu", 1), Kernel::Ntk, &points, accuracy).unwrap();
    // Θ(1) = 2 on the diagonal, so 6 is the trace.
    let check = |text: &str, end| {
        let ball = Ball::from_rational(&crate::number::parse_rational(text).unwrap(), 64);
        let refused = Error::AccuracyNotReached { what: String::new(), best: Box::new(ball.clone()) };
        let outcomes = [checked(&gram, Ok(ball), end), checked(&gram, Err(refused), end)];
        outcomes.map(|outcome| matches!(outcome, Err(Error::Inconsistent { .. })))
    };
    for (text, end) in
        [("-1/9", End::Smallest), ("2.01", End::Smallest), ("1.99", End::Largest), ("6.1", End::Largest)]
    {
        assert_eq!(check(text, end), [true, true], "{text}");
    }
    assert_eq!(check("1.9", End::Smallest), [false, false]);
    assert_eq!(check("2.1", End::Largest), [false, false]);
}

/// Entries from 1 to 10^12759 and to a power of ten of millions: the largest says everything of the largest eigenvalue.
#[test]
fn entries_of_all_sizes() {
    let network = uniform("exp(1/4)", 2, "3", ["3/2", "1/3"]);
    for (third, far) in [("28/3", false), ("11", true)] {
        let points = Points::from_csv(&format!("27/7,3\n-30/23,-23/12\n-51/31,{third}\n2,3")).unwrap();
        let accuracy = Accuracy::relative(7).unwrap();
        let gram = GramMatrix::new(&network, Kernel::Nngp, &points, accuracy).unwrap();
        let found = largest_eigenvalue(&gram, accuracy).unwrap();
        let most = gram.get(2, 2);
        assert!(found.overlaps(&most) && accuracy.is_met_by(&found), "{found} {most}");
        if far {
            let Err(Error::AccuracyNotReached { best, .. }) = smallest_eigenvalue(&gram, accuracy) else {
                panic!()
            };
            assert!(best.contains_zero() && best.magnitude() <= gram.get(1, 1).magnitude().shl(1), "{best}");
        }
    }
}
