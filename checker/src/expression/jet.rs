//! Taylor coefficients: of a function on a short interval, `f(c + t) = Σ a_i t^i` with enclosures of the `a_i`.
//!
//! Evaluated at a point the coefficients are those of the Taylor polynomial; evaluated on an interval that contains
//! the point, the last one encloses the remainder's (Taylor's theorem with Lagrange's remainder).

use num_traits::Zero;

use super::{Expression, Id, Op};
use crate::enclosure::Enclosure;
use crate::function::Function;
use crate::integer::BigRational;
use crate::work;

pub(crate) type Jet<E> = Vec<E>;

fn constant<E: Enclosure>(value: E, len: usize) -> Jet<E> {
    let zero = value.like_integer(0);
    std::iter::once(value).chain(std::iter::repeat(zero)).take(len).collect()
}

fn zip<E: Enclosure>(a: &[E], b: &[E], f: fn(&E, &E) -> E) -> Jet<E> {
    a.iter().zip(b).map(|(x, y)| f(x, y)).collect()
}

pub(crate) fn mul<E: Enclosure>(a: &[E], b: &[E]) -> Jet<E> {
    (0..a.len()).map(|n| convolution(a, b, 0..=n, n)).collect()
}

/// `Σ a_i b_{n-i}`.
fn convolution<E: Enclosure>(a: &[E], b: &[E], range: std::ops::RangeInclusive<usize>, n: usize) -> E {
    work::charge(E::COST * (n as u64 + 1));
    range.fold(a[0].like_integer(0), |sum, i| sum.add(&a[i].mul(&b[n - i])))
}

/// About the products of a recurrence of so many steps, each a sum over those before.
fn quadratic<E: Enclosure>(len: usize) {
    work::charge(E::COST * (len as u64).saturating_mul(len as u64));
}

pub(crate) fn div<E: Enclosure>(a: &[E], b: &[E]) -> Jet<E> {
    quadratic::<E>(a.len());
    let mut out: Jet<E> = vec![];
    for n in 0..a.len() {
        // b_0 c_n = a_n - Σ_{i<n} c_i b_{n-i}.
        let rest = out.iter().enumerate().fold(a[n].clone(), |r, (i, c)| r.sub(&c.mul(&b[n - i])));
        out.push(rest.div(&b[0]));
    }
    out
}

/// `∫ w u'` with a given value: `y' = w u'`, where `w` may need the `y` found so far.
fn integrate<E: Enclosure>(first: E, u: &[E], mut w: impl FnMut(usize, &Jet<E>) -> E) -> Jet<E> {
    quadratic::<E>(u.len());
    let mut out = vec![first];
    let mut weights: Jet<E> = vec![];
    for n in 1..u.len() {
        weights.push(w(n - 1, &out));
        // n y_n = Σ_{i=1}^n i u_i w_{n-i}.
        let zero = u[0].like_integer(0);
        let sum = (1..=n).fold(zero, |s, i| s.add(&u[i].mul_integer(i as i64).mul(&weights[n - i])));
        out.push(sum.div_integer(n as u64));
    }
    out
}

pub(crate) fn exp<E: Enclosure>(u: &[E]) -> Jet<E> {
    integrate(u[0].call(Function::Exp), u, |i, y| y[i].clone())
}

/// Sine and cosine together.
fn sin_cos<E: Enclosure>(u: &[E]) -> [Jet<E>; 2] {
    quadratic::<E>(2 * u.len());
    let (mut s, mut c) = (vec![u[0].call(Function::Sin)], vec![u[0].call(Function::Cos)]);
    for n in 1..u.len() {
        let zero = u[0].like_integer(0);
        let part = |y: &Jet<E>| {
            (1..=n).fold(zero.clone(), |sum, i| sum.add(&u[i].mul_integer(i as i64).mul(&y[n - i])))
        };
        let (next_s, next_c) = (part(&c).div_integer(n as u64), part(&s).neg().div_integer(n as u64));
        s.push(next_s);
        c.push(next_c);
    }
    [s, c]
}

fn power<E: Enclosure>(u: &[E], n: i32) -> Jet<E> {
    let len = u.len();
    if n < 0 {
        return div(&constant(u[0].like_integer(1), len), &power(u, n.saturating_neg()));
    }
    let (mut out, mut square, mut left) = (constant(u[0].like_integer(1), len), u.to_vec(), n);
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

fn root<E: Enclosure>(u: &[E], r: &BigRational) -> Jet<E> {
    quadratic::<E>(2 * u.len());
    let ratio = u[0].like_rational(r);
    let mut y = vec![u[0].root(r)];
    for n in 1..u.len() {
        // u y' = r u' y: n u_0 y_n = Σ_{i=1}^n (r i - (n-i)) u_i y_{n-i}.
        let sum = (1..=n).fold(u[0].like_integer(0), |s, i| {
            let factor = ratio.mul_integer(i as i64).sub(&u[0].like_integer((n - i) as i64));
            s.add(&factor.mul(&u[i]).mul(&y[n - i]))
        });
        y.push(sum.div_integer(n as u64).div(&u[0]));
    }
    y
}

fn call<E: Enclosure>(f: Function, u: &[E]) -> Option<Jet<E>> {
    let one = u[0].like_integer(1);
    let y0 = u[0].call(f);
    Some(match f {
        Function::Exp => exp(u),
        Function::Sin => sin_cos(u).into_iter().next()?,
        Function::Cos => sin_cos(u).into_iter().nth(1)?,
        Function::Sinh | Function::Cosh => {
            let minus: Jet<E> = u.iter().map(E::neg).collect();
            let combine = if f == Function::Sinh { E::sub } else { E::add };
            zip(&exp(u), &exp(&minus), combine).iter().map(|c| c.scaled(-1)).collect()
        }
        // y' = (1 - y²) u'.
        Function::Tanh => integrate(y0, u, |i, y| {
            let square = convolution(y, y, 0..=i, i);
            if i == 0 {
                density(&u[0].scaled(1), &one.sub(&y[0].square()).scaled(-2)).scaled(2)
            } else {
                square.neg()
            }
        }),
        // y' = (y - y²) u'.
        Function::Sigmoid => integrate(y0, u, |i, y| {
            let plain = y[i].sub(&convolution(y, y, 0..=i, i));
            if i == 0 { density(&u[0], &plain) } else { plain }
        }),
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
            let minus: Jet<E> = mul(u, u).iter().map(E::neg).collect();
            let scale = u[0].like_integer(2).div(&u[0].like_pi().root(&BigRational::new(1.into(), 2.into())));
            let w: Jet<E> = exp(&minus).iter().map(|c| c.mul(&scale)).collect();
            integrate(y0, u, |i, _| w[i].clone())
        }
        Function::Sinc if !u[0].has_zero() => {
            let [s, _] = sin_cos(u);
            let quotient = div(&s, u);
            // The bounds near zero hold everywhere, and the quotient is poor on intervals that nearly reach it.
            match sinc_near_zero(u) {
                Some(bound) => zip(&quotient, &bound, E::meet_or),
                None => quotient,
            }
        }
        Function::Sinc => return sinc_near_zero(u),
    })
}

