//! Quotients of analytic functions with a common zero: analytic there after all.
//!
//! An expression is expanded in powers of `t`, the distance to a point `b`: once at `b`, and once at every point `ξ` of an interval
//! that holds `b` at once. Where `N` and `D` have zeros of order `n` at `b`, `N/t^n` and `D/t^n` are analytic, and their expansions
//! at `ξ` come from those of `N` and `D` on the interval by leaving out the first `n` coefficients: with `c_k` the coefficients,
//!
//! ```text
//! N(x)/t^n = ∫_0^1 N^(n)(b + s t) (1-s)^{n-1}/(n-1)! ds,   so   [N/t^n]_k is a mean of c_{n+k} over [b, ξ],
//! ```
//!
//! since `∫_0^1 s^k (1-s)^{n-1}/(n-1)! ds = k!/(n+k)!`. A pole is kept as a factor `t^{-p}` apart, which another may cancel.

use std::collections::HashMap;

use rug::Rational;

use super::graph::{Function, Graph, Id};
use super::program::{Value, node_values};
use crate::finite::Jet;
use crate::number::{Ball, Mag};

/// Coefficients of an expansion.
const LEN: usize = 9;

/// `t^{-pole}` times an analytic function: its expansion at the point and on the interval.
#[derive(Clone, Debug)]
pub(crate) struct Expansion {
    pole: usize,
    there: Vec<Ball>,
    range: Vec<Ball>,
}

/// The expansions of all nodes that `roots` are made of, about the point, on an interval that holds it.
pub(crate) fn expansions(
    graph: &Graph,
    roots: &[Id],
    point: &Ball,
    interval: &Ball,
    prec: u32,
) -> HashMap<Id, Expansion> {
    // Without an exact point nothing vanishes exactly.
    if !point.is_exact() {
        return HashMap::new();
    }
    let whole = Ball::hull(&[point.clone(), interval.clone()]).with_precision(prec);
    let of = |start: &Ball| padded(vec![start.clone(), Ball::from_integer(1, prec)], Ball::zero(prec));
    let x = Expansion { pole: 0, there: of(&point.with_precision(prec)), range: of(&whole) };
    node_values(graph, roots, &x, prec)
}

impl Expansion {
    /// The function's value at the point, if it is analytic there.
    pub(crate) fn value(&self) -> Option<&Ball> {
        (self.pole == 0 && self.range[0].is_finite()).then_some(&self.there[0])
    }

    /// `|f| <= constant t^order` on the interval.
    pub(crate) fn upper(&self) -> Option<(Mag, Rational)> {
        let n = self.order();
        let bound = self.range.get(n)?;
        bound.is_finite().then(|| (bound.magnitude(), Rational::from(n) - self.pole as u64))
    }

    /// `|f| >= constant t^order` on the interval.
    pub(crate) fn lower(&self) -> Option<(Mag, Rational)> {
        let n = self.order();
        let bound = self.range.get(n).filter(|c| c.is_finite() && !c.contains_zero())?;
        Some((bound.mignitude(), Rational::from(n) - self.pole as u64))
    }

    /// The expansion of the derivative of a function that is analytic at the point.
    pub(crate) fn derivative(&self) -> Option<Expansion> {
        self.value()?;
        let slope = |list: &[Ball]| {
            let terms = list.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect();
            padded(terms, unknown(list))
        };
        Some(Expansion { pole: 0, there: slope(&self.there), range: slope(&self.range) })
    }

    /// How many leading coefficients vanish at the point.
    fn order(&self) -> usize {
        self.there.iter().take_while(|c| c.is_exact_zero()).count()
    }

    /// Divided by `t^n`, of which it has so many.
    fn without(&self, n: usize) -> [Vec<Ball>; 2] {
        [&self.there, &self.range].map(|list| padded(list[n..].to_vec(), unknown(list)))
    }

    /// A pole and zeros cancel.
    fn cancelled(self) -> Expansion {
        let n = self.order().min(self.pole);
        if n == 0 || n == LEN {
            return self;
        }
        let [there, range] = self.without(n);
        Expansion { pole: self.pole - n, there, range }
    }

