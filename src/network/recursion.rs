//! The recursion of a network's kernels, written once.
//!
//! A hidden layer takes the covariance `c` of its pre-activations and the tangent kernel `Θ` to
//!
//! ```text
//! c' = σ_w² E[φ(u) φ(v)] + σ_b²,    Θ' = c' + Θ · σ_w² E[φ'(u) φ'(v)],    (u, v) Gaussian with covariance c.
//! ```
//!
//! What `c` and `Θ` are is the [`Domain`]'s affair: enclosures at one angle, power series, supports, matrices. It knows
//! what a layer's activation does to a value; in which order what happens to it is said here and nowhere else.

use super::{Kernel, Layer, Network};

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

/// Both kernels after some layers.
#[derive(Clone, Debug)]
pub(crate) struct Kernels<V> {
    pub covariance: V,
    /// For the NTK.
    pub tangent: Option<V>,
}

impl<V> Kernels<V> {
    /// The kernel that was asked for.
    pub fn kernel(self) -> V {
        self.tangent.unwrap_or(self.covariance)
    }
}

/// Both kernels of a network, from `c_1 = Θ_1`; the tangent kernel for [`Kernel::Ntk`].
pub(crate) fn run<D: Domain>(
    network: &Network,
    kernel: Kernel,
    domain: &mut D,
    first: D::Value,
) -> Result<Kernels<D::Value>, D::Stop> {
    let tangent = (kernel == Kernel::Ntk).then(|| first.clone());
    let mut now = Kernels { covariance: first, tangent };
    let count = network.layers().len();
    for (index, layer) in network.layers().iter().enumerate() {
        now = after_layer(domain, Place { index, layer, is_last: index + 1 == count }, &now)?;
    }
    Ok(now)
}

/// The covariance alone.
pub(crate) fn covariance<D: Domain>(
    network: &Network,
    domain: &mut D,
    first: D::Value,
) -> Result<D::Value, D::Stop> {
    Ok(run(network, Kernel::Nngp, domain, first)?.covariance)
}

fn after_layer<D: Domain>(
    domain: &mut D,
    at: Place,
    before: &Kernels<D::Value>,
) -> Result<Kernels<D::Value>, D::Stop> {
    let (value, slope) = domain.activate(at, &before.covariance)?;
    let covariance = domain.biased(at, value)?;
    let tangent = match (&before.tangent, slope) {
        (Some(theta), Some(slope)) => Some(domain.through(at, &covariance, theta, slope)?),
        (Some(_), None) => Some(covariance.clone()),
        (None, _) => None,
    };
    Ok(Kernels { covariance, tangent })
}
