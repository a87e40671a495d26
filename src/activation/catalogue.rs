//! The catalogue: every activation known by name, and how its parameters are read.

mod names;

use super::applied::mentions_x;
use super::arguments::Arguments;
use super::entry::Entry;
use super::{Activation, arctan, elu, erf, exponential, gaussian, gelu, hard, hermite_polynomial, piecewise};
use super::{polynomial, relu, repu, shrink, sinc, sine, smooth, snake, softsign, sparse, spelling, step};
use crate::Error;
use crate::number::rational::abridged;

/// Every family's entries: adding an activation is one file and one line here.
const FAMILIES: &[&[Entry]] = &[
    relu::ENTRIES,
    step::ENTRIES,
    repu::ENTRIES,
    hard::ENTRIES,
    sparse::ENTRIES,
    shrink::ENTRIES,
    elu::ENTRIES,
    piecewise::ENTRIES,
    polynomial::ENTRIES,
    hermite_polynomial::ENTRIES,
    erf::ENTRIES,
    gelu::ENTRIES,
    sine::ENTRIES,
    exponential::ENTRIES,
    gaussian::ENTRIES,
    smooth::ENTRIES,
    snake::ENTRIES,
    arctan::ENTRIES,
    sinc::ENTRIES,
    softsign::ENTRIES,
];

/// Every activation that is known by name.
pub fn catalogue() -> impl Iterator<Item = &'static Entry> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

impl Activation {
    /// Reads an activation by its catalogue name, or a formula in `x`.
    ///
    /// * A name: `relu`, `leaky-relu(1/10)`, `sin(2, 1/3)`. Case does not matter, `_` stands for `-`, parameters are
    ///   exact numbers.
    /// * A formula: `x*sigmoid(2*x)`, `max(0, x)^2 + x/3`, `where(x > 0, x, exp(x) - 1)`. Numbers are exact, `pi` and
    ///   `e` are known; there are `+ - * / ^`, `max`, `min`, `where` with comparisons, `abs`, `sign`, `sqrt`, `cbrt`,
    ///   `exp`, `log`, `sin`, `cos`, `tan`, `sinh`, `cosh`, `tanh`, `atan`, `asinh`, `erf`, and every name of the
    ///   catalogue applied to an expression, its parameters after that: `leaky_relu(2*x, 1/10)`. A polynomial, a
    ///   piecewise polynomial or a catalogue activation in disguise is found out and computed exactly; anything else
    ///   is computed by quadrature with a proved error.
    /// * Spellings of other languages are read as ours: `np.tanh(x)`, `torch.nn.ReLU()`, `maximum(x, 0)`, `|x|`,
    ///   `x*Phi(x)`, `x if x > 0 else 0`.
    ///
    /// # Errors
    /// [`Error::UnknownActivation`] names what is close; [`Error::Number`] and [`Error::Parameter`] the
    /// parameter at fault; [`Error::Formula`] the column; [`Error::NotSquareIntegrable`] the piece that is too large.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// assert_eq!(Activation::parse("Leaky_ReLU(0.1)")?.to_string(), "leaky-relu(1/10)");
    /// assert!(Activation::parse("rellu").unwrap_err().to_string().contains("relu"));
    /// assert_eq!(Activation::parse("(x + abs(x))/2")?.to_string(), "relu");
    /// assert!(Activation::parse("x*sigmod(x)").unwrap_err().to_string().contains("column 3"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Activation, Error> {
        let text = &spelling::usual(text)?;
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        if compact.is_empty() {
            return Err(unknown(text, "a name is expected, like `relu` or `leaky-relu(1/10)`".to_string()));
        }
        let whole = catalogue().find(|e| e.names().any(|n| n == compact));
        if whole.is_none() && mentions_x(&compact) {
            return super::formula::activation(text);
        }
        let (name, list) = match compact.split_once('(') {
            None => (compact.as_str(), ""),
            Some((name, rest)) => match rest.strip_suffix(')') {
                Some(list) => (name, list),
                None => return Err(unknown(text, "the closing parenthesis is missing".to_string())),
            },
        };
        let name = name.replace('_', "-");
        let entry = whole.or_else(|| catalogue().find(|e| e.names().any(|n| n == name)));
        match entry.and_then(|entry| Some((entry, entry.definition()?))) {
            Some((entry, definition)) => (entry.build)(&Arguments::new(definition, list)),
            None => Err(unknown(text, format!("there is none of that name; {}", names::suggestion(&name)))),
        }
    }
}

impl std::str::FromStr for Activation {
    type Err = Error;
    fn from_str(text: &str) -> Result<Activation, Error> {
        Activation::parse(text)
    }
}

fn unknown(name: &str, why: String) -> Error {
    Error::UnknownActivation { name: abridged(name.trim()), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list says of every activation what the activation says of itself.
    #[test]
    fn the_list_and_the_activations_agree() {
        for entry in catalogue() {
            let phi = Activation::parse(&entry.example()).unwrap();
            assert_eq!(phi.method(), entry.method, "{}", entry.name());
            let one = num_rational::BigRational::from_integer(1.into());
            assert_eq!(
                phi.hermite_square_closed_form(0, &one).is_some(),
                entry.closed_coefficients,
                "{}",
                entry.name()
            );
            assert_eq!(phi.exact_dual(&one).is_some(), entry.closed_dual, "{}", entry.name());
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(Activation::parse("repu").unwrap().name(), "repu(2)");
        let error = Activation::parse("threshold").unwrap_err().to_string();
        assert!(error.contains("`threshold`: its parameters are missing"), "{error}");
        let error = Activation::parse("rellu").unwrap_err().to_string();
        assert!(error.contains("none of that name") && error.contains("relu"), "{error}");
    }
}
