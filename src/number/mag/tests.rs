use proptest::prelude::*;
use rug::ops::Pow;
use rug::{Integer, Rational};

use super::*;
use crate::number::truth::{mantissa, precision};

/// The value, exactly; powers of two beyond `2^±4000` are out of reach.
fn exact(m: Mag) -> Rational {
    assert!(m.is_finite() && m.exp.abs() < 4000);
    Rational::from_f64(m.man).unwrap() * power_of_two(m.exp)
}

fn power_of_two(exp: i64) -> Rational {
    let power = Rational::from(Integer::from(1) << exp.unsigned_abs() as u32);
    if exp < 0 { power.recip() } else { power }
}

/// Exponents next to each other and up to where sums no longer see the smaller term.
fn pair() -> impl Strategy<Value = (Mag, Mag)> {
    let gap = prop_oneof![Just(0i64), -3i64..=3, 50i64..=70, -70i64..=-50, -300i64..=300];
    (mantissa(), -300i64..=300, mantissa(), gap)
        .prop_map(|(a, e, b, gap)| (Mag { man: a, exp: e }, Mag { man: b, exp: e + gap }))
}

fn rounds_up(got: Mag, truth: &Rational, roundings: u32) -> bool {
    let slack = Rational::from(1) + Rational::from(2 * roundings) * power_of_two(-50);
    exact(got) >= *truth && exact(got) <= truth.clone() * slack
}

proptest! {
    #![proptest_config(ntk_testing::cases(10_000))]

    #[test]
    fn operations_round_up_and_stay_tight((a, b) in pair(), n in 0u64..=9, shift in -500i64..=500) {
        let (x, y) = (exact(a), exact(b));
        prop_assert!(rounds_up(a + b, &(x.clone() + &y), 1));
        prop_assert!(rounds_up(b + a, &(x.clone() + &y), 1));
        prop_assert!(rounds_up(a * b, &(x.clone() * &y), 1));
        prop_assert!(rounds_up(a.div_by_lower(b), &(x.clone() / &y), 1));
        prop_assert!(rounds_up(a.pow(n), &x.clone().pow(n as u32), 16));
        prop_assert_eq!(exact(a.shl(shift)), x.clone() * power_of_two(shift));
        let root = exact(a.sqrt());
        let slack = Rational::from(1) + power_of_two(-48);
        prop_assert!(root.clone().square() >= x && root.square() <= x.clone() * slack);
        prop_assert_eq!(a.partial_cmp(&b), x.partial_cmp(&y));
        prop_assert_eq!(exact(a.max(b)), x.clone().max(y.clone()));
        prop_assert_eq!(exact(a.min(b)), x.clone().min(y));
        let log = a.log2_ceil().unwrap();
        prop_assert!(x <= power_of_two(log) && x > power_of_two(log - 1));
        prop_assert_eq!(a.to_float().to_rational().unwrap(), x);
    }

    #[test]
    fn numbers_are_rounded_up_and_lower_bounds_down(
        x in prop_oneof![any::<f64>(), -1.0f64..1.0], n in any::<usize>(), shift in 0u32..64,
        p in precision(), bits in any::<[u64; 4]>(), e in -900i32..900, negative in any::<bool>(),
    ) {
        if x.is_finite() {
            // Doubles have no more bits than bounds.
            prop_assert_eq!(exact(Mag::from_f64(x)), Rational::from_f64(x).unwrap().abs());
        } else {
            prop_assert!(!Mag::from_f64(x).is_finite());
        }
        let n = n >> shift;
        prop_assert!(n == 0 && Mag::from_usize(n).is_zero() || rounds_up(Mag::from_usize(n), &Rational::from(n), 1));
        let long = Float::with_val(p, Integer::from_digits(&bits, rug::integer::Order::Lsf)) << e;
        let long = if negative { -long } else { long };
        let truth = long.to_rational().unwrap().abs();
        let (below, above) = (exact(Mag::from_float_lower(&long)), exact(Mag::from_float(&long)));
        prop_assert!(below <= truth && truth <= above);
        // One unit in the last of 53 places.
        prop_assert!(above - below <= truth * power_of_two(-52));
    }
}

