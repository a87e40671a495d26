use num_traits::ToPrimitive;

use super::*;
use crate::activation::Activation;
use crate::interval::Interval;

/// Continued at 0, with the value there where it is rational.
const CONTINUED: [(&str, Option<f64>); 30] = [
    ("(exp(x)-1)/x", Some(1.0)),
    ("(exp(x)-1)/(3*x)", Some(1.0 / 3.0)),
    ("log(1+x^2)/x", Some(0.0)),
    ("log(1+x^2)/x^2", Some(1.0)),
    ("(1-cos(x))/x^2", Some(0.5)),
    ("tanh(x)/x", Some(1.0)),
    ("tanh(30*x)/x", Some(30.0)),
    ("(tanh(x)-x)/x^3", Some(-1.0 / 3.0)),
    ("sin(x)/x", Some(1.0)),
    ("sin(2*x)^2/x^2", Some(4.0)),
    ("sinh(x)/x", Some(1.0)),
    ("(cosh(x)-1)/x^2", Some(0.5)),
    ("atan(x)/x", Some(1.0)),
    ("(atan(x)-x)/x^3", Some(-1.0 / 3.0)),
    ("asinh(x)/x", Some(1.0)),
    ("(asinh(x)-x)/x^3", Some(-1.0 / 6.0)),
    ("erf(x)/x", None),
    ("erf(x)^2/x^2", None),
    ("(sigmoid(x)-1/2)/x", Some(0.25)),
    ("(sigmoid(x)-1/2-x/4)/x^3", Some(-1.0 / 48.0)),
    ("(sqrt(1+x^2)-1)/x^2", Some(0.5)),
    ("(exp(x)-1-x)/x^2", Some(0.5)),
    ("((exp(x)-1)/x-1)/x", Some(0.5)),
    ("(((exp(x)-1)/x-1)/x-1/2)/x", Some(1.0 / 6.0)),
    ("tanh((exp(x)-1)/x)", None),
    ("tanh((1-cos(x))/x^2)*x", Some(0.0)),
    ("x^3/x", Some(0.0)),
    ("x/(1+x^2)/x", Some(1.0)),
    ("(exp(x)-exp(-x))/x", Some(2.0)),
    ("sinc(x) + tanh(x)/x", Some(2.0)),
];

fn value(a: &Activation, x: &BigRational) -> Option<f64> {
    a.expression.value(x, 200)?.lower()?.to_f64()
}

fn contains(interval: &Interval, x: f64) -> bool {
    let (low, high) = (interval.lower(), interval.upper());
    let slack = 1e-6 * (1.0 + x.abs());
    low.and_then(|l| l.to_f64()).is_some_and(|l| l <= x + slack)
        && high.and_then(|h| h.to_f64()).is_some_and(|h| h >= x - slack)
}

