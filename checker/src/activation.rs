//! What the checker finds out about an activation by itself.

use num_traits::{Signed, Zero};

use crate::expression::bounds::Bounds;
use crate::expression::{self, Expression, Op};
use crate::form::pieces::Pieces;
use crate::form::{Atom, Form, Monomial};
use crate::format::{HalfLine, Part};
use crate::integer::BigRational;
use crate::rational::{rational, trimmed};

/// An activation with its bounds and its normal form.
pub(crate) struct Activation {
    pub(crate) expression: Expression,
    pub(crate) bounds: Bounds,
    pub(crate) pieces: Pieces,
    continuous: bool,
    /// `n` where `φ(cx) = c^n φ(x)` for all `c > 0`.
    pub(crate) homogeneity: Option<u32>,
    homogeneous: Option<[BigRational; 2]>,
    polynomial: Option<Vec<BigRational>>,
}

impl Activation {
    pub(crate) fn parse(name: &str) -> Result<Activation, String> {
        let expression = expression::activation(name)?;
        let (bounds, pieces) = (expression.bounds(), expression.pieces());
        // Conditions are the only operations that jump.
        let plain = !expression.ops.iter().any(|op| matches!(op, Op::Where(..)));
        Ok(Activation {
            continuous: bounds.size.is_some() && (plain || pieces.meet()),
            bounds,
            homogeneity: homogeneity(&pieces),
            homogeneous: homogeneous(&pieces),
            polynomial: pieces.as_polynomial(),
            pieces,
            expression,
        })
    }

    /// Defined everywhere and below some `C e^{a|x|}`, so square-integrable under every Gaussian.
    pub(crate) fn is_defined(&self) -> bool {
        self.bounds.size.is_some()
    }

    /// Without jumps.
    pub(crate) fn is_continuous(&self) -> bool {
        self.continuous
    }

    /// Absolutely continuous with a derivative below some `C e^{a|x|}`.
    pub(crate) fn has_derivative(&self) -> bool {
        self.bounds.slope.is_some() && self.is_continuous()
    }

    /// `[a, b]` where it is `a max(0,x) + b min(0,x)`.
    pub(crate) fn homogeneous(&self) -> Option<&[BigRational; 2]> {
        self.homogeneous.as_ref()
    }

    /// The coefficients, if it is a polynomial.
    pub(crate) fn polynomial(&self) -> Option<&[BigRational]> {
        self.polynomial.as_deref()
    }

    /// Does a part grow faster than every power on this side?
    pub(crate) fn outgrows_powers(&self, part: Part, side: HalfLine) -> bool {
        let pieces = self.pieces.part(part);
        let form = if side == HalfLine::Positive { pieces.forms.last() } else { pieces.forms.first() };
        form.and_then(Option::as_ref).is_some_and(|u| outgrows(u, side).unwrap_or(false))
    }
}

/// `[a, b]` of `a max(0,x) + b min(0,x)`.
fn homogeneous(pieces: &Pieces) -> Option<[BigRational; 2]> {
    let slope = |i: usize| -> Option<BigRational> {
        match pieces.forms.get(i)?.as_ref()?.as_polynomial()?.as_slice() {
            [] => Some(rational(0)),
            [c, slope] if c.is_zero() => Some(slope.clone()),
            _ => None,
        }
    };
    match pieces.breaks.as_slice() {
        [] => Some([slope(0)?, slope(0)?]),
        [zero] if zero.is_zero() => Some([slope(1)?, slope(0)?]),
        _ => None,
    }
}

/// `n` where the function is `a x^n` on the right and `b x^n` on the left.
fn homogeneity(pieces: &Pieces) -> Option<u32> {
    if pieces.breaks.iter().any(|b| !b.is_zero()) {
        return None;
    }
    let mut degree = None;
    for form in &pieces.forms {
        let p = form.as_ref()?.as_polynomial()?;
        let Some((_, rest)) = p.split_last() else { continue };
        let n = u32::try_from(rest.len()).ok()?;
        if rest.iter().any(|c| !c.is_zero()) || degree.is_some_and(|d| d != n) {
            return None;
        }
        degree = Some(n);
    }
    // Zero is homogeneous of every degree.
    Some(degree.unwrap_or(1))
}

/// Does `p` tend to infinity on this side? A polynomial does by its leading term.
fn rises(p: &[BigRational], side: HalfLine) -> bool {
    let p = trimmed(p);
    let Some(lead) = p.last().filter(|_| p.len() > 1) else { return false };
    let odd = p.len().is_multiple_of(2);
    lead.is_positive() != (odd && side == HalfLine::Negative)
}

fn exponent(m: &Monomial) -> Option<Vec<BigRational>> {
    m.exp.as_ref().map_or(Some(vec![]), |u| u.as_polynomial())
}

/// One exponential of a rising polynomial, times a polynomial, dominates all other terms.
fn outgrows(form: &Form, side: HalfLine) -> Option<bool> {
    let exponents: Vec<Vec<BigRational>> = form.terms.keys().map(exponent).collect::<Option<_>>()?;
    let below = |p: &[BigRational], q: &[BigRational]| rises(&expression::build::sum(q, p, -1), side);
    let top = exponents.iter().find(|q| exponents.iter().all(|p| p == *q || below(p, q)))?;
    // Other factors are at most powers of x.
    let tame = |a: &Atom, e: &BigRational| {
        let bounded = matches!(a, Atom::Tanh(_) | Atom::Erf(_) | Atom::Sin(_) | Atom::Cos(_) | Atom::Atan(_));
        matches!(a, Atom::Pi | Atom::Prime(_)) || (bounded && e.is_positive())
    };
    let fits = form.terms.keys().zip(&exponents).all(|(m, p)| {
        // The dominating terms: a polynomial in x, different from 0 because the monomials differ.
        if p == top { m.atoms.is_empty() } else { m.atoms.iter().all(|(a, e)| tame(a, e)) }
    });
    Some(fits && rises(top, side))
}
