//! Arithmetic on every pair of small intervals, with the truth at exact ends in whole numbers.

use super::*;
use crate::enclosure::Enclosure;

/// Numerators of ends: around zero, around one, and some that share no factor with the others.
fn ends(prec: u32) -> Vec<i128> {
    let one = 1i128 << prec;
    let mut out: Vec<i128> =
        [0, 1, 2, 3, 7, one - 1, one, one + 1, 5 * one + 3].into_iter().flat_map(|n| [n, -n]).collect();
    out.sort();
    out.dedup();
    out
}

/// All intervals with such ends, some of them without an end.
fn intervals(prec: u32) -> Vec<[Option<i128>; 2]> {
    let ends = ends(prec);
    let mut out = vec![];
    for (i, a) in ends.iter().enumerate() {
        out.extend(ends[i..].iter().map(|b| [Some(*a), Some(*b)]));
        out.extend([[Some(*a), None], [None, Some(*a)]]);
    }
    out.push([None, None]);
    out
}

fn made([lo, hi]: [Option<i128>; 2], prec: u32) -> Interval {
    Interval { lo: lo.map(BigInt::from), hi: hi.map(BigInt::from), prec }
}

fn floor(a: i128, b: i128) -> i128 {
    Integer::div_floor(&a, &b)
}

fn ceil(a: i128, b: i128) -> i128 {
    -floor(-a, b)
}

/// What stands for the numbers of an interval: its ends, and far out where there is none.
fn members([lo, hi]: [Option<i128>; 2], prec: u32) -> Vec<i128> {
    let far = 1000i128 << prec;
    let (low, high) =
        (lo.unwrap_or(hi.unwrap_or(0).min(0) - far), hi.unwrap_or(lo.unwrap_or(0).max(0) + far));
    let mut out = vec![low, high, (low + high).div_euclid(2)];
    out.extend([0, 1, -1].into_iter().filter(|n| low <= *n && *n <= high));
    out.sort();
    out.dedup();
    out
}

/// Is `top/bottom` units of the last place, with `bottom > 0`, in the interval?
fn holds(x: &Interval, top: i128, bottom: i128) -> bool {
    let inside = |end: &Option<BigInt>, sign: i128| {
        end.as_ref().is_none_or(|n| {
            let gap = BigInt::from(top) - n * &BigInt::from(bottom);
            if sign > 0 { !gap.is_negative() } else { !gap.is_positive() }
        })
    };
    inside(&x.lo, 1) && inside(&x.hi, -1)
}

/// For finite operands: exactly the least and the greatest corner, rounded outwards.
fn tight(x: &Interval, corners: &[(i128, i128)]) -> bool {
    let lo = corners.iter().map(|c| floor(c.0, c.1)).min().map(BigInt::from);
    let hi = corners.iter().map(|c| ceil(c.0, c.1)).max().map(BigInt::from);
    x.lo == lo && x.hi == hi
}

#[test]
fn every_pair_of_small_intervals() {
    for prec in 4..=8 {
        let all = intervals(prec);
        for &x in &all {
            for &y in &all {
                pair(x, y, prec);
            }
        }
    }
}