/// `σ(u)(1-σ(u)) = t/(1+t)²` with `t = e^{-|u|}`, given as a difference: far out that is all rounding.
fn density<E: Enclosure>(u: &E, plain: &E) -> E {
    if u.abs().sub(&u.like_integer(8)).is_negative() {
        return plain.clone();
    }
    let t = u.abs().neg().call(Function::Exp);
    let sum = t.add(&t.like_integer(1));
    t.div(&sum.square()).meet_or(plain)
}

/// `sinc u = ∫_0^1 cos(tu) dt`, so `|sinc^{(n)}| <= 1/(n+1)` everywhere; for `u = c + d t` only.
fn sinc_near_zero<E: Enclosure>(u: &[E]) -> Option<Jet<E>> {
    if u.iter().skip(2).any(|c| !c.is_zero()) {
        return None;
    }
    let mut out = vec![u[0].call(Function::Sinc)];
    let mut scale = u[0].like_integer(1);
    for n in 1..u.len() {
        scale = scale.mul(&u[1]).div_integer(n as u64);
        out.push(scale.symmetric()?.div_integer(n as u64 + 1));
    }
    Some(out)
}

impl Expression {
    /// The first `len` Taylor coefficients of `f(x + slope τ)` in `τ`, `x` in an interval. `None` where a condition
    /// changes inside, or a function has no derivative: the interval is then to be split there.
    pub(crate) fn jet<E: Enclosure>(&self, x: &E, slope: &E, len: usize) -> Option<Jet<E>> {
        self.jet_to(self.root, x, slope, len)
    }

    /// The same of one of the operations.
    pub(super) fn jet_to<E: Enclosure>(&self, root: Id, x: &E, slope: &E, len: usize) -> Option<Jet<E>> {
        let continued = x.has_zero() && self.removable.iter().any(Option::is_some);
        let needed = if continued { self.needed(root, len) } else { vec![len; root + 1] };
        let mut jets: Vec<Option<Jet<E>>> = vec![];
        for (id, op) in self.ops.iter().enumerate().take(root + 1) {
            let next = match (op, &self.removable[id]) {
                _ if needed[id] == 0 => None,
                (Op::Div(a, _), Some(removable)) if continued => {
                    jets[*a].as_ref().and_then(|u| removable.continued(u, slope, needed[id]))
                }
                _ => self.jet_of(op, &jets, [x, slope], needed[id]),
            };
            jets.push(next);
        }
        jets.swap_remove(root)
    }

    fn jet_of<E: Enclosure>(
        &self,
        op: &Op,
        jets: &[Option<Jet<E>>],
        [x, slope]: [&E; 2],
        len: usize,
    ) -> Option<Jet<E>> {
        work::charge(E::COST * len as u64);
        // Some have more than is needed here.
        let at = |id: Id| jets[id].as_ref().map(|jet| &jet[..len]);
        let choose = |condition: Option<bool>, yes: Id, no: Id| {
            at(if condition? { yes } else { no }).map(<[E]>::to_vec)
        };
        // Where two values are equal, either is the larger: signs need not be strict.
        let weak = |jet: &[E]| {
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
            Op::Number(r) => Some(constant(x.like_rational(r), len)),
            Op::Pi => Some(constant(x.like_pi(), len)),
            Op::Add(a, b) => Some(zip(at(*a)?, at(*b)?, E::add)),
            Op::Sub(a, b) => Some(zip(at(*a)?, at(*b)?, E::sub)),
            Op::Mul(a, b) => Some(mul(at(*a)?, at(*b)?)),
            Op::Div(a, b) => Some(div(at(*a)?, at(*b)?)),
            Op::Power(a, n) => Some(power(at(*a)?, *n)),
            Op::Root(a, r) => Some(root(at(*a)?, r)),
            Op::Call(f, a) => call(*f, at(*a)?),
            Op::Abs(a) => {
                let jet = at(*a)?;
                Some(if weak(jet)? { jet.to_vec() } else { jet.iter().map(E::neg).collect() })
            }
            Op::Max(a, b) => choose(weak(&zip(at(*a)?, at(*b)?, E::sub)), *a, *b),
            Op::Min(a, b) => choose(weak(&zip(at(*a)?, at(*b)?, E::sub)), *b, *a),
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
