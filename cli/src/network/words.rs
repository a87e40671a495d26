//! Networks in words, for headings: every answer names the whole of its network.

use ntk_series::Ball;
use ntk_series::kernel::{BiasVariance, Block, Layer, LayerVariances, Network, Training, WeightVariance};
use num_rational::BigRational;
use num_traits::One;
use serde_json::{Value, json};

use super::{KernelArg, shared_activation};
use crate::report::{Fact, Phrase, in_latex};

/// Longest number that is given as it is.
const MAX_VALUE_CHARS: usize = 30;
/// Significant digits of a variance that is no short number.
const VARIANCE_DIGITS: usize = 17;

/// The kernel, the depth, the activation.
pub fn title(kernel: KernelArg, network: &Network) -> Phrase {
    let kernel = match kernel {
        KernelArg::Ntk => "Neural tangent kernel",
        KernelArg::Nngp => "Neural network Gaussian process kernel",
    };
    titled(&format!("{kernel} of a network with "), network)
}

/// Some words, the depth, the activation.
pub fn titled(words: &str, network: &Network) -> Phrase {
    let of = Phrase::new().words(format!("{words}{}", depth(network)));
    let of = match shared_activation(network) {
        Some(name) => of.words(" of ").code(name),
        None => of,
    };
    match uncommon(network) {
        "" => of,
        words => of.words(words),
    }
}

/// The number of hidden layers.
pub fn depth(network: &Network) -> String {
    let count = network.layers().len();
    if count == 1 { "1 hidden layer".to_string() } else { format!("{count} hidden layers") }
}

/// What tells it from a chain that is trained as usual.
pub fn uncommon(network: &Network) -> &'static str {
    match (network.is_chain(), network.training().is_some()) {
        (true, false) => "",
        (false, false) => ", in blocks",
        (true, true) => ", trained at speeds of their own",
        (false, true) => ", in blocks, trained at speeds of their own",
    }
}

/// γ_w², γ_b² and r².
pub fn input_phrase(network: &Network) -> Phrase {
    let input = network.input();
    let phrase = given(Phrase::new(), "γ_w²", r"\gamma_w^2", &input.gamma_w2).words(", ");
    let phrase = given(phrase, "γ_b²", r"\gamma_b^2", &input.gamma_b2).words(", ");
    given(phrase, "r²", "r^2", &input.radius2)
}

/// `name = value`; a long value is cut short.
pub fn given(phrase: Phrase, name: &str, latex: &str, value: &BigRational) -> Phrase {
    let text = value.to_string();
    if text.len() > MAX_VALUE_CHARS {
        return measured(phrase, name, latex, &Ball::from_rational(value, 64));
    }
    phrase.math(format!("{name} = {text}"), format!("{latex} = {text}"))
}

/// `name = value`, with its error where the value is no exact decimal.
pub fn measured(phrase: Phrase, name: &str, latex: &str, ball: &Ball) -> Phrase {
    let Some(shown) = ball.to_decimal(VARIANCE_DIGITS) else { return phrase.words(name) };
    let (value, error) = (&shown.value, &shown.error);
    match error.as_str() {
        "0" => phrase.math(format!("{name} = {value}"), format!("{latex} = {}", in_latex(value))),
        _ => phrase.math(
            format!("{name} = {value} ± {error}"),
            format!(r"{latex} = {} \pm {}", in_latex(value), in_latex(error)),
        ),
    }
}

/// The activation, the input and the layers; `resolved` is what the layers' variances came to, where that was computed.
pub fn network_facts(network: &Network, resolved: Option<&[LayerVariances]>) -> Vec<Fact> {
    let fact = |label: String, value: Phrase| Fact { label, value };
    let mut facts = vec![];
    if shared_activation(network).is_some() {
        facts.push(fact("activation".into(), Phrase::activation(&network.layers()[0].activation)));
    }
    let input = input_phrase(network);
    let input = network.training().map_or(input.clone(), |speeds| trained_phrase(input, &speeds[0]));
    facts.push(fact("input".into(), input));
    if !network.is_chain() {
        let words = chain_words(network.blocks(), &mut 0);
        facts.push(fact("blocks".into(), Phrase::new().words(words)));
    }
    facts.extend(layer_facts(network, resolved));
    let relative = |l: &Layer| l.sigma_w2 == WeightVariance::Normalized || l.sigma_b2 == BiasVariance::Unit;
    if network.layers().iter().any(relative) {
        facts.push(fact("normalized".into(), normalized_phrase()));
    }
    facts
}