fn pair(x: [Option<i128>; 2], y: [Option<i128>; 2], prec: u32) {
    let unit = 1i128 << prec;
    let (i, j) = (made(x, prec), made(y, prec));
    let [sum, difference, product] = [i.add(&j), i.sub(&j), i.mul(&j)];
    let [larger, smaller, both] = [i.max(&j), i.min(&j), i.hull(&j)];
    let quotient = i.div(&j);
    let (a, b) = (members(x, prec), members(y, prec));
    for &a in &a {
        for &b in &b {
            let at = || format!("{a} and {b} of {x:?} and {y:?} at {prec}");
            assert!(holds(&sum, a + b, 1) && holds(&difference, a - b, 1), "{}", at());
            assert!(holds(&product, a * b, unit), "{}: {product:?}", at());
            assert!(holds(&larger, a.max(b), 1) && holds(&smaller, a.min(b), 1), "{}", at());
            assert!(holds(&both, a, 1) && holds(&both, b, 1), "{}", at());
            if b != 0 {
                assert!(holds(&quotient, a * unit * b.signum(), b.abs()), "{}: {quotient:?}", at());
            }
        }
    }
    let ([Some(lo), Some(hi)], [Some(low), Some(high)]) = (x, y) else { return };
    let corners = |f: &dyn Fn(i128, i128) -> (i128, i128)| [f(lo, low), f(lo, high), f(hi, low), f(hi, high)];
    assert!(tight(&sum, &corners(&|a, b| (a + b, 1))) && tight(&difference, &corners(&|a, b| (a - b, 1))));
    assert!(tight(&product, &corners(&|a, b| (a * b, unit))), "{x:?} times {y:?} at {prec}: {product:?}");
    assert!(
        tight(&larger, &corners(&|a, b| (a.max(b), 1))) && tight(&smaller, &corners(&|a, b| (a.min(b), 1)))
    );
    if low > 0 || high < 0 {
        let exact = corners(&|a, b| (a * unit * b.signum(), b.abs()));
        assert!(tight(&quotient, &exact), "{x:?} over {y:?} at {prec}: {quotient:?}");
    } else {
        assert_eq!(quotient, Interval::whole(prec), "{x:?} over {y:?}");
    }
    // What both have in common, where there is something.
    if lo.max(low) <= hi.min(high) {
        let common = made([Some(lo.max(low)), Some(hi.min(high))], prec);
        assert!(i.meet(&j) == common && i.meet_or(&j) == common);
    } else {
        assert_eq!(i.meet_or(&j), j);
    }
}

#[test]
fn every_small_interval_alone() {
    for prec in 4..=8 {
        for x in intervals(prec) {
            alone(x, prec);
        }
    }
}

