//! The coefficients of the kernels in closed form.
//!
//! Every layer's dual activation is known by shape, so each series satisfies a recurrence with exact
//! coefficients: for an arc-cosine kernel of `x = c_l/q_l`, with `r = (1 - x²)^{-1/2}`,
//!
//! ```text
//! h = x²,   (1 - h) r' = (1/2) h' r,   u' = r x'/(2π),   v' = u x'     (u = k_1'(x), v = k_1(x))
//! ```
//!
//! which starts from the constant term `t = c_l(0)/q_l`, `s = √(1-t²)` and `a = arccos t`. Where `t` is
//! not rational these three are named, a level of the tower of \[M23\]'s constants over Q; nothing is
//! cut off.
//!
//! *Expanded*, a coefficient is a polynomial in the tower's generators. *Layered*, every series of
//! every layer has names for its coefficients and a coefficient of degree p is a sum of about p
//! products: a list that a paper can print at any depth.

mod compose;
mod root;
mod run;
pub(crate) mod setup;
mod work;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Convention, Kernel, Network};
use crate::Error;
use crate::network::recursion::Kernels;
use crate::number::{Ball, ClosedForm, DefinitionLine, symbols_of};
use run::Problem;
use setup::ExactNetwork;
use work::Work;

/// Largest degree given in closed form, with one hidden layer.
pub const MAX_DEGREE_SHALLOW: usize = 100;
/// Largest degree given in closed form, with more; `240/L` if that is less.
pub const MAX_DEGREE_DEEP: usize = 30;
/// Most hidden layers with closed forms.
pub(crate) const MAX_LAYERS: usize = 32;
/// Most terms of an expanded coefficient.
pub(crate) const MAX_TERMS: usize = 1000;
/// Most products of terms in one run.
const MAX_PRODUCTS: usize = 300_000;

/// How the coefficients are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClosedFormMode {
    /// As polynomials in the generators of the tower, as far as the limits allow; layered beyond.
    #[default]
    Expanded,
    /// In named coefficients of the layers below.
    Layered,
}

/// Coefficients of a kernel's power series in closed form, with the definitions they need.
///
/// There are at most [`MAX_DEGREE_SHALLOW`]` + 1` of them with one hidden layer, [`MAX_DEGREE_DEEP`]` + 1`
/// with more, fewer beyond eight layers: a table of numbers goes on where closed forms would no longer be read.
#[derive(Clone, Debug)]
pub struct ClosedFormTable {
    coefficients: Vec<ClosedForm>,
    definitions: Vec<DefinitionLine>,
    expanded: usize,
}

