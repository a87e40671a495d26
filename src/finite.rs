//! Networks of finite width.
//!
//! With $\alpha^0 = x$, layer $l = 1, \dots, L + 1$ with $n_{l-1}$ inputs is
//!
//! $$ z^l = s_l W^l \alpha^{l-1} + b^l, \qquad \alpha^l = \varphi_l(z^l), $$
//!
//! $s_l = 1/\sqrt{n_{l-1}}$ in the [NTK parametrization](Parametrization::Ntk), $s_l = 1$ in the
//! [standard](Parametrization::Standard) one; the last layer may have no activation (a linear output).
//!
//! 1. A [`FiniteNetwork`] has weights from a seed (a [`Generator`] that is the same on every machine), a file or code,
//!    as doubles or exact rationals. Its outputs are enclosures, or rationals for polynomial activations.
//! 2. At every neuron the activation has its Taylor coefficients, and proved lower bounds of the distances to the
//!    nearest kink and to the nearest complex singularity ([`Neuron`]).
//! 3. In its [`Neighbourhood`] the network is a power series in a [`Step`] $\Delta$ of all parameters:
//!
//!    $$ f(x; W + \Delta) - f(x; W) = \sum_{m \ge 1} \langle \Psi_m(\Delta), \Phi_m(x) \rangle. $$
//!
//!    [`Neighbourhood::series`] has the parts order by order and a proved bound of what is left out; both maps are
//!    written out in [`Features`]; [`FiniteNetwork::feature_kernel`] is the kernel of features built layer by layer, at
//!    any size. The first order of either kernel is the empirical tangent kernel, exactly.
//! 4. [`Descent`] runs gradient descent beside regularized sequential learning in that feature space, and bounds how
//!    far the networks that it reaches can be from what the sample says of them.
//! 5. A [`Hessian`] is that of the output at one input: products without forming it, its spectral norm with a proved
//!    lower bound, proved upper bounds on a ball around the weights and so of the change of the tangent kernel there.
//!    [`Linearity`] fits the exponent of the width (Liu, Zhu, Belkin, arXiv 2010.01092), and compares the tangent
//!    kernel with that of infinite width.
//!
//! After Shilton, Gupta, Rana, Venkatesh, *Gradient descent in neural networks as sequential learning in RKBS* (arXiv
//! 2302.00205), of which the abstract was available: definitions, bounds and their proofs are given where they are used
//! and are our own.

mod arithmetic;
mod descent;
mod features;
mod generator;
mod hessian;
mod kernel;
mod linearity;
mod local;
mod neighbourhood;
mod network;
mod read;
mod step;
mod weights;

pub use arithmetic::MAX_ORDER;
pub use descent::{Descent, Iteration, Loss, State, UniformBound};
pub use features::{Features, MAX_FEATURES};
pub use generator::Generator;
pub use hessian::{Hessian, HessianBound, HessianNorm, Within};
pub use linearity::{Convergence, Fit, Linearity, LinearityReport, PowerLaw, Run, Shape};
pub(crate) use local::LocalActivation;
pub use local::Radius;
pub use neighbourhood::{Neighbourhood, Neuron, StepSeries};
pub use network::{Architecture, FiniteLayer, FiniteNetwork, Parametrization};
pub use read::MAX_JSON_BYTES;

pub use crate::npy::NpyArray;
pub use step::Step;
pub use weights::Numbers;
