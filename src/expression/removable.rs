//! Quotients of analytic functions with a common zero: analytic there after all.
//!
//! An expression is expanded in powers of `t`, the distance to a point `b`: once at `b`, and once at every point `ξ` of
//! an interval that holds `b` at once. Where `N` and `D` have zeros of order `n` at `b`, `N/t^n` and `D/t^n` are
//! analytic, and their expansions at `ξ` come from those of `N` and `D` on the interval by leaving out the first `n`
//! coefficients: with `c_k` the coefficients,
//!
//! ```text
//! N(x)/t^n = ∫_0^1 N^(n)(b + s t) (1-s)^{n-1}/(n-1)! ds,   so   [N/t^n]_k is a mean of c_{n+k} over [b, ξ],
//! ```
//!
//! since `∫_0^1 s^k (1-s)^{n-1}/(n-1)! ds = k!/(n+k)!`. A pole is kept as a factor `t^{-p}` apart, which another may
//! cancel.
//!
//! The same holds in the complex plane, on a rectangle that holds `b`: it is convex, and holds the way from `b` to `ξ`.

use std::collections::HashMap;

use rug::Rational;

use super::graph::{Function, Graph, Id};
use super::jet::{Coefficient, Jet};
use super::program::{Program, Value, node_values};
use crate::number::{Ball, ComplexBall, Mag};

/// Coefficients of an expansion.
const LEN: usize = 9;

/// `t^{-pole}` times an analytic function: its expansion at the point and on the interval, or on a rectangle.
#[derive(Clone, Debug)]
pub(crate) struct Expansion<T = Ball> {
    pole: usize,
    there: Vec<Ball>,
    range: Vec<T>,
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
    node_values(graph, roots, &Expansion::variable(point, whole, prec), prec)
}

impl Expansion<ComplexBall> {
    /// The expansion of the program's function on a rectangle that holds the exact point.
    pub(crate) fn on_rectangle(program: &Program, point: &Ball, z: &ComplexBall) -> Expansion<ComplexBall> {
        let precision = z.precision();
        let side = |a: &Ball, b: &Ball| Ball::hull(&[a.clone(), b.clone()]).with_precision(precision);
        let whole = ComplexBall::new(side(z.re(), point), side(z.im(), &Ball::zero(precision)));
        program.run(&Expansion::variable(point, whole, precision), precision)
    }
}

impl Expansion {
    /// The expansion of the program's function on an interval that holds the exact point.
    pub(crate) fn on_interval(program: &Program, point: &Ball, x: &Ball) -> Expansion {
        let precision = x.precision();
        let whole = Ball::hull(&[point.clone(), x.clone()]).with_precision(precision);
        program.run(&Expansion::variable(point, whole, precision), precision)
    }

    /// The function on the interval, of which `x` is a part: by its Taylor polynomial at the point, where it is
    /// analytic there.
    pub(crate) fn at(&self, point: &Ball, x: &Ball) -> Option<Ball> {
        self.value()?;
        let t = x - point;
        // The last coefficient that is known stands for the rest.
        let terms = self.range.iter().take_while(|c| c.is_finite()).count();
        let rest = self.range[..terms].last()?.clone();
        Some(self.there[..terms - 1].iter().rev().fold(rest, |acc, c| acc * &t + c))
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
}

impl<T: Coefficient> Expansion<T> {
    fn variable(point: &Ball, whole: T, precision: u32) -> Expansion<T> {
        let one = Ball::from_integer(1, precision);
        let zero = Ball::zero(precision);
        Expansion {
            pole: 0,
            there: padded(vec![point.with_precision(precision), one.clone()], zero.clone()),
            range: padded(vec![whole, T::constant(&one)], T::constant(&zero)),
        }
    }

    /// The function's value at the point, if it is analytic there.
    pub(crate) fn value(&self) -> Option<&Ball> {
        (self.pole == 0 && finite(&self.range[0])).then_some(&self.there[0])
    }

    /// The function on all of the interval or rectangle, where it is analytic at the point.
    pub(crate) fn whole(&self) -> Option<&T> {
        self.value().and(self.range.first())
    }

    /// The expansion of the derivative of a function that is analytic at the point.
    pub(crate) fn derivative(&self) -> Option<Expansion<T>> {
        self.value()?;
        Some(Expansion { pole: 0, there: slope(&self.there), range: slope(&self.range) })
    }

    /// How many leading coefficients vanish at the point.
    fn order(&self) -> usize {
        self.there.iter().take_while(|c| c.is_exact_zero()).count()
    }

    /// Divided by `t^n`, of which it has so many.
    fn without(&self, n: usize) -> (Vec<Ball>, Vec<T>) {
        (left(&self.there, n), left(&self.range, n))
    }

    /// A pole and zeros cancel.
    fn cancelled(self) -> Expansion<T> {
        let n = self.order().min(self.pole);
        if n == 0 || n == LEN {
            return self;
        }
        let (there, range) = self.without(n);
        Expansion { pole: self.pole - n, there, range }
    }

