//! Taylor coefficients: of a function on a short interval, `f(c + t) = Σ a_i t^i` with enclosures of the `a_i`.
//!
//! Evaluated at a point the coefficients are those of the Taylor polynomial; evaluated on an interval that contains
//! the point, the last one encloses the remainder's (Taylor's theorem with Lagrange's remainder).

use num_traits::Zero;

use super::{Expression, Function, Id, Op};
use crate::integer::BigRational;
use crate::interval::Interval;

pub(crate) type Jet = Vec<Interval>;

fn constant(value: Interval, len: usize) -> Jet {
    let zero = Interval::zero(value.prec);
    std::iter::once(value).chain(std::iter::repeat(zero)).take(len).collect()
}

fn zip(a: &[Interval], b: &[Interval], f: fn(&Interval, &Interval) -> Interval) -> Jet {
    a.iter().zip(b).map(|(x, y)| f(x, y)).collect()
}

pub(crate) fn mul(a: &[Interval], b: &[Interval]) -> Jet {
    (0..a.len()).map(|n| convolution(a, b, 0..=n, n)).collect()
}

/// `Σ a_i b_{n-i}`.
fn convolution(a: &[Interval], b: &[Interval], range: std::ops::RangeInclusive<usize>, n: usize) -> Interval {
    range.fold(Interval::zero(a[0].prec), |sum, i| sum.add(&a[i].mul(&b[n - i])))
}

fn div(a: &[Interval], b: &[Interval]) -> Jet {
    let mut out: Jet = vec![];
    for n in 0..a.len() {
        // b_0 c_n = a_n - Σ_{i<n} c_i b_{n-i}.
        let rest = out.iter().enumerate().fold(a[n].clone(), |r, (i, c)| r.sub(&c.mul(&b[n - i])));
        out.push(rest.div(&b[0]));
    }
    out
}

/// `∫ w u'` with a given value: `y' = w u'`, where `w` may need the `y` found so far.
fn integrate(first: Interval, u: &[Interval], mut w: impl FnMut(usize, &Jet) -> Interval) -> Jet {
    let mut out = vec![first];
    let mut weights: Jet = vec![];
    for n in 1..u.len() {
        weights.push(w(n - 1, &out));
        // n y_n = Σ_{i=1}^n i u_i w_{n-i}.
        let zero = Interval::zero(u[0].prec);
        let sum = (1..=n).fold(zero, |s, i| s.add(&u[i].mul_integer(i as i64).mul(&weights[n - i])));
        out.push(sum.div_integer(n as u64));
    }
    out
}

fn exp(u: &[Interval]) -> Jet {
    integrate(u[0].exp(), u, |i, y| y[i].clone())
}

/// Sine and cosine together.
fn sin_cos(u: &[Interval]) -> [Jet; 2] {
    let (mut s, mut c) = (vec![u[0].sin()], vec![u[0].cos()]);
    for n in 1..u.len() {
        let zero = Interval::zero(u[0].prec);
        let part = |y: &Jet| {
            (1..=n).fold(zero.clone(), |sum, i| sum.add(&u[i].mul_integer(i as i64).mul(&y[n - i])))
        };
        let (next_s, next_c) = (part(&c).div_integer(n as u64), part(&s).neg().div_integer(n as u64));
        s.push(next_s);
        c.push(next_c);
    }
    [s, c]
}

fn power(u: &[Interval], n: i32) -> Jet {
    let len = u.len();
    if n < 0 {
        return div(&constant(Interval::integer(1, u[0].prec), len), &power(u, n.saturating_neg()));
    }
    let (mut out, mut square, mut left) = (constant(Interval::integer(1, u[0].prec), len), u.to_vec(), n);
    while left > 0 {
        if left % 2 == 1 {
            out = mul(&out, &square);
        }
        left /= 2;
        if left > 0 {
            square = mul(&square, &square);
        }
    }
    // The value itself is sharper as a power of an interval.
    out[0] = u[0].power(n);
    out
}

fn root(u: &[Interval], r: &BigRational) -> Jet {
    let p = u[0].prec;
    let ratio = Interval::rational(r, p);
    let mut y = vec![u[0].root(r)];
    for n in 1..u.len() {
        // u y' = r u' y: n u_0 y_n = Σ_{i=1}^n (r i - (n-i)) u_i y_{n-i}.
        let sum = (1..=n).fold(Interval::zero(p), |s, i| {
            let factor = ratio.mul_integer(i as i64).sub(&Interval::integer((n - i) as i64, p));
            s.add(&factor.mul(&u[i]).mul(&y[n - i]))
        });
        y.push(sum.div_integer(n as u64).div(&u[0]));
    }
    y
}

