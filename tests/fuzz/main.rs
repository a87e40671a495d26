//! Readers of the library on inputs that nobody would write: they end, they do not panic, they say what is wrong on one
//! line, and what they print means the same when it is read again.
//!
//! Each run takes the examples of `corpus/` and so many changes of them as `PROPTEST_CASES` says; longer:
//!
//! ```text
//! PROPTEST_CASES=1000000 cargo test --release --test fuzz -- --nocapture
//! ```

use std::path::PathBuf;

use ntk_series::finite::{FiniteNetwork, NpyArray};
use ntk_series::gram::Points;
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Error, work};
use ntk_testing::Random;
use ntk_testing::fuzz::{changed, examples, lines, run};
use num_rational::BigRational;

/// Names and operations of formulas.
const WORDS: [&str; 44] = [
    "x",
    "pi",
    "e",
    "+",
    "-",
    "*",
    "/",
    "^",
    ",",
    "(x)",
    "max(",
    "min(",
    "where(",
    "x>0",
    "x<=1/2",
    "and",
    "or",
    "abs(",
    "sign(",
    "sqrt(",
    "cbrt(",
    "exp(",
    "log(",
    "sin(",
    "cos(",
    "tan(",
    "sinh(",
    "cosh(",
    "tanh(",
    "atan(",
    "asinh(",
    "erf(",
    "relu(x)",
    "gelu(x)",
    "softplus(x,2)",
    "leaky_relu(x,1/10)",
    "hermite(x,3)",
    "repu(x,2)",
    "sigmoid(",
    "x^2",
    "x^-1",
    "x^(1/2)",
    "1/x",
    "log(x)",
];

/// Fields of the files.
const FIELDS: [&str; 22] = [
    "\"activation\":",
    "\"weights\":",
    "\"biases\":",
    "\"layers\":",
    "\"parametrization\":",
    "\"ntk\"",
    "\"standard\"",
    "relu",
    "tanh",
    "x^2",
    "[[1]]",
    "[\"1/3\",0.1]",
    "<f4",
    "<f8",
    ">f8",
    "True",
    "False",
    "(2,2)",
    "'shape': ",
    "'descr': ",
    "\u{93}NUMPY",
    "),",
];

fn corpus(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fuzz", "corpus", name].iter().collect()
}

/// One line of moderate length, without what a terminal would act on.
fn check_message(error: &Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 4000 && !text.chars().any(char::is_control), "{text:?}");
}

/// Limits work, as the command line does.
fn limited<T>(f: impl FnOnce() -> T) -> T {
    work::within(2e8, f)
}

fn q(text: &str) -> BigRational {
    parse_rational(text).expect("a number")
}

/// A formula by the grammar, of so many levels at most.
fn formula(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.one_in(6) {
        return match random.below(6) {
            0 => format!("{}", random.below(12)),
            1 => format!("{}/{}", random.below(9), 1 + random.below(9)),
            2 => random.pick(&["pi", "e", "1e-3", "0.1", "1e30", "123456789"]).to_string(),
            _ => "x".to_string(),
        };
    }
    let mut part = || formula(random, depth - 1);
    let (a, b, c) = (part(), part(), part());
    match random.below(16) {
        0 | 1 => format!("({a}+{b})"),
        2 => format!("({a}-{b})"),
        3 | 4 => format!("{a}*{b}"),
        5 => format!("({a})/({b})"),
        6 => format!("({a})^{}", random.pick(&["2", "3", "-1", "-2", "1/2", "3/2", "-1/3", "0", "7"])),
        7 => format!("max({a},{b})"),
        8 => format!("min({a},{b})"),
        9 => {
            let sign = random.pick(&["<", "<=", ">", ">=", "==", "!="]);
            format!("where({a}{sign}0,{b},{c})")
        }
        10 => format!(
            "{}({a})",
            random.pick(&["relu", "gelu", "softplus", "elu", "swish", "gaussian", "square"])
        ),
        _ => format!("{}{a})", random.pick(&WORDS[17..32])),
    }
}

