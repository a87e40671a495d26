//! Truncated power series in one variable.

use rug::Rational;

use super::graph::Function;
use super::program::Value;
use crate::number::{Ball, ComplexBall, Mag};

/// What the coefficients of a series may be: enclosures of real or of complex numbers.
pub(crate) trait Coefficient: Value {
    fn precision(&self) -> u32;
    fn is_exact_zero(&self) -> bool;
    fn times(&self, n: i64) -> Self;
    fn over(&self, n: i64) -> Self;
    fn sum(precision: u32, terms: &[Self]) -> Self;
    /// Every number of modulus one at most, and every number.
    fn unit_disc(precision: u32) -> Self;
    fn anything(precision: u32) -> Self;
    fn size(&self) -> Mag;
}

impl Coefficient for Ball {
    fn precision(&self) -> u32 {
        Ball::precision(self)
    }

    fn is_exact_zero(&self) -> bool {
        Ball::is_exact_zero(self)
    }

    fn times(&self, n: i64) -> Ball {
        self.mul_integer(n)
    }

    fn over(&self, n: i64) -> Ball {
        self.div_integer(n)
    }

    fn sum(precision: u32, terms: &[Ball]) -> Ball {
        Ball::sum(precision, terms)
    }

    fn unit_disc(precision: u32) -> Ball {
        Ball::zero(precision).widened(Mag::ONE)
    }

    fn anything(precision: u32) -> Ball {
        Ball::whole_line(precision)
    }

    fn size(&self) -> Mag {
        self.magnitude()
    }
}

impl Coefficient for ComplexBall {
    fn precision(&self) -> u32 {
        ComplexBall::precision(self)
    }

    fn is_exact_zero(&self) -> bool {
        self.re().is_exact_zero() && self.im().is_exact_zero()
    }

    fn times(&self, n: i64) -> ComplexBall {
        ComplexBall::new(self.re().mul_integer(n), self.im().mul_integer(n))
    }

    fn over(&self, n: i64) -> ComplexBall {
        ComplexBall::new(self.re().div_integer(n), self.im().div_integer(n))
    }

    fn sum(precision: u32, terms: &[ComplexBall]) -> ComplexBall {
        let part = |of: fn(&ComplexBall) -> &Ball| {
            let terms: Vec<Ball> = terms.iter().map(|z| of(z).clone()).collect();
            Ball::sum(precision, &terms)
        };
        ComplexBall::new(part(ComplexBall::re), part(ComplexBall::im))
    }

    fn unit_disc(precision: u32) -> ComplexBall {
        ComplexBall::new(Ball::unit_disc(precision), Ball::unit_disc(precision))
    }

    fn anything(precision: u32) -> ComplexBall {
        ComplexBall::whole_plane(precision)
    }

    fn size(&self) -> Mag {
        self.magnitude()
    }
}

fn integer<T: Coefficient>(n: i64, precision: u32) -> T {
    T::constant(&Ball::from_integer(n, precision))
}

/// A series up to a power of its variable: coefficients past those that are stored are zero.
///
/// Functions act by the differential equation that they satisfy: with $y = f(a)$, comparing coefficients of
/// $y' = f'(a)\, a'$ gives $k y_k = \sum_{j=1}^{k} j a_j\, [f'(a)]_{k-j}$.
#[derive(Clone, Debug)]
pub(crate) struct Jet<T = Ball> {
    coefficients: Vec<T>,
    /// How many coefficients the series has; 1 for a constant.
    len: usize,
}

impl<T: Coefficient> Jet<T> {
    /// The series of these coefficients, of which there is at least one.
    pub(crate) fn new(coefficients: Vec<T>) -> Jet<T> {
        let len = coefficients.len();
        Jet { coefficients, len }
    }

    /// `len` coefficients.
    pub(crate) fn into_coefficients(mut self, len: usize) -> Vec<T> {
        let precision = self.precision();
        self.coefficients.resize_with(len, || integer(0, precision));
        self.coefficients
    }

    fn precision(&self) -> u32 {
        self.coefficients.first().map_or(64, T::precision)
    }

    fn at(&self, k: usize) -> T {
        self.coefficients.get(k).cloned().unwrap_or_else(|| integer(0, self.precision()))
    }

    fn by_terms(&self, other: &Jet<T>, f: impl Fn(&T, &T) -> T) -> Jet<T> {
        let stored = self.coefficients.len().max(other.coefficients.len());
        let coefficients = (0..stored).map(|k| f(&self.at(k), &other.at(k))).collect();
        Jet { coefficients, len: self.len.max(other.len) }
    }

    /// Both series up to the same power.
    fn constant_like(&self, value: T) -> Jet<T> {
        Jet { coefficients: vec![value], len: self.len }
    }

    /// The series with the constant term `start` and the derivative `slope(…) a'`, where `slope` gives the coefficient
    /// of a power from the coefficients of the result up to that power.
    fn integrated(&self, start: T, mut slope: impl FnMut(usize, &[T]) -> T) -> Jet<T> {
        let mut out = vec![start];
        let mut slopes: Vec<T> = vec![];
        for k in 1..self.len {
            slopes.push(slope(k - 1, &out));
            out.push(weighted(&self.coefficients, &slopes, k).over(k as i64));
        }
        Jet { coefficients: out, len: self.len }
    }

