use super::*;
use crate::number::{Accuracy, Mag, parse_rational};
use proptest::prelude::*;

fn variance() -> impl Strategy<Value = BigRational> {
    (1i64..400, 1i64..400).prop_map(|(a, b)| BigRational::new(a.into(), b.into()))
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]

    #[test]
    fn closed_forms_lie_in_the_enclosures(q in variance(), k in 0usize..24) {
        let accuracy = Accuracy::relative(40).unwrap();
        let exact = Sinc.hermite_closed_form(k, &q).unwrap().enclose(accuracy).unwrap();
        let ball = Ball::from_rational(&q, 300);
        let mu = Sinc.hermite(&ball, k + 1, 120).unwrap();
        prop_assert!(mu[k].overlaps(&exact), "{} {exact}", mu[k]);
        prop_assert!(k % 2 == 1 || mu[k].relative_accuracy_bits() > 110);
        let square = Sinc.second_moment_closed_form(&q).unwrap().enclose(accuracy).unwrap();
        prop_assert!(Sinc.second_moment(&ball, 120).unwrap().overlaps(&square));
    }

    #[test]
    fn both_directions_agree(q in variance(), len in 1usize..60) {
        let q = Ball::from_rational(&q, 2000);
        for (k, (a, b)) in forward(&q, len).iter().zip(&backward(&q, len)).enumerate() {
            prop_assert!(a.overlaps(b), "M_{}: {a} {b}", 2 * k);
            prop_assert!(a.relative_accuracy_bits() > 200 && b.relative_accuracy_bits() > 200, "M_{}: {a} {b}", 2 * k);
        }
    }

    #[test]
    fn precisions_overlap(q in variance(), p in 60u32..200, len in 1usize..300) {
        let (low, high) = [p, p + 100].map(|p| {
            let q = Ball::from_rational(&q, 2 * p + 128);
            let mut out = Sinc.hermite(&q, len, p).unwrap();
            out.push(Sinc.second_moment(&q, p).unwrap());
            out.push(Sinc.derivative_second_moment(&q, p).unwrap());
            out
        }).into();
        for (k, (a, b)) in low.iter().zip(&high).enumerate() {
            prop_assert!(a.overlaps(b) && a.relative_accuracy_bits() >= i64::from(p), "{k}: {a} {b}");
        }
    }

    #[test]
    fn enclosed_variances_cover_their_members(q in variance(), share in -100i64..=100) {
        let wide = Ball::from_rational(&q, 200);
        let wide = wide.widened(wide.magnitude() * Mag::pow2(-30));
        let step = BigRational::new((share * 99).into(), (10_000i64 << 30).into());
        let member = Ball::from_rational(&(&q * (BigRational::one() + step)), 200);
        let pairs = Sinc.hermite(&wide, 40, 100).unwrap().into_iter().zip(Sinc.hermite(&member, 40, 100).unwrap());
        for (k, (a, b)) in pairs.enumerate() {
            prop_assert!(a.overlaps(&b), "μ_{k}");
            prop_assert!(k % 2 == 1 || a.relative_accuracy_bits() > 15, "μ_{k}: {a}");
        }
    }
}

/// `Σ μ_k² = E[φ²]` and `Σ k μ_k² = q E[φ'²]`.
#[test]
fn parseval() {
    for text in ["1/3", "2", "9"] {
        let q = Ball::from_rational(&parse_rational(text).unwrap(), 200);
        let mu = Sinc.hermite(&q, 200, 120).unwrap();
        let sum = |weight: fn(usize) -> i64| {
            mu.iter().enumerate().fold(Ball::zero(160), |s, (k, m)| s + m.square().mul_integer(weight(k)))
        };
        let near = |x: Ball| x.widened(Mag::pow2(-100));
        assert!(Sinc.second_moment(&q, 120).unwrap().overlaps(&near(sum(|_| 1))));
        assert!(Sinc.derivative_second_moment(&q, 120).unwrap().overlaps(&near(sum(|k| k as i64) / &q)));
    }
}

#[test]
fn extreme_variances() {
    for exponent in [-2000i32, -300, 300, 2000] {
        let q = Ball::from_integer(1, 400).shl(exponent);
        for value in [
            Sinc.second_moment(&q, 64).unwrap(),
            Sinc.derivative_second_moment(&q, 64).unwrap(),
            Sinc.hermite(&q, 20, 64).unwrap()[18].clone(),
        ] {
            assert!(value.relative_accuracy_bits() > 60, "{exponent}: {value}");
        }
    }
    // φ' is about -x/3.
    let q = Ball::from_integer(1, 400).shl(-2000);
    let ratio = Sinc.derivative_second_moment(&q, 64).unwrap() / &q;
    assert!(ratio.overlaps(&Ball::from_integer(1, 64).div_integer(9).widened(Mag::pow2(-100))));
}
