//! Images of an activation: `a ψ(bx) + p(x)` with numbers `a` and `b > 0` and a polynomial `p`.
//!
//! At variance `q` the Hermite coefficients are `m_k + p_k` with `m_k = a μ_k(ψ; b²q)` and those of the polynomial,
//! `p_k`; the dual is `a² ψ̂(ρ; b²q) + Σ p_k (2 m_k + p_k) ρ^k`. So the image has the closed forms that ψ has.

use std::cell::RefCell;

use num_rational::BigRational;

use super::{Activation, Definition, PiecewiseAnalytic, Support};
use crate::Error;
use crate::dual::{Dual, Enclosed, ExactDual, Parameters};
use crate::hermite::closed_form::polynomial_closed_form;
use crate::hermite::{attainable, guarded, polynomial_coefficients, refine, refine_all};
use crate::number::{Ball, ClosedForm};

/// `a ψ(bx) + p(x)`.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// ψ.
    pub(super) of: Activation,
    /// `a`.
    pub(super) factor: ClosedForm,
    /// `b²`; `b` is positive.
    pub(super) rate_squared: BigRational,
    /// The coefficients of `p`, from the constant term up.
    pub(super) polynomial: Vec<ClosedForm>,
}

impl Image {
    /// The activation; `general` is the same function without knowledge of ψ, and says what does not depend on it.
    pub(super) fn activation(mut self, general: Activation) -> Activation {
        while self.polynomial.last().is_some_and(ClosedForm::is_zero) {
            self.polynomial.pop();
        }
        Activation::new(Named { image: self, general })
    }

    fn variance(&self, q: &Ball, precision: u32) -> Ball {
        q.with_precision(precision) * Ball::from_rational(&self.rate_squared, precision)
    }

    /// `m_0 .. m_{len-1}`.
    fn of_function(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let factor = self.factor.to_ball(precision);
        let coefficients = self.of.hermite(&self.variance(q, precision), len, precision)?;
        Ok(coefficients.iter().map(|mu| &factor * mu).collect())
    }

    /// `[m_k, p_k]` up to the degree of the polynomial.
    fn terms(&self, q: &Ball, precision: u32) -> Result<Vec<[Ball; 2]>, Error> {
        let c = ClosedForm::to_balls(&self.polynomial, precision);
        let p = polynomial_coefficients(&c, &q.with_precision(precision), c.len());
        let m = self.of_function(q, p.len(), precision)?;
        Ok(m.into_iter().zip(p).map(|(m, p)| [m, p]).collect())
    }

    /// `factor · of_function` and `Σ_k weight(k) p_k (2 m_k + p_k)`, as accurate as `precision` asks where the two
    /// cancel.
    fn moment(
        &self,
        q: &Ball,
        precision: u32,
        of_function: impl Fn(u32) -> Result<Ball, Error>,
        weight: impl Fn(usize) -> i64,
    ) -> Result<Ball, Error> {
        let at = |p: u32| -> Result<Ball, Error> {
            let terms = self.terms(q, p)?;
            let square = self.factor.to_ball(p).square();
            let sum = terms
                .iter()
                .enumerate()
                .fold(Ball::zero(p), |sum, (k, term)| sum + Enclosed::added(term).mul_integer(weight(k)));
            Ok(square * of_function(p)? + sum)
        };
        if self.polynomial.is_empty() {
            return at(precision + 16);
        }
        let failed = RefCell::new(None);
        let moment = refine(precision, |p| {
            at(p).unwrap_or_else(|error| {
                failed.replace(Some(error));
                Ball::whole_line(p)
            })
        });
        match failed.into_inner() {
            Some(error) if !moment.is_finite() => Err(error),
            _ => Ok(moment),
        }
    }

    fn closed_terms(&self, q: &BigRational) -> Option<Vec<ClosedForm>> {
        let two = BigRational::from_integer(2.into());
        (0..self.polynomial.len())
            .map(|k| {
                let p = polynomial_closed_form(&self.polynomial, k, q)?;
                if p.is_zero() {
                    return Some(p);
                }
                let m = &self.factor * &self.of.hermite_closed_form(k, &(q * &self.rate_squared))?;
                Some(&p * &(&m.scaled(&two) + &p))
            })
            .collect()
    }
}

/// With what is known of the function without its being an image.
#[derive(Clone, Debug)]
struct Named {
    image: Image,
    general: Activation,
}

impl Named {
    /// An error of ψ, said of the image.
    fn renamed(&self, error: Error) -> Error {
        match error {
            Error::NoTangentKernel { why, .. } => {
                Error::NoTangentKernel { activation: self.general.name(), why }
            }
            error => error,
        }
    }
}

