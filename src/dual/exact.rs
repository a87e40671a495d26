//! Values of duals in closed form.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::ExactDual;
use super::image::polynomial_part;
use crate::number::ClosedForm;

impl ExactDual {
    /// The value at ρ = 1, which is `E[φ(√q Z)²]`; `None` where it is outside the ring.
    pub(crate) fn at_one(&self) -> Option<ClosedForm> {
        Some(match self {
            // k_n(1) = E[relu(Z)^{2n}] = (2n-1)!!/2.
            ExactDual::ArcCosine { order, linear, scale } => {
                if *order == 0 || *order > MAX_ORDER {
                    return None;
                }
                let odd = (1..=*order).map(|k| BigInt::from(2 * k - 1)).product::<BigInt>();
                linear + &scale.scaled(&BigRational::new(odd, 2.into()))
            }
            ExactDual::ArcSine { constant, scale, beta } => constant + &(scale * &ClosedForm::asin(beta)?),
            // q/4 + (q asin β + 2q²/((1+q)√(1+2q)))/(2π).
            ExactDual::Gelu { scale, variance } => {
                let two = BigRational::from_integer(2.into());
                let next = BigRational::one() + variance;
                let angle = ClosedForm::asin(&(variance / &next))?.scaled(variance);
                let root = ClosedForm::sqrt(&(BigRational::one() + &two * variance).recip())?;
                let sum = angle + root.scaled(&(&two * variance * variance / next));
                let over_pi = ClosedForm::pi_power(-2).scaled(&two.recip());
                scale * &(ClosedForm::from(variance / BigRational::from_integer(4.into())) + sum * over_pi)
            }
            ExactDual::Exponential { plus, minus, rate } => {
                plus * &ClosedForm::exp(rate) + minus * &ClosedForm::exp(&-rate.clone())
            }
            ExactDual::InverseRoot { scale, beta } => {
                scale * &ClosedForm::sqrt(&(BigRational::one() - beta * beta))?.reciprocal()?
            }
            ExactDual::Polynomial(coefficients) => {
                coefficients.iter().fold(ClosedForm::zero(), |sum, c| &sum + c)
            }
            ExactDual::WithPolynomial { dual, terms } => {
                &dual.at_one()? + &polynomial_part(terms).at_one()?
            }
            ExactDual::Hermite => return None,
        })
    }

    /// The derivative at ρ = 1, which is `q E[φ'(√q Z)²]`, of the duals for which it may be rational; `None` for
    /// others.
    pub(crate) fn slope_at_one(&self) -> Option<ClosedForm> {
        match self {
            // k_n'(1) = E[(n relu(Z)^{n-1})²] = n² (2n-3)!!/2.
            ExactDual::ArcCosine { order, linear, scale } if (1..=MAX_ORDER).contains(order) => {
                let odd = (1..*order).map(|k| BigInt::from(2 * k - 1)).product::<BigInt>();
                let value = BigRational::new(odd * BigInt::from(order * order), 2.into());
                Some(linear + &scale.scaled(&value))
            }
            ExactDual::Polynomial(coefficients) => {
                let terms = coefficients.iter().enumerate();
                let times = |(k, c): (usize, &ClosedForm)| c.scaled(&BigRational::from_integer(k.into()));
                Some(terms.map(times).fold(ClosedForm::zero(), |sum, c| &sum + &c))
            }
            ExactDual::WithPolynomial { dual, terms } => {
                Some(dual.slope_at_one()? + polynomial_part(terms).slope_at_one()?)
            }
            _ => None,
        }
    }
}

/// Highest order of an arc-cosine kernel that is written in closed form.
pub(crate) const MAX_ORDER: u32 = 16;

/// Polynomials `(A, B)` with `k_n(ρ) = (A(ρ) √(1-ρ²) + B(ρ) (π - arccos ρ))/(2π)`, for `n = 0 .. order`.
///
/// `k_n' = n² k_{n-1}` gives `B_n' = n² B_{n-1}` and `(1-ρ²) A_n' - ρ A_n + B_n = n² (1-ρ²) A_{n-1}`;
/// the constant terms follow from `k_n(0) = E[relu(Z)^n]²`: `B_n(0) = ((n-1)!!)²` for even `n`,
/// `A_n(0) = 2^{n-1} (((n-1)/2)!)²` for odd `n`, and zero otherwise.
pub(crate) fn arc_cosine_polynomials(order: u32) -> Vec<(Vec<BigRational>, Vec<BigRational>)> {
    let integer = |n: usize| BigRational::from_integer(n.into());
    let mut out = vec![(vec![BigRational::zero()], vec![BigRational::one()])];
    for n in 1..=order.min(MAX_ORDER) as usize {
        let (before_a, before_b) = &out[n - 1];
        let square = integer(n * n);
        let mut b = vec![BigRational::zero(); n + 1];
        for (k, c) in before_b.iter().enumerate() {
            b[k + 1] = c * &square / integer(k + 1);
        }
        let mut a = vec![BigRational::zero(); n + 1];
        if n % 2 == 0 {
            let odd = (1..n).step_by(2).map(integer).product::<BigRational>();
            b[0] = &odd * &odd;
        } else {
            let half = (1..=(n - 1) / 2).map(integer).product::<BigRational>();
            a[0] = integer(1 << (n - 1)) * &half * &half;
        }
        let get = |list: &[BigRational], k: usize| list.get(k).cloned().unwrap_or_default();
        for m in 0..n {
            // Coefficient of ρ^m: (m+1) a_{m+1} - m a_{m-1} + b_m = n² (a'_m - a'_{m-2}).
            let below = if m >= 1 { integer(m) * &a[m - 1] } else { BigRational::zero() };
            let earlier = if m >= 2 { get(before_a, m - 2) } else { BigRational::zero() };
            let right = &square * (get(before_a, m) - earlier);
            a[m + 1] = (right + below - &b[m]) / integer(m + 1);
        }
        out.push((a, b));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;

    #[test]
    fn arc_cosine_polynomials_are_the_known_ones() {
        let list = |texts: &[&str]| texts.iter().map(|t| parse_rational(t).unwrap()).collect::<Vec<_>>();
        let all = arc_cosine_polynomials(3);
        assert_eq!(all[1], (list(&["1", "0"]), list(&["0", "1"])));
        assert_eq!(all[2], (list(&["0", "3", "0"]), list(&["1", "0", "2"])));
        // J_3 = (4 + 11 ρ²) √(1-ρ²) + (π - θ)(9ρ + 6ρ³).
        assert_eq!(all[3], (list(&["4", "0", "11", "0"]), list(&["0", "9", "0", "6"])));
    }

    #[test]
    fn arc_cosine_at_one() {
        // At ρ = 1 only B counts: k_n(1) = B_n(1)/2 = (2n-1)!!/2.
        for (n, (_, b)) in arc_cosine_polynomials(8).iter().enumerate().skip(1) {
            let dual = ExactDual::ArcCosine {
                order: n as u32,
                linear: ClosedForm::zero(),
                scale: ClosedForm::one(),
            };
            let half = b.iter().sum::<BigRational>() / BigRational::from_integer(2.into());
            assert_eq!(dual.at_one().unwrap().as_rational(), Some(half));
        }
    }
}
