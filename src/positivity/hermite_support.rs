//! Which Hermite coefficients of an activation differ from zero, as far as the characterization of its parts tells.
//!
//! At every variance the even part has the coefficients of even `k`, the odd part those of odd `k`. A part is a
//! polynomial of degree `n` iff its last coefficient that is not zero is the `n`-th.

use super::characterization::Characterization;
use super::largest::Largest;
use super::truth::Truth::{False, True, Unknown};
use super::truth::{Truth, any};

/// Facts about a set of `k`: which of these are in it?
#[derive(Clone, Copy, Debug)]
pub(crate) struct HermiteSupport {
    /// 0, 1.
    pub zero: Truth,
    pub one: Truth,
    /// Some `k >= 1`, `k >= 2`, `k >= 3`.
    pub positive: Truth,
    pub from_two: Truth,
    pub from_three: Truth,
    /// Some even `k >= 2`, `k >= 4`.
    pub even_from_two: Truth,
    pub even_from_four: Truth,
    /// Some odd `k >= 1`, `k >= 3`.
    pub odd: Truth,
    pub odd_from_three: Truth,
    /// Infinitely many even `k`, odd `k`, any `k`.
    pub many_even: Truth,
    pub many_odd: Truth,
    pub many: Truth,
    pub largest_even: Largest,
    pub largest_odd: Largest,
}

impl HermiteSupport {
    /// From what is proved of the whole, the even and the odd part.
    pub(crate) fn new(
        whole: &Characterization,
        even: &Characterization,
        odd: &Characterization,
    ) -> HermiteSupport {
        let beyond = |n: i64| exceeds(whole, n);
        HermiteSupport {
            zero: match even.degree() {
                _ if even.is_zero() == Some(true) => False,
                Some(0) => even.is_zero().map(|zero| !zero).into(),
                _ => Unknown,
            },
            one: match odd.degree() {
                _ if odd.is_zero() == Some(true) => False,
                Some(1 | 2) => odd.is_zero().map(|zero| !zero).into(),
                _ => Unknown,
            },
            positive: beyond(0),
            from_two: beyond(1),
            from_three: beyond(2),
            even_from_two: exceeds(even, 1),
            even_from_four: exceeds(even, 3),
            odd: exceeds(odd, 0),
            odd_from_three: exceeds(odd, 2),
            many_even: many(even),
            many_odd: many(odd),
            many: many(whole),
            largest_even: largest(even, 0),
            largest_odd: largest(odd, 1),
        }
        .closed()
    }

    /// `{k - 1 : k in the set, k >= 1}`: the coefficients of the derivative.
    pub(crate) fn derivative(&self) -> HermiteSupport {
        HermiteSupport {
            zero: self.one,
            one: Unknown,
            positive: self.from_two,
            from_two: self.from_three,
            from_three: Unknown,
            even_from_two: self.odd_from_three,
            even_from_four: Unknown,
            odd: self.even_from_two,
            odd_from_three: self.even_from_four,
            many_even: self.many_odd,
            many_odd: self.many_even,
            many: self.many,
            largest_even: self.largest_odd.less_one(),
            largest_odd: self.largest_even.less_one(),
        }
    }

    /// Is anything in it?
    pub(crate) fn some(&self) -> Truth {
        self.zero.or(self.positive)
    }

    /// What follows from the facts together.
    fn closed(mut self) -> HermiteSupport {
        self.odd = self.odd.or(self.one).or(self.odd_from_three);
        if self.odd_from_three.is_false() {
            self.one = if self.odd.is_true() { True } else { self.one };
        }
        // Told by parity, where both are known, else as the whole has it.
        let told = |by_parity: Truth, whole: Truth| if by_parity == Unknown { whole } else { by_parity };
        self.positive = told(any([self.even_from_two, self.odd]), self.positive);
        self.from_two = told(any([self.even_from_two, self.odd_from_three]), self.from_two);
        self.from_three = told(any([self.even_from_four, self.odd_from_three]), self.from_three);
        self.many = told(any([self.many_even, self.many_odd]), self.many);
        if self.many.is_true() && self.many_odd.is_false() {
            self.many_even = True;
        }
        if self.many.is_true() && self.many_even.is_false() {
            self.many_odd = True;
        }
        self
    }
}

/// Is there a coefficient beyond `n` in a part?
fn exceeds(part: &Characterization, n: i64) -> Truth {
    match part {
        Characterization::Polynomial { coefficients } => Truth::from(coefficients.len() as i64 - 1 > n),
        Characterization::PolynomialOfDegree { degree, exact, .. } => match i64::from(*degree) > n {
            true if *exact => True,
            true => Unknown,
            false => False,
        },
        Characterization::NonPolynomial { .. } => True,
        Characterization::NotOfDegree { degree, .. } if i64::from(*degree) >= n => True,
        _ => Unknown,
    }
}

fn many(part: &Characterization) -> Truth {
    part.is_polynomial().map(|p| !p).into()
}

/// A bound of the coefficients of a part, whose parity is told.
fn largest(part: &Characterization, parity: u64) -> Largest {
    match (part.is_polynomial(), part.degree()) {
        (Some(true), None) => Largest::None,
        (Some(true), Some(degree)) => match degree as u64 {
            n if n % 2 == parity => Largest::AtMost(n),
            0 => Largest::None,
            n => Largest::AtMost(n - 1),
        },
        _ => Largest::Open,
    }
}
