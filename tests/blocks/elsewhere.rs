//! Values that other programs found: neural-tangents, and finite networks with random weights.

use ntk_series::gram::{GramMatrix, Points};
use ntk_series::{Accuracy, Kernel, Network};
use num_rational::BigRational;
use serde_json::Value;

use super::build::{described, exact, rational};

const KERNELS: [(Kernel, &str); 2] = [(Kernel::Nngp, "nngp"), (Kernel::Ntk, "ntk")];

fn points(file: &Value) -> Points {
    let row =
        |p: &Value| p.as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = file["points"].as_array().unwrap().iter().map(row).collect();
    Points::from_csv(&rows.join("\n")).unwrap()
}

fn gram(network: &Network, kernel: Kernel, points: &Points) -> GramMatrix {
    GramMatrix::new(network, kernel, points, Accuracy::relative(20).unwrap()).unwrap()
}

/// Doubles, so many roundings of which do not reach 10^-12 of the largest entry.
#[test]
fn kernels_of_neural_tangents() {
    let file: Value = serde_json::from_str(include_str!("../reference/blocks_neural_tangents.json")).unwrap();
    let points = points(&file);
    let mut compared = 0;
    for case in file["cases"].as_array().unwrap() {
        let (network, name) = (described(case), &case["name"]);
        for (kernel, field) in KERNELS {
            let ours = gram(&network, kernel, &points);
            let rows = case[field].as_array().unwrap();
            let value = |i: usize, j: usize| exact(&rows[i][j]);
            let largest = (0..points.len()).map(|i| value(i, i)).max().unwrap();
            let slack = largest * super::number("1e-12");
            for i in 0..points.len() {
                for j in 0..points.len() {
                    let off = rational(ours.get(i, j).midpoint()) - value(i, j);
                    assert!(off <= slack && -off <= slack, "{name} {field} {i} {j}: {}", ours.get(i, j));
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 8 * 2 * 25);
}

/// Means over 200 networks of width 1024, within five standard errors and the order of 1/width that the mean itself is
/// off.
#[test]
fn means_over_finite_networks() {
    let file: Value = serde_json::from_str(include_str!("../reference/blocks_sampled.json")).unwrap();
    let points = points(&file);
    let width = BigRational::from_integer(file["width"].as_u64().unwrap().into());
    let mut compared = 0;
    for case in file["cases"].as_array().unwrap() {
        let (network, name) = (described(case), &case["name"]);
        for (kernel, field) in KERNELS {
            let ours = gram(&network, kernel, &points);
            for (i, row) in case[field].as_array().unwrap().iter().enumerate() {
                for (j, pair) in row.as_array().unwrap().iter().enumerate() {
                    let (mean, error) = (exact(&pair[0]), exact(&pair[1]));
                    let size = rational(ours.get(i, i).midpoint()).max(rational(ours.get(j, j).midpoint()));
                    let off = rational(ours.get(i, j).midpoint()) - mean;
                    let band = &error * super::number("5") + &size * super::number("4") / &width;
                    assert!(off <= band && -off <= band, "{name} {field} {i} {j}: {}", ours.get(i, j));
                    // A wide band says nothing.
                    assert!(band <= size * super::number("1/20"), "{name} {field} {i} {j}: {error}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 3 * 2 * 6);
}
