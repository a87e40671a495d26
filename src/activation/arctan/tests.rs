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
        let exact = Arctan.hermite_closed_form(k, &q).unwrap().enclose(Accuracy::relative(40).unwrap()).unwrap();
        let mu = Arctan.hermite(&Ball::from_rational(&q, 300), k + 1, 120).unwrap();
        prop_assert!(mu[k].overlaps(&exact), "{} {exact}", mu[k]);
        prop_assert!(k % 2 == 0 || mu[k].relative_accuracy_bits() > 110);
    }

    #[test]
    fn precisions_overlap(q in variance(), p in 60u32..200, len in 1usize..300) {
        let at = |p: u32| (
            Arctan.hermite(&Ball::from_rational(&q, 2 * p + 128), len, p).unwrap(),
            Arctan.second_moment(&Ball::from_rational(&q, 2 * p + 128), p).unwrap(),
        );
        let ((low, low_square), (high, high_square)) = (at(p), at(p + 100));
        for (k, (a, b)) in low.iter().zip(&high).enumerate() {
            prop_assert!(a.overlaps(b) && a.relative_accuracy_bits() >= i64::from(p), "μ_{k}: {a} {b}");
        }
        prop_assert!(low_square.overlaps(&high_square), "{low_square} {high_square}");
        prop_assert!(low_square.relative_accuracy_bits() >= i64::from(p));
    }

    #[test]
    fn enclosed_variances_cover_their_members(q in variance(), share in -100i64..=100) {
        let wide = Ball::from_rational(&q, 200);
        let wide = wide.widened(wide.magnitude() * Mag::pow2(-20));
        let step = BigRational::new((share * 99).into(), (10_000i64 << 20).into());
        let member = Ball::from_rational(&(&q * (BigRational::one() + step)), 200);
        for (k, (a, b)) in Arctan.hermite(&wide, 60, 100).unwrap().iter()
            .zip(&Arctan.hermite(&member, 60, 100).unwrap()).enumerate() {
            prop_assert!(a.overlaps(b), "μ_{k}");
            prop_assert!(k % 2 == 0 || a.relative_accuracy_bits() > 10, "μ_{k}: {a}");
        }
        for moment in [Arctan::second_moment, Arctan::derivative_second_moment] {
            let (a, b) = (moment(&Arctan, &wide, 100).unwrap(), moment(&Arctan, &member, 100).unwrap());
            prop_assert!(a.overlaps(&b) && a.relative_accuracy_bits() > 15, "{a} {b}");
        }
    }
}

#[test]
fn first_coefficient_in_words() {
    let one = BigRational::one();
    assert_eq!(
        Arctan.hermite_closed_form(1, &one).unwrap(),
        &(&ClosedForm::sqrt(&BigRational::from_integer(2.into())).unwrap() * &ClosedForm::pi_power(1))
            * &(&ClosedForm::exp(&BigRational::new(1.into(), 2.into())) * &ClosedForm::normal_cdf(&-one)),
    );
}

/// `Σ μ_k² = E[φ²]` and `Σ k μ_k² = q E[φ'²]`, where the coefficients fall quickly.
#[test]
fn parseval() {
    let q = Ball::from_rational(&parse_rational("1/64").unwrap(), 200);
    let mu = Arctan.hermite(&q, 400, 100).unwrap();
    let sum = |weight: fn(usize) -> i64| {
        mu.iter().enumerate().fold(Ball::zero(128), |s, (k, m)| s + m.square().mul_integer(weight(k)))
    };
    // |μ_k| <= e^{-8√k} times a few.
    let square = sum(|_| 1).widened(Mag::pow2(-100));
    let slope = (sum(|k| k as i64) / &q).widened(Mag::pow2(-100));
    assert!(Arctan.second_moment(&q, 100).unwrap().overlaps(&square));
    assert!(Arctan.derivative_second_moment(&q, 100).unwrap().overlaps(&slope));
}

#[test]
fn extreme_variances() {
    for exponent in [-2000i32, -300, 300, 2000] {
        let q = Ball::from_integer(1, 400).shl(exponent);
        let square = Arctan.second_moment(&q, 64).unwrap();
        let mu = Arctan.hermite(&q, 20, 64).unwrap();
        assert!(square.relative_accuracy_bits() > 60 && mu[19].relative_accuracy_bits() > 60);
        // arctan is x near zero and ±π/2 far out.
        let limit = if exponent < 0 { q.clone() } else { Ball::pi(400).square().shl(-2) };
        assert!((square / limit).overlaps(&Ball::from_integer(1, 64).widened(Mag::pow2(-100))));
    }
}
