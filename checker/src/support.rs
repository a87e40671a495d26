//! Which coefficients of a power series with coefficients `>= 0` are positive: what is sure to be there, and what is
//! sure not to be.
//!
//! Both kinds of knowledge are monotone and computed apart. "Sure" facts say that elements exist; "most" bounds say
//! that the even, or odd, elements end. A fact that is false or a bound that is missing says nothing.

use num_traits::Signed;

use crate::claims::{Fact, Facts};
use crate::format::{Certificate, Kernel, Layer, Part};
use crate::integer::BigRational;
use crate::network::Signs;
use crate::recursion::{Steps, run};

/// Elements of a set of numbers from 0 on that are proved to exist.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sure {
    pub(crate) zero: bool,
    pub(crate) one: bool,
    /// An even element from 2 on; an odd one from 3 on.
    pub(crate) even2: bool,
    pub(crate) odd3: bool,
    pub(crate) even: bool,
    pub(crate) odd: bool,
    /// An element from 1 on; one from 2 on.
    pub(crate) positive: bool,
    pub(crate) two: bool,
    pub(crate) infinite_even: bool,
    pub(crate) infinite_odd: bool,
    pub(crate) infinite: bool,
}

/// A bound of the even, or odd, elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Most {
    Unknown,
    /// No such element.
    Empty,
    UpTo(u64),
}

/// Bounds of all elements of a set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) even: Most,
    pub(crate) odd: Most,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Support {
    pub(crate) sure: Sure,
    pub(crate) most: Bounds,
}

impl Sure {
    /// What follows from the facts among themselves.
    fn closed(mut self) -> Sure {
        self.even2 |= self.infinite_even;
        self.odd3 |= self.infinite_odd;
        self.infinite |= self.infinite_even || self.infinite_odd;
        self.even |= self.zero || self.even2;
        self.odd |= self.one || self.odd3;
        self.two |= self.even2 || self.odd3 || self.infinite;
        self.positive |= self.two || self.odd;
        self
    }

    fn any(self) -> bool {
        self.even || self.positive
    }

    fn union(self, o: Sure) -> Sure {
        Sure {
            zero: self.zero || o.zero,
            one: self.one || o.one,
            even2: self.even2 || o.even2,
            odd3: self.odd3 || o.odd3,
            even: self.even || o.even,
            odd: self.odd || o.odd,
            positive: self.positive || o.positive,
            two: self.two || o.two,
            infinite_even: self.infinite_even || o.infinite_even,
            infinite_odd: self.infinite_odd || o.infinite_odd,
            infinite: self.infinite || o.infinite,
        }
    }

    /// `{a + b}`.
    fn sum(self, o: Sure) -> Sure {
        let both = |f: fn(Sure, Sure) -> bool| f(self, o) || f(o, self);
        Sure {
            zero: self.zero && o.zero,
            one: both(|a, b| a.one && b.zero),
            even2: both(|a, b| a.even2 && b.even) || (self.odd && o.odd),
            odd3: both(|a, b| a.odd3 && b.even || a.odd && b.even2),
            even: (self.even && o.even) || (self.odd && o.odd),
            odd: both(|a, b| a.odd && b.even),
            positive: both(|a, b| a.positive && b.any()),
            two: both(|a, b| a.two && b.any()) || (self.positive && o.positive),
            infinite_even: both(|a, b| {
                a.infinite_even && b.even || a.infinite_odd && b.odd || a.infinite && b.odd && b.even
            }),
            infinite_odd: both(|a, b| {
                a.infinite_odd && b.even || a.infinite_even && b.odd || a.infinite && b.odd && b.even
            }),
            infinite: both(|a, b| a.infinite && b.any()),
        }
        .closed()
    }

    /// `∪_{k∈D} kC`, with `D` this set: sums of `k` elements of `C`, repetitions allowed.
    fn composed(self, c: Sure) -> Sure {
        let d = self;
        // One odd element and k-1 even ones make an odd sum, two odd ones and k-2 even ones an even sum.
        let mixed = c.odd && c.even;
        Sure {
            // The empty sum, or k zeros.
            zero: d.zero || (d.positive && c.zero),
            // 1 alone, or with k-1 zeros.
            one: c.one && (d.one || (d.positive && c.zero)),
            // k times one element; two odd ones with zeros, or other even ones.
            even2: (d.positive && c.even2) || (d.even2 && c.positive) || (d.two && mixed),
            // Alone; with even ones; k times an odd one for odd k.
            odd3: (d.odd && c.odd3)
                || (d.odd3 && c.odd)
                || (d.positive && c.odd3 && c.even)
                || (d.two && c.odd && c.even2),
            even: d.zero || (d.positive && c.even) || (d.even && c.odd),
            odd: (d.odd && c.odd) || (d.positive && mixed),
            positive: d.positive && c.positive,
            // k positive elements, k >= 2, or one from 2 on with others.
            two: (d.two && c.positive) || (d.positive && c.two),
            // k even elements; k odd ones for even k; an even number of odd ones, or k-1 of them and an even one.
            infinite_even: (c.infinite_even && d.positive)
                || (c.infinite && d.even2)
                || (c.infinite_odd && d.two && c.even)
                || (d.infinite && (c.even2 || mixed))
                || (d.infinite_even && c.positive),
            infinite_odd: (c.infinite_odd && (d.odd || (d.positive && c.even)))
                || (c.infinite_even && d.two && c.odd)
                || (d.infinite && mixed)
                || (d.infinite_odd && c.odd),
            infinite: (d.infinite && c.positive) || (c.infinite && d.positive),
        }
        .closed()
    }

