//! ReLU and its relatives `αx + (1-α) max(0, x)`.

use num_rational::BigRational;
use num_traits::One;
use rug::Rational;

use super::Activation;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::Error;
use crate::hermite::pieces::{ExpPoly, Pieces};
use crate::number::rational::rational_to_gmp;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "relu",
        smoothness: "C^0, kink at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: true,
        build: |args| args.values().map(|[]| Activation::relu()),
    },
    Entry {
        name: "leaky-relu",
        smoothness: "C^0, kink at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: true,
        build: |args| args.values().map(|[a]| Activation::leaky_relu(&a)),
    },
    Entry {
        name: "prelu",
        smoothness: "C^0, kink at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: true,
        build: |args| args.values().map(|[a]| Activation::leaky_relu(&a)),
    },
    Entry {
        name: "rrelu",
        smoothness: "C^0, kink at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: true,
        build: |args| args.values().and_then(|[l, u]| Activation::rrelu(&l, &u)),
    },
    Entry {
        name: "abs",
        smoothness: "C^0, kink at 0",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: true,
        build: |args| args.values().map(|[]| Activation::abs()),
    },
];

impl Activation {
    /// `max(0, x)`: `μ_0 = √(q/2π)`, `μ_1 = √q/2`, `μ_k = √q (-1)^{k/2-1} (k-3)!!/√(2π k!)` for even `k`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// assert_eq!(Activation::relu().formula(), "max(0, x)");
    /// ```
    pub fn relu() -> Activation {
        family("relu".to_string(), "max(0, x)".to_string(), Rational::new())
    }

    /// `max(0, x) + a min(0, x)`.
    pub(crate) fn leaky_relu(a: &BigRational) -> Activation {
        let factor = if a.is_one() { String::new() } else { format!("{a} ") };
        family(format!("leaky-relu({a})"), format!("max(0, x) + {factor}min(0, x)"), rational_to_gmp(a))
    }

    /// The randomized leaky ReLU as it is evaluated: the slope on the left is the mean of its range, `(l+u)/2`.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `l <= u`.
    pub(crate) fn rrelu(l: &BigRational, u: &BigRational) -> Result<Activation, Error> {
        if l > u {
            return Err(Error::parameter("u", u, &format!("a number from l = {l} up is accepted")));
        }
        let slope = (l + u) / BigRational::from_integer(2.into());
        let factor = if slope.is_one() { String::new() } else { format!("{slope} ") };
        let formula = format!("max(0, x) + {factor}min(0, x)");
        Ok(family(format!("rrelu({l},{u})"), formula, rational_to_gmp(&slope)))
    }

    /// `|x|`.
    pub(crate) fn abs() -> Activation {
        family("abs".to_string(), "|x|".to_string(), Rational::from(-1))
    }
}

/// `αx + (1-α) max(0, x)`; `E[U max(0, V)] = ρ/2` makes the linear part of its dual `αqρ`.
fn family(name: String, formula: String, slope: Rational) -> Activation {
    let line = |s: Rational| ExpPoly::polynomial(vec![Rational::new(), s]);
    let kink = Rational::from(1) - &slope;
    let dual =
        KnownDual::ArcCosine { order: 1, linear: slope.clone(), scale: Rational::from(kink.square_ref()) };
    let function = Pieces::new(vec![Rational::new()], vec![line(slope), line(Rational::from(1))]);
    FromPieces::activation(name, formula, function, dual)
}
