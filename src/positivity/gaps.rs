//! The whole, the even or the odd part of a formula between the breakpoints of both sides.

use rug::Rational;

use super::characterization::Part;
use crate::expression::normal::Normal;
use crate::expression::pieces::Pieces;
use crate::expression::polynomial::Polynomial;

/// Between two cuts the part has one expression.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    /// `None`: without end.
    pub(super) low: Option<Rational>,
    pub(super) high: Option<Rational>,
    pub(super) form: Option<Normal>,
}

/// The line without the breakpoints.
pub(super) struct Gaps {
    pub(super) gaps: Vec<Gap>,
    /// Do the gaps leave out nothing but single points?
    pub(super) complete: bool,
}

/// Around a breakpoint or minus one.
struct Cut {
    low: Rational,
    high: Rational,
    /// The index of the breakpoint, and whether this is its mirror image.
    of: (usize, bool),
}

impl Gaps {
    pub(super) fn new(pieces: &mut Pieces, part: Part) -> Gaps {
        let mut cuts: Vec<Cut> = vec![];
        for (i, b) in pieces.breakpoints.iter().enumerate() {
            cuts.push(Cut { low: b.below(), high: b.above(), of: (i, false) });
            if part != Part::Whole {
                cuts.push(Cut { low: -b.above(), high: -b.below(), of: (i, true) });
            }
        }
        cuts.sort_by(|a, b| a.low.cmp(&b.low));
        let mut complete = true;
        let mut clusters: Vec<(Rational, Rational)> = vec![];
        let mut last: Option<&Cut> = None;
        for cut in &cuts {
            match clusters.last_mut() {
                Some(cluster) if cut.low <= cluster.1 => {
                    complete &= last.is_some_and(|last| is_one_point(pieces, last, cut));
                    cluster.1 = (&cluster.1).max(&cut.high).clone();
                }
                _ => clusters.push((cut.low.clone(), cut.high.clone())),
            }
            last = Some(cut);
        }
        let mut gaps = vec![];
        for i in 0..=clusters.len() {
            let low = i.checked_sub(1).map(|j| clusters[j].1.clone());
            let high = clusters.get(i).map(|c| c.0.clone());
            // How many breakpoints lie left of the gap, and of its mirror image.
            let left_of = |low: &Option<Rational>, minus: bool| {
                let is_left = |c: &&Cut| c.of.1 == minus && low.as_ref().is_some_and(|low| c.high <= *low);
                cuts.iter().filter(is_left).count()
            };
            let (here, mirrored) = (left_of(&low, false), left_of(&low, true));
            let there = pieces.breakpoints.len() - mirrored;
            let form = part_form(pieces, part, here, there);
            gaps.push(Gap { low, high, form });
        }
        Gaps { gaps, complete }
    }

    /// The one form that all gaps have, if they leave out nothing else.
    pub(super) fn common(&self) -> Option<&Normal> {
        let first = self.gaps.first()?.form.as_ref()?;
        let same = self.complete && self.gaps.iter().all(|g| g.form.as_ref() == Some(first));
        same.then_some(first)
    }

    /// Two gaps with different rational polynomials.
    pub(super) fn two_polynomials(&self) -> Option<[(Rational, Rational, Polynomial); 2]> {
        let mut found = self.gaps.iter().filter_map(|g| {
            let p = g.form.as_ref()?.as_polynomial()?;
            let (low, high) = g.inner()?;
            Some((low, high, p))
        });
        let first = found.next()?;
        let second = found.find(|g| g.2 != first.2)?;
        Some([first, second])
    }
}

impl Gap {
    /// A closed interval of short numbers inside.
    fn inner(&self) -> Option<(Rational, Rational)> {
        let floor = |r: &Rational| Rational::from(r.floor_ref());
        let ceil = |r: &Rational| Rational::from(r.ceil_ref());
        match (&self.low, &self.high) {
            (None, None) => Some((Rational::from(-1), Rational::from(1))),
            (Some(low), None) => Some((floor(low) + 1u32, floor(low) + 2u32)),
            (None, Some(high)) => Some((ceil(high) - 2u32, ceil(high) - 1u32)),
            (Some(low), Some(high)) => {
                let sixth = Rational::from(high - low) / 6u32;
                let at = |k: u32| low + Rational::from(&sixth * k);
                let shortest = crate::expression::simplest_between;
                (sixth > 0).then(|| (shortest(&at(1), &at(2)), shortest(&at(4), &at(5))))
            }
        }
    }
}

/// Are two cuts known to be around one number?
fn is_one_point(pieces: &Pieces, a: &Cut, b: &Cut) -> bool {
    let (p, q) = (&pieces.breakpoints[a.of.0], &pieces.breakpoints[b.of.0]);
    if let (Some(x), Some(y)) = (p.exact(), q.exact()) {
        return if a.of.1 == b.of.1 { x == y } else { *x == Rational::from(-y) };
    }
    a.of.1 != b.of.1 && p.is_minus(q)
}

/// `(f_i(x) ± f_j(-x))/2` by the pieces' normal forms.
fn part_form(pieces: &mut Pieces, part: Part, i: usize, j: usize) -> Option<Normal> {
    let here = pieces.forms.get(i)?.clone()?;
    let sign = match part {
        Part::Whole => return Some(here),
        Part::Even => 1,
        Part::Odd => -1,
    };
    let x = pieces.graph.variable();
    let minus_x = pieces.graph.neg(x);
    let mirrored = pieces.graph.substituted(pieces.pieces.get(j)?.expression, minus_x);
    let there = pieces.table.of(&pieces.graph, mirrored)?;
    Some(here.plus(&there, &Rational::from(sign)).scaled(&Rational::from((1, 2))))
}
