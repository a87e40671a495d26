//! The recursion of a network's kernels, written once.
//!
//! A hidden layer takes the covariance `c` of its pre-activations and the tangent kernel `Θ` to
//!
//! ```text
//! c' = σ_w² E[φ(u) φ(v)] + σ_b²,    Θ' = c' + Θ · σ_w² E[φ'(u) φ'(v)],    (u, v) Gaussian with covariance c.
//! ```
//!
//! A sum of branches takes them to `Σ w_i c_i` and `Σ w_i Θ_i`, a normalization layer divides both by `√(q q')`, and a
//! layer that is trained at a speed of its own has `Θ' = η_w σ_w² E[φ(u) φ(v)] + τ_b² + Θ · σ_w² E[φ'(u) φ'(v)]`.
//!
//! What `c` and `Θ` are is the [`Domain`]'s affair: enclosures at one angle, power series, supports, matrices. It knows
//! what a layer's activation does to a value; in which order what happens to it is said here and nowhere else.

use num_rational::BigRational;
use num_traits::Zero;

use super::{Block, Kernel, Layer, Network, Training};

/// `σ_w² E[φ(u) φ(v)]`, and `σ_w² E[φ'(u) φ'(v)]` unless it is zero or not asked for.
pub(crate) type Activated<V, S> = (V, Option<S>);

/// What the recursion is computed in.
pub(crate) trait Domain {
    /// A covariance, or a tangent kernel.
    type Value: Clone;
    /// `σ_w² E[φ'(u) φ'(v)]`, which multiplies `Θ`.
    type Slope;
    /// Why the recursion ends early.
    type Stop;

    /// What the layer's activation makes of the covariance.
    fn activate(
        &mut self,
        at: Place,
        covariance: &Self::Value,
    ) -> Result<Activated<Self::Value, Self::Slope>, Self::Stop>;

    /// The same with `σ_b²` added. Where variances are only now found, `activate` has found the sum already: one that
    /// is preserved is not computed anew.
    fn biased(&mut self, at: Place, value: Self::Value) -> Result<Self::Value, Self::Stop>;

    /// A sum of branches: `Σ w_i x_i`.
    fn combined(
        &mut self,
        sum: &Sum,
        values: Vec<Self::Value>,
        role: Role,
    ) -> Result<Self::Value, Self::Stop>;

    /// A normalization layer, by its place among them: `x/√(q q')`, the variances being those of the covariance, which
    /// comes first.
    fn normalized(&mut self, index: usize, value: Self::Value, role: Role)
    -> Result<Self::Value, Self::Stop>;

    /// `η_w value + τ_b²`, from the value without `σ_b²`. Domains that follow covariances only leave this out.
    fn trained(
        &mut self,
        _at: Place,
        value: Self::Value,
        _training: &Training,
    ) -> Result<Self::Value, Self::Stop> {
        Ok(value)
    }

    /// `own + theta · slope`. Domains that follow covariances only leave this out.
    fn through(
        &mut self,
        _at: Place,
        own: &Self::Value,
        _theta: &Self::Value,
        _slope: Self::Slope,
    ) -> Result<Self::Value, Self::Stop> {
        Ok(own.clone())
    }
}

/// A hidden layer of the network.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Among the hidden layers, from 0.
    pub index: usize,
    pub layer: &'a Layer,
    /// Does nothing follow?
    pub is_last: bool,
}

/// A sum of branches.
pub(crate) struct Sum {
    /// Among the sums, from 0, an inner one before that around it.
    pub index: usize,
    /// The weights of the branches, all positive: others are left out.
    pub weights: Vec<BigRational>,
}

impl Sum {
    /// `Σ w_i x_i` of rational numbers, where all are known.
    pub fn rational<'a>(
        &self,
        values: impl IntoIterator<Item = Option<&'a BigRational>>,
    ) -> Option<BigRational> {
        self.weights.iter().zip(values).map(|(w, x)| Some(w * x?)).sum()
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Covariance,
    Tangent,
}

/// Both kernels after some layers.
#[derive(Clone, Debug)]
pub(crate) struct Kernels<V> {
    pub covariance: V,
    /// For the NTK; `None` also for `Θ_1 = c_1`.
    pub tangent: Option<V>,
}

