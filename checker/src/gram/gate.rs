//! `a + b erf(βx)` and `x (a + b erf(βx))`: error functions, normal distribution functions, GELU.
//!
//! With `κ² = 2β²`, variances and covariance times `κ²`, `Φ(x) = (1 + erf(x/√2))/2` and `D = (1+p)(1+q) - c²`, by
//! Gaussian integration by parts (a factor `e^{-u²/2}` makes another Gaussian of `(u, v)`):
//! * `E[Φ(u)Φ(v)] = 1/4 + asin(c/√((1+p)(1+q)))/(2π)`, and `asin(c/√((1+p)(1+q))) = atan(c/√D)`;
//! * `E[u Φ(u) v Φ(v)] = c E[Φ(u)Φ(v)] + (pq - c² + c²/(1+p) + c²/(1+q))/(2π√D)`;
//! * `E[Φ(u) v Φ'(v)] = c/((1+q) 2π√D)`, `E[u Φ'(u) v Φ'(v)] = c/(2π D^{3/2})`, `E[Φ'(u)Φ'(v)] = 1/(2π√D)`.
//!
//! By `erf = 2Φ - 1` and symmetry the products of `a` with `b` vanish.

use num_traits::{One, Zero};

use super::pair::Pair;
use crate::activation::Activation;
use crate::form::multiple::square_of;
use crate::form::{Atom, Form};
use crate::integer::BigRational;
use crate::interval::Interval;
use crate::rational::rational;

pub(super) struct Gate {
    /// `a²`, `b²`, `κ² = 2β²`.
    a2: BigRational,
    b2: BigRational,
    kappa2: BigRational,
    /// With the factor `x`.
    linear: bool,
}

/// `β²` of `u = βx`, where it is rational: `β` may be a rational number times roots.
fn square_of_slope(u: &Form) -> Option<BigRational> {
    let (m, c) = u.terms.iter().next().filter(|(m, _)| u.terms.len() == 1 && m.x == 1 && m.exp.is_none())?;
    Some(square_of(&m.atoms)? * c * c)
}

impl Gate {
    pub(super) fn new(activation: &Activation) -> Option<Gate> {
        let [Some(form)] = activation.pieces.forms.as_slice() else { return None };
        let (mut a, mut gated) = (None, None);
        for (m, c) in &form.terms {
            let mut atoms = m.atoms.iter();
            match (atoms.next(), atoms.next()) {
                (None, None) if m.exp.is_none() && a.is_none() => a = Some((m.x, c.clone())),
                (Some((Atom::Erf(u), e)), None) if m.exp.is_none() && e.is_one() && gated.is_none() => {
                    gated = Some((m.x, c.clone(), square_of_slope(u)?));
                }
                _ => return None,
            }
        }
        let (power, b, beta2) = gated?;
        let (other, a) = a.unwrap_or((power, BigRational::zero()));
        let fits = other == power && (power == 0 || power == 1);
        fits.then(|| Gate { a2: &a * &a, b2: &b * &b, kappa2: beta2 * rational(2), linear: power == 1 })
    }

    pub(super) fn pair(&self, p: &Interval, q: &Interval, c: &Interval) -> Pair {
        let prec = c.prec;
        let number = |r: &BigRational| Interval::rational(r, prec);
        let [a2, b2, kappa2] = [&self.a2, &self.b2, &self.kappa2].map(number);
        let one = Interval::integer(1, prec);
        // All divided by what is common: 4 E = (2/π) (...).
        let scale = b2.mul_integer(2).div(&Interval::pi(prec));
        let [up, uq, uc] = [p, q, c].map(|v| v.mul(&kappa2));
        let (over_p, over_q) = (one.add(&up), one.add(&uq));
        // Cauchy-Schwarz: D >= 1 + p + q >= 1.
        let det = over_p.mul(&over_q).sub(&uc.square()).max(&one);
        let root = det.sqrt();
        let asin = if uc.is_zero() { Interval::zero(prec) } else { uc.over_root_atan(&det) };
        if !self.linear {
            return (a2.add(&scale.mul(&asin)), scale.mul(&kappa2).div(&root));
        }
        let c2 = uc.square();
        let shares = c2.div(&over_p).add(&c2.div(&over_q));
        let rest = up.mul(&uq).sub(&c2).max(&Interval::zero(prec)).add(&shares);
        let value = uc.mul(&asin).add(&rest.div(&root)).div(&kappa2);
        let mixed = uc.div(&over_p).add(&uc.div(&over_q));
        let slope = asin.add(&mixed.div(&root)).add(&uc.div(&det.mul(&root)));
        (a2.mul(c).add(&scale.mul(&value)), a2.add(&scale.mul(&slope)))
    }
}
