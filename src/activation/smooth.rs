//! Activations without a closed form of their coefficients: each is its definition as a formula
//! (`expression/names.rs`), and everything about it comes from certified quadrature; where it is made of a hyperbolic
//! tangent (`sigmoidal.rs`), its coefficients come from the Fourier side.

use num_rational::BigRational;

use super::Activation;
use super::arguments::Arguments;
use super::entry::Entry;
use super::formula::Formula;
use crate::Error;
use crate::expression::names::{Definition, definition, number, written_out};
use crate::number::rational::rational_to_gmp;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        signature: "tanh",
        formula: "tanh(x)",
        growth: "bounded",
        build: |args| build("tanh", args),
        method: FOURIER,
        ..ENTRY
    },
    Entry {
        signature: "sigmoid",
        aliases: &["logistic"],
        formula: "1/(1 + exp(-x))",
        growth: "bounded",
        build: |args| build("sigmoid", args),
        method: FOURIER,
        ..ENTRY
    },
    Entry {
        signature: "softplus(beta)",
        formula: "log(1 + exp(beta x))/beta, beta = 1",
        build: |args| build("softplus", args),
        method: FOURIER,
        ..ENTRY
    },
    Entry {
        signature: "silu(beta)",
        aliases: &["swish"],
        formula: "x/(1 + exp(-beta x)), beta = 1",
        build: |args| build("silu", args),
        method: FOURIER,
        ..ENTRY
    },
    Entry {
        signature: "mish",
        formula: "x tanh(log(1 + exp(x)))",
        build: |args| build("mish", args),
        ..ENTRY
    },
    Entry {
        signature: "log-sigmoid",
        aliases: &["logsigmoid"],
        formula: "-log(1 + exp(-x))",
        build: |args| build("log-sigmoid", args),
        method: FOURIER,
        ..ENTRY
    },
    Entry {
        signature: "gelu-tanh",
        formula: "x/2 (1 + tanh(sqrt(2/π) (x + 0.044715 x^3)))",
        build: |args| build("gelu-tanh", args),
        ..ENTRY
    },
    Entry {
        signature: "quick-gelu",
        formula: "x/(1 + exp(-1.702 x))",
        build: |args| build("quick-gelu", args),
        method: FOURIER,
        ..ENTRY
    },
    Entry {
        signature: "tanhshrink",
        aliases: &["tanh-shrink"],
        formula: "x - tanh(x)",
        build: |args| build("tanhshrink", args),
        method: FOURIER,
        ..ENTRY
    },
    Entry {
        signature: "squareplus(b)",
        formula: "(x + sqrt(x^2 + b))/2, b = 4",
        build: |args| build("squareplus", args),
        ..ENTRY
    },
    Entry {
        signature: "bent-identity",
        formula: "(sqrt(x^2 + 1) - 1)/2 + x",
        build: |args| build("bent-identity", args),
        ..ENTRY
    },
    Entry {
        signature: "lisht",
        formula: "x tanh(x)",
        method: FOURIER,
        build: |args| build("lisht", args),
        ..ENTRY
    },
    Entry {
        signature: "serf",
        formula: "x erf(log(1 + exp(x)))",
        build: |args| build("serf", args),
        ..ENTRY
    },
    Entry {
        signature: "logish",
        formula: "x log(1 + 1/(1 + exp(-x)))",
        build: |args| build("logish", args),
        ..ENTRY
    },
];

const FOURIER: &str = "Fourier-side quadrature";

const ENTRY: Entry = Entry {
    signature: "",
    aliases: &[],
    formula: "",
    smoothness: "analytic",
    growth: "linear",
    method: "certified quadrature",
    closed_coefficients: false,
    closed_dual: false,
    build: |args| Err(args.wrong()),
};

/// The named activation; parameters that are left out have their defaults.
fn build(name: &str, args: &Arguments) -> Result<Activation, Error> {
    let Some(definition) = definition(name) else { return Err(args.wrong()) };
    let given = args.rationals()?;
    if given.len() > definition.parameters.len() {
        return Err(args.wrong());
    }
    let values = values(definition, &given).ok_or_else(|| args.wrong())?;
    for (parameter, value) in definition.parameters.iter().zip(&values) {
        if !parameter.range.holds(&rational_to_gmp(value)) {
            let accepted = format!("{} is accepted", parameter.range.words());
            return Err(Error::parameter(parameter.name, value, &accepted));
        }
    }
    let list: Vec<String> = values.iter().map(BigRational::to_string).collect();
    let usual = definition
        .parameters
        .iter()
        .zip(&values)
        .all(|(p, v)| p.default.map(number) == Some(rational_to_gmp(v)));
    let shown = if usual { name.to_string() } else { format!("{name}({})", list.join(",")) };
    let formula = Formula::parse(&shown, &written_out(definition, &list))?;
    Ok(formula.activation())
}

/// What is given, then the defaults.
fn values(definition: &Definition, given: &[BigRational]) -> Option<Vec<BigRational>> {
    let default = |text: &str| crate::number::parse_rational(text).ok();
    definition
        .parameters
        .iter()
        .enumerate()
        .map(|(i, p)| given.get(i).cloned().or_else(|| p.default.and_then(default)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;
    use crate::{Accuracy, hermite};

    #[test]
    fn names_and_formulas_are_one_function() {
        let one = parse_rational("1").unwrap();
        let accuracy = Accuracy::absolute(15).unwrap();
        for entry in ENTRIES {
            let name = entry.name();
            let phi = Activation::parse(name).unwrap();
            assert_eq!(phi.name(), name);
            assert_eq!(phi.smoothness(), "analytic");
            let written = Activation::parse(&phi.formula()).unwrap_or_else(|e| panic!("{name}: {e}"));
            let applied = Activation::parse(&format!("{name}(x)")).unwrap_or_else(|e| panic!("{name}: {e}"));
            let [a, b, c] =
                [phi, written, applied].map(|f| hermite::coefficients(&f, &one, 5, accuracy).unwrap());
            for k in 0..5 {
                assert!(a[k].overlaps(&b[k]) && a[k].overlaps(&c[k]), "{name}, {k}");
            }
        }
    }

    #[test]
    fn parameters_are_checked() {
        assert_eq!(Activation::parse("swish(2)").unwrap().name(), "silu(2)");
        assert_eq!(Activation::parse("softplus(1)").unwrap().name(), "softplus");
        assert_eq!(Activation::parse("softplus(-1/2)").unwrap().formula(), "softplus((-1/2)*x)/(-1/2)");
        for text in ["tanh(2)", "silu(0)", "squareplus(-1)", "snake(1,2)", "softplus(x)(x)", "mish(nan)"] {
            assert!(Activation::parse(text).is_err(), "{text}");
        }
        // Without the square root's distance from zero it is a kink.
        assert_eq!(Activation::parse("squareplus(0)").unwrap().name(), "relu");
    }
}
