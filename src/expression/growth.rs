//! Bounds of an expression far out, on one side.

use std::collections::HashMap;

use rug::Rational;
use rug::float::Round;

use super::graph::{Function, Graph, Id, Node};
use super::interval::Interval;
use super::polynomial::Polynomial;
use super::program::{Value, node_values_with};
use crate::number::{Ball, Mag};

/// `|f(x)| <= constant (1+|x|)^degree e^{linear |x| + quadratic x²}`.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) constant: Mag,
    pub(crate) degree: u32,
    pub(crate) linear: Rational,
    pub(crate) quadratic: Rational,
}

impl Bound {
    fn constant(constant: Mag) -> Bound {
        Bound { constant, degree: 0, linear: Rational::new(), quadratic: Rational::new() }
    }

    /// A bound of `|f| + |g|` and, both constants being below their sum, of either.
    pub(crate) fn sum(&self, other: &Bound) -> Bound {
        Bound {
            constant: self.constant + other.constant,
            degree: self.degree.max(other.degree),
            linear: (&self.linear).max(&other.linear).clone(),
            quadratic: (&self.quadratic).max(&other.quadratic).clone(),
        }
    }

    fn product(&self, other: &Bound) -> Bound {
        Bound {
            constant: self.constant * other.constant,
            degree: self.degree.saturating_add(other.degree),
            linear: Rational::from(&self.linear + &other.linear),
            quadratic: Rational::from(&self.quadratic + &other.quadratic),
        }
    }

    /// The bound to the power `r > 0`.
    fn power(&self, r: &Rational) -> Option<Bound> {
        let (p, n) = (r.numer().to_u32()?, r.denom().to_u32()?);
        let mut base = self.constant.to_float();
        base.root_round(n, Round::Up);
        let degree = Rational::from(r * self.degree).ceil();
        Some(Bound {
            constant: Mag::from_float(&base).pow(u64::from(p)),
            degree: degree.numer().to_u32()?,
            linear: Rational::from(&self.linear * r),
            quadratic: Rational::from(&self.quadratic * r),
        })
    }

    /// A bound of `log(|f|)` from above, without the sign: `log C + d log(1+|x|) + l|x| + c x²` is at most
    /// `(|log C| + d + l + c)(1+|x|)^m`, with `m = 2` where `c > 0`, else 1 where anything grows.
    fn logarithm(&self) -> Bound {
        let size = Ball::exact(self.constant.max(Mag::ONE).to_float()).ln().magnitude();
        let positive = |r: &Rational| if *r > 0 { upper(r) } else { Mag::ZERO };
        let (linear, quadratic) = (positive(&self.linear), positive(&self.quadratic));
        let degree = if !quadratic.is_zero() { 2 } else { u32::from(self.degree > 0 || !linear.is_zero()) };
        let constant = size + Mag::from_usize(self.degree as usize) + linear + quadratic;
        Bound { degree, ..Bound::constant(constant) }
    }
}

fn upper(r: &Rational) -> Mag {
    Ball::from_gmp_rational(r, 64).magnitude()
}

/// A bound of the expression for `x <= -from` (`left`) or `x >= from`; `None` where no such bound is found.
pub(crate) fn bound(graph: &Graph, root: Id, left: bool, from: &Rational) -> Option<Bound> {
    bound_with(graph, root, left, from, &graph.polynomials(root))
}

/// Which nodes are polynomials.
pub(crate) type Polynomials = HashMap<Id, Option<Polynomial>>;

/// The same where it is known which nodes are polynomials: long ones take longer to find than all else.
pub(crate) fn bound_with(
    graph: &Graph,
    root: Id,
    left: bool,
    from: &Rational,
    polynomials: &Polynomials,
) -> Option<Bound> {
    let minus = Rational::from(-from);
    let range = if left {
        Interval::between(None, Some(&minus), 64)
    } else {
        Interval::between(Some(from), None, 64)
    };
    let ranges = node_values_with(graph, &[root], &range, 64, |id| {
        polynomial_range(polynomials.get(&id)?.as_ref()?, &range)
    });
    let mut side = Side { graph, left, from, polynomials, ranges, bounds: HashMap::new() };
    for id in graph.reachable(&[root]) {
        let bound = side.of(id);
        side.bounds.insert(id, bound);
    }
    side.bounds.remove(&root).flatten()
}

/// `c_n x^n + … + c_0 = x^n (c_n + c_{n-1}/x + …)`, where nothing cancels far out.
fn polynomial_range(p: &[Rational], range: &Interval) -> Option<Interval> {
    let degree = i32::try_from(p.len()).ok()? - 1;
    if degree < 1 {
        return None;
    }
    let number = |c: &Rational| Interval::between(Some(c), Some(c), 64);
    let inverse = range.whole_power(-1);
    let rest = p.iter().fold(number(&Rational::new()), |sum, c| sum.mul(&inverse).add(&number(c)));
    Some(rest.mul(&range.whole_power(degree)))
}

/// One side of the line.
struct Side<'a> {
    graph: &'a Graph,
    left: bool,
    from: &'a Rational,
    polynomials: &'a Polynomials,
    ranges: HashMap<Id, Interval>,
    bounds: HashMap<Id, Option<Bound>>,
}

