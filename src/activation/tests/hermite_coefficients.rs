//! Hermite coefficients against values computed elsewhere by other means.

use crate::dual::{Dual, ExactDual};
use crate::number::{Accuracy, ClosedForm, Mag, parse_rational};
use crate::{Activation, Ball, Error, hermite};
use serde_json::Value;

fn load(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A decimal with an absolute error bound.
fn decimal(value: &str, error: &str) -> Ball {
    let error = Ball::from_rational(&parse_rational(error).unwrap(), 64).magnitude();
    Ball::from_rational(&parse_rational(value).unwrap(), 400).widened(error)
}

/// A value of `hermite_independent.json`: relative error 1e-50; what it shows as 0 is below 1e-149.
fn independent(value: &str) -> Ball {
    let exact = Ball::from_rational(&parse_rational(value).unwrap(), 400);
    let relative = exact.magnitude() * Mag::from_f64(1e-50);
    exact.widened(relative.max(Mag::from_f64(1e-149)))
}

#[test]
fn every_activation_agrees_with_independent_quadrature() {
    let data = load("hermite_independent.json");
    let ks: Vec<usize> = data["k"].as_array().unwrap().iter().map(|k| k.as_u64().unwrap() as usize).collect();
    let accuracy = Accuracy::relative(40).unwrap();
    let mut families: Vec<&str> = vec![];
    for (name, variances) in data["values"].as_object().unwrap() {
        families.push(name.split('(').next().unwrap());
        let phi = Activation::parse(name).unwrap();
        assert_eq!(phi.name(), *name, "names are canonical");
        for (q, values) in variances.as_object().unwrap() {
            let mu = hermite::coefficients(&phi, &parse_rational(q).unwrap(), 101, accuracy).unwrap();
            for (&k, value) in ks.iter().zip(values["mu"].as_array().unwrap()) {
                let value = value.as_str().unwrap();
                let context = format!("μ_{k} of {name} at {q}: {} against {value}", mu[k]);
                assert!(mu[k].overlaps(&independent(value)), "{context}");
                assert!(accuracy.is_met_by(&mu[k]), "{context}");
                if value == "0" {
                    assert!(mu[k].is_exact_zero(), "{context}");
                }
                if !phi.support().may_be_nonzero(k) {
                    assert!(mu[k].is_exact_zero(), "{context}");
                }
            }
            moments_agree(&phi, q, values, &mu);
        }
    }
    for entry in crate::activation::catalogue() {
        let tested = families.contains(&entry.name()) || entry.name() == "prelu"; // leaky-relu by another name
        assert!(tested, "no independent values for {}", entry.signature());
    }
}

fn moments_agree(phi: &Activation, q: &str, values: &Value, mu: &[Ball]) {
    let variance = Ball::from_rational(&parse_rational(q).unwrap(), 200);
    let second = phi.second_moment(&variance, 150).unwrap();
    let context = format!("{phi} at {q}");
    assert!(second.overlaps(&independent(values["second_moment"].as_str().unwrap())), "{context}");
    assert!(second.relative_accuracy_bits() >= 145, "{context}: {second:?}");
    let derivative = phi.derivative_second_moment(&variance, 150);
    match values["derivative_second_moment"].as_str() {
        Some(value) => {
            let derivative = derivative.unwrap();
            assert!(derivative.overlaps(&independent(value)), "{context}: {derivative} against {value}");
            assert!(derivative.relative_accuracy_bits() >= 145, "{context}: {derivative:?}");
        }
        None => assert!(matches!(derivative, Err(Error::NoTangentKernel { .. })), "{context}"),
    }
    // Parseval: what the first coefficients leave is not negative.
    let partial = mu.iter().fold(Ball::zero(200), |sum, m| sum + m.square());
    let gap = second - partial;
    assert!(gap.upper() >= 0, "{context}: Parseval's gap {gap}");
}

#[test]
fn relu_erf_and_gelu_agree_with_the_reference_kernels() {
    let data = load("ntk_reference.json");
    for name in ["relu", "erf", "gelu"] {
        let entry = &data["activations"][name];
        let phi = Activation::parse(name).unwrap();
        for (q, list) in entry["hermite"].as_object().unwrap() {
            let rational = parse_rational(q).unwrap();
            let list = list.as_array().unwrap();
            let mu =
                hermite::coefficients(&phi, &rational, list.len(), Accuracy::relative(45).unwrap()).unwrap();
            let pair = |v: &Value| decimal(v[0].as_str().unwrap(), v[1].as_str().unwrap());
            for (k, (m, value)) in mu.iter().zip(list).enumerate() {
                assert!(m.overlaps(&pair(value)), "μ_{k} of {name} at {q}: {m} against {value}");
            }
            let variance = Ball::from_rational(&rational, 200);
            let second = phi.second_moment(&variance, 160).unwrap();
            assert!(second.overlaps(&pair(&entry["second_moment"][q])), "{name} at {q}: {second}");
            let derivative = phi.derivative_second_moment(&variance, 160).unwrap();
            assert!(derivative.overlaps(&pair(&entry["derivative_second_moment"][q])), "{name} at {q}");
        }
    }
}

/// The share of `E[φ'φ']` that the listed coefficients hold, by `Σ k μ_k² / q`.
#[test]
fn derivative_moments_match_the_weighted_coefficients() {
    // Coefficients that fall geometrically, or end: the sum is complete at 400 terms.
    for name in
        ["erf", "gelu", "sin(2,1/3)", "cos", "exp(1/2)", "gaussian", "normal-pdf", "cube", "hermite(5)"]
    {
        let phi = Activation::parse(name).unwrap();
        let q = parse_rational("3/4").unwrap();
        let mu = hermite::coefficients(&phi, &q, 400, Accuracy::relative(40).unwrap()).unwrap();
        let weighted = mu.iter().enumerate().map(|(k, m)| m.square().mul_integer(k as i64));
        let variance = Ball::from_rational(&q, 200);
        let sum = weighted.fold(Ball::zero(200), |s, t| s + t) / &variance;
        let sum = sum.widened(Mag::from_f64(1e-30));
        let closed = phi.derivative_second_moment(&variance, 160).unwrap();
        assert!(closed.overlaps(&sum), "{name}: {closed} against {sum}");
        let total = mu.iter().fold(Ball::zero(200), |s, m| s + m.square()).widened(Mag::from_f64(1e-30));
        assert!(phi.second_moment(&variance, 160).unwrap().overlaps(&total), "{name}");
    }
}

#[test]
fn every_number_of_digits_is_met() {
    for name in [
        "relu",
        "relu6",
        "hardtanh",
        "hard-swish",
        "elu",
        "selu",
        "celu(1/2)",
        "erf",
        "gelu",
        "repu(3)",
        "arctan",
        "sinc",
        "softsign",
    ] {
        let phi = Activation::parse(name).unwrap();
        let q = parse_rational("2/3").unwrap();
        let finest = hermite::coefficients(&phi, &q, 40, Accuracy::relative(1000).unwrap()).unwrap();
        for digits in [15, 30, 100, 1000] {
            let accuracy = Accuracy::relative(digits).unwrap();
            let mu = hermite::coefficients(&phi, &q, 40, accuracy).unwrap();
            for (k, (m, fine)) in mu.iter().zip(&finest).enumerate() {
                assert!(accuracy.is_met_by(m), "{name}, {digits} digits, k = {k}: {m:?}");
                assert!(m.overlaps(fine), "{name}, {digits} digits, k = {k}");
            }
        }
    }
}

#[test]
fn relu6_keeps_relative_accuracy_in_its_tiny_odd_coefficients() {
    let phi = Activation::relu6();
    let mu = hermite::coefficients(&phi, &parse_rational("1").unwrap(), 200, Accuracy::relative(30).unwrap());
    // μ_3 = -h_1(6) n(6)/√6, about -1.5e-8.
    let third = &mu.unwrap()[3];
    let six = Ball::from_integer(6, 200);
    let closed = -(&six * &six.normal_density()) / six.sqrt();
    assert!(third.overlaps(&closed) && third.relative_accuracy_bits() > 100, "{third}");
    assert!(third.magnitude() < Mag::from_f64(2e-8));
}

#[test]
fn what_cannot_be_read_is_refused_in_one_line() {
    let deep = format!("poly({})", vec!["1"; 1200].join(","));
    for text in [
        "",
        " ",
        "rellu",
        "relu(1)",
        "relu(",
        "leaky-relu(nan)",
        "leaky-relu(1,2)",
        "repu(0)",
        "repu(1e9)",
        "repu(1/2)",
        "hermite(-1)",
        "hermite(1001)",
        "erf(0)",
        "hardtanh(1,-1)",
        "hardtanh(1)",
        "1/x",
        "x*sinn(x)",
        "x*sin(x",
        "exp(exp(x))",
        "tanhh",
        "piecewise([1,0];[1],[2],[3])",
        "piecewise([0];[1])",
        "piecewise([0];[1],[2)",
        "piecewise()",
        "piecewise",
        "poly()",
        "celu(0)",
        "softshrink(-1)",
        "threshold(1)",
        "(",
        ")",
        "é(1)",
        "piecewise([1e5000];[0,1,2,3],[1])",
        &deep,
    ] {
        let message = Activation::parse(text).unwrap_err().to_string();
        assert!(!message.contains('\n') && message.len() < 300, "{text}: {message}");
    }
    let one = parse_rational("1").unwrap();
    let message =
        Activation::parse("exp(x^2)").unwrap().check_square_integrable(&one).unwrap_err().to_string();
    assert!(message.contains("not square-integrable"), "{message}");
    let message = Activation::parse("gellu(x)").unwrap_err().to_string();
    assert!(message.contains("column 1") && message.contains("gelu"), "{message}");
}

#[test]
fn limits_of_the_request() {
    let relu = Activation::relu();
    let (one, accuracy) = (parse_rational("1").unwrap(), Accuracy::relative(15).unwrap());
    assert!(hermite::coefficients(&relu, &one, 0, accuracy).unwrap().is_empty());
    let message = hermite::coefficients(&relu, &one, 2_000_000, accuracy).unwrap_err().to_string();
    assert!(message.contains("max-degree"), "{message}");
    assert!(hermite::coefficients(&relu, &parse_rational("0").unwrap(), 4, accuracy).is_err());
    assert!(hermite::coefficients(&relu, &parse_rational("-1").unwrap(), 4, accuracy).is_err());
    for len in [1, 2, 3] {
        for entry in ["relu", "gelu", "elu", "repu(3)", "cube", "hermite(5)", "relu6"] {
            let phi = Activation::parse(entry).unwrap();
            assert_eq!(hermite::coefficients(&phi, &one, len, accuracy).unwrap().len(), len, "{entry}");
        }
    }
}

/// Every name with parameters that the independent values cover.
pub(super) fn names() -> Vec<String> {
    load("hermite_independent.json")["values"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn closed_forms_are_enclosed_by_the_recurrences() {
    let closed = |name: &String| {
        let family = name.split('(').next().unwrap();
        crate::activation::catalogue().any(|e| e.name() == family && e.closed_coefficients)
    };
    for name in names().into_iter().filter(closed) {
        let phi = Activation::parse(&name).unwrap();
        for q in ["1/2", "1", "2", "5/7"] {
            let q = parse_rational(q).unwrap();
            let mu = hermite::coefficients(&phi, &q, 31, Accuracy::relative(40).unwrap()).unwrap();
            for (k, m) in mu.iter().enumerate() {
                let Some(exact) = phi.hermite_closed_form(k, &q) else {
                    panic!("no closed form of μ_{k} of {name} at {q}");
                };
                let ball = exact.enclose(Accuracy::relative(60).unwrap()).unwrap();
                assert!(m.overlaps(&ball), "μ_{k} of {name} at {q}: {m} against {exact} = {ball}");
                assert_eq!(m.is_exact_zero(), exact.is_zero(), "μ_{k} of {name} at {q}: {exact}");
                let square = phi.hermite_square_closed_form(k, &q).unwrap();
                assert!(m.square().overlaps(&square.to_ball(200)), "μ_{k}² of {name} at {q}: {square}");
            }
            let second = phi.second_moment(&Ball::from_rational(&q, 200), 150).unwrap();
            let Some(exact) = phi.second_moment_closed_form(&q) else {
                // E[arctan²] is not known in these terms.
                assert_eq!(name, "arctan");
                continue;
            };
            assert!(second.overlaps(&exact.to_ball(200)), "{name} at {q}: {second} against {exact}");
        }
    }
}

#[test]
fn closed_forms_read_as_expected() {
    let one = parse_rational("1").unwrap();
    let show =
        |name: &str, k| Activation::parse(name).unwrap().hermite_closed_form(k, &one).unwrap().to_string();
    assert_eq!(show("relu", 1), "1/2");
    assert_eq!(show("relu", 0), "1/sqrt(2*pi)");
    assert_eq!(show("hard-swish", 1), "1/2");
    assert_eq!(show("hardtanh", 1), "2*Phi(1) - 1");
    assert_eq!(show("poly(-1,0,1)", 0), "0");
    assert_eq!(show("hermite(4)", 2), "0");
    assert_eq!(show("exp", 0), "exp(1/2)");
}

#[test]
fn closed_forms_of_high_degree() {
    let q = parse_rational("5/7").unwrap();
    for name in names() {
        let phi = Activation::parse(&name).unwrap();
        for k in [200, 1000, 5000] {
            let exact = phi.hermite_closed_form(k, &q);
            if let Some(exact) = exact.filter(|e| k == 200 && !e.is_zero()) {
                let mu = phi.hermite(&Ball::from_rational(&q, 400), k + 1, 300).unwrap();
                assert!(mu[k].overlaps(&exact.to_ball(4000)), "μ_{k} of {name}");
            }
        }
    }
}

/// The dual at ρ by its shape.
fn dual_at(dual: &Dual, rho: &Ball) -> Option<Ball> {
    let prec = rho.precision();
    let one = Ball::from_integer(1, prec);
    Some(match dual {
        Dual::ArcCosine { order: 1, linear, scale } => {
            let root = (&one - &rho.square()).sqrt();
            let angle = Ball::pi(prec).shl(-1) + rho.asin();
            linear * rho + scale * &((root + rho * &angle) / Ball::pi(prec).shl(1))
        }
        Dual::ArcSine { constant, scale, beta } => constant + &(scale * &(beta * rho).asin()),
        Dual::Gelu { scale, variance: q } => {
            let (s, next) = (q * rho, q + &one);
            let root = (next.square() - s.square()).sqrt();
            let angle = Ball::pi(prec).shl(-1) + (&s / &next).asin();
            let sum = &s * &angle + &((q - &one) / &next) * &root + root.recip();
            scale * &(sum / Ball::pi(prec).shl(1))
        }
        Dual::Exponential { plus, minus, rate } => {
            let inner = rate * rho;
            plus * &inner.exp() + minus * &(-&inner).exp()
        }
        Dual::InverseRoot { scale, beta } => scale / &(&one - &(beta * rho).square()).sqrt(),
        Dual::Polynomial(c) => c.iter().rev().fold(Ball::zero(prec), |sum, c| &(sum * rho) + c),
        _ => return None,
    })
}

/// The closed form's parameters against the enclosed ones.
fn same_shape(exact: &ExactDual, dual: &Dual) -> bool {
    let same = |x: &ClosedForm, y: &Ball| y.overlaps(&x.to_ball(200));
    let rational = |x: &num_rational::BigRational, y: &Ball| y.overlaps(&Ball::from_rational(x, 200));
    match (exact, dual) {
        (
            ExactDual::ArcCosine { order: m, linear: a, scale: b },
            Dual::ArcCosine { order: n, linear: c, scale: d },
        ) => m == n && same(a, c) && same(b, d),
        (
            ExactDual::ArcSine { constant: a, scale: b, beta: c },
            Dual::ArcSine { constant: d, scale: e, beta: f },
        ) => same(a, d) && same(b, e) && rational(c, f),
        (
            ExactDual::Exponential { plus: a, minus: b, rate: c },
            Dual::Exponential { plus: d, minus: e, rate: f },
        ) => same(a, d) && same(b, e) && rational(c, f),
        (ExactDual::Gelu { scale: a, variance: b }, Dual::Gelu { scale: c, variance: d }) => {
            same(a, c) && rational(b, d)
        }
        (ExactDual::InverseRoot { scale: a, beta: b }, Dual::InverseRoot { scale: c, beta: d }) => {
            same(a, c) && rational(b, d)
        }
        (ExactDual::Polynomial(a), Dual::Polynomial(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        _ => false,
    }
}

#[test]
fn dual_shapes_sum_the_squared_coefficients() {
    let rho = Ball::from_rational(&parse_rational("-2/5").unwrap(), 200);
    for name in names() {
        let phi = Activation::parse(&name).unwrap();
        for q in ["1/2", "1", "2"] {
            let q = parse_rational(q).unwrap();
            let variance = Ball::from_rational(&q, 200);
            let dual = phi.dual(&variance, 180).unwrap();
            if let Some(exact) = phi.exact_dual(&q) {
                assert!(same_shape(&exact, &dual), "{name} at {q}: {exact:?} against {dual:?}");
            }
            let Some(value) = dual_at(&dual, &rho) else { continue };
            let mu = hermite::coefficients(&phi, &q, 120, Accuracy::relative(45).unwrap()).unwrap();
            let mut power = Ball::from_integer(1, 200);
            let mut sum = Ball::zero(200);
            for m in &mu {
                sum = sum + m.square() * &power;
                power = &power * &rho;
            }
            // The rest is at most (2/5)^120 E[φ²] < 1e-47 E[φ²].
            let rest = phi.second_moment(&variance, 60).unwrap().magnitude() * Mag::from_f64(1e-47);
            assert!(value.overlaps(&sum.widened(rest)), "{name} at {q}: {value} against {sum}");
        }
    }
}

#[test]
fn messages_stay_short_for_long_names() {
    let wide = Activation::parse("hardtanh(-1e3000,1e3000)").unwrap();
    assert!(wide.smoothness().len() < 200);
    let step = Activation::parse(&format!("piecewise([1/{}];[],[1])", "7".repeat(900))).unwrap();
    let one = Ball::from_integer(1, 64);
    let message = step.derivative_second_moment(&one, 64).unwrap_err().to_string();
    assert!(message.contains("jump at 1/777") && message.len() < 400, "{message}");
    let steep = Activation::parse("celu(1e-20)").unwrap();
    let one = parse_rational("1").unwrap();
    let error = hermite::coefficients(&steep, &one, 4, Accuracy::relative(20).unwrap()).unwrap_err();
    assert!(matches!(error, Error::AccuracyNotReached { .. }) && error.to_string().len() < 400, "{error}");
}

#[test]
fn a_parameter_can_be_spelt_in_several_ways() {
    for (text, name) in [
        ("PReLU(0.25)", "leaky-relu(1/4)"),
        ("leaky_relu", "leaky-relu(1/100)"),
        ("Hard_Tanh", "hardtanh"),
        ("hardtanh( -1 , 1e0 )", "hardtanh"),
        ("elu(1.0)", "elu"),
        ("sin(2, 0)", "sin(2)"),
        ("x^2", "square"),
        ("linear", "identity"),
        ("NORMAL_PDF", "normal-pdf"),
        ("softshrink", "softshrink(1/2)"),
    ] {
        assert_eq!(Activation::parse(text).unwrap().name(), name, "{text}");
        assert_eq!(text.parse::<Activation>().unwrap().name(), name);
    }
}

#[test]
fn absolute_accuracy_asks_less_of_tiny_coefficients() {
    let (phi, q) = (Activation::relu6(), parse_rational("1/3").unwrap());
    let absolute = Accuracy::absolute(30).unwrap();
    let relative = Accuracy::relative(30).unwrap();
    let loose = hermite::coefficients(&phi, &q, 60, absolute).unwrap();
    let tight = hermite::coefficients(&phi, &q, 60, relative).unwrap();
    for (a, b) in loose.iter().zip(&tight) {
        assert!(absolute.is_met_by(a) && relative.is_met_by(b) && a.overlaps(b));
    }
}
