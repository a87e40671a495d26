//! Gauss–Legendre rules on `[-1, 1]`, certified.
//!
//! Roots are found by Newton's iteration and proved by a sign change of `P_n` around each: `n` sign changes in disjoint
//! intervals account for all roots. The weight at a root is `2(1 - x²)/(n P_{n-1}(x))²`. The three-term recurrence on
//! balls loses at most a factor `1 + √2` per step, for which there are guard bits.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use rug::Float;

use crate::number::{Ball, Mag};

/// A positive root and its weight.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub x: Ball,
    pub weight: Ball,
}

/// The rules found so far, by their number of nodes, each with its precision.
type Table = Mutex<HashMap<u32, (u32, Arc<Vec<Root>>)>>;

/// The positive roots of `P_n`, `n` even, and their weights, to about `precision` bits; kept for the life of the
/// process. `None` if a root cannot be certified.
pub(crate) fn rule(n: u32, precision: u32) -> Option<Arc<Vec<Root>>> {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(Table::default);
    // A panic elsewhere leaves the table whole: entries are inserted complete.
    let lock = || table.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some((known, roots)) = lock().get(&n)
        && *known >= precision
    {
        return Some(roots.clone());
    }
    let roots = Arc::new(compute(n, precision)?);
    lock().insert(n, (precision, roots.clone()));
    Some(roots)
}

fn compute(n: u32, precision: u32) -> Option<Vec<Root>> {
    // log2(1 + √2) < 1.28.
    let loss = n + n.div_ceil(3);
    let tight = precision + loss + 16;
    let working = tight + loss + 16;
    let mut roots: Vec<Root> = Vec::with_capacity(n as usize / 2);
    for i in 0..n / 2 {
        let x = newton(n, guess(n, i), working);
        let reach = Mag::pow2(-i64::from(tight));
        let end = |sign: i32| Ball::exact(Float::with_val(working, &x + &(reach.to_float() * sign)));
        let signs = [-1, 1].map(|sign| polynomials(n, &end(sign)).1.sign());
        let changes = matches!(
            signs,
            [Some(Ordering::Less), Some(Ordering::Greater)] | [Some(Ordering::Greater), Some(Ordering::Less)]
        );
        // The ends are rounded, by less than the reach: twice the reach holds them.
        let x = Ball::exact(x).widened(reach.shl(1));
        let apart = roots.last().is_none_or(|before| before.x.lower() > x.upper());
        if !changes || !apart || x.lower() <= 0 {
            return None;
        }
        let one = Ball::from_integer(1, working);
        let (before, _) = polynomials(n, &x);
        let weight = (&one - &x.square()).shl(1) / before.mul_integer(n.into()).square();
        roots.push(Root { x, weight });
    }
    let short = |x: &Ball| x.with_precision(precision + 8);
    Some(roots.iter().map(|root| Root { x: short(&root.x), weight: short(&root.weight) }).collect())
}

/// `P_{n-1}(x)` and `P_n(x)`.
fn polynomials(n: u32, x: &Ball) -> (Ball, Ball) {
    let (mut before, mut now) = (Ball::from_integer(1, x.precision()), x.clone());
    for k in 1..i64::from(n) {
        let next = (&(x * &now).mul_integer(2 * k + 1) - &before.mul_integer(k)).div_integer(k + 1);
        (before, now) = (now, next);
    }
    (before, now)
}

/// The `i`-th largest root, to the accuracy of a double.
fn guess(n: u32, i: u32) -> f64 {
    let n = f64::from(n);
    let mut x = (std::f64::consts::PI * (f64::from(i) + 0.75) / (n + 0.5)).cos();
    for _ in 0..6 {
        let (mut before, mut now) = (1.0, x);
        for k in 1..n as u32 {
            let k = f64::from(k);
            (before, now) = (now, ((2.0 * k + 1.0) * x * now - k * before) / (k + 1.0));
        }
        x -= now * (x * x - 1.0) / (n * (x * now - before));
    }
    x
}

/// Newton's iteration in floats: finds, proves nothing.
fn newton(n: u32, start: f64, working: u32) -> Float {
    let mut precisions = vec![working];
    while precisions.last().is_some_and(|p| *p > 96 + n / 4) {
        precisions.push(precisions.last().map_or(0, |p| p / 2 + 16 + n / 16));
        if precisions.len() > 40 {
            break;
        }
    }
    let mut x = Float::with_val(64, start);
    for p in precisions.into_iter().rev() {
        x.set_prec(p);
        let (mut before, mut now) = (Float::with_val(p, 1), x.clone());
        for k in 1..n {
            let mut next = Float::with_val(p, &x * &now) * (2 * k + 1);
            next -= Float::with_val(p, &before * k);
            next /= k + 1;
            (before, now) = (now, next);
        }
        // P_n' (x² - 1) = n (x P_n - P_{n-1}).
        let slope = (Float::with_val(p, &x * &now) - before) * n;
        let square = Float::with_val(p, x.square_ref()) - 1u32;
        x -= now * square / slope;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monomials_are_integrated_exactly() {
        for (n, precision) in [(2, 100), (4, 300), (16, 64), (24, 200), (48, 1000), (96, 250), (160, 300)] {
            let rule = rule(n, precision).unwrap();
            assert_eq!(rule.len(), n as usize / 2);
            assert!(rule.iter().all(|root| root.weight.relative_accuracy_bits() > i64::from(precision)));
            assert!(rule.iter().all(|root| root.x.relative_accuracy_bits() > i64::from(precision)));
            for degree in [0, 2, n as u64, 2 * n as u64 - 2] {
                let sum = rule
                    .iter()
                    .fold(Ball::zero(precision), |sum, root| sum + &root.x.pow(degree) * &root.weight);
                let truth = Ball::from_integer(1, precision).div_integer(degree as i64 + 1);
                assert!(
                    sum.overlaps(&truth)
                        && (&sum - &truth).magnitude() < Mag::pow2(16 - i64::from(precision))
                );
            }
            // And not beyond.
            let sum = rule
                .iter()
                .fold(Ball::zero(precision), |sum, root| sum + &root.x.pow(2 * u64::from(n)) * &root.weight);
            assert!(
                n > 24 || !sum.overlaps(&Ball::from_integer(1, precision).div_integer(2 * i64::from(n) + 1))
            );
        }
    }

    #[test]
    fn a_rule_is_kept_and_refined() {
        let (coarse, fine) = (rule(32, 80).unwrap(), rule(32, 160).unwrap());
        assert!(Arc::ptr_eq(&fine, &rule(32, 100).unwrap()));
        assert!(
            coarse.iter().zip(fine.iter()).all(|(a, b)| a.x.overlaps(&b.x) && a.weight.overlaps(&b.weight))
        );
    }
}
