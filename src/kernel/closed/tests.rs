mod activations;
mod agreement;

use activations::{Simple, r};

use super::*;
use crate::kernel::{BiasVariance, Input, Layer, WeightVariance};

fn layer(simple: &Simple, weight: WeightVariance, bias: &str) -> Layer {
    Layer { activation: simple.activation(), sigma_w2: weight, sigma_b2: BiasVariance::Exact(r(bias)) }
}

fn exact(text: &str) -> WeightVariance {
    WeightVariance::Exact(r(text))
}

/// Bias-free and normalized.
fn normalized(simple: &Simple, depth: usize) -> Network {
    Network::uniform(Input::default(), layer(simple, WeightVariance::Normalized, "0"), depth).unwrap()
}

fn biased(simple: &Simple, depth: usize) -> Network {
    let input = Input { gamma_w2: r("9/10"), gamma_b2: r("1/10"), radius2: r("1") };
    Network::uniform(input, layer(simple, exact("1"), "1/10"), depth).unwrap()
}

fn table(network: &Network, kernel: Kernel, max_degree: usize, mode: ClosedFormMode) -> ClosedFormTable {
    ClosedFormTable::new(network, kernel, Convention::Standard, max_degree, mode).unwrap().unwrap()
}

fn texts(table: &ClosedFormTable) -> Vec<String> {
    table.coefficients().iter().map(ClosedForm::to_string).collect()
}

#[test]
fn one_hidden_relu_layer() {
    let table = table(&normalized(&Simple::relu(), 1), Kernel::Ntk, 6, ClosedFormMode::Expanded);
    assert_eq!(texts(&table), ["1/pi", "1", "3/(2*pi)", "0", "5/(24*pi)", "0", "7/(80*pi)"]);
    assert!(table.definitions().is_empty());
}

#[test]
fn two_hidden_relu_layers() {
    let table = table(&normalized(&Simple::relu(), 2), Kernel::Ntk, 2, ClosedFormMode::Expanded);
    let definitions: Vec<String> = table.definitions().iter().map(DefinitionLine::to_string).collect();
    assert_eq!(definitions, ["t_1 = 1/pi", "s_1 = sqrt(1 - t_1^2)", "a_1 = acos(t_1)"]);
    for (coefficient, known) in texts(&table).iter().zip(["", "", ""]) {
        println!("{coefficient} {known}");
    }
}

#[test]
fn erf_without_biases_stays_in_one_number() {
    let table = table(&normalized(&Simple::Erf, 3), Kernel::Ntk, 5, ClosedFormMode::Expanded);
    println!("{:#?}", texts(&table));
}

#[test]
fn dump() {
    for (n, d) in [
        (normalized(&Simple::relu(), 2), 12),
        (normalized(&Simple::relu(), 3), 6),
        (biased(&Simple::relu(), 2), 12),
        (biased(&Simple::relu(), 3), 6),
    ] {
        for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
            let start = std::time::Instant::now();
            let t = table(&n, Kernel::Ntk, d, mode);
            println!("{mode:?} {} expanded {:?}", t.expanded_len(), start.elapsed());
            println!("{:?}", t.coefficients().iter().map(|c| c.term_count()).collect::<Vec<_>>());
            for l in t.definitions().iter().take(60) {
                println!("  {l}");
            }
            for c in texts(&t).iter().take(4) {
                println!("  = {c}");
            }
        }
    }
}
