//! Powers of ReLU.

use rug::Rational;

use super::Activation;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::Error;
use crate::expression::names::POWERS;
use crate::hermite::pieces::{ExpPoly, Pieces};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "repu",
    smoothness: "C^(n-1), derivative n jumps at 0",
    growth: "degree n",
    method: BY_PARTS,
    closed_coefficients: true,
    closed_dual: true,
    build: |args| args.whole().and_then(Activation::repu),
}];

impl Activation {
    /// `max(0, x)^n`, the rectified power unit.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `1 <= n <= 1000`.
    pub(crate) fn repu(n: u32) -> Result<Activation, Error> {
        POWERS.check("n", &n.into())?;
        let mut power = vec![Rational::new(); n as usize];
        power.push(Rational::from(1));
        let function =
            Pieces::new(vec![Rational::new()], vec![ExpPoly::default(), ExpPoly::polynomial(power)]);
        let dual = KnownDual::ArcCosine { order: n, linear: Rational::new(), scale: Rational::from(1) };
        Ok(FromPieces::activation(format!("repu({n})"), format!("max(0, x)^{n}"), function, dual))
    }
}
