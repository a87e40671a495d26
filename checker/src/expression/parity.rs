//! Even and odd functions by their construction, whatever normal forms are known.

use super::{Expression, Op};
use crate::function::Function;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parity {
    /// `f(-x) = f(x)` wherever it is defined.
    Even,
    /// `f(-x) = -f(x)`.
    Odd,
}
use Parity::{Even, Odd};

impl Parity {
    fn product(self, other: Parity) -> Parity {
        if self == other { Even } else { Odd }
    }
}

impl Expression {
    /// `None` says that nothing is known.
    pub(crate) fn parity(&self) -> Option<Parity> {
        let mut known: Vec<Option<Parity>> = vec![];
        for op in &self.ops {
            let next = parity_of(op, &known);
            known.push(next);
        }
        known.swap_remove(self.root)
    }
}

fn parity_of(op: &Op, known: &[Option<Parity>]) -> Option<Parity> {
    let even = |id: &usize| known[*id].filter(|p| *p == Even);
    let same = |a: &usize, b: &usize| known[*a].filter(|p| known[*b] == Some(*p));
    match op {
        Op::X => Some(Odd),
        Op::Number(_) | Op::Pi => Some(Even),
        Op::Add(a, b) | Op::Sub(a, b) => same(a, b),
        Op::Mul(a, b) | Op::Div(a, b) => Some(known[*a]?.product(known[*b]?)),
        Op::Power(a, n) => Some(if n % 2 == 0 { known[*a].map(|_| Even)? } else { known[*a]? }),
        Op::Root(a, _) => even(a),
        Op::Abs(a) => known[*a].map(|_| Even),
        Op::Max(a, b) | Op::Min(a, b) => even(a).and(even(b)),
        Op::Call(f, a) => match (f, known[*a]?) {
            (_, Even) => Some(Even),
            (Function::Cos | Function::Cosh | Function::Sinc, Odd) => Some(Even),
            (
                Function::Sin
                | Function::Sinh
                | Function::Tanh
                | Function::Atan
                | Function::Asinh
                | Function::Erf,
                Odd,
            ) => Some(Odd),
            (Function::Exp | Function::Log | Function::Sigmoid | Function::Softplus, Odd) => None,
        },
        // The same branch is taken at x and -x.
        Op::Where(condition, yes, no) => {
            condition.guards().iter().all(|g| even(g).is_some()).then(|| same(yes, no)).flatten()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::rational::{ratio, rational};

    #[test]
    fn what_is_said_holds_at_points() {
        for (name, expected) in [
            ("where(x^2 > 2, 1, 0)", Some(Even)),
            ("where(x^2 > 2, x, sin(x))", Some(Odd)),
            ("where(x^2 > 2, x, x^2)", None),
            ("where(x > 2, 1, 0)", None),
            ("where(x^3 > 2, 1, 1)", None),
            ("x*tanh(x/2) + cos(x)", Some(Even)),
            ("sinh(x) - erf(x)^3/x^2", Some(Odd)),
            ("x + 1", None),
            ("exp(x)", None),
            ("exp(abs(x))", Some(Even)),
            ("max(x, x^3)", None),
            ("min(x^2, 3)", Some(Even)),
            ("sqrt(1 + x^2)*atan(x)", Some(Odd)),
            ("softplus(x^2)*asinh(x)", Some(Odd)),
            ("sinc(x) - 2", Some(Even)),
            ("(x^3)^3 + x^-1", Some(Odd)),
            ("sigmoid(x)", None),
        ] {
            let expression = crate::expression::activation(name).unwrap();
            assert_eq!(expression.parity(), expected, "{name}");
            for x in [ratio(1, 3), rational(1), ratio(7, 2)] {
                let (a, b) = (expression.value(&x, 200).unwrap(), expression.value(&-x, 200).unwrap());
                let gap = match expected {
                    Some(Even) => a.sub(&b),
                    Some(Odd) => a.add(&b),
                    None => continue,
                };
                assert!(gap.has_zero(), "{name}");
            }
        }
        // No function of the catalogue is called even or odd that is not.
        for name in ["relu", "gelu", "selu", "snake", "log-sigmoid", "exp(1/2)", "hard-swish", "softplus"] {
            let a = Activation::parse(name).unwrap();
            assert_eq!(a.expression.parity(), None, "{name}");
        }
    }
}