#[test]
fn continued_functions_are_bounded_and_expanded() {
    for (name, at_zero) in CONTINUED {
        let a = Activation::parse(name).unwrap();
        let bounds = &a.bounds;
        assert!(a.is_defined() && a.has_derivative(), "{name}");
        let zero = value(&a, &rational(0)).unwrap_or_else(|| panic!("{name} at 0"));
        let close = value(&a, &ratio(1, 1 << 20)).unwrap();
        assert!((zero - close).abs() < 1e-5, "{name}: {zero} and {close}");
        let exact = a.expression.exact_value(&rational(0)).and_then(|r| r.to_f64());
        match at_zero {
            Some(truth) => assert!((zero - truth).abs() < 1e-12 && exact == Some(truth), "{name}: {exact:?}"),
            None => assert!(exact.is_none(), "{name}"),
        }
        // On intervals around 0 and with an end there, coefficients of both kinds of enclosures.
        for (low, high) in [(-1, 1), (0, 1), (-1, 0), (-8, 3)] {
            let (low, high) = (ratio(low, 16), ratio(high, 16));
            let region = Interval::between(Some(&low), Some(&high), 128);
            let slope = Interval::rational(&ratio(1, 2), 128);
            let jet = a.expression.jet(&region, &slope, 3).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(jet.len(), 3, "{name}");
            for i in 0..=4 {
                let x = &low + (&high - &low) * ratio(i, 4);
                let step = ratio(1, 1 << 12);
                let [left, here, right] = [&x - &step, x.clone(), &x + &step].map(|x| value(&a, &x).unwrap());
                let h = step.to_f64().unwrap();
                let first = (right - left) / (2.0 * h);
                let second = (right - 2.0 * here + left) / (2.0 * h * h);
                assert!(contains(&jet[0], here), "{name} at {x}");
                assert!(contains(&jet[1], first / 2.0), "{name} at {x}: {first}");
                assert!(contains(&jet[2], second / 4.0), "{name} at {x}: {second}");
                let range = a.expression.ranges(&region).swap_remove(a.expression.root);
                assert!(contains(&range, here), "{name} at {x}");
            }
        }
        // The bounds on the whole line.
        for i in -40..=40 {
            let x = ratio(i, 7);
            let (here, there) = (value(&a, &x), value(&a, &(&x + ratio(1, 1 << 20))));
            let (Some(here), Some(there)) = (here, there) else { panic!("{name} at {x}") };
            let most = |m: &Option<crate::expression::bounds::Majorant>| {
                m.as_ref().map_or(f64::INFINITY, |m| {
                    m.constant.to_f64().unwrap()
                        * (m.rate.to_f64().unwrap() * x.to_f64().unwrap().abs()).exp()
                })
            };
            assert!(here.abs() <= most(&bounds.size) * 1.000001, "{name} at {x}");
            let slope = (there - here) * f64::from(1 << 20);
            assert!(slope.abs() <= most(&bounds.slope) * 1.001 + 1e-6, "{name} at {x}: {slope}");
        }
    }
}

/// Poles, jumps, numerators that are nearly 0, and what is not decided.
#[test]
fn what_is_not_continued() {
    for name in [
        "1/x",
        "x/abs(x)",
        "abs(x)/x",
        "sqrt(x^2)/x",
        "(sqrt(4+x^2)-1)/x",
        "max(x,0)/x",
        "where(x>0,x,-x)/x",
        "sin(x)/x^2",
        "sin(x)/x^3",
        "tanh(x)/x^2",
        "(exp(x)-1)/x^2",
        "(exp(x)-1-x*1.0000001)/x^2",
        "(exp(x)-1.0000000000000000000000000001)/x",
        "(1-cos(x))/x^3",
        "(cos(x)-0.99999999999999999999)/x",
        "((exp(x)-1)/x-1)/x^2",
        "((exp(x)-1)/x-1.1)/x",
        "(abs(x)/x-1)/x",
        "log(x^2)/x",
        "(softplus(x)-softplus(-x)-x)/x",
        "softplus(x)/x",
        "(softplus(x)-0.6931471805599453094172321214581765680755)/x",
        "erf(x)/x^2",
        "(erf(x)-1.1283791670955125738961589031215451716881*x)/x^2",
        "(sigmoid(x)-1/2-x/4)/x^4",
        "(x*pi-3.1415926535897932384626433832795*x)/x^2",
        "(pi-3.1415926535897932384626433832795)/x",
        "x/(x^2+x)",
        "x^2/x^3",
        "(tanh(x)-x)/x^4",
        "1/(exp(x)-1)",
        "(exp(x)-1)/x*(1/x)",
        "tanh(x)/x^20",
        "exp(1/x)",
        "tanh(1/x)",
    ] {
        let a = Activation::parse(name).unwrap();
        assert!(!a.is_defined(), "{name}");
        assert!(a.expression.value(&rational(0), 128).is_none_or(|v| !v.is_finite()), "{name}");
        assert!(a.expression.exact_value(&rational(0)).is_none(), "{name}");
    }
    // It is continued at 0, but there is no logarithm far to the left.
    assert!(!Activation::parse("log(1+x)/x").unwrap().is_defined());
}
