//! Closed forms for one hidden layer with an arc-cosine dual, from the hemisphere transform.
//!
//! With `U` a Gaussian vector, `k_n(⟨x,y⟩) = E[(U·x)_+^n (U·y)_+^n] = E|U|^{2n} E[(u·x)_+^n (u·y)_+^n]`, `u = U/|U|`
//! uniform on the sphere. So the eigenvalues of `k_n` are `d(d+2)…(d+2n-2) c_k²`, `c_k` those of the transform; and by
//! `t P_k = ((k+d-2) P_{k+1} + k P_{k-1})/(2k+d-2)` those of `t f(t)` follow from those of `f`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Request, hemisphere};
use crate::Error;
use crate::dual::{ExactDual, MAX_ORDER};
use crate::kernel::closed::setup::ClosedForms;
use crate::kernel::{Kernel, Training};
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
    /// `η_w` and `τ_b²`, which say what the layer's own weights and biases add to Θ.
    own: (BigRational, ClosedForm),
    /// `Θ_1/q_1 = slope t + constant`.
    first: [BigRational; 2],
    weight: ClosedForm,
    bias: ClosedForm,
    dual: ExactDual,
}

impl OneLayer {
    fn new(request: &Request) -> Option<OneLayer> {
        let [layer] = request.network.layers() else { return None };
        if !request.network.is_chain() {
            return None;
        }
        let input = request.network.input();
        if !input.gamma_b2.is_zero() {
            return None;
        }
        let variance = request.network.first_variance();
        let dual = layer.activation.exact_dual(&variance)?;
        let shape = match &dual {
            ExactDual::WithPolynomial { dual, .. } => dual,
            dual => dual,
        };
        match shape {
            ExactDual::ArcCosine { order, .. } if (1..=MAX_ORDER).contains(order) => {}
            ExactDual::ArcSine { beta, .. } if beta.is_one() && request.kernel == Kernel::Nngp => {}
            _ => return None,
        }
        let moment = || Ok(dual.at_one());
        let q = ClosedForm::from(variance.clone());
        let resolution = Resolution { layer, number: 1, q: &q, moment: &moment };
        let ring = &mut ClosedForms { number: 1, moments: None };
        let weight = resolution.weight(ring).ok()??;
        let bias = resolution.bias(ring, &weight).ok()??;
        let part = |w: &BigRational, b: &BigRational| [w * &input.radius2 / &variance, b / &variance];
        let first = request.network.first(part);
        let first = first.tangent.unwrap_or(first.covariance);
        let own = match request.network.training_of(1) {
            Some(Training { weights, biases }) => {
                (weights.clone(), biases.as_ref().map_or_else(|| bias.clone(), |b| b.clone().into()))
            }
            None => (BigRational::one(), bias.clone()),
        };
        Some(OneLayer { weight, bias, dual, own, first })
    }

    fn eigenvalues(&self, request: &Request, d: usize, top: usize) -> Option<Vec<ClosedForm>> {
        // One more, for the product by t.
        let (value, slope) = of_dual(&self.dual, d, top + 1)?;
        let values: Vec<ClosedForm> = match request.kernel {
            Kernel::Nngp => value,
            Kernel::Ntk => {
                // Θ = η_w c_2 + (a t + b) dc_2/dt.
                let slope = slope?;
                let by_t = times_t(d, &slope);
                let [a, b] = &self.first;
                let theta = |k: usize| value[k].scaled(&self.own.0) + by_t[k].scaled(a) + slope[k].scaled(b);
                (0..=top).map(theta).collect()
            }
        };
        let mut out: Vec<ClosedForm> =
            values.iter().take(top + 1).map(|value| &self.weight * value).collect();
        let bias = if request.kernel == Kernel::Ntk { &self.own.1 } else { &self.bias };
        out[0] = &out[0] + bias;
        Some(out)
    }
}

/// The eigenvalues up to `top` of a dual, and of its derivative where that is bounded.
fn of_dual(dual: &ExactDual, d: usize, top: usize) -> Option<(Vec<ClosedForm>, Option<Vec<ClosedForm>>)> {
    let times = |factor: &ClosedForm, list: Vec<ClosedForm>| -> Vec<ClosedForm> {
        list.iter().map(|c| factor * c).collect()
    };
    match dual {
        ExactDual::ArcCosine { order, linear, scale } => {
            let mut value = times(scale, arc_cosine(d, *order, top));
            value[1] = &value[1] + &linear.scaled(&BigRational::new(BigInt::one(), BigInt::from(d)));
            // k_n' = n² k_{n-1}.
            let square = BigRational::from_integer(BigInt::from(*order).pow(2));
            let mut slope = times(&scale.scaled(&square), arc_cosine(d, order - 1, top));
            slope[0] = &slope[0] + linear;
            Some((value, Some(slope)))
        }
        // asin ρ = 2π (k_0 - 1/4).
        ExactDual::ArcSine { constant, scale, .. } => {
            let factor = scale * &ClosedForm::pi().scaled(&BigRational::from_integer(2.into()));
            let quarter = ClosedForm::from(BigRational::new(1.into(), 4.into()));
            let mut out = times(&factor, arc_cosine(d, 0, top));
            out[0] = &(&out[0] - &(&factor * &quarter)) + constant;
            Some((out, None))
        }
        ExactDual::WithPolynomial { dual, terms } => {
            let derived = |(k, c): (usize, &ClosedForm)| c.scaled(&BigRational::from_integer(k.into()));
            let slopes: Vec<ClosedForm> = terms.iter().enumerate().skip(1).map(derived).collect();
            let sum = |a: &[ClosedForm], b: &[ClosedForm]| a.iter().zip(b).map(|(a, b)| a + b).collect();
            let (value, slope) = of_dual(dual, d, top)?;
            let slope = slope.map(|slope| sum(&slope, &polynomial(d, &slopes, top)));
            Some((sum(&value, &polynomial(d, terms, top)), slope))
        }
        _ => None,
    }
}

/// The eigenvalues of `Σ c_j t^j`, up to `top`.
fn polynomial(d: usize, coefficients: &[ClosedForm], top: usize) -> Vec<ClosedForm> {
    let mut out = vec![ClosedForm::zero(); top + 1];
    // Each product by t is one shorter.
    let mut power = vec![ClosedForm::zero(); top + coefficients.len() + 1];
    power[0] = ClosedForm::one();
    for c in coefficients {
        for (sum, value) in out.iter_mut().zip(&power) {
            *sum = &*sum + &(c * value);
        }
        power = times_t(d, &power);
    }
    out
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