/// What a chain of blocks is made of; its layers by their numbers, of which `count` are named already.
fn chain_words(blocks: &[Block], count: &mut usize) -> String {
    let mut steps: Vec<String> = vec![];
    let mut blocks = blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        steps.push(match block {
            Block::Dense(_) => {
                let first = *count + 1;
                *count += 1;
                while blocks.next_if(|block| matches!(block, Block::Dense(_))).is_some() {
                    *count += 1;
                }
                layers_words(first, *count)
            }
            Block::Residual { skip, branch } => {
                format!("residual block (skip {skip}, branch: {})", chain_words(branch, count))
            }
            Block::Normalize => "normalization".to_string(),
            Block::Sum(terms) => {
                let mut terms_words = vec![];
                for (weight, branch) in terms {
                    terms_words.push(format!("weight {weight}: {}", chain_words(branch, count)));
                }
                format!("sum of branches ({})", terms_words.join("; "))
            }
            other => format!("{other:?}"),
        });
    }
    if steps.is_empty() { "nothing".to_string() } else { steps.join(", ") }
}

fn layers_words(first: usize, last: usize) -> String {
    if first == last { format!("layer {first}") } else { format!("layers {first}-{last}") }
}

/// How a layer is trained, where it is not as usual.
fn trained_phrase(phrase: Phrase, training: &Training) -> Phrase {
    let phrase = match training.weights.is_one() {
        true => phrase,
        false => given(phrase.words(", "), "η_w", r"\eta_w", &training.weights),
    };
    match &training.biases {
        Some(biases) => given(phrase.words(", "), "τ_b²", r"\tau_b^2", biases),
        None => phrase,
    }
}

/// What `normalized` and `unit` refer to.
fn normalized_phrase() -> Phrase {
    Phrase::new()
        .words("each layer keeps the variance ")
        .math("q", "q")
        .words(" that inputs of squared norm ")
        .math("r²", "r^2")
        .words(" have")
}

/// One line for each run of layers that are alike.
fn layer_facts(network: &Network, resolved: Option<&[LayerVariances]>) -> Vec<Fact> {
    let named = shared_activation(network).is_none();
    let mut runs: Vec<(usize, usize, Phrase)> = vec![];
    for (i, layer) in network.layers().iter().enumerate() {
        let phrase = layer_phrase(layer, resolved.and_then(|all| all.get(i)), named);
        let phrase = match network.training() {
            Some(speeds) => trained_phrase(phrase, &speeds[i + 1]),
            None => phrase,
        };
        match runs.last_mut() {
            Some((_, last, before)) if before.text() == phrase.text() => *last = i + 1,
            _ => runs.push((i + 1, i + 1, phrase)),
        }
    }
    let fact = |(first, last, value)| Fact { label: layers_words(first, last), value };
    runs.into_iter().map(fact).collect()
}

fn layer_phrase(layer: &Layer, resolved: Option<&LayerVariances>, named: bool) -> Phrase {
    let phrase = if named { Phrase::new().code(layer.activation.name()).words(", ") } else { Phrase::new() };
    let phrase = match resolved {
        Some(numbers) => measured(phrase.words("variance "), "q", "q", &numbers.variance).words("; "),
        None => phrase,
    };
    // A word in the place of a number stands for what it came to.
    let worked_out = |phrase: Phrase, name: &str, latex: &str, word: &str, ball: Option<&Ball>| match ball {
        Some(ball) => measured(phrase, name, latex, ball).words(format!(" ({word})")),
        None => phrase.math(name, latex).words(format!(" {word}")),
    };
    let phrase = match &layer.sigma_w2 {
        WeightVariance::Exact(value) => given(phrase, "σ_w²", r"\sigma_w^2", value),
        WeightVariance::Normalized => {
            worked_out(phrase, "σ_w²", r"\sigma_w^2", "normalized", resolved.map(|r| &r.sigma_w2))
        }
    };
    let phrase = phrase.words(", ");
    match &layer.sigma_b2 {
        BiasVariance::Exact(value) => given(phrase, "σ_b²", r"\sigma_b^2", value),
        BiasVariance::Unit => {
            worked_out(phrase, "σ_b²", r"\sigma_b^2", "unit", resolved.map(|r| &r.sigma_b2))
        }
    }
}

/// The variances in use, layer by layer.
pub fn variances_json(resolved: &[LayerVariances]) -> Value {
    let bounds = |ball: &Ball| match ball.to_decimal(VARIANCE_DIGITS) {
        Some(shown) => json!({"value": shown.value, "error": shown.error}),
        None => Value::Null,
    };
    let layer = |l: &LayerVariances| json!({"q": bounds(&l.variance), "sigma_w2": bounds(&l.sigma_w2), "sigma_b2": bounds(&l.sigma_b2)});
    resolved.iter().map(layer).collect()
}
