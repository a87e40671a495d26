//! Clipped lines: relu6, hardtanh, hard-sigmoid, hard-swish.

use num_rational::BigRational;
use rug::Rational;

use super::Activation;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::Error;
use crate::hermite::pieces::{ExpPoly, Pieces};
use crate::number::rational::rational_to_gmp;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "relu6",
        smoothness: "C^0, kinks at 0, 6",
        growth: "bounded",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[]| Activation::relu6()),
    },
    Entry {
        name: "hardtanh",
        smoothness: "C^0, kinks at a, b",
        growth: "bounded",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().and_then(|[a, b]| Activation::hardtanh(&a, &b)),
    },
    Entry {
        name: "hard-sigmoid",
        smoothness: "C^0, kinks at -3, 3",
        growth: "bounded",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[]| Activation::hard_sigmoid()),
    },
    Entry {
        name: "hard-swish",
        smoothness: "C^0, kinks at -3, 3",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[]| Activation::hard_swish()),
    },
];

impl Activation {
    /// `min(max(0, x), 6)`.
    pub(crate) fn relu6() -> Activation {
        let function = Pieces::small(&[0, 6], &[&[], &[0, 1], &[6]]);
        FromPieces::activation("relu6", "min(max(0, x), 6)", function, KnownDual::Hermite)
    }

    /// `min(max(a, x), b)`; the usual hardtanh has `a = -1`, `b = 1`.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `a < b`.
    pub(crate) fn hardtanh(a: &BigRational, b: &BigRational) -> Result<Activation, Error> {
        if a >= b {
            return Err(Error::parameter("b", b, &format!("a number above a = {a} is accepted")));
        }
        let one = BigRational::from_integer(1.into());
        let name = if *a == -&one && *b == one { "hardtanh".into() } else { format!("hardtanh({a},{b})") };
        let (low, high) = (rational_to_gmp(a), rational_to_gmp(b));
        let pieces = [vec![low.clone()], vec![Rational::new(), Rational::from(1)], vec![high.clone()]];
        let function = Pieces::new(vec![low, high], pieces.map(ExpPoly::polynomial).to_vec());
        Ok(FromPieces::activation(name, format!("min(max({a}, x), {b})"), function, KnownDual::Hermite))
    }

    /// `min(max(0, x/6 + 1/2), 1)`.
    pub(crate) fn hard_sigmoid() -> Activation {
        let slope = vec![Rational::from((1, 2)), Rational::from((1, 6))];
        clipped("hard-sigmoid", "min(max(0, x/6 + 1/2), 1)", slope, vec![Rational::from(1)])
    }

    /// `x min(max(0, x/6 + 1/2), 1)`.
    pub(crate) fn hard_swish() -> Activation {
        let middle = vec![Rational::new(), Rational::from((1, 2)), Rational::from((1, 6))];
        let right = vec![Rational::new(), Rational::from(1)];
        clipped("hard-swish", "x min(max(0, x/6 + 1/2), 1)", middle, right)
    }
}

/// Zero below -3, `middle` up to 3, then `right`.
fn clipped(name: &str, formula: &str, middle: Vec<Rational>, right: Vec<Rational>) -> Activation {
    let pieces = [vec![], middle, right].map(ExpPoly::polynomial).to_vec();
    let function = Pieces::new(vec![Rational::from(-3), Rational::from(3)], pieces);
    FromPieces::activation(name, formula, function, KnownDual::Hermite)
}