    /// With a pole of a higher order.
    fn raised(&self, pole: usize) -> Expansion {
        let mut out = self.clone();
        let reach = {
            // All distances: the interval less the point is not known here, and t <= 1.
            Ball::zero(out.range[0].precision()).widened(Mag::ONE)
        };
        for _ in self.pole..pole {
            // t f = f_{k-1} + t(ξ) f_k.
            for k in (0..LEN).rev() {
                let before = |list: &[Ball]| {
                    if k == 0 { Ball::zero(list[0].precision()) } else { list[k - 1].clone() }
                };
                out.there[k] = before(&out.there);
                out.range[k] = before(&out.range) + &out.range[k] * &reach;
            }
        }
        Expansion { pole, ..out }
    }

    fn combined(&self, other: &Expansion, f: impl Fn(&Jet, &Jet) -> Jet) -> [Vec<Ball>; 2] {
        let of =
            |a: &[Ball], b: &[Ball]| f(&Jet::new(a.to_vec()), &Jet::new(b.to_vec())).into_coefficients(LEN);
        [of(&self.there, &other.there), of(&self.range, &other.range)]
    }

    /// A function that is analytic where its argument is finite and lies in its domain.
    fn composed(&self, f: impl Fn(&Jet) -> Jet) -> Expansion {
        if self.pole > 0 {
            let nothing = || vec![unknown(&self.there); LEN];
            return Expansion { pole: 0, there: nothing(), range: nothing() };
        }
        let of = |list: &[Ball]| f(&Jet::new(list.to_vec())).into_coefficients(LEN);
        Expansion { pole: 0, there: of(&self.there), range: of(&self.range) }
    }
}

fn unknown(like: &[Ball]) -> Ball {
    Ball::whole_line(like[0].precision())
}

fn padded(mut list: Vec<Ball>, with: Ball) -> Vec<Ball> {
    list.resize(LEN, with);
    list
}

impl Value for Expansion {
    fn constant(value: &Ball) -> Expansion {
        let list = padded(vec![value.clone()], Ball::zero(value.precision()));
        Expansion { pole: 0, there: list.clone(), range: list }
    }

    fn add(&self, other: &Expansion) -> Expansion {
        let pole = self.pole.max(other.pole);
        let [there, range] = self.raised(pole).combined(&other.raised(pole), Value::add);
        Expansion { pole, there, range }.cancelled()
    }

    fn sub(&self, other: &Expansion) -> Expansion {
        let pole = self.pole.max(other.pole);
        let [there, range] = self.raised(pole).combined(&other.raised(pole), Value::sub);
        Expansion { pole, there, range }.cancelled()
    }

    fn mul(&self, other: &Expansion) -> Expansion {
        let [there, range] = self.combined(other, Value::mul);
        Expansion { pole: self.pole + other.pole, there, range }.cancelled()
    }

    fn div(&self, other: &Expansion) -> Expansion {
        let n = other.order();
        if n == LEN {
            let nothing = || vec![unknown(&self.there); LEN];
            return Expansion { pole: 0, there: nothing(), range: nothing() };
        }
        let [there, range] = other.without(n);
        let [there, range] = self.combined(&Expansion { pole: 0, there, range }, Value::div);
        // t^{-p} a / (t^{n-r} b) = t^{r-p-n} a/b.
        let (above, below) = (self.pole + n, other.pole);
        if below <= above {
            return Expansion { pole: above - below, there, range }.cancelled();
        }
        // A pole below is a zero of the quotient.
        let zero = Expansion { pole: 0, there, range }.raised(below - above);
        Expansion { pole: 0, ..zero }
    }

    fn whole_power(&self, n: i32) -> Expansion {
        let one = Expansion::constant(&Ball::from_integer(1, self.there[0].precision()));
        let (mut out, mut base, mut rest) = (one.clone(), self.clone(), n.unsigned_abs());
        while rest > 0 {
            if rest & 1 == 1 {
                out = out.mul(&base);
            }
            rest >>= 1;
            if rest > 0 {
                base = base.mul(&base);
            }
        }
        if n < 0 { one.div(&out) } else { out }
    }

