//! From closed forms to enclosures.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use num_bigint::Sign;
use num_integer::binomial;
use num_rational::BigRational;
use num_traits::Signed;

use super::monomial::{Monomial, Power, Trig};
use super::{ClosedForm, Definition, Symbol};
use crate::Error;
use crate::number::rational::integer_to_gmp;
use crate::number::{Accuracy, Ball};

/// Precision, in bits, up to which a sign is looked for.
const SIGN_PRECISION: u32 = 4096;
/// Precision beyond which an enclosure is given up, above what the digits ask for.
const EXTRA_PRECISION: u32 = 1 << 14;

/// The values of the named generators at one precision.
struct Values {
    precision: u32,
    /// By serial: the base, and for a level the sine and the angle.
    known: HashMap<u64, [Ball; 3]>,
}

impl ClosedForm {
    /// An enclosure computed with about `precision` bits; exact where the closed form is a rational
    /// that they hold. From 2 to 2^24 bits are accepted; a precision outside is brought to the nearer end.
    pub fn to_ball(&self, precision: u32) -> Ball {
        ClosedForm::to_balls([self], precision).remove(0)
    }

    /// The enclosures of several numbers, evaluating the definitions they share once.
    pub fn to_balls<'a>(forms: impl IntoIterator<Item = &'a ClosedForm>, precision: u32) -> Vec<Ball> {
        let forms: Vec<&ClosedForm> = forms.into_iter().collect();
        let precision = precision.clamp(2, 1 << 24);
        let mut values = Values { precision: precision + 32, known: HashMap::new() };
        for symbol in super::symbols_of(forms.iter().copied()) {
            values.define(&symbol);
        }
        forms.iter().map(|form| values.sum(form).with_precision(precision)).collect()
    }

    /// An enclosure as accurate as asked.
    ///
    /// # Errors
    /// [`Error::AccuracyNotReached`] with the best enclosure found, where cancellation defeats every
    /// precision tried (a relative accuracy at a zero that the canonical form does not show).
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::{Accuracy, ClosedForm};
    /// let x = ClosedForm::pi_power(-1).enclose(Accuracy::relative(20)?)?;
    /// assert_eq!(x.to_decimal(10).unwrap().value, "0.5641895835");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn enclose(&self, accuracy: Accuracy) -> Result<Ball, Error> {
        let mut precision = accuracy.bits() + 16;
        let limit = precision + EXTRA_PRECISION;
        loop {
            let ball = self.to_ball(precision);
            let missing = accuracy.missing_bits(&ball);
            if missing <= 0 {
                return Ok(ball);
            }
            if precision >= limit {
                return Err(Error::AccuracyNotReached {
                    what: "a closed form".to_string(),
                    best: Box::new(ball),
                });
            }
            let step = u32::try_from(missing).unwrap_or(u32::MAX).saturating_add(8).min(2 * precision);
            precision = precision.saturating_add(step).min(limit);
        }
    }

    /// The sign: zero if the canonical form is, else by enclosures; `None` if neither decides.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::ClosedForm;
    /// use std::cmp::Ordering;
    /// assert_eq!((&ClosedForm::pi() - &ClosedForm::integer(3)).sign(), Some(Ordering::Greater));
    /// ```
    pub fn sign(&self) -> Option<Ordering> {
        if self.is_zero() {
            return Some(Ordering::Equal);
        }
        let mut precision = 64;
        while precision <= SIGN_PRECISION {
            let sign = self.to_ball(precision).sign();
            if sign.is_some() {
                return sign;
            }
            precision *= 4;
        }
        None
    }
}

impl Values {
    fn define(&mut self, symbol: &Symbol) {
        let value = self.sum(symbol.definition().form());
        let nothing = || Ball::zero(self.precision);
        let values = match symbol.definition() {
            Definition::Value(_) => [value, nothing(), nothing()],
            Definition::Exp(_) => [value.exp(), nothing(), nothing()],
            Definition::Level(_) => {
                let one = Ball::from_integer(1, self.precision);
                let sine = ((&one - &value) * (&one + &value)).sqrt();
                let angle = value.acos();
                [value, sine, angle]
            }
        };
        self.known.insert(symbol.serial(), values);
    }

