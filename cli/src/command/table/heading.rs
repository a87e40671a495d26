//! What stands above and below the table: the kernel, the network, and what its variances came to.

use ntk_series::kernel::{KernelSeries, Network};
use ntk_series::number::Accuracy;

use super::TableArgs;
use super::closed::Closed;
use crate::network::words::network_facts;
use crate::network::{ConventionArg, KernelArg};
use crate::report::{Fact, Phrase};

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
    facts.extend(network_facts(network, Some(&series.layer_variances())));
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
