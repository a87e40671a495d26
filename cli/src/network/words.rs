//! Networks in words, for headings.

use ntk_series::Ball;
use ntk_series::kernel::Network;
use num_rational::BigRational;

use super::{KernelArg, shared_activation};
use crate::report::Phrase;

/// Longest number that is given as it is.
const MAX_VALUE_CHARS: usize = 30;
/// Significant digits of a variance that is no short number.
const VARIANCE_DIGITS: usize = 10;

/// The kernel, the depth, the activation.
pub fn title(kernel: KernelArg, network: &Network) -> Phrase {
    let kernel = match kernel {
        KernelArg::Ntk => "Neural tangent kernel",
        KernelArg::Nngp => "Neural network Gaussian process kernel",
    };
    let count = network.layers().len();
    let layers = if count == 1 { "1 hidden layer".to_string() } else { format!("{count} hidden layers") };
    let of = Phrase::new().words(format!("{kernel} of a network with {layers}"));
    match shared_activation(network) {
        Some(name) => of.words(" of ").code(name),
        None => of,
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

/// `name = value`, or `name ≈ value` where the value is cut short.
pub fn measured(phrase: Phrase, name: &str, latex: &str, ball: &Ball) -> Phrase {
    let Some(shown) = ball.to_decimal(VARIANCE_DIGITS) else { return phrase.words(name) };
    let value = &shown.value;
    match shown.error == "0" {
        true => phrase.math(format!("{name} = {value}"), format!("{latex} = {value}")),
        false => phrase.math(format!("{name} ≈ {value}"), format!(r"{latex} \approx {value}")),
    }
}
