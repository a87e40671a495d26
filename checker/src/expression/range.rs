//! Enclosures of all values on a region of the line.

use num_traits::{One, Signed, Zero};

use super::{Expression, Id, Op};
use crate::enclosure::Enclosure;
use crate::integer::BigRational;
use crate::interval::Interval;

/// Bits of the enclosures: they decide signs and sizes only.
pub(crate) const PRECISION: u32 = 96;

/// Which points of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Points {
    All,
    AlmostAll,
}

impl Expression {
    /// Encloses every operation's values on the region.
    pub(crate) fn ranges(&self, region: &Interval) -> Vec<Interval> {
        self.ranges_where(region, Points::All)
    }

    /// The same of all points of the region, or of almost all.
    pub(crate) fn ranges_where(&self, region: &Interval, points: Points) -> Vec<Interval> {
        let p = region.prec;
        let mut out: Vec<Interval> = vec![];
        for (id, op) in self.ops.iter().enumerate() {
            let mut range = self.range_of(op, &out, region, points);
            if self.removable[id].is_some() && region.has_zero() && region.is_finite() {
                let value = self.jet_to(id, region, &Interval::integer(1, p), 1);
                range = value.map_or(range, |jet| jet[0].clone());
            }
            if let Some(polynomial) = &self.polynomials[id]
                && polynomial.len() > 2
                && !range.is_finite()
            {
                range = range.meet(&polynomial_range(polynomial, region, p));
            }
            out.push(range);
        }
        out
    }

    fn range_of(&self, op: &Op, known: &[Interval], region: &Interval, points: Points) -> Interval {
        let p = region.prec;
        let at = |id: Id| &known[id];
        match op {
            Op::X => region.clone(),
            Op::Number(r) => Interval::rational(r, p),
            Op::Pi => Interval::pi(p),
            Op::Add(a, b) => at(*a).add(at(*b)),
            Op::Sub(a, b) => at(*a).sub(at(*b)),
            Op::Mul(a, b) => at(*a).mul(at(*b)),
            Op::Div(a, b) => at(*a).div(at(*b)),
            Op::Power(a, n) => at(*a).power(*n),
            Op::Root(a, r) => at(*a).root(r),
            Op::Call(f, a) => f.interval(at(*a)),
            Op::Abs(a) => at(*a).abs(),
            Op::Max(a, b) => at(*a).max(at(*b)),
            Op::Min(a, b) => at(*a).min(at(*b)),
            Op::Where(condition, yes, no) => {
                match condition.holds(&|id, strict| self.decided_where(id, at(id), strict, points)) {
                    Some(true) => at(*yes).clone(),
                    Some(false) => at(*no).clone(),
                    None => at(*yes).hull(at(*no)),
                }
            }
        }
    }
}

impl Expression {
    /// [`decided`] for all points, or for almost all: there a polynomial other than 0 does not vanish.
    pub(super) fn decided_where(
        &self,
        id: Id,
        range: &Interval,
        strict: bool,
        points: Points,
    ) -> Option<bool> {
        let thin = self.polynomials[id].as_ref().is_some_and(|p| !p.iter().all(Zero::is_zero));
        match points {
            Points::AlmostAll if thin && range.is_non_negative() => Some(true),
            Points::AlmostAll if thin && range.is_non_positive() => Some(false),
            _ => decided(range, strict),
        }
    }
}

/// Is every number of the range `> 0` (or `>= 0`), or none?
pub(crate) fn decided(range: &Interval, strict: bool) -> Option<bool> {
    let (yes, no) = if strict {
        (range.is_positive(), range.is_non_positive())
    } else {
        (range.is_non_negative(), range.is_negative())
    };
    if yes {
        Some(true)
    } else if no {
        Some(false)
    } else {
        None
    }
}

/// One-sided bounds of a polynomial: beyond `B = 1 + max |c_i/c_n|` it has the sign of its leading term (Cauchy).
fn polynomial_range(p: &[BigRational], region: &Interval, prec: u32) -> Interval {
    let Some((lead, rest)) = p.split_last() else { return Interval::zero(prec) };
    let bound =
        rest.iter().map(|c| (c / lead).abs()).max().unwrap_or_else(BigRational::zero) + BigRational::one();
    let minus = -&bound;
    let outer = Interval::between(Some(&minus), Some(&bound), prec);
    let (low, high) = (region.lower(), region.upper());
    let inside = !(low.as_ref().is_some_and(|l| *l > bound) || high.as_ref().is_some_and(|h| *h < minus));
    let mut out = if inside {
        // A part of [-B, B]; larger than needed does no harm.
        p.iter().rev().fold(Interval::zero(prec), |v, c| v.mul(&outer).add(&Interval::rational(c, prec)))
    } else {
        Interval::zero(prec)
    };
    // Left of -B the sign is that of lead·(-1)^n.
    let left = low.is_none_or(|l| l < minus);
    let right = high.is_none_or(|h| h > bound);
    let flipped = rest.len() % 2 == 1;
    for (reached, positive) in [(right, lead.is_positive()), (left, lead.is_positive() != flipped)] {
        if reached && positive {
            out = Interval { lo: out.lo.map(|lo| lo.min(0.into())), hi: None, prec };
        } else if reached {
            out = Interval { lo: None, hi: out.hi.map(|hi| hi.max(0.into())), prec };
        }
    }
    out
}
