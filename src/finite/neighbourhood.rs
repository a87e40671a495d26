//! The neighbourhood of a network's weights in which its power series is the network.

mod segment;

use std::sync::OnceLock;

use crate::parallel::*;
use num_rational::BigRational;

use super::arithmetic::{Affine, Computed, all, check_order, check_precision};
use super::local::Radius;
use super::network::FiniteNetwork;
use super::step::{Step, shown};
use crate::number::Mag;
use crate::{Accuracy, Ball, Error};

/// Largest factor by which a step is stretched.
const MOST: f64 = (1u64 << 40) as f64;
/// Halvings of an interval in the search for a factor.
const HALVINGS: usize = 10;

/// One neuron with an activation.
#[derive(Clone, Debug)]
pub struct Neuron {
    /// Its layer, from 0.
    pub layer: usize,
    /// Its place in the layer, from 0.
    pub index: usize,
    /// Its pre-activation `z`.
    pub preactivation: Ball,
    /// How far the Taylor series of its activation at `z` reaches.
    pub radius: Radius,
    piece: usize,
}

/// The weights of a network with one output, one input `x`, and how far the power series of the output around these
/// weights reaches.
///
/// For a step $\Delta$ of all parameters let $g(t) = f(x; W + t\Delta)$. It is analytic on the disc $|t| \le \tau$ of
/// complex numbers when no pre-activation leaves the disc on which its activation is analytic. Bounds $\rho^l_i \ge
/// \sup_{|t| \le \tau} |z^l_i(t) - z^l_i(0)|$ follow layer by layer: with $\delta^l_i$ a bound of $|\varphi_l(z^l_i +
/// \zeta) - \varphi_l(z^l_i)|$ over all complex $|\zeta| \le \rho^l_i$, and $\delta^0 = 0$,
///
/// $$ \rho^{l}_k = s_l \sum_j |W_{kj}|\, \delta^{l-1}_j + \tau \Bigl( \Bigl| s_l \sum_j \Delta_{kj} \alpha^{l-1}_j + \Delta b_k \Bigr|
///    + s_l \sum_j |\Delta_{kj}|\, \delta^{l-1}_j \Bigr). $$
///
/// If every $\rho$ at $\tau = 1$ is below the distance to the neuron's next kink, the real network is this analytic
/// function on $0 \le t \le 1$; if every $\rho$ at some $\tau > 1$ is below the distance to the neuron's next complex
/// singularity, Cauchy's inequality bounds what is left out after order $M$: with $G = \sup_{|t| \le \tau} |g(t) -
/// g(0)|$,
///
/// $$ \Bigl| g(1) - \sum_{m \le M} g_m \Bigr| \le \sum_{m > M} \frac{G}{\tau^m} = \frac{G}{\tau^M (\tau - 1)}. $$
///
/// Along a step the same is also bounded through the derivatives on the way, enclosed on parts of $0 \le t \le 1$, and
/// the smaller bound counts: $g(1) - \sum_{m \le M} g_m = \int_0^1 (1-t)^M g^{(M+1)}(t)\, dt / M!$.
///
/// # Examples
/// ```
/// use ntk_series::Activation;
/// use ntk_series::finite::{Architecture, FiniteNetwork, Neighbourhood, Step};
/// use ntk_series::number::parse_rational;
/// let accuracy = ntk_series::Accuracy::relative(20)?;
/// let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 8, 1])?;
/// let network = FiniteNetwork::from_seed(&shape, 1)?;
/// let x = [parse_rational("1/2")?, parse_rational("-1/3")?];
/// let neighbourhood = Neighbourhood::new(&network, &x, accuracy)?;
/// let step = Step::from_seed(&network, 2, &parse_rational("1/10")?)?;
/// let series = neighbourhood.series(&step, 6)?;
/// let direct = network.after(&step)?.evaluate(&x, accuracy)?;
/// assert!(series.sum().overlaps(&direct[0]) && series.remainder.to_float() < 1e-4);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Debug)]
pub struct Neighbourhood {
    computed: Computed<Ball>,
    x: Vec<Ball>,
    neurons: Vec<Neuron>,
    output: Ball,
    /// Sizes of the outputs of every layer before, starting with the input.
    inputs: Vec<Vec<Ball>>,
    /// `s |W|`, layer by layer.
    sizes: Vec<Vec<Mag>>,
    radius: OnceLock<Mag>,
}

/// How the weights move.
enum Movement<'a> {
    /// Along a step.
    Along { moved: &'a [Vec<Mag>], sizes: &'a [Vec<Mag>] },
    /// By any step of Euclidean norm one.
    Anywhere,
}

