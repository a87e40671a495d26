use super::*;
use crate::gram::half::Half;
use crate::gram::moments;
use crate::gram::{Effort, Layer};
use crate::integer::BigInt;
use crate::rational::{parse, ratio};
use proptest::prelude::*;

const PREC: u32 = 160;

fn pieces(name: &str) -> (Activation, Piecewise) {
    let activation = Activation::parse(name).unwrap();
    let pieces = Piecewise::new(&activation, 2).unwrap_or_else(|| panic!("{name}"));
    (activation, pieces)
}

fn number(text: &str) -> Interval {
    Interval::rational(&parse(text, 99).unwrap(), PREC)
}

fn agree(name: &str, x: &Interval, y: &Interval, bits: u32) {
    let gap = x.at(PREC).sub(&y.at(PREC));
    assert!(gap.has_zero() && gap.width().unwrap() < BigInt::one() << (PREC - bits), "{name}: {x:?} {y:?}");
}

const NAMES: [&str; 9] = [
    "hardtanh",
    "softshrink(1/2)",
    "hard-swish",
    "where(x > 1, x, x^2)",
    "max(x, x/2 - 1, -3*x - 5)",
    "piecewise([-1,1];[0,1],[1,2,1],[2,0,2])",
    "where(x > 1, 3 - x^2, x^3) + max(0, x)",
    "hardshrink(1/2)",
    "where(x < -2, x^2, where(x < -1, 1 - x, 2*x))",
];

/// Beside Hermite series, which know nothing of these formulas.
#[test]
fn series_agree() {
    for name in NAMES {
        let (activation, pieces) = pieces(name);
        let tangent = activation.has_derivative();
        for [p, q, c] in [["5/4", "1/2", "1/4"], ["4", "1/3", "-1/5"], ["1", "9", "0"]].map(|t| t.map(number))
        {
            let rows = vec![vec![p.clone()], vec![c.clone(), q.clone()]];
            let diagonal = [p.clone(), q.clone()];
            let effort = Effort { bits: 84, terms: 300 };
            let layer = Layer::series(&activation, &rows, &[], tangent, effort).unwrap();
            let ((a, b), (x, y)) = (layer.pair(1, 0, &diagonal, &c, tangent), pieces.pair(&q, &p, &c));
            agree(name, &a, &x, 50);
            if tangent {
                agree(name, &b, &y, 50);
            }
            // For v = κu by an integral over one of them.
            for kappa in [rational(1), ratio(-2, 3)] {
                let (a, b) = moments::proportional(&activation, &p, &kappa, tangent, 84).unwrap();
                let (x, y) = pieces.proportional(&p, &kappa);
                agree(name, &a, &x, 50);
                if tangent {
                    agree(name, &b, &y, 50);
                }
            }
        }
    }
}

/// One breakpoint at 0, whose angle has a closed form.
#[test]
fn halves_agree() {
    for name in ["relu", "where(x > 0, x^2 + x, 3*x - x^3)", "step"] {
        let (activation, pieces) = pieces(name);
        let half = Half::new(&activation).unwrap();
        for [p, q, c] in
            [["5/4", "1/2", "1/4"], ["1", "1", "-99/100"], ["7", "1/9", "0"]].map(|t| t.map(number))
        {
            let ((a, b), (x, y)) = (half.pair(&p, &q, &c), pieces.pair(&p, &q, &c));
            agree(name, &a, &x, 90);
            agree(name, &b, &y, 90);
        }
    }
}

#[test]
fn variances_of_zero() {
    let (zero, one) = (Interval::zero(PREC), number("1"));
    // E[φ(0) φ(v)]: φ(0) = 1, and E[φ] = 1 + E[(v-1)₊].
    let (_, pieces) = pieces("max(1, x)");
    let value = pieces.pair(&zero, &one, &zero).0;
    let density = one.scaled(-1).neg().exp().div(&Interval::pi(PREC).mul_integer(2).sqrt());
    let truth = one.add(&density).sub(&quadrant::upper_tail(&one));
    agree("max(1, x)", &value, &truth, 120);
    assert_eq!(pieces.proportional(&zero, &rational(2)).0, one);
    // Where φ jumps at 0 nothing is said.
    let (_, jump) = super::tests::pieces("where(x > 0, 1, 0) + max(1, x)");
    assert!(!jump.pair(&zero, &one, &zero).0.is_finite());
}

proptest! {
    #![proptest_config(ntk_testing::cases(6))]
    /// Variances and covariances at the ends of intervals of any width, all errors of one sign or not.
    #[test]
    fn ends_are_enclosed(
        name in prop::sample::select(NAMES.to_vec()),
        p in 1i64..=64,
        q in 1i64..=64,
        rho in -7i64..=7,
        width in 8u32..158,
        corner in 0u8..8,
    ) {
        let (_, pieces) = pieces(name);
        let (p, q) = (ratio(p * p, 64), ratio(q * q, 64));
        // |c| <= 7/8 √(pq).
        let root = BigRational::new(p.numer().sqrt(), 8.into()) * BigRational::new(q.numer().sqrt(), 8.into());
        let c = if p.denom() == q.denom() { root * ratio(rho, 8) } else { BigRational::zero() };
        let exact = |r: &BigRational| Interval::rational(r, PREC);
        let span = BigInt::from(1) << width;
        let end = |r: &BigRational, up: bool| {
            let x = exact(r);
            let (lo, hi) = (x.lo.unwrap(), x.hi.unwrap());
            if up { Interval::new(lo, hi + &span, PREC) } else { Interval::new(lo - &span, hi, PREC) }
        };
        let (value, slope) = pieces.pair(&exact(&p), &exact(&q), &exact(&c));
        let wide = pieces.pair(&end(&p, corner & 1 > 0), &end(&q, corner & 2 > 0), &end(&c, corner & 4 > 0));
        // Both contain the truth; the narrow one is within rounding of it.
        for (thin, wide) in [(value, wide.0), (slope, wide.1)] {
            prop_assert!(thin.sub(&wide).has_zero(), "{thin:?} {wide:?}");
        }
    }
}