    fn root(&self, r: &Rational) -> Expansion {
        self.composed(|jet| jet.root(r))
    }

    fn call(&self, f: Function) -> Expansion {
        self.composed(|jet| jet.call(f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::syntax::parse;
    use crate::number::parse_rational;

    /// The function and its value at zero.
    const REMOVABLE: [(&str, &str); 14] = [
        ("sin(2*x)/(2*x)", "1"),
        ("tanh(x)/x", "1"),
        ("(exp(x)-1)/x", "1"),
        ("log(1+x^2)/x", "0"),
        ("(1-cos(x))/x^2", "1/2"),
        ("x/tanh(x)", "1"),
        ("cosh(x)/sinh(x)-1/x", "0"),
        ("x/(exp(x)-1)", "1"),
        ("(x-sin(x))/x^3", "1/6"),
        ("atan(x)/x", "1"),
        ("(exp(x)-1-x)/x^2", "1/2"),
        ("1/x-1/sin(x)", "0"),
        ("x^2/(1-cos(x))", "2"),
        ("sinh(x)*x^(-1)", "1"),
    ];

    #[test]
    fn values_and_bounds_hold_around_the_point() {
        for (formula, truth) in REMOVABLE {
            let Ok(mut parsed) = parse(formula) else { panic!("{formula}") };
            let (prec, zero) = (192, Ball::zero(192));
            let expression = parsed.root;
            let derivative = parsed.graph.derivative(expression);
            for scale in [3, 8, 20] {
                let half = Mag::pow2(-scale);
                let interval = Ball::exact(half.to_float()).with_precision(prec).widened(half);
                let found = expansions(&parsed.graph, &[expression], &zero, &interval, prec)
                    .remove(&expression)
                    .unwrap();
                let value = found.value().unwrap_or_else(|| panic!("{formula}, 2^-{scale}: {found:?}"));
                assert!(value.contains_rational(&parse_rational(truth).unwrap()), "{formula}: {value}");
                let slope = found.derivative().unwrap();
                for (id, bounds) in [(expression, found), (derivative, slope)] {
                    let (constant, order) = bounds.upper().unwrap();
                    // At points of the interval, the far end among them.
                    for shift in [0, 1, 5] {
                        let x = Ball::from_integer(1, 400).shl(1 - scale as i32 - shift);
                        let there = node_values(&parsed.graph, &[id], &x, 400).remove(&id).unwrap();
                        let power = (&x.ln() * &Ball::from_gmp_rational(&order, 400)).exp();
                        let bound = &Ball::exact(constant.to_float()).with_precision(400) * &power;
                        assert!(
                            there.mignitude().to_float() <= bound.upper(),
                            "{formula}: {there} above {bound}"
                        );
                        if let Some((least, order)) = bounds.lower() {
                            let power = (&x.ln() * &Ball::from_gmp_rational(&order, 400)).exp();
                            let bound = &Ball::exact(least.to_float()).with_precision(400) * &power;
                            assert!(
                                there.upper().abs().max(&there.lower().abs()) >= bound.lower(),
                                "{formula}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn poles_stay_poles() {
        for formula in ["1/x", "cos(x)/x", "1/sin(x)^2", "exp(x)/x^3"] {
            let Ok(parsed) = parse(formula) else { panic!("{formula}") };
            let interval = Ball::exact(Mag::pow2(-6).to_float()).with_precision(128).widened(Mag::pow2(-6));
            let found = expansions(&parsed.graph, &[parsed.root], &Ball::zero(128), &interval, 128)
                .remove(&parsed.root);
            let found = found.unwrap();
            assert!(found.value().is_none(), "{formula}");
            assert!(found.lower().is_some_and(|(_, order)| order <= -1), "{formula}: {found:?}");
        }
    }
}
