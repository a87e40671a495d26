//! Where an expression without choices is zero: all candidates on an interval, proved complete.

use std::cmp::Ordering;
use std::sync::Arc;

use rug::{Float, Rational};

use super::graph::{Function, Graph, Id, Node};
use super::interval::Interval;
use super::polynomial::{Polynomial, derivative, squarefree, value};
use super::program::Program;
use super::root::{Root, Simple};
use crate::number::Ball;

/// Most sub-intervals examined, and the largest abscissa up to which they are.
const MAX_INTERVALS: usize = 4000;
const FARTHEST: u32 = 1 << 14;
/// Working precisions, tried in turn.
const PRECISIONS: [u32; 3] = [64, 256, 1024];
/// Largest degree of a polynomial whose roots are isolated.
const MAX_DEGREE: usize = 200;

/// The zeros of an expression.
pub(crate) enum Zeros {
    /// It is zero everywhere.
    Everywhere,
    /// Only some of these, in no order.
    Among(Vec<Root>),
}

/// What could not be decided.
pub(crate) struct Undecided;

/// The zeros of `id` between `low` and `high` (`None`: without end).
pub(crate) fn zeros(
    graph: &mut Graph,
    id: Id,
    low: Option<&Rational>,
    high: Option<&Rational>,
) -> Result<Zeros, Undecided> {
    let mut found = vec![];
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if graph.as_number(id).is_some_and(|r| r.is_zero()) {
            return Ok(Zeros::Everywhere);
        }
        match *graph.node(id) {
            Node::Number(_) | Node::Pi => (),
            Node::Mul(a, b) => open.extend([a, b]),
            Node::Div(a, _) => open.push(a),
            Node::Power(a, n) if n > 0 => open.push(a),
            Node::Power(..) => (),
            Node::Root(a, ref r) if *r > 0 => open.push(a),
            Node::Root(..) => (),
            Node::Call(Function::Exp | Function::Cosh | Function::Sigmoid | Function::Softplus, _) => (),
            // Odd and increasing.
            Node::Call(
                Function::Tanh | Function::Sinh | Function::Atan | Function::Asinh | Function::Erf,
                a,
            ) => open.push(a),
            Node::Call(Function::Log, a) => {
                let one = graph.number(1);
                let difference = graph.sub(a, one);
                open.push(difference);
            }
            _ => match exponential_of(graph, id) {
                Some(exponent) => open.push(exponent),
                None => found.extend(isolated(graph, id, low, high)?),
            },
        }
    }
    Ok(Zeros::Among(found))
}

/// `u` for `e^u - 1` and `1 - e^u`.
fn exponential_of(graph: &Graph, id: Id) -> Option<Id> {
    let &Node::Sub(a, b) = graph.node(id) else { return None };
    [(a, b), (b, a)].into_iter().find_map(|(exponential, one)| match *graph.node(exponential) {
        Node::Call(Function::Exp, u) if graph.as_number(one).is_some_and(|r| *r == 1) => Some(u),
        _ => None,
    })
}

fn isolated(
    graph: &mut Graph,
    id: Id,
    low: Option<&Rational>,
    high: Option<&Rational>,
) -> Result<Vec<Root>, Undecided> {
    if let Some(p) = graph.as_polynomial(id) {
        return polynomial_roots(graph, &p, low, high);
    }
    if graph.is_constant(id) {
        let program = Program::new(graph, id);
        let known = PRECISIONS.iter().any(|&p| program.run(&Ball::zero(p), p).sign().is_some());
        return if known { Ok(vec![]) } else { Err(Undecided) };
    }
    let search = Search::new(graph, id, None);
    let (left, right) = search.bounded(low, high)?;
    search.between(&left, &right)
}