impl Side<'_> {
    fn at(&self, id: Id) -> Option<&Bound> {
        self.bounds.get(&id)?.as_ref()
    }

    fn of(&self, id: Id) -> Option<Bound> {
        let node = self.graph.node(id);
        // An exponential may decay, which products with it need.
        if let &Node::Call(Function::Exp, u) = node
            && let Some(bound) = self.exponential(u, 1)
        {
            return Some(bound);
        }
        let largest = self.ranges[&id].largest();
        if largest.is_finite() {
            return Some(Bound::constant(Mag::from_float(&largest)));
        }
        match node {
            Node::Variable => Some(Bound { degree: 1, ..Bound::constant(Mag::ONE) }),
            Node::Add(a, b) | Node::Sub(a, b) => Some(self.at(*a)?.sum(self.at(*b)?)),
            Node::Mul(a, b) => Some(self.at(*a)?.product(self.at(*b)?)),
            Node::Div(a, b) => Some(self.at(*a)?.product(&self.reciprocal(*b)?)),
            Node::Power(a, n) if *n > 0 => self.at(*a)?.power(&Rational::from(*n)),
            Node::Power(a, n) => self.reciprocal(*a)?.power(&Rational::from(n.unsigned_abs())),
            Node::Root(a, r) if *r > 0 => self.at(*a)?.power(r),
            Node::Root(a, r) => self.reciprocal(*a)?.power(&Rational::from(-r)),
            Node::Call(f, u) => self.call(*f, *u),
            _ => None,
        }
    }

    fn reciprocal(&self, id: Id) -> Option<Bound> {
        let one = Interval::between(Some(&Rational::from(1)), Some(&Rational::from(1)), 64);
        let largest = one.div(&self.ranges[&id]).largest();
        largest.is_finite().then(|| Bound::constant(Mag::from_float(&largest)))
    }

    fn call(&self, f: Function, u: Id) -> Option<Bound> {
        match f {
            Function::Sinh | Function::Cosh => Some(self.exponential(u, 1)?.sum(&self.exponential(u, -1)?)),
            Function::Log => {
                // |log u| <= |log of the upper bound| + |log of the lower bound|.
                let low = self.ranges[&u].low().clone();
                if low <= 0 {
                    return None;
                }
                let below = Ball::exact(low).ln().magnitude();
                Some(self.at(u)?.logarithm().sum(&Bound::constant(below)))
            }
            Function::Asinh => {
                // |asinh u| <= log(1 + 2|u|).
                let bound = self.at(u)?;
                let inner = Bound { constant: bound.constant.shl(1) + Mag::ONE, ..bound.clone() };
                Some(inner.logarithm())
            }
            // 0 <= softplus(u) <= |u| + log 2.
            Function::Softplus => Some(self.at(u)?.sum(&Bound::constant(Mag::ONE))),
            _ => None,
        }
    }

    /// A bound of `e^{sign·u}`.
    fn exponential(&self, u: Id, sign: i32) -> Option<Bound> {
        let [c0, linear, quadratic] = self.quadratic(u, sign)?;
        let constant = Ball::from_gmp_rational(&c0, 64).exp().magnitude();
        constant.is_finite().then_some(Bound { constant, degree: 0, linear, quadratic })
    }

    /// `[a, b, c]` with `sign·u <= a + b|x| + c x²`.
    fn quadratic(&self, u: Id, sign: i32) -> Option<[Rational; 3]> {
        let zero = Rational::new;
        if let Some(p) = self.polynomials.get(&u).and_then(Option::as_ref) {
            let at = |i: usize| p.get(i).map(|c| Rational::from(c * sign)).unwrap_or_default();
            if p.len() <= 3 {
                let linear = if self.left { -at(1) } else { at(1) };
                return Some([at(0), linear, at(2)]);
            }
            return self.is_negative_far_out(p, sign).then(|| [zero(), zero(), zero()]);
        }
        match self.graph.node(u) {
            Node::Add(a, b) => return Some(added(self.quadratic(*a, sign)?, self.quadratic(*b, sign)?)),
            Node::Sub(a, b) => return Some(added(self.quadratic(*a, sign)?, self.quadratic(*b, -sign)?)),
            Node::Mul(c, b) if self.graph.as_number(*c).is_some() => {
                let factor = self.graph.as_number(*c).cloned().unwrap_or_default();
                let sign = if factor < 0 { -sign } else { sign };
                return Some(self.quadratic(*b, sign)?.map(|r| r * Rational::from(factor.abs_ref())));
            }
            _ => (),
        }
        let range = &self.ranges[&u];
        let greatest = if sign > 0 { range.high().clone() } else { -range.low().clone() };
        if let Some(greatest) = greatest.to_rational() {
            return Some([greatest, zero(), zero()]);
        }
        let bound = self.at(u)?;
        if bound.linear > 0 || bound.quadratic > 0 {
            return None;
        }
        let c = bound.constant.to_float().to_rational()?;
        match bound.degree {
            0 => Some([c, zero(), zero()]),
            1 => Some([c.clone(), c, zero()]),
            // (1+|x|)² = 1 + 2|x| + x².
            2 => Some([c.clone(), c.clone() * 2u32, c]),
            _ => None,
        }
    }

    /// Is `sign·p(x) <= 0` from `from` on? The leading term outweighs the others.
    fn is_negative_far_out(&self, p: &[Rational], sign: i32) -> bool {
        let Some(lead) = p.last() else { return true };
        let degree = p.len() - 1;
        let flipped = self.left && degree % 2 == 1;
        if (*lead > 0) != ((sign < 0) != flipped) {
            return false;
        }
        // Σ |c_i/c_n| from^{i-n} <= 1.
        let others = p[..degree]
            .iter()
            .fold(Rational::new(), |sum, c| (sum + Rational::from(c.abs_ref())) / self.from);
        others <= Rational::from(lead.abs_ref())
    }
}

fn added(a: [Rational; 3], b: [Rational; 3]) -> [Rational; 3] {
    let mut out = a;
    out.iter_mut().zip(b).for_each(|(o, b)| *o += b);
    out
}
