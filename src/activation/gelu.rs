//! GELU, exactly `x Φ(x)` with the standard normal distribution function Φ.
//!
//! At variance `q`, `Φ(√q x) = 1/2 + erf(√(q/2) x)/2` has the coefficients `g_0 = 1/2` and half those of
//! erf at odd `k` (with `β = q/(1+q)`). Multiplying by `√q x` gives `μ_0 = √q g_1`, `μ_1 = √q/2`, no
//! other odd one, and for even `k`
//! `μ_k = √q (√k g_{k-1} + √(k+1) g_{k+1}) = √q g_{k-1} (k+q)/((1+q)√k)`, free of cancellation.

use num_rational::BigRational;

use super::applied::applied;
use super::entry::Entry;
use super::{Activation, Definition, Support, erf};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::guarded;
use crate::number::{Ball, ClosedForm};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "gelu",
    smoothness: "analytic",
    growth: "linear",
    method: "closed form",
    closed_coefficients: true,
    closed_dual: true,
    build: |args| args.values().map(|[]| Activation::gelu()),
}];

impl Activation {
    /// `x Φ(x)`, Φ the standard normal distribution function.
    pub(crate) fn gelu() -> Activation {
        Activation::new(Gelu)
    }
}

#[derive(Clone, Debug)]
struct Gelu;

/// `π/2 + asin(q/(1+q))`, `1 + q`, `√(1+2q)`.
fn parts(q: &Ball) -> (Ball, Ball, Ball) {
    let prec = q.precision();
    let one = Ball::from_integer(1, prec);
    let next = q + &one;
    let root = (q.shl(1) + one).sqrt();
    // asin(q/(1+q)) = atan(q/√(1+2q)), which is well conditioned where q is large.
    let angle = Ball::pi(prec).shl(-1) + (q / &root).atan();
    (angle, next, root)
}

impl Definition for Gelu {
    fn name(&self) -> String {
        "gelu".to_string()
    }

    fn formula(&self) -> String {
        "x Φ(x)".to_string()
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
        Support { initial: vec![true, true], even_tail: true, odd_tail: false }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let prec = guarded(precision, len)?;
        let q = q.with_precision(prec);
        let sigma = q.sqrt();
        let g = erf::coefficients(&q, false, len.max(2));
        let scale = &sigma / &(&q + &Ball::from_integer(1, prec));
        let mut out = vec![(&sigma * &g[1]).shl(-1), sigma.shl(-1)];
        out.resize(len.max(2), Ball::zero(prec));
        for k in (2..len).step_by(2) {
            let factor =
                (&q + &Ball::from_integer(k as i64, prec)) / Ball::from_integer(k as i64, prec).sqrt();
            out[k] = (&(&scale * &g[k - 1]) * &factor).shl(-1);
        }
        out.truncate(len);
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // (q (π/2 + asin(q/(1+q))) + 2q²/((1+q)√(1+2q)))/(2π): the dual at 1, without cancellation.
        let q = q.with_precision(precision + 16);
        let (angle, next, root) = parts(&q);
        let sum = &q * &angle + q.square().shl(1) / (next * root);
        Ok(sum / Ball::pi(q.precision()).shl(1))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // (π/2 + asin(q/(1+q)) + 2q/((1+q)√(1+2q)) + q (1+2q)^{-3/2})/(2π).
        let q = q.with_precision(precision + 16);
        let (angle, next, root) = parts(&q);
        let sum = angle + q.shl(1) / (next * &root) + &q / &root.pow(3);
        Ok(sum / Ball::pi(q.precision()).shl(1))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let scale = Ball::from_integer(1, precision + 16);
        Ok(Dual::Gelu { scale, variance: q.with_precision(precision + 16) })
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(Ball::zero(precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        let root = ClosedForm::sqrt(q)?;
        let half = BigRational::new(1.into(), 2.into());
        if k % 2 == 1 {
            return Some(if k == 1 { root.scaled(&half) } else { ClosedForm::zero() });
        }
        if k == 0 {
            return Some((&root * &erf::coefficient_closed_form(q, 1)?).scaled(&half));
        }
        // √q g_{k-1} (k+q)/((1+q)√k).
        let whole = |n: usize| BigRational::from_integer(n.into());
        let g = erf::coefficient_closed_form(q, k - 1)?;
        let root_k = ClosedForm::sqrt(&whole(k).recip())?;
        Some((&(&root * &g) * &root_k).scaled(&(half * (whole(k) + q) / (whole(1) + q))))
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        // q/4 + (q asin(q/(1+q)) + 2q²/((1+q)√(1+2q)))/(2π).
        let whole = |n: usize| BigRational::from_integer(n.into());
        let next = whole(1) + q;
        let angle = ClosedForm::asin(&(q / &next))?.scaled(q);
        let root = ClosedForm::sqrt(&(whole(1) + whole(2) * q).recip())?;
        let sum = &angle + &root.scaled(&(whole(2) * q * q / next));
        let over = ClosedForm::pi_power(-2).scaled(&whole(2).recip());
        Some(&ClosedForm::from(q / whole(4)) + &(&sum * &over))
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        Some(ExactDual::Gelu { scale: ClosedForm::one(), variance: q.clone() })
    }
}