    /// `{k - 1}` for the elements from 1 on.
    fn derivative(self) -> Sure {
        Sure {
            zero: self.one,
            odd: self.even2,
            even: self.odd,
            even2: self.odd3,
            positive: self.two,
            infinite_even: self.infinite_odd,
            infinite_odd: self.infinite_even,
            infinite: self.infinite,
            ..Sure::default()
        }
        .closed()
    }
}

impl Most {
    fn max(self, o: Most) -> Most {
        match (self, o) {
            (Most::Empty, m) | (m, Most::Empty) => m,
            (Most::UpTo(a), Most::UpTo(b)) => Most::UpTo(a.max(b)),
            _ => Most::Unknown,
        }
    }

    fn plus(self, o: Most) -> Most {
        match (self, o) {
            (Most::Empty, _) | (_, Most::Empty) => Most::Empty,
            (Most::UpTo(a), Most::UpTo(b)) => a.checked_add(b).map_or(Most::Unknown, Most::UpTo),
            _ => Most::Unknown,
        }
    }

    /// A bound of sums of `k <= self` numbers `<= o`.
    fn times(self, o: Most) -> Most {
        match (self, o) {
            (Most::Empty, _) => Most::Empty,
            // Only the empty sum.
            (Most::UpTo(0), _) | (_, Most::Empty) => Most::UpTo(0),
            // Zeros add up to 0.
            (_, Most::UpTo(0)) => Most::UpTo(0),
            (Most::UpTo(a), Most::UpTo(b)) => a.checked_mul(b).map_or(Most::Unknown, Most::UpTo),
            _ => Most::Unknown,
        }
    }

    /// Rounded down to the parity; `None` where nothing is left.
    fn of_parity(self, odd: bool) -> Most {
        match self {
            Most::UpTo(a) if (a % 2 == 1) == odd => self,
            Most::UpTo(0) => Most::Empty,
            Most::UpTo(a) => Most::UpTo(a - 1),
            other => other,
        }
    }

    fn predecessor(self) -> Most {
        match self {
            Most::UpTo(0) => Most::Empty,
            Most::UpTo(a) => Most::UpTo(a - 1),
            other => other,
        }
    }

    pub(crate) fn is_finite(self) -> bool {
        self != Most::Unknown
    }
}

impl Bounds {
    fn all(self) -> Most {
        self.even.max(self.odd)
    }

    fn union(self, o: Bounds) -> Bounds {
        Bounds { even: self.even.max(o.even), odd: self.odd.max(o.odd) }
    }

    fn sum(self, o: Bounds) -> Bounds {
        Bounds {
            even: self.even.plus(o.even).max(self.odd.plus(o.odd)),
            odd: self.even.plus(o.odd).max(self.odd.plus(o.even)),
        }
    }

    fn derivative(self) -> Bounds {
        Bounds { even: self.odd.predecessor(), odd: self.even.predecessor() }
    }

    fn composed(self, c: Bounds) -> Bounds {
        if self.all() == Most::UpTo(1) {
            // Of a line: single elements, and perhaps the empty sum.
            let empty = if self.even == Most::Empty { Most::Empty } else { Most::UpTo(0) };
            return Bounds { even: c.even.max(empty), odd: c.odd };
        }
        if c.even == Most::Empty {
            // Sums of k odd numbers have the parity of k.
            return Bounds { even: self.even.times(c.odd), odd: self.odd.times(c.odd).of_parity(true) };
        }
        let all = self.all().times(c.all());
        // Without odd elements there is no odd sum.
        let odd = if c.odd == Most::Empty { Most::Empty } else { all.of_parity(true) };
        Bounds { even: all.of_parity(false), odd }
    }
}

impl Support {
    fn union(self, o: Support) -> Support {
        Support { sure: self.sure.union(o.sure).closed(), most: self.most.union(o.most) }
    }

    fn sum(self, o: Support) -> Support {
        Support { sure: self.sure.sum(o.sure), most: self.most.sum(o.most) }
    }

    fn composed(self, c: Support) -> Support {
        Support { sure: self.sure.composed(c.sure), most: self.most.composed(c.most) }
    }

    fn derivative(self) -> Support {
        Support { sure: self.sure.derivative(), most: self.most.derivative() }
    }