fn call(f: Function, u: &[Interval]) -> Option<Jet> {
    let p = u[0].prec;
    let one = Interval::integer(1, p);
    let y0 = f.interval(&u[0]);
    Some(match f {
        Function::Exp => exp(u),
        Function::Sin => sin_cos(u).into_iter().next()?,
        Function::Cos => sin_cos(u).into_iter().nth(1)?,
        Function::Sinh | Function::Cosh => {
            let minus: Jet = u.iter().map(Interval::neg).collect();
            let combine = if f == Function::Sinh { Interval::sub } else { Interval::add };
            zip(&exp(u), &exp(&minus), combine).iter().map(|c| c.scaled(-1)).collect()
        }
        // y' = (1 - y²) u'.
        Function::Tanh => integrate(y0, u, |i, y| {
            let square = convolution(y, y, 0..=i, i);
            if i == 0 { one.sub(&y[0].square()) } else { square.neg() }
        }),
        // y' = (y - y²) u'.
        Function::Sigmoid => integrate(y0, u, |i, y| y[i].sub(&convolution(y, y, 0..=i, i))),
        Function::Softplus => {
            let w = call(Function::Sigmoid, u)?;
            integrate(y0, u, |i, _| w[i].clone())
        }
        Function::Log => {
            let w = div(&constant(one, u.len()), u);
            integrate(y0, u, |i, _| w[i].clone())
        }
        Function::Atan | Function::Asinh => {
            let mut square = mul(u, u);
            square[0] = u[0].square().add(&one);
            let w = if f == Function::Atan {
                div(&constant(one, u.len()), &square)
            } else {
                root(&square, &BigRational::new((-1).into(), 2.into()))
            };
            integrate(y0, u, |i, _| w[i].clone())
        }
        Function::Erf => {
            let minus: Jet = mul(u, u).iter().map(Interval::neg).collect();
            let scale = Interval::integer(2, p).div(&Interval::pi(p).sqrt());
            let w: Jet = exp(&minus).iter().map(|c| c.mul(&scale)).collect();
            integrate(y0, u, |i, _| w[i].clone())
        }
        Function::Sinc if !u[0].has_zero() => {
            let [s, _] = sin_cos(u);
            let quotient = div(&s, u);
            // The bounds near zero hold everywhere, and the quotient is poor on intervals that nearly reach it.
            match sinc_near_zero(u) {
                Some(bound) => zip(&quotient, &bound, Interval::meet_or),
                None => quotient,
            }
        }
        Function::Sinc => return sinc_near_zero(u),
    })
}

/// `sinc u = ∫_0^1 cos(tu) dt`, so `|sinc^{(n)}| <= 1/(n+1)` everywhere; for `u = c + d t` only.
fn sinc_near_zero(u: &[Interval]) -> Option<Jet> {
    if u.iter().skip(2).any(|c| !c.is_zero()) {
        return None;
    }
    let p = u[0].prec;
    let mut out = vec![u[0].sinc()];
    let mut scale = Interval::integer(1, p);
    for n in 1..u.len() {
        scale = scale.mul(&u[1]).div_integer(n as u64);
        let size = scale.magnitude()?;
        out.push(Interval::zero(p).widened(&size).div_integer(n as u64 + 1));
    }
    Some(out)
}

impl Expression {
    /// The first `len` Taylor coefficients of `f(x + slope τ)` in `τ`, `x` in an interval. `None` where a condition changes inside, or a function has
    /// no derivative: the interval is then to be split there.
    pub(crate) fn jet(&self, x: &Interval, slope: &Interval, len: usize) -> Option<Jet> {
        let mut jets: Vec<Option<Jet>> = vec![];
        for op in &self.ops {
            let next = self.jet_of(op, &jets, [x, slope], len);
            jets.push(next);
        }
        jets.swap_remove(self.root)
    }

    fn jet_of(&self, op: &Op, jets: &[Option<Jet>], [x, slope]: [&Interval; 2], len: usize) -> Option<Jet> {
        let p = x.prec;
        let at = |id: Id| jets[id].as_ref();
        let choose =
            |condition: Option<bool>, yes: Id, no: Id| at(if condition? { yes } else { no }).cloned();
        // Where two values are equal, either is the larger: signs need not be strict.
        let weak = |jet: &Jet| {
            if jet[0].is_non_negative() {
                Some(true)
            } else if jet[0].is_non_positive() {
                Some(false)
            } else {
                None
            }
        };
        match op {
            Op::X => {
                let mut out = constant(x.clone(), len);
                if let Some(first) = out.get_mut(1) {
                    *first = slope.clone();
                }
                Some(out)
            }
            Op::Number(r) => Some(constant(Interval::rational(r, p), len)),
            Op::Pi => Some(constant(Interval::pi(p), len)),
            Op::Add(a, b) => Some(zip(at(*a)?, at(*b)?, Interval::add)),
            Op::Sub(a, b) => Some(zip(at(*a)?, at(*b)?, Interval::sub)),
            Op::Mul(a, b) => Some(mul(at(*a)?, at(*b)?)),
            Op::Div(a, b) => Some(div(at(*a)?, at(*b)?)),
            Op::Power(a, n) => Some(power(at(*a)?, *n)),
            Op::Root(a, r) => Some(root(at(*a)?, r)),
            Op::Call(f, a) => call(*f, at(*a)?),
            Op::Abs(a) => {
                let jet = at(*a)?;
                Some(if weak(jet)? { jet.clone() } else { jet.iter().map(Interval::neg).collect() })
            }
            Op::Max(a, b) => choose(weak(&zip(at(*a)?, at(*b)?, Interval::sub)), *a, *b),
            Op::Min(a, b) => choose(weak(&zip(at(*a)?, at(*b)?, Interval::sub)), *b, *a),
            Op::Where(condition, yes, no) => {
                // A polynomial other than 0 vanishes at single points only, which an integral does not see.
                let decide = |id: Id, _: bool| {
                    let jet = at(id)?;
                    let thin = self.polynomials[id].as_ref().is_some_and(|q| !q.iter().all(Zero::is_zero));
                    let strict = jet[0].is_positive() || jet[0].is_negative();
                    if thin || strict { weak(jet) } else { None }
                };
                choose(condition.holds(&decide), *yes, *no)
            }
        }
    }
}
