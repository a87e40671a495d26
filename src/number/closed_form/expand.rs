//! Putting definitions in the place of names.

use std::collections::BTreeMap;

use num_rational::BigRational;

use super::monomial::{Monomial, Power};
use super::{ClosedForm, Definition, Symbol};

/// Most terms that an expansion may have on the way.
const MAX_TERMS: usize = 20_000;

impl ClosedForm {
    /// The number with named values, and the cosines `t` of the tower, replaced by their definitions
    /// wherever the ring has the result; exponentials, the sines and the angles of the tower stay.
    /// `None` if more than 20,000 terms would appear.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::{ClosedForm, Symbol};
    /// let t = ClosedForm::base(&Symbol::level(1, ClosedForm::pi_power(-2)));
    /// assert_eq!((&t * &t).expanded().unwrap().to_string(), "1/pi^2");
    /// ```
    pub fn expanded(&self) -> Option<ClosedForm> {
        let mut out = self.clone();
        for symbol in self.symbols().iter().rev() {
            if !matches!(symbol.definition(), Definition::Exp(_)) {
                out = out.substituted(symbol)?;
            }
        }
        Some(out)
    }

    /// Is the number zero once names are replaced by their definitions? `true` is a proof, `false`
    /// is not. Sees more than [`ClosedForm::is_zero`]: there `t_1 - 1/π` is not zero, whatever the
    /// definition of `t_1`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::{ClosedForm, Symbol};
    /// let t = ClosedForm::base(&Symbol::level(1, ClosedForm::pi_power(-2)));
    /// let difference = &t - &ClosedForm::pi_power(-2);
    /// assert!(!difference.is_zero() && difference.is_zero_by_definitions());
    /// ```
    pub fn is_zero_by_definitions(&self) -> bool {
        self.cleared().is_some_and(|form| form.is_zero())
    }

    /// The number times powers of sines and of invertible names, without any of the names that can
    /// be expanded.
    fn cleared(&self) -> Option<ClosedForm> {
        let mut out = self.clone();
        for symbol in self.symbols().iter().rev() {
            let exponents = |p: &Power| if symbol.is_level() { p.root } else { p.base };
            let powers = out.terms.keys().flat_map(|m| &m.powers).filter(|p| p.symbol == *symbol);
            let lowest = powers.map(exponents).min().unwrap_or(0);
            if lowest < 0 {
                let times = -lowest;
                let power = match symbol.is_level() {
                    // An even power, which brings no sine of its own.
                    true => Power { symbol: symbol.clone(), base: 0, root: times + times % 2, angle: 0 },
                    false => Power { symbol: symbol.clone(), base: times, root: 0, angle: 0 },
                };
                let monomial = Monomial { powers: vec![power], ..Monomial::one() };
                let mut product = ClosedForm::zero();
                for (m, c) in &out.terms {
                    m.multiply(&monomial, |n, d| product.add_term(n, d * c));
                }
                out = product;
            }
            if !matches!(symbol.definition(), Definition::Exp(_)) {
                out = out.substituted(symbol)?;
            }
        }
        Some(out)
    }

    /// The base of one symbol replaced by its definition; terms that would need a reciprocal that
    /// the ring does not have stay. `None` if too large.
    fn substituted(&self, symbol: &Symbol) -> Option<ClosedForm> {
        let value = symbol.definition().form();
        let inverse = value.reciprocal();
        let mut by_exponent: BTreeMap<i64, Vec<(Monomial, &BigRational)>> = BTreeMap::new();
        let mut out = ClosedForm::zero();
        for (m, c) in &self.terms {
            let place = m.powers.iter().position(|p| p.symbol == *symbol);
            let exponent = place.map_or(0, |i| m.powers[i].base);
            if exponent == 0 || (exponent < 0 && inverse.is_none()) {
                out.add_term(m.clone(), c.clone());
                continue;
            }
            let mut rest = m.clone();
            if let Some(i) = place {
                rest.powers[i].base = 0;
                if rest.powers[i].root == 0 && rest.powers[i].angle == 0 {
                    rest.powers.remove(i);
                }
            }
            by_exponent.entry(exponent).or_default().push((rest, c));
        }
        for (exponent, terms) in by_exponent {
            let base = if exponent < 0 { inverse.as_ref()? } else { value };
            let mut power = ClosedForm::one();
            for _ in 0..exponent.unsigned_abs() {
                if power.term_count() * base.term_count() > MAX_TERMS {
                    return None;
                }
                power = &power * base;
            }
            let mut rest = ClosedForm::zero();
            terms.into_iter().for_each(|(m, c)| rest.add_term(m, c.clone()));
            if power.term_count() * rest.term_count() + out.term_count() > MAX_TERMS {
                return None;
            }
            out.add_product(&rest, &power);
        }
        Some(out)
    }
}