/// Bounds at the ends of every range: all pairs of them.
#[test]
fn edges_are_ordered_and_never_wrap() {
    let last = 2.0 - f64::EPSILON;
    let (top, bottom) = (MOST_EXPONENT - 1, LEAST_EXPONENT + 1);
    let mut edges = vec![Mag::ZERO, Mag::INFINITY, Mag::ONE];
    for exp in [
        bottom,
        bottom + 1,
        -FLOAT_EXPONENT - 1,
        -FLOAT_EXPONENT,
        -1075,
        -1074,
        -1,
        0,
        1,
        1023,
        1024,
        FLOAT_EXPONENT - 1,
        FLOAT_EXPONENT,
        top - 1,
        top,
    ] {
        edges.extend([1.0, 1.5, last].map(|man| Mag { man, exp }));
    }
    // Exponents add exactly as integers: a bound is at least `2^exp` and less than `2^(exp + 1)`.
    let below_power = |x: Mag, exp: i64| x.is_zero() || (x.is_finite() && x.exp < exp);
    for &a in &edges {
        assert!(!a.is_finite() || a.is_zero() || (1.0..2.0).contains(&a.man));
        assert_eq!(a.shl(0), a);
        for shift in [i64::MIN, -top, -1, 1, top, i64::MAX] {
            let shifted = a.shl(shift);
            if a.is_zero() || !a.is_finite() {
                assert_eq!(shifted, a);
            } else if a.exp.saturating_add(shift) > top {
                assert_eq!(shifted, Mag::INFINITY);
            } else {
                assert!(shifted.exp >= a.exp.saturating_add(shift) && shifted.exp.abs() <= top);
            }
        }
        let root = a.sqrt();
        assert!(a.is_zero() == root.is_zero() && a.is_finite() == root.is_finite());
        if !a.is_zero() && a.is_finite() {
            assert!(root * root >= a && (0..=1).contains(&(root.exp - a.exp.div_euclid(2))));
        }
        for &b in &edges {
            let (total, product, quotient) = (a + b, a * b, a.div_by_lower(b));
            assert!(total >= a && total >= b && total == b + a);
            assert_eq!(product, b * a);
            assert_eq!(a.max(b), b.max(a));
            assert_eq!(a.min(b), b.min(a));
            assert!(a.min(b) <= a && a.max(b) >= a && (a.max(b) == a || a.max(b) == b));
            if a.is_zero() || b.is_zero() {
                assert!(product.is_zero() && (total == a || total == b));
                assert_eq!(quotient, if a.is_zero() { Mag::ZERO } else { Mag::INFINITY });
                continue;
            }
            if !a.is_finite() || !b.is_finite() {
                assert!(!product.is_finite() && !total.is_finite());
                // A bound below a number that is not known to be finite may be a power that has overflowed.
                assert!(a.is_finite() == quotient.is_finite() && !quotient.is_zero());
                continue;
            }
            assert!(!product.is_zero() && !quotient.is_zero());
            if a.exp + b.exp > top {
                assert_eq!(product, Mag::INFINITY);
            } else {
                assert!(product >= Mag::pow2(a.exp + b.exp));
                assert!(
                    a.exp + b.exp < bottom || !product.is_finite() || below_power(product, a.exp + b.exp + 3)
                );
            }
            if a.exp - b.exp <= top {
                assert!(quotient >= Mag::pow2(a.exp - b.exp - 1));
                assert!(
                    a.exp - b.exp < bottom
                        || below_power(quotient, a.exp - b.exp + 2)
                        || !quotient.is_finite()
                );
            }
            assert!(!total.is_finite() || below_power(total, a.exp.max(b.exp) + 3));
        }
    }
}

#[test]
fn exponents_do_not_wrap() {
    let tower = |start: Mag| (0..60).fold(start, |x, _| x.pow(3));
    assert_eq!(tower(Mag::pow2(1)), Mag::INFINITY);
    let small = tower(Mag::pow2(-1));
    assert!(!small.is_zero() && small <= Mag::pow2(-(1 << 49)));
    for exp in [i64::MAX, i64::MAX / 2, MOST_EXPONENT] {
        assert_eq!(Mag::pow2(exp), Mag::INFINITY);
        assert_eq!(Mag::pow2(exp) * Mag::pow2(exp), Mag::INFINITY);
        assert!(!Mag::pow2(-exp).is_zero() && Mag::pow2(-exp) == Mag::pow2(-exp) * Mag::pow2(-exp));
    }
    assert_eq!(Mag::pow2(i64::MIN), Mag::pow2(LEAST_EXPONENT + 1));
    assert_eq!(Mag::pow2(MOST_EXPONENT - 1).log2_ceil(), Some(MOST_EXPONENT - 1));
    assert_eq!(Mag::ONE.pow(u64::MAX), Mag::ONE);
    assert_eq!(Mag::INFINITY.pow(0), Mag::ONE);
    assert!(Mag::ZERO.pow(u64::MAX).is_zero() && Mag::from_f64(1.1).pow(u64::MAX) == Mag::INFINITY);
}

#[test]
fn corners() {
    assert!((Mag::ZERO * Mag::INFINITY).is_zero());
    assert_eq!(Mag::ZERO + Mag::ONE, Mag::ONE);
    assert!(!(Mag::ONE + Mag::INFINITY).is_finite());
    assert!(!Mag::from_f64(f64::NAN).is_finite() && !Mag::from_f64(f64::NEG_INFINITY).is_finite());
    assert_eq!(Mag::from_f64(-5e-324), Mag::pow2(-1074));
    assert_eq!(Mag::from_usize(8).log2_ceil(), Some(4));
    assert_eq!(Mag::pow2(10).log2_ceil(), Some(10));
    assert_eq!([Mag::ZERO.log2_ceil(), Mag::INFINITY.log2_ceil()], [None, Some(i64::MAX)]);
    let infinite = |sign: f64| Float::with_val(8, sign / 0.0);
    for sign in [1.0, -1.0] {
        assert_eq!(Mag::from_float(&infinite(sign)), Mag::INFINITY);
        assert!(Mag::from_float_lower(&infinite(sign)).is_zero());
    }
    assert_eq!(Mag::from_float(&Float::with_val(8, f64::NAN)), Mag::INFINITY);
    assert!(Mag::from_float_lower(&Float::with_val(8, f64::NAN)).is_zero());
}

/// Floats end where bounds go on: upper bounds stay above, lower bounds below.
#[test]
fn floats_of_bounds_beyond_their_range() {
    let (top, bottom) = (Mag::pow2(FLOAT_EXPONENT), Mag::pow2(-FLOAT_EXPONENT));
    assert!(top.to_float().is_infinite() && Mag::from_float(&top.shl(-1).to_float()) == top.shl(-1));
    assert_eq!(Mag::from_float(&bottom.to_float()), bottom);
    assert_eq!(Mag::from_float(&bottom.shl(-1).to_float()), bottom);
    assert!(bottom.shl(-1).to_float_below().is_zero() && bottom.to_float_below() == bottom.to_float());
    assert!(top.to_float_below().is_finite() && Mag::from_float(&top.to_float_below()) < top);
    assert!(Mag::INFINITY.to_float_below().is_finite() && Mag::ZERO.to_float_below().is_zero());
}
