//! The two sequences.

use super::*;
use crate::Activation;
use crate::finite::{Architecture, Parametrization};
use crate::number::parse_rational;

fn number(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

fn sample(list: &[(&str, &str)]) -> Vec<(Vec<BigRational>, BigRational)> {
    list.iter().map(|(x, y)| (x.split(',').map(number).collect(), number(y))).collect()
}

fn network(name: &str, widths: &[usize]) -> FiniteNetwork {
    let shape = Architecture::new(&Activation::parse(name).unwrap(), widths).unwrap().with_biases(true);
    FiniteNetwork::from_seed(&shape.with_parametrization(Parametrization::Standard), 11).unwrap()
}

const LABELLED: [(&str, &str); 3] = [("1/2,-1/3", "1"), ("-1,1/4", "-1"), ("2/3,3/2", "1")];

#[test]
fn enclosures_overlap() {
    for (name, loss) in [
        ("tanh", Loss::Squared),
        ("gelu", Loss::Logistic),
        ("relu", Loss::Squared),
        ("softplus", Loss::Logistic),
    ] {
        let network = network(name, &[2, 3, 2, 1]);
        let descent = Descent::new(loss, sample(&LABELLED), number("1/20"), 3).unwrap();
        let run = descent.run_with(&network, 200).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(run.len(), 4);
        assert!(run.iter().all(Iteration::coincide), "{name}");
        assert!(run[3].loss.upper() < run[0].loss.lower(), "{name}");
        let widest = run[3].learner.outputs.iter().map(|f| f.radius()).fold(Mag::ZERO, Mag::max);
        assert!(widest < Mag::from_f64(1e-3), "{name}: {widest:?}");
        let narrow = run[3].descent.weights.iter().all(|w| w.radius() < Mag::pow2(-150));
        assert!(narrow, "{name}");
    }
}

#[test]
fn exact_sequences_are_equal() {
    let descent = Descent::new(Loss::Squared, sample(&LABELLED), number("1/100"), 2).unwrap();
    let network = network("x^2 - x", &[2, 2, 1]);
    let exact = descent.run_exact(&network).unwrap();
    assert!(exact.iter().all(|k| k.descent == k.learner));
    let balls = descent.run_with(&network, 256).unwrap();
    for (e, b) in exact.iter().zip(&balls) {
        assert!(b.coincide() && b.loss.contains_rational(&e.loss));
        assert!(e.descent.weights.iter().zip(&b.descent.weights).all(|(e, b)| b.contains_rational(e)));
    }
    let logistic = Descent::new(Loss::Logistic, sample(&LABELLED), number("1/100"), 2).unwrap();
    assert!(logistic.run_exact(&network).unwrap_err().to_string().contains("squared"));
    assert!(descent.run_exact(&self::network("relu", &[2, 2, 1])).is_err());
}

#[test]
fn descent_is_checked() {
    let new = |loss, list: &[(&str, &str)], rate, n| Descent::new(loss, sample(list), number(rate), n);
    assert!(new(Loss::Squared, &[], "1", 1).is_err());
    assert!(new(Loss::Squared, &LABELLED, "0", 1).is_err());
    assert!(new(Loss::Squared, &LABELLED, "1", 1 << 20).is_err());
    assert!(new(Loss::Logistic, &[("1,1", "2")], "1", 1).is_err());
    let far = new(Loss::Squared, &LABELLED, "1000", 1).unwrap();
    let error = far.run_with(&network("tanh", &[2, 3, 1]), 128).unwrap_err().to_string();
    assert!(error.contains("length of the step"), "{error}");
    assert!(far.with_order(0).is_err());
}

#[test]
fn the_uniform_bound() {
    let network = network("tanh", &[2, 4, 1]);
    let descent = Descent::new(Loss::Squared, sample(&LABELLED), number("1/500"), 5).unwrap();
    let run = descent.run_with(&network, 160).unwrap();
    let bound = descent.uniform_bound(&network, &run, &number("1"), &number("1/20")).unwrap();
    assert!(bound.distance.upper() <= bound.path.upper() && bound.path.magnitude() <= bound.radius);
    assert!(bound.complexity < Mag::ONE && bound.gap.is_finite());
    // The random signs of one draw: the class's change never exceeds what its norms allow.
    let shorter = descent.uniform_bound(&network, &run[..2], &number("1"), &number("1/20")).unwrap();
    assert!(shorter.complexity < bound.complexity);
    assert!(descent.uniform_bound(&network, &run, &number("0"), &number("1/20")).is_err());
    assert!(descent.uniform_bound(&network, &run, &number("1"), &number("1")).is_err());
    let far = Descent::new(Loss::Squared, sample(&LABELLED), number("1/10"), 60).unwrap();
    let long: Vec<_> = run.iter().cycle().take(60).cloned().collect();
    let error = far.uniform_bound(&network, &long, &number("1"), &number("1/20")).unwrap_err();
    assert!(error.to_string().contains("radius"), "{error}");
}

/// The gap of the statement, in doubles: every term of it, for both losses, with other samples, clips and confidences.
#[test]
fn the_gap_is_that_of_the_statement() {
    let network = network("tanh", &[2, 4, 1]);
    for (loss, clip, delta, list) in [
        (Loss::Squared, 1.0, 0.05, &LABELLED[..]),
        (Loss::Squared, 3.0, 0.5, &LABELLED[..1]),
        (Loss::Logistic, 2.0, 0.25, &LABELLED[..2]),
    ] {
        let labels: Vec<(&str, &str)> = match loss {
            Loss::Squared => list.to_vec(),
            Loss::Logistic => list.iter().map(|(x, _)| (*x, "1")).collect(),
        };
        let descent = Descent::new(loss, sample(&labels), number("1/500"), 5).unwrap();
        let run = descent.run_with(&network, 160).unwrap();
        let exact = |x: f64| BigRational::from_float(x).unwrap();
        let bound = descent.uniform_bound(&network, &run, &exact(clip), &exact(delta)).unwrap();
        let double = |m: Mag| m.to_float().to_f64();
        let (lipschitz, j) =
            (if loss == Loss::Squared { (2.0 * clip).sqrt() } else { 1.0 }, double(bound.radius).log2());
        let deviation = ((2.0 * 4.0 * (1.0 + j * j) / delta).ln() / (2.0 * list.len() as f64)).sqrt();
        let gap = 2.0 * lipschitz * double(bound.complexity) + 3.0 * clip * deviation;
        let found = double(bound.gap);
        assert!(found >= gap * (1.0 - 1e-12) && found <= gap * (1.0 + 1e-9), "{loss:?}: {found} for {gap}");
    }
}
