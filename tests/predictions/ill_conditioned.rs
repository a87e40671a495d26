//! Kernel matrices that doubles cannot factor: smallest eigenvalues from 4e-12 down to 8e-54.

use ntk_series::gram::Points;
use ntk_series::predict::{Rule, TrainingSet, predict};
use ntk_series::{Accuracy, Ball, Kernel};
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::Value;

use super::{exact, list, network};

/// The truth is known to 40 digits.
fn check(found: &Ball, truth: &BigRational, digits: u32, what: &Value) {
    let [low, high] = found.rational_bounds().unwrap();
    let room = exact("1e-38") * truth.abs();
    assert!(
        &low - &room <= *truth && *truth <= &high + &room,
        "{what}, {digits} digits: {found} misses {truth}"
    );
    assert!(
        high - low <= exact(&format!("1e-{digits}")) * truth.abs(),
        "{what}: {found} has not {digits} digits"
    );
}

#[test]
fn they_are_those_of_mpmath_at_any_accuracy() {
    let file: Value = serde_json::from_str(include_str!("../reference/predictions_mpmath.json")).unwrap();
    let column = |key: &str| list(&file[key]).into_iter().map(|x| vec![x]).collect();
    let data =
        TrainingSet::new(Points::new(column("points")).unwrap(), vec![list(&file["targets"])]).unwrap();
    let test = Points::new(column("test")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!((data.len(), cases.len()), (100, 4));
    // But in deep runs two stand for all: eigenvalues of 4e-12 and 8e-49.
    let deep = ntk_testing::count(1) > 1;
    for case in
        cases.iter().filter(|case| deep || (case["activation"] == "relu") == (case["method"] == "nngp"))
    {
        let (sigma_w2, sigma_b2) = (file["sigma_w2"].as_str().unwrap(), file["sigma_b2"].as_str().unwrap());
        let network = network(case["activation"].as_str().unwrap(), 2, [sigma_w2, sigma_b2, sigma_w2]);
        let kernel = if case["method"] == "ntk" { Kernel::Ntk } else { Kernel::Nngp };
        let few = deep || case["activation"] == "relu";
        for digits in [1, 15, 33].into_iter().filter(|digits| *digits == 15 || few) {
            let accuracy = Accuracy::relative(digits).unwrap();
            let found = predict(&network, &Rule::new(kernel), &data, &test, accuracy).unwrap();
            let truths = list(&case["mean"]).into_iter().zip(list(&case["variance"]));
            for (found, (mean, variance)) in found.iter().zip(truths) {
                check(&found.mean[0], &mean, digits, &case["lambda_min"]);
                check(&found.variance, &variance, digits, &case["lambda_min"]);
            }
        }
    }
}
