//! The unit step and the sign.

use rug::Rational;

use super::Activation;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::hermite::pieces::Pieces;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "step",
        smoothness: "discontinuous, jump at 0",
        growth: "bounded",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: true,
        build: |args| args.values().map(|[]| Activation::step()),
    },
    Entry {
        name: "sign",
        smoothness: "discontinuous, jump at 0",
        growth: "bounded",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: true,
        build: |args| args.values().map(|[]| Activation::sign()),
    },
];

impl Activation {
    /// The unit step, with dual `1/4 + asin(ρ)/(2π)`; it has no NTK.
    pub(crate) fn step() -> Activation {
        let dual = KnownDual::ArcSine { constant: Rational::from((1, 4)), over_pi: Rational::from((1, 2)) };
        FromPieces::activation("step", "1 if x > 0 else 0", Pieces::small(&[0], &[&[], &[1]]), dual)
    }

    /// The sign, with dual `(2/π) asin ρ`; it has no NTK.
    pub(crate) fn sign() -> Activation {
        let dual = KnownDual::ArcSine { constant: Rational::new(), over_pi: Rational::from(2) };
        FromPieces::activation("sign", "sign(x)", Pieces::small(&[0], &[&[-1], &[1]]), dual)
    }
}
