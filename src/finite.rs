//! Networks of finite width.
//!
//! 1. A [`FiniteNetwork`] has weights from a seed, a file or code, as doubles or exact rationals.
//!
//! With $\alpha^0 = x$, layer $l = 1, \dots, L + 1$ with $n_{l-1}$ inputs is
//!
//! $$ z^l = s_l W^l \alpha^{l-1} + b^l, \qquad \alpha^l = \varphi_l(z^l), $$
//!
//! $s_l = 1/\sqrt{n_{l-1}}$ in the [NTK parametrization](Parametrization::Ntk), $s_l = 1$ in the
//! [standard](Parametrization::Standard) one; the last layer may have no activation (a linear output).

mod arithmetic;
mod descent;
mod features;
mod generator;
mod hessian;
mod jet;
mod kernel;
mod linearity;
mod local;
mod neighbourhood;
mod network;
mod read;
mod step;
mod weights;

pub use arithmetic::{MAX_ORDER, MAX_SERIES_PARAMETERS};
pub use descent::{Descent, Iteration, Loss, MAX_ITERATIONS, MAX_SAMPLES, State, UniformBound};
pub use features::{Features, MAX_FEATURES};
pub use generator::Generator;
pub use hessian::{Hessian, HessianNorm, Within};
pub use linearity::{Fit, Linearity, LinearityReport, PowerLaw, Run, Shape};
pub use local::{LocalActivation, MAX_TAYLOR, Radius};
pub use neighbourhood::{Neighbourhood, Neuron, StepSeries};
pub use network::{Architecture, FiniteLayer, FiniteNetwork, MAX_LAYERS, MAX_PARAMETERS, Parametrization};
pub use read::{MAX_JSON_BYTES, NpyArray};
pub use step::Step;
pub use weights::Numbers;
