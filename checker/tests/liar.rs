//! False statements, made on purpose from the mathematics, with well-formed certificates around them: none may pass.
//!
//! For every statement all evidence that the checker accepts by itself is collected (`liar/certificate.rs`), and put
//! under every theorem. So what is refused is refused for the statement, not for a slip in the evidence. Of the same
//! shapes true statements are made, and have to pass.

#[path = "liar/blocks.rs"]
mod blocks;
#[path = "liar/certificate.rs"]
mod certificate;
#[path = "liar/formula.rs"]
mod formula;
#[path = "liar/kernels.rs"]
mod kernels;
#[path = "liar/matrices.rs"]
mod matrices;
#[path = "liar/null_vectors.rs"]
mod null_vectors;
#[path = "liar/vectors.rs"]
mod vectors;

use certificate::{NEGATIVE, POSITIVE, Statement, accepts_claim, attack, claims, line};
use formula::Formula::Number;
use formula::*;
use ntk_checker::check;
use ntk_testing::count;
use serde_json::{Value, json};

/// No certificate of a false statement is accepted; `make` knows why it is false.
fn lies(cases: u32, make: impl Fn(&mut Dice) -> Statement) {
    for seed in 0..u64::from(count(cases)) {
        let mut dice = Dice::new(seed);
        let statement = make(&mut dice);
        if let Some(certificate) = attack(&statement, &mut dice) {
            panic!("a lie is accepted (seed {seed}):\n{certificate}");
        }
    }
}

/// Of true statements many are accepted: at least `share` in a hundred.
fn truths(cases: u32, share: u32, make: impl Fn(&mut Dice) -> Statement) {
    let (mut accepted, mut refused) = (0, None);
    // So many at least, for the share to mean something.
    let cases = count(cases).max(cases);
    for seed in 0..u64::from(cases) {
        let mut dice = Dice::new(seed);
        let statement = make(&mut dice);
        match attack(&statement, &mut dice) {
            Some(_) => accepted += 1,
            None => refused = Some(statement),
        }
    }
    assert!(accepted * 100 >= share * cases, "{accepted} of {cases} true statements; refused is {refused:?}");
}

/// Some layers that change nothing: what is singular before them stays so.
fn followed(mut statement: Statement, dice: &mut Dice) -> Statement {
    for _ in 0..dice.below(3) {
        let bias = dice.of(&["0", "1", "1/2"]);
        statement = statement.with(any(dice), bias);
    }
    statement
}

/// A step sees directions only: K has equal rows at `x` and `2x`.
#[test]
fn steps_do_not_tell_multiples_apart() {
    lies(40, |dice| {
        let (domain, points) = match dice.below(2) {
            0 => ("distinct", None),
            _ => ("points", line(&[1, 2])),
        };
        let statement = Statement::new(POSITIVE, "nngp", domain, "0").on(points);
        let bias = dice.of(&["0", "1", "3"]);
        followed(statement.with(step(dice), bias), dice)
    });
}

/// Positively homogeneous layers without biases: the rows at `x` and `2x` are proportional.
#[test]
fn homogeneous_networks_do_not_tell_multiples_apart() {
    lies(40, |dice| {
        let kernel = dice.of(&["nngp", "ntk"]);
        let (domain, points) = match dice.below(3) {
            0 => ("points", line(&[1, 2])),
            1 => ("points", Some(vec![vec!["0.5".into(), "1".into()], vec!["1/4".into(), "5e-1".into()]])),
            _ => ("distinct", None),
        };
        let mut statement = Statement::new(POSITIVE, kernel, domain, "0").on(points);
        for _ in 0..=dice.below(2) {
            let [a, b] = [dice.fraction(), dice.fraction()].map(|(n, d)| binary('*', Number(n, d), x()));
            let shape = match dice.below(4) {
                0 => split(a, b, dice),
                1 => call("relu", binary('*', number(3), x())),
                2 => binary('+', binary('>', a, number(0)), binary('<', b, x())),
                _ => call("abs", disguised(x(), dice)),
            };
            statement = statement.with(shape, "0");
        }
        statement
    });
}

