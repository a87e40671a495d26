//! Closed forms for one hidden layer with an arc-cosine dual, from the hemisphere transform.
//!
//! With `U` a Gaussian vector, `k_n(⟨x,y⟩) = E[(U·x)_+^n (U·y)_+^n] = E|U|^{2n} E[(u·x)_+^n (u·y)_+^n]`, `u = U/|U|` uniform on the
//! sphere. So the eigenvalues of `k_n` are `d(d+2)…(d+2n-2) c_k²`, where `c_k` are those of the transform `μ ↦ ∫ (u·x)_+^n dμ(x)`:
//!
//! ```text
//! c_k = n! Γ(d/2) / (2^{n+1} Γ((n-k)/2 + 1) Γ((d+n+k)/2)),    c_{k+2}/c_k = (n-k)/(d+n+k),
//! ```
//!
//! zero for `k > n`, `k ≡ n` (mod 2). The square is rational, times `π^{-2}` if `d` is even and `n + k` odd. And by
//! `t P_k = ((k+d-2) P_{k+1} + k P_{k-1})/(2k+d-2)` those of `t f(t)` follow from those of `f`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::Request;
use crate::Error;
use crate::dual::{ExactDual, MAX_ORDER};
use crate::kernel::{BiasVariance, Kernel, WeightVariance};
use crate::number::ClosedForm;

/// Most bits of all closed forms together, about.
const MAX_BITS: u64 = 100_000_000;

/// `λ_0 … λ_K` for the probability measure; `None` where the network is not of this kind.
pub(super) fn eigenvalues(request: &Request) -> Result<Option<Vec<ClosedForm>>, Error> {
    let Some(layer) = OneLayer::new(request) else { return Ok(None) };
    let (d, top) = (request.dimension, request.max_degree);
    // About the logarithm of 1/N(d,k), twice, for each.
    let bits = 4 * (top as u64 + 1).saturating_pow(2) * u64::from((d + top).ilog2() + 1);
    if bits > MAX_BITS || (d as u64) > 1 << 14 {
        return Ok(None);
    }
    Ok(layer.eigenvalues(request, d, top))
}

/// `c_2 = σ_w² φ̂(ρ) + σ_b²` with exact parameters.
struct OneLayer {
    weight: ClosedForm,
    bias: ClosedForm,
    dual: ExactDual,
}

impl OneLayer {
    fn new(request: &Request) -> Option<OneLayer> {
        let [layer] = request.network.layers() else { return None };
        let input = request.network.input();
        if !input.gamma_b2.is_zero() {
            return None;
        }
        let variance = &input.gamma_w2 * &input.radius2;
        let dual = layer.activation.exact_dual(&variance)?;
        match &dual {
            ExactDual::ArcCosine { order, .. } if (1..=MAX_ORDER).contains(order) => {}
            ExactDual::ArcSine { beta, .. } if beta.is_one() && request.kernel == Kernel::Nngp => {}
            _ => return None,
        }
        let moment = dual.at_one()?;
        let variance = ClosedForm::from(variance);
        let (weight, bias) = match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Exact(w), BiasVariance::Exact(b)) => (w.clone().into(), b.clone().into()),
            (WeightVariance::Exact(w), BiasVariance::Unit) => {
                let weight = ClosedForm::from(w.clone());
                let bias = &variance - &(&weight * &moment);
                (weight, bias)
            }
            (WeightVariance::Normalized, BiasVariance::Exact(b)) => {
                let bias = ClosedForm::from(b.clone());
                ((&variance - &bias) * moment.reciprocal()?, bias)
            }
            (WeightVariance::Normalized, BiasVariance::Unit) => return None,
        };
        Some(OneLayer { weight, bias, dual })
    }

    fn eigenvalues(&self, request: &Request, d: usize, top: usize) -> Option<Vec<ClosedForm>> {
        let values = match &self.dual {
            ExactDual::ArcCosine { order, linear, scale } => {
                // One more, for the product by t.
                let value = arc_cosine(d, *order, top + 1)?;
                let slope = match request.kernel {
                    Kernel::Nngp => None,
                    Kernel::Ntk => Some(times_t(d, &arc_cosine(d, order - 1, top + 1)?)),
                };
                let squared = BigRational::from_integer(BigInt::from(*order).pow(2));
                // Θ = c_2 + ρ dc_2/dρ, k_n' = n² k_{n-1}: the linear part counts twice.
                let copies = if slope.is_some() { 2 } else { 1 };
                let of_t = BigRational::new(BigInt::from(copies), BigInt::from(d));
                (0..=top)
                    .map(|k| {
                        let mut out = value[k].clone();
                        if let Some(slope) = &slope {
                            out = &out + &slope[k].scaled(&squared);
                        }
                        let out = scale * &out;
                        if k == 1 { &out + &linear.scaled(&of_t) } else { out }
                    })
                    .collect::<Vec<_>>()
            }
            // asin ρ = 2π (k_0 - 1/4).
            ExactDual::ArcSine { constant, scale, .. } => {
                let factor = scale * &ClosedForm::pi().scaled(&BigRational::from_integer(2.into()));
                let quarter = ClosedForm::from(BigRational::new(1.into(), 4.into()));
                let mut out: Vec<ClosedForm> = arc_cosine(d, 0, top)?.iter().map(|c| &factor * c).collect();
                out[0] = &(&out[0] - &(&factor * &quarter)) + constant;
                out
            }
            _ => return None,
        };
        let mut out: Vec<ClosedForm> = values.iter().map(|value| &self.weight * value).collect();
        out[0] = &out[0] + &self.bias;
        Some(out)
    }
}

