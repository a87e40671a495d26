//! Orders of growth far out on one side of the line.

use num_traits::{Signed, Zero};

use super::range::{PRECISION, decided};
use super::{Expression, Id, Op};
use crate::format::HalfLine;
use crate::function::Function;
use crate::integer::BigRational;
use crate::interval::Interval;
use crate::rational::rational;

/// `O(|x|^order)`, with logarithms as further factors or not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Growth {
    pub(crate) order: BigRational,
    pub(crate) logarithms: bool,
}

impl Growth {
    pub(crate) fn power(order: BigRational) -> Growth {
        Growth { order, logarithms: false }
    }

    /// Is it `O(|x|^m)`? A power of a logarithm is below every power of `x`.
    pub(crate) fn is_within(&self, m: usize) -> bool {
        let m = rational(m as i64);
        self.order < m || (self.order == m && !self.logarithms)
    }

    fn sum(&self, other: &Growth) -> Growth {
        match self.order.cmp(&other.order) {
            std::cmp::Ordering::Less => other.clone(),
            std::cmp::Ordering::Greater => self.clone(),
            std::cmp::Ordering::Equal => {
                Growth { order: self.order.clone(), logarithms: self.logarithms || other.logarithms }
            }
        }
    }

    fn product(&self, other: &Growth) -> Growth {
        Growth { order: &self.order + &other.order, logarithms: self.logarithms || other.logarithms }
    }

    fn raised(&self, r: &BigRational) -> Growth {
        Growth { order: &self.order * r, logarithms: self.logarithms }
    }
}

impl Expression {
    /// A proved order of growth; `None` where none is found. The function is taken to be defined.
    pub(crate) fn growth(&self, side: HalfLine) -> Option<Growth> {
        let mut best: Option<Growth> = None;
        for from in [1, 64, 1 << 20] {
            let (low, high) = match side {
                HalfLine::Positive => (Some(rational(from)), None),
                HalfLine::Negative => (None, Some(rational(-from))),
            };
            let region = Interval::between(low.as_ref(), high.as_ref(), PRECISION);
            let found = self.growth_on(&region);
            best = match (best, found) {
                (Some(a), Some(b)) if a.order <= b.order => Some(a),
                (a, b) => b.or(a),
            };
        }
        best
    }

    fn growth_on(&self, region: &Interval) -> Option<Growth> {
        let ranges = self.ranges(region);
        let mut known: Vec<Option<Growth>> = vec![];
        for (id, op) in self.ops.iter().enumerate() {
            let bounded = ranges[id].is_finite().then(|| Growth::power(BigRational::zero()));
            let polynomial =
                self.polynomials[id].as_ref().map(|p| Growth::power(rational(p.len().max(1) as i64 - 1)));
            let next = bounded.or(polynomial).or_else(|| growth_of(op, &known, &ranges));
            known.push(next);
        }
        known.swap_remove(self.root)
    }
}

fn growth_of(op: &Op, known: &[Option<Growth>], ranges: &[Interval]) -> Option<Growth> {
    let at = |id: &Id| known[*id].as_ref();
    let zero = || Growth::power(BigRational::zero());
    // `|u| >= c > 0` on the region.
    let away = |id: &Id| ranges[*id].is_positive() || ranges[*id].is_negative();
    match op {
        Op::X => Some(Growth::power(rational(1))),
        Op::Number(_) | Op::Pi => Some(zero()),
        Op::Add(a, b) | Op::Sub(a, b) | Op::Max(a, b) | Op::Min(a, b) => Some(at(a)?.sum(at(b)?)),
        Op::Mul(a, b) => Some(at(a)?.product(at(b)?)),
        Op::Div(a, b) => at(a).filter(|_| away(b)).cloned(),
        Op::Power(a, n) if *n > 0 => Some(at(a)?.raised(&rational(i64::from(*n)))),
        Op::Power(a, _) => away(a).then(zero),
        Op::Root(a, r) if r.is_positive() => Some(at(a)?.raised(r)),
        Op::Root(a, _) => away(a).then(zero),
        Op::Abs(a) => at(a).cloned(),
        Op::Where(condition, yes, no) => match condition.holds(&|id, strict| decided(&ranges[id], strict)) {
            Some(true) => at(yes).cloned(),
            Some(false) => at(no).cloned(),
            None => Some(at(yes)?.sum(at(no)?)),
        },
        Op::Call(f, a) => match f {
            // c <= u <= C |x|^m: |log u| = O(log |x|).
            Function::Log => {
                at(a).filter(|_| ranges[*a].is_positive()).map(|_| Growth { logarithms: true, ..zero() })
            }
            Function::Asinh => at(a).map(|_| Growth { logarithms: true, ..zero() }),
            // 0 <= softplus(u) <= 1 + |u|.
            Function::Softplus => at(a).cloned(),
            // Bounded ranges are known already; exponentials are not powers.
            _ => None,
        },
    }
}
