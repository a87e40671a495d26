//! The shifted bell `e^{rx - sx²}`, `s > 0`.
//!
//! At variance `q` let `v = 1 + 2sq`. The generating function `Σ c_k w^k/k! = E[e^{r√q Z - sqZ²} e^{wZ - w²/2}]` is
//! `A e^{αw - βw²/2}` with `A = v^{-1/2} e^{r²q/(2v)}`, `α = r√q/v`, `β = 2sq/v`, so that `c_0 = A`,
//! `c_{k+1} = α c_k - β k c_{k-1}` and `μ_k = c_k/√k!`. The square is the bell of `2r` and `2s`: with `u = 1 + 4sq`,
//! `E[φ²] = u^{-1/2} e^{2r²q/u}`, and under it `√q Z` has the mean `2rq/u` and the variance `q/u`, so that
//! `E[φ'²] = E[φ²] ((r - 4rsq/u)² + 4s²q/u) = E[φ²] (r²/u² + 4s²q/u)`.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::Dual;
use crate::hermite::closed_form::{half_power, inverse_root_factorial, is_short};
use crate::hermite::{attainable, guarded, refine, refine_all};
use crate::number::{Ball, ClosedForm};

/// Highest degree whose coefficient is written in closed form.
const MAX_CLOSED: usize = 200;

/// `e^{rx - sx²}`, neither of them zero.
#[derive(Clone, Debug)]
pub(super) struct Bell {
    r: BigRational,
    s: BigRational,
}

impl Bell {
    /// `None` unless `s > 0` and `r ≠ 0`.
    pub(super) fn activation(r: BigRational, s: BigRational) -> Option<Activation> {
        (s.is_positive() && !r.is_zero()).then(|| Activation::new(Bell { r, s }))
    }

    fn parameters(&self, precision: u32) -> [Ball; 2] {
        [&self.r, &self.s].map(|x| Ball::from_rational(x, precision))
    }

    fn coefficients(&self, q: &Ball, len: usize, precision: u32) -> Vec<Ball> {
        let q = &q.with_precision(precision);
        let [r, s] = self.parameters(precision);
        let one = Ball::from_integer(1, precision);
        let twice = (&s * q).shl(1);
        let v = &one + &twice;
        let (alpha, beta) = (&r * &q.sqrt() / &v, &twice / &v);
        let first = ((r.square() * q) / v.shl(1)).exp() / v.sqrt();
        // μ_{k+1} √(k+1) = α μ_k - β √k μ_{k-1}.
        let mut out = vec![first];
        for k in 1..len as i64 {
            let root = |n: i64| Ball::from_integer(n, precision).sqrt();
            let mut next = &alpha * &out[k as usize - 1];
            if k >= 2 {
                next = next - &(&beta * &root(k - 1)) * &out[k as usize - 2];
            }
            out.push(next / root(k));
        }
        out.truncate(len);
        out
    }

    /// `u = 1 + 4sq`, and `E[φ²]`.
    fn square(&self, q: &Ball) -> [Ball; 2] {
        let [r, s] = self.parameters(q.precision());
        let u = Ball::from_integer(1, q.precision()) + (&s * q).shl(2);
        let moment = ((r.square() * q).shl(1) / &u).exp() / u.sqrt();
        [u, moment]
    }
}

impl Definition for Bell {
    fn name(&self) -> String {
        format!("exp(({})*x-({})*x^2)", self.r, self.s)
    }

    fn formula(&self) -> String {
        self.name()
    }

    fn smoothness(&self) -> String {
        "analytic".to_string()
    }

    fn method(&self) -> String {
        "closed form".to_string()
    }

    fn support(&self) -> Support {
        Support::all()
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        // The recurrence is that of Hermite polynomials at a point: a few bits a step are lost, and coefficients may
        // vanish.
        let start = guarded(precision, len)? + 2 * (len.min(4096) as u32);
        Ok(refine_all(attainable(precision, q, len), start, len, 3, |p, len| self.coefficients(q, len, p)))
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        Ok(refine(precision, |p| {
            let [_, moment] = self.square(&q.with_precision(p));
            moment
        }))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        Ok(refine(precision, |p| {
            let q = q.with_precision(p);
            let [u, moment] = self.square(&q);
            let [r, s] = self.parameters(p);
            moment * ((r / &u).square() + (s.square() * q).shl(2) / &u)
        }))
    }

    fn dual(&self, _: &Ball, _: u32) -> Result<Dual, Error> {
        Ok(Dual::Hermite)
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(Ball::from_integer(1, precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn decay_bits(&self, q: f64, k: usize) -> f64 {
        // μ_k² is about β^k.
        let [_, s] = self.parameters(53);
        let twice = 2.0 * s.midpoint().to_f64() * q;
        (k as f64 * ((1.0 + twice) / twice).log2()).max(0.0)
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if k > MAX_CLOSED || !is_short(q) {
            return None;
        }
        let two = BigRational::from_integer(2.into());
        let v = BigRational::one() + &two * &self.s * q;
        let beta = &two * &self.s * q / &v;
        // α = r√q/v: c_k = A √q^{k mod 2} times rational numbers.
        let (mut before, mut now) = (BigRational::zero(), BigRational::one());
        for i in 0..k {
            let odd = i % 2 == 0;
            // √q √q = q where the parity goes from odd to even.
            let alpha = if odd { &self.r / &v } else { &self.r * q / &v };
            let next = alpha * &now - &beta * BigRational::from_integer(i.into()) * &before;
            (before, now) = (now, next);
        }
        let root = if k % 2 == 1 { half_power(q, 1)? } else { ClosedForm::one() };
        let scale = &ClosedForm::sqrt(&v.recip())? * &ClosedForm::exp(&(&self.r * &self.r * q / (&two * &v)));
        Some((&(&scale * &root) * &inverse_root_factorial(k)?).scaled(&now))
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        let whole = |n: i64| BigRational::from_integer(n.into());
        let u = whole(1) + whole(4) * &self.s * q;
        Some(&ClosedForm::sqrt(&u.recip())? * &ClosedForm::exp(&(whole(2) * &self.r * &self.r * q / u)))
    }
}
