//! The kernels of `reference/*kernels_independent.json`, found by another route in another program: every value must be
//! inside our enclosure.

use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;

fn exact(v: &Value) -> BigRational {
    parse_rational(v.as_str().expect("a string")).expect("an exact number")
}

fn rational(x: &rug::Float) -> BigRational {
    parse_rational(&x.to_rational().expect("finite").to_string()).expect("exact")
}

/// `|value - ours| <= 10^-29 |value| + our radius`.
fn meets(value: &BigRational, ours: &Ball) -> bool {
    let slack = value.abs() * parse_rational("1e-29").expect("a number");
    (rational(ours.midpoint()) - value).abs() <= slack + rational(&ours.radius().to_float())
}

fn network(setting: &Value, activation: &str, depth: usize) -> Network {
    let input = Input {
        gamma_w2: exact(&setting["gamma_w2"]),
        gamma_b2: exact(&setting["gamma_b2"]),
        radius2: exact(&setting["radius2"]),
    };
    let layer = Layer {
        activation: Activation::parse(activation).expect("in the catalogue"),
        sigma_w2: match setting["sigma_w2"].as_str() {
            Some("normalized") => WeightVariance::Normalized,
            _ => WeightVariance::Exact(exact(&setting["sigma_w2"])),
        },
        sigma_b2: BiasVariance::Exact(exact(&setting["sigma_b2"])),
    };
    Network::uniform(input, layer, depth).expect("a network")
}

/// Compares every kernel of a file; how many coefficients those are.
fn compare(file: &str) -> usize {
    let text = std::fs::read_to_string(format!("tests/reference/{file}")).expect("the reference file");
    let reference: Value = serde_json::from_str(&text).expect("valid JSON");
    let accuracy = Accuracy::relative(28).expect("digits");
    let mut compared = 0;
    for entry in reference["kernels"].as_array().expect("kernels") {
        let name = entry["activation"].as_str().expect("a name");
        let setting = entry["setting"].as_str().expect("a setting");
        let depth = entry["L"].as_u64().expect("a depth") as usize;
        let network = network(&reference["settings"][setting], name, depth);
        for (kernel, field) in [(Kernel::Nngp, "nngp"), (Kernel::Ntk, "ntk")] {
            let values = entry[field].as_array().expect("values");
            let series = network
                .series(kernel, Convention::Standard, values.len() - 1, accuracy)
                .unwrap_or_else(|e| panic!("{name} {setting} L={depth}: {e}"));
            for (p, (value, ours)) in values.iter().zip(series.coefficients()).enumerate() {
                let value = exact(value);
                let place = format!("{name} {setting} {field} L={depth} p={p}");
                assert!(meets(&value, ours), "{place}: {ours} misses {value}");
                assert!(accuracy.is_met_by(ours), "{place}: {ours}");
                assert_eq!(ours.is_exact_zero(), value.is_zero(), "{place}");
                compared += 1;
            }
            if let (Kernel::Ntk, Value::String(_)) = (kernel, &entry["ntk_at_one"]) {
                assert!(meets(&exact(&entry["ntk_at_one"]), series.sum()), "{name} {setting} L={depth}");
            }
        }
    }
    compared
}

#[test]
fn kernels_with_closed_duals_or_recurrences() {
    assert!(compare("kernels_independent.json") > 1800);
}

#[test]
fn kernels_of_smooth_activations() {
    assert!(compare("smooth_kernels_independent.json") > 900);
}