/// All roots, the rational ones exact.
fn polynomial_roots(
    graph: &mut Graph,
    p: &Polynomial,
    low: Option<&Rational>,
    high: Option<&Rational>,
) -> Result<Vec<Root>, Undecided> {
    let p = squarefree(p);
    if p.len() == 2 {
        return Ok(vec![Root::Exact(-Rational::from(&p[0] / &p[1]))]);
    }
    if p.len() > MAX_DEGREE + 1 {
        return Err(Undecided);
    }
    let Some(lead) = p.last() else { return Ok(vec![]) };
    // Cauchy: every root is at most 1 + max |c_i/c_n| in modulus.
    let largest = p.iter().map(|c| Rational::from(c / lead).abs()).max().unwrap_or_default();
    let bound = Rational::from((largest + 2u32).ceil_ref());
    let minus = Rational::from(-&bound);
    let left = low.filter(|l| **l > minus).cloned().unwrap_or(minus);
    let right = high.filter(|h| **h < bound).cloned().unwrap_or(bound);
    let id = graph.from_polynomial(&p);
    let roots =
        if left < right { Search::new(graph, id, Some(p.clone())).between(&left, &right)? } else { vec![] };
    Ok(roots.into_iter().map(|root| rational_root(&p, root)).collect())
}

/// The root as an exact number, if it is one: by the rational root theorem its denominator divides the leading
/// coefficient `a` of the primitive integer polynomial, and two fractions of denominators up to `a` are `1/a²` apart.
fn rational_root(p: &Polynomial, root: Root) -> Root {
    if root.exact().is_some() {
        return root;
    }
    let common = p.iter().fold(rug::Integer::from(1), |l, c| l.lcm(c.denom()));
    let lead = p.last().map(|c| Rational::from(c * &common)).unwrap_or_default();
    let bits = 2 * lead.numer().significant_bits() + 80;
    if bits > 1 << 14 {
        return root;
    }
    let mut near = root.enclose(bits + 64);
    // Wide around a small root: the relative accuracy has to make up for its size.
    if near.radius() > crate::number::Mag::pow2(-i64::from(bits)) {
        near = root.enclose(4 * bits + 64);
    }
    let (Some(low), Some(high)) = (near.lower().to_rational(), near.upper().to_rational()) else {
        return root;
    };
    let candidate = simplest_between(&low, &high);
    if value(p, &candidate).is_zero() { Root::Exact(candidate) } else { root }
}

/// The fraction of least denominator in a closed interval.
pub(crate) fn simplest_between(low: &Rational, high: &Rational) -> Rational {
    let (mut low, mut high) = (low.clone(), high.clone());
    // Convergents: whole parts that both ends share, then the least whole number between them.
    let mut whole_parts: Vec<rug::Integer> = vec![];
    let mut last = loop {
        let floor = Rational::from(low.floor_ref());
        let next = Rational::from(&floor + 1u32);
        if low == floor {
            break floor;
        }
        if next <= high {
            break next;
        }
        whole_parts.push(floor.numer().clone());
        (low, high) =
            (Rational::from((high - &floor).recip_ref()), Rational::from((low - &floor).recip_ref()));
    };
    for whole in whole_parts.into_iter().rev() {
        last = Rational::from(last.recip_ref()) + whole;
    }
    last
}

/// A search for the zeros of one function by exclusion and monotonicity.
struct Search {
    function: Arc<Program>,
    derivative: Arc<Program>,
    second: Arc<Program>,
    polynomial: Option<Polynomial>,
}

impl Search {
    fn new(graph: &mut Graph, id: Id, polynomial: Option<Polynomial>) -> Search {
        let (first, second) = match &polynomial {
            // Horner's form again, which is evaluated best.
            Some(p) => {
                let slope = derivative(p);
                let curvature = derivative(&slope);
                (graph.from_polynomial(&slope), graph.from_polynomial(&curvature))
            }
            None => {
                let first = graph.derivative(id);
                (first, graph.derivative(first))
            }
        };
        let program = |id| Arc::new(Program::new(graph, id));
        Search { function: program(id), derivative: program(first), second: program(second), polynomial }
    }

    /// Finite ends outside of which there is no zero.
    fn bounded(
        &self,
        low: Option<&Rational>,
        high: Option<&Rational>,
    ) -> Result<(Rational, Rational), Undecided> {
        let mut ends = [low.cloned(), high.cloned()];
        for (i, end) in ends.iter_mut().enumerate().filter(|(_, end)| end.is_none()) {
            let mut far = 4u32;
            *end = loop {
                let at = if i == 0 { -Rational::from(far) } else { Rational::from(far) };
                let beyond =
                    [low, high][1 - i].is_none_or(|other| if i == 0 { at < *other } else { at > *other });
                if beyond && self.keeps_sign_beyond(&at, i == 0) {
                    break Some(at);
                }
                if far >= FARTHEST {
                    return Err(Undecided);
                }
                far *= 4;
            };
        }
        match ends {
            [Some(low), Some(high)] => Ok((low, high)),
            _ => Err(Undecided),
        }
    }

