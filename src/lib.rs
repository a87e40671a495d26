//! Power series of neural tangent kernels, exact or rigorously enclosed.
//!
//! In the infinite-width limit a fully connected network on the sphere has two kernels, the NNGP kernel and the neural
//! tangent kernel. Both are power series in the cosine $\rho$ of the angle between two inputs, with non-negative
//! coefficients:
//!
//! $$ \Theta(\rho) = \sum_{p \ge 0} \kappa_p \rho^p, \qquad \kappa_p \ge 0. $$
//!
//! This crate computes the $\kappa_p$ for a theorem to rest on: in closed form where there is one, else between bounds
//! that are proved to hold the truth.
//!
//! # From an activation to a kernel
//!
//! 1. An [`Activation`] $\varphi$ is read from the catalogue ([`Activation::parse`]) with exact parameters.
//! 2. Its Hermite coefficients $\mu_k = \mathsf{E}[\varphi(\sqrt q\, Z)\, h_k(Z)]$, the $h_k$ orthonormal under the
//!    standard Gaussian, come from closed forms and recurrences: [`hermite::coefficients`].
//! 3. Their squares are the coefficients of the dual activation $\hat\varphi(\rho) = \mathsf{E}[\varphi(\sqrt
//!    q\, U)\, \varphi(\sqrt q\, V)] = \sum_k \mu_k^2 \rho^k$, which often has a closed form.
//! 4. A [`Network`] composes the duals, layer by layer, with $q_l = c_l(1)$:
//!
//!    $$ c_{l+1} = \sigma_w^2\, \hat\varphi_l(c_l / q_l) + \sigma_b^2, \qquad
//!    \Theta_{l+1} = c_{l+1} + \Theta_l\, \frac{\mathrm{d} c_{l+1}}{\mathrm{d} c_l}. $$
//!
//!    From the second hidden layer on $c_l(0)$ is in general not zero, and every coefficient is an infinite sum over
//!    $k$. The dual is expanded about $c_l(0)/q_l$, so nothing is cut off unseen.
//! 5. The result is a [`KernelSeries`]: coefficients, the kernel at $\rho = 1$, the tail, and values at any $\rho$. The
//!    same in closed form is [`kernel::closed::ClosedFormTable`].
//!
//! # Accuracy in, precision inside
//!
//! A caller asks for digits ([`Accuracy`]); the working precision is chosen and raised inside until every enclosure has
//! them. An enclosure is a [`Ball`]: a midpoint and a radius, every operation rounded outward. A value that is exactly
//! zero comes back exact. What cannot be had is an [`Error`] that names the input at fault or holds the best enclosure
//! found; nothing panics.
//!
//! # Examples
//! ```
//! use ntk_series::kernel::{BiasVariance, Convention, Input, Layer, WeightVariance};
//! use ntk_series::number::parse_rational;
//! use ntk_series::{Accuracy, Activation, Ball, Kernel, Network};
//!
//! // Three hidden layers of ReLU, the variance preserved: σ_w² = 2.
//! let layer = Layer {
//!     activation: Activation::parse("relu")?,
//!     sigma_w2: WeightVariance::Normalized,
//!     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
//! };
//! let network = Network::uniform(Input::default(), layer, 3)?;
//! let series = network.series(Kernel::Ntk, Convention::Standard, 10, Accuracy::relative(20)?)?;
//!
//! for (p, kappa) in series.coefficients().iter().enumerate() {
//!     println!("κ_{p} = {kappa}"); // κ_0 = 1.0603881068025830382630 ± ...
//! }
//! assert_eq!(series.coefficients()[0].to_decimal(20).unwrap().value, "1.0603881068025830383");
//!
//! // What ten terms leave out is known, and at ρ = 1/2 it is small.
//! let half = Ball::from_rational(&parse_rational("1/2")?, 128);
//! let missing = series.truncation_error(&half, 10)?;
//! assert!(missing.upper() < 3e-4 && series.tail().lower() > 0.5);
//!
//! // Two routes to the kernel's value there, by the recursion of closed duals and by the series.
//! let (value, by_series) = (series.evaluate(&half)?, series.evaluate_by_series(&half)?);
//! assert!(value.overlaps(&by_series));
//! # Ok::<(), ntk_series::Error>(())
//! ```
//!
//! # References
//!
//! [M23] Murray, Jin, Bowman, Montúfar, *Characterizing the spectrum of the NTK via a power series expansion*, ICLR
//! 2023, arXiv 2211.07844.
//!
//! [M23]: https://arxiv.org/abs/2211.07844

#![deny(unsafe_code)]

pub mod activation;
mod consistency;
mod dual;
pub mod error;
mod expression;
pub mod finite;
mod function;
pub mod gram;
pub mod hermite;
pub mod initialization;
pub mod kernel;
mod lanczos;
pub mod moments;
mod network;
mod npy;
pub mod number;
mod parallel;
pub mod positivity;
pub mod predict;
mod quadrature;
#[cfg(feature = "serde")]
mod serialize;
mod series;
pub mod spectrum;
mod text;
pub mod work;

pub use activation::Activation;
pub use error::Error;
pub use kernel::{Kernel, KernelSeries, Network};
pub use number::{Accuracy, Ball, ClosedForm};
/// The crates whose numbers are part of the interface.
pub use {num_rational, rug};

/// The example of README.md, run with the other tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
