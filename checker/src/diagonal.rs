//! Where the kernels' diagonals are positive, and so where the kernel exists.

use num_traits::Signed;

use crate::Rejection;
use crate::claims::Facts;
use crate::format::{Certificate, Domain, Layer};
use crate::integer::BigRational;
use crate::network::Signs;
use crate::points::PointSet;
use crate::recursion::{Steps, run};

/// Is it proved that `C(x,x) > 0`, and `Θ(x,x) > 0`, at every point that is spoken of?
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Diagonal {
    pub(crate) c: bool,
    pub(crate) theta: bool,
}

/// Are all points of the domain other than 0?
pub(crate) fn is_without_origin(certificate: &Certificate, points: Option<&PointSet>) -> bool {
    match (certificate.domain, points) {
        (Domain::Distinct, _) => false,
        (Domain::Points, Some(set)) => set.is_without_origin(),
        (Domain::Points, None) => false,
        // Those of a sphere have a positive norm; non-proportional points are not 0.
        (Domain::NonProportional | Domain::Sphere | Domain::SphereWithoutAntipodes, _) => true,
    }
}

impl Diagonal {
    /// `C_1(x,x) = γ_w² |x|² + γ_b²` and `Θ_1(x,x) = η γ_w² |x|² + τ`; `nonzero` says that `x ≠ 0`.
    pub(crate) fn of_input(certificate: &Certificate, nonzero: bool) -> Diagonal {
        let network = &certificate.network;
        let (weights, biases) = network.first_tangent();
        let positive = |w: &BigRational, b: &BigRational| b.is_positive() || (nonzero && w.is_positive());
        Diagonal { c: positive(&network.gamma_w2, &network.gamma_b2), theta: positive(&weights, &biases) }
    }

    /// After a layer. `E[φ(√q Z)²] > 0` if `q > 0` and φ is not almost everywhere 0, and `E[φ'(√q Z)²] > 0`
    /// if φ is not almost everywhere constant: for the tangent kernel it is absolutely continuous. All terms of
    /// `C'(x,x)` and `Θ'(x,x)` are `>= 0`, so that one of them is enough.
    pub(crate) fn after(self, layer: &Layer, signs: Signs, facts: &Facts) -> Diagonal {
        let Signs { weight, bias } = signs;
        let value = weight && self.c && facts.is_nonzero(&layer.activation);
        let slope = weight && self.c && self.theta && facts.is_non_constant(&layer.activation);
        let trained = layer.trains_biases(bias) == Some(true) || (layer.trains_weights() && value);
        Diagonal { c: bias == Some(true) || value, theta: trained || slope }
    }

    /// Of a sum with positive weights.
    pub(crate) fn or(self, other: Diagonal) -> Diagonal {
        Diagonal { c: self.c || other.c, theta: self.theta || other.theta }
    }
}

/// The kernel exists where every variance that is divided by is positive, at every point of the domain.
pub(crate) fn exists(
    certificate: &Certificate,
    facts: &Facts,
    signs: &[Signs],
    points: Option<&PointSet>,
) -> Result<(), Rejection> {
    let first = Diagonal::of_input(certificate, is_without_origin(certificate, points));
    run(&certificate.network, &mut Existence { facts, signs }, first).map(|_| ())
}

struct Existence<'a> {
    facts: &'a Facts,
    signs: &'a [Signs],
}

impl Steps for Existence<'_> {
    type State = Diagonal;
    type Stop = Rejection;
    /// What is multiplied by 0 has to exist too.
    const EVERY_BRANCH: bool = true;

    fn layer(&mut self, index: usize, layer: &Layer, before: Diagonal) -> Result<Diagonal, Rejection> {
        Ok(before.after(layer, self.signs[index], self.facts))
    }

    fn joined(
        &mut self,
        sum: Option<Diagonal>,
        _: &BigRational,
        branch: Diagonal,
    ) -> Result<Diagonal, Rejection> {
        Ok(sum.map_or(branch, |sum| sum.or(branch)))
    }

    fn normalized(&mut self, before: Diagonal) -> Result<Diagonal, Rejection> {
        if before.c {
            return Ok(before);
        }
        let why = "it is not proved that the variance before a normalization is positive at every point";
        Err(Rejection::refuted("network.layers", why))
    }
}
