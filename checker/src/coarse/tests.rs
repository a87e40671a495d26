use num_traits::{One, Signed, Zero};
use proptest::prelude::*;

use super::*;
use crate::rational::{ratio, rational};

fn exact(x: End) -> BigRational {
    let power = BigRational::from(BigInt::one() << x.e.unsigned_abs());
    let m = BigRational::from(BigInt::from(x.m));
    if x.e >= 0 { m * power } else { m / power }
}

fn contains(x: &Coarse, r: &BigRational) -> bool {
    x.lo.is_none_or(|lo| exact(lo) <= *r) && x.hi.is_none_or(|hi| exact(hi) >= *r)
}

/// No wider than a few units of the last place.
fn is_sharp(x: &Coarse, r: &BigRational) -> bool {
    let (Some(lo), Some(hi)) = (x.lo, x.hi) else { return false };
    exact(hi) - exact(lo) <= r.abs() / BigRational::from(BigInt::one() << 59u32)
}

/// Ends with all kinds of last bits and exponents.
fn end() -> impl Strategy<Value = End> {
    let m = prop_oneof![
        Just(0i128),
        Just(1 << 61),
        Just((1 << 62) - 1),
        Just(-(1 << 61)),
        Just(1 - (1 << 62)),
        (-1i128 << 62..1 << 62),
        -9i128..9,
    ];
    let e = prop_oneof![-130i32..130, Just(0), Just(62), Just(63), Just(64), Just(65), Just(-64), Just(-65)];
    (m, e).prop_map(|(m, e)| End::round(m, e, Down).unwrap())
}

fn coarse() -> impl Strategy<Value = Coarse> {
    (end(), end(), any::<bool>()).prop_map(|(a, b, thin)| Coarse {
        lo: Some(if thin { a } else { a.min(b) }),
        hi: Some(if thin { a } else { a.max(b) }),
    })
}

fn ends(x: &Coarse) -> [BigRational; 2] {
    [exact(x.lo.unwrap()), exact(x.hi.unwrap())]
}

proptest! {
    #![proptest_config(ntk_testing::cases(400))]

    #[test]
    fn operations_contain_the_results_at_all_ends(a in coarse(), b in coarse(), k in -70i32..70, n in any::<i64>()) {
        for x in ends(&a) {
            prop_assert!(contains(&a.neg(), &-&x) && contains(&a.abs(), &x.abs()));
            prop_assert!(contains(&a.square(), &(&x * &x)) && contains(&a.power(3), &(&x * &x * &x)));
            prop_assert!(contains(&a.scaled(k), &(&x * rational(2).pow(k))));
            prop_assert!(contains(&a.mul_integer(n), &(&x * rational(n))));
            prop_assert!(contains(&a.symmetric().unwrap(), &x) && contains(&a.symmetric().unwrap(), &-&x));
            if n > 0 {
                prop_assert!(contains(&a.div_integer(n as u64), &(&x / rational(n))));
            }
            for y in ends(&b) {
                prop_assert!(contains(&a.add(&b), &(&x + &y)) && contains(&a.sub(&b), &(&x - &y)));
                prop_assert!(contains(&a.mul(&b), &(&x * &y)));
                prop_assert!(contains(&a.hull(&b), &x) && contains(&a.hull(&b), &y));
                if b.has_zero() {
                    prop_assert_eq!(a.is_zero(), a.div(&b).is_finite());
                } else {
                    prop_assert!(contains(&a.div(&b), &(&x / &y)));
                }
                let larger = a.larger(&b);
                prop_assert!(exact(larger.hi.unwrap()) >= x.abs().max(y.abs()));
                if a.is_within(&b) {
                    prop_assert!(x.abs() <= y);
                }
            }
        }
        // Thin operands have thin results.
        if a.lo == a.hi && b.lo == b.hi {
            let ([x, _], [y, _]) = (ends(&a), ends(&b));
            prop_assert!(is_sharp(&a.mul(&b), &(&x * &y)) && is_sharp(&a.scaled(k), &x));
            let sum = &x + &y;
            prop_assert!(is_sharp(&a.add(&b), &x.abs().max(y.abs())), "{sum}");
            prop_assert!(b.is_zero() || is_sharp(&a.div(&b), &(&x / &y)));
        }
    }

    #[test]
    fn long_intervals_become_coarse_ones_and_back(a in coarse(), prec in 1u32..200) {
        let long = a.interval(prec);
        for x in ends(&a) {
            prop_assert!(long.contains(&x) && contains(&Coarse::from(&long), &x));
        }
        let [x, y] = ends(&a);
        let other = Interval::between(Some(&x), Some(&y), prec);
        prop_assert_eq!(long.lo, other.lo);
        prop_assert_eq!(long.hi, other.hi);
        prop_assert!(contains(&Coarse::ZERO.like_rational(&(&x / rational(3))), &(&x / rational(3))));
    }

    #[test]
    fn exponentials_have_digits_wherever_they_lie(x in -900i64..900, d in 1i64..1000) {
        let x = ratio(x, d);
        let value = Coarse::ZERO.like_rational(&x).call(Function::Exp);
        let truth = Interval::rational(&x, 3000).exp();
        prop_assert!(exact(value.lo.unwrap()) <= truth.lower().unwrap());
        prop_assert!(exact(value.hi.unwrap()) >= truth.upper().unwrap());
        let wide = truth.upper().unwrap() * ratio(1, 1 << 40);
        prop_assert!(exact(value.hi.unwrap()) - exact(value.lo.unwrap()) < wide);
    }
}

#[test]
fn what_is_too_large_or_too_small_is_not_lost() {
    let huge = Coarse::ZERO.like_integer(3).scaled(RANGE - 70);
    let (up, down) = (huge.mul(&huge), huge.neg().mul(&huge));
    assert!(up.lo.is_some() && up.hi.is_none() && up.is_positive());
    assert!(down.lo.is_none() && down.hi.is_some() && down.is_negative());
    let tiny = Coarse::ZERO.like_integer(3).scaled(-RANGE + 70);
    let product = tiny.mul(&tiny.neg());
    assert!(product.is_non_positive() && !product.is_non_negative() && product.is_finite());
    let product = tiny.mul(&tiny);
    assert!(product.is_non_negative() && !product.is_non_positive());
    // An exponential of what is far out.
    for (x, finite) in [(1 << 40, false), (-(1 << 40), true)] {
        let value = Coarse::ZERO.like_integer(x).call(Function::Exp);
        assert_eq!(value.is_finite(), finite);
        assert!(value.is_non_negative() && value.hi.is_none_or(|hi| hi.m > 0));
    }
    let whole = Coarse::from(&Interval::whole(9));
    assert_eq!(whole.call(Function::Exp), Coarse { lo: Some(ZERO), hi: None });
    assert!(whole.call(Function::Tanh).is_finite());
    // With an end at infinity.
    let ray = Coarse { lo: Some(End::round(2, 0, Down).unwrap()), hi: None };
    assert_eq!(ray.recip(), Coarse { lo: Some(ZERO), hi: End::round(1, -1, Up) });
    assert_eq!(ray.neg().recip(), Coarse { lo: End::round(-1, -1, Down), hi: Some(ZERO) });
    assert!(ray.mul(&ray).is_positive() && ray.mul(&ray.neg()) == WHOLE && ray.add(&ray).hi.is_none());
    assert!(
        ray.mul(&Coarse::ZERO).is_zero() && exact(ray.lo.unwrap()) == rational(2) && exact(ZERO).is_zero()
    );
}