impl Definition for Named {
    fn name(&self) -> String {
        self.general.name()
    }

    fn formula(&self) -> String {
        self.general.formula()
    }

    fn smoothness(&self) -> String {
        self.general.smoothness()
    }

    fn expression(&self) -> Option<String> {
        self.general.expression()
    }

    fn analytic(&self) -> Option<&dyn PiecewiseAnalytic> {
        self.general.analytic()
    }

    fn method(&self) -> String {
        self.image.of.method()
    }

    fn support(&self) -> Support {
        self.general.support()
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let start = guarded(precision, len.max(self.image.polynomial.len()))?;
        let mut out = self.image.of_function(q, len, start)?;
        let few = len.min(self.image.polynomial.len());
        // Where the two cancel, more bits are asked for.
        let sums = refine_all(attainable(precision, q, few), start, few, 4, |p, few| {
            let terms = self.image.terms(q, p).unwrap_or_default();
            let mut sums: Vec<Ball> = terms.iter().take(few).map(|[m, c]| m + c).collect();
            sums.resize(few, Ball::whole_line(p));
            sums
        });
        out.splice(..few, sums);
        self.support().clear(&mut out);
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let image = &self.image;
        image.moment(q, precision, |p| image.of.second_moment(&image.variance(q, p), p), |_| 1)
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // q E[φ'(√q Z)²] = Σ k μ_k².
        let image = &self.image;
        let of_function = |p: u32| {
            let q = image.variance(q, p);
            Ok(image.of.derivative_second_moment(&q, p).map_err(|e| self.renamed(e))? * q)
        };
        let sum = image.moment(q, precision + 16, of_function, |k| k as i64)?;
        Ok(sum / q.with_precision(precision + 16))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let image = &self.image;
        let precision = precision + 16;
        let dual = image.of.dual(&image.variance(q, precision), precision)?;
        if let Dual::Hermite = dual {
            return Ok(dual);
        }
        let dual = dual.scaled(&image.factor.to_ball(precision).square());
        match image.polynomial.is_empty() {
            true => Ok(dual),
            false => Ok(dual.with_polynomial(image.terms(q, precision)?)),
        }
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        self.general.at_zero(precision)
    }

    fn check_square_integrable(&self, q: &BigRational) -> Result<(), Error> {
        self.general.check_square_integrable(q)
    }

    fn decay_bits(&self, q: f64, k: usize) -> f64 {
        let rate = Ball::from_rational(&self.image.rate_squared, 53).midpoint().to_f64();
        self.image.of.decay_bits(q * rate, k)
    }

    fn half_strip(&self, precision: u32) -> Option<Ball> {
        let strip = self.image.of.half_strip(precision)?;
        Some(strip / Ball::from_rational(&self.image.rate_squared, precision).sqrt())
    }

    fn kinks(&self, precision: u32) -> Option<Vec<[Ball; 2]>> {
        // a φ(bx) + p(x) with a linear p.
        if self.image.polynomial.len() > 2 {
            return None;
        }
        let rate = Ball::from_rational(&self.image.rate_squared, precision).sqrt();
        let steeper = self.image.factor.to_ball(precision) * &rate;
        let kinks = self.image.of.kinks(precision)?;
        Some(kinks.iter().map(|[place, jump]| [place / &rate, jump * &steeper]).collect())
    }

    fn most_bits(&self, asked: u32) -> u32 {
        self.image.of.most_bits(asked)
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if !self.support().may_be_nonzero(k) {
            return Some(ClosedForm::zero());
        }
        let m = self.image.of.hermite_closed_form(k, &(q * &self.image.rate_squared))?;
        let p = match k < self.image.polynomial.len() {
            true => polynomial_closed_form(&self.image.polynomial, k, q)?,
            false => ClosedForm::zero(),
        };
        Some(&self.image.factor * &m + p)
    }

    fn hermite_square_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        if k < self.image.polynomial.len() {
            return self.hermite_closed_form(k, q).map(|mu| &mu * &mu);
        }
        let square = self.image.of.hermite_square_closed_form(k, &(q * &self.image.rate_squared))?;
        Some(&(&self.image.factor * &self.image.factor) * &square)
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        let moment = self.image.of.second_moment_closed_form(&(q * &self.image.rate_squared))?;
        let square = &self.image.factor * &self.image.factor;
        Some(self.image.closed_terms(q)?.iter().fold(&square * &moment, |sum, term| &sum + term))
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        let dual = self.image.of.exact_dual(&(q * &self.image.rate_squared))?;
        let dual = dual.scaled(&(&self.image.factor * &self.image.factor));
        let terms = self.image.closed_terms(q)?;
        Some(if terms.is_empty() { dual } else { dual.with_polynomial(terms) })
    }
}
