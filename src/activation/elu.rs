//! ELU and its relatives: a line on the right, `a (e^{x/w} - 1)` on the left.

use num_rational::BigRational;
use num_traits::{One, Signed};
use rug::Rational;

use super::Activation;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::Error;
use crate::hermite::pieces::{ExpPoly, Pieces};
use crate::number::rational::rational_to_gmp;

/// PyTorch's constants for SELU, over 10^31: `scale` and `alpha`.
const SELU: [&str; 2] = ["10507009873554804934193349852946", "16732632423543772848170429916717"];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "elu",
        smoothness: "C^1 for a = 1, else C^0, kink at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[a]| Activation::elu(&a)),
    },
    Entry {
        name: "celu",
        smoothness: "C^1, derivative 2 jumps at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().and_then(|[a]| Activation::celu(&a)),
    },
    Entry {
        name: "selu",
        smoothness: "C^0, kink at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[]| Activation::selu()),
    },
];

impl Activation {
    /// `x` for `x > 0`, `a (e^x - 1)` below.
    pub(crate) fn elu(a: &BigRational) -> Activation {
        let name = if a.is_one() { "elu".to_string() } else { format!("elu({a})") };
        let factor = if a.is_one() { String::new() } else { format!("{a} ") };
        let formula = format!("x if x > 0 else {factor}(exp(x) - 1)");
        family(name, formula, Rational::from(1), rational_to_gmp(a), Rational::from(1))
    }

    /// `x` for `x > 0`, `a (e^{x/a} - 1)` below.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `a > 0`.
    pub(crate) fn celu(a: &BigRational) -> Result<Activation, Error> {
        if !a.is_positive() {
            return Err(Error::parameter("a", a, "a positive number is accepted"));
        }
        let name = if a.is_one() { "celu".to_string() } else { format!("celu({a})") };
        let formula = if a.is_one() {
            "x if x > 0 else exp(x) - 1".to_string()
        } else {
            format!("x if x > 0 else {a} (exp({} x) - 1)", a.recip())
        };
        let width = rational_to_gmp(a);
        Ok(family(name, formula, Rational::from(1), width.clone(), width.recip()))
    }

    /// SELU with PyTorch's decimal constants, read as exact rationals.
    pub(crate) fn selu() -> Activation {
        let unit = rug::Integer::from(rug::Integer::u_pow_u(10, 31));
        let [scale, alpha] = SELU.map(|digits| {
            // Literals of decimal digits: parsing cannot fail.
            Rational::from((digits.parse::<rug::Integer>().unwrap_or_default(), unit.clone()))
        });
        let left = Rational::from(&scale * &alpha);
        let formula = "s x if x > 0 else s a (exp(x) - 1), s = 1.0507009873554804934193349852946, \
                       a = 1.6732632423543772848170429916717";
        family("selu".to_string(), formula.to_string(), scale, left, Rational::from(1))
    }
}

/// `slope·x` on the right, `left (e^{rate·x} - 1)` on the left.
fn family(name: String, formula: String, slope: Rational, left: Rational, rate: Rational) -> Activation {
    let exponential = ExpPoly::term(rate, vec![left.clone()]);
    let below = exponential.plus(&ExpPoly::polynomial(vec![left]), &Rational::from(-1));
    let above = ExpPoly::polynomial(vec![Rational::new(), slope]);
    let function = Pieces::new(vec![Rational::new()], vec![below, above]);
    FromPieces::activation(name, formula, function, KnownDual::Hermite)
}