/// A polynomial network has finite rank on every infinite domain, and on points of a line once there are enough.
#[test]
fn polynomial_networks_have_finite_rank() {
    lies(40, |dice| {
        let degree = dice.below(4);
        let kernel = dice.of(&["nngp", "ntk"]);
        let bias = dice.of(&["0", "1"]);
        if dice.below(2) == 0 {
            // K(x, ·) has degree n: n + 2 points are too many.
            let points: Vec<i64> = (1..=degree as i64 + 2).collect();
            return Statement::new(POSITIVE, kernel, "points", bias)
                .on(line(&points))
                .with(polynomial(degree, dice), bias);
        }
        let domain = dice.of(&["distinct", "non-proportional", "sphere", "sphere-without-antipodes"]);
        let mut statement = Statement::new(POSITIVE, kernel, domain, bias);
        for _ in 0..=dice.below(2) {
            let degree = dice.below(4);
            statement = statement.with(polynomial(degree, dice), bias);
        }
        statement
    });
}

/// Behind a constant layer everything is constant.
#[test]
fn constant_layers_forget_the_input() {
    lies(40, |dice| {
        let kernel = dice.of(&["nngp", "ntk"]);
        let domain = dice.of(&["distinct", "non-proportional", "sphere", "sphere-without-antipodes"]);
        let mut statement = Statement::new(POSITIVE, kernel, domain, "1");
        for _ in 0..dice.below(2) {
            statement = statement.with(any(dice), "1");
        }
        let (n, d) = dice.fraction();
        let constant = match dice.below(3) {
            0 => polynomial(0, dice),
            1 => call("tanh", disguised(Number(n, d), dice)),
            _ => split(Number(n, d), disguised(Number(n, d), dice), dice),
        };
        followed(statement.with(constant, "1/2"), dice)
    });
}

/// An even or odd kernel is singular at antipodes.
#[test]
fn parities_do_not_tell_antipodes_apart() {
    lies(40, |dice| {
        let kernel = dice.of(&["nngp", "ntk"]);
        let (domain, points) = match dice.below(4) {
            0 => ("distinct", None),
            1 => ("points", line(&[1, -1])),
            _ => ("sphere", None),
        };
        let statement = Statement::new(POSITIVE, kernel, domain, "0").on(points);
        if dice.below(2) == 0 {
            return followed(statement.with(with_parity(false, dice), "1"), dice);
        }
        let first = statement.with(with_parity(true, dice), "0");
        // Odd to the end, or even from some layer on.
        match dice.below(3) {
            0 => first.with(with_parity(true, dice), "0"),
            1 => followed(first.with(with_parity(false, dice), "1"), dice),
            _ => first,
        }
    });
}

/// The tangent kernel of a jump, or of a derivative that is not square-integrable, does not exist; nor does any kernel
/// of a function that is not defined, or of infinite second moment. Nothing may be said, not even "undecided".
#[test]
fn kernels_that_do_not_exist() {
    lies(60, |dice| {
        let verdict = dice.of(&[POSITIVE, NEGATIVE, "undecided"]);
        let domain = dice.of(&["distinct", "non-proportional", "sphere"]);
        let square = |u: Formula| power(u, 2);
        let minus = |u: Formula| binary('-', number(0), u);
        let (kernel, shape) = match dice.below(15) {
            0..=2 => ("ntk", step(dice)),
            3 => {
                let jump = step(dice);
                ("ntk", binary('+', any(dice), jump))
            }
            4 => {
                let (n, d) = dice.fraction();
                ("ntk", split(binary('+', x(), Number(n, d)), call("tanh", x()), dice))
            }
            5 => ("ntk", call("sqrt", call("abs", simple_zero(dice)))),
            6 => ("ntk", call("sqrt", call("relu", binary('-', x(), number(1))))),
            7 => ("nngp", call("log", minus(binary('+', number(1), square(x()))))),
            8 => ("nngp", call("sqrt", minus(positive_square(dice)))),
            9 => ("nngp", call("exp", square(x()))),
            10 => ("nngp", binary('/', number(1), simple_zero(dice))),
            // Zeros of a lower order than that of what divides, or nearly zeros.
            11 => ("nngp", binary('/', simple_zero(dice), power(x(), 2))),
            12 => {
                let nearly = binary('-', call("cosh", simple_zero(dice)), Number(1_000_001, 1_000_000));
                ("nngp", binary('/', nearly, power(x(), 2)))
            }
            13 => ("ntk", binary('/', call("abs", simple_zero(dice)), x())),
            _ => ("nngp", binary('*', number(0), call("log", minus(call("cosh", x()))))),
        };
        let mut statement = Statement::new(verdict, kernel, domain, "1");
        for _ in 0..dice.below(2) {
            statement = statement.with(any(dice), "1");
        }
        statement.with(shape, "1")
    });
}

