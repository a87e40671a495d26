//! Which kernels are strictly positive definite: every activation of the catalogue, without and with biases, at one to
//! four hidden layers.
//!
//! Prints the table of `docs/verdicts.md`, and writes it there when asked:
//!
//! ```text
//! cargo run --release --example verdicts -- docs/verdicts.md
//! ```

use ntk_series::activation::catalogue;
use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::positivity::{Domain, Outcome, Theorem, decide};
use ntk_series::{Activation, Error};

const DEEPEST: usize = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let page = page()?;
    match std::env::args().nth(1) {
        Some(path) => std::fs::write(path, page)?,
        None => print!("{page}"),
    }
    Ok(())
}

/// The page as Markdown.
pub fn page() -> Result<String, Error> {
    let mut out = HEAD.to_string();
    for theorem in [
        Theorem::CharacterizationOfPolynomials,
        Theorem::PowerSeriesOnSpheres,
        Theorem::FiniteRank,
        Theorem::NullVector,
    ] {
        out += &format!("* **{}**: {}\n", theorem.name(), theorem.statement());
    }
    out += TABLE;
    for activation in activations()? {
        out += &row(&activation)?;
    }
    Ok(out)
}

const HEAD: &str = "\
# Which kernels are strictly positive definite

Every activation of the catalogue, at one to four hidden layers alike, as `ntk_series::positivity::decide` finds it; written
by `cargo run --release --example verdicts -- docs/verdicts.md`, and a test compares. The kernel is the neural tangent
kernel, for activations that jump, which have none, the NNGP kernel (marked so).

Without biases γ_b² = σ_b² = 0, and the question on R^d is about finite sets of pairwise non-proportional points; with
biases γ_b² = σ_b² = 1, and it is about finite sets of distinct points. On the sphere it is about distinct points, antipodal
pairs included. Every layer has σ_w² = 1; another positive number changes nothing.

`+` strictly positive definite, `-` not (with an explicit counterexample), `?` undecided. One sign stands for all four
depths; otherwise there is one a depth, from one hidden layer on.

What it rests on:

";

const TABLE: &str = "
| activation | kernel | R^d, without biases | R^d, with biases | sphere, without biases | sphere, with biases |
|---|---|---|---|---|---|
";

/// One of every entry of the catalogue.
fn activations() -> Result<Vec<Activation>, Error> {
    catalogue().map(|entry| Activation::parse(&entry.example())).collect()
}

fn row(activation: &Activation) -> Result<String, Error> {
    let ntk = verdict(activation, Kernel::Ntk, Domain::Sphere, 1, false).is_ok();
    let kernel = if ntk { Kernel::Ntk } else { Kernel::Nngp };
    let columns = [
        (Domain::NonProportional, false),
        (Domain::Distinct, true),
        (Domain::Sphere, false),
        (Domain::Sphere, true),
    ];
    let mut out = format!("| `{activation}` | {} |", if ntk { "NTK" } else { "NNGP" });
    for (domain, biases) in columns {
        let signs: Vec<char> = (1..=DEEPEST)
            .map(|depth| verdict(activation, kernel, domain, depth, biases))
            .collect::<Result<_, _>>()?;
        let same = signs.iter().all(|s| *s == signs[0]);
        let shown: String = if same { signs[0].to_string() } else { signs.iter().collect() };
        out += &format!(" {shown} |");
    }
    Ok(out + "\n")
}

fn verdict(
    activation: &Activation,
    kernel: Kernel,
    domain: Domain,
    depth: usize,
    biases: bool,
) -> Result<char, Error> {
    let bias = parse_rational(if biases { "1" } else { "0" })?;
    let layer = Layer {
        activation: activation.clone(),
        sigma_w2: WeightVariance::Exact(parse_rational("1")?),
        sigma_b2: BiasVariance::Exact(bias.clone()),
    };
    let network = Network::uniform(Input { gamma_b2: bias, ..Input::default() }, layer, depth)?;
    Ok(match decide(&network, kernel, domain)?.outcome {
        Outcome::StrictlyPositiveDefinite => '+',
        Outcome::NotStrictlyPositiveDefinite => '-',
        Outcome::Undecided => '?',
    })
}
