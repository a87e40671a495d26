//! A network at an input: all that its derivatives are made of, with bounds of the errors.

use std::sync::Arc;

use crate::parallel::*;
use rug::Float;

use super::enclosed::{Enclosed, Matrix, Vector};
use crate::finite::{FiniteLayer, FiniteNetwork, LocalActivation};
use crate::number::Mag;
use crate::{Activation, Ball, Error};

/// Bits for values of activations.
const PRECISION: u32 = 80;

/// One layer at an input.
#[derive(Debug)]
pub(super) struct Layer<'a> {
    pub weights: Matrix<'a>,
    pub bias: bool,
    /// `None`: linear.
    pub activation: Option<Arc<LocalActivation>>,
    /// `s_l`.
    pub scale: Enclosed,
    /// `s_l α^{l-1}`.
    pub input: Vector,
    /// `z^l`, `φ'(z^l)`, `φ''(z^l)`.
    pub sum: Vector,
    pub slope: Vector,
    pub bend: Vector,
    /// The derivatives of the output in `α^l` and in `z^l`.
    pub beta: Vector,
    pub delta: Vector,
}

impl Layer<'_> {
    pub fn inputs(&self) -> usize {
        self.input.len()
    }

    pub fn outputs(&self) -> usize {
        self.slope.len()
    }

    /// The inputs and the constant for a bias.
    pub fn augmented(&self) -> usize {
        self.inputs() + usize::from(self.bias)
    }
}

/// The layers, and the output.
pub(super) fn evaluate<'a>(
    network: &'a FiniteNetwork,
    x: &[f64],
) -> Result<(Vec<Layer<'a>>, Enclosed), Error> {
    network.check_one_output()?;
    if x.len() != network.inputs() {
        let accepted = format!("{} are accepted, the network's first width", network.inputs());
        return Err(Error::parameter("number of coordinates of the input", x.len(), &accepted));
    }
    if let Some(bad) = x.iter().find(|x| !x.is_finite()) {
        return Err(Error::parameter("coordinate of the input", bad, "a finite double is accepted"));
    }
    let mut known = vec![];
    let mut value = Vector::exact(x.to_vec());
    let mut layers = vec![];
    for (l, layer) in network.layers().iter().enumerate() {
        let (made, after) =
            forward(layer, inverse_root(network.inverse_square_scale(l)), &value, &mut known)?;
        layers.push(made);
        value = after;
    }
    backward(&mut layers);
    Ok((layers, value.get(0)))
}

/// `1/√n` in doubles: two operations, each off by at most `u`; exactly 1 for 1.
fn inverse_root(n: usize) -> Enclosed {
    if n == 1 {
        return Enclosed::exact(1.0);
    }
    let mid = 1.0 / (n as f64).sqrt();
    // (1 + u)/(1 - u) - 1 < 3u, 3u = 1.5 ε; n < 2^53 is exact.
    Enclosed { mid, rad: 2.0 * f64::EPSILON * mid }
}

/// Activations prepared so far.
type Known = Vec<(Activation, Arc<LocalActivation>)>;

fn forward<'a>(
    layer: &'a FiniteLayer,
    scale: Enclosed,
    value: &Vector,
    known: &mut Known,
) -> Result<(Layer<'a>, Vector), Error> {
    let doubles = |numbers: &'a crate::finite::Numbers| {
        numbers
            .as_doubles()
            .ok_or_else(|| Error::parameter("weights", "rationals", "weights given as doubles are accepted"))
    };
    let weights = Matrix { columns: layer.inputs(), entries: doubles(layer.weights())? };
    let input = value.scaled(scale);
    let mut sum = weights.enclosed_times(&input);
    if let Some(biases) = layer.biases() {
        sum = sum.zip(&Vector::exact(doubles(biases)?.to_vec()), Enclosed::add);
    }
    let mut activation = None;
    let [after, slope, bend] = match layer.activation() {
        None => {
            let n = sum.len();
            [sum.clone(), Vector::exact(vec![1.0; n]), Vector::exact(vec![0.0; n])]
        }
        Some(phi) => {
            let place = match known.iter().position(|(a, _)| a.is_same(phi)) {
                Some(place) => place,
                None => {
                    known.push((phi.clone(), Arc::new(LocalActivation::new(phi)?)));
                    known.len() - 1
                }
            };
            derivatives(activation.insert(known[place].1.clone()), &sum)?
        }
    };
    let none = Vector::default;
    let bias = layer.biases().is_some();
    Ok((
        Layer { weights, bias, activation, scale, input, sum, slope, bend, beta: none(), delta: none() },
        after,
    ))
}

/// `φ`, `φ'` and `φ''` of every entry.
fn derivatives(phi: &LocalActivation, z: &Vector) -> Result<[Vector; 3], Error> {
    let at = |i: usize| -> Result<[Enclosed; 3], Error> {
        let z = z.get(i);
        let ball = match z.is_finite() {
            true => Ball::new(Float::with_val(PRECISION, z.mid), Mag::from_f64(z.rad)),
            false => Ball::whole_line(PRECISION),
        };
        let a = phi.taylor(&ball, 3)?;
        Ok([double(&a[0]), double(&a[1]), double(&a[2].shl(1))])
    };
    let all = (0..z.len()).into_par_iter().with_min_len(64).map(at).collect::<Result<Vec<_>, Error>>()?;
    Ok([0, 1, 2].map(|k| Vector::collect(all.iter().map(|a| a[k]))))
}

/// A ball as a double and a radius.
pub(super) fn double(x: &Ball) -> Enclosed {
    let mid = x.midpoint().to_f64();
    // The rounding of a midpoint to a double is off by at most 2^-53 of it, or by what underflows; the radius is
    // rounded up by raising its nearest double.
    let rounding = if *x.midpoint() == mid { 0.0 } else { mid.abs() * f64::EPSILON + f64::MIN_POSITIVE };
    let rad = x.radius().to_float().to_f64();
    let raised = if rad == 0.0 && x.radius().is_zero() {
        0.0
    } else {
        rad * (1.0 + 4.0 * f64::EPSILON) + f64::MIN_POSITIVE
    };
    Enclosed { mid, rad: (raised + rounding) * (1.0 + 4.0 * f64::EPSILON) }
}

/// From the output back.
fn backward(layers: &mut [Layer<'_>]) {
    let mut beta = Vector::exact(vec![1.0]);
    for layer in layers.iter_mut().rev() {
        layer.delta = beta.zip(&layer.slope, Enclosed::mul);
        layer.beta = beta;
        beta = layer.weights.enclosed_transposed_times(&layer.delta).scaled(layer.scale);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::truth::{draw, ends};

    proptest! {
        #![proptest_config(ntk_testing::cases(300))]
        /// The doubles hold both ends of the ball, midpoints of more than 53 bits and what underflows included.
        #[test]
        fn a_double_holds_its_ball(draw in draw(), near in any::<f64>(), scale in prop_oneof![4 => Just(0), 1 => -1200..900i32]) {
            let ball = draw.ball(&[Float::with_val(320, if near.is_finite() { near } else { 1.0 })]).shl(scale);
            let found = double(&ball);
            for end in ends(&ball) {
                let inside = Float::with_val(4000, &end - found.mid).abs() <= found.rad;
                prop_assert!(inside || !found.rad.is_finite() || !found.mid.is_finite(), "{:?}: {:?}", ball, found);
            }
        }
    }
}
