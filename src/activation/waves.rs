//! `E cos(rx) + O sin(rx)`, or the same with the hyperbolic functions: sums of two exponentials or waves of one rate.
//!
//! With `γ = r²q` and `s = 1` for the hyperbolic functions, `s = -1` for the others, `μ_k` is `e^{sγ/2} √(γ^k/k!)
//! s^{⌊k/2⌋}` times `E` for even and `O` for odd `k`, and the dual is `e^{sγ} (E² cosh γρ + O² sinh γρ)`.

use num_rational::BigRational;
use num_traits::One;

use super::ratios::{by_ratios, root_of_next_two};
use super::{Activation, Definition, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::hermite::closed_form::{half_power, inverse_root_factorial, is_short};
use crate::hermite::guarded;
use crate::number::{Ball, ClosedForm};

/// Which functions it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Hyperbolic,
    Circular,
}

/// `E cos(rx) + O sin(rx)`.
#[derive(Clone, Debug)]
pub(super) struct Waves {
    kind: Kind,
    rate_squared: BigRational,
    even: ClosedForm,
    odd: ClosedForm,
}

impl Waves {
    pub(super) fn activation(
        kind: Kind,
        rate_squared: BigRational,
        even: ClosedForm,
        odd: ClosedForm,
    ) -> Activation {
        Activation::new(Waves { kind, rate_squared, even, odd })
    }

    fn gamma(&self, q: &Ball) -> Ball {
        Ball::from_rational(&self.rate_squared, q.precision()) * q
    }

    /// `sγ`.
    fn signed(&self, gamma: Ball) -> Ball {
        match self.kind {
            Kind::Hyperbolic => gamma,
            Kind::Circular => -gamma,
        }
    }

    fn signed_exact(&self, q: &BigRational) -> BigRational {
        let gamma = q * &self.rate_squared;
        match self.kind {
            Kind::Hyperbolic => gamma,
            Kind::Circular => -gamma,
        }
    }

    /// `e^{sγ} (even cosh γ + odd sinh γ)`.
    fn mean_square(&self, q: &Ball, [even, odd]: [&Ball; 2]) -> Ball {
        let gamma = self.gamma(q);
        let (grow, fall) = (gamma.exp(), (-&gamma).exp());
        let [cosh, sinh] = [(&grow + &fall).shl(-1), gamma.sinh()];
        self.signed(gamma).exp() * (even * &cosh + odd * &sinh)
    }

    fn squares(&self, precision: u32) -> [Ball; 2] {
        [&self.even, &self.odd].map(|c| (c * c).to_ball(precision))
    }
}

impl Definition for Waves {
    fn name(&self) -> String {
        let [c, s] = match self.kind {
            Kind::Hyperbolic => ["cosh", "sinh"],
            Kind::Circular => ["cos", "sin"],
        };
        format!("({})*{c}(sqrt({r})*x)+({})*{s}(sqrt({r})*x)", self.even, self.odd, r = self.rate_squared)
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
        Support { initial: vec![], even_tail: !self.even.is_zero(), odd_tail: !self.odd.is_zero() }
    }

    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        let precision = guarded(precision, len)?;
        let q = q.with_precision(precision);
        let gamma = self.gamma(&q);
        let scale = self.signed(gamma.clone()).shl(-1).exp();
        let [even, odd] = [&self.even, &self.odd].map(|c| c.to_ball(precision));
        let ratio = |k: usize| self.signed(&gamma / &root_of_next_two(k, precision));
        let even = by_ratios(&scale * &even, 0, 2, len, ratio);
        let odd = by_ratios(&(&scale * &odd) * &gamma.sqrt(), 1, 2, len, ratio);
        Ok(even.into_iter().zip(odd).enumerate().map(|(k, (e, o))| if k % 2 == 0 { e } else { o }).collect())
    }

    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        let precision = precision + 16;
        let [even, odd] = &self.squares(precision);
        Ok(self.mean_square(&q.with_precision(precision), [even, odd]))
    }

    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        // φ' has the parts the other way round, times r.
        let precision = precision + 16;
        let [even, odd] = &self.squares(precision);
        let swapped = self.mean_square(&q.with_precision(precision), [odd, even]);
        Ok(swapped * Ball::from_rational(&self.rate_squared, precision))
    }

    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        let precision = precision + 16;
        let rate = self.gamma(&q.with_precision(precision));
        let half = self.signed(rate.clone()).exp().shl(-1);
        let [even, odd] = self.squares(precision).map(|c| &half * &c);
        // The very same balls where one part is missing, so that the parity is exact.
        let (plus, minus) = match (even.is_exact_zero(), odd.is_exact_zero()) {
            (false, true) => (even.clone(), even),
            (true, _) => (odd.clone(), -odd),
            _ => (&even + &odd, &even - &odd),
        };
        Ok(Dual::Exponential { plus, minus, rate })
    }

    fn at_zero(&self, precision: u32) -> Option<Ball> {
        Some(self.even.to_ball(precision))
    }

    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }

    fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        let part = if k.is_multiple_of(2) { &self.even } else { &self.odd };
        let gamma = q * &self.rate_squared;
        if !is_short(&gamma) {
            return None;
        }
        let size = &half_power(&gamma, k as i64)? * &inverse_root_factorial(k)?;
        let half = BigRational::new(1.into(), 2.into());
        let mu = &(&ClosedForm::exp(&(self.signed_exact(q) * half)) * &size) * part;
        Some(if self.kind == Kind::Circular && k % 4 >= 2 { -mu } else { mu })
    }

    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        self.exact_dual(q)?.at_one()
    }

    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        let rate = q * &self.rate_squared;
        let half = BigRational::one() / BigRational::from_integer(2.into());
        let scale = ClosedForm::exp(&self.signed_exact(q)).scaled(&half);
        let [even, odd] = [&self.even, &self.odd].map(|c| &scale * &(c * c));
        Some(ExactDual::Exponential { plus: &even + &odd, minus: &even - &odd, rate })
    }
}
