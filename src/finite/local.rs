//! An activation next to a point: its piece, Taylor coefficients and how far they reach.

mod range;
mod reach;

use std::cmp::Ordering;

use rug::Rational;

use crate::Error;
use crate::activation::Activation;
use crate::expression::jet::Jet;
use crate::expression::normal::Normal;
use crate::expression::pieces::Pieces;
use crate::number::rational::abridged;
use crate::number::{Ball, Mag};

use reach::Singularity;

/// Most Taylor coefficients.
pub(crate) const MAX_TAYLOR: usize = 1000;
/// Bits with which an exact number is told from a breakpoint that is not rational.
const COMPARED: u32 = 512;

/// An activation as it is next to a point $z$: $\varphi(z + \zeta) = \sum_m a_m \zeta^m$ with $a_m =
/// \varphi^{(m)}(z)/m!$.
///
/// The coefficients come from the activation's one definition, by the arithmetic of truncated power series. The sum is
/// the function for every real $\zeta$ below both distances of [`LocalActivation::radius`]: to the nearest place where
/// another piece begins, and to the nearest complex singularity of this piece.
#[derive(Debug)]
pub(crate) struct LocalActivation {
    name: String,
    pieces: Pieces,
    /// The pieces that are polynomials with rational coefficients.
    polynomials: Vec<Option<Vec<Rational>>>,
    /// What is known of the complex singularities of each piece.
    singularities: Vec<Vec<Singularity>>,
}

/// How far a Taylor series reaches: lower bounds of two distances, infinite where there is nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Radius {
    /// To the nearest breakpoint on the real line.
    pub kink: Mag,
    /// To the nearest complex singularity of the piece's analytic continuation.
    pub singularity: Mag,
}

impl Radius {
    /// The smaller of the two.
    pub fn least(&self) -> Mag {
        self.kink.min(self.singularity)
    }
}

impl LocalActivation {
    /// Prepares an activation.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an activation without a formula: code gives no derivatives.
    pub fn new(activation: &Activation) -> Result<LocalActivation, Error> {
        let name = abridged(&activation.name());
        let pieces = activation.expression().and_then(|text| Pieces::parse(&text).ok());
        let accepted = "one of the catalogue or a formula in x is accepted: derivatives are needed";
        let pieces = pieces.ok_or_else(|| Error::parameter("activation", &name, accepted))?;
        let polynomials = pieces.pieces.iter().zip(&pieces.forms).map(|(piece, form)| {
            let form = form.as_ref().and_then(Normal::as_polynomial);
            form.or_else(|| pieces.graph.as_polynomial(piece.expression))
        });
        let polynomials: Vec<_> = polynomials.collect();
        let singularities =
            pieces.pieces.iter().zip(&polynomials).map(|(piece, polynomial)| match polynomial {
                Some(_) => vec![],
                None => reach::singularities(&pieces.graph, piece.expression),
            });
        let singularities = singularities.collect();
        Ok(LocalActivation { name, pieces, polynomials, singularities })
    }

    /// `φ(z)` for every member of the ball; at a breakpoint the limit, if the function is continuous there.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the ball holds a jump, or the function has no finite enclosure.
    pub(crate) fn value(&self, z: &Ball) -> Result<Ball, Error> {
        let [first, last] = self.touched(z);
        let continuous = (first..last).all(|i| self.pieces.seams[i].jump == Some(false));
        let values: Vec<Ball> = (first..=last).map(|i| self.pieces.pieces[i].evaluate(z)).collect();
        match Ball::hull(&values) {
            hull if continuous && hull.is_finite() => Ok(hull),
            _ => Err(self.refused(z, "a number at which the function is continuous")),
        }
    }

    /// `φ^{(m)}(z)/m!`, `m < len`, for every member of the ball.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the ball holds a breakpoint, or for more than 1000 coefficients.
    pub(crate) fn taylor(&self, z: &Ball, len: usize) -> Result<Vec<Ball>, Error> {
        if len > MAX_TAYLOR {
            return Err(Error::parameter("number of Taylor coefficients", len, "at most 1000 are accepted"));
        }
        let piece = self.piece(z)?;
        if len == 0 {
            return Ok(vec![]);
        }
        let mut series = vec![z.clone(), Ball::from_integer(1, z.precision())];
        series.resize(len, Ball::zero(z.precision()));
        series.truncate(len);
        self.along(piece, series)
    }

