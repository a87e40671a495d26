//! Gram matrices of a network's kernel on exact data, and their certified extreme eigenvalues.
//!
//! 1. [`Points`] are exact: read from text, with duplicates, proportional and antipodal points found exactly.
//! 2. [`GramMatrix`] holds enclosures of every `K(x_i, x_j)`, for points of any norms: with two variances the dual is
//!    $\mathsf{E}[\varphi(\sqrt q\, U)\varphi(\sqrt{q'}\, V)] = \sum_k \mu_k(\varphi; q)\, \mu_k(\varphi; q')\,
//!    \rho^k$.
//! 3. [`smallest_eigenvalue`] and [`largest_eigenvalue`] enclose the ends of the spectrum to as many digits as asked.
//! 4. [`prove_smallest_eigenvalue`] proves a lower bound by a factor $L$ with $K - bI = LL^{\mathsf T} + R$ and $R$
//!    diagonally dominant, verified in integers; that factor is the [`GramBound`] which a checker can verify again.
//!
//! # Examples
//! ```
//! use ntk_series::gram::{GramMatrix, Points, prove_smallest_eigenvalue, smallest_eigenvalue};
//! use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
//! use ntk_series::number::parse_rational;
//! use ntk_series::{Accuracy, Activation, Kernel, Network};
//!
//! let points = Points::from_csv("x,y\n1,0\n0.5,1\n-1,1/3\n")?;
//! let layer = Layer {
//!     activation: Activation::parse("relu")?,
//!     sigma_w2: WeightVariance::Exact(parse_rational("2")?),
//!     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
//! };
//! let network = Network::uniform(Input::default(), layer, 2)?;
//! let gram = GramMatrix::new(&network, Kernel::Ntk, &points, Accuracy::relative(15)?)?;
//! assert!(gram.get(1, 1).overlaps(&gram.get(1, 1))); // Θ(x, x) = 3 |x|² for two hidden layers
//! assert!(gram.get(1, 1).contains_rational(&parse_rational("15/4")?));
//!
//! let smallest = smallest_eigenvalue(&gram, Accuracy::relative(15)?)?;
//! assert!(smallest.lower() > 0 && smallest.relative_accuracy_bits() > 49);
//! assert!(prove_smallest_eigenvalue(&gram)?.bound.is_some());
//! # Ok::<(), ntk_series::Error>(())
//! ```

mod apriori;
mod bounds;
mod build;
mod cross;
mod eigen;
mod entries;
mod extreme;
mod factor;
mod fixed;
mod fixed_point;
mod inner;
mod layers;
mod matrix;
mod panels;
mod parts;
pub(crate) mod points;
mod proof;
mod scaled;
mod separation;
mod series;
mod solve;
pub(crate) mod system;
mod tiles;
mod width;

pub use apriori::{DataShape, apriori_bounds};
pub use bounds::{
    BoundMethod, EigenvalueBound, EigenvalueCeiling, Truncation, centred_effective_rank_bound,
    cheap_eigenvalue_bounds, effective_rank_bound, eigenvalue_bounds, eigenvalue_ceilings, truncation_degree,
};
use entries::Entries;

pub use eigen::{effective_rank, largest_eigenvalue, smallest_eigenvalue};
pub use matrix::GramMatrix;
pub(crate) use matrix::MAX_POINTS;
pub use points::{Columns, Layout, Points, Separator};
pub use proof::{GramBound, MAX_PROOF_POINTS, SmallestEigenvalue, prove_smallest_eigenvalue};
pub use separation::Separation;
pub use width::{SufficientWidth, sufficient_width};
