//! Elementary functions: every dyadic number at small precisions, short and long intervals, and every place where a
//! series may be cut, against `truth`.

use super::truth::Truth;
use super::*;
use crate::enclosure::Enclosure;
use crate::interval::constants::{inverse_series, log2, pi};
use crate::interval::elementary::{atanh_series, cos_series, erf_series, exp_series, log_with};
use crate::interval::inverse::atan_series;
use num_traits::ToPrimitive;

/// The functions of the whole line; for each the most units of the last place that a value may be wide at a point,
/// apart from what rounding relative to its size adds.
const WHOLE: [(&str, i64); 12] = [
    ("exp", 4),
    ("tanh", 6),
    ("sigmoid", 4),
    ("softplus", 6),
    ("erf", 4),
    ("sin", 2),
    ("cos", 2),
    ("sinh", 6),
    ("cosh", 6),
    ("atan", 6),
    ("asinh", 6),
    ("sinc", 4),
];

/// The functions of positive numbers.
const POSITIVE: [(&str, i64); 5] = [("log", 2), ("sqrt", 2), ("cbrt", 2), ("power9", 4), ("inverse", 2)];

fn rational(n: &BigInt, prec: u32) -> BigRational {
    BigRational::new(n.clone(), BigInt::one() << prec)
}

/// Is `f(lo) <= y <= f(hi)` possible for an increasing `f`, so that the interval contains the inverse of `f` at `y`?
fn inverts(value: &Interval, f: impl Fn(&BigRational) -> Truth, y: &Truth) -> bool {
    // With equality at an end both are known to within a unit or so.
    let zero = |t: &Truth| t.may_exceed(Some(&BigInt::zero()), 0);
    value.lower().is_none_or(|lo| zero(&y.minus(&f(&lo))))
        && value.upper().is_none_or(|hi| zero(&f(&hi).minus(y)))
}

/// May the truth at `x`, known to sixty more bits, lie in the interval?
fn holds(name: &str, x: &BigRational, value: &Interval) -> bool {
    let bits = value.prec + 60;
    let one = Truth::of(&BigRational::one(), bits);
    let root = |n: i32| {
        let low = value.lower().is_none_or(|lo| !lo.is_positive() || lo.pow(n) <= *x);
        low && value.upper().is_none_or(|hi| hi.pow(n) >= *x)
    };
    match name {
        "exp" => Truth::exp(x, bits).may_lie_in(value),
        "sin" => Truth::sin(x, bits).may_lie_in(value),
        "cos" => Truth::cos(x, bits).may_lie_in(value),
        "sinh" => Truth::sinh(x, bits).may_lie_in(value),
        "cosh" => Truth::cosh(x, bits).may_lie_in(value),
        "tanh" => Truth::tanh(x, bits).may_lie_in(value),
        "sinc" => Truth::sinc(x, bits).may_lie_in(value),
        "atan" => Truth::atan(x, bits).may_lie_in(value),
        "erf" => Truth::erf(x, bits).may_lie_in(value),
        "sigmoid" => one.over(&one.plus(&Truth::exp(&-x, bits))).may_lie_in(value),
        "softplus" => inverts(value, |y| Truth::exp(y, bits), &one.plus(&Truth::exp(x, bits))),
        "log" => inverts(value, |y| Truth::exp(y, bits), &Truth::of(x, bits)),
        "asinh" => inverts(value, |y| Truth::sinh(y, bits), &Truth::of(x, bits)),
        "inverse" => value.contains(&x.recip()),
        "sqrt" => root(2),
        "cbrt" => root(3),
        "power9" => root(9),
        _ => panic!("{name}"),
    }
}

fn at_point(name: &str, units: i64, n: &BigInt, prec: u32) {
    let f = function(name);
    let value = f(&Interval { lo: Some(n.clone()), hi: Some(n.clone()), prec });
    let x = rational(n, prec);
    assert!(holds(name, &x, &value), "{name} at {n}/2^{prec}: {value:?}");
    // sin(x)/x and 1/x magnify a unit by 1/x.
    let steep =
        if ["sinc", "inverse"].contains(&name) { x.abs().recip().ceil().to_integer() } else { BigInt::one() };
    let size = value.magnitude().unwrap() >> prec;
    let width = value.width().unwrap();
    assert!(width <= BigInt::from(units) * (size + steep), "{name} at {n}/2^{prec} is wide: {value:?}");
}

