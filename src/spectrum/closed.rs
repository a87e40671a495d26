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
use crate::number::{Ball, ClosedForm};

/// `λ_0 … λ_K` for the probability measure; `None` where the network is not of this kind.
pub(super) fn eigenvalues(request: &Request) -> Result<Option<Vec<ClosedForm>>, Error> {
    let Some(layer) = OneLayer::new(request) else { return Ok(None) };
    let (d, top) = (request.dimension, request.max_degree);
    if !hemisphere::is_feasible(d, top) {
        return Ok(None);
    }
    Ok(layer.eigenvalues(&Forms, request, d, top))
}

/// The same as enclosures, for degrees of which the closed forms would fill the memory.
pub(super) fn enclosures(request: &Request) -> Result<Option<Vec<Ball>>, Error> {
    let Some(layer) = OneLayer::new(request) else { return Ok(None) };
    let (d, top) = (request.dimension, request.max_degree);
    if d > hemisphere::MAX_DIMENSION {
        return Ok(None);
    }
    // The recurrence errs by some roundings in each step, relative to what is positive.
    let bits = request.accuracy.bits() + 2 * (top as u64 + 2).ilog2() + 64;
    let Some(mut values) = layer.eigenvalues(&Enclosures { bits }, request, d, top) else { return Ok(None) };
    for (k, value) in values.iter_mut().enumerate() {
        if request.powers.eigenvalue_is_zero(k) {
            *value = Ball::zero(bits);
        }
    }
    Ok(Some(values))
}

/// What eigenvalues are written with.
trait Arithmetic {
    type Value: Clone;

    fn lift(&self, x: &ClosedForm) -> Self::Value;
    fn sum(&self, x: &Self::Value, y: &Self::Value) -> Self::Value;
    fn product(&self, x: &Self::Value, y: &Self::Value) -> Self::Value;
    fn scaled(&self, x: &Self::Value, r: &BigRational) -> Self::Value;
    /// `c_k²` of the hemisphere transform.
    fn squares(&self, order: u32, d: usize, top: usize) -> Vec<Self::Value>;
}

struct Forms;

impl Arithmetic for Forms {
    type Value = ClosedForm;

    fn lift(&self, x: &ClosedForm) -> ClosedForm {
        x.clone()
    }

    fn sum(&self, x: &ClosedForm, y: &ClosedForm) -> ClosedForm {
        x + y
    }

    fn product(&self, x: &ClosedForm, y: &ClosedForm) -> ClosedForm {
        x * y
    }

    fn scaled(&self, x: &ClosedForm, r: &BigRational) -> ClosedForm {
        x.scaled(r)
    }

    fn squares(&self, order: u32, d: usize, top: usize) -> Vec<ClosedForm> {
        // The square of π^{roots/2} is π^{roots}.
        let square =
            |(value, roots): &(BigRational, i32)| ClosedForm::pi_power(2 * roots).scaled(&(value * value));
        hemisphere::coefficients(order, d, top).iter().map(square).collect()
    }
}

struct Enclosures {
    bits: u32,
}

impl Arithmetic for Enclosures {
    type Value = Ball;

    fn lift(&self, x: &ClosedForm) -> Ball {
        x.to_ball(self.bits)
    }

    fn sum(&self, x: &Ball, y: &Ball) -> Ball {
        x + y
    }

    fn product(&self, x: &Ball, y: &Ball) -> Ball {
        x * y
    }

    fn scaled(&self, x: &Ball, r: &BigRational) -> Ball {
        x * &Ball::from_rational(r, self.bits)
    }

    fn squares(&self, order: u32, d: usize, top: usize) -> Vec<Ball> {
        let mut out: Vec<Ball> = Forms.squares(order, d, top.min(1)).iter().map(|c| self.lift(c)).collect();
        for k in 0..(top + 1).saturating_sub(2) {
            let ratio = Ball::from_rational(&hemisphere::ratio(order, d, k), self.bits);
            out.push(&out[k] * &ratio.square());
        }
        out
    }
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

    fn eigenvalues<A: Arithmetic>(
        &self,
        numbers: &A,
        request: &Request,
        d: usize,
        top: usize,
    ) -> Option<Vec<A::Value>> {
        // One more, for the product by t.
        let (value, slope) = of_dual(numbers, &self.dual, d, top + 1)?;
        let values: Vec<A::Value> = match request.kernel {
            Kernel::Nngp => value,
            Kernel::Ntk => {
                // Θ = η_w c_2 + (a t + b) dc_2/dt.
                let slope = slope?;
                let by_t = times_t(numbers, d, &slope);
                let [a, b] = &self.first;
                let theta = |k: usize| {
                    let own = numbers.scaled(&value[k], &self.own.0);
                    let before = numbers.sum(&numbers.scaled(&by_t[k], a), &numbers.scaled(&slope[k], b));
                    numbers.sum(&own, &before)
                };
                (0..=top).map(theta).collect()
            }
        };
        let weight = numbers.lift(&self.weight);
        let mut out: Vec<A::Value> =
            values.iter().take(top + 1).map(|value| numbers.product(&weight, value)).collect();
        let bias = if request.kernel == Kernel::Ntk { &self.own.1 } else { &self.bias };
        out[0] = numbers.sum(&out[0], &numbers.lift(bias));
        Some(out)
    }
}

/// The eigenvalues up to `top` of a dual, and of its derivative where that is bounded.
type OfDual<T> = (Vec<T>, Option<Vec<T>>);

