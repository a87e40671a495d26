//! Where the values of an activation come from: its formula in pieces, or the code that encloses it.

use rug::Rational;

use super::characterization::Part;
use crate::activation::Activation;
use crate::expression::normal::Normal;
use crate::expression::pieces::Pieces;
use crate::number::Ball;

/// Bits with which a number is told from a breakpoint.
const COMPARED: u32 = 192;

/// What can be asked about an activation.
pub(crate) enum Source {
    /// A formula, cut into analytic pieces.
    Formula(Box<Pieces>),
    /// Enclosures of values, and growth as promised.
    Values(Activation),
    /// Only its Hermite coefficients.
    Opaque,
}

impl Source {
    pub(crate) fn of(activation: &Activation) -> Source {
        let pieces = activation.expression().and_then(|text| Pieces::parse(&text).ok());
        match pieces {
            Some(pieces) => Source::Formula(Box::new(pieces)),
            None if activation.analytic().is_some() => Source::Values(activation.clone()),
            None => Source::Opaque,
        }
    }

    /// The part at a number in the interior of a piece (and so its mirror image); `None` at a breakpoint, or where
    /// there is no finite enclosure.
    pub(crate) fn value(&self, part: Part, x: &Rational, precision: u32) -> Option<Ball> {
        let here = self.at(x, precision)?;
        let sign = match part {
            Part::Whole => return Some(here),
            Part::Even => 1,
            Part::Odd => -1,
        };
        let there = self.at(&Rational::from(-x), precision)?.mul_integer(sign);
        Some((&here + &there).shl(-1))
    }

    fn at(&self, x: &Rational, precision: u32) -> Option<Ball> {
        let ball = Ball::from_gmp_rational(x, precision);
        let value = match self {
            Source::Formula(pieces) => {
                let piece =
                    place(x, &pieces.breakpoints.iter().map(|b| b.enclose(COMPARED)).collect::<Vec<_>>())?;
                pieces.pieces[piece].evaluate(&ball)
            }
            Source::Values(activation) => {
                let function = activation.analytic()?;
                function.evaluate(place(x, &function.breakpoints(COMPARED))?, &ball)
            }
            Source::Opaque => return None,
        };
        value.is_finite().then_some(value)
    }

    /// Is the function continuous? `None` where that stays open.
    pub(crate) fn is_continuous(&self) -> Option<bool> {
        match self {
            Source::Formula(pieces) => {
                let jumps: Vec<Option<bool>> = pieces.seams.iter().map(|s| s.jump).collect();
                match () {
                    _ if jumps.contains(&Some(true)) => Some(false),
                    _ if jumps.contains(&None) => None,
                    _ => Some(true),
                }
            }
            // Without a jump there is a derivative.
            Source::Values(activation) => activation.analytic()?.derivative_growth().map(|_| true),
            Source::Opaque => None,
        }
    }

    /// `(n, a, b)` if the function is `a |x|^n` left of zero and `b x^n` right of it.
    pub(crate) fn homogeneous(&self) -> Option<u32> {
        let Source::Formula(pieces) = self else { return None };
        let at_zero = match pieces.breakpoints.as_slice() {
            [] => true,
            [b] => b.exact().is_some_and(Rational::is_zero),
            _ => false,
        };
        let mut degree = None;
        for form in pieces.forms.iter().filter(|_| at_zero) {
            let p = form.as_ref().and_then(Normal::as_polynomial)?;
            let Some(n) = p.iter().position(|c| !c.is_zero()) else { continue };
            if n + 1 != p.len() || degree.is_some_and(|d| d != n) {
                return None;
            }
            degree = Some(n);
        }
        degree.and_then(|n| u32::try_from(n).ok())
    }
}

/// The piece that a number is in, by the breakpoints left of it; `None` where one is too close.
fn place(x: &Rational, breakpoints: &[Ball]) -> Option<usize> {
    let mut left = 0;
    for b in breakpoints {
        let gap = Ball::from_gmp_rational(x, COMPARED) - b;
        match gap.sign()? {
            std::cmp::Ordering::Greater => left += 1,
            std::cmp::Ordering::Less => (),
            std::cmp::Ordering::Equal => return None,
        }
    }
    Some(left)
}