/// Every `count`-th number, another residue at each precision, so that many cases reach all of them.
fn some(from: i64, to: i64, prec: u32) -> impl Iterator<Item = BigInt> {
    let all = (to - from) << prec;
    let step = (all / i64::from(ntk_testing::count(60))).max(1) as usize;
    let near = (-20i64..=20).map(BigInt::from).filter(move |n| *n >= BigInt::from(from << prec));
    ((from << prec) + i64::from(prec) % step as i64..=(to << prec))
        .step_by(step)
        .map(BigInt::from)
        .chain(near)
}

#[test]
fn dyadic_points_at_small_precisions() {
    for prec in 4..=8 {
        for (name, units) in WHOLE {
            let reach = if name == "erf" { 5 } else { 8 };
            some(-reach, reach, prec)
                .filter(|n| name != "sinc" || !n.is_zero())
                .for_each(|n| at_point(name, units, &n, prec));
        }
        for (name, units) in POSITIVE {
            some(0, 16, prec).filter(Signed::is_positive).for_each(|n| at_point(name, units, &n, prec));
        }
    }
}

/// The values at both ends and inside; the width is that of the values, for increasing functions.
fn on_interval(name: &str, a: &BigInt, b: &BigInt, prec: u32) {
    let value = function(name)(&Interval { lo: Some(a.clone()), hi: Some(b.clone()), prec });
    let points = [a.clone(), b.clone(), (a + b) >> 1, (a * 3 + b) >> 2];
    for n in &points {
        let x = rational(n, prec);
        if !x.is_zero() || name != "inverse" {
            assert!(holds(name, &x, &value), "{name} at {n} in [{a}, {b}]/2^{prec}: {value:?}");
        }
    }
    let bounded = ["sin", "cos", "sinc"].contains(&name);
    let size = value.magnitude();
    assert!(
        !bounded || size.is_some_and(|m| m <= BigInt::one() << prec),
        "{name} of [{a}, {b}]/2^{prec}: {value:?}"
    );
    let turns =
        bounded || (name == "cosh" && (a * b).is_negative()) || (name == "inverse" && !a.is_positive());
    if !turns {
        let [left, right] =
            [a, b].map(|n| function(name)(&Interval { lo: Some(n.clone()), hi: Some(n.clone()), prec }));
        let most = left.hull(&right).width().unwrap();
        // These are, on a short interval, their value at one end and its length times a bound of the slope.
        let short = |bits: u32| (b - a).min(BigInt::one() << bits);
        let slack = match name {
            "atan" => short(prec / 2),
            "exp" if prec >= 64 => BigInt::from(4),
            "erf" if prec >= 64 => short(prec / 4) * 5 / 4 + 4,
            "tanh" | "sigmoid" | "softplus" if prec >= 64 => short(prec / 4) + 4,
            _ => BigInt::zero(),
        };
        assert!(value.width().unwrap() <= most + slack, "{name} of [{a}, {b}]/2^{prec}: {value:?}");
    }
}

#[test]
fn intervals_at_small_precisions() {
    for prec in 4..=8u32 {
        let one = 1i64 << prec;
        let ends = [
            -5 * one - 1,
            -one - 1,
            -one,
            -one + 1,
            -3,
            -1,
            0,
            1,
            2,
            one - 1,
            one,
            one + 1,
            3 * one + 2,
            5 * one,
        ];
        for (i, a) in ends.iter().enumerate() {
            for b in &ends[i..] {
                WHOLE.iter().for_each(|f| on_interval(f.0, &(*a).into(), &(*b).into(), prec));
                if *a > 0 {
                    POSITIVE.iter().for_each(|f| on_interval(f.0, &(*a).into(), &(*b).into(), prec));
                }
            }
        }
    }
}

/// `atan(x/√s)` by the truth for squares.
#[test]
fn quotients_by_roots() {
    for prec in 4..=8u32 {
        let one = 1i64 << prec;
        let numbers = [-3 * one, -one - 1, -one, -2, -1, 0, 1, 3, one - 1, one, 2 * one + 1, 5 * one];
        for (&n, &t) in numbers.iter().flat_map(|n| numbers.iter().map(move |t| (n, t))) {
            // s = t² needs twice the bits.
            let x = Interval { lo: Some(n.into()), hi: Some(n.into()), prec }.at(2 * prec);
            let square = BigInt::from(t) * t;
            let s = Interval { lo: Some(square.clone()), hi: Some(square), prec: 2 * prec };
            let value = x.over_root_atan(&s);
            let truth = match (n, t) {
                (0, 0) => continue,
                (_, 0) => {
                    Truth::pi(200).over(&Truth::of(&BigRational::from_integer((2 * n.signum()).into()), 200))
                }
                _ => Truth::atan(&ratio(n, t.abs()), 200),
            };
            if n >= 0 || t != 0 {
                assert!(truth.may_lie_in(&value), "atan({n}/{}) at {prec}: {value:?}", t.abs());
            } else {
                assert!(
                    Truth::pi(200)
                        .over(&Truth::of(&BigRational::from_integer(2.into()), 200))
                        .may_lie_in(&value.neg())
                );
            }
        }
    }
}

