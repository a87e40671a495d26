//! What stands above and below the table: the kernel, the network, and what its variances came to.

use ntk_series::Ball;
use ntk_series::kernel::{BiasVariance, KernelSeries, Layer, LayerVariances, Network, WeightVariance};
use ntk_series::number::Accuracy;
use serde_json::{Value, json};

use super::TableArgs;
use super::closed::Closed;
use crate::network::words::{given, input_phrase, measured};
use crate::network::{ConventionArg, KernelArg, shared_activation};
use crate::report::{Fact, Phrase};

/// Lines about layers before the middle is left out.
const MAX_LAYER_LINES: usize = 8;

/// The kernel's letter, as text and as LaTeX.
fn kernel_symbol(args: &TableArgs) -> (&'static str, &'static str) {
    match args.kernel {
        KernelArg::Ntk => ("Θ", r"\Theta"),
        KernelArg::Nngp => ("K", "K"),
    }
}

pub fn sum_label(args: &TableArgs) -> Phrase {
    let (text, latex) = kernel_symbol(args);
    match args.convention {
        ConventionArg::Standard => {
            Phrase::new().words("sum, ").math(format!("{text}(1)"), format!("{latex}(1)"))
        }
        ConventionArg::Murray2023 => Phrase::new().words("sum, at ").math("ρ = 1", r"\rho = 1"),
    }
}

pub fn facts(
    args: &TableArgs,
    network: &Network,
    series: &KernelSeries,
    accuracy: Accuracy,
    closed: &Closed,
) -> Vec<Fact> {
    let mut facts = vec![Fact { label: "series".into(), value: series_phrase(args) }];
    if shared_activation(network).is_some() {
        facts.push(Fact {
            label: "activation".into(),
            value: Phrase::activation(&network.layers()[0].activation),
        });
    }
    facts.push(Fact { label: "input".into(), value: input_phrase(network) });
    facts.extend(layer_facts(network, &series.layer_variances()));
    facts.push(Fact { label: "accuracy".into(), value: Phrase::accuracy(accuracy) });
    if closed.more {
        let shown = match closed.len() {
            0 => "none here".to_string(),
            n => format!("to degree {} here", n - 1),
        };
        let more =
            Phrase::new().words(format!("{shown}; ")).code("--closed-forms layered").words(" has more");
        facts.push(Fact { label: "closed forms".into(), value: more });
    }
    facts
}

fn series_phrase(args: &TableArgs) -> Phrase {
    let (kernel, coefficient) = (kernel_symbol(args), args.coefficient_symbol());
    let (variable, latex) = match args.convention {
        ConventionArg::Standard => ("ρ", r"\rho"),
        ConventionArg::Murray2023 => ("t", "t"),
    };
    let sum = Phrase::new().math(
        format!("{}({variable}) = Σ {}_p {variable}^p", kernel.0, coefficient.0),
        format!(r"{}({latex}) = \sum_p {}_p {latex}^p", kernel.1, coefficient.1),
    );
    let rho = |phrase: Phrase| phrase.math("ρ", r"\rho").words(" the cosine of the angle between two inputs");
    match args.convention {
        ConventionArg::Standard => rho(sum.words(", ")),
        ConventionArg::Murray2023 => {
            let sum = sum.words(", ").math("t = γ_w² r² ρ + γ_b²", r"t = \gamma_w^2 r^2 \rho + \gamma_b^2");
            rho(sum.words(" the first-layer covariance, "))
        }
    }
}

/// One line for each run of layers that are alike.
fn layer_facts(network: &Network, resolved: &[LayerVariances]) -> Vec<Fact> {
    let named = shared_activation(network).is_none();
    let mut runs: Vec<(usize, usize, Phrase)> = vec![];
    for (i, (layer, numbers)) in network.layers().iter().zip(resolved).enumerate() {
        let phrase = layer_phrase(layer, numbers, named);
        match runs.last_mut() {
            Some((_, last, before)) if before.text() == phrase.text() => *last = i + 1,
            _ => runs.push((i + 1, i + 1, phrase)),
        }
    }
    let hidden = if runs.len() > MAX_LAYER_LINES { MAX_LAYER_LINES - 2..runs.len() - 1 } else { 0..0 };
    let label = |first: usize, last: usize| match first == last {
        true => format!("layer {first}"),
        false => format!("layers {first}-{last}"),
    };
    let mut facts = vec![];
    for (i, (first, last, phrase)) in runs.iter().enumerate() {
        if i == hidden.start && !hidden.is_empty() {
            let value = Phrase::new().words("each with its own; --format json lists them");
            facts.push(Fact { label: label(*first, runs[hidden.end - 1].1), value });
        }
        if !hidden.contains(&i) {
            facts.push(Fact { label: label(*first, *last), value: phrase.clone() });
        }
    }
    facts
}

fn layer_phrase(layer: &Layer, resolved: &LayerVariances, named: bool) -> Phrase {
    let phrase = if named { Phrase::new().code(layer.activation.name()).words(", ") } else { Phrase::new() };
    let phrase = measured(phrase.words("variance "), "q", "q", &resolved.variance).words("; ");
    let phrase = match &layer.sigma_w2 {
        WeightVariance::Exact(value) => given(phrase, "σ_w²", r"\sigma_w^2", value),
        WeightVariance::Normalized => {
            measured(phrase, "σ_w²", r"\sigma_w^2", &resolved.sigma_w2).words(" (normalized)")
        }
    };
    let phrase = phrase.words(", ");
    match &layer.sigma_b2 {
        BiasVariance::Exact(value) => given(phrase, "σ_b²", r"\sigma_b^2", value),
        BiasVariance::Unit => measured(phrase, "σ_b²", r"\sigma_b^2", &resolved.sigma_b2).words(" (unit)"),
    }
}

/// The variances in use, layer by layer.
pub fn variances_json(series: &KernelSeries) -> Value {
    let bounds = |ball: &Ball| match ball.to_decimal(17) {
        Some(shown) => json!({"value": shown.value, "error": shown.error}),
        None => Value::Null,
    };
    series
        .layer_variances()
        .iter()
        .map(|l| json!({"q": bounds(&l.variance), "sigma_w2": bounds(&l.sigma_w2), "sigma_b2": bounds(&l.sigma_b2)}))
        .collect()
}
