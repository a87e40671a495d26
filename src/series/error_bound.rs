//! Bounds for the errors of all coefficients of a series.

use crate::number::Mag;

/// `|truth_k - midpoint_k| <= Σ_g parts[g] (k+1)^{g/2}` for the coefficient of `t^k`.
///
/// The growing parts keep integrals narrow: the error of a reciprocal root grows like `k^{3/2}`, and integrating
/// divides by `k`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBound {
    parts: [Mag; 4],
}

impl ErrorBound {
    /// No error.
    pub const ZERO: ErrorBound = ErrorBound { parts: [Mag::ZERO; 4] };

    /// The same bound for every coefficient.
    pub fn flat(bound: Mag) -> ErrorBound {
        ErrorBound::growing(bound, 0)
    }

    /// `scale (k+1)^{growth/2}`, `growth <= 3`.
    pub fn growing(scale: Mag, growth: usize) -> ErrorBound {
        let mut out = ErrorBound::ZERO;
        out.parts[growth] = scale;
        out
    }

    /// Is every coefficient exact?
    pub fn is_zero(self) -> bool {
        self.parts.iter().all(|part| part.is_zero())
    }

    /// Is anything known?
    pub fn is_finite(self) -> bool {
        self.parts.iter().all(|part| part.is_finite())
    }

    /// The bound for the coefficient of `t^power`; increasing in `power`.
    pub fn at(self, power: usize) -> Mag {
        let [flat, rest @ ..] = self.parts;
        if rest.iter().all(|part| part.is_zero()) {
            return flat;
        }
        let root = Mag::from_usize(power + 1).sqrt();
        // Horner's rule in (k+1)^{1/2}.
        flat + root * rest.iter().rev().fold(Mag::ZERO, |acc, part| acc * root + *part)
    }

    /// The sum of the two bounds.
    pub fn plus(self, other: ErrorBound) -> ErrorBound {
        let mut parts = self.parts;
        parts.iter_mut().zip(other.parts).for_each(|(a, b)| *a = *a + b);
        ErrorBound { parts }
    }

    /// The bound after convolution with coefficients whose magnitudes sum to at most `sum`: for non-negative `g`,
    /// `Σ g_j e_{k-j} <= (Σ g_j) e_k` as `e` increases.
    pub fn times(self, sum: Mag) -> ErrorBound {
        ErrorBound { parts: self.parts.map(|part| part * sum) }
    }

    /// The bound for the antiderivative: `k^{g/2}/k` is `k^{g/2 - 1}`, and at most one for `g <= 2`.
    pub fn integrated(self) -> ErrorBound {
        let [a, b, c, d] = self.parts;
        ErrorBound { parts: [a + b + c, d, Mag::ZERO, Mag::ZERO] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bound() -> impl Strategy<Value = ErrorBound> {
        (0u32..100, 0u32..100, 0usize..4).prop_map(|(flat, grown, growth)| {
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
