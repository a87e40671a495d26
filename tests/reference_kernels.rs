//! The kernels of `reference/ntk_reference.json`, computed independently in ball arithmetic: every value must be inside
//! our enclosure.

use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;

fn exact(v: &Value) -> BigRational {
    parse_rational(v.as_str().expect("a string")).expect("an exact number")
}

/// `|value - ours| <= radius + our radius`, all exact.
fn meets(reference: &Value, ours: &Ball) -> bool {
    let (value, radius) = (exact(&reference[0]), exact(&reference[1]));
    let mid = ours.midpoint().to_rational().expect("finite").to_string();
    let gap = (parse_rational(&mid).expect("exact") - value).abs();
    let own = ours.radius().to_float().to_rational().expect("finite").to_string();
    gap <= radius + parse_rational(&own).expect("exact")
}

#[test]
fn every_reference_coefficient_is_enclosed() {
    let text = std::fs::read_to_string("tests/reference/ntk_reference.json").expect("the reference file");
    let reference: Value = serde_json::from_str(&text).expect("valid JSON");
    let mut compared = 0;
    for name in ["relu", "erf", "gelu", "tanh"] {
        for entry in reference["activations"][name]["kernels"].as_array().expect("kernels") {
            let input = Input {
                gamma_w2: exact(&entry["gw2"]),
                gamma_b2: exact(&entry["gb2"]),
                radius2: exact(&entry["r"]) * exact(&entry["r"]),
            };
            let normalized = entry["setting"] == "normalized";
            let layer = Layer {
                activation: Activation::parse(name).expect("in the catalogue"),
                sigma_w2: if normalized {
                    WeightVariance::Normalized
                } else {
                    WeightVariance::Exact(exact(&entry["sw2"]))
                },
                sigma_b2: BiasVariance::Exact(exact(&entry["sb2"])),
            };
            let depth = entry["L"].as_u64().expect("a depth") as usize;
            let network = Network::uniform(input, layer, depth).expect("a network");
            for (kernel, field) in [(Kernel::Nngp, "nngp"), (Kernel::Ntk, "ntk")] {
                let values = entry[field].as_array().expect("values");
                let accuracy = Accuracy::relative(44).expect("digits");
                let series = network
                    .series(kernel, Convention::Standard, values.len() - 1, accuracy)
                    .unwrap_or_else(|e| panic!("{name} {entry}: {e}"));
                for (p, (value, ours)) in values.iter().zip(series.coefficients()).enumerate() {
                    assert!(
                        meets(value, ours),
                        "{name} {field} L={depth} {} p={p}: {ours} misses {value}",
                        entry["setting"]
                    );
                    assert!(accuracy.is_met_by(ours));
                    assert_eq!(ours.is_exact_zero(), exact(&value[0]).is_zero(), "{name} {field} p={p}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 4 * 6 * 2 * 13);
}
