mod functions;
mod operations;
mod truth;

use super::*;
use crate::enclosure::Enclosure;
use crate::rational::{parse, ratio};
use proptest::prelude::*;

// Computed with mpmath at 80 digits.
include!("reference.rs");

type Function = fn(&Interval) -> Interval;

fn function(name: &str) -> Function {
    match name {
        "exp" => Interval::exp,
        "log" => Interval::log,
        "tanh" => Interval::tanh,
        "sigmoid" => Interval::sigmoid,
        "softplus" => Interval::softplus,
        "erf" => Interval::erf,
        "sin" => Interval::sin,
        "cos" => Interval::cos,
        "sinh" => Interval::sinh,
        "cosh" => Interval::cosh,
        "sinc" => Interval::sinc,
        "sqrt" => Interval::sqrt,
        "atan" => Interval::atan,
        "asin" => |x| x.over_root_atan(&Interval::integer(1, x.prec).sub(&x.square())),
        "asinh" => Interval::asinh,
        "inverse" => Interval::recip,
        "cbrt" => |x| x.root(&ratio(1, 3)),
        "power9" => |x| x.root(&ratio(1, 9)),
        _ => panic!("{name}"),
    }
}

/// The truth, known to 60 digits, is inside, and the interval is narrow.
#[test]
fn values_are_enclosed_narrowly() {
    for (name, x, truth) in VALUES {
        let x = parse(x, 200).unwrap();
        let truth = parse(truth, 200).unwrap();
        // 65 digits are correct, relative to the size.
        let slack = (truth.abs() + BigRational::one()) * parse("1e-65", 99).unwrap();
        for prec in [20, 64, 100, 190] {
            let value = function(name)(&Interval::rational(&x, prec));
            let (lo, hi) = (value.lower().unwrap(), value.upper().unwrap());
            assert!(lo <= &truth + &slack && &truth - &slack <= hi, "{name}({x}) at {prec}: {truth}");
            let size = truth.abs() + BigRational::one();
            let unit = BigRational::new(1.into(), BigInt::one() << prec);
            // The argument is rounded, and steep functions magnify that.
            assert!(hi - lo <= unit * size * parse("20000", 9).unwrap(), "{name}({x}) at {prec} is wide");
        }
    }
}

#[test]
fn infinite_ends() {
    let up = Interval::between(Some(&ratio(1, 1)), None, 64);
    assert!(up.exp().hi.is_none() && up.exp().is_positive());
    assert!(up.neg().exp().hi.unwrap() < BigInt::one() << 64);
    assert_eq!(Interval::whole(64).tanh().hi, Some(BigInt::one() << 64));
    assert!(Interval::whole(64).mul(&Interval::zero(64)).is_zero());
    assert!(up.recip().is_non_negative() && up.mul(&up.neg()).is_negative());
    assert!(Interval::integer(10_000_000, 64).exp().hi.is_none());
    assert!(Interval::integer(10_000_000, 64).exp().is_positive());
    assert!(Interval::whole(64).square().is_non_negative());
    assert!(Interval::whole(64).softplus().is_non_negative() && Interval::whole(64).sinc().is_finite());
}

fn any_interval() -> impl Strategy<Value = (BigRational, BigRational, BigRational)> {
    (-4000i64..4000, 0i64..3000, 0i64..=100, 1i64..300).prop_map(|(a, length, share, d)| {
        let (lo, hi) = (ratio(a, d), ratio(a + length, d));
        let inside = &lo + (&hi - &lo) * ratio(share, 100);
        (lo, hi, inside)
    })
}

proptest! {
    #[test]
    fn operations_contain_the_truth(x in any_interval(), y in any_interval(), prec in 4u32..90, n in -4i32..6) {
        let make = |x: &(BigRational, BigRational, BigRational)| Interval::between(Some(&x.0), Some(&x.1), prec);
        let (i, j) = (make(&x), make(&y));
        let (a, b) = (x.2, y.2);
        prop_assert!(i.add(&j).contains(&(&a + &b)) && i.sub(&j).contains(&(&a - &b)));
        prop_assert!(i.mul(&j).contains(&(&a * &b)) && i.square().contains(&(&a * &a)));
        prop_assert!(i.max(&j).contains(&a.clone().max(b.clone())));
        prop_assert!(i.abs().contains(&a.abs()) && i.hull(&j).contains(&b));
        prop_assert!(i.mul_integer(-3).contains(&(&a * ratio(-3, 1))) && i.div_integer(7).contains(&(&a / ratio(7, 1))));
        if !b.is_zero() {
            prop_assert!(i.div(&j).contains(&(&a / &b)) && j.recip().contains(&b.recip()));
            prop_assert!(j.power(n).contains(&b.pow(n)));
        }
    }

    /// A function of a wide interval contains its narrow values at another precision.
    #[test]
    fn functions_of_wide_intervals(x in any_interval(), prec in 8u32..70) {
        let names = ["exp", "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "sinh", "cosh", "sinc", "atan", "asinh"];
        for name in names {
            let f = function(name);
            let wide = f(&Interval::between(Some(&x.0), Some(&x.1), prec));
            let thin = f(&Interval::rational(&x.2, 120)).at(prec + 1);
            let overlap = |a: &Option<BigRational>, b: &Option<BigRational>| {
                a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| a <= b)
            };
            prop_assert!(overlap(&wide.lower(), &thin.upper()) && overlap(&thin.lower(), &wide.upper()), "{name}");
        }
    }
}