    /// A pair of series whose derivatives are each other times `a'`, the second with a sign.
    fn coupled(&self, start: [T; 2], sign: i64) -> [Jet<T>; 2] {
        let [mut s, mut c] = start.map(|x| vec![x]);
        for k in 1..self.len {
            let up = weighted(&self.coefficients, &c, k).over(k as i64);
            let down = weighted(&self.coefficients, &s, k).over(k as i64 * sign);
            s.push(up);
            c.push(down);
        }
        [s, c].map(|coefficients| Jet { coefficients, len: self.len })
    }

    fn first(&self, f: Function) -> T {
        Value::call(&self.at(0), f)
    }

    fn one_plus_square(&self) -> Jet<T> {
        Value::add(&self.constant_like(integer(1, self.precision())), &self.mul(self))
    }

    /// `y^{r}` by `a y' = r a' y`: `k a_0 y_k = Σ_{j=1}^k (r j - (k - j)) a_j y_{k-j}`.
    fn power_series(&self, start: T, r: &Rational) -> Jet<T> {
        let mut out = vec![start];
        let precision = self.precision();
        for k in 1..self.len {
            let terms = (1..=k.min(self.coefficients.len() - 1)).map(|j| {
                let factor = Rational::from(r * j as u64) - (k - j) as u64;
                let factor = T::constant(&Ball::from_gmp_rational(&factor, precision));
                factor.mul(&self.coefficients[j]).mul(&out[k - j])
            });
            let sum = T::sum(precision, &terms.collect::<Vec<_>>());
            out.push(sum.over(k as i64).div(&self.coefficients[0]));
        }
        Jet { coefficients: out, len: self.len }
    }

    /// Is it a constant?
    fn is_constant(&self) -> bool {
        self.coefficients.len() == 1 || self.len == 1
    }
}

/// `Σ_{j=1}^k j a_j b_{k-j}`, `b` having at least `k` terms.
fn weighted<T: Coefficient>(a: &[T], b: &[T], k: usize) -> T {
    let terms = (1..=k.min(a.len() - 1)).map(|j| a[j].times(j as i64).mul(&b[k - j]));
    T::sum(a[0].precision(), &terms.collect::<Vec<_>>())
}

/// `Σ_j a_j b_{k-j}`.
fn convolved<T: Coefficient>(a: &[T], b: &[T], k: usize) -> T {
    let range = (k + 1).saturating_sub(b.len())..=k.min(a.len() - 1);
    let terms = range.map(|j| if a[j].is_exact_zero() { a[j].clone() } else { a[j].mul(&b[k - j]) });
    T::sum(a[0].precision().max(b[0].precision()), &terms.collect::<Vec<_>>())
}

impl<T: Coefficient> Value for Jet<T> {
    fn constant(value: &Ball) -> Jet<T> {
        Jet::new(vec![T::constant(value)])
    }

    fn add(&self, other: &Jet<T>) -> Jet<T> {
        self.by_terms(other, Value::add)
    }

    fn sub(&self, other: &Jet<T>) -> Jet<T> {
        self.by_terms(other, Value::sub)
    }

    fn mul(&self, other: &Jet<T>) -> Jet<T> {
        let len = self.len.max(other.len);
        let stored = (self.coefficients.len() + other.coefficients.len() - 1).min(len);
        let coefficients =
            (0..stored).map(|k| convolved(&self.coefficients, &other.coefficients, k)).collect();
        Jet { coefficients, len }
    }

    /// `q b = a`: `b_0 q_k = a_k - Σ_{j>=1} b_j q_{k-j}`.
    fn div(&self, other: &Jet<T>) -> Jet<T> {
        let len = self.len.max(other.len);
        let mut out: Vec<T> = vec![];
        for k in 0..len {
            let terms =
                (1..=k.min(other.coefficients.len() - 1)).map(|j| other.coefficients[j].mul(&out[k - j]));
            let sum = T::sum(self.precision(), &terms.collect::<Vec<_>>());
            out.push(self.at(k).sub(&sum).div(&other.coefficients[0]));
        }
        Jet { coefficients: out, len }
    }

    fn whole_power(&self, n: i32) -> Jet<T> {
        if n < 0 {
            let start = Value::whole_power(&self.at(0), n);
            return self.power_series(start, &Rational::from(n));
        }
        let (mut out, mut base, mut n) = (self.constant_like(integer(1, self.precision())), self.clone(), n);
        while n > 0 {
            if n & 1 == 1 {
                out = out.mul(&base);
            }
            n >>= 1;
            if n > 0 {
                base = base.mul(&base);
            }
        }
        out
    }

    fn root(&self, r: &Rational) -> Jet<T> {
        self.power_series(Value::root(&self.at(0), r), r)
    }

