mod agreement;
mod numeric;

use super::*;
use crate::Activation;
use crate::kernel::{BiasVariance, Input, Layer, WeightVariance};
use crate::number::parse_rational;

fn r(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

fn layer(name: &str, weight: WeightVariance, bias: &str) -> Layer {
    let activation = Activation::parse(name).unwrap();
    Layer { activation, sigma_w2: weight, sigma_b2: BiasVariance::Exact(r(bias)) }
}

fn exact(text: &str) -> WeightVariance {
    WeightVariance::Exact(r(text))
}

/// Bias-free and normalized.
fn normalized(name: &str, depth: usize) -> Network {
    Network::uniform(Input::default(), layer(name, WeightVariance::Normalized, "0"), depth).unwrap()
}

fn biased(name: &str, depth: usize) -> Network {
    let input = Input { gamma_w2: r("9/10"), gamma_b2: r("1/10"), radius2: r("1") };
    Network::uniform(input, layer(name, exact("1"), "1/10"), depth).unwrap()
}

fn table(network: &Network, kernel: Kernel, max_degree: usize, mode: ClosedFormMode) -> ClosedFormTable {
    ClosedFormTable::new(network, kernel, Convention::Standard, max_degree, mode).unwrap().unwrap()
}

fn expanded(network: &Network, max_degree: usize) -> ClosedFormTable {
    table(network, Kernel::Ntk, max_degree, ClosedFormMode::Expanded)
}

fn texts(table: &ClosedFormTable) -> Vec<String> {
    table.coefficients().iter().map(ClosedForm::to_string).collect()
}

fn lines(table: &ClosedFormTable) -> Vec<String> {
    table.definitions().iter().map(DefinitionLine::to_string).collect()
}

#[test]
fn one_hidden_layer() {
    let relu = expanded(&normalized("relu", 1), 6);
    assert_eq!(texts(&relu), ["1/pi", "1", "3/(2*pi)", "0", "5/(24*pi)", "0", "7/(80*pi)"]);
    assert!(relu.definitions().is_empty());
    let erf = expanded(&normalized("erf", 1), 3);
    assert_eq!(texts(&erf), ["0", "4/(3*asin(2/3))", "0", "16/(81*asin(2/3))"]);
    let gaussian = expanded(&normalized("gaussian", 1), 2);
    assert_eq!(texts(&gaussian), ["sqrt(3)/2", "0", "3*sqrt(3)/16"]);
}

#[test]
fn one_hidden_layer_in_named_hermite_coefficients() {
    let relu6 = table(&normalized("relu6", 1), Kernel::Ntk, 3, ClosedFormMode::Layered);
    assert_eq!(
        lines(&relu6),
        [
            "m_1 = 71/2 - 6*exp(-18)/sqrt(2*pi) - 35*Phi(6)",
            "mu_1_0 = 6 + (1 - exp(-18))/sqrt(2*pi) - 6*Phi(6)",
            "mu_1_1 = Phi(6) - 1/2",
            "mu_1_2 = (1 - exp(-18))/(2*sqrt(pi))",
        ]
    );
    assert_eq!(texts(&relu6), ["mu_1_0^2/m_1", "2*mu_1_1^2/m_1", "3*mu_1_2^2/m_1", "12*exp(-36)/(pi*m_1)"]);
}

#[test]
fn two_hidden_layers() {
    let relu = expanded(&normalized("relu", 2), 12);
    assert_eq!(relu.expanded_len(), 13);
    assert_eq!(lines(&relu), ["t_1 = 1/pi", "s_1 = sqrt(1 - t_1^2)", "a_1 = acos(t_1)"]);
    assert_eq!(
        texts(&relu)[..2],
        ["(1 + s_1 - t_1*a_1)/pi - a_1/pi^2 + t_1", "3/2 + 1/(2*pi^2*s_1) - 3*a_1/(2*pi)"]
    );
    assert_eq!(relu.coefficients()[1].to_latex(), r"\frac{3}{2}+\frac{1}{2\pi^{2}s_{1}}-\frac{3a_{1}}{2\pi}");
    assert_eq!(relu.definitions()[1].latex, r"\sqrt{1-t_{1}^{2}}");
}

#[test]
fn three_hidden_layers() {
    let relu = expanded(&normalized("relu", 3), 12);
    assert!(relu.expanded_len() > 4, "{}", relu.expanded_len());
    // The tower's names are the same in the layered part.
    let names: Vec<&str> = relu.definitions().iter().map(|line| line.name.text.as_str()).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    assert_eq!(lines(&relu)[3], "t_2 = (s_1 - t_1*a_1)/pi + t_1");
}

#[test]
fn the_same_network_gives_the_same_forms() {
    let (a, b) = (expanded(&normalized("relu", 3), 3), expanded(&normalized("relu", 3), 3));
    assert_eq!(a.coefficients(), b.coefficients());
    assert_ne!(a.coefficients(), expanded(&normalized("abs", 3), 3).coefficients());
}

#[test]
fn layered_definitions_are_short() {
    for (name, depth) in [("relu", 4), ("gelu", 3), ("exp", 3)] {
        let found = table(&normalized(name, depth), Kernel::Ntk, 12, ClosedFormMode::Layered);
        assert_eq!(found.expanded_len(), 0);
        assert!(found.coefficients().iter().all(|c| c.term_count() < 50));
        for line in found.definitions() {
            assert!(line.text.len() < 1000 && line.value.term_count() == 1, "{line}");
        }
    }
}

#[test]
fn erf_without_biases_needs_one_number() {
    let found = expanded(&normalized("erf", 3), 5);
    assert!(found.definitions().is_empty());
    assert_eq!(texts(&found)[1], "32/(27*asin(2/3)^3)");
    // With sigma_w2 = 1 the second variance is an arcsine.
    let network = Network::uniform(Input::default(), layer("erf", exact("1"), "0"), 2).unwrap();
    let mode = ClosedFormMode::Expanded;
    assert!(ClosedFormTable::new(&network, Kernel::Ntk, Convention::Standard, 3, mode).unwrap().is_none());
}

#[test]
fn polynomials_stay_rational_until_they_are_too_long() {
    let found = expanded(&normalized("square", 2), 4);
    assert!(found.coefficients().iter().all(|c| c.as_rational().is_some()));
    for depth in [20, 32] {
        for weight in [WeightVariance::Normalized, exact("1")] {
            let network = Network::uniform(Input::default(), layer("square", weight, "0"), depth).unwrap();
            let mode = ClosedFormMode::Expanded;
            let found = ClosedFormTable::new(&network, Kernel::Ntk, Convention::Standard, 3, mode).unwrap();
            assert!(found.is_none());
        }
    }
}

#[test]
fn every_request_is_answered_promptly() {
    let found = expanded(&normalized("relu", 1), 1_000_000);
    assert_eq!(found.coefficients().len(), MAX_DEGREE_SHALLOW + 1);
    let found = expanded(&normalized("relu", 2), 1_000_000);
    assert_eq!(found.coefficients().len(), MAX_DEGREE_DEEP + 1);
    let found = table(&normalized("relu", 20), Kernel::Ntk, 1_000_000, ClosedFormMode::Layered);
    assert_eq!(found.coefficients().len(), 240 / 20 + 1);
    let network = normalized("relu", 1000);
    let mode = ClosedFormMode::Layered;
    assert!(ClosedFormTable::new(&network, Kernel::Ntk, Convention::Standard, 3, mode).unwrap().is_none());
}

#[test]
fn errors_name_what_is_wrong() {
    let new = |network: &Network, kernel, convention| {
        ClosedFormTable::new(network, kernel, convention, 2, ClosedFormMode::Expanded)
    };
    let step = normalized("step", 1);
    assert!(matches!(new(&step, Kernel::Ntk, Convention::Standard), Err(Error::NoTangentKernel { .. })));
    let step = new(&step, Kernel::Nngp, Convention::Standard).unwrap().unwrap();
    assert_eq!(texts(&step), ["1/2", "1/pi", "0"]);
    assert!(new(&normalized("relu", 2), Kernel::Ntk, Convention::Murray2023).is_err());
    let heavy =
        Network::uniform(Input::default(), layer("relu", WeightVariance::Normalized, "2"), 1).unwrap();
    assert!(matches!(new(&heavy, Kernel::Ntk, Convention::Standard), Err(Error::Parameter { .. })));
    // A constant input has no series about t = 1.
    let constant = Input { gamma_w2: r("0"), gamma_b2: r("1"), radius2: r("1") };
    let constant = Network::uniform(constant, layer("relu", exact("2"), "0"), 2).unwrap();
    assert!(new(&constant, Kernel::Ntk, Convention::Standard).unwrap().is_none());
}
