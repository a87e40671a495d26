//! How fast the Hessian flattens as a network widens.
//!
//! [L20]: with a linear output layer and no bottleneck the spectral norm of the Hessian at random weights is
//! $\tilde O(m^{-1/2})$ for width $m$, while the gradient's norm stays of order one: the tangent kernel is nearly
//! constant. With a non-linear output $\varphi(f)$ the Hessian has the part $\varphi''(f) \nabla f \nabla f^\top$, and
//! past a hidden layer of width 1 the same happens inside: neither gets smaller.
//!
//! [L20] Liu, Zhu, Belkin, *On the linearity of large non-linear models*, NeurIPS 2020, arXiv 2010.01092.

mod convergence;
mod fit;

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Architecture, FiniteNetwork, Hessian, HessianNorm, Parametrization, Within};
use crate::Error;
use crate::activation::Activation;

pub use convergence::Convergence;
pub use fit::PowerLaw;

/// Most runs of one plan.
const MAX_RUNS: usize = 100_000;

/// What a network looks like behind and between its wide layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// Hidden layers of one width, a linear output.
    LinearOutput,
    /// The same with an activation of the output.
    NonlinearOutput,
    /// A linear output; one hidden layer, in the middle, has width 1.
    Bottleneck,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 3] = [Shape::LinearOutput, Shape::NonlinearOutput, Shape::Bottleneck];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Shape::LinearOutput => "linear-output",
            Shape::NonlinearOutput => "nonlinear-output",
            Shape::Bottleneck => "bottleneck",
        }
    }

    /// The exponent of the width in the Hessian's norm, by the theory.
    pub fn expected(self) -> f64 {
        match self {
            Shape::LinearOutput => -0.5,
            Shape::NonlinearOutput | Shape::Bottleneck => 0.0,
        }
    }
}

/// Which networks to measure: each shape at each width with each seed, at the input $(1, \dots, 1)$.
///
/// # Examples
/// ```
/// use ntk_series::Activation;
/// use ntk_series::finite::{Linearity, Shape};
/// let mut plan = Linearity::new(&Activation::parse("tanh")?);
/// plan.widths = vec![16, 64, 256];
/// plan.seeds = 5;
/// plan.inputs = 4;
/// plan.shapes = vec![Shape::LinearOutput];
/// let report = plan.run(|_, _| ())?;
/// let fit = &report.fits[0];
/// assert_eq!((report.runs.len(), fit.expected), (15, -0.5));
/// assert!(fit.law.exponent < -0.3 && fit.law.exponent > -0.7);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Linearity {
    /// The activation of the hidden layers.
    pub activation: Activation,
    /// The activation of a non-linear output.
    pub output: Activation,
    /// Widths of the hidden layers.
    pub widths: Vec<usize>,
    /// Networks of each shape and width.
    pub seeds: u64,
    /// The first seed.
    pub first_seed: u64,
    /// Hidden layers.
    pub hidden_layers: usize,
    /// Inputs.
    pub inputs: usize,
    /// Biases in every layer.
    pub biases: bool,
    /// What weights are multiplied by.
    pub parametrization: Parametrization,
    /// Which shapes.
    pub shapes: Vec<Shape>,
}

/// One network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// Its shape.
    pub shape: Shape,
    /// The width of its hidden layers.
    pub width: usize,
    /// Its seed in the plan; the weights are those of [`Linearity::weight_seed`].
    pub seed: u64,
    /// The Hessian's norm.
    pub norm: HessianNorm,
    /// The empirical tangent kernel `|∇f|²`.
    pub kernel: Within,
}

/// The exponent of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The shape.
    pub shape: Shape,
    /// The fitted power of the width.
    pub law: PowerLaw,
    /// The exponent by the theory.
    pub expected: f64,
}

/// What a plan found: the data of a table, or of a picture on logarithmic axes.
#[derive(Clone, Debug, Default)]
pub struct LinearityReport {
    /// By shape, width and seed.
    pub runs: Vec<Run>,
    /// For each shape whose exponent can be fitted: three runs or more, two widths, no Hessian zero.
    pub fits: Vec<Fit>,
    /// How the tangent kernel comes close to that of infinite width, for networks with a linear output; `None` where
    /// there is no limit, or there are too few widths.
    pub convergence: Option<Convergence>,
}

