//! Snake, `x + sin²(ax)/a = x + (1 - cos 2ax)/(2a)`: the coefficients are those of a line and of a cosine.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::applied::applied;
use super::entry::Entry;
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::Dual;
use crate::hermite::{guarded, refine};
use crate::number::{Ball, ClosedForm};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "snake",
    smoothness: "analytic",
    growth: "linear",
    method: "closed form",
    closed_coefficients: true,
    closed_dual: false,
    build: |args| args.values().and_then(|[a]| Activation::snake(&a)),
}];

impl Activation {
    /// `x + sin²(ax)/a`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `a = 0`.
    pub(crate) fn snake(a: &BigRational) -> Result<Activation, Error> {
        let two = BigRational::from_integer(2.into());
        let cosine = Activation::cos(&(a * two), &BigRational::zero())
            .map_err(|_| Error::parameter("a", a, "a number other than 0 is accepted"))?;
        Ok(Activation::new(Snake { a: a.clone(), cosine }))
    }
}

#[derive(Clone, Debug)]
struct Snake {
    a: BigRational,
    /// `cos(2ax)`.
    cosine: Activation,
}

impl Snake {
    /// `γ = 4a²q`, so that `E[cos(2a√q Z)] = e^{-γ/2}`.
    fn gamma(&self, q: &Ball) -> Ball {
        Ball::from_rational(&(&self.a * &self.a), q.precision()).shl(2) * q
    }

    /// `1/(2a)`.
    fn scale(&self) -> BigRational {
        (&self.a * BigRational::from_integer(2.into())).recip()
    }
}

impl Definition for Snake {
    fn name(&self) -> String {
        if self.a.is_one() { "snake".to_string() } else { format!("snake({})", self.a) }
    }

    fn formula(&self) -> String {
        match self.a.is_one() {
            true => "x + sin(x)^2".to_string(),
            false => format!("x + sin(({a})*x)^2/({a})", a = self.a),
        }
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
        let scale = Ball::from_rational(&self.scale(), guarded(precision, len)?);
        let mut out: Vec<Ball> =
            self.cosine.hermite(q, len, precision)?.iter().map(|c| -(c * &scale)).collect();
        if let Some(first) = out.first_mut() {
            *first = refine(precision, |p| {
                let one = Ball::from_integer(1, p);
                (one - (-self.gamma(&q.with_precision(p)).shl(-1)).exp())
                    * Ball::from_rational(&self.scale(), p)
            });
        }
        if let Some(second) = out.get_mut(1) {
            *second = q.with_precision(precision + 16).sqrt();
        }
        Ok(out)
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // q + E[(1 - c)²]/(4a²), E[c] = e^{-γ/2}, E[c²] = (1 + e^{-2γ})/2.
        Ok(refine(precision, |p| {
            let q = q.with_precision(p);
            let gamma = self.gamma(&q);
            let three_halves = Ball::from_integer(3, p).shl(-1);
            let sum = three_halves + (-gamma.shl(1)).exp().shl(-1) - (-gamma.shl(-1)).exp().shl(1);
            q + sum * Ball::from_rational(&self.scale(), p).square()
        }))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // φ' = 1 + sin(2ax): 1 + E[sin²] = (3 - e^{-2γ})/2.
        let q = q.with_precision(precision + 16);
        Ok((Ball::from_integer(3, q.precision()) - (-self.gamma(&q).shl(1)).exp()).shl(-1))
    }

    fn dual(&self, _: &Ball, _: u32) -> Result<Dual, Error> {
        Ok(Dual::Hermite)
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(Ball::zero(precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        match k {
            0 => Some((&ClosedForm::one() - &self.cosine.hermite_closed_form(0, q)?).scaled(&self.scale())),
            1 => ClosedForm::sqrt(q),
            _ => Some(self.cosine.hermite_closed_form(k, q)?.scaled(&-self.scale())),
        }
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        let two = BigRational::from_integer(2.into());
        let mean = self.cosine.hermite_closed_form(0, q)?.scaled(&two);
        let square = self.cosine.second_moment_closed_form(q)?;
        let sum = &(&ClosedForm::one() + &square) - &mean;
        Some(&ClosedForm::from(q.clone()) + &sum.scaled(&(self.scale() * self.scale())))
    }
}

#[cfg(test)]
mod tests {
    use crate::Activation;

    #[test]
    fn parameters() {
        assert_eq!(Activation::parse("snake(3/2)").unwrap().formula(), "x + sin((3/2)*x)^2/(3/2)");
        assert!(Activation::parse("snake(0)").unwrap_err().to_string().contains("other than 0"));
    }
}
