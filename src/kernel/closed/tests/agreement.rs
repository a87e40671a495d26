//! Closed forms against numbers found in other ways.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::number::{Accuracy, Mag};

/// Is the reference value inside the enclosure widened by the reference radius?
fn confirms(ball: &Ball, pair: &Value) -> bool {
    let value = |i: usize| Ball::from_rational(&r(pair[i].as_str().unwrap()), 300);
    let narrow = ball.is_exact() || ball.relative_accuracy_bits() > 100;
    narrow && ball.widened(value(1).magnitude()).overlaps(&value(0))
}

#[test]
fn reference_values() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/ntk_reference.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut confirmed = 0;
    for name in ["relu", "erf", "gelu"] {
        for entry in all["activations"][name]["kernels"].as_array().unwrap() {
            let depth = entry["L"].as_u64().unwrap() as usize;
            let network = match entry["setting"] == "normalized" {
                true => normalized(name, depth),
                false => biased(name, depth),
            };
            for (kernel, field) in [(Kernel::Nngp, "nngp"), (Kernel::Ntk, "ntk")] {
                for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
                    let found =
                        ClosedFormTable::new(&network, kernel, Convention::Standard, 12, mode).unwrap();
                    let Some(found) = found else {
                        // The variance of the second layer is not rational.
                        assert!(name != "relu" && entry["setting"] == "biased" && depth > 1);
                        continue;
                    };
                    assert_eq!(found.coefficients().len(), 13);
                    for (p, ball) in found.to_balls(200).iter().enumerate() {
                        let pair = &entry[field][p];
                        assert!(confirms(ball, pair), "{name} L={depth} {field} {p}: {ball} is not {pair}");
                        confirmed += 1;
                    }
                }
            }
        }
    }
    assert_eq!(confirmed, (6 + 4 + 4) * 2 * 2 * 13);
}

#[test]
fn deep_constant_terms() {
    for (depth, value) in
        [(1, "0.318309886184"), (2, "0.685708636283"), (3, "1.0603881068"), (5, "1.79219596684")]
    {
        let network = Network::uniform(Input::default(), layer("relu", exact("2"), "0"), depth).unwrap();
        for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
            let ball = &table(&network, Kernel::Ntk, 0, mode).to_balls(100)[0];
            let known = Ball::from_rational(&r(value), 100).widened(Mag::from_f64(6e-12));
            assert!(known.contains(ball), "L = {depth}: {ball} is not {value}");
        }
    }
}

#[test]
fn the_published_convention_agrees_with_the_engine() {
    let input = Input { gamma_w2: r("1/3"), gamma_b2: r("2/3"), radius2: r("1") };
    for name in ["relu", "gelu", "hardtanh", "sin"] {
        let network =
            Network::uniform(input.clone(), layer(name, WeightVariance::Normalized, "1/10"), 1).unwrap();
        let accuracy = Accuracy::relative(30).unwrap();
        for kernel in [Kernel::Ntk, Kernel::Nngp] {
            let series = network.series(kernel, Convention::Murray2023, 9, accuracy).unwrap();
            for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
                let found =
                    ClosedFormTable::new(&network, kernel, Convention::Murray2023, 9, mode).unwrap().unwrap();
                assert_eq!(found.coefficients().len(), 10);
                for (ours, theirs) in found.to_balls(200).iter().zip(series.coefficients()) {
                    assert!(ours.overlaps(theirs), "{name}: {ours} is not {theirs}");
                }
            }
        }
    }
}

#[test]
fn other_shapes_agree_with_the_engine() {
    for (name, depth) in
        [("repu(2)", 1), ("repu(3)", 1), ("cos", 1), ("exp", 1), ("hardtanh", 1), ("hardtanh", 2)]
    {
        let network = normalized(name, depth);
        for kernel in [Kernel::Nngp, Kernel::Ntk] {
            let accuracy = Accuracy::relative(25).unwrap();
            let series = network.series(kernel, Convention::Standard, 7, accuracy).unwrap();
            for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
                let found = table(&network, kernel, 7, mode);
                assert_eq!(found.coefficients().len(), 8);
                for (ours, theirs) in found.to_balls(200).iter().zip(series.coefficients()) {
                    assert!(ours.overlaps(theirs), "{name}: {ours} is not {theirs}");
                }
            }
        }
    }
}

const NAMES: [&str; 8] = ["relu", "leaky-relu(1/5)", "erf", "gelu", "sin", "poly(0,1,1)", "abs", "gaussian"];

fn networks() -> impl Strategy<Value = Network> {
    let small = || (1i64..6, 1i64..6).prop_map(|(a, b)| BigRational::new(a.into(), b.into()));
    let zero_or_small = || prop_oneof![Just(BigRational::zero()), small()];
    let variances = prop_oneof![
        (small(), zero_or_small()).prop_map(|(w, b)| (WeightVariance::Exact(w), BiasVariance::Exact(b))),
        zero_or_small().prop_map(|b| (WeightVariance::Normalized, BiasVariance::Exact(b * r("1/10")))),
        Just((exact("1/100"), BiasVariance::Unit)),
    ];
    let layers = prop::collection::vec(0usize..8, 1..4);
    (layers, variances, small(), zero_or_small()).prop_map(|(which, (w, b), gamma_w2, gamma_b2)| {
        let layer = |i: usize| Layer {
            activation: Activation::parse(NAMES[i]).unwrap(),
            sigma_w2: w.clone(),
            sigma_b2: b.clone(),
        };
        let input = Input { gamma_w2: gamma_w2 + r("1/2"), gamma_b2, radius2: r("3/2") };
        Network::new(input, which.into_iter().map(layer).collect()).unwrap()
    })
}

proptest! {
    #![proptest_config(ntk_testing::cases(64))]

    #[test]
    fn mixed_networks_agree_with_the_chain_rule(network in networks(), layered in any::<bool>()) {
        let mode = if layered { ClosedFormMode::Layered } else { ClosedFormMode::Expanded };
        let (nngp, ntk) = numeric::kernels(&network, 5, 300);
        for (kernel, truth) in [(Kernel::Nngp, Some(nngp)), (Kernel::Ntk, ntk)] {
            let Some(truth) = truth else { continue };
            let Some(found) = ClosedFormTable::new(&network, kernel, Convention::Standard, 4, mode).unwrap() else {
                // The variance is rational where it is kept, or has a rational factor of growth. The root of a long
                // rational, as two polynomials make it for a third layer, may be beyond factorization.
                let (layer, depth) = (&network.layers()[0], network.layers().len());
                let exact = matches!(&layer.sigma_w2, WeightVariance::Exact(_));
                prop_assert!(depth > 2 || depth > 1 && exact && layer.sigma_b2 != BiasVariance::Unit);
                continue;
            };
            prop_assert_eq!(found.coefficients().len(), 5);
            for (p, (ball, truth)) in found.to_balls(200).iter().zip(&truth).enumerate() {
                prop_assert!(ball.overlaps(truth), "{kernel:?} {p}: {ball} is not {truth}");
                prop_assert!(ball.radius() < Mag::pow2(-80), "{ball}");
            }
        }
    }
}
