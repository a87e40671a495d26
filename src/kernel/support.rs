//! Which coefficients of a kernel are exactly zero.
//!
//! All series have non-negative coefficients, so supports follow exactly: a sum's is the union, a product's the sum
//! set, and a composition's `f(ρ)` has `t^p` iff some `k` with `μ_k ≠ 0` is a number of terms of ρ that add to `p`.

use crate::activation::Support as HermiteSupport;

/// The powers, up to a degree, whose coefficient is positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Support(Vec<bool>);

impl Support {
    pub fn from_fn(degree: usize, f: impl FnMut(usize) -> bool) -> Support {
        Support((0..=degree).map(f).collect())
    }

    pub fn contains(&self, power: usize) -> bool {
        self.0.get(power).copied().unwrap_or(false)
    }

    /// No odd, or no even powers?
    pub fn has_no(&self, parity: usize) -> bool {
        self.0.iter().skip(parity).step_by(2).all(|x| !x)
    }

    pub fn union(&self, other: &Support) -> Support {
        Support(self.0.iter().zip(&other.0).map(|(a, b)| *a || *b).collect())
    }

    fn powers(&self) -> Vec<usize> {
        self.0.iter().enumerate().filter_map(|(p, x)| x.then_some(p)).collect()
    }

    /// The support of the product: all sums.
    pub fn product(&self, other: &Support) -> Support {
        for (full, factor) in [(self, other), (other, self)] {
            if factor.contains(0) && full.0.iter().all(|x| *x) {
                return full.clone();
            }
        }
        let (few, many) =
            if self.powers().len() < other.powers().len() { (self, other) } else { (other, self) };
        let words = bits(&many.0);
        let mut out = vec![0u64; words.len()];
        for p in few.powers() {
            or_shifted(&mut out, &words, p);
        }
        Support((0..self.0.len()).map(|p| out[p / 64] >> (p % 64) & 1 == 1).collect())
    }

    /// The support of `f(ρ)`, ρ having this one and `f` the Hermite support squared.
    pub fn compose(&self, outer: &HermiteSupport) -> Support {
        let degree = self.0.len() - 1;
        if self.powers() == [1] {
            return Support::from_fn(degree, |k| outer.may_be_nonzero(k));
        }
        if self.contains(0) && self.contains(1) && (outer.even_tail || outer.odd_tail) {
            // p terms t, padded with constant ones up to any number.
            return Support::from_fn(degree, |_| true);
        }
        let steps = self.generators();
        // most[p][e]: the largest number of terms, of parity e, that add to p; with a constant term in ρ any number
        // of terms may be padded up.
        let padded = self.contains(0);
        let mut most: Vec<[Option<usize>; 2]> = vec![[None; 2]; degree + 1];
        most[0][0] = Some(0);
        for p in 1..=degree {
            for &g in steps.iter().take_while(|g| **g <= p) {
                for e in 0..2 {
                    let candidate = most[p - g][1 - e].map(|n| n + 1);
                    most[p][e] = most[p][e].max(candidate);
                }
            }
        }
        let from = outer.initial.len();
        let tail = |e: usize| if e == 0 { outer.even_tail } else { outer.odd_tail };
        let mut out: Vec<bool> = most
            .iter()
            .map(|n| {
                let reachable = n[0].is_some() || n[1].is_some();
                if padded {
                    reachable && (tail(0) || tail(1))
                } else {
                    (0..2).any(|e| tail(e) && n[e] >= Some(from))
                }
            })
            .collect();
        // The first few k one by one: exactly k terms.
        let mut exactly = Support::from_fn(degree, |p| p == 0);
        for (k, may) in outer.initial.iter().enumerate() {
            if k > 0 {
                exactly = exactly.product(self);
            }
            if *may {
                out.iter_mut().zip(&exactly.0).for_each(|(a, b)| *a |= b);
            }
            if exactly.0.iter().all(|x| !x) {
                break;
            }
        }
        Support(out)
    }

    /// The positive powers that are not themselves a sum of an odd number, at least three, of smaller ones: replacing
    /// one term by those keeps the parity of the count and only raises it.
    fn generators(&self) -> Vec<usize> {
        let degree = self.0.len() - 1;
        let mut out: Vec<usize> = Vec::new();
        let mut reach = vec![[false; 2]; degree + 1];
        reach[0][0] = true;
        for p in 1..=degree {
            for &g in &out {
                for e in 0..2 {
                    reach[p][e] |= reach[p - g][1 - e];
                }
            }
            if self.0[p] && !reach[p][1] {
                out.push(p);
                reach[p][1] = true;
            }
        }
        out
    }
}

fn bits(set: &[bool]) -> Vec<u64> {
    let mut out = vec![0u64; set.len().div_ceil(64)];
    for (p, _) in set.iter().enumerate().filter(|(_, x)| **x) {
        out[p / 64] |= 1 << (p % 64);
    }
    out
}

fn or_shifted(out: &mut [u64], set: &[u64], by: usize) {
    let (words, rest) = (by / 64, by % 64);
    for i in (words..out.len()).rev() {
        let high = set[i - words] << rest;
        let low = if rest > 0 && i > words { set[i - words - 1] >> (64 - rest) } else { 0 };
        out[i] |= high | low;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the definition, with up to `degree + pad` terms.
    fn by_definition(inner: &[bool], outer: &HermiteSupport) -> Vec<bool> {
        let degree = inner.len() - 1;
        let mut exactly = vec![false; degree + 1];
        exactly[0] = true;
        let mut out = vec![false; degree + 1];
        for k in 0..=2 * degree + outer.initial.len() + 2 {
            if outer.may_be_nonzero(k) {
                out.iter_mut().zip(&exactly).for_each(|(a, b)| *a |= b);
            }
            let next = (0..=degree).map(|p| (0..=p).any(|i| inner[i] && exactly[p - i])).collect();
            exactly = next;
        }
        out
    }

    proptest! {
        #[test]
        fn composition_is_that_of_the_definition(
            inner in prop::collection::vec(any::<bool>(), 1..24), initial in prop::collection::vec(any::<bool>(), 0..6),
            even_tail in any::<bool>(), odd_tail in any::<bool>(),
        ) {
            let outer = HermiteSupport { initial, even_tail, odd_tail };
            let got = Support(inner.clone()).compose(&outer);
            prop_assert_eq!(got.0, by_definition(&inner, &outer));
        }

        #[test]
        fn products_are_sum_sets(a in prop::collection::vec(any::<bool>(), 150), b in prop::collection::vec(any::<bool>(), 150)) {
            let got = Support(a.clone()).product(&Support(b.clone()));
            for p in 0..150 {
                prop_assert_eq!(got.contains(p), (0..=p).any(|i| a[i] && b[p - i]));
            }
        }
    }
}
