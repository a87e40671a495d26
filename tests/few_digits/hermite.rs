//! Hermite coefficients of the activation.

use ntk_series::{Accuracy, Activation, Ball, Error, hermite};
use proptest::prelude::*;
use rayon::prelude::*;

use super::{MANY, activation, q, relative, same_number};

/// One of every method: closed forms, recurrences, pieces, quadrature of every kind, formulas.
const NAMES: [&str; 60] = [
    "relu",
    "leaky-relu(1/10)",
    "abs",
    "step",
    "sign",
    "repu(2)",
    "repu(5)",
    "erf(2)",
    "gelu",
    "sin(1/2,1)",
    "cos(2,1/3)",
    "exp(1/4)",
    "gaussian",
    "normal-pdf",
    "identity",
    "cube",
    "poly(1,2,-1/3)",
    "hermite(3)",
    "hermite(12)",
    "relu6",
    "hardtanh",
    "hardtanh(-1/2,2)",
    "hard-sigmoid",
    "hard-swish",
    "softshrink(1/2)",
    "hardshrink(1)",
    "threshold(1/2,-1)",
    "elu",
    "celu(2)",
    "selu",
    "sparse-plus",
    "sparse-sigmoid",
    "piecewise([-1,1];[0],[1,2,1],[4])",
    "piecewise([0];[0,1/10],[0,1,1/2])",
    "sinc",
    "arctan",
    "softsign",
    "snake(2)",
    "tanh",
    "sigmoid",
    "softplus",
    "softplus(5)",
    "silu",
    "mish",
    "log-sigmoid",
    "gelu-tanh",
    "quick-gelu",
    "tanhshrink",
    "squareplus(4)",
    "bent-identity",
    "lisht",
    "serf",
    "logish",
    "x*cos(2*x)",
    "x*sigmoid(3*x)",
    "exp(sin(x))",
    "where(x > 1/3, x^2, sin(x))",
    "log(1+x^2)",
    "sqrt(1+x^2)/(2+cos(x))",
    "max(tanh(x), x/2)",
];

const VARIANCES: [&str; 6] = ["1", "2", "1/3", "1/100", "7", "1/2"];
const LENGTHS: [usize; 8] = [1, 2, 3, 5, 11, 24, 41, 101];
const MOST_DIGITS: u32 = 14;

fn fine(activation: &Activation, variance: &str) -> Option<Vec<Ball>> {
    match hermite::coefficients(activation, &q(variance), LENGTHS[LENGTHS.len() - 1], relative(MANY)) {
        Ok(fine) => Some(fine),
        Err(Error::AccuracyNotReached { .. } | Error::NotSquareIntegrable { .. }) => None,
        Err(other) => panic!("{activation} at {variance}: {other}"),
    }
}

fn fault(
    activation: &Activation,
    variance: &str,
    fine: &[Ball],
    len: usize,
    accuracy: Accuracy,
) -> Option<String> {
    let named =
        |fault: String| format!("{activation} at variance {variance}, {len} to {accuracy:?}: {fault}");
    let coarse = match hermite::coefficients(activation, &q(variance), len, accuracy) {
        Ok(coarse) => coarse,
        Err(error) => return Some(named(format!("refused: {error}"))),
    };
    coarse.iter().zip(fine).enumerate().find_map(|(k, (x, y))| {
        if !same_number(x, y) {
            return Some(named(format!("μ_{k} is {x:?}, not {y}")));
        }
        (!accuracy.is_met_by(x)).then(|| named(format!("μ_{k} is not accurate: {x}")))
    })
}

fn accuracies() -> impl Strategy<Value = Accuracy> {
    (1..=MOST_DIGITS, any::<bool>()).prop_map(|(digits, absolute)| {
        if absolute { Accuracy::absolute(digits).expect("digits") } else { relative(digits) }
    })
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]

    #[test]
    fn hermite_coefficients(
        name in prop::sample::select(NAMES.to_vec()), variance in prop::sample::select(VARIANCES.to_vec()),
        asked in prop::collection::vec((prop::sample::select(LENGTHS.to_vec()), accuracies()), 6),
    ) {
        let activation = activation(name);
        let Some(fine) = fine(&activation, variance) else { return Ok(()) };
        for (len, accuracy) in asked {
            let fault = fault(&activation, variance, &fine, len, accuracy);
            prop_assert!(fault.is_none(), "{}", fault.unwrap_or_default());
        }
    }
}

#[test]
#[ignore = "tens of thousands of lists: see the header of main.rs"]
fn every_list_of_hermite_coefficients() {
    let cases: Vec<(&str, &str)> = NAMES.into_iter().flat_map(|n| VARIANCES.map(|v| (n, v))).collect();
    let found: Vec<(usize, Vec<String>)> = cases
        .into_par_iter()
        .map(|(name, variance)| {
            let activation = activation(name);
            let Some(fine) = fine(&activation, variance) else { return (0, vec![]) };
            let digits = 1..=MOST_DIGITS;
            let accuracies: Vec<Accuracy> =
                digits.flat_map(|d| [relative(d), Accuracy::absolute(d).expect("digits")]).collect();
            let mut faults = vec![];
            for len in LENGTHS {
                faults.extend(accuracies.iter().filter_map(|a| fault(&activation, variance, &fine, len, *a)));
            }
            println!("{name} at {variance}: {} faults", faults.len());
            (LENGTHS.len() * accuracies.len(), faults)
        })
        .collect();
    let compared: usize = found.iter().map(|(count, _)| count).sum();
    let without = found.iter().filter(|(count, _)| *count == 0).count();
    let faults: Vec<String> = found.into_iter().flat_map(|(_, faults)| faults).collect();
    println!("{compared} lists compared, {without} without the fine one, {} faults", faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
