//! What the checker finds out about an activation by itself.
//!
//! An activation is a measurable function that is defined everywhere, with `|φ(x)| <= C e^{a|x|}`. So it is locally
//! integrable, and square-integrable under every Gaussian. Kernels see it almost everywhere, with one exception: where
//! a variance is 0 (the point 0 without a bias before it) they see `φ(0)`. The normal forms (`pieces`) are equal to it
//! but for finitely many points; what is used at the variance 0 has to hold at 0 itself as well.
//!
//! Everything here is "proved" or "not known": `false` and `None` say that nothing is known.

use num_traits::{Signed, Zero};

use crate::expression::bounds::Bounds;
use crate::expression::{self, Expression, Op};
use crate::form::pieces::Pieces;
use crate::form::{Atom, Form, Monomial};
use crate::format::{HalfLine, Part};
use crate::integer::BigRational;
use crate::rational::{ratio, rational, trimmed};

/// An activation with its bounds and its normal form.
pub(crate) struct Activation {
    pub(crate) expression: Expression,
    pub(crate) bounds: Bounds,
    pub(crate) pieces: Pieces,
    continuous: bool,
    regular_at_zero: bool,
    vanishes_at_zero: bool,
    /// `n` where `φ(cx) = c^n φ(x)` for all `c > 0`.
    pub(crate) homogeneity: Option<u32>,
    homogeneous: Option<[BigRational; 2]>,
    root_multiple: Option<(Vec<BigRational>, BigRational)>,
}

impl Activation {
    pub(crate) fn parse(name: &str) -> Result<Activation, String> {
        let expression = expression::activation(name)?;
        let (bounds, pieces) = (expression.bounds(), expression.pieces());
        // Conditions are the only operations that jump.
        let plain = !expression.ops.iter().any(|op| matches!(op, Op::Where(..)));
        let zero = BigRational::zero();
        let at_zero = expression.exact_value(&zero);
        let defined = bounds.size.is_some();
        // Continuous at 0, or with the value that the forms have there.
        let regular_at_zero = defined
            && (plain
                || expression.value(&zero, 64).is_some()
                || (at_zero.is_some() && at_zero == pieces.limit(&zero)));
        Ok(Activation {
            continuous: defined && (plain || pieces.meet() == Some(true)),
            bounds,
            // What holds almost everywhere only must not be used at the variance 0.
            regular_at_zero,
            vanishes_at_zero: defined && at_zero.is_some_and(|v| v.is_zero()),
            homogeneity: homogeneity(&pieces),
            homogeneous: homogeneous(&pieces).filter(|_| regular_at_zero),
            root_multiple: pieces.as_root_multiple().filter(|_| regular_at_zero),
            pieces,
            expression,
        })
    }

    /// Defined everywhere and below some `C e^{a|x|}`, so square-integrable under every Gaussian.
    pub(crate) fn is_defined(&self) -> bool {
        self.bounds.size.is_some()
    }

    /// Almost everywhere equal to a continuous function. Without conditions every operation is continuous where it is
    /// defined. With them the forms must be known on all pieces, where they are continuous for the same reason, and
    /// agree at the breakpoints.
    pub(crate) fn is_continuous(&self) -> bool {
        self.continuous
    }

    /// Does the normal form hold at 0 itself, not only almost everywhere?
    pub(crate) fn is_regular_at_zero(&self) -> bool {
        self.regular_at_zero
    }

    /// `φ(0) = 0`.
    pub(crate) fn vanishes_at_zero(&self) -> bool {
        self.vanishes_at_zero
    }

    /// Is it continuous at one of a few points, and not 0 there? Then it is not 0 around it.
    pub(crate) fn has_nonzero_value(&self) -> bool {
        let is_nonzero =
            |x: &BigRational| self.expression.value(x, 64).is_some_and(|value| !value.has_zero());
        self.is_defined()
            && [(1, 1), (-1, 1), (1, 3), (-5, 2), (4, 1), (-9, 1)]
                .iter()
                .any(|(n, d)| is_nonzero(&ratio(*n, *d)))
    }

    /// Almost everywhere equal to a locally absolutely continuous function with a derivative below some `C e^{a|x|}`:
    /// between finitely many breakpoints every operation is locally Lipschitz, and there is no jump.
    pub(crate) fn has_derivative(&self) -> bool {
        self.bounds.slope.is_some() && self.is_continuous()
    }

    /// `[a, b]` where it is `a max(0,x) + b min(0,x)`, at 0 too.
    pub(crate) fn homogeneous(&self) -> Option<&[BigRational; 2]> {
        self.homogeneous.as_ref()
    }

    /// The coefficients, if it is a polynomial, at 0 too.
    #[cfg(test)]
    pub(crate) fn polynomial(&self) -> Option<&[BigRational]> {
        let (p, square) = self.root_multiple()?;
        (*square == rational(1)).then_some(p)
    }

    /// A polynomial and a square: the activation is a root of the square times the polynomial, at 0 too.
    pub(crate) fn root_multiple(&self) -> Option<&(Vec<BigRational>, BigRational)> {
        self.root_multiple.as_ref()
    }

    /// Is it proved that a part grows faster than every power on this side? Then it is no polynomial.
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

/// `n` where the function is almost everywhere `a x^n` on the right and `b x^n` on the left.
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

#[cfg(test)]
mod tests;
