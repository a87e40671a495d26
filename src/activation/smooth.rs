//! Activations without a closed form of their coefficients: each is its definition as a formula
//! (`expression/names.rs`), and everything about it comes from certified quadrature; where it is made of a hyperbolic
//! tangent (`sigmoidal.rs`), its coefficients come from the Fourier side.

use num_rational::BigRational;

use super::Activation;
use super::arguments::Arguments;
use super::entry::Entry;
use super::formula::Formula;
use crate::Error;
use crate::expression::names::written_out;
use crate::number::rational::rational_to_gmp;

pub(super) const ENTRIES: &[Entry] = &[
    Entry { name: "tanh", growth: "bounded", method: FOURIER, ..ENTRY },
    Entry { name: "sigmoid", growth: "bounded", method: FOURIER, ..ENTRY },
    Entry { name: "softplus", method: FOURIER, ..ENTRY },
    Entry { name: "silu", method: FOURIER, ..ENTRY },
    Entry { name: "mish", ..ENTRY },
    Entry { name: "log-sigmoid", method: FOURIER, ..ENTRY },
    Entry { name: "gelu-tanh", ..ENTRY },
    Entry { name: "quick-gelu", method: FOURIER, ..ENTRY },
    Entry { name: "tanhshrink", method: FOURIER, ..ENTRY },
    Entry { name: "squareplus", ..ENTRY },
    Entry { name: "bent-identity", ..ENTRY },
    Entry { name: "lisht", method: FOURIER, ..ENTRY },
    Entry { name: "serf", ..ENTRY },
    Entry { name: "logish", ..ENTRY },
];

const FOURIER: &str = "Fourier-side quadrature";

const ENTRY: Entry = Entry {
    name: "",
    smoothness: "analytic",
    growth: "linear",
    method: "certified quadrature",
    closed_coefficients: false,
    closed_dual: false,
    build,
};

/// The activation that the table's formula is.
fn build(args: &Arguments) -> Result<Activation, Error> {
    let definition = args.definition();
    let values = definition.values(&args.rationals()?).ok_or_else(|| args.wrong())?;
    for (parameter, value) in definition.parameters.iter().zip(&values) {
        parameter.range.check(parameter.name, &rational_to_gmp(value))?;
    }
    let list: Vec<String> = values.iter().map(BigRational::to_string).collect();
    let usual = definition.values(&[]).is_some_and(|usual| usual == values);
    let name = definition.name();
    let shown = if usual { name.to_string() } else { format!("{name}({})", list.join(",")) };
    let formula = Formula::parse(&shown, &written_out(definition, &list))?;
    Ok(formula.activation())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Ball, parse_rational};
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

    /// `φ(√q Z)` is nearly its Taylor polynomial: `μ_k = φ^(k)(0) q^{k/2}/√k! (1 + O(q))`.
    #[test]
    fn a_small_variance_leaves_the_leading_terms() {
        // φ^(k)(0), k <= 4, as fractions; others are compared with twice the digits below.
        let derivatives = [
            ("tanh", [(0, 1), (1, 1), (0, 1), (-2, 1), (0, 1)]),
            ("lisht", [(0, 1), (0, 1), (2, 1), (0, 1), (-8, 1)]),
            ("log(cosh(x))", [(0, 1), (0, 1), (1, 1), (0, 1), (-2, 1)]),
            ("sin(x)/(2+cos(x))", [(0, 1), (1, 3), (0, 1), (0, 1), (0, 1)]),
            ("squareplus", [(1, 1), (1, 2), (1, 4), (0, 1), (-3, 16)]),
        ];
        for text in ["1e-20", "1e-100", "1e-300"] {
            let q = parse_rational(text).unwrap();
            let root = Ball::from_rational(&q, 200).sqrt();
            for (name, list) in &derivatives {
                let phi = Activation::parse(name).unwrap();
                let mu = hermite::coefficients(&phi, &q, 5, Accuracy::relative(15).unwrap())
                    .unwrap_or_else(|e| panic!("{name} at {text}: {e}"));
                let mut unit = Ball::from_integer(1, 200);
                for (k, (n, d)) in list.iter().enumerate() {
                    if k > 0 {
                        unit = &(&unit * &root) / &Ball::from_integer(k as i64, 200).sqrt();
                    }
                    if *n != 0 {
                        let leading = unit.mul_integer(*n).div_integer(*d);
                        let off = (&mu[k] - &leading).magnitude();
                        assert!(off < leading.magnitude().shl(-40), "{name} at {text}, {k}: {:?}", mu[k]);
                    }
                }
            }
        }
    }

    #[test]
    fn small_variances_agree_with_twice_the_digits() {
        let names = ["mish", "logish", "x*tanh(log(1+exp(x)))", "sin(x)/(2+cos(x))"];
        for (name, text) in names.iter().flat_map(|name| ["1e-5", "1e-100", "1e-300"].map(|q| (name, q))) {
            let phi = Activation::parse(name).unwrap();
            let q = parse_rational(text).unwrap();
            let at = |digits: u32| {
                hermite::coefficients(&phi, &q, 6, Accuracy::relative(digits).unwrap())
                    .unwrap_or_else(|e| panic!("{name} at {text}: {e}"))
            };
            for (k, (few, many)) in at(15).iter().zip(&at(30)).enumerate() {
                assert!(few.overlaps(many), "{name} at {text}, {k}: {few:?} {many:?}");
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
