//! Expressions that surely grow like a Gaussian's reciprocal, or faster: what no square-integrable function does.

use rug::Rational;

use super::graph::{Function, Graph, Id, Node};

/// How fast an expression grows far out on one side, from below.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Excess {
    /// `|f(x)| >= e^{c x² - b|x|}` with some `b` from some `|x|` on.
    Quadratic(Rational),
    /// Faster than any `e^{c x²}`.
    Any,
}

impl Excess {
    fn plus(self, other: Excess) -> Excess {
        match (self, other) {
            (Excess::Quadratic(a), Excess::Quadratic(b)) => Excess::Quadratic(a + b),
            _ => Excess::Any,
        }
    }

    fn times(self, r: &Rational) -> Excess {
        match self {
            Excess::Quadratic(c) => Excess::Quadratic(c * r),
            Excess::Any => Excess::Any,
        }
    }
}

/// A bound from below; `None` where none is known.
pub(crate) fn excess(graph: &Graph, id: Id, left: bool) -> Option<Excess> {
    let none = || Excess::Quadratic(Rational::new());
    if let Some(p) = graph.as_polynomial(id) {
        // A polynomial is at least e^{-|x|} far out.
        return p.iter().any(|c| !c.is_zero()).then(none);
    }
    match graph.node(id) {
        Node::Pi => Some(none()),
        Node::Mul(a, b) => Some(excess(graph, *a, left)?.plus(excess(graph, *b, left)?)),
        Node::Div(a, b) => {
            // Only what surely grows no faster than a polynomial may stand below.
            graph.as_polynomial(*b)?;
            excess(graph, *a, left)
        }
        Node::Power(a, n) if *n > 0 => Some(excess(graph, *a, left)?.times(&Rational::from(*n))),
        Node::Root(a, r) if *r > 0 => Some(excess(graph, *a, left)?.times(r)),
        Node::Call(Function::Exp, u) => exponential(graph, *u, left, false),
        Node::Call(Function::Cosh | Function::Sinh, u) => exponential(graph, *u, left, true),
        _ => None,
    }
}

/// `e^u`, or `(e^u ± e^{-u})/2`.
fn exponential(graph: &Graph, u: Id, left: bool, both: bool) -> Option<Excess> {
    let p = graph.as_polynomial(u)?;
    let degree = p.iter().rposition(|c| !c.is_zero()).unwrap_or(0);
    let lead = p.get(degree)?.clone();
    let lead = if left && degree % 2 == 1 { -lead } else { lead };
    let lead = if both { lead.abs() } else { lead };
    match degree {
        0 | 1 => Some(Excess::Quadratic(Rational::new())),
        2 => Some(Excess::Quadratic(lead)),
        _ => (lead > 0).then_some(Excess::Any),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::syntax::parse;

    #[test]
    fn growth_from_below() {
        let of = |text: &str| {
            let parsed = parse(text).unwrap_or_else(|_| panic!("{text}"));
            [true, false].map(|left| excess(&parsed.graph, parsed.root, left))
        };
        let quadratic = |n: i32, d: i32| Some(Excess::Quadratic(Rational::from((n, d))));
        assert_eq!(of("exp(x^2/5)"), [quadratic(1, 5), quadratic(1, 5)]);
        assert_eq!(of("3*x*exp(x^2 - x)^2"), [quadratic(2, 1), quadratic(2, 1)]);
        assert_eq!(of("cosh(-x^2)/x"), [quadratic(1, 1), quadratic(1, 1)]);
        assert_eq!(of("exp(x^3)"), [None, Some(Excess::Any)]);
        assert_eq!(of("exp(-x^4)"), [None, None]);
        assert_eq!(of("x^3+1"), [quadratic(0, 1), quadratic(0, 1)]);
        assert_eq!(of("exp(x^2)+exp(-x)"), [None, None]);
    }
}
