use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use rug::{Float, Rational};

use super::super::*;
use crate::number::parse_rational;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};
use crate::number::truth::*;

fn exact(x: &Float) -> Rational {
    x.to_rational().unwrap()
}

fn rational() -> impl Strategy<Value = Rational> {
    let shifted = |(a, b, e): (i128, i128, i32)| {
        let r = Rational::from((a, b));
        if e < 0 { r >> e.unsigned_abs() } else { r << e as u32 }
    };
    prop_oneof![
        (-20i128..=20, 1i128..=20, Just(0)).prop_map(shifted),
        (any::<i128>(), 1i128.., -300i32..=300).prop_map(shifted),
        (any::<i128>(), Just(1), -200i32..=200).prop_map(shifted),
    ]
}

fn ulp_of(x: &Rational, p: u32) -> Rational {
    let top = Float::with_val(64, x).get_exp().unwrap_or(0) + 1;
    exact(&Float::with_val(64, Float::i_exp(1, top - p as i32)))
}

proptest! {
    #![proptest_config(ntk_testing::cases(3000))]

    #[test]
    fn numbers_become_balls(r in rational(), p in precision(), n in prop_oneof![-9i64..=9, any::<i64>(), Just(i64::MIN)]) {
        let big = rational_from_gmp(&r);
        for ball in [Ball::from_rational(&big, p), Ball::from_gmp_rational(&r, p)] {
            prop_assert!(holds_rational(&ball, &r) && ball.contains_rational(&big));
            prop_assert!(exact(&ball.radius().to_float()) <= ulp_of(&r, p) / 2u32);
            prop_assert_eq!(ball.precision(), p);
        }
        let ball = Ball::from_integer(n, p);
        prop_assert!(holds_rational(&ball, &Rational::from(n)) && ball.precision() == p);
        prop_assert!(exact(&ball.radius().to_float()) <= ulp_of(&Rational::from(n), p) / 2u32);
        prop_assert!(p < 64 || ball.is_exact());
    }

    #[test]
    fn ends_magnitudes_and_roundings(a in draw(), b in draw(), p in precision(), q in precision()) {
        let x = a.ball(&[]);
        let [low, high] = ends(&x).map(|e| exact(&e));
        let (lower, upper) = (exact(&x.lower()), exact(&x.upper()));
        prop_assert!(lower <= low && high <= upper);
        prop_assert!(low.clone() - lower <= ulp_of(&low, a.precision) && upper - &high <= ulp_of(&high, a.precision));
        let rounded = x.with_precision(p);
        prop_assert!(rounded.precision() == p && holds_rational(&rounded, &low) && holds_rational(&rounded, &high));
        let more = exact(&rounded.radius().to_float()) - exact(&x.radius().to_float()) * Rational::from((1001, 1000));
        prop_assert!(more <= ulp_of(&exact(x.midpoint()), p));
        prop_assert!(p < a.precision || rounded.is_same(&x));
        let extra = b.ball(&[]).radius();
        let [down, up] = [-1, 1].map(|s| exact(&extra.to_float()) * s);
        let wider = x.widened(extra);
        prop_assert!(holds_rational(&wider, &(low.clone() + &down)) && holds_rational(&wider, &(high.clone() + &up)));
        let sizes = [low.clone().abs(), high.clone().abs()];
        let most = sizes.iter().max().unwrap();
        let zero = low <= 0 && high >= 0;
        let least = if zero { Rational::new() } else { sizes.iter().min().unwrap().clone() };
        let [mig, mag] = [x.mignitude(), x.magnitude()].map(|m| exact(&m.to_float()));
        prop_assert!(mag >= *most && mag <= most.clone() * Rational::from((1001, 1000)));
        prop_assert!(mig <= least && mig >= least.clone() - ulp_of(most, a.precision.min(50)), "{x:?}");
        prop_assert_eq!(x.contains_zero(), zero);
        prop_assert_eq!(mig > 0, !zero);
        let sign = match (zero, x.is_exact_zero()) {
            (_, true) => Some(Ordering::Equal),
            (true, _) => None,
            _ => Some(low.cmp0()),
        };
        prop_assert_eq!(x.sign(), sign);
        // Membership of the ends themselves, and of their neighbours outside.
        let tiny = ulp_of(&exact(x.midpoint()), 2000);
        for (end, outward) in [(&low, -tiny.clone()), (&high, tiny)] {
            prop_assert!(x.contains_rational(&rational_from_gmp(end)));
            prop_assert!(!x.contains_rational(&rational_from_gmp(&(end.clone() + outward))));
        }
        let y = b.ball(&[]).with_precision(q);
        let [c, d] = ends(&y).map(|e| exact(&e));
        prop_assert_eq!(x.contains(&y), low <= c && d <= high);
        prop_assert_eq!(x.overlaps(&y), low <= d && c <= high);
    }

    /// What relative accuracy promises: the radius is at most that share of the midpoint.
    #[test]
    fn accuracy_in_bits_is_not_overstated(a in draw()) {
        let x = a.ball(&[]);
        let bits = x.relative_accuracy_bits();
        match (x.is_exact(), x.midpoint().is_zero()) {
            (true, _) => prop_assert_eq!(bits, i64::MAX),
            (_, true) => prop_assert_eq!(bits, i64::MIN),
            _ => {
                let share = exact(&x.radius().to_float()) / exact(x.midpoint()).abs();
                let power = |e: i64| exact(&Float::with_val(2, Float::i_exp(1, e as i32)));
                prop_assert!(share <= power(-bits) && share > power(-bits - 3));
            }
        }
    }

    #[test]
    fn decimals_enclose(a in draw(), digits in prop_oneof![0usize..6, 6usize..80]) {
        let x = a.ball(&[]);
        let shown = x.to_decimal(digits).unwrap();
        let [value, error] = [&shown.value, &shown.error].map(|t| rational_to_gmp(&parse_rational(t).unwrap()));
        for end in ends(&x).map(|e| exact(&e)) {
            prop_assert!((end - &value).abs() <= error, "{x:?} is not {shown:?}");
        }
        // The rounding to decimals is at most one unit of the last digit, and the error has two digits.
        let rounding = exact(x.midpoint()).abs() * rational_to_gmp(&parse_rational(&format!("1e{}", 1 - digits.max(2) as i64)).unwrap());
        let most = (exact(&x.radius().to_float()) + rounding) * Rational::from((111, 100));
        prop_assert!(error <= most, "{x:?} is shown too wide: {shown:?}");
        // The default shows no more than it proves, at every precision.
        let text = x.to_string();
        let (value, error) = text.split_once(" ± ").unwrap_or((&text, "0"));
        let [value, error] = [value, error].map(|t| rational_to_gmp(&parse_rational(t).unwrap()));
        for end in ends(&x).map(|e| exact(&e)) {
            prop_assert!((end - &value).abs() <= error, "{x:?} is not {text}");
        }
    }
}

