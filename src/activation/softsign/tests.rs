use super::*;
use crate::number::parse_rational;
use num_traits::One;
use proptest::prelude::*;

fn variance() -> impl Strategy<Value = BigRational> {
    (1i64..400, 1i64..400).prop_map(|(a, b)| BigRational::new(a.into(), b.into()))
}

/// Coefficients, then both moments.
fn everything(q: &Ball, len: usize, p: u32) -> Vec<Ball> {
    let mut out = Softsign.hermite(q, len, p).unwrap();
    out.push(Softsign.second_moment(q, p).unwrap());
    out.push(Softsign.derivative_second_moment(q, p).unwrap());
    out
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]

    #[test]
    fn precisions_overlap(q in variance(), p in 60u32..200, len in 1usize..300) {
        let at = |p: u32| everything(&Ball::from_rational(&q, 2 * p + 128), len, p);
        for (k, (a, b)) in at(p).iter().zip(&at(p + 100)).enumerate() {
            prop_assert!(a.overlaps(b), "{k}: {a} {b}");
            // Chance may make a coefficient small.
            prop_assert!(a.relative_accuracy_bits() >= i64::from(p) - 10, "{k}: {a}");
        }
    }

    #[test]
    fn enclosed_variances_cover_their_members(q in variance(), share in -100i64..=100) {
        let wide = Ball::from_rational(&q, 200);
        let wide = wide.widened(wide.magnitude() * Mag::pow2(-30));
        let step = BigRational::new((share * 99).into(), (10_000i64 << 30).into());
        let member = Ball::from_rational(&(&q * (BigRational::one() + step)), 200);
        for (k, (a, b)) in everything(&wide, 40, 100).iter().zip(&everything(&member, 40, 100)).enumerate() {
            prop_assert!(a.overlaps(b), "{k}");
            prop_assert!(a.radius() < a.magnitude().max(Mag::pow2(-10)) * Mag::pow2(-15) || a.is_exact(), "{k}: {a}");
        }
    }
}

/// What the first coefficients leave of `Σ μ_k² = E[φ²]` is positive and as small as their decay, `k^{-7/2}`, says.
#[test]
fn parseval() {
    for text in ["1/2", "1", "4"] {
        let q = Ball::from_rational(&parse_rational(text).unwrap(), 300);
        let len = 2000;
        let mu = Softsign.hermite(&q, len, 100).unwrap();
        let sum = mu.iter().fold(Ball::zero(128), |s, m| s + m.square());
        let slope =
            mu.iter().enumerate().fold(Ball::zero(128), |s, (k, m)| s + m.square().mul_integer(k as i64))
                / &q;
        let rest = Softsign.second_moment(&q, 100).unwrap() - sum;
        let steep = Softsign.derivative_second_moment(&q, 100).unwrap() - slope;
        assert!(rest.lower() > 0 && rest.upper() < 1e-7, "{rest}");
        assert!(steep.lower() > 0 && steep.upper() < 1e-4, "{steep}");
    }
}

#[test]
fn extreme_variances() {
    for exponent in [-500i32, -100, 100, 2000] {
        let q = Ball::from_integer(1, 8000).shl(exponent);
        for (k, value) in everything(&q, 10, 64).iter().enumerate() {
            assert!(value.relative_accuracy_bits() > 60, "{exponent}, {k}: {value}");
        }
    }
    // Most coefficients of a tiny variance cost too much.
    assert!(Softsign.hermite(&Ball::from_integer(1, 64).shl(-200), 100_000, 64).is_err());
}
