//! Known truths, counterexamples checked on their own, and verdicts against coefficients.

use num_rational::BigRational;
use num_traits::Zero;

use super::activations::samples;
use crate::gram::Points;
use crate::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use crate::number::parse_rational;
use crate::positivity::exact_gram::annihilates;
use crate::positivity::{Domain, Outcome, Theorem, Verdict, decide, decide_points, exact_gram};
use crate::{Accuracy, Activation, Ball};

const ALL: [Domain; 4] =
    [Domain::Distinct, Domain::NonProportional, Domain::Sphere, Domain::SphereWithoutAntipodes];

fn rational(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

/// Layers with `σ_w² = 1` and the given biases.
fn network(activations: &[&str], gamma_b2: &str, sigma_b2: &str) -> Network {
    let layers = activations.iter().map(|text| Layer {
        activation: Activation::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")),
        sigma_w2: WeightVariance::Exact(rational("1")),
        sigma_b2: BiasVariance::Exact(rational(sigma_b2)),
    });
    Network::new(Input { gamma_b2: rational(gamma_b2), ..Input::default() }, layers.collect()).unwrap()
}

fn verdict(activations: &[&str], biases: bool, domain: Domain) -> Verdict {
    let bias = if biases { "1/3" } else { "0" };
    let network = network(activations, bias, bias);
    decide(&network, Kernel::Ntk, domain).or_else(|_| decide(&network, Kernel::Nngp, domain)).unwrap()
}

fn sign(verdict: &Verdict) -> char {
    match verdict.outcome {
        Outcome::StrictlyPositiveDefinite => '+',
        Outcome::NotStrictlyPositiveDefinite => '-',
        Outcome::Undecided => '?',
    }
}

#[test]
fn known_truths() {
    // On distinct, non-proportional points, the sphere, the sphere without antipodal pairs.
    for (activations, biases, expected) in [
        (vec!["relu"], false, "-+-+"),
        (vec!["relu", "relu"], false, "-+++"),
        (vec!["relu"], true, "++++"),
        (vec!["tanh"; 4], false, "-+-+"),
        (vec!["erf"; 2], false, "-+-+"),
        (vec!["tanh"; 3], true, "++++"),
        (vec!["x^2"], false, "----"),
        (vec!["x^2"; 3], true, "----"),
        (vec!["x"], true, "----"),
        (vec!["poly(3)", "relu"], true, "----"),
        (vec!["relu", "poly(3)"], true, "----"),
        (vec!["gaussian"; 2], false, "-+-+"),
        (vec!["sigmoid"], false, "-+-+"),
        (vec!["sigmoid"; 2], false, "?+++"),
        (vec!["x^2", "relu"], true, "++++"),
        (vec!["x^3", "sin"], false, "-+-+"),
        (vec!["tanh", "gaussian"], false, "-+-+"),
        (vec!["abs"], true, "++++"),
        (vec!["repu(2)"], false, "-+-+"),
        (vec!["repu(2)"; 2], false, "-+++"),
        (vec!["relu", "hermite(3)"], true, "++++"),
        (vec!["hermite(3)"], true, "----"),
        (vec!["step"], true, "++++"),
    ] {
        let found: String = ALL.iter().map(|&d| sign(&verdict(&activations, biases, d))).collect();
        assert_eq!(found, expected, "{activations:?}, biases: {biases}");
    }
}

#[test]
fn a_later_bias_separates_proportional_points() {
    let network = network(&["relu", "relu"], "0", "1/2");
    let verdict = decide(&network, Kernel::Ntk, Domain::Distinct).unwrap();
    assert_eq!(verdict.outcome, Outcome::StrictlyPositiveDefinite, "{verdict}");
}

#[test]
fn no_weights_no_verdict_above_a_constant() {
    let mut layers = network(&["tanh", "tanh"], "1", "1").layers().to_vec();
    layers[1].sigma_w2 = WeightVariance::Exact(rational("0"));
    let network = Network::new(Input::default(), layers).unwrap();
    for domain in ALL {
        let verdict = decide(&network, Kernel::Ntk, domain).unwrap();
        assert_eq!(verdict.outcome, Outcome::NotStrictlyPositiveDefinite);
        assert_eq!(verdict.counterexample.unwrap().points.len(), 2);
    }
}

/// A layer whose variance is zero cannot preserve it: `normalized` is 0/0, as for a table, and there is no verdict.
#[test]
fn nothing_is_said_of_networks_that_are_not_defined() {
    let layer = |text: &str, w: Option<&str>, b: &str| Layer {
        activation: Activation::parse(text).unwrap(),
        sigma_w2: w.map_or(WeightVariance::Normalized, |w| WeightVariance::Exact(rational(w))),
        sigma_b2: BiasVariance::Exact(rational(b)),
    };
    for layers in [
        vec![
            layer("softplus", Some("0"), "1/10"),
            layer("relu", Some("0"), "0"),
            layer("sinh(x/3)", None, "0"),
        ],
        vec![layer("relu", Some("0"), "0"), layer("relu", None, "0")],
        vec![layer("relu", Some("0"), "0"), layer("tanh", Some("1"), "0"), layer("erf", None, "0")],
        vec![layer("0*x", Some("1"), "0"), layer("erf", None, "0")],
    ] {
        let network = Network::new(Input::default(), layers).unwrap();
        let accuracy = Accuracy::relative(5).unwrap();
        assert!(network.series(Kernel::Nngp, Convention::Standard, 3, accuracy).is_err());
        for domain in ALL {
            let verdict = decide(&network, Kernel::Nngp, domain);
            assert!(verdict.is_err(), "{domain:?}: {:?}", verdict.unwrap().outcome);
        }
    }
}

/// Where the sphere has no rational points in the plane they are taken in space.
#[test]
fn every_radius_has_a_counterexample() {
    for (radius2, dimension) in [("1", 2), ("5", 2), ("3", 3), ("7/2", 3), ("7", 4), ("28/3", 2 + 1)] {
        for (text, domain) in [("x^2", Domain::SphereWithoutAntipodes), ("relu", Domain::Sphere)] {
            let layer = network(&[text], "0", "0").layers()[0].clone();
            let input = Input { radius2: rational(radius2), ..Input::default() };
            let network = Network::new(input, vec![layer]).unwrap();
            let found = decide(&network, Kernel::Ntk, domain).unwrap().counterexample.unwrap();
            for x in &found.points {
                assert_eq!(x.iter().map(|a| a * a).sum::<BigRational>(), rational(radius2));
                assert_eq!(x.len(), dimension, "{radius2}");
            }
            if let Some(gram) = exact_gram(&network, Kernel::Ntk, &found.points) {
                assert!(annihilates(&gram, &found.null_vector));
            }
        }
    }
}

/// What could ask for unbounded work comes back.
#[test]
fn large_networks_are_answered() {
    for (text, depth) in [("x^2", 1000), ("x + x^3", 60), ("relu", 1000), ("x", 1000)] {
        for domain in ALL {
            let verdict = verdict(&vec![text; depth], true, domain);
            assert_eq!(verdict.outcome == Outcome::StrictlyPositiveDefinite, text == "relu", "{text}");
        }
    }
    let many = (0..300).map(|i| format!("{}", i)).collect::<Vec<_>>().join(",");
    let pieces = (0..=300).map(|i| format!("[{}]", i % 2)).collect::<Vec<_>>().join(",");
    let found = verdict(&[&format!("piecewise([{many}];{pieces})")], true, Domain::Distinct);
    assert_ne!(found.outcome, Outcome::NotStrictlyPositiveDefinite);
}

#[test]
fn astronomical_variances_do_not_matter() {
    let network = network(&["exp"; 12], "1", "1");
    let verdict = decide(&network, Kernel::Ntk, Domain::Distinct).unwrap();
    assert_eq!(verdict.outcome, Outcome::StrictlyPositiveDefinite, "{verdict}");
    // E[φ²] is finite at small variances only.
    let narrow = self::network(&["exp(x^2/8)"], "0", "0");
    assert!(decide(&narrow, Kernel::Nngp, Domain::Sphere).is_ok());
    assert!(decide(&narrow, Kernel::Nngp, Domain::NonProportional).is_err());
}

#[test]
fn computed_variances_are_told_zero_or_not() {
    let with = |weight: WeightVariance, bias: BiasVariance| {
        let layer =
            Layer { activation: Activation::parse("relu").unwrap(), sigma_w2: weight, sigma_b2: bias };
        decide(&Network::uniform(Input::default(), layer, 2).unwrap(), Kernel::Ntk, Domain::Distinct).unwrap()
    };
    // σ_w² E[φ²] = q leaves no bias, σ_w² = 1 does; normalized weights vanish where the bias is all.
    assert_eq!(sign(&with(WeightVariance::Exact(rational("2")), BiasVariance::Unit)), '-');
    assert_eq!(sign(&with(WeightVariance::Exact(rational("1")), BiasVariance::Unit)), '+');
    assert_eq!(sign(&with(WeightVariance::Normalized, BiasVariance::Exact(rational("1/2")))), '+');
    assert_eq!(sign(&with(WeightVariance::Normalized, BiasVariance::Exact(rational("1")))), '-');
}

#[test]
fn counterexamples_are_small() {
    for (activations, biases, domain, count) in [
        (vec!["relu"], false, Domain::Sphere, 6),
        (vec!["tanh"; 2], false, Domain::Sphere, 2),
        (vec!["tanh"; 2], false, Domain::Distinct, 2),
        (vec!["relu"; 3], false, Domain::Distinct, 2),
        (vec!["gaussian"], false, Domain::Distinct, 2),
        (vec!["x^2"], false, Domain::Distinct, 1),
        (vec!["x^2"], false, Domain::NonProportional, 4),
        (vec!["x^2"], true, Domain::Distinct, 4),
        (vec!["x"], false, Domain::Sphere, 2),
        (vec!["x"], false, Domain::SphereWithoutAntipodes, 3),
        (vec!["x^2", "x^3"], true, Domain::Distinct, 8),
        (vec!["poly(1,1,1)"; 4], true, Domain::Distinct, 18),
        (vec!["x^2"; 3], false, Domain::SphereWithoutAntipodes, 10),
    ] {
        let found = verdict(&activations, biases, domain);
        let points =
            found.counterexample.clone().unwrap_or_else(|| panic!("{activations:?}: {found}")).points;
        assert_eq!(points.len(), count, "{activations:?} {domain:?}");
    }
    assert!(verdict(&["x^2"; 8], true, Domain::Distinct).counterexample.is_none());
}

/// On every counterexample the certified kernel leaves no doubt either.
#[test]
fn counterexamples_hold_in_enclosures() {
    for (activations, biases) in [
        (vec!["relu"], false),
        (vec!["tanh"], false),
        (vec!["gaussian"; 2], false),
        (vec!["x^2", "x^3"], true),
    ] {
        let bias = if biases { "1/3" } else { "0" };
        let network = network(&activations, bias, bias);
        let found = decide(&network, Kernel::Ntk, Domain::Sphere).unwrap().counterexample.unwrap();
        let series =
            network.series(Kernel::Ntk, Convention::Standard, 60, Accuracy::absolute(20).unwrap()).unwrap();
        let value = |x: &[BigRational], y: &[BigRational]| {
            let rho: BigRational = x.iter().zip(y).map(|(a, b)| a * b).sum();
            series.evaluate(&Ball::from_rational(&rho, 128)).unwrap()
        };
        for x in &found.points {
            let pairs = found.points.iter().zip(&found.null_vector);
            let terms: Vec<Ball> = pairs.map(|(y, v)| value(x, y) * Ball::from_rational(v, 128)).collect();
            let size = terms.iter().fold(0.0, |s, t| s + t.magnitude().to_float().to_f64());
            let sum = terms.iter().fold(Ball::zero(128), |s, t| s + t);
            assert!(sum.contains_zero(), "{activations:?}: {sum}");
            assert!(sum.radius().to_float().to_f64() < 0.05 * size, "{activations:?}: {sum}");
        }
        if let Some(gram) = exact_gram(&network, Kernel::Ntk, &found.points) {
            for row in gram {
                assert!(
                    row.iter().zip(&found.null_vector).map(|(k, v)| k * v).sum::<BigRational>().is_zero()
                );
            }
        }
    }
}

/// The powers of the kernel that the verdict on the sphere speaks of, against certified coefficients.
#[test]
fn verdicts_agree_with_coefficients() {
    const DEGREE: usize = 30;
    for phi in samples() {
        for depth in [1, 2] {
            let layer = Layer {
                activation: phi.clone(),
                sigma_w2: WeightVariance::Exact(rational("1")),
                sigma_b2: BiasVariance::Exact(rational("0")),
            };
            let network = Network::uniform(Input::default(), layer, depth).unwrap();
            let accuracy = Accuracy::absolute(25).unwrap();
            let kernels = [Kernel::Ntk, Kernel::Nngp];
            let Some((kernel, verdict)) =
                kernels.into_iter().find_map(|k| Some((k, decide(&network, k, Domain::Sphere).ok()?)))
            else {
                panic!("{phi}")
            };
            let Ok(series) = network.series(kernel, Convention::Standard, DEGREE, accuracy) else { continue };
            let positive = |p: usize| series.coefficients()[p].lower() > 0;
            let zero = |p: usize| series.coefficients()[p].is_exact_zero();
            let of_parity = |parity: usize| (DEGREE / 2..=DEGREE).filter(move |p| p % 2 == parity);
            let name = phi.name();
            match verdict.outcome {
                Outcome::StrictlyPositiveDefinite => {
                    assert!((0..2).all(|e| of_parity(e).any(positive)), "{name}, {depth}: {verdict}");
                }
                Outcome::NotStrictlyPositiveDefinite => {
                    assert!((0..2).any(|e| of_parity(e).all(zero)), "{name}, {depth}: {verdict}");
                }
                Outcome::Undecided => panic!("{name}, {depth}: {verdict}"),
            }
        }
    }
}

#[test]
fn given_points() {
    let points = |rows: &[&[&str]]| -> Vec<Vec<BigRational>> {
        rows.iter().map(|r| r.iter().map(|x| rational(x)).collect()).collect()
    };
    let circle: &[&[&str]] =
        &[&["1", "0"], &["3/5", "4/5"], &["0", "1"], &["-1", "0"], &["-3/5", "-4/5"], &["0", "-1"]];
    for (activations, bias, rows, expected, v) in [
        (vec!["relu"], "0", circle, '-', "1,-6/5,4/5"),
        (vec!["relu"; 2], "0", circle, '+', ""),
        (vec!["relu"], "1", circle, '+', ""),
        (vec!["relu"], "0", &circle[..4], '?', ""),
        (vec!["tanh"], "0", circle, '-', "1,0,0,1,0,0"),
        (vec!["tanh"], "0", &circle[..3], '+', ""),
        (vec!["relu"], "0", &[&["1", "2"], &["3", "1"], &["2", "4"]], '-', "2,0,-1"),
        (vec!["relu"], "1", &[&["1", "2"], &["3", "1"], &["1", "2"]], '-', "1,0,-1"),
        (vec!["x^2"], "1", &[&["0"], &["1"], &["2"]], '+', ""),
        (vec!["x^2"], "1", &[&["0"], &["1"], &["2"], &["3"]], '-', "1,-3,3,-1"),
    ] {
        let rows = Points::new(points(rows)).unwrap();
        let found = decide_points(&network(&activations, bias, bias), Kernel::Ntk, &rows).unwrap();
        assert_eq!(sign(&found), expected, "{activations:?} {rows:?}: {found}");
        if expected == '-' {
            let c = found.counterexample.clone().unwrap();
            assert_eq!(c.points.len(), c.null_vector.len());
            if !v.contains('/') {
                let written: Vec<String> = c.null_vector.iter().map(BigRational::to_string).collect();
                assert_eq!(written.join(","), v, "{found}");
            }
        }
        found.certificate().unwrap();
    }
}

#[test]
fn certificates_are_exact_and_named() {
    for (activations, biases) in
        [(vec!["relu", "elu(1/2)"], true), (vec!["exp", "mish"], false), (vec!["x^2"], true)]
    {
        for domain in ALL {
            let verdict = verdict(&activations, biases, domain);
            let text = verdict.certificate().unwrap().to_json();
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(json["domain"], domain.name());
            assert_eq!(
                json["theorem"],
                verdict.theorem.map_or(serde_json::Value::Null, |t: Theorem| t.name().into())
            );
            let claimed: Vec<(String, String)> = json["claims"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| (c["activation"].to_string(), c["part"].to_string()))
                .collect();
            let mut unique = claimed.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), claimed.len(), "{text}");
            // No number but in a string, save degrees and orders.
            assert!(!text.contains("null,\n") || !json.is_null());
        }
    }
    let hidden = verdict(&["sqrt(2)*x^2 + sqrt(3)"], true, Domain::Sphere);
    assert!(hidden.certificate().unwrap_err().to_string().contains("rational"));
}
