use super::*;
use crate::rational::{parse, rational};
use num_traits::Signed;
use proptest::prelude::*;

const PREC: u32 = 160;

fn number(text: &str) -> Interval {
    Interval::rational(&parse(text, 99).unwrap(), PREC)
}

/// `Q(h) Q(k) + g(h) g(k) Σ ρ^{n+1} He_n(h) He_n(k)/(n+1)!` with `g` the density (Mehler), for `|ρ| <= 1/2`: with
/// Cramér's bound, which the densities outweigh, what is left after `N` terms is below `|ρ|^{N+1}`.
fn by_series(h: &BigRational, k: &BigRational, sin: &BigRational) -> Interval {
    let prec = 400;
    let number = |r: &BigRational| Interval::rational(r, prec);
    let density = |x: &BigRational| {
        number(&(x * x * ratio(-1, 2))).exp().div(&Interval::pi(prec).mul_integer(2).sqrt())
    };
    let (mut a, mut b) = ([rational(0), rational(1)], [rational(0), rational(1)]);
    let (mut sum, mut power) = (Interval::zero(prec), sin.clone());
    for n in 0..260i64 {
        sum = sum.add(&number(&(&power * &a[1] * &b[1])));
        for (pair, x) in [(&mut a, h), (&mut b, k)] {
            let next = x * &pair[1] - rational(n) * &pair[0];
            *pair = [pair[1].clone(), next];
        }
        power = power * sin / rational(n + 2);
    }
    let rest = number(&(sin.abs().pow(260)));
    upper_tail(&number(h))
        .mul(&upper_tail(&number(k)))
        .add(&density(h).mul(&density(k)).mul(&sum))
        .widened(&rest.magnitude().unwrap())
}

/// `asin` of a rational number.
fn asin(sin: &BigRational, prec: u32) -> Interval {
    let s = Interval::rational(sin, prec);
    s.over_root_atan(&Interval::rational(&(rational(1) - sin * sin), prec))
}

proptest! {
    #![proptest_config(ntk_testing::cases(12))]
    /// All inputs at the ends of intervals of any width: the truth lies within, and sharply where they are points.
    #[test]
    fn series_are_enclosed(
        h in 0i64..=160,
        k in 0i64..=160,
        sin in -16i64..=16,
        width in prop_oneof![Just(None), (1u32..150).prop_map(Some)],
        corner in 0u8..8,
    ) {
        let (h, k, sin) = (ratio(h, 16), ratio(k, 16), ratio(sin, 32));
        let truth = by_series(&h, &k, &sin);
        let beta = asin(&sin, 400).at(PREC);
        let span = width.map(|bits| BigInt::one() << bits);
        let around = |x: Interval, up: bool| match &span {
            None => x,
            // The number is an end of what is given.
            Some(span) if up => Interval::new(x.lo.unwrap(), x.hi.unwrap() + span, PREC),
            Some(span) => Interval::new((x.lo.unwrap() - span).max(BigInt::zero()), x.hi.unwrap(), PREC),
        };
        let turned = |x: Interval, up: bool| match &span {
            Some(span) if up => Interval::new(x.lo.unwrap(), x.hi.unwrap() + span, PREC),
            Some(span) => Interval::new(x.lo.unwrap() - span, x.hi.unwrap(), PREC),
            None => x,
        };
        let [h, k] = [(h, corner & 1 > 0), (k, corner & 2 > 0)].map(|(x, up)| around(Interval::rational(&x, PREC), up));
        let found = probability(&h, &k, &turned(beta, corner & 4 > 0));
        prop_assert!(found.lower().unwrap() <= truth.lower().unwrap(), "{found:?} {truth:?}");
        prop_assert!(found.upper().unwrap() >= truth.upper().unwrap(), "{found:?} {truth:?}");
        if span.is_none() {
            prop_assert!(found.width().unwrap() < BigInt::one() << (PREC - 100));
        }
    }
}

/// Where the integrand is below what is looked at, on a part of the way: that part counts.
#[test]
fn negligible_parts_count() {
    for [h, k] in [[9, 9], [9, 10], [8, 11]].map(|t| t.map(rational)) {
        let (truth, beta) = (by_series(&h, &k, &ratio(1, 2)), asin(&ratio(1, 2), 400).at(PREC));
        let [h, k] = [h, k].map(|x| Interval::rational(&x, PREC));
        let found = probability(&h, &k, &beta);
        assert!(found.lower().unwrap() <= truth.lower().unwrap(), "{found:?} {truth:?}");
        assert!(found.upper().unwrap() >= truth.upper().unwrap(), "{found:?} {truth:?}");
    }
}

