//! `ntk spectrum` in every format, against known values.

mod common;

use common::*;

#[test]
fn relu_on_the_sphere_in_json() {
    // By the hemisphere transform: λ_k of k_1 and of t k_0 on S², twice.
    let answer = json(&["spectrum", "relu", "--dimension", "3", "--max-degree", "4", "--digits", "20"]);
    assert_eq!(answer["schema"], "ntk-series/spectrum/1");
    assert_eq!((&answer["kernel"], &answer["measure"]), (&"ntk".into(), &"probability".into()));
    assert_eq!((answer["dimension"].to_string(), &answer["method"]), ("3".into(), &"closed-form".into()));
    assert_eq!(answer["network"]["layers"][0]["sigma_w2"], "normalized");
    let truth = ["1/2", "1/3", "5/64", "0", "1/192"];
    for (k, entry) in answer["eigenvalues"].as_array().unwrap().iter().enumerate() {
        assert_eq!(entry["k"].to_string(), k.to_string());
        assert_eq!(entry["multiplicity"], (2 * k + 1).to_string());
        assert_eq!(entry["closed_form"], truth[k]);
        encloses(entry, &exact(truth[k]), 20, false);
    }
    encloses(&answer["trace"], &exact("2"), 20, false);
}

#[test]
fn measures_differ_by_the_area() {
    let args = ["spectrum", "tanh", "--dimension", "3", "--max-degree", "3"];
    let probability = json(&args);
    let mut surface = args.to_vec();
    surface.extend(["--measure", "surface"]);
    let surface = json(&surface);
    assert_eq!(surface["measure"], "surface");
    for k in [1, 3] {
        let (a, _) = enclosure(&probability["eigenvalues"][k]);
        let (b, error) = enclosure(&surface["eigenvalues"][k]);
        let area = exact("12.5663706143591729538505735331180115");
        assert!((&a * area - &b) <= error * exact("40") && b > a);
    }
    // Odd: the others are exactly zero.
    assert_eq!(
        (&probability["eigenvalues"][2]["value"], &probability["eigenvalues"][2]["error"]),
        (&"0".into(), &"0".into())
    );
}

#[test]
fn deep_networks_in_every_format() {
    let args =
        ["spectrum", "relu", "--hidden-layers", "3", "--dimension", "4", "--max-degree", "5", "--format"];
    let with = |format: &str| {
        let mut all = args.to_vec();
        all.push(format);
        printed(&all)
    };
    let text = with("text");
    assert!(text.contains("multiplicity") && text.contains("quadrature"), "{text}");
    let rows = csv(&with("csv"));
    assert_eq!(rows[0][..3], ["k", "multiplicity", "value"]);
    assert_eq!((rows[6][0].as_str(), rows[6][1].as_str()), ("5", "36"));
    assert!(with("markdown").contains(r"\lambda_k") && with("latex").contains(r"\lambda_k"));
}

#[test]
fn what_cannot_be_is_refused() {
    refused(2, &["spectrum", "relu"], &["--dimension"]);
    refused(2, &["spectrum", "relu", "--dimension", "1"], &["2 to 1000000"]);
    refused(2, &["spectrum", "relu", "--dimension", "3", "--max-degree", "99999"], &["10000"]);
    refused(2, &["spectrum", "step", "--dimension", "3"], &["NTK"]);
    refused(
        3,
        &["spectrum", "elu", "--dimension", "3", "--max-degree", "2", "--digits", "30"],
        &["eigenvalue"],
    );
}