    /// Is the function free of zeros from `at` on to the left (right)?
    fn keeps_sign_beyond(&self, at: &Rational, left: bool) -> bool {
        let range =
            if left { Interval::between(None, Some(at), 64) } else { Interval::between(Some(at), None, 64) };
        if self.function.run(&range, 64).sign().is_some() {
            return true;
        }
        // Away from `at` the function moves from its value there in the direction of its slope.
        let outward = |slope: Option<Ordering>| slope.map(|s| if left { s.reverse() } else { s });
        let there = |f: &Program| f.run(&Ball::from_gmp_rational(at, 128), 128).sign();
        let value = there(&self.function);
        if value.is_none() {
            return false;
        }
        if outward(self.derivative.run(&range, 64).sign()) == value {
            return true;
        }
        let slope = outward(there(&self.derivative));
        let curvature = self.second.run(&range, 64).sign();
        // On the right f'' > 0 and f'(at) > 0 make f' > 0; on the left f'' > 0 and f'(at) < 0 make f' < 0.
        slope == value && curvature == value
    }

    fn between(&self, low: &Rational, high: &Rational) -> Result<Vec<Root>, Undecided> {
        PRECISIONS.iter().find_map(|&p| self.at_precision(low, high, p).ok()).ok_or(Undecided)
    }

    fn at_precision(&self, low: &Rational, high: &Rational, prec: u32) -> Result<Vec<Root>, Undecided> {
        let mut found: Vec<Root> = vec![];
        let mut open = vec![(low.clone(), high.clone())];
        let width = Rational::from(high - low);
        let narrowest = width >> (prec / 2);
        for _ in 0..MAX_INTERVALS {
            let Some((a, b)) = open.pop() else { return Ok(found) };
            let range = Interval::between(Some(&a), Some(&b), prec);
            if self.function.run(&range, prec).sign().is_some() {
                continue;
            }
            if self.derivative.run(&range, prec).sign().is_some()
                && let Some(root) = self.monotone(&a, &b)
            {
                found.extend(root);
                continue;
            }
            if Rational::from(&b - &a) < narrowest {
                return Err(Undecided);
            }
            let middle = short_middle(&a, &b);
            open.push((middle.clone(), b));
            open.push((a, middle));
        }
        Err(Undecided)
    }

    /// The zero in `[a, b]`, on which the function is monotone; `None` when a sign at an end stays open.
    fn monotone(&self, a: &Rational, b: &Rational) -> Option<Option<Root>> {
        for end in [a, b] {
            if self.sign_at(end)? == Ordering::Equal {
                return Some(Some(Root::Exact(end.clone())));
            }
        }
        if self.sign_at(a)? == self.sign_at(b)? {
            return Some(None);
        }
        let root = Root::Simple(Arc::new(Simple {
            function: Arc::clone(&self.function),
            derivative: Arc::clone(&self.derivative),
            low: a.clone(),
            high: b.clone(),
            polynomial: self.polynomial.clone(),
        }));
        if self.polynomial.is_some() {
            return Some(Some(root));
        }
        // Perhaps the zero is a simple number.
        let near = root.enclose(96);
        let (low, high) = (near.lower().to_rational()?, near.upper().to_rational()?);
        let candidate = simplest_between(&low, &high);
        let is_root = a <= &candidate && &candidate <= b && self.sign_at(&candidate) == Some(Ordering::Equal);
        Some(Some(if is_root { Root::Exact(candidate) } else { root }))
    }

    fn sign_at(&self, x: &Rational) -> Option<Ordering> {
        match &self.polynomial {
            Some(p) => Some(value(p, x).cmp0()),
            None => {
                PRECISIONS.iter().find_map(|&p| self.function.run(&Ball::from_gmp_rational(x, p), p).sign())
            }
        }
    }
}

/// A number near the middle of `[a, b]` that is a double.
fn short_middle(a: &Rational, b: &Rational) -> Rational {
    let middle = Rational::from(a + b) / 2u32;
    let short = Float::with_val(53, &middle).to_rational().unwrap_or_default();
    if *a < short && short < *b { short } else { middle }
}
