//! The definition shared by every activation that is a piecewise polynomial or exponential.

use num_rational::BigRational;
use num_traits::One;
use rug::Rational;

use super::applied::applied;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::pieces::{ExpPoly, Pieces};
use crate::hermite::{attainable, guarded, refine, refine_all};
use crate::number::rational::{abridged, rational_from_gmp};
use crate::number::{Ball, ClosedForm};

/// How the coefficients of all these are found.
pub(crate) const BY_PARTS: &str = "recurrence by parts between exact breakpoints";

/// The dual's shape, where there is a closed form.
#[derive(Clone, Debug)]
pub(crate) enum KnownDual {
    /// Through the Hermite coefficients only.
    Hermite,
    /// `linear·qρ + scale·q^order k_order(ρ)`.
    ArcCosine { order: u32, linear: Rational, scale: Rational },
    /// `constant + (over_pi/π) asin ρ`.
    ArcSine { constant: Rational, over_pi: Rational },
}

/// An activation that is given by its pieces.
#[derive(Clone, Debug)]
pub(crate) struct FromPieces {
    pub(crate) name: String,
    pub(crate) formula: String,
    pub(crate) function: Pieces,
    pub(crate) dual: KnownDual,
}

impl FromPieces {
    pub(crate) fn activation(
        name: impl Into<String>,
        formula: impl Into<String>,
        function: Pieces,
        dual: KnownDual,
    ) -> Activation {
        Activation::new(FromPieces { name: name.into(), formula: formula.into(), function, dual })
    }
}

/// Exact zeros of the pieces' Hermite coefficients: a parity whose part is a polynomial stops at its
/// degree, and `μ_k` is a positive combination of that part's coefficients of order `>= k`.
pub(crate) fn support_of(function: &Pieces) -> Support {
    let parts = [function.parity_part(false), function.parity_part(true)];
    let polynomial = [parts[0].as_polynomial(), parts[1].as_polynomial()];
    let len = polynomial.iter().flatten().map(|p| p.len()).max().unwrap_or(0);
    let initial = (0..len).map(|k| polynomial[k % 2].is_none_or(|p| k < p.len())).collect();
    Support { initial, even_tail: polynomial[0].is_none(), odd_tail: polynomial[1].is_none() }
}

/// Pieces as choices, from the last to the first; the reader refuses what is nested too deep.
fn nested(function: &Pieces) -> String {
    let polynomial = |p: &ExpPoly| {
        let list: Vec<String> = p.as_polynomial().unwrap_or(&[]).iter().map(Rational::to_string).collect();
        if list.is_empty() { "0".to_string() } else { format!("poly(x,{})", list.join(",")) }
    };
    let mut parts = function.pieces().iter().rev().map(polynomial);
    let last = parts.next().unwrap_or_default();
    let left = parts.zip(function.breakpoints().iter().rev());
    left.fold(last, |rest, (piece, b)| format!("where(x<{b},{piece},{rest})"))
}

impl Definition for FromPieces {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn formula(&self) -> String {
        self.formula.clone()
    }

    fn expression(&self) -> Option<String> {
        let listed = self.name.starts_with("piecewise(");
        Some(if listed { nested(&self.function) } else { applied(&self.name) })
    }

    fn smoothness(&self) -> String {
        self.function.smoothness()
    }

    fn method(&self) -> String {
        BY_PARTS.to_string()
    }

    fn support(&self) -> Support {
        support_of(&self.function)
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        // Besides rounding, a coefficient may be close to zero: among n of them one is within 1/n.
        let start = guarded(precision, len)? + 8 + (usize::BITS - len.leading_zeros());
        let aim = attainable(precision, q, len);
        Ok(refine_all(aim, start, len, 3, |p, len| self.function.hermite(&q.with_precision(p), len)))
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let square = self.function.square();
        Ok(refine(precision, |p| square.expectation(&q.with_precision(p))))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        if let Some(place) = self.function.first_discontinuity() {
            return Err(Error::NoTangentKernel {
                activation: abridged(&self.name),
                why: format!(
                    "E[φ'φ'] does not exist because of the jump at {}",
                    abridged(&place.to_string())
                ),
            });
        }
        let square = self.function.derivative().square();
        Ok(refine(precision, |p| square.expectation(&q.with_precision(p))))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let prec = precision + 16;
        let q = q.with_precision(prec);
        let ball = |r: &Rational| Ball::from_gmp_rational(r, prec);
        Ok(match &self.dual {
            KnownDual::Hermite => Dual::Hermite,
            KnownDual::ArcCosine { order, linear, scale } => Dual::ArcCosine {
                order: *order,
                linear: ball(linear) * &q,
                scale: ball(scale) * q.pow(u64::from(*order)),
            },
            KnownDual::ArcSine { constant, over_pi } => Dual::ArcSine {
                constant: ball(constant),
                scale: ball(over_pi) / Ball::pi(prec),
                beta: Ball::from_integer(1, prec),
            },
        })
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        let zero = Rational::new();
        // Every piece that 0 belongs to, or ends at: e^{c·0} = 1.
        let values = self
            .function
            .intervals()
            .filter(|(from, to, _)| from.is_none_or(|a| *a <= zero) && to.is_none_or(|b| zero <= *b));
        let mut values = values.map(|(_, _, p)| {
            p.terms().filter_map(|(_, c)| c.first()).fold(Rational::new(), |sum, c| sum + c)
        });
        let first = values.next()?;
        values.all(|v| v == first).then(|| Ball::from_gmp_rational(&first, precision))
    }

    fn kinks(&self, precision: u32) -> Option<Vec<[Ball; 2]>> {
        let kinks = self.function.kinks()?;
        let ball = |r: &Rational| Ball::from_gmp_rational(r, precision);
        Some(kinks.iter().map(|kink| kink.each_ref().map(ball)).collect())
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if !self.support().may_be_nonzero(k) {
            return Some(ClosedForm::zero());
        }
        self.function.hermite_closed_form(k, q)
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        self.function.square().expectation_closed_form(q)
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        match &self.dual {
            KnownDual::Hermite => None,
            KnownDual::ArcCosine { order, linear, scale } => {
                let power = num_traits::pow(q.clone(), *order as usize);
                Some(ExactDual::ArcCosine {
                    order: *order,
                    linear: ClosedForm::from(rational_from_gmp(linear) * q),
                    scale: ClosedForm::from(rational_from_gmp(scale) * power),
                })
            }
            KnownDual::ArcSine { constant, over_pi } => Some(ExactDual::ArcSine {
                constant: ClosedForm::from(rational_from_gmp(constant)),
                scale: ClosedForm::pi_power(-2).scaled(&rational_from_gmp(over_pi)),
                beta: BigRational::one(),
            }),
        }
    }
}