impl<V> Kernels<V> {
    /// The kernel that was asked for.
    pub fn kernel(self) -> V {
        self.tangent.unwrap_or(self.covariance)
    }
}

/// Both kernels of a network from those of the input layer; the tangent kernel for [`Kernel::Ntk`].
pub(crate) fn run<D: Domain>(
    network: &Network,
    kernel: Kernel,
    domain: &mut D,
    first: Kernels<D::Value>,
) -> Result<Kernels<D::Value>, D::Stop> {
    let Kernels { covariance, tangent } = first;
    let tangent = (kernel == Kernel::Ntk).then(|| tangent.unwrap_or_else(|| covariance.clone()));
    let mut walk = Walk { network, domain, layers: 0, sums: 0, normalizations: 0 };
    walk.chain(network.blocks(), Kernels { covariance, tangent }, true)
}

/// The covariance alone.
pub(crate) fn covariance<D: Domain>(
    network: &Network,
    domain: &mut D,
    first: D::Value,
) -> Result<D::Value, D::Stop> {
    let first = Kernels { covariance: first, tangent: None };
    Ok(run(network, Kernel::Nngp, domain, first)?.covariance)
}

/// A walk through the blocks, which counts them.
struct Walk<'a, D> {
    network: &'a Network,
    domain: &'a mut D,
    layers: usize,
    sums: usize,
    normalizations: usize,
}

impl<D: Domain> Walk<'_, D> {
    fn chain(
        &mut self,
        blocks: &[Block],
        mut now: Kernels<D::Value>,
        is_whole: bool,
    ) -> Result<Kernels<D::Value>, D::Stop> {
        for (i, block) in blocks.iter().enumerate() {
            now = match block {
                Block::Dense(layer) => {
                    let index = self.layers;
                    self.layers += 1;
                    self.layer(Place { index, layer, is_last: is_whole && i + 1 == blocks.len() }, &now)?
                }
                Block::Normalize => self.normalized(now)?,
                Block::Residual { .. } | Block::Sum(_) => self.sum(block, now)?,
            };
        }
        Ok(now)
    }

    fn layer(&mut self, at: Place, before: &Kernels<D::Value>) -> Result<Kernels<D::Value>, D::Stop> {
        let (value, slope) = self.domain.activate(at, &before.covariance)?;
        let training = before.tangent.as_ref().and_then(|_| self.network.training_of(at.index + 1));
        let own = match training {
            Some(training) => Some(self.domain.trained(at, value.clone(), training)?),
            None => None,
        };
        let covariance = self.domain.biased(at, value)?;
        let own = own.as_ref().unwrap_or(&covariance);
        let tangent = match (&before.tangent, slope) {
            (Some(theta), Some(slope)) => Some(self.domain.through(at, own, theta, slope)?),
            (Some(_), None) => Some(own.clone()),
            (None, _) => None,
        };
        Ok(Kernels { covariance, tangent })
    }

    fn normalized(&mut self, before: Kernels<D::Value>) -> Result<Kernels<D::Value>, D::Stop> {
        let index = self.normalizations;
        self.normalizations += 1;
        let covariance = self.domain.normalized(index, before.covariance, Role::Covariance)?;
        let tangent = match before.tangent {
            Some(theta) => Some(self.domain.normalized(index, theta, Role::Tangent)?),
            None => None,
        };
        Ok(Kernels { covariance, tangent })
    }

    fn sum(&mut self, block: &Block, before: Kernels<D::Value>) -> Result<Kernels<D::Value>, D::Stop> {
        let (mut weights, mut covariances, mut tangents) = (vec![], vec![], vec![]);
        for (weight, branch) in block.terms() {
            // A branch without weight counts its layers all the same.
            let after = self.chain(branch, before.clone(), false)?;
            if !weight.is_zero() {
                weights.push(weight);
                covariances.push(after.covariance);
                tangents.extend(after.tangent);
            }
        }
        let sum = Sum { index: self.sums, weights };
        self.sums += 1;
        let covariance = self.domain.combined(&sum, covariances, Role::Covariance)?;
        let tangent = match before.tangent {
            Some(_) => Some(self.domain.combined(&sum, tangents, Role::Tangent)?),
            None => None,
        };
        Ok(Kernels { covariance, tangent })
    }
}
