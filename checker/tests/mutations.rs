//! Every number, name, element and key of every certificate in `tests/certificates` is changed, one at a time.
//!
//! What is still accepted has to be true by a criterion that shares nothing with the checker (`mutations/truth.rs`):
//! claims by floating-point values of the activations; matrices by closed forms and quadrature in doubles; verdicts
//! on infinitely many sets by a short list of changes that a known theorem allows.

#[path = "mutations/change.rs"]
mod change;
#[path = "mutations/truth.rs"]
mod truth;

use std::path::PathBuf;

use ntk_checker::{Limits, Rejection, check, check_with_limits};
use serde_json::Value;

fn certificates() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    let mut out: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), serde_json::from_str(&text).unwrap())
        })
        .collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(out.len() >= 20);
    out
}

#[test]
fn all_certificates_are_accepted() {
    for (name, certificate) in certificates() {
        let report = check(&certificate.to_string()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!report.lines().is_empty() && report.to_string().lines().count() > 1, "{name}");
        truth::of_claims(&certificate).unwrap_or_else(|e| panic!("{name}: {e}"));
        truth::of_matrix(&certificate).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn what_is_accepted_after_a_change_is_true() {
    let (mut tried, mut accepted) = (0, 0);
    let mut wrong = vec![];
    for (name, original) in certificates() {
        for (path, mutant) in change::all(&original) {
            tried += 1;
            if check(&mutant.to_string()).is_err() {
                continue;
            }
            accepted += 1;
            let truth = truth::of_verdict(&original, &mutant, &path)
                .and_then(|()| truth::of_claims(&mutant))
                .and_then(|()| truth::of_matrix(&mutant));
            wrong.extend(
                truth
                    .err()
                    .map(|e| format!("{name}: `{path}` was changed and accepted, but {e}\n{mutant}\n")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert!(tried > 4000, "{tried}");
    // Lowered bounds, other variances, moved nodes and the like; far fewer than are rejected.
    assert!(accepted * 2 < tried, "{accepted} of {tried}");
}

/// Changes that must not pass, by name.
#[test]
fn known_lies_are_rejected() {
    for (name, pointer, value, field) in [
        ("tanh-sigmoid", "/claims/0/witness/bound", "4/5", "claims[0].witness.bound"),
        ("tanh-sigmoid", "/claims/1/witness/bound", "1/4", "claims[1].witness.bound"),
        ("tanh-sigmoid", "/claims/0/witness/nodes/1", "2", "claims[0].witness.bound"),
        ("relu-distinct", "/network/gamma_b2", "0", "claims"),
        ("relu-distinct", "/claims/0/witness/pieces/0/to", "1/2", "claims[0].witness.pieces[0]"),
        ("relu-sphere-without-antipodes", "/domain", "sphere", "claims"),
        ("relu-sphere", "/claims/1/coefficients/1", "1/3", "claims[1].coefficients"),
        ("relu-sphere-shallow", "/points/4/0", "4/5", "points"),
        ("relu-sphere-shallow", "/null_vector/0", "4", "null_vector"),
        ("relu-gram", "/lambda_min/lower_bound", "321/100", "lambda_min.lower_bound"),
        ("relu-gram", "/points/2/0", "1", "lambda_min.lower_bound"),
        ("exp-non-proportional", "/claims/0/witness/half_line", "negative", "claims[0].witness.half_line"),
        ("square-finite-rank", "/points/1/1", "0", "points"),
        ("odd-then-relu", "/network/layers/0/sigma_b2", "0", "claims"),
        ("step-sphere", "/kernel", "ntk", "network.layers[0].activation"),
        ("constant-layer", "/network/layers/1/activation", "tanh", "claims[0].activation"),
        ("gelu-points", "/points/1/0", "0", "claims"),
    ] {
        let (_, mut certificate) = certificates().into_iter().find(|c| c.0 == name).unwrap();
        *certificate.pointer_mut(pointer).unwrap() = Value::String(value.to_string());
        let rejection = check(&certificate.to_string()).expect_err(name);
        let found = match &rejection {
            Rejection::Malformed { field, .. } | Rejection::Refuted { field, .. } => field.as_str(),
            Rejection::TooMuchWork { .. } => "",
        };
        assert_eq!(found, field, "{name}: {rejection}");
        assert!(!rejection.to_string().contains('\n'));
    }
}

#[test]
fn limits_hold() {
    let (_, certificate) = certificates().into_iter().find(|c| c.0 == "relu-gram").unwrap();
    let text = certificate.to_string();
    let usual = Limits::default();
    for limits in [
        Limits { bytes: 100, ..usual.clone() },
        Limits { nesting: 3, ..usual.clone() },
        Limits { digits: 3, ..usual.clone() },
        Limits { layers: 1, ..usual.clone() },
        Limits { points: 2, ..usual.clone() },
        Limits { dimension: 1, ..usual.clone() },
        Limits { exponent: 39, ..usual.clone() },
    ] {
        let rejection = check_with_limits(&text, &limits).unwrap_err();
        assert!(matches!(rejection, Rejection::Malformed { .. }), "{rejection}");
    }
    for limits in [Limits { work: 10_000, ..usual.clone() }, Limits { memory: 10_000, ..usual.clone() }] {
        let rejection = check_with_limits(&text, &limits).unwrap_err();
        assert!(matches!(rejection, Rejection::TooMuchWork { .. }), "{rejection}");
    }
    check_with_limits(&text, &usual).unwrap();
}

#[test]
fn truncations_and_noise_never_panic() {
    for (_, certificate) in certificates() {
        let text = certificate.to_string();
        for end in (0..text.len()).filter(|i| text.is_char_boundary(*i)) {
            assert!(check(&text[..end]).is_err());
        }
        // A simple generator, so that a failure repeats.
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..300 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut bytes = text.clone().into_bytes();
            let at = (state >> 33) as usize % bytes.len();
            bytes[at] = (state >> 20) as u8;
            let _ = check(&String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn hostile_texts_are_refused_quickly() {
    let (_, certificate) = certificates().into_iter().find(|c| c.0 == "relu-distinct").unwrap();
    let deep =
        (0..30).fold("x".to_string(), |f, _| format!("silu({f})*exp(-({f})^2)").chars().take(4000).collect());
    let nested = (0..55).fold("x".to_string(), |f, _| format!("mish({f})"));
    let wide = vec!["sin(x*pi)"; 900].join("*");
    let tower = (0..50).fold("x".to_string(), |f, _| format!("({f})^9"));
    for name in [
        deep,
        nested,
        wide,
        tower,
        "x^1000*x^1000*(1+x)^1000".into(),
        "poly(".to_string() + &"9".repeat(3000) + ")",
    ] {
        let mut hostile = certificate.clone();
        hostile["network"]["layers"][0]["activation"] = Value::String(name.clone());
        hostile["claims"][0]["activation"] = Value::String(name);
        assert!(check(&hostile.to_string()).is_err());
    }
    let start = std::time::Instant::now();
    assert!(check(&"[".repeat(1 << 20)).is_err() && check(&"{\"a\":".repeat(1 << 18)).is_err());
    assert!(start.elapsed().as_secs() < 5);
}
