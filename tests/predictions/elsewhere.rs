//! neural-tangents in doubles: trained networks and Gaussian processes, in the end and before, on a sphere and off it.

use ntk_series::gram::Points;
use ntk_series::predict::{Rule, Time, predict};
use ntk_series::{Accuracy, Ball, Kernel};
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::Value;

use super::{exact, list, network, number, rows, set};

/// Its ReLU kernels are accurate to about half the digits of a double where inputs are close, and systems make it
/// worse.
fn tolerance(activation: &str) -> BigRational {
    exact(if activation == "relu" { "1e-7" } else { "1e-10" })
}

fn is_near(found: &Ball, theirs: &BigRational, tolerance: &BigRational) -> bool {
    let [low, high] = found.rational_bounds().unwrap();
    high.clone() - &low <= exact("1e-15") * (high.abs() + low.abs())
        && (low - theirs) <= *tolerance
        && (theirs - high) <= *tolerance
}

#[test]
fn they_are_those_of_neural_tangents() {
    let file: Value =
        serde_json::from_str(include_str!("../reference/predictions_neural_tangents.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 64);
    for case in cases {
        let part = &file["data"][case["data"].as_str().unwrap()];
        let data = set(rows(&part["train"]), &rows(&part["targets"]));
        let test = Points::new(rows(&part["test"])).unwrap();
        let text = |key: &str| case[key].as_str().unwrap();
        let depth = case["hidden_layers"].as_u64().unwrap() as usize;
        let network =
            network(text("activation"), depth, [text("sigma_w2"), text("sigma_b2"), text("gamma_w2")]);
        let kernel = if text("method") == "ntk" { Kernel::Ntk } else { Kernel::Nngp };
        let time = if case["time"].is_null() { Time::Infinite } else { Time::Finite(number(&case["time"])) };
        let rule = Rule { kernel, noise: number(&case["noise"]), time };
        let found = predict(&network, &rule, &data, &test, Accuracy::relative(15).unwrap()).unwrap();
        let tolerance = tolerance(text("activation"));
        let (means, variances) = (rows(&case["mean"]), list(&case["variance"]));
        assert_eq!((found.len(), means.len()), (test.len(), test.len()));
        for ((found, means), variance) in found.iter().zip(&means).zip(&variances) {
            assert!(is_near(&found.variance, variance, &tolerance), "{case}: variance {}", found.variance);
            assert_eq!(found.mean.len(), 2);
            for (mean, theirs) in found.mean.iter().zip(means) {
                assert!(is_near(mean, theirs, &tolerance), "{case}: mean {mean}");
            }
        }
    }
}
