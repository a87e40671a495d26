//! A network at a working precision, for every variance that the points give it.

use crate::parallel::*;
use num_rational::BigRational;
use num_traits::Zero;

use super::cross::Half;
use super::series::SeriesHalf;
use crate::Error;
use crate::activation::Activation;
use crate::consistency::at_most;
use crate::dual::Dual;
use crate::dual::arc_cosine::ArcCosineKernel;
use crate::kernel::profile::Profile;
use crate::kernel::{BiasVariance, Block, Kernel, Layer, Network, Training, WeightVariance};
use crate::network::recursion::{Domain, Place, Role, Sum, run};
use crate::number::Ball;
use crate::work::Meter;

/// How much to compute with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Working precision in bits.
    pub precision: u32,
    /// Hermite coefficients of a dual without closed form.
    pub terms: usize,
    /// Bits wanted, relative to the diagonal.
    pub bits: u32,
}

/// One hidden layer: `c_{l+1} = σ_w² F(ρ) + σ_b²`.
#[derive(Debug)]
pub(super) struct GramLayer {
    pub sigma_w2: Ball,
    pub sigma_b2: Ball,
    /// The arc-cosine kernels that the shape needs.
    pub kernels: Vec<ArcCosineKernel>,
    /// By class of variance.
    pub classes: Vec<Class>,
}

impl GramLayer {
    /// `η_w` and `τ_b²`.
    pub fn training(&self, training: &Training) -> (Ball, Ball) {
        let ball = |x: &BigRational| Ball::from_rational(x, self.sigma_w2.precision());
        (ball(&training.weights), training.biases.as_ref().map_or_else(|| self.sigma_b2.clone(), ball))
    }
}

/// What a layer's activation is at one variance.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// `q_l`; exactly zero for a point that the layers so far take to zero.
    variance: Ball,
    pub inverse_root: Ball,
    pub half: Half,
    /// `φ(0)` at variance zero, else `μ_0`; only where some class has variance zero.
    pub mean: Option<Ball>,
    /// `E[φ²]`, and `E[φ'²]` for the NTK.
    moment: Ball,
    slope_moment: Option<Ball>,
}

impl Class {
    pub fn is_zero(&self) -> bool {
        matches!(self.half, Half::Constant)
    }
}

/// The layers, and the kernel on the diagonal by class.
#[derive(Debug)]
pub(super) struct Layers {
    /// For every normalization layer `1/√q` by class.
    pub norms: Vec<Vec<Ball>>,
    pub layers: Vec<GramLayer>,
    pub diagonal: Vec<Ball>,
}

impl Layers {
    /// For the variances `q_1` of the classes.
    pub fn new(
        network: &Network,
        kernel: Kernel,
        variances: &[BigRational],
        effort: Effort,
    ) -> Result<Layers, Error> {
        let precision = effort.precision;
        let weights = layer_weights(network, kernel, precision)?;
        // What stands before the first activation may change the variance that it sees.
        if let [Block::Dense(first), ..] = network.blocks() {
            for q in variances.iter().filter(|q| !q.is_zero()) {
                first.activation.check_square_integrable(q)?;
            }
        }
        let input = network.input();
        let first = network.first(|w, b| {
            let of = |q: &BigRational| match input.gamma_w2.is_zero() {
                true => b.clone(),
                false => (q - &input.gamma_b2) / &input.gamma_w2 * w + b,
            };
            variances.iter().map(|q| Ball::from_rational(&of(q), precision)).collect()
        });
        let mut domain = Diagonal { network, kernel, effort, weights, layers: vec![], norms: vec![] };
        let diagonal = run(network, kernel, &mut domain, first)?.kernel();
        Ok(Layers { norms: domain.norms, layers: domain.layers, diagonal })
    }
}

/// The recursion on the diagonal, class by class, which finds what every layer is.
struct Diagonal<'a> {
    network: &'a Network,
    kernel: Kernel,
    effort: Effort,
    weights: Vec<(Ball, Ball)>,
    layers: Vec<GramLayer>,
    norms: Vec<Vec<Ball>>,
}