#[test]
fn numbers_of_particular_form() {
    assert_eq!(Ball::zero(1).precision(), 1);
    assert!(Ball::zero(5).is_exact_zero() && !Ball::whole_line(5).is_finite());
    for special in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(!Ball::exact(Float::with_val(9, special)).is_finite());
    }
    assert!(!Ball::new(Float::new(9), Mag::INFINITY).is_finite());
    let third = BigRational::new(BigInt::from(1), BigInt::from(3));
    assert!(
        Ball::whole_line(9).contains_rational(&third) && Ball::whole_line(9).contains(&Ball::whole_line(9))
    );
    assert!(!Ball::zero(9).contains(&Ball::whole_line(9)) && Ball::zero(9).overlaps(&Ball::whole_line(9)));
    assert!(Ball::whole_line(9).to_decimal(5).is_none() && Ball::whole_line(9).magnitude() == Mag::INFINITY);
    assert!(Ball::whole_line(9).mignitude().is_zero());
    // An accuracy is met by radii up to it and not beyond.
    for digits in [1, 2, 30] {
        let accuracy = crate::number::Accuracy::absolute(digits).unwrap();
        let unit = Mag::from_float_lower(&Float::with_val(90, Float::parse(format!("1e-{digits}")).unwrap()));
        let mut met = 0;
        for k in -20..20 {
            let x = Ball::zero(9).widened(unit.shl(k));
            met += i32::from(accuracy.is_met_by(&x));
            assert!(!accuracy.is_met_by(&x) || k <= 0, "{digits} digits, 2^{k} units");
        }
        assert!(met > 10);
    }
}
