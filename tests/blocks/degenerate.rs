//! Networks that degenerate by their blocks or by what is trained: a verdict or a tail that overlooks it would be
//! false.

use ntk_series::gram::Points;
use ntk_series::kernel::{Block, Convention, Training};
use ntk_series::positivity::{Domain, Outcome, decide, decide_points};
use ntk_series::{Accuracy, Kernel, Network};

use super::build::{dense, network, number, residual};

fn trained(network: Network, speeds: &[(&str, &str)]) -> Network {
    let speed = |(weights, biases): &(&str, &str)| Training {
        weights: number(weights),
        biases: Some(number(biases)),
    };
    network.trained(speeds.iter().map(speed).collect()).unwrap()
}

fn on(points: &str, network: &Network, kernel: Kernel) -> Outcome {
    decide_points(network, kernel, &Points::from_csv(points).unwrap()).unwrap().outcome
}

/// `Θ(x, -x) = c_2 + (τ - r²) ċ(-1)` with `ċ(-1) = -ċ(1)` differs from `Θ(x, x) = c_2 + (τ + r²) ċ(1)` where `φ` is
/// even: a trained bias of the input tells `x` from `-x`.
#[test]
fn a_trained_bias_of_the_input_tells_antipodes_apart() {
    let even = network(vec![dense("abs", "1", "0")]);
    assert_eq!(on("1,0\n-1,0", &even, Kernel::Ntk), Outcome::NotStrictlyPositiveDefinite);
    let told = trained(even, &[("1", "1"), ("1", "0")]);
    assert_ne!(on("1,0\n-1,0", &told, Kernel::Ntk), Outcome::NotStrictlyPositiveDefinite);
}

/// `x` and `2x` are one point after a normalization layer, whatever follows.
#[test]
fn a_normalization_layer_makes_multiples_equal() {
    for last in ["exp(1/2)", "relu", "gelu", "step"] {
        let blocks = vec![dense("x", "1", "0"), Block::Normalize, dense(last, "1", "1")];
        let network = network(blocks);
        let outcome = decide(&network, Kernel::Nngp, Domain::Sphere).unwrap().outcome;
        assert_eq!(outcome == Outcome::StrictlyPositiveDefinite, last == "exp(1/2)", "{last}");
        assert_ne!(on("1,2\n2,4", &network, Kernel::Nngp), Outcome::StrictlyPositiveDefinite, "{last}");
    }
}

/// A sum of branches has the larger of their degrees: `K = xy + 3x²y²` has rank 2, not 1, and on the circle
/// `c_2 = ρ + 1 + 2ρ²` a tail of 2 after degree 1.
#[test]
fn a_sum_has_the_larger_degree() {
    let sum = network(vec![residual("1", vec![dense("x^2", "1", "0")])]);
    assert_ne!(on("1\n2", &sum, Kernel::Nngp), Outcome::NotStrictlyPositiveDefinite);
    assert_eq!(on("1\n2\n3", &sum, Kernel::Nngp), Outcome::NotStrictlyPositiveDefinite);
    let series = sum.series(Kernel::Nngp, Convention::Standard, 1, Accuracy::relative(15).unwrap()).unwrap();
    assert!(series.tail().contains_rational(&number("2")) && !series.tail().contains_zero());
}

/// Where only biases are trained the tangent kernel is a constant.
#[test]
fn trained_biases_alone_leave_a_constant() {
    let relu = network(vec![dense("relu", "2", "0")]);
    let constant = trained(relu, &[("0", "0"), ("0", "1")]);
    for domain in [Domain::Sphere, Domain::SphereWithoutAntipodes, Domain::Distinct] {
        let outcome = decide(&constant, Kernel::Ntk, domain).unwrap().outcome;
        assert_ne!(outcome, Outcome::StrictlyPositiveDefinite, "{domain:?}");
    }
    assert_ne!(on("1,0\n0,1", &constant, Kernel::Ntk), Outcome::StrictlyPositiveDefinite);
}