fn positive_square(dice: &mut Dice) -> Formula {
    let depth = dice.below(2);
    binary('+', number(1), power(signed(depth, true, dice), 2))
}

/// With a zero of order one at 0.
fn simple_zero(dice: &mut Dice) -> Formula {
    (0..dice.below(3)).fold(x(), |u, _| call(dice.of(&["sinh", "tanh", "atan", "asinh", "erf", "sin"]), u))
}

/// Strictly positive kernels are not refuted.
#[test]
fn positive_kernels_are_not_refuted() {
    lies(40, |dice| {
        let kernel = dice.of(&["nngp", "ntk"]);
        let sharp = match dice.below(4) {
            0 => call("relu", x()),
            1 => call("softplus", x()),
            2 => call("sigmoid", binary('+', x(), number(1))),
            _ => binary('*', x(), call("sigmoid", x())),
        };
        // With a first bias the kernel is strictly positive on all different points.
        let (domain, points) = match dice.below(4) {
            0 => ("distinct", None),
            1 => ("sphere", None),
            2 => ("points", line(&[0, 1, -1, 2])),
            _ => ("distinct", line(&[1, 2, -1])),
        };
        let statement = Statement::new(NEGATIVE, kernel, domain, "1").on(points).with(sharp, "0");
        followed(statement, dice)
    });
}

/// Without antipodes one parity is enough, so that such a kernel is not refuted there.
#[test]
fn one_parity_is_enough_without_antipodes() {
    lies(30, |dice| {
        let (odd, kernel) = (dice.below(2) == 0, dice.of(&["nngp", "ntk"]));
        Statement::new(NEGATIVE, kernel, "sphere-without-antipodes", "0").with(with_parity(odd, dice), "0")
    });
}

