//! Bounds of an expression next to a point where it is not analytic, by powers of the distance and logarithms.

use std::collections::{HashMap, HashSet};

use rug::Rational;
use rug::float::Round;

use super::graph::{Function, Graph, Id, Node};
use super::interval::Interval;
use super::partition::critical_argument;
use super::program::node_values;
use super::removable::{Expansion, expansions};
use crate::number::{Ball, Mag};

/// With `t` the distance to the point, `0 < t <= 1`.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    /// `|f| <= constant t^order (1 + |log t|)^logs`.
    upper: Option<(Mag, Rational, u32)>,
    /// `|f| >= constant t^order`.
    lower: Option<(Mag, Rational)>,
}

/// A bound from above.
type Upper = (Mag, Rational, u32);

impl Local {
    /// The order of the bound from above.
    pub(crate) fn order(&self) -> Option<&Rational> {
        self.upper.as_ref().map(|u| &u.1)
    }

    /// Bounds from the expansion of an analytic function, where they are sharper.
    pub(crate) fn sharpened(mut self, expansion: &Expansion) -> Local {
        if let Some((constant, order)) = expansion.upper() {
            better(&mut self.upper, (constant, order, 0));
        }
        let less =
            |known: &Option<(Mag, Rational)>, order: &Rational| known.as_ref().is_none_or(|k| order < &k.1);
        if let Some(bound) = expansion.lower().filter(|bound| less(&self.lower, &bound.1)) {
            self.lower = Some(bound);
        }
        self
    }

    /// Is the square surely not integrable?
    pub(crate) fn is_too_large(&self) -> bool {
        self.lower.as_ref().is_some_and(|(c, order)| !c.is_zero() && Rational::from(order * 2) <= -1)
    }

    /// Is the square surely integrable?
    pub(crate) fn is_square_integrable(&self) -> bool {
        self.upper.as_ref().is_some_and(|(c, order, _)| c.is_finite() && Rational::from(order * 2) > -1)
    }

    /// A bound of `∫_0^h |f|^p dt`.
    pub(crate) fn integral(&self, p: u32, h: Mag) -> Mag {
        let Some((constant, order, logs)) = &self.upper else { return Mag::INFINITY };
        // t^e (1 + |log t|)^m integrates to I_m = h^{e+1} (1 + |log h|)^m/(e+1) + m/(e+1) I_{m-1}, h <= 1.
        let e1 = Rational::from(order * p) + 1u32;
        let h = Ball::exact(h.to_float()).with_precision(64);
        if e1 <= 0 || h.upper() > 1 || h.lower() <= 0 {
            return Mag::INFINITY;
        }
        let log = h.ln();
        let rate = Ball::from_gmp_rational(&e1, 64);
        let power = ((&log * &rate).exp() / &rate).magnitude();
        let inverse = rate.recip().magnitude();
        let base = Mag::ONE + log.magnitude();
        let integral = (1..=logs * p).fold(power, |lower, m| {
            power * base.pow(u64::from(m)) + Mag::from_usize(m as usize) * inverse * lower
        });
        constant.pow(u64::from(p)) * integral
    }
}

/// Where and on which side an expression is looked at.
pub(crate) struct Place<'a> {
    pub(crate) graph: &'a Graph,
    /// The derivatives of all nodes.
    pub(crate) slopes: &'a HashMap<Id, Id>,
    /// The point.
    pub(crate) point: &'a Ball,
    /// Does the interval lie to the right of the point?
    pub(crate) right: bool,
    /// From the point to somewhere at most one away.
    pub(crate) interval: &'a Ball,
}

/// The bounds on the interval. The arguments in which an expression is not analytic keep their sign on the piece.
pub(crate) fn local(place: &Place, root: Id) -> Local {
    let order = place.graph.reachable(&[root]);
    let critical = order.iter().filter_map(|&id| critical_argument(place.graph.node(id))).collect();
    let slopes = order.iter().filter_map(|id| place.slopes.get(id).copied());
    let roots: Vec<Id> = slopes.chain([root]).collect();
    let prec = place.interval.precision().max(64);
    let values = node_values(place.graph, &roots, place.interval, prec);
    let there = node_values(place.graph, &roots, place.point, prec);
    let ranges = node_values(place.graph, &[root], &one_sided(place, prec), prec);
    let expansions = expansions(place.graph, &[root], place.point, place.interval, prec);
    let mut at = At { place, values, there, ranges, critical, known: HashMap::new() };
    for &id in &order {
        let bounds = at.of(id);
        let bounds = match expansions.get(&id) {
            Some(expansion) => bounds.sharpened(expansion),
            None => bounds,
        };
        at.known.insert(id, bounds);
    }
    at.known.remove(&root).unwrap_or(Local { upper: None, lower: None })
}