impl Domain for Diagonal<'_> {
    type Value = Vec<Ball>;
    /// By class; `None` where `q_l = 0`.
    type Slope = Vec<Option<Ball>>;
    type Stop = Error;

    fn activate(&mut self, at: Place, q: &Vec<Ball>) -> Result<(Vec<Ball>, Option<Self::Slope>), Error> {
        let (kernel, effort) = (self.kernel, self.effort);
        let Place { index, layer: Layer { activation, .. }, .. } = at;
        let (sigma_w2, sigma_b2) = self.weights[index].clone();
        let zeros = q.iter().any(Ball::is_exact_zero);
        let is_before = |_: &&GramLayer| self.network.layers()[index - 1].activation.is_same(activation);
        let before = self.layers.last().filter(is_before);
        let known = |i: usize| before.map(|l| &l.classes[i]).filter(|c| c.variance.is_same(&q[i]));
        let meter = Meter::here();
        let classes: Vec<Class> = q
            .par_iter()
            .enumerate()
            .map(|(i, q)| match known(i) {
                // The same function at the same variance: moments are dear where they are integrals.
                Some(class) if class.mean.is_some() || !zeros => Ok(class.clone()),
                _ => meter.with(|| class(activation, q, kernel, zeros, effort, index + 1)),
            })
            .collect::<Result<_, _>>()?;
        let value = classes.iter().map(|class| &sigma_w2 * &class.moment).collect();
        // Θ_l = 0 where q_l = 0: its own terms are c_1 = … = c_l = 0, unless biases are trained that are not there.
        let slope = |c: &Class| Some(&sigma_w2 * c.slope_moment.as_ref().filter(|_| !c.is_zero())?);
        let slopes = classes.iter().map(slope).collect();
        let order = classes.iter().find_map(|c| c.half.order());
        let kernels = order.map_or(vec![], ArcCosineKernel::up_to);
        self.layers.push(GramLayer { sigma_w2, sigma_b2, kernels, classes });
        Ok((value, Some(slopes)))
    }

    fn biased(&mut self, at: Place, value: Vec<Ball>) -> Result<Vec<Ball>, Error> {
        let bias = &self.layers[at.index].sigma_b2;
        Ok(value.into_iter().map(|x| x + bias).collect())
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Vec<Ball>>, _: Role) -> Result<Vec<Ball>, Error> {
        let precision = self.effort.precision;
        let weights: Vec<Ball> = sum.weights.iter().map(|w| Ball::from_rational(w, precision)).collect();
        let total = |i: usize| {
            let terms: Vec<Ball> = weights.iter().zip(&values).map(|(w, x)| w * &x[i]).collect();
            Ball::sum(precision, &terms)
        };
        Ok((0..values.first().map_or(0, Vec::len)).map(total).collect())
    }

    fn normalized(&mut self, index: usize, value: Vec<Ball>, role: Role) -> Result<Vec<Ball>, Error> {
        if role == Role::Tangent {
            let norms = &self.norms[index];
            return Ok(value.iter().zip(norms).map(|(x, n)| x * &n.square()).collect());
        }
        if value.iter().any(Ball::is_exact_zero) {
            let accepted = "a normalization layer has no value where the variance is zero: points other than the origin, or gamma_b2 > 0, are accepted";
            return Err(Error::parameter("point", "0", accepted));
        }
        if let Some(q) = value.iter().find(|q| q.contains_zero()) {
            let what = format!("the variance before normalization layer {}", index + 1);
            return Err(Error::AccuracyNotReached { what, best: Box::new(q.clone()) });
        }
        self.norms.push(value.iter().map(|q| q.sqrt().recip()).collect());
        Ok(vec![Ball::from_integer(1, self.effort.precision); value.len()])
    }

    fn trained(&mut self, at: Place, value: Vec<Ball>, training: &Training) -> Result<Vec<Ball>, Error> {
        let (weights, biases) = self.layers[at.index].training(training);
        Ok(value.into_iter().map(|x| x * &weights + &biases).collect())
    }

    fn through(
        &mut self,
        at: Place,
        own: &Vec<Ball>,
        theta: &Vec<Ball>,
        slopes: Vec<Option<Ball>>,
    ) -> Result<Vec<Ball>, Error> {
        let each = own.iter().zip(theta).zip(slopes);
        let with_slope = |((own, theta), slope): ((&Ball, &Ball), Option<Ball>)| match slope {
            Some(slope) => Ok(own + &(theta * &slope)),
            None if theta.is_exact_zero() => Ok(own.clone()),
            None => {
                let accepted = format!(
                    "biases are trained that are zero where hidden layer {} is sent 0, and what φ' is there is not known: points other than the origin, or gamma_b2 > 0, are accepted",
                    at.index + 1
                );
                Err(Error::parameter("point", "0", &accepted))
            }
        };
        each.map(with_slope).collect()
    }
}

