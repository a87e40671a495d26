//! Bounds for the errors of all coefficients of a series.

use crate::number::Mag;

/// `|truth_k - midpoint_k| <= flat + grown (k+1)^{growth/2}` for the coefficient of `t^k`.
///
/// The growing part keeps integrals narrow: the error of a reciprocal root grows like `k^{3/2}`, and integrating divides
/// by `k`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBound {
    flat: Mag,
    grown: Mag,
    growth: u64,
}

impl ErrorBound {
    /// No error.
    pub const ZERO: ErrorBound = ErrorBound { flat: Mag::ZERO, grown: Mag::ZERO, growth: 0 };

    /// The same bound for every coefficient.
    pub fn flat(bound: Mag) -> ErrorBound {
        ErrorBound { flat: bound, ..ErrorBound::ZERO }
    }

    /// `scale (k+1)^{growth/2}`.
    pub fn growing(scale: Mag, growth: u64) -> ErrorBound {
        if growth == 0 {
            ErrorBound::flat(scale)
        } else {
            ErrorBound { flat: Mag::ZERO, grown: scale, growth }
        }
    }

    /// Is every coefficient exact?
    pub fn is_zero(self) -> bool {
        self.flat.is_zero() && self.grown.is_zero()
    }

    /// Is anything known?
    pub fn is_finite(self) -> bool {
        self.flat.is_finite() && self.grown.is_finite()
    }

    /// The bound for the coefficient of `t^power`; increasing in `power`.
    pub fn at(self, power: usize) -> Mag {
        if self.grown.is_zero() {
            return self.flat;
        }
        self.flat + self.grown * Mag::from_usize(power + 1).pow(self.growth).sqrt()
    }

    /// The sum of the two bounds.
    pub fn plus(self, other: ErrorBound) -> ErrorBound {
        let growth = match (self.grown.is_zero(), other.grown.is_zero()) {
            (true, _) => other.growth,
            (_, true) => self.growth,
            _ => self.growth.max(other.growth),
        };
        ErrorBound { flat: self.flat + other.flat, grown: self.grown + other.grown, growth }
    }

    /// The bound after convolution with coefficients whose magnitudes sum to at most `sum`: for non-negative `g`,
    /// `Σ g_j e_{k-j} <= (Σ g_j) e_k` as `e` increases.
    pub fn times(self, sum: Mag) -> ErrorBound {
        ErrorBound { flat: self.flat * sum, grown: self.grown * sum, ..self }
    }

    /// The bound for the antiderivative: `e_{k-1}/k <= flat + grown k^{growth/2 - 1}`.
    pub fn integrated(self) -> ErrorBound {
        match self.growth {
            0..=2 => ErrorBound::flat(self.flat + self.grown),
            growth => ErrorBound { growth: growth - 2, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bound() -> impl Strategy<Value = ErrorBound> {
        (0u32..100, 0u32..100, 0u64..5).prop_map(|(flat, grown, growth)| {
            let mag = |x: u32| Mag::from_f64(f64::from(x));
            ErrorBound::flat(mag(flat)).plus(ErrorBound::growing(mag(grown), growth))
        })
    }

    proptest! {
        #[test]
        fn operations_bound_the_worst_case(a in bound(), b in bound(), g in prop::collection::vec(0u32..9, 1..20)) {
            let sum = Mag::from_f64(f64::from(g.iter().sum::<u32>()));
            let slack = Mag::from_f64(1.0 + 1e-9);
            for k in 0..20usize {
                prop_assert!(a.at(k) + b.at(k) <= a.plus(b).at(k) * slack);
                let convolved = (0..=k.min(g.len() - 1)).fold(Mag::ZERO, |acc, j| acc + a.at(k - j) * Mag::from_f64(f64::from(g[j])));
                prop_assert!(convolved <= a.times(sum).at(k) * slack);
                if k > 0 {
                    let exact = a.at(k - 1).div_by_lower(Mag::from_f64(k as f64));
                    prop_assert!(exact <= a.integrated().at(k) * slack);
                }
            }
        }
    }
}
