//! The sparse counterparts of softplus and sigmoid: lines joined by a parabola or a line.

use rug::Rational;

use super::Activation;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::hermite::pieces::{ExpPoly, Pieces};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "sparse-plus",
        smoothness: "C^1, derivative 2 jumps at -1, 1",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[]| Activation::sparse_plus()),
    },
    Entry {
        name: "sparse-sigmoid",
        smoothness: "C^0, kinks at -1, 1",
        growth: "bounded",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[]| Activation::sparse_sigmoid()),
    },
];

impl Activation {
    /// `0` for `x <= -1`, `x` for `x >= 1`, `(x+1)²/4` between.
    pub(crate) fn sparse_plus() -> Activation {
        let quarter = Rational::from((1, 4));
        let parabola = vec![quarter.clone(), Rational::from((1, 2)), quarter];
        let line = vec![Rational::new(), Rational::from(1)];
        joined("sparse-plus", "0 if x <= -1, (x+1)^2/4 if x < 1, else x", parabola, line)
    }

    /// `min(max(0, (x+1)/2), 1)`, the derivative of [`Activation::sparse_plus`].
    pub(crate) fn sparse_sigmoid() -> Activation {
        let half = Rational::from((1, 2));
        let line = vec![half.clone(), half];
        joined("sparse-sigmoid", "min(max(0, (x+1)/2), 1)", line, vec![Rational::from(1)])
    }
}

/// Zero below -1, `middle` up to 1, then `right`.
fn joined(name: &str, formula: &str, middle: Vec<Rational>, right: Vec<Rational>) -> Activation {
    let pieces = [vec![], middle, right].map(ExpPoly::polynomial).to_vec();
    let function = Pieces::new(vec![Rational::from(-1), Rational::from(1)], pieces);
    FromPieces::activation(name, formula, function, KnownDual::Hermite)
}
