use super::*;
use crate::activation::Activation;
use crate::format::{HalfLine, Part};
use crate::rational::ratio;

fn activation(name: &str) -> Activation {
    Activation::parse(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn poly(c: &[(i64, i64)]) -> Vec<BigRational> {
    c.iter().map(|&(n, d)| ratio(n, d)).collect()
}

#[test]
fn disguised_polynomials() {
    for (text, p) in [
        ("(x+1)^2 - (x-1)^2", poly(&[(0, 1), (4, 1)])),
        ("abs(x)^2", poly(&[(0, 1), (0, 1), (1, 1)])),
        ("max(x,0) + min(x,0)", poly(&[(0, 1), (1, 1)])),
        ("sin(x)^2 + cos(x)^2", poly(&[(1, 1)])),
        ("cbrt(x)^3", poly(&[(0, 1), (1, 1)])),
        ("exp(x)*exp(-x) + x", poly(&[(1, 1), (1, 1)])),
        ("sqrt(2)*x*sqrt(1/2)", poly(&[(0, 1), (1, 1)])),
        ("cosh(x)^2 - sinh(x)^2", poly(&[(1, 1)])),
        ("softplus(x) - softplus(-x)", poly(&[(0, 1), (1, 1)])),
        ("sigmoid(x) + sigmoid(-x)", poly(&[(1, 1)])),
        ("where(x > 1, 2*x, x + x)", poly(&[(0, 1), (2, 1)])),
        ("sqrt(x^2) - abs(x)", vec![]),
        ("x*step(x) - relu(x)", vec![]),
        ("log(exp(x))", poly(&[(0, 1), (1, 1)])),
        ("square", poly(&[(0, 1), (0, 1), (1, 1)])),
        ("poly(1/2,0,3)", poly(&[(1, 2), (0, 1), (3, 1)])),
        ("piecewise([0];[1,2],[1,2])", poly(&[(1, 1), (2, 1)])),
        ("where(x-x > 0, 1, x)", poly(&[(0, 1), (1, 1)])),
        ("where(x-x >= 0, 1, x)", poly(&[(1, 1)])),
        ("exp(x)*tanh(x/2) + tanh(x/2) - exp(x)", poly(&[(-1, 1)])),
        ("exp(-x)*tanh(x/2) + tanh(x/2) + exp(-x)", poly(&[(1, 1)])),
        ("hardshrink + 0*x", vec![]),
    ] {
        if text.starts_with("hardshrink") {
            assert!(Activation::parse(text).is_err());
            continue;
        }
        assert_eq!(activation(text).polynomial(), Some(p.as_slice()), "{text}");
    }
    for text in [
        "relu",
        "tanh",
        "exp(x)",
        "abs(x)",
        "sin(x)",
        "gelu",
        "x + step(x)",
        "abs(x^2-2)",
        "sqrt(x^2+1)",
        "log(2*exp(x))",
        "exp(x)*tanh(x/2) - tanh(x/2) - exp(x)",
        "exp(2*x)*tanh(x/2) + tanh(x/2) - exp(2*x)",
        "cosh(x)^2 + sinh(x)^2",
        "sqrt(x^2)",
    ] {
        assert_eq!(activation(text).polynomial(), None, "{text}");
    }
}

/// The even and the odd part where they are polynomials.
#[test]
fn parities() {
    let x = |c: (i64, i64)| Some(poly(&[(0, 1), c]));
    let half = Some(poly(&[(1, 2)]));
    let (zero, none) = (Some(vec![]), None);
    for (names, even, odd) in [
        (
            vec!["relu", "gelu", "softplus", "softplus(3)", "silu", "silu(-2)", "quick-gelu", "squareplus"],
            none.clone(),
            x((1, 2)),
        ),
        (
            vec![
                "gelu-tanh",
                "squareplus(0)",
                "hard-swish",
                "log-sigmoid",
                "x*sigmoid(2*x)",
                "x/(1+exp(-x))",
            ],
            none.clone(),
            x((1, 2)),
        ),
        (
            vec!["sigmoid", "step", "normal-cdf", "hard-sigmoid", "sparse-sigmoid", "exp(x)/(1+exp(x))"],
            half,
            none.clone(),
        ),
        (
            vec![
                "tanh",
                "erf",
                "sin",
                "sign",
                "softsign",
                "arctan",
                "hardtanh",
                "softshrink",
                "tanhshrink",
                "asinh(x)",
                "cbrt(x)",
            ],
            zero.clone(),
            none.clone(),
        ),
        (
            vec![
                "abs",
                "cos",
                "gaussian",
                "normal-pdf",
                "lisht",
                "sinc",
                "cosh(x)",
                "max(0,1-abs(x))*cosh(x)",
            ],
            none.clone(),
            zero.clone(),
        ),
        (vec!["snake", "bent-identity"], none.clone(), x((1, 1))),
        (vec!["leaky-relu(1/10)"], none.clone(), x((11, 20))),
        (
            vec!["mish", "elu", "selu", "celu(1/2)", "exp", "sin(2,1/3)", "serf", "logish"],
            none.clone(),
            none.clone(),
        ),
        (vec!["x^2*tanh(x) + x^4"], Some(poly(&[(0, 1), (0, 1), (0, 1), (0, 1), (1, 1)])), none),
        (vec!["(exp(x)-exp(-x))/(exp(x)+exp(-x))"], zero, None),
    ] {
        for name in names {
            let pieces = activation(name).pieces;
            assert_eq!(pieces.part(Part::Even).as_polynomial(), even, "even part of {name}");
            assert_eq!(pieces.part(Part::Odd).as_polynomial(), odd, "odd part of {name}");
        }
    }
}

#[test]
fn continuity_and_derivatives() {
    for name in [
        "relu",
        "elu",
        "celu(1/2)",
        "celu(-1)",
        "selu",
        "gelu",
        "sparse-plus",
        "hard-swish",
        "softsign",
        "tanh",
        "sinc",
        "piecewise([-1,1];[-1],[0,1],[1])",
        "mish",
        "softplus",
        "exp(x/3)",
        "squareplus",
        "threshold(1,1)",
        "hermite(4)",
        "gelu-tanh",
        "logish",
        "gaussian",
        "x/(1+exp(-x))",
        "(exp(x)-exp(-x))/(exp(x)+exp(-x))",
        "abs(x^2-2)",
    ] {
        assert!(activation(name).has_derivative(), "{name}");
    }
    for name in ["step", "sign", "hardshrink", "threshold(1,2)", "piecewise([0];[0],[1])"] {
        assert!(activation(name).is_defined() && !activation(name).is_continuous(), "{name}");
    }
    // The derivative is not square-integrable.
    for name in ["cbrt(x)", "sqrt(abs(x))", "squareplus(0) + abs(x)^(1/2)"] {
        assert!(activation(name).is_continuous() && !activation(name).has_derivative(), "{name}");
    }
    for name in ["1/x", "sqrt(x)", "log(x)", "tan(x)", "exp(x^2)", "log(abs(x))", "exp(exp(x))", "1/(x^2-2)"]
    {
        assert!(!activation(name).is_defined(), "{name}");
    }
    assert_eq!(activation("leaky-relu(1/10)").homogeneous(), Some(&[ratio(1, 1), ratio(1, 10)]));
    assert_eq!(activation("abs").homogeneous(), Some(&[ratio(1, 1), ratio(-1, 1)]));
    assert_eq!(activation("x + 1").homogeneous(), None);
}

#[test]
fn growth() {
    use HalfLine::{Negative, Positive};
    for (name, side, order) in [
        ("tanh", Positive, 0),
        ("elu", Negative, 0),
        ("elu", Positive, 1),
        ("gelu", Positive, 1),
        ("x^2*sin(x)", Positive, 2),
        ("log(1+x^2)", Positive, 1),
        ("asinh(x)", Negative, 1),
        ("exp(x)", Negative, 0),
        ("x*exp(-x^2)", Positive, 1),
        ("abs(x)^(5/2)", Positive, 3),
        ("softplus", Negative, 0),
        ("mish", Positive, 1),
        ("max(0,1-abs(x))*cosh(x)", Positive, 0),
        ("sqrt(x^2+x+1)", Positive, 1),
    ] {
        let a = activation(name);
        let found = a.expression.growth(side);
        assert!(found.as_ref().is_some_and(|g| g.is_within(order)), "{name}: {found:?}");
        assert!(order == 0 || !found.unwrap().is_within(order - 1), "{name}");
        assert!(!a.outgrows_powers(Part::Whole, side), "{name}");
    }
    for (name, part, side) in [
        ("exp", Part::Whole, Positive),
        ("exp(-2)", Part::Whole, Negative),
        ("exp", Part::Even, Positive),
        ("exp", Part::Odd, Negative),
        ("sinh(x) + x^3", Part::Whole, Negative),
        ("x*exp(x) + tanh(x)", Part::Whole, Positive),
        ("cosh(x)*x^2", Part::Whole, Positive),
    ] {
        assert!(activation(name).outgrows_powers(part, side), "{name}");
    }
    for (name, side) in
        [("exp", Negative), ("gaussian", Positive), ("exp(x)*sin(x)", Positive), ("elu", Positive)]
    {
        assert!(!activation(name).outgrows_powers(Part::Whole, side), "{name}");
    }
    // Quotients by what comes near 0 far out.
    for text in ["x/exp(-x)", "1/sigmoid(-x)", "exp(-x)^(-1)", "(1+exp(-x)+x)/exp(-x)"] {
        assert_eq!(activation(text).expression.growth(Positive), None, "{text}");
    }
    assert_eq!(activation("log(abs(x)+2)").expression.growth(Positive).unwrap().order, ratio(0, 1));
}

/// Every catalogue name is read, and numbers in it are.
#[test]
fn names_are_read() {
    for name in [
        "relu",
        "leaky-relu(1/10)",
        "prelu(1/4)",
        "rrelu",
        "abs",
        "step",
        "sign",
        "repu(3)",
        "relu6",
        "hardtanh",
        "hardtanh(-2,3)",
        "hard-sigmoid",
        "hard-swish",
        "sparse-plus",
        "sparse-sigmoid",
        "softshrink",
        "hardshrink(1)",
        "threshold(1,2)",
        "elu(2)",
        "celu",
        "selu",
        "poly(0,4)",
        "identity",
        "square",
        "cube",
        "hermite(3)",
        "erf",
        "gelu",
        "sin",
        "sin(2,1/3)",
        "cos",
        "exp(-1)",
        "gaussian",
        "normal-pdf",
        "tanh",
        "sigmoid",
        "softplus",
        "softplus(5/2)",
        "silu",
        "mish",
        "log-sigmoid",
        "gelu-tanh",
        "quick-gelu",
        "tanhshrink",
        "squareplus",
        "bent-identity",
        "lisht",
        "serf",
        "logish",
        "snake",
        "arctan",
        "sinc",
        "softsign",
        "piecewise([0];[0],[0,1])",
        "x",
        "x^3",
        "2*max(0,x)",
        "where(x<0 or x>1,0,x)",
        "leaky_relu(2*x,1/10)",
        "x^2+e^x*pi",
        "2^x",
        "x-exp(-x)",
        "max(0,x,2*x-1)",
        "hermite(x,4)",
    ] {
        activation(name);
    }
    for name in [
        "rellu",
        "relu(",
        "relu)",
        "",
        "x+",
        "(x",
        "sin(",
        "poly()",
        "prelu",
        "repu(0)",
        "1/0*x",
        "x^y",
        "foo(x)",
        "x**",
        "where(x,1,2)",
        "piecewise",
        "piecewise([1,0];[1],[2],[3])",
        "hermite(100)",
        "x^(1/0)",
        "log(-1)*x",
        "(-1)^x",
        "max(x)",
        "relu(1)",
    ] {
        assert!(Activation::parse(name).is_err(), "{name}");
    }
    assert!(Activation::parse(&format!("{}x{}", "(".repeat(10_000), ")".repeat(10_000))).is_err());
    assert!(Activation::parse(&format!("x{}", "+x".repeat(2_000))).is_ok());
    let nested = (0..40).fold("x".to_string(), |f, _| format!("silu({f})"));
    assert!(Activation::parse(&nested).is_ok());
}

#[test]
fn powers_of_two_stay_short() {
    assert!(Form::number(rational(2).pow(30_000)).add(&Form::integer(1)).is_none());
    assert!(Form::variable().add(&Form::integer(1)).unwrap().power(900).is_none() || MAX_WEIGHT > 900);
}