/// Which limits count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    Singularities,
    Both,
}

/// The output along a step, order by order.
#[derive(Clone, Debug)]
pub struct StepSeries {
    /// `g_0, …, g_M`: the output at the weights, then the parts of order 1, 2, … in the step.
    pub orders: Vec<Ball>,
    /// A bound of everything of higher order together; zero where the series has ended.
    pub remainder: Mag,
    /// The same for the series up to each order: the last is [`StepSeries::remainder`].
    pub remainders: Vec<Mag>,
    /// A factor by which the step may be stretched such that its series still converges to the network, as far as is
    /// proved; above 1.
    pub reach: Mag,
}

impl StepSeries {
    /// An enclosure of the output after the step.
    pub fn sum(&self) -> Ball {
        self.partial(self.orders.len()).widened(self.remainder)
    }

    /// The sum of the first `len` orders, without what is left out.
    pub fn partial(&self, len: usize) -> Ball {
        let precision = self.orders.first().map_or(64, Ball::precision);
        Ball::sum(precision, &self.orders[..len.min(self.orders.len())])
    }
}

impl Neighbourhood {
    /// The network's weights and an exact input. The output has the accuracy; series are computed with as many bits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::evaluate`], for more than one output, and for a pre-activation at a
    /// breakpoint.
    pub fn new(
        network: &FiniteNetwork,
        x: &[BigRational],
        accuracy: Accuracy,
    ) -> Result<Neighbourhood, Error> {
        let attempt = |precision| Neighbourhood::with(network, x, precision);
        accuracy.reach("the output", |found: &Neighbourhood| vec![&found.output], attempt)
    }

    /// The same with `precision` bits.
    pub(crate) fn with(
        network: &FiniteNetwork,
        x: &[BigRational],
        precision: u32,
    ) -> Result<Neighbourhood, Error> {
        network.check_one_output()?;
        network.check_input(x)?;
        let computed = Computed::<Ball>::new(network, check_precision(precision)?)?;
        let x = computed.input(x);
        Neighbourhood::of(computed, x)
    }

    /// The same for weights that are enclosures.
    pub(crate) fn of(computed: Computed<Ball>, x: Vec<Ball>) -> Result<Neighbourhood, Error> {
        let (mut neurons, mut alpha, mut inputs, mut sizes) = (vec![], x.clone(), vec![], vec![]);
        for (l, layer) in computed.layers.iter().enumerate() {
            inputs.push(alpha.clone());
            sizes.push(layer.at.weights.iter().map(|w| (w * &layer.scale).magnitude()).collect());
            alpha = computed.affine(layer, &layer.at, &alpha);
            if let Some(local) = &layer.local {
                for (index, z) in alpha.iter_mut().enumerate() {
                    let radius = local.radius(z)?;
                    neurons.push(Neuron {
                        layer: l,
                        index,
                        preactivation: z.clone(),
                        radius,
                        piece: local.piece(z)?,
                    });
                    *z = local.value(z)?;
                }
            }
        }
        let output = alpha.swap_remove(0);
        Ok(Neighbourhood { computed, x, neurons, output, inputs, sizes, radius: OnceLock::new() })
    }

    /// Every neuron with an activation, layer by layer.
    pub fn neurons(&self) -> &[Neuron] {
        &self.neurons
    }

    /// The output at the weights.
    pub fn output(&self) -> &Ball {
        &self.output
    }