/// The rest of a series is bounded wherever it is cut, not only where the terms are too small to matter.
#[test]
fn series_are_cut_anywhere() {
    let prec = 60;
    for unit in 1..=62u64 {
        for n in [0i64, 1, 5, 1000, (1 << 9) - 1] {
            let share = |d: i64| {
                let x = ratio(n, d * 1024);
                (Interval::rational(&x, prec), x)
            };
            let check = |name: &str, truth: Truth, value: &Interval| {
                assert!(truth.may_lie_in(value), "{name} with {n}, cut at {unit}: {value:?}");
                // The rest is of the size of what is left out.
                assert!(
                    value.width().unwrap() <= BigInt::one() << (unit + 7),
                    "{name} with {n}, cut at {unit}"
                );
            };
            let (r, x) = share(3);
            check("exp", Truth::exp(&x, 200), &exp_series(&r, unit));
            let (r, x) = share(16);
            check("cos", Truth::cos(&x, 200), &cos_series(&r, unit));
            check("cos", Truth::cos(&x, 200), &cos_series(&r.neg(), unit));
            let (r, x) = share(5);
            check("atan", Truth::atan(&x, 200), &atan_series(&r, unit));
            check("atan", Truth::atan(&-x, 200), &atan_series(&r.neg(), unit));
            let (r, x) = share(2);
            // 2 atanh x = log((1+x)/(1-x)).
            let quotient = (BigRational::one() + &x) / (BigRational::one() - &x);
            let twice = atanh_series(&r, unit).mul_integer(2);
            assert!(
                inverts(&twice, |y| Truth::exp(y, 200), &Truth::of(&quotient, 200)),
                "atanh of {x}, cut at {unit}"
            );
            let (r, x) = share(1);
            // e^{x²} √π/2 erf x.
            let half = Truth::erf(&x, 200).over(&Truth::exp(&-(&x * &x), 200));
            let value = erf_series(&r, 3, unit).mul_integer(2).div(&pi(prec).sqrt());
            assert!(half.may_lie_in(&value), "erf of {x}, cut at {unit}: {value:?}");
        }
        // Where the terms rise at first.
        for n in [1i64, 2, 3] {
            let x = ratio(n, 1);
            let half = Truth::erf(&x, 200).over(&Truth::exp(&ratio(-n * n, 1), 200));
            let sum = erf_series(&Interval::integer(n, prec), 2 * (n * n) as u64, unit);
            let value = sum.mul_integer(2).div(&pi(prec).sqrt());
            assert!(half.may_lie_in(&value), "erf of {x}, cut at {unit}: {value:?}");
        }
        for m in [2i64, 3, 5, 239] {
            let value = inverse_series(m as u64, -1, prec, unit);
            assert!(Truth::atan(&ratio(1, m), 200).may_lie_in(&value), "atan 1/{m}, cut at {unit}");
            let value = inverse_series(m as u64, 1, prec, unit).mul_integer(2);
            let quotient = ratio(m + 1, m - 1);
            assert!(
                inverts(&value, |y| Truth::exp(y, 200), &Truth::of(&quotient, 200)),
                "atanh 1/{m}, cut at {unit}"
            );
        }
    }
}

/// π and log 2 at every precision, and logarithms without spare bits.
#[test]
fn constants() {
    for prec in (1..=130).chain([200, 260]) {
        let [pi, two] = [pi(prec), log2(prec)];
        assert!(
            Truth::pi(400).may_lie_in(&pi) && pi.width().unwrap() <= BigInt::from(2),
            "π at {prec}: {pi:?}"
        );
        let exp = |y: &BigRational| Truth::exp(y, 400);
        assert!(inverts(&two, exp, &Truth::of(&ratio(2, 1), 400)), "log 2 at {prec}: {two:?}");
        assert!(two.width().unwrap() <= BigInt::from(2), "log 2 at {prec}");
    }
    for (w, e) in (6..=40).flat_map(|w| (0..40).map(move |e| (w, e))) {
        // 2^e at 20 bits.
        let value = log_with(&(BigInt::one() << e), 20, w);
        let truth =
            Truth::of(&(BigRational::from(BigInt::one() << e) / BigRational::from(BigInt::one() << 20)), 200);
        assert!(inverts(&value, |y| Truth::exp(y, 200), &truth), "log 2^({e} - 20) with {w} bits: {value:?}");
    }
}