fn of_dual<A: Arithmetic>(numbers: &A, dual: &ExactDual, d: usize, top: usize) -> Option<OfDual<A::Value>> {
    let times = |factor: &ClosedForm, list: Vec<A::Value>| -> Vec<A::Value> {
        let factor = numbers.lift(factor);
        list.iter().map(|c| numbers.product(&factor, c)).collect()
    };
    let add = |to: &mut A::Value, form: &ClosedForm| *to = numbers.sum(to, &numbers.lift(form));
    match dual {
        ExactDual::ArcCosine { order, linear, scale } => {
            let mut value = times(scale, arc_cosine(numbers, d, *order, top));
            add(&mut value[1], &linear.scaled(&BigRational::new(BigInt::one(), BigInt::from(d))));
            // k_n' = n² k_{n-1}.
            let square = BigRational::from_integer(BigInt::from(*order).pow(2));
            let mut slope = times(&scale.scaled(&square), arc_cosine(numbers, d, order - 1, top));
            add(&mut slope[0], linear);
            Some((value, Some(slope)))
        }
        // asin ρ = 2π (k_0 - 1/4).
        ExactDual::ArcSine { constant, scale, .. } => {
            let factor = scale * &ClosedForm::pi().scaled(&BigRational::from_integer(2.into()));
            let less = factor.scaled(&BigRational::new((-1).into(), 4.into()));
            let mut out = times(&factor, arc_cosine(numbers, d, 0, top));
            add(&mut out[0], &(&less + constant));
            Some((out, None))
        }
        ExactDual::WithPolynomial { dual, terms } => {
            let derived = |(k, c): (usize, &ClosedForm)| c.scaled(&BigRational::from_integer(k.into()));
            let slopes: Vec<ClosedForm> = terms.iter().enumerate().skip(1).map(derived).collect();
            let sum = |a: &[A::Value], c: &[ClosedForm]| {
                a.iter().zip(&polynomial(numbers, d, c, top)).map(|(a, b)| numbers.sum(a, b)).collect()
            };
            let (value, slope) = of_dual(numbers, dual, d, top)?;
            Some((sum(&value, terms), slope.map(|slope| sum(&slope, &slopes))))
        }
        _ => None,
    }
}

/// The eigenvalues of `Σ c_j t^j`, up to `top`.
fn polynomial<A: Arithmetic>(
    numbers: &A,
    d: usize,
    coefficients: &[ClosedForm],
    top: usize,
) -> Vec<A::Value> {
    let zero = numbers.lift(&ClosedForm::zero());
    let mut out = vec![zero.clone(); top + 1];
    // Each product by t is one shorter.
    let mut power = vec![zero; top + coefficients.len() + 1];
    power[0] = numbers.lift(&ClosedForm::one());
    for c in coefficients {
        let c = numbers.lift(c);
        for (sum, value) in out.iter_mut().zip(&power) {
            *sum = numbers.sum(sum, &numbers.product(&c, value));
        }
        power = times_t(numbers, d, &power);
    }
    out
}

/// The eigenvalues of `k_n`, up to `top`.
fn arc_cosine<A: Arithmetic>(numbers: &A, d: usize, order: u32, top: usize) -> Vec<A::Value> {
    let norm = (0..order as usize).fold(BigInt::one(), |product, i| product * (d + 2 * i));
    let norm = BigRational::from_integer(norm);
    numbers.squares(order, d, top).iter().map(|square| numbers.scaled(square, &norm)).collect()
}

/// The eigenvalues of `t f(t)`, one fewer.
fn times_t<A: Arithmetic>(numbers: &A, d: usize, values: &[A::Value]) -> Vec<A::Value> {
    let share = |k: usize| {
        let share = |n: usize| BigRational::new(n.into(), (2 * k + d - 2).into());
        match k {
            // t P_0 = P_1, also on the circle.
            0 => values[1].clone(),
            _ => numbers.sum(
                &numbers.scaled(&values[k + 1], &share(k + d - 2)),
                &numbers.scaled(&values[k - 1], &share(k)),
            ),
        }
    };
    (0..values.len() - 1).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Accuracy;
    use crate::network::samples::uniform;
    use crate::spectrum::Measure;

    /// Enclosures hold the closed forms, are as narrow as asked for, and zeros are exact.
    #[test]
    fn enclosures_hold_the_closed_forms() {
        let cases = [
            ("relu", Kernel::Ntk, "0"),
            ("relu", Kernel::Nngp, "1/3"),
            ("leaky-relu(1/10)", Kernel::Ntk, "1/2"),
            ("abs", Kernel::Ntk, "0"),
            ("step", Kernel::Nngp, "0"),
            ("sign", Kernel::Nngp, "1/7"),
            ("repu(3)", Kernel::Ntk, "0"),
            ("relu(x)+x^2-1/3", Kernel::Ntk, "0"),
        ];
        for (name, kernel, bias) in cases {
            let network = uniform(name, 1, "2", [bias, "0"]);
            for (d, top) in [(2usize, 0usize), (2, 7), (3, 60), (6, 1), (25, 12), (400, 5)] {
                for digits in [1, 15, 40] {
                    let accuracy = Accuracy::relative(digits).unwrap();
                    let request =
                        Request::new(&network, kernel, d, top, accuracy, Measure::Probability).unwrap();
                    let forms = eigenvalues(&request).unwrap().unwrap();
                    let values = enclosures(&request).unwrap().unwrap();
                    assert_eq!(values.len(), top + 1);
                    assert!(request.lack(&values) <= 0, "{name}, d = {d}, {digits} digits");
                    for (k, (form, value)) in forms.iter().zip(&values).enumerate() {
                        let truth = form.to_ball(600);
                        assert!(value.contains(&truth), "{name}, d = {d}, degree {k}: {value} {truth}");
                        assert_eq!(value.is_exact_zero(), form.is_zero(), "{name}, d = {d}, degree {k}");
                    }
                }
            }
        }
    }
}