/// The part of the interval on the right side of the point.
fn one_sided(place: &Place, prec: u32) -> Interval {
    let (mut low, mut high) = (place.interval.lower(), place.interval.upper());
    if place.right && low < place.point.lower() {
        low = place.point.lower();
    }
    if !place.right && high > place.point.upper() {
        high = place.point.upper();
    }
    low.set_prec_round(prec, Round::Down);
    high.set_prec_round(prec, Round::Up);
    Interval::new(low, high)
}

struct At<'a> {
    place: &'a Place<'a>,
    values: HashMap<Id, Ball>,
    there: HashMap<Id, Ball>,
    /// Ranges on the one side, where an infinite end has its sign.
    ranges: HashMap<Id, Interval>,
    /// The arguments that keep their sign on the piece.
    critical: HashSet<Id>,
    known: HashMap<Id, Local>,
}

impl At<'_> {
    fn slope(&self, id: Id) -> Option<&Ball> {
        self.values.get(self.place.slopes.get(&id)?).filter(|s| s.is_finite())
    }

    fn of(&self, id: Id) -> Local {
        let value = &self.values[&id];
        let mut upper = self.upper(id);
        let mut lower = self.lower(id);
        let largest = self.ranges[&id].largest();
        if largest.is_finite() {
            better(&mut upper, (Mag::from_float(&largest), Rational::new(), 0));
        }
        if value.is_finite() {
            better(&mut upper, (value.magnitude(), Rational::new(), 0));
            let slope = self.slope(id);
            if let Some(slope) = slope.filter(|_| self.there[&id].is_exact_zero()) {
                // |f(x)| <= |f(b)| + sup |f'| t.
                better(&mut upper, (slope.magnitude(), Rational::from(1), 0));
            }
            if !value.contains_zero() {
                lower = Some((value.mignitude(), Rational::new()));
            } else if lower.is_none()
                && let Some(slope) = slope.filter(|s| !s.contains_zero())
                && self.grows_away(id, slope)
            {
                lower = Some((slope.mignitude(), Rational::from(1)));
            }
        }
        Local { upper, lower }
    }

    /// Away from the point the function moves with a slope of one sign; on the piece it has that sign too, so that
    /// `|f(x)| >= |f(b)| + inf |f'| t >= inf |f'| t`.
    fn grows_away(&self, id: Id, slope: &Ball) -> bool {
        if self.there[&id].is_exact_zero() {
            return true;
        }
        let end = if self.place.right { self.place.interval.upper() } else { self.place.interval.lower() };
        let far =
            node_values(self.place.graph, &[id], &Ball::exact(end), self.place.interval.precision().max(64));
        let outward = if self.place.right { slope.clone() } else { -slope };
        self.critical.contains(&id) && far[&id].sign().is_some() && far[&id].sign() == outward.sign()
    }

    fn upper(&self, id: Id) -> Option<Upper> {
        let up = |id: &Id| self.known[id].upper.clone();
        let down = |id: &Id| self.known[id].lower.clone();
        match self.place.graph.node(id) {
            Node::Add(a, b) | Node::Sub(a, b) => {
                let ((c, s, m), (d, r, n)) = (up(a)?, up(b)?);
                // t^s <= t^min for t <= 1.
                Some((c + d, s.min(r), m.max(n)))
            }
            Node::Mul(a, b) => {
                let ((c, s, m), (d, r, n)) = (up(a)?, up(b)?);
                Some((c * d, s + r, m + n))
            }
            Node::Div(a, b) => {
                let ((c, s, m), (d, r)) = (up(a)?, down(b)?);
                Some((c.div_by_lower(d), s - r, m))
            }
            Node::Power(a, n) => self.power(a, &Rational::from(*n)),
            Node::Root(a, r) => self.power(a, r),
            Node::Call(Function::Log, a) => {
                // log|u| lies between log c + k log t and log C + s log t + m log(1+|log t|).
                let ((c, s, m), (d, k)) = (up(a)?, down(a)?);
                let log = |c: Mag| Ball::exact(c.to_float()).ln().magnitude();
                let rate = s.abs().max(k.abs());
                let rate = Ball::from_gmp_rational(&rate, 64).magnitude() + Mag::from_usize(m as usize);
                Some((log(c) + log(d) + rate, Rational::new(), 1))
            }
            // |asinh u| <= |u|, softplus(u) <= |u| + log 2.
            Node::Call(Function::Asinh, a) => up(a),
            Node::Call(Function::Softplus, a) => {
                up(a).map(|(c, s, m)| (c + Mag::ONE, s.min(Rational::new()), m))
            }
            Node::Call(
                Function::Sin | Function::Cos | Function::Tanh | Function::Erf | Function::Sigmoid,
                _,
            ) => Some((Mag::ONE, Rational::new(), 0)),
            Node::Call(Function::Atan, _) => Some((Mag::pow2(1), Rational::new(), 0)),
            _ => None,
        }
    }

    fn power(&self, a: &Id, r: &Rational) -> Option<Upper> {
        let size = Rational::from(r.abs_ref());
        let (p, n) = (size.numer().to_u32()?, size.denom().to_u32()?);
        if *r > 0 {
            let (c, s, m) = self.known[a].upper.clone()?;
            return Some((root(c, n, Round::Up).pow(u64::from(p)), s * size, (m * p).div_ceil(n)));
        }
        let (c, k) = self.known[a].lower.clone()?;
        let inverse = Mag::ONE.div_by_lower(root(c, n, Round::Down));
        Some((inverse.pow(u64::from(p)), -(k * size), 0))
    }

    fn lower(&self, id: Id) -> Option<(Mag, Rational)> {
        let up = |id: &Id| self.known[id].upper.clone();
        let down = |id: &Id| self.known[id].lower.clone();
        // Upper bounds of a reciprocal's constant turn into lower bounds.
        let product = |c: Mag, d: Mag| inverse(Mag::ONE.div_by_lower(c) * Mag::ONE.div_by_lower(d));
        match self.place.graph.node(id) {
            Node::Mul(a, b) => {
                let ((c, s), (d, r)) = (down(a)?, down(b)?);
                Some((product(c, d), s + r))
            }
            Node::Div(a, b) => {
                let ((c, s), (d, r, m)) = (down(a)?, up(b)?);
                if m > 0 || d.is_zero() {
                    return None;
                }
                Some((product(c, inverse(d)), s - r))
            }
            Node::Power(a, n) if *n > 0 => {
                let (c, s) = down(a)?;
                Some((inverse(Mag::ONE.div_by_lower(c).pow(n.unsigned_abs().into())), s * Rational::from(*n)))
            }
            Node::Power(a, n) => {
                let (c, s, m) = up(a)?;
                if m > 0 || c.is_zero() {
                    return None;
                }
                Some((inverse(c.pow(n.unsigned_abs().into())), s * Rational::from(*n)))
            }
            Node::Root(a, r) if *r > 0 => {
                let (c, s) = down(a)?;
                let (p, n) = (r.numer().to_u32()?, r.denom().to_u32()?);
                let base = Mag::ONE.div_by_lower(root(c, n, Round::Down));
                Some((inverse(base.pow(p.into())), s * r))
            }
            Node::Root(a, r) => {
                let (c, s, m) = up(a)?;
                if m > 0 || c.is_zero() {
                    return None;
                }
                let size = Rational::from(-r);
                let (p, n) = (size.numer().to_u32()?, size.denom().to_u32()?);
                Some((inverse(root(c, n, Round::Up).pow(p.into())), s * r))
            }
            _ => None,
        }
    }
}

/// A lower bound of `1/x` for an upper bound `x`: one rounding down.
fn inverse(x: Mag) -> Mag {
    if !x.is_finite() {
        return Mag::ZERO;
    }
    let value = rug::Float::with_val_round(53, 1 / x.to_float(), Round::Down).0;
    Mag::from_float_lower(&value)
}

fn root(x: Mag, n: u32, round: Round) -> Mag {
    let mut out = x.to_float();
    out.root_round(n, round);
    if round == Round::Up { Mag::from_float(&out) } else { Mag::from_float_lower(&out) }
}

/// Keeps the bound of larger order, or of fewer logarithms.
fn better(best: &mut Option<Upper>, new: Upper) {
    let replace = match best {
        None => true,
        Some((c, s, m)) => {
            !c.is_finite()
                || (&new.1, std::cmp::Reverse(new.2)) > (&*s, std::cmp::Reverse(*m))
                || (new.1 == *s && new.2 == *m && new.0 < *c)
        }
    };
    if replace {
        *best = Some(new);
    }
}
