//! Which powers of `ρ` a kernel has: facts that follow exactly, because no coefficient is negative.
//!
//! A sum has the union of the powers, a product all sums, and `f(c(ρ))` with `f` of support `D` and `c` of powers `C`
//! has `D∘C = ⋃_{k∈D} kC`, where `kC` are the sums of `k` members and `0C = {0}`. Every rule below is "if and only if".

use super::hermite_support::HermiteSupport;
use super::largest::Largest;
use super::truth::Truth::{False, True, Unknown};
use super::truth::{Truth, all, any};

/// Facts about the powers of a series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Powers {
    /// Is there any?
    pub some: Truth,
    /// An even one, an odd one, one `>= 1`.
    pub even: Truth,
    pub odd: Truth,
    pub positive: Truth,
    /// Infinitely many even ones, odd ones, any.
    pub many_even: Truth,
    pub many_odd: Truth,
    pub many: Truth,
    pub largest_even: Largest,
    pub largest_odd: Largest,
}

impl Powers {
    /// `{1}`.
    pub(crate) fn one() -> Powers {
        Powers {
            some: True,
            even: False,
            odd: True,
            positive: True,
            many_even: False,
            many_odd: False,
            many: False,
            largest_even: Largest::None,
            largest_odd: Largest::AtMost(1),
        }
    }

    /// `{0}` if the constant is there, else nothing.
    pub(crate) fn constant(there: Truth) -> Powers {
        Powers {
            some: there,
            even: there,
            odd: False,
            positive: False,
            many_even: False,
            many_odd: False,
            many: False,
            largest_even: if there.is_false() { Largest::None } else { Largest::AtMost(0) },
            largest_odd: Largest::None,
        }
    }

    pub(crate) fn union(&self, other: &Powers) -> Powers {
        Powers {
            some: self.some.or(other.some),
            even: self.even.or(other.even),
            odd: self.odd.or(other.odd),
            positive: self.positive.or(other.positive),
            many_even: self.many_even.or(other.many_even),
            many_odd: self.many_odd.or(other.many_odd),
            many: self.many.or(other.many),
            largest_even: self.largest_even.max(other.largest_even),
            largest_odd: self.largest_odd.max(other.largest_odd),
        }
        .closed()
    }

    /// All sums of a member of this and one of the other.
    pub(crate) fn sums(&self, other: &Powers) -> Powers {
        let (x, y) = (self, other);
        let both = |a: Truth, b: Truth| a.and(b);
        Powers {
            some: both(x.some, y.some),
            even: any([both(x.even, y.even), both(x.odd, y.odd)]),
            odd: any([both(x.even, y.odd), both(x.odd, y.even)]),
            positive: any([both(x.positive, y.some), both(y.positive, x.some)]),
            // Infinitely many sums of one parity need infinitely many members of one parity in one of the sets.
            many_even: any([
                both(x.many_even, y.even),
                both(x.many_odd, y.odd),
                both(y.many_even, x.even),
                both(y.many_odd, x.odd),
            ]),
            many_odd: any([
                both(x.many_even, y.odd),
                both(x.many_odd, y.even),
                both(y.many_even, x.odd),
                both(y.many_odd, x.even),
            ]),
            many: any([both(x.many, y.some), both(y.many, x.some)]),
            largest_even: x.largest_even.plus(y.largest_even).max(x.largest_odd.plus(y.largest_odd)),
            largest_odd: x.largest_even.plus(y.largest_odd).max(x.largest_odd.plus(y.largest_even)),
        }
        .closed()
    }

    /// `D∘C`, this being `C`, which is not empty.
    pub(crate) fn within(&self, d: &HermiteSupport) -> Powers {
        let c = self;
        Powers {
            some: d.some(),
            // k copies of an even member; or k even, k copies of an odd one.
            even: any([d.zero, all([d.positive, c.even]), all([d.even_from_two, c.odd])]),
            // An odd number of odd members: all k, k odd; or one of them and k - 1 even ones.
            odd: any([all([c.odd, d.odd]), all([c.odd, c.even, d.even_from_two])]),
            positive: all([d.positive, c.positive]),
            many_even: any([
                // Ever more copies of a positive member (of an odd one an even number), filled up with even ones.
                all([d.many, c.positive, c.even]),
                all([d.many_even, c.odd]),
                // One k: one large member, its parity made up by the others.
                all([c.many_even, d.positive]),
                all([c.many_odd, d.even_from_two]),
                all([c.many_odd, d.odd_from_three, c.even]),
            ]),
            many_odd: any([
                all([d.many, c.odd, c.even]),
                all([d.many_odd, c.odd]),
                all([c.many_odd, d.odd]),
                all([c.many_odd, d.even_from_two, c.even]),
                all([c.many_even, d.from_two, c.odd]),
            ]),
            many: any([all([d.many, c.positive]), all([c.many, d.positive])]),
            largest_even: c.largest_even_within(d),
            largest_odd: c.largest_odd_within(d),
        }
        .closed()
    }

    fn largest_even_within(&self, d: &HermiteSupport) -> Largest {
        let (all_d, all_c) = (d.largest_even.max(d.largest_odd), self.largest_even.max(self.largest_odd));
        match () {
            _ if d.positive.is_false() => Largest::AtMost(0),
            // Only k <= 1: zero, or a member.
            _ if d.from_two.is_false() => Largest::AtMost(0).max(self.largest_even),
            // Only odd members: k is even.
            _ if self.even.is_false() => d.largest_even.times(self.largest_odd),
            _ if self.odd.is_false() => all_d.times(self.largest_even),
            _ => all_d.times(all_c),
        }
    }

    fn largest_odd_within(&self, d: &HermiteSupport) -> Largest {
        let (all_d, all_c) = (d.largest_even.max(d.largest_odd), self.largest_even.max(self.largest_odd));
        match () {
            _ if self.odd.is_false() || d.positive.is_false() => Largest::None,
            _ if d.from_two.is_false() => self.largest_odd,
            // Only odd members: k is odd.
            _ if self.even.is_false() => d.largest_odd.times(self.largest_odd),
            _ => all_d.times(all_c),
        }
    }

    /// What follows from the facts together.
    fn closed(mut self) -> Powers {
        self.largest_even = self.largest_even.of_parity(false);
        self.largest_odd = self.largest_odd.of_parity(true);
        for (largest, there, many) in [
            (&mut self.largest_even, &mut self.even, &mut self.many_even),
            (&mut self.largest_odd, &mut self.odd, &mut self.many_odd),
        ] {
            if there.is_false() {
                *largest = Largest::None;
            }
            if *largest == Largest::None {
                *there = False;
            }
            if largest.is_finite() {
                *many = False;
            }
            if many.is_true() {
                *there = True;
            }
        }
        let told = |by_parity: Truth, whole: Truth| if by_parity == Unknown { whole } else { by_parity };
        self.many = told(self.many_even.or(self.many_odd), self.many);
        if self.many.is_true() && self.many_odd.is_false() {
            self.many_even = True;
        }
        if self.many.is_true() && self.many_even.is_false() {
            self.many_odd = True;
        }
        self.some = told(self.even.or(self.odd), self.some);
        if self.some.is_true() && self.odd.is_false() {
            self.even = True;
        }
        if self.some.is_true() && self.even.is_false() {
            self.odd = True;
        }
        self.positive = self.positive.or(self.odd);
        self
    }
}