    /// The support of the Hermite coefficients: those of the even part have even indices, and conversely. A polynomial
    /// of degree n has `μ_n ≠ 0` and none beyond; what is no polynomial has infinitely many.
    fn of_activation(facts: &Facts, name: &str) -> Support {
        let mut sure = Sure {
            infinite: facts.is_non_polynomial(name),
            positive: facts.is_non_constant(name),
            two: facts.exceeds_degree(name, 1),
            ..Sure::default()
        };
        let even = match facts.half(name, Part::Even) {
            Some(Fact::Polynomial(p)) => {
                sure.zero |= p.len() == 1;
                sure.even2 |= p.len() > 1;
                p.len().checked_sub(1).map_or(Most::Empty, |n| Most::UpTo(n as u64))
            }
            Some(Fact::NotOfDegree(n)) => {
                sure.even = true;
                sure.even2 |= n >= 0;
                Most::Unknown
            }
            Some(Fact::NonPolynomial) => {
                sure.infinite_even = true;
                Most::Unknown
            }
            None => Most::Unknown,
        };
        let odd = match facts.half(name, Part::Odd) {
            Some(Fact::Polynomial(p)) => {
                sure.one |= p.len() == 2;
                sure.odd3 |= p.len() > 2;
                p.len().checked_sub(1).map_or(Most::Empty, |n| Most::UpTo(n as u64))
            }
            Some(Fact::NotOfDegree(n)) => {
                sure.odd = true;
                sure.odd3 |= n >= 1;
                Most::Unknown
            }
            Some(Fact::NonPolynomial) => {
                sure.infinite_odd = true;
                Most::Unknown
            }
            None => Most::Unknown,
        };
        Support { sure: sure.closed(), most: Bounds { even, odd } }
    }

    /// Of a constant, where that is known to be positive or zero.
    fn constant(positive: Option<bool>) -> Support {
        Support {
            sure: Sure { zero: positive == Some(true), ..Sure::default() }.closed(),
            most: Bounds {
                even: if positive == Some(false) { Most::Empty } else { Most::UpTo(0) },
                odd: Most::Empty,
            },
        }
    }

    /// Of `E[φφ]`, or `E[φ'φ']`, with this support of the Hermite coefficients, at the covariance `c`. Where the
    /// variance is 0 it is a constant, which the value at 0 makes, not what holds almost everywhere.
    fn within(self, c: Support) -> Support {
        let mut out = self.composed(c);
        if !c.sure.any() {
            out.sure = Sure::default();
            out.most.even = out.most.even.max(Most::UpTo(0));
        }
        out
    }

    /// Of the kernel's power series in the cosine, on a sphere of any radius; `signs` are those of the layers'
    /// variances.
    ///
    /// On a sphere all variances are numbers, and `C` and `Θ` are power series in the cosine with coefficients `>= 0`.
    /// Those of `E[φφ]` in the correlation `C/q` are the squares of the Hermite coefficients, so that nothing cancels
    /// in compositions, products, and sums with weights `> 0`; a normalization divides by a number.
    pub(crate) fn of_kernel(certificate: &Certificate, facts: &Facts, signs: &[Signs]) -> Support {
        let line = Support {
            sure: Sure { one: true, ..Sure::default() }.closed(),
            most: Bounds { even: Most::Empty, odd: Most::UpTo(1) },
        };
        // w ρ + b.
        let first = |weight: &BigRational, bias: &BigRational| {
            let bias = Support::constant(Some(bias.is_positive()));
            if weight.is_positive() { line.union(bias) } else { bias }
        };
        let network = &certificate.network;
        let (weight, bias) = network.first_tangent();
        let state = Pair { c: first(&network.gamma_w2, &network.gamma_b2), theta: first(&weight, &bias) };
        let Ok(pair) = run(network, &mut Walk { facts, signs }, state);
        if certificate.kernel == Kernel::Ntk { pair.theta } else { pair.c }
    }
}

/// Of `C` and `Θ`.
#[derive(Clone, Copy)]
struct Pair {
    c: Support,
    theta: Support,
}

struct Walk<'a> {
    facts: &'a Facts,
    signs: &'a [Signs],
}

impl Steps for Walk<'_> {
    type State = Pair;
    type Stop = std::convert::Infallible;

    fn layer(&mut self, index: usize, layer: &Layer, before: Pair) -> Result<Pair, Self::Stop> {
        let Signs { weight, bias } = self.signs[index];
        let hermite = Support::of_activation(self.facts, &layer.activation);
        let of = |hermite: Support| {
            if weight { hermite.within(before.c) } else { Support::constant(Some(false)) }
        };
        let (value, slope) = (of(hermite), of(hermite.derivative()));
        let trained = Support::constant(layer.trains_biases(bias));
        let own = if layer.trains_weights() { value.union(trained) } else { trained };
        Ok(Pair { c: value.union(Support::constant(bias)), theta: own.union(before.theta.sum(slope)) })
    }

    fn joined(&mut self, sum: Option<Pair>, _: &BigRational, branch: Pair) -> Result<Pair, Self::Stop> {
        Ok(match sum {
            None => branch,
            Some(sum) => Pair { c: sum.c.union(branch.c), theta: sum.theta.union(branch.theta) },
        })
    }

    fn normalized(&mut self, before: Pair) -> Result<Pair, Self::Stop> {
        Ok(before)
    }
}

#[cfg(test)]
mod tests;