/// The eigenvalues of `k_n`, up to `top`.
fn arc_cosine(d: usize, order: u32, top: usize) -> Option<Vec<ClosedForm>> {
    let n = order as usize;
    let whole = |n: usize| BigRational::from_integer(n.into());
    let norm = (0..n).fold(BigRational::one(), |product, i| product * whole(d + 2 * i));
    let factorial = (1..=n).fold(BigRational::one(), |product, i| product * whole(i));
    let head = factorial / BigRational::from_integer(BigInt::one() << (n + 1));
    let mut halves: [(BigRational, i32); 2] = [(BigRational::zero(), 0), (BigRational::zero(), 0)];
    for (k, half) in halves.iter_mut().enumerate() {
        // Γ((n-k)/2 + 1): its argument is positive for k <= 1 and n >= 0, in halves n - k + 2 >= 1.
        let [top, first, second] = [d, n + 2 - k, d + n + k].map(gamma_of_half);
        *half = (&head * top.0 / (first.0 * second.0), top.1 - first.1 - second.1);
    }
    let mut out = Vec::with_capacity(top + 1);
    for k in 0..=top {
        let (value, roots) = &mut halves[k % 2];
        let square = &norm * &*value * &*value;
        // The square of π^{roots/2}.
        out.push(ClosedForm::pi_power(2 * *roots).scaled(&square));
        let (above, below) = (BigInt::from(n) - BigInt::from(k), BigInt::from(d + n + k));
        *value *= BigRational::new(above, below);
    }
    Some(out)
}

/// `Γ(m/2)`, `m >= 1`, as a rational and the power of `√π`.
fn gamma_of_half(m: usize) -> (BigRational, i32) {
    let start = if m % 2 == 0 { 2 } else { 1 };
    // Γ(x+1) = x Γ(x) from Γ(1) = 1 or Γ(1/2) = √π.
    let steps = (start..m).step_by(2);
    let count = steps.len();
    let product = steps.fold(BigInt::one(), |product, i| product * i);
    (BigRational::new(product, BigInt::one() << count), i32::from(m % 2 == 1))
}

/// The eigenvalues of `t f(t)`, one fewer.
fn times_t(d: usize, values: &[ClosedForm]) -> Vec<ClosedForm> {
    let share = |k: usize| {
        let share = |n: usize| BigRational::new(n.into(), (2 * k + d - 2).into());
        match k {
            // t P_0 = P_1, also on the circle.
            0 => values[1].clone(),
            _ => &values[k + 1].scaled(&share(k + d - 2)) + &values[k - 1].scaled(&share(k)),
        }
    };
    (0..values.len() - 1).map(share).collect()
}
