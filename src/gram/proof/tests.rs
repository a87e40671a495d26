//! Proofs in integers for matrices whose entries are as uncertain as they are large, checked again in exact arithmetic.

use num_traits::Zero;

use super::*;
use crate::gram::Points;
use crate::gram::entries::{Entries, pairs};
use crate::kernel::Kernel;
use crate::network::samples::normalized;

/// A matrix with these entries, on points that do not matter.
fn matrix(n: usize, entry: impl Fn(usize, usize) -> Ball) -> GramMatrix {
    let rows: Vec<String> = (0..n).map(|i| format!("{},1", i)).collect();
    let points = Points::from_csv(&rows.join("\n")).unwrap();
    let accuracy = Accuracy::relative(3).unwrap();
    let gram = GramMatrix::on_sphere(&normalized("relu", 1), Kernel::Nngp, &points, accuracy).unwrap();
    gram.with_entries(Entries::Balls(pairs(n).map(|(i, j)| entry(i, j)).collect()))
}

fn ball(mid: i64, rad: i64, shift: i32) -> Ball {
    Ball::from_integer(mid, 64).widened(Mag::from_usize(rad as usize)).shl(-shift)
}

fn rational(x: &Float) -> Rational {
    x.to_rational().unwrap()
}

/// `K - bound I - L Lᵀ` in rationals: its diagonal at the lower end of every entry, less what is beside it at the
/// larger end.
fn least_dominance(gram: &GramMatrix, bound: &GramBound) -> Rational {
    let n = gram.len();
    let unit = Rational::from(Integer::from(1) << (2 * bound.exponent));
    let rows: Vec<Vec<Integer>> = bound
        .rows
        .iter()
        .map(|row| row.iter().map(crate::number::rational::integer_to_gmp).collect())
        .collect();
    let lower = crate::number::rational::rational_to_gmp(&bound.lower_bound);
    let mut room = vec![Rational::new(); n];
    for (i, j) in pairs(n) {
        let product = (0..=j).fold(Integer::new(), |mut sum, k| {
            sum += &rows[i][k] * &rows[j][k];
            sum
        });
        let entry = gram.get(i, j);
        let gap = rational(entry.midpoint()) - Rational::from(product) / &unit;
        let radius = rational(&entry.radius().to_float());
        if i == j {
            room[i] += gap - radius - &lower;
        } else {
            let most = gap.abs() + radius;
            room[i] -= &most;
            room[j] -= most;
        }
    }
    room.into_iter().min().unwrap()
}

/// Orders on both sides of every size at which the factor is formed in another way, factors of the first levels.
#[test]
fn proofs_pay_for_every_member() {
    for (n, levels) in [(1, 2), (2, 3), (5, 3), (33, 2), (65, 2), (90, 1), (257, 1)] {
        // The radius is as large as the midpoint; all together they take half of the diagonal.
        let scale = 4 * n as i64;
        for off in [1, -1, 0] {
            let gram = matrix(n, |i, j| match i == j {
                true => ball(2 * scale, 1 + (i % 3) as i64, 6),
                false => ball(if off == 0 { (i + 2 * j) as i64 % 3 - 1 } else { off }, 1, 6),
            });
            for level in &LEVELS[..levels] {
                let fixed = Fixed::new(&gram, *level, largest_diagonal(&gram));
                let mut upper = smallest_diagonal(&gram);
                let bound = fixed.smallest(&mut upper, 5).unwrap();
                let room = least_dominance(&gram, &bound);
                // n · 2^(2 - level) · max |K|.
                let margin = rational(&largest_diagonal(&gram).to_float()) * n as u32
                    / Rational::from(Integer::from(1) << (level - 2));
                assert!(
                    room >= margin * Rational::from((999, 1000)),
                    "order {n}, level {level}: {}",
                    room.to_f64()
                );
                // At least a third of what dominance alone says.
                let lower = crate::number::rational::rational_to_gmp(&bound.lower_bound);
                assert!(
                    !bound.lower_bound.is_zero() && lower >= Rational::from((2 * scale, 3 * 64)) / 2u32,
                    "order {n}: {lower}"
                );
            }
        }
    }
}

/// `c I + b (1 1ᵀ - I)`, every entry off by `r` to the same side: the eigenvalues are `c ± r ∓ (b ± r)` and with `n (b
/// ± r)` more.
#[test]
fn ends_of_equal_entries_are_bounded() {
    for n in [2usize, 3, 31, 66] {
        let m = n as i64;
        let (c, b, r) = (16 * m, 2, 2);
        let whole = |x: i64| Rational::from((x, 64));
        let above = matrix(n, |i, j| ball(if i == j { c } else { b }, r, 6));
        let largest = whole(c + r + (m - 1) * (b + r));
        let fixed = Fixed::new(&above, 62, above.trace().magnitude().shl(1));
        let shift = Float::with_val(64, c + m * (b + r) + m) / 64;
        let bound = fixed.bound_above(&shift).unwrap();
        assert!(bound >= largest, "order {n}: {bound} below {largest}");
        assert!(bound <= (&largest * Rational::from((5, 4))), "order {n}: {bound} for {largest}");

        let below = matrix(n, |i, j| ball(if i == j { c } else { -b }, r, 6));
        let smallest = whole(c - r - (m - 1) * (b + r));
        let bound = Fixed::new(&below, 62, largest_diagonal(&below))
            .smallest(&mut smallest_diagonal(&below), 5)
            .unwrap();
        let bound = crate::number::rational::rational_to_gmp(&bound.lower_bound);
        assert!(
            bound <= smallest && bound >= (&smallest * Rational::from((9, 10))),
            "order {n}: {bound} {smallest}"
        );
    }
}

/// Every member of a ball is within the error of its integer.
#[test]
fn units_hold_the_ends() {
    for mid in [-7i64, -1, 0, 1, 3, 1 << 40] {
        for (rad, down) in [(0usize, 0i64), (1, 0), (1, 9), (5, 3), (7, -2), (1, 60)] {
            for at in [0, 3, 9, 40] {
                let x = Ball::from_integer(mid, 64).shl(-at).widened(Mag::from_usize(rad).shl(-down));
                for shift in [0u32, 1, 8, 30] {
                    let (n, error) = to_units(&x, shift);
                    let radius = rational(&x.radius().to_float());
                    for end in [rational(x.midpoint()) - &radius, rational(x.midpoint()) + &radius] {
                        let gap = (end * Rational::from(Integer::from(1) << shift) - &n).abs();
                        assert!(gap <= error, "{x} 2^{shift}: {n} ± {error} misses by {gap}");
                    }
                    assert!(radius * Rational::from(Integer::from(1) << shift) + 2u32 >= error);
                }
            }
        }
    }
}
