use std::cmp::Ordering;

use num_rational::BigRational;
use proptest::prelude::*;

use super::{ClosedForm, DefinitionLine, Name, Symbol};
use crate::number::{Accuracy, Ball, Mag, parse_rational};

fn r(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

fn sqrt(text: &str) -> ClosedForm {
    ClosedForm::sqrt(&r(text)).unwrap()
}

fn over_pi(text: &str) -> ClosedForm {
    ClosedForm::pi_power(-2).scaled(&r(text))
}

/// Generators, each with its value found without closed forms.
fn generators(p: u32) -> Vec<(ClosedForm, Ball)> {
    let ball = |text: &str| Ball::from_rational(&r(text), p);
    let one = ball("1");
    let pi = Ball::pi(p);
    let level = Symbol::level(1, ClosedForm::pi_power(-2));
    let t1 = pi.recip();
    let s1 = (&one - &t1.square()).sqrt();
    let next = over_pi("1/2") * ClosedForm::angle(&level) + ClosedForm::sine(&level).scaled(&r("1/3"));
    let upper = Symbol::level(2, next);
    let t2 = &(&t1.acos() / &pi.shl(1)) + &(&s1 / &ball("3"));
    let named = Symbol::named(2, Name::indexed("c", &[2, 0]), &ClosedForm::one() + &over_pi("1"));
    let c = &one + &t1;
    let exp = Symbol::exp(3, Name::indexed("E", &[3]), over_pi("1"));
    vec![
        (ClosedForm::pi(), pi.clone()),
        (ClosedForm::pi_power(-1), pi.recip().sqrt()),
        (ClosedForm::pi_power(-4), pi.recip().square()),
        (sqrt("2"), ball("2").sqrt()),
        (sqrt("12/5"), ball("12/5").sqrt()),
        (sqrt("30"), ball("30").sqrt()),
        (ClosedForm::exp(&r("1/2")), ball("1/2").exp()),
        (ClosedForm::exp(&r("-2/3")), ball("-2/3").exp()),
        (ClosedForm::sin(&r("1")), ball("1").sin()),
        (ClosedForm::sin(&r("-1/2")), ball("-1/2").sin()),
        (ClosedForm::cos(&r("1")), ball("1").cos()),
        (ClosedForm::normal_cdf(&r("-1")), ball("-1").normal_cdf()),
        (ClosedForm::normal_cdf_of_root(false, &r("2")).unwrap(), ball("2").sqrt().normal_cdf()),
        (ClosedForm::normal_density(&r("3/2")), ball("3/2").normal_density()),
        (ClosedForm::asin(&r("-2/3")).unwrap(), ball("-2/3").asin()),
        (ClosedForm::asin(&r("2/3")).unwrap().reciprocal().unwrap(), ball("2/3").asin().recip()),
        (ClosedForm::acos(&r("1/2")).unwrap(), ball("1/2").acos()),
        (ClosedForm::base(&level), t1.clone()),
        (ClosedForm::sine(&level), s1.clone()),
        (ClosedForm::sine(&level).reciprocal().unwrap(), s1.recip()),
        (ClosedForm::angle(&level), t1.acos()),
        (ClosedForm::base(&upper), t2.clone()),
        (ClosedForm::sine(&upper).reciprocal().unwrap(), (&one - &t2.square()).sqrt().recip()),
        (ClosedForm::base(&named), c.clone()),
        (ClosedForm::base(&named).reciprocal().unwrap(), c.recip()),
        (ClosedForm::base(&exp), t1.exp()),
    ]
}

/// A sum of products: coefficients with the generators' places in the list.
type Recipe = Vec<(i64, i64, Vec<usize>)>;

fn recipe() -> impl Strategy<Value = Recipe> {
    let term = (-6i64..=6, 1i64..=6, prop::collection::vec(0usize..26, 0..4));
    prop::collection::vec(term, 0..4)
}

fn build(recipe: &Recipe, generators: &[(ClosedForm, Ball)]) -> (ClosedForm, Ball) {
    let p = generators[0].1.precision();
    let mut out = (ClosedForm::zero(), Ball::zero(p));
    for (a, b, places) in recipe {
        let c = BigRational::new((*a).into(), (*b).into());
        let mut term = (ClosedForm::from(c.clone()), Ball::from_rational(&c, p));
        for &i in places {
            term = (&term.0 * &generators[i].0, &term.1 * &generators[i].1);
        }
        out = (&out.0 + &term.0, &out.1 + &term.1);
    }
    out
}

/// Forgets the corners that a test does not care about: both are enclosures of one number, narrow.
fn agree(x: &ClosedForm, truth: &Ball, p: u32) -> Result<(), TestCaseError> {
    let value = x.to_ball(p);
    prop_assert!(value.overlaps(truth), "{x} = {value} is not {truth}");
    prop_assert!(value.radius() <= Mag::pow2(40 - i64::from(p)), "{x}: {value}");
    Ok(())
}

proptest! {
    #[test]
    fn values_agree_with_balls(x in recipe(), y in recipe(), p in 60u32..300) {
        let generators = generators(200);
        let ((x, bx), (y, by)) = (build(&x, &generators), build(&y, &generators));
        agree(&x, &bx, p)?;
        agree(&(&x + &y), &(&bx + &by), p)?;
        agree(&(&x - &y), &(&bx - &by), p)?;
        agree(&(&x * &y), &(&bx * &by), p)?;
    }

    #[test]
    fn ring_laws(x in recipe(), y in recipe(), z in recipe()) {
        let generators = generators(60);
        let (x, y, z) = (build(&x, &generators).0, build(&y, &generators).0, build(&z, &generators).0);
        prop_assert_eq!(&x + &y, &y + &x);
        prop_assert_eq!(&(&x + &y) + &z, &x + &(&y + &z));
        prop_assert_eq!(&x * &y, &y * &x);
        prop_assert_eq!(&(&x * &y) * &z, &x * &(&y * &z));
        prop_assert_eq!(&x * &(&y + &z), &(&x * &y) + &(&x * &z));
        prop_assert!((&x - &x).is_zero() && (&x + &(-&x)).is_zero());
        prop_assert_eq!(&x * &ClosedForm::one(), x.clone());
        prop_assert_eq!(x.pow(3).unwrap(), &(&x * &x) * &x);
        if let Some(inverse) = x.reciprocal() {
            prop_assert!((&x * &inverse).is_one());
        }
    }

    #[test]
    fn definitions_expand_to_the_same_number(x in recipe()) {
        let (x, value) = build(&x, &generators(200));
        let expanded = x.expanded().unwrap();
        agree(&expanded, &value, 100)?;
        prop_assert!((&x - &expanded).is_zero_by_definitions(), "{x} against {expanded}");
        prop_assert!(x.is_zero() || !x.is_zero_by_definitions() || x.to_ball(200).contains_zero());
    }

    #[test]
    fn notation_is_well_formed(x in recipe()) {
        let x = build(&x, &generators(60)).0;
        let (text, latex) = (x.to_string(), x.to_latex());
        for bad in ["+ -", "- -", "--", "+-", "(1*", " 1*", "-1*", "^1*", "()"] {
            prop_assert!(!text.contains(bad) && !text.starts_with("1*"), "{text}");
        }
        for (open, close) in [('(', ')'), ('{', '}')] {
            for t in [&text, &latex] {
                let mut depth = 0i64;
                for c in t.chars() {
                    depth += i64::from(c == open) - i64::from(c == close);
                    prop_assert!(depth >= 0, "{t}");
                }
                prop_assert_eq!(depth, 0);
            }
        }
    }
}

#[test]
fn differently_built_equals_are_equal() {
    let half = r("1/2");
    assert_eq!(&sqrt("6") * &sqrt("10"), sqrt("15").scaled(&r("2")));
    assert_eq!(sqrt("2").reciprocal().unwrap(), sqrt("1/2"));
    assert_eq!(sqrt("18/50"), ClosedForm::from(r("3/5")));
    let (s, c) = (ClosedForm::sin(&half), ClosedForm::cos(&half));
    assert!((&(&s * &s) + &(&c * &c)).is_one());
    assert_eq!((&s * &c).scaled(&r("2")), ClosedForm::sin(&r("1")));
    assert_eq!(&ClosedForm::exp(&half) * &ClosedForm::exp(&-half.clone()), ClosedForm::one());
    assert!((&ClosedForm::normal_cdf(&half) + &ClosedForm::normal_cdf(&-half)).is_one());
    assert_eq!(
        ClosedForm::asin(&r("1/2")).unwrap().scaled(&r("3")),
        &ClosedForm::asin(&r("1")).unwrap() + &ClosedForm::zero()
    );
    assert!(ClosedForm::asin(&r("11/10")).is_none() && ClosedForm::sqrt(&r("-1")).is_none());
}

#[test]
fn towers_built_apart_are_equal() {
    let build = |text: &str| {
        let level = Symbol::level(1, over_pi(text));
        let next = Symbol::level(2, &ClosedForm::sine(&level) * &ClosedForm::base(&level));
        &ClosedForm::sine(&next) + &ClosedForm::angle(&level)
    };
    assert_eq!(build("1"), build("1"));
    assert_ne!(build("1"), build("1/2"));
}

/// Equal numbers have the difference zero and cancel in sums, also where their generators are made apart.
#[test]
fn towers_built_apart_subtract_to_zero() {
    let build = |text: &str| {
        let level = Symbol::level(1, over_pi(text));
        let next = Symbol::level(2, &ClosedForm::sine(&level) * &ClosedForm::base(&level));
        let exp = Symbol::exp(3, Name::indexed("E", &[3]), ClosedForm::angle(&next));
        &(&ClosedForm::sine(&next) + &ClosedForm::angle(&level)) * &ClosedForm::base(&exp)
    };
    let (a, b, other) = (build("1"), build("1"), build("1/2"));
    assert!(a == b && (&a - &b).is_zero() && (&b - &a).is_zero() && (&a + &-&b).is_zero());
    assert_eq!(&a + &b, a.scaled(&r("2")));
    assert_eq!((&a * &b).symbols().len(), a.symbols().len());
    assert_eq!(&a * &b, a.pow(2).unwrap());
    assert!(a != other && !(&a - &other).is_zero());
    let value = (&a * &other).to_ball(100);
    assert!(value.overlaps(&(a.to_ball(120) * other.to_ball(120))) && value.is_finite());
}

#[test]
fn large_powers() {
    let sum = &ClosedForm::one() + &ClosedForm::pi();
    let power = sum.pow(300).unwrap();
    assert_eq!(power.term_count(), 301);
    assert!(power.to_ball(200).overlaps(&sum.to_ball(300).pow(300)));
    assert_eq!(sum.pow(7).unwrap(), (0..7).fold(ClosedForm::one(), |x, _| &x * &sum));
    let (s, c) = (ClosedForm::sin(&r("1")), ClosedForm::cos(&r("1")));
    let mixed = &(&s - &c) * &ClosedForm::pi_power(1);
    assert_eq!(mixed.pow(5).unwrap(), (0..5).fold(ClosedForm::one(), |x, _| &x * &mixed));
    assert_eq!(sum.pow(2).unwrap().to_string(), "1 + 2*pi + pi^2");
    assert!(
        sum.pow(0).unwrap().is_one()
            && sum.pow(1).unwrap() == sum
            && ClosedForm::zero().pow(3).unwrap().is_zero()
    );
    assert!(sum.pow(100_001).is_none());
    let three = &sum + &ClosedForm::exp(&r("1"));
    assert!(three.pow(100_000).is_none() && three.pow(9).is_some());
    // Exponents do not wrap.
    for halves in [i32::MIN, i32::MAX] {
        let large = ClosedForm::pi_power(halves).pow(100_000).unwrap();
        assert!(large.pow(100_000).is_none() && large.pow(2).is_some());
        assert!(!large.to_ball(60).is_exact());
    }
}

/// `Φ` far out is one minus a small number, which keeps its relative accuracy.
#[test]
fn far_tails_keep_their_relative_accuracy() {
    let accuracy = Accuracy::relative(30).unwrap();
    for (text, square) in [("-2", false), ("-5", false), ("-200", false), ("30001", true)] {
        let tail = match square {
            false => ClosedForm::normal_cdf(&r(text)),
            true => ClosedForm::normal_cdf_of_root(true, &r(text)).unwrap(),
        };
        let argument = if square {
            -Ball::from_rational(&r(text), 300).sqrt()
        } else {
            Ball::from_rational(&r(text), 300)
        };
        let truth = argument.normal_cdf();
        for (form, factor) in [(tail.clone(), r("1")), (&tail * &sqrt("2"), r("2")), (&tail * &tail, r("0"))]
        {
            let value = form.enclose(accuracy).unwrap();
            let expected = match () {
                _ if factor == r("1") => truth.clone(),
                _ if factor == r("2") => &truth * &Ball::from_integer(2, 300).sqrt(),
                _ => truth.square(),
            };
            assert!(
                value.overlaps(&expected) && form.sign() == Some(Ordering::Greater),
                "{form}: {value} {expected}"
            );
        }
    }
}

#[test]
fn signs() {
    assert_eq!(ClosedForm::zero().sign(), Some(Ordering::Equal));
    assert_eq!((&ClosedForm::pi() - &ClosedForm::from(r("355/113"))).sign(), Some(Ordering::Less));
    // Nested roots are outside the ring: asin(3/5) + asin(4/5) = π/2 is true but not canonical.
    let hidden = &(&ClosedForm::asin(&r("3/5")).unwrap() + &ClosedForm::asin(&r("4/5")).unwrap())
        - &ClosedForm::asin(&r("1")).unwrap();
    assert_eq!(hidden.sign(), None);
    assert!(hidden.enclose(Accuracy::relative(10).unwrap()).is_err());
    assert!(hidden.enclose(Accuracy::absolute(10).unwrap()).unwrap().contains_zero());
}

#[test]
fn large_square_factors_are_found_or_refused() {
    let prime = r("1000003");
    assert_eq!(ClosedForm::sqrt(&(&prime * &prime)), Some(ClosedForm::from(prime.clone())));
    let other = r("1000033");
    assert!(ClosedForm::sqrt(&(&prime * &other)).is_some());
    assert!(ClosedForm::sqrt(&(&prime * &prime * &other)).is_none());
}

#[test]
fn as_a_mathematician_writes() {
    let level = Symbol::level(1, over_pi("1"));
    let (t, s, a) = (ClosedForm::base(&level), ClosedForm::sine(&level), ClosedForm::angle(&level));
    let c = ClosedForm::base(&Symbol::named(2, Name::indexed("c", &[2, 1]), over_pi("1")));
    let phi = |text: &str| ClosedForm::normal_cdf_of_root(false, &r(text)).unwrap();
    let asin = ClosedForm::asin(&r("2/3")).unwrap();
    for (form, text, latex) in [
        (ClosedForm::zero(), "0", "0"),
        (ClosedForm::integer(-3), "-3", "-3"),
        (ClosedForm::from(r("-3/4")), "-3/4", r"-\frac{3}{4}"),
        (&ClosedForm::from(r("1/2")) + &over_pi("3/4"), "1/2 + 3/(4*pi)", r"\frac{1}{2}+\frac{3}{4\pi}"),
        (&over_pi("-1") - &ClosedForm::one(), "-1 - 1/pi", r"-1-\frac{1}{\pi}"),
        (&sqrt("3") * &over_pi("1/2"), "sqrt(3)/(2*pi)", r"\frac{\sqrt{3}}{2\pi}"),
        (
            &over_pi("1/2") + &(&sqrt("3") * &over_pi("-1/6")),
            "(3 - sqrt(3))/(6*pi)",
            r"\frac{3-\sqrt{3}}{6\pi}",
        ),
        (phi("1"), "Phi(1)", r"\Phi(1)"),
        (&phi("3/2") * &phi("3/2"), "Phi(sqrt(6)/2)^2", r"\Phi\left(\frac{\sqrt{6}}{2}\right)^{2}"),
        (ClosedForm::normal_density(&r("1")), "exp(-1/2)/sqrt(2*pi)", r"\frac{e^{-1/2}}{\sqrt{2\pi}}"),
        (ClosedForm::pi_power(-3), "1/(sqrt(pi)*pi)", r"\frac{1}{\sqrt{\pi}\pi}"),
        (&ClosedForm::pi_power(3) * &sqrt("2"), "sqrt(2*pi)*pi", r"\sqrt{2\pi}\pi"),
        (asin.clone(), "asin(2/3)", r"\arcsin\left(\frac{2}{3}\right)"),
        (
            (&asin * &asin).reciprocal().unwrap(),
            "1/asin(2/3)^2",
            r"\frac{1}{\arcsin^{2}\left(\frac{2}{3}\right)}",
        ),
        (ClosedForm::sin(&r("-2")), "-sin(2)", r"-\sin(2)"),
        (
            &(&t * &s.reciprocal().unwrap()) * &over_pi("-1/2"),
            "-t_1/(2*pi*s_1)",
            r"-\frac{t_{1}}{2\pi s_{1}}",
        ),
        (
            &(&s + &(&t * &(&ClosedForm::pi() - &a))) * &over_pi("1"),
            "(s_1 - t_1*a_1)/pi + t_1",
            r"\frac{s_{1}-t_{1}a_{1}}{\pi}+t_{1}",
        ),
        ((&c * &c).scaled(&r("5/2")), "5*c_2_1^2/2", r"\frac{5c_{2,1}^{2}}{2}"),
    ] {
        assert_eq!(form.to_string(), text);
        assert_eq!(form.to_latex(), latex, "{text}");
    }
}

#[test]
fn definitions_come_before_their_use() {
    let level = Symbol::level(1, over_pi("1"));
    let named = Symbol::named(2, Name::indexed("c", &[2, 0]), &ClosedForm::sine(&level) + &over_pi("1"));
    let lines: Vec<String> =
        ClosedForm::base(&named).definitions().iter().map(DefinitionLine::to_string).collect();
    assert_eq!(lines, ["t_1 = 1/pi", "s_1 = sqrt(1 - t_1^2)", "a_1 = acos(t_1)", "c_2_0 = 1/pi + s_1"]);
    for line in ClosedForm::base(&named).definitions() {
        assert!(line.value.to_ball(80).is_finite());
    }
}

#[test]
fn long_chains_of_definitions_need_no_stack() {
    let mut x = over_pi("1/2");
    for i in 0..20_000 {
        x = &ClosedForm::base(&Symbol::named(i, Name::indexed("x", &[i]), x.scaled(&r("1/2"))))
            + &ClosedForm::from(r("1/4"));
    }
    let value = x.to_ball(64);
    assert!(value.overlaps(&Ball::from_rational(&r("1/2"), 64)));
    assert_eq!(x, x.clone());
    drop(x);
}