impl ClosedFormTable {
    /// The coefficients of degree `0 ..= max_degree` in closed form; `None` where the network leaves
    /// the ring: an activation without a closed form, a variance `q_l` that is not rational.
    ///
    /// # Errors
    /// [`Error::NoTangentKernel`] where the NTK does not exist; [`Error::Parameter`] for variances
    /// that `normalized` or `unit` cannot meet, and for [`Convention::Murray2023`] where it does not
    /// apply.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable};
    /// use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
    /// use ntk_series::Activation;
    /// let layer = Layer {
    ///     activation: Activation::parse("relu")?,
    ///     sigma_w2: WeightVariance::Normalized,
    ///     sigma_b2: BiasVariance::Exact(num_traits::Zero::zero()),
    /// };
    /// let network = Network::uniform(Input::default(), layer, 2)?;
    /// let table =
    ///     ClosedFormTable::new(&network, Kernel::Ntk, Convention::Standard, 1, ClosedFormMode::Expanded)?.unwrap();
    /// let lines: Vec<String> = table.definitions().iter().map(|line| line.to_string()).collect();
    /// assert_eq!(lines, ["t_1 = 1/pi", "s_1 = sqrt(1 - t_1^2)", "a_1 = acos(t_1)"]);
    /// assert_eq!(table.coefficients()[1].to_string(), "3/2 + 1/(2*pi^2*s_1) - 3*a_1/(2*pi)");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn new(
        network: &Network,
        kernel: Kernel,
        convention: Convention,
        max_degree: usize,
        mode: ClosedFormMode,
    ) -> Result<Option<ClosedFormTable>, Error> {
        let count = network.layers().len();
        let murray = convention == Convention::Murray2023;
        if murray {
            network.check_murray2023()?;
        }
        if count > MAX_LAYERS {
            return Ok(None);
        }
        let Some(exact) = setup::exact_layers(network, kernel)? else { return Ok(None) };
        let ExactNetwork { layers, norms } = exact;
        let input = network.input();
        if murray {
            let max_degree = max_degree.min(MAX_DEGREE_SHALLOW);
            // G(t), one degree further for its derivative.
            let first = [BigRational::zero(), BigRational::one()];
            let first = Kernels { covariance: first, tangent: None };
            let problem = Problem { network, layers, first, norms, kernel: Kernel::Nngp };
            let Some(table) = ClosedFormTable::shallow(&problem, max_degree + 2, mode) else {
                return Ok(None);
            };
            return Ok(match kernel {
                Kernel::Nngp => Some(table.truncated(max_degree + 1)),
                Kernel::Ntk => table.murray(&input.gamma_w2, &input.gamma_b2),
            });
        }
        let first = network.first(|w, b| [b.clone(), w * &input.radius2]);
        let problem = Problem { network, layers, first, norms, kernel };
        if count == 1 {
            return Ok(ClosedFormTable::shallow(&problem, max_degree.min(MAX_DEGREE_SHALLOW) + 1, mode));
        }
        let len = max_degree.min(MAX_DEGREE_DEEP).min(240 / count) + 1;
        let mut levels = vec![None; count];
        let mut coefficients = match mode {
            ClosedFormMode::Layered => vec![],
            ClosedFormMode::Expanded => {
                run::coefficients(&problem, len, &mut levels, &mut Work::new(MAX_PRODUCTS, MAX_TERMS, false))
            }
        };
        let expanded = coefficients.len();
        if expanded < len {
            let mut work = Work::new(MAX_PRODUCTS, MAX_TERMS, true);
            let layered = run::coefficients(&problem, len, &mut levels, &mut work);
            coefficients.extend(layered.into_iter().skip(expanded));
        }
        Ok(ClosedFormTable::of(coefficients, expanded))
    }

    fn shallow(problem: &Problem, len: usize, mode: ClosedFormMode) -> Option<ClosedFormTable> {
        let layered = mode == ClosedFormMode::Layered;
        let mut work = Work::new(MAX_PRODUCTS, MAX_TERMS, layered);
        let coefficients = run::coefficients(problem, len, &mut vec![None; problem.layers.len()], &mut work);
        let expanded = if layered { 0 } else { coefficients.len() };
        ClosedFormTable::of(coefficients, expanded)
    }

    fn of(coefficients: Vec<ClosedForm>, expanded: usize) -> Option<ClosedFormTable> {
        if coefficients.is_empty() {
            return None;
        }
        let definitions = symbols_of(&coefficients).iter().flat_map(DefinitionLine::of).collect();
        Some(ClosedFormTable { coefficients, definitions, expanded })
    }

    fn truncated(mut self, len: usize) -> ClosedFormTable {
        self.coefficients.truncate(len);
        self.expanded = self.expanded.min(len);
        self
    }

    /// `G(t) + (γ_b² + γ_w² t) G'(t)` from `G`: one coefficient fewer.
    fn murray(self, gamma_w2: &BigRational, gamma_b2: &BigRational) -> Option<ClosedFormTable> {
        let g = &self.coefficients;
        let integer = |n: usize| BigRational::from_integer(n.into());
        let coefficient = |p: usize| {
            let own = g[p].scaled(&(BigRational::one() + gamma_w2 * integer(p)));
            own + g[p + 1].scaled(&(gamma_b2 * integer(p + 1)))
        };
        let coefficients: Vec<ClosedForm> = (0..g.len() - 1).map(coefficient).collect();
        let expanded = self.expanded.min(coefficients.len());
        ClosedFormTable::of(coefficients, expanded)
    }

    /// The coefficients, from degree zero.
    pub fn coefficients(&self) -> &[ClosedForm] {
        &self.coefficients
    }

    /// The definitions of all names used, each after those that it uses itself.
    pub fn definitions(&self) -> &[DefinitionLine] {
        &self.definitions
    }

    /// How many coefficients, from degree zero, are expanded; the others are layered.
    #[cfg(test)]
    fn expanded_len(&self) -> usize {
        self.expanded
    }

    /// Enclosures of the coefficients computed with about `precision` bits; definitions are evaluated
    /// once.
    pub fn to_balls(&self, precision: u32) -> Vec<Ball> {
        ClosedForm::to_balls(&self.coefficients, precision)
    }
}

#[cfg(test)]
mod tests;