/// `σ_w²` and `σ_b²` of every layer; `normalized` and `unit` are what they are on the network's sphere.
pub(super) fn layer_weights(
    network: &Network,
    kernel: Kernel,
    precision: u32,
) -> Result<Vec<(Ball, Ball)>, Error> {
    let exact = |layer: &Layer| match (&layer.sigma_w2, &layer.sigma_b2) {
        (WeightVariance::Exact(w), BiasVariance::Exact(b)) => {
            Some((Ball::from_rational(w, precision), Ball::from_rational(b, precision)))
        }
        _ => None,
    };
    match network.layers().iter().map(exact).collect() {
        Some(weights) => Ok(weights),
        None => {
            let profile = Profile::new(network, kernel, precision)?;
            Ok(profile.layers.into_iter().map(|l| (l.sigma_w2, l.sigma_b2)).collect())
        }
    }
}

fn class(
    activation: &Activation,
    q: &Ball,
    kernel: Kernel,
    zeros: bool,
    effort: Effort,
    number: usize,
) -> Result<Class, Error> {
    let precision = effort.precision;
    if q.is_exact_zero() {
        return zero_class(activation, kernel, precision, number);
    }
    if q.contains_zero() {
        let what = format!("the variance of the pre-activations of hidden layer {number}");
        return Err(Error::AccuracyNotReached { what, best: Box::new(q.clone()) });
    }
    let moment = activation.second_moment(q, precision)?;
    if !moment.is_finite() {
        return Err(Error::NotSquareIntegrable {
            activation: activation.name(),
            why: format!("E[φ(√q Z)²] is not finite at q = {q:.6} (layer {number})"),
        });
    }
    let slope_moment = match kernel {
        Kernel::Nngp => None,
        Kernel::Ntk => Some(activation.derivative_second_moment(q, precision)?),
    };
    let half = match activation.dual(q, precision)? {
        dual @ (Dual::Hermite | Dual::Polynomial(_)) => {
            debug_assert!(Half::from_dual(&dual).is_none());
            None
        }
        dual => Half::from_dual(&dual),
    };
    let half = match half {
        Some(half) => half,
        None => {
            let slope = slope_moment.as_ref();
            Half::Series(Box::new(SeriesHalf::new(activation, q, &moment, slope, effort.terms, precision)?))
        }
    };
    let mean = match zeros {
        true => activation.hermite(q, 1, precision)?.pop(),
        false => None,
    };
    if let Some(mean) = &mean {
        let name = || format!("the mean of the activation in hidden layer {number}");
        at_most(&mean.square(), &moment, name, "its square is at most the second moment")?;
    }
    let inverse_root = q.sqrt().recip();
    Ok(Class { variance: q.clone(), inverse_root, half, mean, moment, slope_moment })
}

/// A pre-activation that is zero: `E[φ(0)²] = φ(0)²`.
fn zero_class(
    activation: &Activation,
    kernel: Kernel,
    precision: u32,
    number: usize,
) -> Result<Class, Error> {
    let value = activation.at_zero(precision + 16).filter(Ball::is_finite).ok_or_else(|| {
        let accepted = format!(
            "`{}` has no known value at 0, where hidden layer {number} sends it: points other than the origin, or gamma_b2 > 0, are accepted",
            activation.name()
        );
        Error::parameter("point", "0", &accepted)
    })?;
    if kernel == Kernel::Ntk {
        // Says so where there is no tangent kernel.
        activation.derivative_second_moment(&Ball::from_integer(1, 64), 64)?;
    }
    Ok(Class {
        variance: Ball::zero(precision),
        inverse_root: Ball::zero(precision),
        half: Half::Constant,
        moment: value.square(),
        mean: Some(value),
        slope_moment: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::catalogue;

    #[test]
    fn the_value_at_zero_is_the_limit_of_the_mean() {
        let q = Ball::from_integer(1, 200).shl(-20);
        let mut known = 0;
        for entry in catalogue() {
            let activation = Activation::parse(&entry.example()).unwrap();
            let Some(value) = activation.at_zero(100) else {
                let jumps = ["step", "sign", "hard-shrink", "hardshrink"].contains(&entry.name());
                assert!(jumps || entry.name() == "threshold", "{} has no value at 0", entry.name());
                continue;
            };
            let mean = activation.hermite(&q, 1, 100).unwrap()[0].clone();
            let gap = (&value - &mean).magnitude();
            assert!(gap < crate::number::Mag::pow2(-9), "{}: {value} and {mean}", entry.name());
            known += 1;
        }
        assert!(known > 25);
    }
}