/// `φ(0) ≠ 0` although φ is almost everywhere odd, or a polynomial without a constant term: `K(0, 0)` is positive.
#[test]
fn values_at_zero_count_without_a_bias() {
    let claiming = |text: &str, part: &str, coefficients: Value| {
        let statement = Statement::new(NEGATIVE, "nngp", "distinct", "0").on(line(&[0, 1]));
        let (theorem, vector) = (json!("null-vector"), json!(["1", "0"]));
        let mut out = statement.with(x(), "0").certificate(theorem, vec![], vector, Value::Null);
        out["network"]["layers"][0]["activation"] = json!(text);
        out["claims"] =
            json!([{ "activation": text, "part": part, "is": "polynomial", "coefficients": coefficients }]);
        out.to_string()
    };
    for text in [
        "where(x >= 0, 1, -1)",
        "where(x^2 > 0, x, 5)",
        "where(x^2 > 0, tanh(x), 1)",
        "where(x^2*exp(x) > 0, x, 2)",
    ] {
        assert!(check(&claiming(text, "even", json!([]))).is_err(), "{text}");
        assert!(check(&claiming(text, "whole", json!(["0", "1"]))).is_err(), "{text}");
    }
    // Where the value at 0 is 0, the row at 0 is.
    for text in ["sign", "tanh", "x", "where(x > 0, 1, where(x < 0, -1, 0))"] {
        check(&claiming(text, "even", json!([]))).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
}

/// No weight, no kernel; points that are equal or proportional, however they are spelled.
#[test]
fn spellings() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/tanh-sigmoid.json"))
            .unwrap();
    let original: Value = serde_json::from_str(&text).unwrap();
    for zero in ["0", "-0", "0/3", "0e5", "0.000", "-1", "-1e-9", "1e-5000/1e5000000"] {
        for pointer in [
            "/network/gamma_w2",
            "/network/radius2",
            "/network/layers/0/sigma_w2",
            "/network/layers/1/sigma_w2",
        ] {
            let mut lie = original.clone();
            *lie.pointer_mut(pointer).unwrap() = json!(zero);
            assert!(check(&lie.to_string()).is_err(), "{pointer} = {zero}");
        }
    }
    let relu = |bias: &str, points: Value, claims: Value| {
        let mut certificate = Statement::new(POSITIVE, "ntk", "points", bias)
            .with(call("relu", x()), "0")
            .certificate(json!("characterization-of-polynomials"), vec![], Value::Null, Value::Null);
        certificate["points"] = points;
        certificate["claims"] = claims;
        certificate.to_string()
    };
    let kink = json!([{ "activation": "relu(x)", "part": "whole", "is": "non-polynomial", "witness": {
        "kind": "two-pieces", "pieces": [
            { "from": "-2", "to": "-1", "coefficients": [] }, { "from": "1", "to": "2", "coefficients": ["0", "1"] }] } }]);
    for (a, b) in
        [("0.5", "1/2"), ("1e0", "1"), ("-0", "0"), ("2/4", "5e-1"), ("+3", "3.000"), ("1e2", "100")]
    {
        // Equal points.
        assert!(check(&relu("1", json!([[a, "1"], [b, "1"]]), kink.clone())).is_err(), "{a} and {b}");
        // Proportional points, without a bias.
        let lie = json!([[a, "1"], [b, "1e0"], ["7", "3"]]);
        assert!(check(&relu("0", lie, kink.clone())).is_err(), "{a} and {b}");
    }
    for (x, y) in [
        (["1/3", "1"], ["1", "3"]),
        (["1", "2"], ["-0.5", "-1"]),
        (["0", "0"], ["1", "2"]),
        (["0", "2"], ["0", "1/7"]),
    ] {
        assert!(check(&relu("0", json!([x, y]), kink.clone())).is_err(), "{x:?} and {y:?}");
        // With a bias these are different points, and the same certificate is true.
        check(&relu("1", json!([x, y]), kink.clone())).unwrap_or_else(|e| panic!("{x:?} and {y:?}: {e}"));
    }
}

/// What is proved of polynomials in disguise is true of them, and what is proved of any function by values is.
#[test]
fn polynomials_are_never_called_something_else() {
    let (mut found, mut tried) = (0, 0);
    for seed in 0..u64::from(count(40)) {
        let mut dice = Dice::new(seed);
        let degree = dice.below(4);
        let f = polynomial(degree, &mut dice);
        for part in ["whole", "even", "odd"] {
            for claim in claims(&f, part, &mut dice) {
                tried += 1;
                if !accepts_claim(&f, &claim) {
                    continue;
                }
                found += 1;
                let below = claim["degree"].as_i64().is_some_and(|n| n < degree as i64);
                match claim["is"].as_str().unwrap() {
                    "not-of-degree" => assert!(below, "`{f}` has degree {degree}: {claim}"),
                    "polynomial" => assert_values(&f, &claim),
                    _ => panic!("`{f}` is a polynomial: {claim}"),
                }
            }
        }
    }
    assert!(found * 50 > tried, "{found} of {tried}");
}

