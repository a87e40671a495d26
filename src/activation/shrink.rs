//! Shrinkage and thresholds.

use num_rational::BigRational;
use num_traits::Signed;
use rug::Rational;

use super::Activation;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::Error;
use crate::hermite::pieces::{ExpPoly, Pieces};
use crate::number::rational::rational_to_gmp;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "softshrink",
        smoothness: "C^0, kinks at -l, l",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().and_then(|[l]| Activation::softshrink(&l)),
    },
    Entry {
        name: "hardshrink",
        smoothness: "discontinuous, jumps at -l, l",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().and_then(|[l]| Activation::hardshrink(&l)),
    },
    Entry {
        name: "threshold",
        smoothness: "discontinuous, jump at t (none if v = t)",
        growth: "linear",
        method: BY_PARTS,
        closed_coefficients: true,
        closed_dual: false,
        build: |args| args.values().map(|[t, v]| Activation::threshold(&t, &v)),
    },
];

impl Activation {
    /// `sign(x) max(0, |x| - l)`.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `l > 0`.
    pub(crate) fn softshrink(l: &BigRational) -> Result<Activation, Error> {
        let width = rational_to_gmp(l);
        let line = |c: Rational| ExpPoly::polynomial(vec![c, Rational::from(1)]);
        let function = shrunk(l, [line(width.clone()), line(-width)])?;
        let formula = format!("sign(x) max(0, |x| - {l})");
        Ok(FromPieces::activation(format!("softshrink({l})"), formula, function, KnownDual::Hermite))
    }

    /// `x` where `|x| > l`, else 0; it has no NTK.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `l > 0`.
    pub(crate) fn hardshrink(l: &BigRational) -> Result<Activation, Error> {
        let line = ExpPoly::polynomial(vec![Rational::new(), Rational::from(1)]);
        let function = shrunk(l, [line.clone(), line])?;
        let formula = format!("x if |x| > {l} else 0");
        Ok(FromPieces::activation(format!("hardshrink({l})"), formula, function, KnownDual::Hermite))
    }

    /// `x` where `x > t`, else `v`.
    pub(crate) fn threshold(t: &BigRational, v: &BigRational) -> Activation {
        let pieces = [vec![rational_to_gmp(v)], vec![Rational::new(), Rational::from(1)]];
        let function = Pieces::new(vec![rational_to_gmp(t)], pieces.map(ExpPoly::polynomial).to_vec());
        let formula = format!("x if x > {t} else {v}");
        FromPieces::activation(format!("threshold({t},{v})"), formula, function, KnownDual::Hermite)
    }
}

fn shrunk(l: &BigRational, [left, right]: [ExpPoly; 2]) -> Result<Pieces, Error> {
    if !l.is_positive() {
        return Err(Error::parameter("l", l, "a positive number is accepted"));
    }
    let width = rational_to_gmp(l);
    Ok(Pieces::new(vec![Rational::from(-&width), width], vec![left, ExpPoly::default(), right]))
}