    /// Lower bounds of the distances that the Taylor series at `z` is the function within, for every member of the
    /// ball.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the ball holds a breakpoint.
    pub(crate) fn radius(&self, z: &Ball) -> Result<Radius, Error> {
        let piece = self.piece(z)?;
        let ends = [piece.checked_sub(1), Some(piece)].into_iter().flatten();
        let ends = ends.filter_map(|i| self.pieces.breakpoints.get(i));
        // The distance to the nearest end of the piece.
        let kink = ends.map(|b| (z - &b.enclose(z.precision())).mignitude()).fold(Mag::INFINITY, Mag::min);
        let program = &self.pieces.pieces[piece].value;
        Ok(Radius { kink, singularity: reach::distance(program, &self.singularities[piece], z) })
    }

    /// The first and the last piece that a ball touches.
    fn touched(&self, z: &Ball) -> [usize; 2] {
        let signs = self.pieces.breakpoints.iter().map(|b| (z - &b.enclose(z.precision())).sign());
        let signs: Vec<Option<Ordering>> = signs.collect();
        let first = signs.iter().rposition(|s| *s == Some(Ordering::Greater)).map_or(0, |i| i + 1);
        let last = signs.iter().position(|s| *s == Some(Ordering::Less)).unwrap_or(signs.len());
        [first, last.max(first)]
    }

    /// The piece whose interior the ball lies in.
    pub(crate) fn piece(&self, z: &Ball) -> Result<usize, Error> {
        match self.touched(z) {
            [first, last] if first == last && z.is_finite() => Ok(first),
            _ => Err(self.refused(z, "a number away from the breakpoints")),
        }
    }

    /// The piece that a number lies in the interior of.
    pub(crate) fn exact_piece(&self, z: &Rational) -> Result<usize, Error> {
        let compared = |b: &crate::expression::root::Root| match b.exact() {
            Some(b) => Some(z.cmp(b)).filter(|o| o.is_ne()),
            None => (Ball::from_gmp_rational(z, COMPARED) - b.enclose(COMPARED)).sign(),
        };
        let mut piece = 0;
        for b in &self.pieces.breakpoints {
            let side = compared(b);
            let side = side.ok_or_else(|| {
                self.refused(&Ball::from_gmp_rational(z, 64), "a number away from the breakpoints")
            })?;
            piece += usize::from(side == Ordering::Greater);
        }
        Ok(piece)
    }

    /// The polynomial that a piece is, in rational arithmetic.
    ///
    /// # Errors
    /// Where it is none.
    pub(crate) fn polynomial(&self, piece: usize) -> Result<&[Rational], Error> {
        self.polynomials[piece].as_deref().ok_or_else(|| {
            let accepted = "in exact arithmetic an activation made of polynomials with rational coefficients is accepted";
            Error::parameter("activation", &self.name, accepted)
        })
    }

    /// The degree of the polynomial that a piece is, if it is one.
    pub(crate) fn degree(&self, piece: usize) -> Option<usize> {
        self.polynomials[piece].as_ref().map(|p| p.len().saturating_sub(1))
    }

    /// The degree, if the whole activation is one polynomial with rational coefficients.
    pub(crate) fn whole_degree(&self) -> Option<usize> {
        if self.polynomials.len() == 1 { self.degree(0) } else { None }
    }

    /// `φ(z(t))` for a series `z(t)`, on one piece.
    pub(crate) fn along(&self, piece: usize, z: Vec<Ball>) -> Result<Vec<Ball>, Error> {
        let (len, start, precision) = (z.len(), z[0].clone(), z[0].precision());
        let out = self.pieces.pieces[piece].value.run(&Jet::new(z), precision).into_coefficients(len);
        match out.iter().all(Ball::is_finite) {
            true => Ok(out),
            false => Err(self.refused(&start, "a number with finite derivatives")),
        }
    }

    /// An upper bound of `|φ(z + ζ) - φ(z)|` for `|ζ| <= rho`, ζ complex, for the continuation of the piece;
    /// `rho` is below the distance to its singularities.
    pub(crate) fn variation(&self, piece: usize, z: &Ball, rho: Mag) -> Mag {
        match &self.polynomials[piece] {
            Some(p) => reach::polynomial_variation(p, z, rho),
            None => reach::variation(&self.pieces.pieces[piece].value, z, rho),
        }
    }

    fn refused(&self, z: &Ball, accepted: &str) -> Error {
        let shown = z.to_decimal(6).map_or("unbounded".to_string(), |d| d.value);
        Error::parameter(
            &format!("pre-activation of `{}`", self.name),
            shown,
            &format!("{accepted} is accepted"),
        )
    }
}

#[cfg(test)]
mod tests;