impl Linearity {
    /// Widths 64 to 1024, ten seeds, three hidden layers, 32 inputs, no biases, all shapes; `softplus` as the
    /// non-linear output, as its second derivative is of one sign and nowhere zero.
    pub fn new(activation: &Activation) -> Linearity {
        Linearity {
            activation: activation.clone(),
            output: Activation::parse("softplus").unwrap_or_else(|_| activation.clone()),
            widths: vec![64, 128, 256, 512, 1024],
            seeds: 10,
            first_seed: 1,
            hidden_layers: 3,
            inputs: 32,
            biases: false,
            parametrization: Parametrization::Ntk,
            shapes: Shape::ALL.to_vec(),
        }
    }

    /// The shape of a network of the plan.
    ///
    /// # Errors
    /// [`Error::Parameter`] for what [`Architecture`] does not accept, and for a bottleneck without a hidden layer
    /// before it.
    pub fn architecture(&self, shape: Shape, width: usize) -> Result<Architecture, Error> {
        if !(1..=1000).contains(&self.hidden_layers) {
            return Err(Error::parameter("hidden layers", self.hidden_layers, "1 to 1000 are accepted"));
        }
        let mut widths = vec![self.inputs];
        widths.resize(1 + self.hidden_layers, width);
        if shape == Shape::Bottleneck {
            if self.hidden_layers < 2 {
                let accepted = "2 or more are accepted with a bottleneck, a wide layer being before it";
                return Err(Error::parameter("hidden layers", self.hidden_layers, accepted));
            }
            widths[self.hidden_layers / 2 + 1] = 1;
        }
        widths.push(1);
        let output = (shape == Shape::NonlinearOutput).then(|| self.output.clone());
        let made = Architecture::new(&self.activation, &widths)?.with_output(output);
        Ok(made.with_biases(self.biases).with_parametrization(self.parametrization))
    }

    /// The seed of the weights: `2^32 seed + width`, so that networks of different widths are independent, as a
    /// confidence interval assumes.
    pub fn weight_seed(seed: u64, width: usize) -> u64 {
        (seed << 32).wrapping_add(width as u64)
    }

    /// One network of the plan, measured.
    ///
    /// # Errors
    /// Those of [`Linearity::architecture`] and [`Hessian::new`].
    pub fn measure(&self, shape: Shape, width: usize, seed: u64) -> Result<Run, Error> {
        let made = self.architecture(shape, width)?;
        let network = FiniteNetwork::from_seed(&made, Linearity::weight_seed(seed, width))?;
        let hessian = Hessian::new(&network, &vec![1.0; self.inputs])?;
        Ok(Run { shape, width, seed, norm: hessian.norm(), kernel: hessian.kernel(&hessian)? })
    }

    /// All of them, and the fits. `progress` is told how many networks are done, and of how many.
    ///
    /// # Errors
    /// Those of [`Linearity::measure`], before the work where the plan itself is at fault, and [`Error::Parameter`] for
    /// more than 100000 runs or none.
    pub fn run(&self, progress: impl Fn(usize, usize) + Sync) -> Result<LinearityReport, Error> {
        let shapes: Vec<Shape> = self.shapes.clone();
        let total = (self.seeds as usize).saturating_mul(self.widths.len()).saturating_mul(shapes.len());
        if !(1..=MAX_RUNS).contains(&total) {
            return Err(Error::parameter("number of networks", total, "1 to 100000 are accepted"));
        }
        if self.first_seed.checked_add(self.seeds).is_none_or(|last| last > 1 << 32) {
            return Err(Error::parameter("seed", self.first_seed, "seeds below 2^32 are accepted"));
        }
        let seeds = self.first_seed..self.first_seed + self.seeds;
        let mut plan = vec![];
        for shape in shapes {
            for width in &self.widths {
                self.architecture(shape, *width)?;
                plan.extend(seeds.clone().map(|seed| (shape, *width, seed)));
            }
        }
        let done = AtomicUsize::new(0);
        // One network after another: each is measured on all threads, and only one is in memory.
        let run = |(shape, width, seed)| {
            let run = self.measure(shape, width, seed);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            run
        };
        let runs = plan.into_iter().map(run).collect::<Result<Vec<Run>, Error>>()?;
        let fits = self.shapes.iter().filter_map(|shape| {
            let of = runs.iter().filter(|r| r.shape == *shape);
            let points: Vec<(f64, f64)> = of.map(|r| (r.width as f64, r.norm.value)).collect();
            let law = PowerLaw::fit(&points).ok()?;
            Some(Fit { shape: *shape, law, expected: shape.expected() })
        });
        let fits = fits.collect();
        let convergence = self.convergence(&runs);
        Ok(LinearityReport { runs, fits, convergence })
    }
}

#[cfg(test)]
mod tests;
