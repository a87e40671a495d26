//! Closed forms for one hidden layer with an arc-cosine dual, from the hemisphere transform.
//!
//! With `U` a Gaussian vector, `k_n(⟨x,y⟩) = E[(U·x)_+^n (U·y)_+^n] = E|U|^{2n} E[(u·x)_+^n (u·y)_+^n]`, `u = U/|U|` uniform on the
//! sphere. So the eigenvalues of `k_n` are `d(d+2)…(d+2n-2) c_k²`, `c_k` those of the transform; and by
//! `t P_k = ((k+d-2) P_{k+1} + k P_{k-1})/(2k+d-2)` those of `t f(t)` follow from those of `f`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Request, hemisphere};
use crate::Error;
use crate::dual::{ExactDual, MAX_ORDER};
use crate::kernel::Kernel;
use crate::kernel::closed::setup::ClosedForms;
use crate::network::resolve::Resolution;
use crate::number::ClosedForm;

/// `λ_0 … λ_K` for the probability measure; `None` where the network is not of this kind.
pub(super) fn eigenvalues(request: &Request) -> Result<Option<Vec<ClosedForm>>, Error> {
    let Some(layer) = OneLayer::new(request) else { return Ok(None) };
    let (d, top) = (request.dimension, request.max_degree);
    if !hemisphere::is_feasible(d, top) {
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
        let moment = || Ok(dual.at_one());
        let q = ClosedForm::from(variance);
        let resolution = Resolution { layer, number: 1, q: &q, moment: &moment };
        let ring = &mut ClosedForms { number: 1, moments: None };
        let weight = resolution.weight(ring).ok()??;
        let bias = resolution.bias(ring, &weight).ok()??;
        Some(OneLayer { weight, bias, dual })
    }

    fn eigenvalues(&self, request: &Request, d: usize, top: usize) -> Option<Vec<ClosedForm>> {
        let values = match &self.dual {
            ExactDual::ArcCosine { order, linear, scale } => {
                // One more, for the product by t.
                let value = arc_cosine(d, *order, top + 1);
                let slope = match request.kernel {
                    Kernel::Nngp => None,
                    Kernel::Ntk => Some(times_t(d, &arc_cosine(d, order - 1, top + 1))),
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
                let mut out: Vec<ClosedForm> = arc_cosine(d, 0, top).iter().map(|c| &factor * c).collect();
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
fn arc_cosine(d: usize, order: u32, top: usize) -> Vec<ClosedForm> {
    let norm = (0..order as usize).fold(BigInt::one(), |product, i| product * (d + 2 * i));
    let norm = BigRational::from_integer(norm);
    // The square of π^{roots/2} is π^{roots}.
    let square = |(value, roots): &(BigRational, i32)| {
        ClosedForm::pi_power(2 * roots).scaled(&(&norm * value * value))
    };
    hemisphere::coefficients(order, d, top).iter().map(square).collect()
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
