//! The orthonormal Hermite polynomials themselves.
//!
//! `h_n(√q x) = Σ_j √(n!/k!) q^{k/2} (q-1)^j/(2^j j!) h_k(x)` with `k = n - 2j`, so at variance 1 the
//! dual is `ρ^n`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::applied::applied;
use super::entry::Entry;
use super::polynomial::{exact_polynomial_dual, sum_of_squares};
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::expression::names::DEGREES;
use crate::hermite::closed_form::{half_power, inverse_root_factorial, is_short};
use crate::hermite::{attainable, guarded, refine, refine_all};
use crate::number::{Ball, ClosedForm};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "hermite",
    smoothness: "analytic",
    growth: "degree n",
    method: "closed form",
    closed_coefficients: true,
    closed_dual: true,
    build: |args| args.whole().and_then(Activation::hermite_polynomial),
}];

impl Activation {
    /// The orthonormal Hermite polynomial `h_n`, `E[h_j(Z) h_k(Z)] = δ_jk`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `n > 1000`.
    pub(crate) fn hermite_polynomial(n: u32) -> Result<Activation, Error> {
        DEGREES.check("n", &n.into())?;
        Ok(Activation::new(HermitePolynomial { n: n as usize }))
    }
}

#[derive(Clone, Debug)]
struct HermitePolynomial {
    n: usize,
}

impl HermitePolynomial {
    /// `μ_0 .. μ_n` at the precision of `q`.
    fn all(&self, q: &Ball) -> Vec<Ball> {
        let prec = q.precision();
        let mut out = vec![Ball::zero(prec); self.n + 1];
        // √(n!/k!) (q-1)^j/(2^j j!), k stepping down; q^{k/2} is put on afterwards.
        let excess = q - &Ball::from_integer(1, prec);
        let mut term = Ball::from_integer(1, prec);
        let sigma = q.sqrt();
        for k in (0..=self.n).rev().step_by(2) {
            let power = q.pow(k as u64 / 2);
            out[k] = if k % 2 == 0 { &term * &power } else { &(&term * &power) * &sigma };
            if k >= 2 {
                let j = (self.n - k) as i64 / 2 + 1;
                let root = Ball::from_integer((k * (k - 1)) as i64, prec).sqrt();
                term = (&(&term * &excess) * &root).div_integer(2 * j);
            }
        }
        out
    }
}

fn factorial(n: usize) -> BigRational {
    BigRational::from((1..=n).map(BigInt::from).product::<BigInt>())
}

impl Definition for HermitePolynomial {
    fn name(&self) -> String {
        format!("hermite({})", self.n)
    }

    fn formula(&self) -> String {
        format!("h_{}(x)", self.n)
    }

    fn expression(&self) -> Option<String> {
        Some(applied(&self.name()))
    }

    fn smoothness(&self) -> String {
        "analytic".to_string()
    }

    fn method(&self) -> String {
        "closed form".to_string()
    }

    fn support(&self) -> Support {
        let initial = (0..=self.n).map(|k| k % 2 == self.n % 2).collect();
        Support { initial, even_tail: false, odd_tail: false }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let start = guarded(precision, len.max(self.n))?;
        Ok(refine_all(attainable(precision, q, len), start, len, 6, |p, len| {
            let mut out = self.all(&q.with_precision(p));
            out.resize(len, Ball::zero(p));
            out
        }))
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let sum = |p| self.all(&q.with_precision(p)).iter().fold(Ball::zero(p), |sum, c| sum + c.square());
        Ok(refine(precision, sum))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let sum = |p| {
            let q = q.with_precision(p);
            let weighted = self
                .all(&q)
                .iter()
                .enumerate()
                .map(|(k, c)| c.square().mul_integer(k as i64))
                .collect::<Vec<_>>();
            weighted.iter().fold(Ball::zero(p), |sum, c| sum + c) / q
        };
        Ok(refine(precision, sum))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let all = self.hermite(q, self.n + 1, precision + 2)?;
        Ok(Dual::Polynomial(all.iter().map(Ball::square).collect()))
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        self.all(&Ball::zero(precision)).into_iter().next()
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if k > self.n || (self.n - k) % 2 == 1 {
            return Some(ClosedForm::zero());
        }
        if !is_short(q) {
            return None;
        }
        // √(n!/k!) q^{k/2} (q-1)^j/(2^j j!); √n! = n! / √n!.
        let j = (self.n - k) / 2;
        let norm = inverse_root_factorial(self.n)?.scaled(&factorial(self.n));
        let norm = &norm * &inverse_root_factorial(k)?;
        let excess = (q - BigRational::one()) / BigRational::from_integer(2.into());
        let factor = num_traits::pow(excess, j) / factorial(j);
        Some((&norm * &half_power(q, k as i64)?).scaled(&factor))
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        sum_of_squares(self, self.n, q)
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        exact_polynomial_dual(self, self.n, q)
    }
}