/// Disguises that normal forms see through, and some that they do not: either way nothing false is proved.
#[test]
fn well_known_disguises() {
    let square = || power(x(), 2);
    let one_more = || binary('+', number(1), square());
    let abs = |u: Formula| call("abs", u);
    let relu = |u: Formula| binary('>', u, number(0));
    let minus = |u: Formula| binary('-', number(0), u);
    for (degree, f) in [
        (1, binary('-', relu(x()), relu(minus(x())))),
        (1, binary('+', x(), binary('-', abs(abs(x())), abs(x())))),
        (1, binary('-', binary('+', x(), relu(relu(x()))), relu(x()))),
        (1, binary('+', binary('>', x(), abs(x())), binary('<', x(), minus(abs(x()))))),
        (1, binary('/', binary('-', square(), number(1)), binary('-', x(), number(1)))),
        (2, call("exp", call("log", one_more()))),
        (2, power(call("sqrt", square()), 2)),
        (2, call("sqrt", power(one_more(), 2))),
        (0, binary('-', both("sinh"), both("cosh"))),
        (0, binary('+', both("sin"), both("cos"))),
        (1, choice(">", x(), x(), x())),
        (1, binary('/', binary('*', x(), call("tanh", x())), call("tanh", x()))),
        (1, binary('*', abs(x()), call("sign", x()))),
        (2, binary('*', abs(x()), abs(x()))),
        (1, call("log", call("exp", x()))),
        (1, call("asinh", call("sinh", x()))),
        (0, binary('/', call("exp", x()), call("exp", x()))),
        (0, binary('-', abs(binary('-', x(), number(1))), abs(binary('-', number(1), x())))),
        (1, binary('-', call("softplus", x()), call("softplus", minus(x())))),
        (0, call("tanh", binary('-', both("cosh"), both("sinh")))),
    ] {
        for seed in 0..u64::from(count(1)) {
            let mut dice = Dice::new(seed);
            for claim in claims(&f, "whole", &mut dice).into_iter().filter(|c| accepts_claim(&f, c)) {
                match claim["is"].as_str().unwrap() {
                    "not-of-degree" => assert!(claim["degree"].as_i64().unwrap() < degree, "`{f}`: {claim}"),
                    "polynomial" => assert_values(&f, &claim),
                    _ => panic!("`{f}` is a polynomial: {claim}"),
                }
            }
            let domain = dice.of(&["distinct", "sphere"]);
            let found =
                attack(&Statement::new(POSITIVE, "nngp", domain, "1").with(f.clone(), "1"), &mut dice);
            assert!(found.is_none(), "{found:?}");
        }
    }
}

fn both(name: &'static str) -> Formula {
    power(call(name, x()), 2)
}

fn assert_values(f: &Formula, claim: &Value) {
    let p: Vec<f64> = claim["coefficients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let text = c.as_str().unwrap();
            let (n, d) = text.split_once('/').unwrap_or((text, "1"));
            n.parse::<f64>().unwrap() / d.parse::<f64>().unwrap()
        })
        .collect();
    for i in 1..9 {
        let x = f64::from(i) * 0.37;
        let value = match claim["part"].as_str().unwrap() {
            "whole" => f.at(x),
            "even" => (f.at(x) + f.at(-x)) / 2.0,
            _ => (f.at(x) - f.at(-x)) / 2.0,
        };
        let expected = p.iter().rev().fold(0.0, |v, c| v * x + c);
        assert!(
            value.is_nan() || (value - expected).abs() < 1e-6 * (1.0 + value.abs()),
            "`{f}` at {x} is {value}: {claim}"
        );
    }
}

/// True statements of the same shapes pass, so that the refusals above say something.
#[test]
fn true_statements_pass() {
    // With a bias before it a step tells all points apart; so does a kinked or analytic function without one, as long
    // as no two points are proportional.
    truths(16, 20, |dice| {
        let statement = Statement::new(POSITIVE, "nngp", "distinct", "1");
        followed(statement.with(split(number(1), number(0), dice), "1"), dice)
    });
    truths(12, 80, |dice| {
        let kernel = dice.of(&["nngp", "ntk"]);
        let statement = Statement::new(POSITIVE, kernel, "non-proportional", "0");
        followed(statement.with(with_parity(true, dice), "0"), dice)
    });
    // On the sphere without antipodes one parity is enough.
    truths(12, 50, |dice| {
        let kernel = dice.of(&["nngp", "ntk"]);
        Statement::new(POSITIVE, kernel, "sphere-without-antipodes", "0").with(with_parity(true, dice), "0")
    });
    // On N points a polynomial of degree N - 1 is enough.
    truths(12, 50, |dice| {
        let degree = dice.below(4);
        let points: Vec<i64> = (1..=degree as i64 + 1).collect();
        Statement::new(POSITIVE, "nngp", "points", "1").on(line(&points)).with(polynomial(degree, dice), "0")
    });
    // Polynomials have finite rank.
    truths(12, 50, |dice| {
        let kernel = dice.of(&["nngp", "ntk"]);
        let f = match dice.below(3) {
            0 => power(x(), 2),
            1 => x(),
            _ => disguised(x(), dice),
        };
        Statement::new(NEGATIVE, kernel, "distinct", "1").with(f, "1")
    });
}

#[test]
fn matrices_are_not_better_than_they_are() {
    matrices::raised_bounds(count(30));
}