    /// A radius such that for every step of a smaller Euclidean norm (of all weights and biases together) the series
    /// converges to the network; infinite when it does for every step.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::{FiniteNetwork, Neighbourhood};
    /// use ntk_series::number::parse_rational;
    /// let accuracy = ntk_series::Accuracy::relative(20)?;
    /// let text = r#"{"layers": [{"activation": "relu", "weights": [[1]]}, {"weights": [[3]]}]}"#;
    /// let network = FiniteNetwork::from_json(text)?;
    /// let near = Neighbourhood::new(&network, &[parse_rational("1/2")?], accuracy)?;
    /// // The pre-activation is 1/2, and moves by half the step.
    /// let radius = near.radius().to_float();
    /// assert!(radius < 1 && radius > 0.99);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn radius(&self) -> Mag {
        *self.radius.get_or_init(|| self.largest(&Movement::Anywhere, Limit::Both))
    }

    /// A factor by which a step may be stretched such that the series converges to the network: as
    /// [`StepSeries::reach`].
    ///
    /// # Errors
    /// [`Error::Parameter`] for a step of another network.
    pub fn reach(&self, step: &Step) -> Result<Mag, Error> {
        let cut = self.cut(step)?;
        let (moved, sizes) = self.sizes_of(&cut);
        Ok(self.largest(&Movement::Along { moved: &moved, sizes: &sizes }, Limit::Both))
    }

    /// The output along a step up to an order, with a proved bound of what is left out.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an order that is not from 1 to 200, a step of another network, and a step that is not
    /// proved to lie where the series converges to the network: the message tells what would do.
    pub fn series(&self, step: &Step, order: usize) -> Result<StepSeries, Error> {
        check_order(order)?;
        self.series_of(&self.cut(step)?, order)
    }

    /// The same for a step that is enclosures.
    pub(crate) fn series_of(&self, cut: &[Affine<Ball>], order: usize) -> Result<StepSeries, Error> {
        let (moved, sizes) = self.sizes_of(cut);
        let movement = Movement::Along { moved: &moved, sizes: &sizes };
        let reach = self.largest(&movement, Limit::Both);
        if reach <= Mag::ONE {
            let length = norm(cut, 64);
            let most = &length * &Ball::exact(reach.to_float());
            let accepted = format!("less than {} is accepted in this direction", shown(&most));
            return Err(Error::parameter("length of the step", shown(&length), &accepted));
        }
        let orders = self.computed.along(&self.x, cut, order)?.swap_remove(0);
        let kinks = self.neurons.iter().any(|n| n.radius.kink.is_finite());
        let most = if kinks { self.largest(&movement, Limit::Singularities) } else { reach };
        let by_growth = self.remainders(&movement, Mag::ONE, most, order);
        let by_derivatives = self.remainders_on_segment(cut, order);
        let remainders: Vec<Mag> = by_growth.into_iter().zip(by_derivatives).map(|(a, b)| a.min(b)).collect();
        let remainder = remainders.last().copied().unwrap_or(Mag::INFINITY);
        Ok(StepSeries { orders, remainder, remainders, reach })
    }

    /// A bound of what is left out after an order, for every step of Euclidean norm at most `radius`; infinite where
    /// the series is not proved to converge to the network.
    pub(crate) fn remainder_within(&self, radius: Mag, order: usize) -> Mag {
        match self.spread(&Movement::Anywhere, radius, Limit::Both) {
            None => Mag::INFINITY,
            Some(_) => {
                let most = self.largest(&Movement::Anywhere, Limit::Singularities);
                self.remainders(&Movement::Anywhere, radius, most, order)[order]
            }
        }
    }

    fn cut(&self, step: &Step) -> Result<Vec<Affine<Ball>>, Error> {
        step.check(self.computed.parameters())?;
        Ok(self.computed.cut(&all(step.numbers(), self.computed.precision)))
    }

    /// `|s Σ Δ α + Δb|` and `s |Δ|` of every layer.
    fn sizes_of(&self, cut: &[Affine<Ball>]) -> (Vec<Vec<Mag>>, Vec<Vec<Mag>>) {
        let layers = self.computed.layers.iter().zip(cut).zip(&self.inputs);
        layers
            .map(|((layer, step), alpha)| {
                let moved = self.computed.affine(layer, step, alpha).iter().map(Ball::magnitude).collect();
                (moved, step.weights.iter().map(|w| (w * &layer.scale).magnitude()).collect())
            })
            .unzip()
    }

    /// The neurons of a layer, if it has an activation.
    fn layer(&self, l: usize) -> &[Neuron] {
        let [from, to] = [l, l + 1].map(|l| self.neurons.partition_point(|n| n.layer < l));
        &self.neurons[from..to]
    }

    /// The degree of the output in the step, if it is a polynomial there.
    fn degree(&self) -> Option<usize> {
        let mut degree = 0usize;
        for (l, layer) in self.computed.layers.iter().enumerate() {
            degree = degree.checked_add(1)?;
            let mut largest = if layer.local.is_none() { 1 } else { 0 };
            for neuron in self.layer(l) {
                largest = largest.max(layer.local.as_ref()?.degree(neuron.piece)?);
            }
            degree = degree.checked_mul(largest)?;
        }
        Some(degree)
    }

    /// A bound of the change of the output for all complex multiples `|t| <= tau` of the movement; `None` where some
    /// neuron is not proved to stay within its limits.
    fn spread(&self, movement: &Movement, tau: Mag, limit: Limit) -> Option<Mag> {
        let mut delta: Vec<Mag> = vec![Mag::ZERO; self.x.len()];
        for (l, layer) in self.computed.layers.iter().enumerate() {
            let (inputs, scale) = (layer.inputs, layer.scale.magnitude());
            // By Cauchy-Schwarz, |s Σ Δ_kj (α_j + ζ_j) + Δb_k| <= |Δ| (s² Σ (|α_j| + δ_j)² + 1)^(1/2).
            let sides = self.inputs[l].iter().zip(&delta).map(|(a, d)| (a.magnitude() + *d) * scale);
            let square = sides.map(|c| c * c).fold(Mag::ZERO, |sum, c| sum + c);
            let bias = if layer.at.biases.is_some() { Mag::ONE } else { Mag::ZERO };
            let anywhere = (square + bias).sqrt();
            let dot = |sizes: &[Mag]| sizes.iter().zip(&delta).fold(Mag::ZERO, |sum, (w, d)| sum + *w * *d);
            let rho = (0..layer.outputs).map(|i| {
                let row = i * inputs..(i + 1) * inputs;
                let change = match movement {
                    Movement::Along { moved, sizes } => moved[l][i] + dot(&sizes[l][row.clone()]),
                    Movement::Anywhere => anywhere,
                };
                dot(&self.sizes[l][row]) + tau * change
            });
            let rho: Vec<Mag> = rho.collect();
            delta = match &layer.local {
                None => rho,
                Some(local) => {
                    let vary = |neuron: &Neuron| {
                        let rho = rho[neuron.index];
                        let most = match limit {
                            Limit::Singularities => neuron.radius.singularity,
                            Limit::Both => neuron.radius.least(),
                        };
                        if most.is_finite() && rho >= most || !rho.is_finite() {
                            return None;
                        }
                        let bound = local.variation(neuron.piece, &neuron.preactivation, rho);
                        Some(bound).filter(|b| b.is_finite())
                    };
                    self.layer(l).par_iter().map(vary).collect::<Option<_>>()?
                }
            };
        }
        delta.first().copied().filter(|d| d.is_finite())
    }

    /// A factor that is within the limits, close to the largest; doubles steer, [`Neighbourhood::spread`] proves.
    fn largest(&self, movement: &Movement, limit: Limit) -> Mag {
        let holds = |tau: f64| self.spread(movement, Mag::from_f64(tau), limit).is_some();
        let unlimited = self.neurons.iter().all(|n| match limit {
            Limit::Both => !n.radius.least().is_finite(),
            Limit::Singularities => !n.radius.singularity.is_finite(),
        });
        // Entire functions: there are no limits, though bounds may overflow.
        if unlimited {
            return Mag::INFINITY;
        }
        let mut low = 1.0;
        while low > 1.0 / MOST && !holds(low) {
            low /= 2.0;
        }
        if low <= 1.0 / MOST {
            return Mag::ZERO;
        }
        let mut high = 2.0 * low;
        while low >= 1.0 && high <= MOST && holds(high) {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..HALVINGS {
            let middle = (low + high) / 2.0;
            if holds(middle) { low = middle } else { high = middle }
        }
        // A double is exactly itself.
        Mag::from_f64(low)
    }

    /// The least of `G(τ)/(τ^M (τ - 1))` over some τ, for `unit` times the movement and `M = 0, …, order`.
    /// The movement may be stretched by `most`.
    fn remainders(&self, movement: &Movement, unit: Mag, most: Mag, order: usize) -> Vec<Mag> {
        let degree = self.degree().unwrap_or(usize::MAX);
        if degree == 0 {
            return vec![Mag::ZERO; order + 1];
        }
        let most = most.min(Mag::from_f64(1e9)).to_float().to_f64();
        let most = (most / unit.to_float().to_f64()).min(1e9);
        let mut best = vec![Mag::INFINITY; order + 1];
        // Close to the minimum: a grid of 16 powers of the largest factor.
        for tau in (1..=16).map(|k| most.powf(f64::from(k) / 16.0)).filter(|tau| *tau > 1.0) {
            let Some(change) = self.spread(movement, unit * Mag::from_f64(tau), Limit::Singularities) else {
                continue;
            };
            // The difference of two doubles is rounded by less than 2^-52 of it.
            let mut bound = change.div_by_lower(Mag::from_f64((tau - 1.0) * (1.0 - 1e-15)));
            for best in &mut best {
                *best = best.min(bound);
                bound = bound.div_by_lower(Mag::from_f64(tau));
            }
        }
        (0..=order).map(|m| if m >= degree { Mag::ZERO } else { best[m] }).collect()
    }
}

/// The Euclidean norm.
pub(crate) fn norm(cut: &[Affine<Ball>], precision: u32) -> Ball {
    let entries = cut.iter().flat_map(Affine::numbers);
    Ball::sum(precision, &entries.map(Ball::square).collect::<Vec<_>>()).sqrt()
}

#[cfg(test)]
mod tests;