/// The sine is reduced by π/2: with numbers near its multiples an error of π would show.
#[test]
fn sines_near_their_zeros() {
    for prec in 4..=60 {
        for k in 1..=3i64 {
            let near = pi(prec).mul_integer(k).scaled(-1);
            for n in [near.lo.unwrap(), near.hi.unwrap()] {
                at_point("sin", 2, &n, prec);
                at_point("cos", 2, &n, prec);
            }
        }
    }
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]

    /// Random numbers and intervals at usual precisions; the radii from nothing to longer than the middle.
    #[test]
    fn at_usual_precisions(
        n in any::<i64>(), m in any::<u64>(), length in 0u32..64, small in 0u32..60, prec in 16u32..=200,
    ) {
        // Between -4 and 4.
        let scaled = |n: BigInt| if prec >= 61 { n << (prec - 61) } else { n >> (61 - prec) };
        let a = scaled(BigInt::from(n)) >> small;
        let b = &a + (scaled(BigInt::from(m)) >> length);
        for (name, units) in WHOLE {
            if name != "sinc" || !a.is_zero() {
                at_point(name, units, &a, prec);
            }
            on_interval(name, &a, &b, prec);
        }
        let (a, b) = (a.abs() + 1u32, a.abs() + 1u32 + (&b - &a));
        for (name, units) in POSITIVE {
            at_point(name, units, &a, prec);
            on_interval(name, &a, &b, prec);
        }
    }

    /// Sums, products and quotients at usual precisions, at the exact ends.
    #[test]
    fn arithmetic_at_usual_precisions(
        x in any::<[i64; 2]>(), y in any::<[i64; 2]>(), shift in 0u32..130, prec in 16u32..=200,
    ) {
        let made = |z: [i64; 2]| {
            let [a, b] = z.map(|n| BigInt::from(n) << shift);
            (Interval::new(a.clone().min(b.clone()), a.clone().max(b.clone()), prec), [rational(&a, prec), rational(&b, prec)])
        };
        let ((i, x), (j, y)) = (made(x), made(y));
        let unit = rational(&BigInt::one(), prec);
        for (a, b) in x.iter().flat_map(|a| y.iter().map(move |b| (a, b))) {
            prop_assert!(i.add(&j).contains(&(a + b)) && i.sub(&j).contains(&(a - b)));
            prop_assert!(i.mul(&j).contains(&(a * b)) && i.square().contains(&(a * a)));
            prop_assert!(i.power(3).contains(&(a * a * a)));
            prop_assert!(b.is_zero() || i.div(&j).contains(&(a / b)));
        }
        let products: Vec<BigRational> = x.iter().flat_map(|a| y.iter().map(move |b| a * b)).collect();
        let spread = products.iter().max().unwrap() - products.iter().min().unwrap();
        prop_assert!(i.mul(&j).upper().unwrap() - i.mul(&j).lower().unwrap() <= spread + &unit * ratio(2, 1));
    }
}

/// Infinite ends and huge arguments: bounds, not values.
#[test]
fn far_out() {
    for prec in [4, 8, 64] {
        for size in [9u32, 13, 14, 15, 40, 70, 300] {
            let far = Interval::new(BigInt::one() << (prec + size), BigInt::one() << (prec + size), prec);
            let (up, down) = (far.exp(), far.neg().exp());
            assert!(
                up.is_positive() && down.is_non_negative() && down.hi.as_ref().unwrap() <= &BigInt::one()
            );
            // e^{2^size} > 2^{2^size}, as far as ends are kept.
            let least = up.lo.as_ref().unwrap().bits() - u64::from(prec);
            assert!(least >= (1u64 << size.min(13)).min(CAP / 2), "{size}: {least}");
            for f in [Interval::tanh, Interval::sigmoid, Interval::erf] {
                let one = BigInt::one() << prec;
                let value = f(&far);
                assert!(
                    value.hi.as_ref().unwrap() >= &one && value.lo.as_ref().unwrap() >= &(&one - 2u32),
                    "{size}"
                );
            }
            let log = far.log();
            let two = log2(prec + 20).mul_integer(i64::from(size)).at(prec);
            assert!(log.lo <= two.hi && two.lo <= log.hi && log.width().unwrap() <= BigInt::from(2));
            assert!(far.cos().magnitude().unwrap() <= BigInt::one() << prec);
            assert!(
                far.sinh().is_positive() && far.neg().sinh().is_negative() && far.neg().cosh().is_positive()
            );
            assert!(far.softplus().contains(&far.lower().unwrap()));
            assert!(far.atan().hi.unwrap().to_i128().unwrap() <= 2 << prec);
        }
    }
}