fn alone(x: [Option<i128>; 2], prec: u32) {
    let unit = 1i128 << prec;
    let i = made(x, prec);
    let a = members(x, prec);
    let with_zero = x[0].is_none_or(|n| n <= 0) && x[1].is_none_or(|n| n >= 0);
    assert_eq!(i.has_zero(), with_zero);
    assert_eq!(i.is_positive(), a.iter().all(|n| *n > 0), "{x:?}");
    assert_eq!(i.is_negative(), a.iter().all(|n| *n < 0), "{x:?}");
    assert_eq!(i.is_non_negative(), a.iter().all(|n| *n >= 0), "{x:?}");
    assert_eq!(i.is_non_positive(), a.iter().all(|n| *n <= 0), "{x:?}");
    assert_eq!(i.is_zero(), x == [Some(0); 2]);
    for &a in &a {
        let at = || format!("{a} of {x:?} at {prec}");
        assert!(
            holds(&i.neg(), -a, 1) && holds(&i.abs(), a.abs(), 1) && holds(&i.square(), a * a, unit),
            "{}",
            at()
        );
        assert!(i.magnitude().is_none_or(|m| m >= BigInt::from(a.abs())), "{}", at());
        for k in [-3i64, -1, 0, 1, 2, 7] {
            assert!(holds(&i.mul_integer(k), a * i128::from(k), 1), "{k} times {}", at());
        }
        for k in [1u64, 2, 3, 7, 255] {
            assert!(holds(&i.div_integer(k), a, i128::from(k)), "{} over {k}", at());
        }
        for k in [-9, -1, 0, 1, 5] {
            let (top, bottom) = if k < 0 { (a, 1i128 << -k) } else { (a << k, 1) };
            assert!(holds(&i.scaled(k), top, bottom), "2^{k} times {}", at());
        }
        for p in [prec - 3, prec, prec + 5] {
            let (top, bottom) = if p < prec { (a, 1i128 << (prec - p)) } else { (a << (p - prec), 1) };
            assert!(holds(&i.at(p), top, bottom), "{} at {p}", at());
        }
        for n in -5i32..=5 {
            let size = n.unsigned_abs();
            if a == 0 && n < 0 || a.abs() > 10 * unit {
                continue;
            }
            // In units: a^n unit^{1-n}.
            let (power, scale) = (a.pow(size), unit.pow(size));
            let (top, bottom) =
                if n < 0 { (scale * unit * power.signum(), power.abs()) } else { (power * unit, scale) };
            assert!(holds(&i.power(n), top, bottom), "{} to the {n}: {:?}", at(), i.power(n));
        }
        if a >= 0 {
            let root = i.sqrt();
            let square = |n: &BigInt| n * n;
            assert!(root.lo.as_ref().is_none_or(|r| square(r) <= BigInt::from(a * unit)), "{}", at());
            assert!(root.hi.as_ref().is_none_or(|r| square(r) >= BigInt::from(a * unit)), "{}", at());
        }
    }
    let [Some(lo), Some(hi)] = x else { return };
    assert!(tight(&i.neg(), &[(-lo, 1), (-hi, 1)]));
    let zero = if with_zero { (0, 1) } else { (lo.abs(), 1) };
    assert!(tight(&i.abs(), &[(lo.abs(), 1), (hi.abs(), 1), zero]), "{x:?}: {:?}", i.abs());
    let squares = [(lo * lo, unit), (hi * hi, unit), (zero.0 * zero.0, unit)];
    assert!(tight(&i.square(), &squares));
    assert!(tight(&i.mul_integer(-7), &[(lo * -7, 1), (hi * -7, 1)]));
    assert!(tight(&i.div_integer(7), &[(lo, 7), (hi, 7)]));
    assert!(tight(&i.scaled(-2), &[(lo, 4), (hi, 4)]) && tight(&i.at(prec - 2), &[(lo, 4), (hi, 4)]));
    if with_zero {
        assert_eq!(i.recip(), Interval::whole(prec));
    } else {
        let corner = |n: i128| (unit * unit * n.signum(), n.abs());
        assert!(tight(&i.recip(), &[corner(lo), corner(hi)]), "1 over {x:?}: {:?}", i.recip());
    }
    // Powers are rounded at every product: a unit for each, magnified by what is still to be multiplied.
    if (-unit..=unit).contains(&lo) && hi <= unit && lo * hi >= 0 {
        let cube = i.power(3);
        let corners = [lo, hi].map(|n| (n * n * n, unit * unit));
        let exact = [floor, ceil].map(|f| corners.map(|c| f(c.0, c.1)));
        let (least, most) = (exact[0].iter().min().unwrap(), exact[1].iter().max().unwrap());
        assert!(
            cube.lo.unwrap() >= BigInt::from(least - 2) && cube.hi.unwrap() <= BigInt::from(most + 2),
            "{x:?}"
        );
    }
}

/// Ends that are too long are replaced by weaker ones, never by stronger ones.
#[test]
fn ends_beyond_the_cap() {
    for prec in [4, 64] {
        let huge = BigInt::one() << (CAP + 2 * u64::from(prec) + 5);
        for (lo, hi) in [(-&huge, huge.clone()), (huge.clone(), &huge * 2), (&huge * -2, -&huge)] {
            let x = Interval::new(lo.clone(), hi.clone(), prec);
            assert!(x.lo.as_ref().is_none_or(|n| *n <= lo) && x.hi.as_ref().is_none_or(|n| *n >= hi));
            // What is known of the sign stays known.
            assert_eq!(x.is_positive(), lo.is_positive());
            assert_eq!(x.is_negative(), hi.is_negative());
        }
    }
}

/// Rational numbers are enclosed by neighbours.
#[test]
fn rational_numbers() {
    for prec in 1..=8 {
        for (n, d) in (-30..=30).flat_map(|n| (1..=9).map(move |d| (n, d))) {
            let x = Interval::rational(&ratio(n, d), prec);
            assert!(tight(&x, &[(i128::from(n) << prec, i128::from(d))]), "{n}/{d} at {prec}");
            let wide = Interval::between(Some(&ratio(n, d)), Some(&ratio(n + 1, d)), prec);
            assert!(wide.contains(&ratio(n, d)) && wide.contains(&ratio(n + 1, d)));
            let shifted = Interval::rounded(&n.into(), d as u32, prec);
            assert!(tight(&shifted, &[(n.into(), 1 << d)]));
        }
    }
}
