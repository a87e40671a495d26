//! The Gauss-Legendre rule of `NODES` nodes on `[-1, 1]`, enclosed.

use std::sync::OnceLock;

use num_traits::One;

use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::rational::rational;
use crate::work;

/// Even, so that 0 is no node.
pub(super) const NODES: usize = 24;
/// Bits of nodes and weights.
pub(super) const PRECISION: u32 = 160;

pub(super) struct Rule {
    /// Nodes and weights.
    pub(super) points: Vec<(Interval, Interval)>,
    /// `c` in the error `c h^{2n+1} F_{2n}(ξ)` on `[m-h, m+h]`, `F_{2n}` a Taylor coefficient.
    pub(super) error: BigRational,
}

/// Computed once, and charged to nobody: what a certificate costs depends on itself alone.
pub(super) fn rule() -> &'static Rule {
    static RULE: OnceLock<Rule> = OnceLock::new();
    RULE.get_or_init(|| work::free(|| Rule { points: points(), error: error() }))
}

/// `P_n(t)` and `P_n'(t)`.
fn polynomial(t: &Interval) -> (Interval, Interval) {
    let one = Interval::integer(1, PRECISION);
    let (mut last, mut this) = (one.clone(), t.clone());
    for k in 1..NODES as i64 {
        // (k+1) P_{k+1} = (2k+1) t P_k - k P_{k-1}.
        let next = t.mul(&this).mul_integer(2 * k + 1).sub(&last.mul_integer(k)).div_integer(k as u64 + 1);
        (last, this) = (this, next);
    }
    // (1 - t²) P_n' = n (P_{n-1} - t P_n).
    let slope = last.sub(&t.mul(&this)).mul_integer(NODES as i64).div(&one.sub(&t.square()));
    (this, slope)
}

fn points() -> Vec<(Interval, Interval)> {
    let one = Interval::integer(1, PRECISION);
    let dyadic = |n: &BigInt| Interval::new(n.clone(), n.clone(), PRECISION);
    let mut out = vec![];
    for i in 0..NODES / 2 {
        let guess = (std::f64::consts::PI * (i as f64 + 0.75) / (NODES as f64 + 0.5)).cos();
        let mut t = BigInt::from((guess * (1u64 << 52) as f64) as i64) << (PRECISION - 52);
        for _ in 0..6 {
            let (value, slope) = polynomial(&dyadic(&t));
            let step = value.div(&slope);
            t -= step.lo.unwrap_or_default();
        }
        // A change of sign encloses a root; as many disjoint ones as half the degree are all the positive ones.
        let radius = BigInt::one() << 24u32;
        let (low, high) = (&t - &radius, &t + &radius);
        let (below, above) = (polynomial(&dyadic(&low)).0, polynomial(&dyadic(&high)).0);
        assert!(
            (below.is_negative() && above.is_positive()) || (below.is_positive() && above.is_negative()),
            "a node of the Gauss-Legendre rule lies where Newton's method finds it"
        );
        let node = Interval::new(low, high, PRECISION);
        let slope = polynomial(&node).1;
        let weight = Interval::integer(2, PRECISION).div(&one.sub(&node.square()).mul(&slope.square()));
        out.push((node.neg(), weight.clone()));
        out.push((node, weight));
    }
    out
}

/// `2^{2n+1} (n!)^4/((2n+1) ((2n)!)^2)`.
fn error() -> BigRational {
    let n = NODES as i64;
    let mut out = rational(2) / rational(2 * n + 1);
    // 4^n (n!)^4/((2n)!)^2 = Π_{k=1}^n 4 k^4/((2k-1)² (2k)²) = Π k²/(2k-1)².
    for k in 1..=n {
        out *= rational(k * k) / rational((2 * k - 1) * (2 * k - 1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enclosure::Enclosure;
    use num_traits::ToPrimitive;

    #[test]
    fn integrates_polynomials() {
        let rule = rule();
        assert_eq!(rule.points.len(), NODES);
        for (i, (node, _)) in rule.points.iter().enumerate() {
            assert!(rule.points[..i].iter().all(|(other, _)| !node.sub(other).has_zero()));
        }
        let integral = |degree: i32| {
            rule.points.iter().fold(Interval::zero(PRECISION), |s, (t, w)| s.add(&w.mul(&t.power(degree))))
        };
        for degree in 0..2 * NODES as i32 {
            let truth =
                if degree % 2 == 1 { rational(0) } else { rational(2) / rational(i64::from(degree) + 1) };
            let value = integral(degree);
            assert!(value.contains(&truth), "{degree}");
            assert!(value.width().unwrap().to_f64().unwrap() < 2f64.powi(60), "{degree}");
        }
        // The first power that is not integrated exactly: F = x^{2n} has F_{2n} = 1, and the error is the constant.
        let degree = 2 * NODES as i64;
        let gap = Interval::rational(&(rational(2) / rational(degree + 1)), PRECISION)
            .sub(&integral(degree as i32));
        assert!(gap.contains(&rule.error));
    }
}
