use super::*;
use crate::limits::Limits;
use crate::{Rejection, json};
use fields::Field;

pub(crate) fn network(text: &str) -> Result<Network, Rejection> {
    let limits = Limits::default();
    super::network::network(Field::new("network", json::read(text, limits.nesting)?, &limits))
}

const LAYER: &str = r#"{"activation": "relu", "sigma_w2": "1", "sigma_b2": "0"}"#;

fn with(layers: &str) -> Result<Network, Rejection> {
    let layers = layers.replace("LAYER", LAYER);
    network(&format!(r#"{{"gamma_w2": "1", "gamma_b2": "0", "radius2": "1", "layers": {layers}}}"#))
}

#[test]
fn blocks_are_read() {
    let network = with(r#"[LAYER, {"residual": [{"normalize": true}, LAYER], "skip": "-3"},
                          {"sum": [[LAYER, {"sum": [[], [LAYER]], "weights": ["0", "1"]}], []], "weights": ["1/2", "2"]}]"#).unwrap();
    let paths: Vec<&str> = network.layers.iter().map(|l| l.path.as_str()).collect();
    let expected = [
        "network.layers[0]",
        "network.layers[1].residual[1]",
        "network.layers[2].sum[0][0]",
        "network.layers[2].sum[0][1].sum[1][0]",
    ];
    assert_eq!(paths, expected);
    assert!(!network.is_chain() && with("[LAYER, LAYER]").unwrap().is_chain());
}

/// Each is refused, and the message says where it is at fault.
#[test]
fn what_is_no_network() {
    for (layers, field, words) in [
        ("[]", "network.layers", "one hidden layer"),
        (r#"[{"normalize": true}]"#, "network.layers", "one hidden layer"),
        (r#"[LAYER, {"normalize": false}]"#, "network.layers[1].normalize", "`true`"),
        (r#"[LAYER, {"normalize": "true"}]"#, "network.layers[1].normalize", "`true`"),
        (r#"[LAYER, {"normalize": true, "skip": "1"}]"#, "network.layers[1].skip", "no meaning"),
        (r#"[{"residual": [LAYER]}]"#, "network.layers[0].skip", "missing"),
        (r#"[{"residual": LAYER, "skip": "1"}]"#, "network.layers[0].residual", "list"),
        (r#"[{"residual": [LAYER], "skip": "1", "sum": []}]"#, "network.layers[0].sum", "no meaning"),
        // x + x, in all its forms.
        (r#"[LAYER, {"residual": [], "skip": "1"}]"#, "network.layers[1]", "hand on"),
        (r#"[LAYER, {"residual": [{"normalize": true}], "skip": "1"}]"#, "network.layers[1]", "hand on"),
        (
            r#"[{"residual": [{"residual": [LAYER], "skip": "2"}], "skip": "1"}]"#,
            "network.layers[0]",
            "hand on",
        ),
        (r#"[LAYER, {"sum": [[], []], "weights": ["1", "1"]}]"#, "network.layers[1]", "hand on"),
        (r#"[LAYER, {"sum": [[], [LAYER]], "weights": ["1"]}]"#, "network.layers[1].weights", "2 weights"),
        (
            r#"[LAYER, {"sum": [[], [LAYER]], "weights": ["1", "-1"]}]"#,
            "network.layers[1].weights[1]",
            "from 0 on",
        ),
        (r#"[LAYER, {"sum": [[], [LAYER]], "weights": ["0", "0"]}]"#, "network.layers[1]", "positive weight"),
        (r#"[LAYER, {"sum": [], "weights": []}]"#, "network.layers[1]", "positive weight"),
        (r#"[LAYER, {"sum": [LAYER], "weights": ["1"]}]"#, "network.layers[1].sum[0]", "list"),
        (
            r#"[{"activation": "relu", "sigma_w2": "1", "sigma_b2": "0", "train_w": "-1"}]"#,
            "network.layers[0].train_w",
            "from 0 on",
        ),
        (
            r#"[{"activation": "relu", "sigma_w2": "1", "sigma_b2": "0", "train_b": null}]"#,
            "network.layers[0].train_b",
            "quotes",
        ),
    ] {
        let Err(Rejection::Malformed { field: at, why }) = with(layers) else {
            panic!("{layers} is accepted")
        };
        assert!(at == field && why.contains(words), "{layers}: {at}: {why}");
    }
    // A skip of 0 leaves the branch.
    for layers in
        [r#"[LAYER, {"residual": [], "skip": "0"}]"#, r#"[LAYER, {"sum": [[], []], "weights": ["0", "1"]}]"#]
    {
        assert!(with(layers).is_ok(), "{layers}");
    }
}

#[test]
fn a_network_that_is_not_trained_has_no_tangent_kernel() {
    let frozen = |bias: &str, input: &str| {
        let layer =
            format!(r#"{{"activation": "relu", "sigma_w2": "1", "sigma_b2": "{bias}", "train_w": "0"}}"#);
        network(&format!(
            r#"{{"gamma_w2": "1", "gamma_b2": "0", "radius2": "1", "train_w": "{input}", "layers": [{layer}]}}"#
        ))
    };
    assert!(frozen("0", "0").is_err());
    // Biases are trained as they are initialized.
    assert!(frozen("1", "0").is_ok() && frozen("0", "1").is_ok() && frozen("0", "1/7").is_ok());
    let network = frozen("0", "1/7").unwrap();
    assert_eq!(network.first_tangent().0.to_string(), "1/7");
}