    /// With a pole of a higher order.
    fn raised(&self, pole: usize) -> Expansion<T> {
        let mut out = self.clone();
        // All distances: the interval less the point is not known here, and |t| <= 1.
        let reach = T::unit_disc(out.range[0].precision());
        for _ in self.pole..pole {
            // t f = f_{k-1} + t(ξ) f_k.
            for k in (0..LEN).rev() {
                out.there[k] = before(&out.there, k);
                out.range[k] = before(&out.range, k).add(&out.range[k].mul(&reach));
            }
        }
        Expansion { pole, ..out }
    }

    fn combined(&self, other: &Expansion<T>, f: Operation) -> (Vec<Ball>, Vec<T>) {
        (combined(&self.there, &other.there, f), combined(&self.range, &other.range, f))
    }

    /// A function that is analytic where its argument is finite and lies in its domain.
    fn composed(&self, f: Outer) -> Expansion<T> {
        if self.pole > 0 {
            return self.nothing();
        }
        Expansion { pole: 0, there: composed(&self.there, f), range: composed(&self.range, f) }
    }

    fn nothing(&self) -> Expansion<T> {
        Expansion { pole: 0, there: vec![unknown(&self.there); LEN], range: vec![unknown(&self.range); LEN] }
    }
}

/// What is done with two series.
#[derive(Clone, Copy)]
enum Operation {
    Add,
    Sub,
    Mul,
    Div,
}

fn combined<T: Coefficient>(a: &[T], b: &[T], f: Operation) -> Vec<T> {
    let (a, b) = (Jet::new(a.to_vec()), Jet::new(b.to_vec()));
    let out = match f {
        Operation::Add => a.add(&b),
        Operation::Sub => a.sub(&b),
        Operation::Mul => a.mul(&b),
        Operation::Div => a.div(&b),
    };
    out.into_coefficients(LEN)
}

/// What is done with one.
#[derive(Clone, Copy)]
enum Outer<'a> {
    Root(&'a Rational),
    Call(Function),
}

fn composed<T: Coefficient>(a: &[T], f: Outer) -> Vec<T> {
    let a = Jet::new(a.to_vec());
    let out = match f {
        Outer::Root(r) => a.root(r),
        Outer::Call(f) => a.call(f),
    };
    out.into_coefficients(LEN)
}

fn slope<T: Coefficient>(list: &[T]) -> Vec<T> {
    let terms = list.iter().enumerate().skip(1).map(|(k, c)| c.times(k as i64)).collect();
    padded(terms, unknown(list))
}

/// The coefficient before the one of `t^k`.
fn before<T: Coefficient>(list: &[T], k: usize) -> T {
    if k == 0 { T::constant(&Ball::zero(list[0].precision())) } else { list[k - 1].clone() }
}

/// The list from its `n`-th on.
fn left<T: Coefficient>(list: &[T], n: usize) -> Vec<T> {
    padded(list[n..].to_vec(), unknown(list))
}

fn finite<T: Coefficient>(value: &T) -> bool {
    value.size().is_finite()
}

fn unknown<T: Coefficient>(like: &[T]) -> T {
    T::anything(like[0].precision())
}

fn padded<T: Clone>(mut list: Vec<T>, with: T) -> Vec<T> {
    list.resize(LEN, with);
    list
}

impl<T: Coefficient> Value for Expansion<T> {
    fn constant(value: &Ball) -> Expansion<T> {
        let zero = Ball::zero(value.precision());
        let range = padded(vec![T::constant(value)], T::constant(&zero));
        Expansion { pole: 0, there: padded(vec![value.clone()], zero), range }
    }

    fn add(&self, other: &Expansion<T>) -> Expansion<T> {
        let pole = self.pole.max(other.pole);
        let (there, range) = self.raised(pole).combined(&other.raised(pole), Operation::Add);
        Expansion { pole, there, range }.cancelled()
    }

    fn sub(&self, other: &Expansion<T>) -> Expansion<T> {
        let pole = self.pole.max(other.pole);
        let (there, range) = self.raised(pole).combined(&other.raised(pole), Operation::Sub);
        Expansion { pole, there, range }.cancelled()
    }

    fn mul(&self, other: &Expansion<T>) -> Expansion<T> {
        let (there, range) = self.combined(other, Operation::Mul);
        Expansion { pole: self.pole + other.pole, there, range }.cancelled()
    }

    fn div(&self, other: &Expansion<T>) -> Expansion<T> {
        let n = other.order();
        if n == LEN {
            return self.nothing();
        }
        let (there, range) = other.without(n);
        let (there, range) = self.combined(&Expansion { pole: 0, there, range }, Operation::Div);
        // t^{-p} a / (t^{n-r} b) = t^{r-p-n} a/b.
        let (above, below) = (self.pole + n, other.pole);
        if below <= above {
            return Expansion { pole: above - below, there, range }.cancelled();
        }
        // A pole below is a zero of the quotient.
        let zero = Expansion { pole: 0, there, range }.raised(below - above);
        Expansion { pole: 0, ..zero }
    }

    fn whole_power(&self, n: i32) -> Expansion<T> {
        let one: Expansion<T> = Expansion::constant(&Ball::from_integer(1, self.there[0].precision()));
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

    fn root(&self, r: &Rational) -> Expansion<T> {
        self.composed(Outer::Root(r))
    }

    fn call(&self, f: Function) -> Expansion<T> {
        self.composed(Outer::Call(f))
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