    fn call(&self, f: Function) -> Jet<T> {
        let start = self.first(f);
        if self.is_constant() {
            return self.constant_like(start);
        }
        match f {
            Function::Exp => self.integrated(start, |k, y| y[k].clone()),
            Function::Log => {
                let one = self.constant_like(integer(1, self.precision()));
                let slope = one.div(self);
                self.integrated(start, |k, _| slope.at(k))
            }
            Function::Sin => self.coupled([start, self.first(Function::Cos)], -1)[0].clone(),
            Function::Cos => self.coupled([self.first(Function::Sin), start], -1)[1].clone(),
            Function::Sinh => self.coupled([start, self.first(Function::Cosh)], 1)[0].clone(),
            Function::Cosh => self.coupled([self.first(Function::Sinh), start], 1)[1].clone(),
            // y' = (1 - y²) a'.
            Function::Tanh => self.integrated(start, |k, y| {
                let square = convolved(y, y, k);
                integer::<T>(i64::from(k == 0), y[0].precision()).sub(&square)
            }),
            // y' = (y - y²) a'.
            Function::Sigmoid => self.integrated(start, |k, y| y[k].sub(&convolved(y, y, k))),
            Function::Softplus => {
                let slope = self.call(Function::Sigmoid);
                self.integrated(start, |k, _| slope.at(k))
            }
            Function::Atan => {
                let slope = self.one_plus_square().whole_power(-1);
                self.integrated(start, |k, _| slope.at(k))
            }
            Function::Asinh => {
                let slope = self.one_plus_square().root(&Rational::from((-1, 2)));
                self.integrated(start, |k, _| slope.at(k))
            }
            Function::Erf => {
                let minus = self.constant_like(integer(-1, self.precision()));
                let bell = self.mul(self).mul(&minus).call(Function::Exp);
                let scale = Ball::from_integer(2, self.precision()) / Ball::pi(self.precision()).sqrt();
                let scale = T::constant(&scale);
                self.integrated(start, |k, _| bell.at(k).mul(&scale))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::pieces::Pieces;

    fn ball(text: &str) -> Ball {
        Ball::from_rational(&crate::number::parse_rational(text).unwrap(), 256)
    }

    fn series(formula: &str, at: &str, len: usize) -> Vec<Ball> {
        let Ok(pieces) = Pieces::parse(formula) else { panic!("{formula}") };
        let mut coefficients = vec![ball(at), ball("1")];
        coefficients.resize(len, Ball::zero(256));
        pieces.pieces[0].value.run(&Jet::new(coefficients), 256).into_coefficients(len)
    }

    /// Against derivatives by the graph's symbolic differentiation.
    #[test]
    fn coefficients_are_derivatives() {
        for formula in [
            "exp(x)*sin(2*x)",
            "cos(x^2) + x",
            "sinh(x)/cosh(x)",
            "tanh(x/3)",
            "log(x^2 + 2)",
            "atan(2*x)",
            "asinh(x)",
            "erf(x)",
            "sigmoid(3*x)",
            "softplus(x)",
            "sqrt(x^2 + 1)",
            "(x^2 + 3)^(-2)",
            "x^5 - x/7",
            "(1 + x^2)^(1/3)",
            "x*tanh(log(1 + exp(x)))",
            "1/(2 + cos(x))",
            "exp(1/(1+x^2))",
            "2^x",
        ] {
            let Ok(mut pieces) = Pieces::parse(formula) else { panic!("{formula}") };
            let found = series(formula, "3/10", 6);
            let mut expression = pieces.pieces[0].expression;
            let mut factorial = 1;
            for (k, c) in found.iter().enumerate() {
                let value =
                    crate::expression::program::node_values(&pieces.graph, &[expression], &ball("3/10"), 256);
                let truth = value[&expression].div_integer(factorial);
                assert!(c.overlaps(&truth), "{formula}, {k}: {c} and {truth}");
                assert!(
                    c.is_exact_zero() || c.radius() < crate::number::Mag::pow2(-220),
                    "{formula}, {k}: {c}"
                );
                expression = pieces.graph.derivative(expression);
                factorial *= k as i64 + 1;
            }
        }
    }

    /// Coefficients of known series.
    #[test]
    fn known_series() {
        for (formula, truth) in [
            ("tanh(x)", ["0", "1", "0", "-1/3", "0", "2/15", "0", "-17/315"]),
            ("exp(-x)", ["1", "-1", "1/2", "-1/6", "1/24", "-1/120", "1/720", "-1/5040"]),
            ("atan(x)", ["0", "1", "0", "-1/3", "0", "1/5", "0", "-1/7"]),
            ("1/(1 + x^2)", ["1", "0", "-1", "0", "1", "0", "-1", "0"]),
            ("sqrt(4 + x^2)", ["2", "0", "1/4", "0", "-1/64", "0", "1/512", "0"]),
        ] {
            for (c, t) in series(formula, "0", 8).iter().zip(truth) {
                assert!(
                    c.contains_rational(&crate::number::parse_rational(t).unwrap()),
                    "{formula}: {c}, {t}"
                );
            }
        }
    }
}