/// The value at a place, where it is defined.
fn value(activation: &str, x: &BigRational) -> Option<ntk_series::Ball> {
    let name = serde_json::Value::from(activation);
    let text = format!(r#"{{"layers":[{{"activation":{name},"weights":[[1]]}},{{"weights":[[1]]}}]}}"#);
    FiniteNetwork::from_json(&text)
        .ok()?
        .evaluate(std::slice::from_ref(x), Accuracy::absolute(25).ok()?)
        .ok()?
        .pop()
}

#[test]
fn formulas() {
    let examples = examples_of_formulas();
    let make = |random: &mut Random| match random.below(3) {
        0 => {
            let depth = 1 + random.below(4);
            formula(random, depth).into_bytes()
        }
        _ => changed(random, &examples, &WORDS),
    };
    run("formulas", ntk_testing::count(150), &examples, make, |input| {
        let text = String::from_utf8_lossy(input);
        match limited(|| Activation::parse(&text)) {
            Err(error) => check_message(&error),
            Ok(activation) => {
                let again = [Some(activation.name()), activation.expression()];
                for again in again.into_iter().flatten() {
                    let read = limited(|| Activation::parse(&again))
                        .unwrap_or_else(|e| panic!("{text:?} is called {again:?}: {e}"));
                    assert_eq!(read.support(), activation.support(), "{text:?} is called {again:?}");
                    for x in ["-3/2", "1/7"].map(q) {
                        if let (Some(one), Some(other)) = (value(&text, &x), value(&again, &x)) {
                            assert!(one.overlaps(&other), "{text:?}, {again:?} at {x}: {one}, {other}");
                        }
                    }
                }
            }
        }
    });
}

fn examples_of_formulas() -> Vec<Vec<u8>> {
    lines(&std::fs::read_to_string(corpus("formulas.txt")).expect("examples"))
}

#[test]
fn tables_of_points() {
    let examples = examples(&corpus("points"));
    let make =
        |random: &mut Random| changed(random, &examples, &["x,y\n", "1,2\n", "nan", "\"1\"", "#", ",,"]);
    run("points", ntk_testing::count(4000), &examples, make, |input| {
        let text = String::from_utf8_lossy(input);
        match Points::from_csv(&text) {
            Err(error) => check_message(&error),
            Ok(points) => {
                let row = |row: &Vec<BigRational>| {
                    row.iter().map(BigRational::to_string).collect::<Vec<_>>().join(",")
                };
                let printed = points.rows().iter().map(row).collect::<Vec<_>>().join("\n");
                // What a short text of a large exponent means is a long fraction.
                match Points::from_csv(&printed) {
                    Ok(again) => assert_eq!(again.rows(), points.rows()),
                    Err(error) => assert!(error.to_string().contains("2000 characters"), "{error}"),
                }
            }
        }
    });
}

#[test]
fn arrays_of_numpy() {
    let examples = examples(&corpus("npy"));
    let make = |random: &mut Random| changed(random, &examples, &FIELDS);
    run("npy", ntk_testing::count(8000), &examples, make, |input| match NpyArray::read(input) {
        Err(error) => check_message(&error),
        Ok(array) => {
            assert_eq!(array.shape.iter().product::<usize>(), array.values.len());
            assert!(array.values.iter().all(|x| x.is_finite()));
            let shape: String = array.shape.iter().map(|n| format!("{n},")).collect();
            let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}\n");
            let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
            bytes.extend((header.len() as u32).to_le_bytes());
            bytes.extend(header.as_bytes());
            bytes.extend(array.values.iter().flat_map(|x| x.to_le_bytes()));
            assert_eq!(NpyArray::read(&bytes).expect("what was read"), array);
        }
    });
}

#[test]
fn finite_networks() {
    let examples = examples(&corpus("finite"));
    let make = |random: &mut Random| changed(random, &examples, &FIELDS);
    run("finite", ntk_testing::count(2000), &examples, make, |input| {
        let text = String::from_utf8_lossy(input);
        match limited(|| FiniteNetwork::from_json(&text)) {
            Err(error) => check_message(&error),
            Ok(network) => {
                let x = vec![q("1/3"); network.inputs()];
                if let Err(error) = network.evaluate(&x, Accuracy::absolute(10).unwrap()) {
                    check_message(&error);
                }
            }
        }
    });
}