/// One panel over the whole way, with an error that is visible, beside many panels.
#[test]
fn errors_of_the_rule_count() {
    let mut visible = 0;
    for [h, k, beta] in
        [["1", "3/2", "1"], ["1/2", "1/2", "5/4"], ["2", "1", "-1"], ["0", "3", "9/10"], ["3", "3", "-11/10"]]
    {
        let [h, k, beta] = [h, k, beta].map(number);
        let mut fine = Integral::new(&h, &k, &beta);
        fine.part(&rational(0), &rational(1), 0);
        let mut whole = Integral::new(&h, &k, &beta);
        let half = whole.beta.scaled(-1);
        let region = Interval::zero(PREC).hull(&whole.beta);
        let Some(error) = whole.error(&region, &half) else { continue };
        whole.rule(&rational(0), &rational(1), &half, &error);
        let gap = whole.sum.sub(&fine.sum);
        assert!(gap.has_zero(), "{h:?} {k:?} {beta:?}: {gap:?}");
        // Without the error the rule alone would not do.
        let alone = Interval::new(gap.lo.unwrap() + &error, gap.hi.unwrap() - &error, PREC);
        visible += usize::from(!alone.has_zero());
    }
    assert!(visible > 0);
}

#[test]
fn sines_and_cosines_of_all_angles_between() {
    let angles: Vec<i64> = (-1570..=1570).step_by(157).chain([-1, 1, 40]).collect();
    for &a in &angles {
        for &b in angles.iter().filter(|b| **b >= a) {
            // 1570/1000 is taken for what lies a little beyond: π/2.
            let at = |n: i64| match n {
                -1570 => Interval::pi(PREC).scaled(-1).neg(),
                1570 => Interval::pi(PREC).scaled(-1),
                n => Interval::rational(&ratio(n, 1000), PREC),
            };
            let [sin, cos] = sin_cos(&at(a).hull(&at(b)));
            let between = angles.iter().filter(|c| a <= **c && **c <= b).map(|c| at(*c));
            for x in between.chain((a <= 0 && b >= 0).then(|| Interval::zero(PREC))) {
                assert!(sin.sub(&x.sin()).has_zero() && cos.sub(&x.cos()).has_zero(), "{a} {b} {x:?}");
            }
            if a == b && a.abs() < 1570 {
                assert!(cos.width().unwrap() < BigInt::one() << 20u32);
            }
        }
    }
}

#[test]
fn at_the_ends_of_all_angles() {
    let quarter = Interval::pi(PREC).scaled(-1);
    for (h, k) in [("0", "0"), ("1", "1"), ("1/2", "2"), ("3", "0"), ("40", "1"), ("1000000", "1000000")] {
        let [h, k] = [h, k].map(number);
        // U = V, and U = -V: with h, k >= 0 nothing is left of the second but a point.
        let (same, opposite) = (probability(&h, &k, &quarter), probability(&h, &k, &quarter.neg()));
        let truth = upper_tail(&h.max(&k));
        assert!(same.sub(&truth).has_zero() && opposite.has_zero(), "{same:?} {truth:?} {opposite:?}");
        let narrow = |x: &Interval| x.width().unwrap() < BigInt::one() << (PREC - 20);
        assert!(narrow(&same) && narrow(&opposite), "{same:?} {opposite:?}");
    }
    // 1/4 + β/2π.
    for beta in ["0", "1/3", "-1", "3/2", "-157/100"].map(number) {
        let found = probability(&number("0"), &number("0"), &beta);
        let truth = beta.div(&Interval::pi(PREC).mul_integer(2)).add(&number("1/4"));
        assert!(found.sub(&truth).has_zero() && found.width().unwrap() < BigInt::one() << (PREC - 100));
    }
    // Nothing is known of the angle: a probability all the same.
    let any = probability(&number("1"), &number("1"), &Interval::whole(PREC));
    assert!(any.contains(&rational(0)) && any.upper().is_none_or(|top| top <= rational(1)));
}