    fn sum(&self, form: &ClosedForm) -> Ball {
        let mut out = Ball::zero(self.precision);
        for (monomial, c) in &by_tails(form).terms {
            let term = self.monomial(monomial);
            out = out + term * Ball::from_rational(c, self.precision);
        }
        out
    }

    fn monomial(&self, m: &Monomial) -> Ball {
        let p = self.precision;
        let rational = |r| Ball::from_rational(r, p);
        let mut out = Ball::from_integer(1, p);
        if m.pi != 0 {
            let whole = power(&Ball::pi(p), m.pi.div_euclid(2));
            out = if m.pi % 2 == 0 { whole } else { whole * Ball::pi(p).sqrt() };
        }
        if m.root.sign() == Sign::Plus && m.root != num_bigint::BigInt::from(1) {
            out = out * Ball::from_gmp_rational(&integer_to_gmp(&m.root).into(), p).sqrt();
        }
        if m.exp != num_traits::Zero::zero() {
            out = out * rational(&m.exp).exp();
        }
        match &m.trig {
            Trig::None => {}
            Trig::Cos(r) => out = out * rational(r).cos(),
            Trig::Sin(r) => out = out * rational(r).sin(),
        }
        for (x, &n) in &m.phi {
            let root = Ball::from_rational(&x.abs(), p).sqrt();
            out = out * power(&if x.is_negative() { -root } else { root }.normal_cdf(), n);
        }
        for (x, &n) in &m.asin {
            out = out * power(&rational(x).asin(), n);
        }
        for Power { symbol, base, root, angle } in &m.powers {
            let Some([b, r, a]) = self.known.get(&symbol.serial()) else { return Ball::whole_line(p) };
            for (value, n) in [(b, *base), (r, *root), (a, *angle)] {
                if n != 0 {
                    out = out * power(value, n);
                }
            }
        }
        out
    }
}

/// The sum with `1 - Φ(-√x)` in the place of `Φ(√x)` for large `x`, where the key `-x` stands for `Φ(-√x)`: what
/// cancels against the one does so exactly, and a far tail keeps its relative accuracy.
fn by_tails(form: &ClosedForm) -> Cow<'_, ClosedForm> {
    let four = BigRational::from_integer(4.into());
    let tails = |m: &Monomial| -> Vec<(BigRational, i64)> {
        m.phi
            .iter()
            .filter(|(x, n)| **x >= four && (1..=4).contains(*n))
            .map(|(x, n)| (x.clone(), *n))
            .collect()
    };
    if form.terms.keys().all(|m| tails(m).is_empty()) {
        return Cow::Borrowed(form);
    }
    let mut out = ClosedForm::zero();
    for (monomial, c) in &form.terms {
        let mut parts = vec![(monomial.clone(), c.clone())];
        for (x, n) in tails(monomial) {
            let expand = |(m, c): &(Monomial, BigRational)| {
                let part = |k: i64| {
                    let mut m = m.clone();
                    m.phi.remove(&x);
                    if k > 0 {
                        m.phi.insert(-&x, k);
                    }
                    let sign = if k % 2 == 0 { 1 } else { -1 };
                    (m, c * BigRational::from_integer((sign * binomial(n, k)).into()))
                };
                (0..=n).map(part).collect::<Vec<_>>()
            };
            parts = parts.iter().flat_map(expand).collect();
        }
        parts.into_iter().for_each(|(m, c)| out.add_term(m, c));
    }
    Cow::Owned(out)
}

fn power(x: &Ball, n: i64) -> Ball {
    let size = x.pow(n.unsigned_abs());
    if n < 0 { size.recip() } else { size }
}
