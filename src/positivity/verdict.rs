//! What a verdict says and what it rests on.

use std::fmt;

use num_rational::BigRational;

use super::characterization::{Characterization, Part};
use crate::kernel::{Kernel, Network};

/// Which finite sets of points a kernel is asked to be strictly positive definite on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Pairwise distinct points of `R^d`, `d >= 1`.
    Distinct,
    /// Pairwise non-proportional points of `R^d`, `d >= 2`, none of them zero.
    NonProportional,
    /// Pairwise distinct points of the sphere of squared radius `radius2` in `R^d`, `d >= 2`.
    Sphere,
    /// The same without antipodal pairs.
    SphereWithoutAntipodes,
    /// The points of [`decide_points`](super::decide_points).
    Points,
}

impl Domain {
    /// The word that certificates use.
    pub fn name(self) -> &'static str {
        match self {
            Domain::Distinct => "distinct",
            Domain::NonProportional => "non-proportional",
            Domain::Sphere => "sphere",
            Domain::SphereWithoutAntipodes => "sphere-without-antipodes",
            Domain::Points => "points",
        }
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `v^T K v > 0` for every finite set of the domain and every `v ≠ 0`.
    StrictlyPositiveDefinite,
    /// There is a finite set and `v ≠ 0` with `K v = 0`.
    NotStrictlyPositiveDefinite,
    /// Neither is proved.
    Undecided,
}

impl Outcome {
    /// The word that certificates use.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::StrictlyPositiveDefinite => "strictly_positive_definite",
            Outcome::NotStrictlyPositiveDefinite => "not_strictly_positive_definite",
            Outcome::Undecided => "undecided",
        }
    }
}

/// What a verdict follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Theorem {
    /// Fréchet's characterization of polynomials, layer by layer.
    CharacterizationOfPolynomials,
    /// Schoenberg, Menegatto; Chen, Menegatto, Sun: infinitely many even and odd powers.
    PowerSeriesOnSpheres,
    /// All feature maps lie in a space of polynomials.
    FiniteRank,
    /// A vector `v ≠ 0` with `K v = 0`.
    NullVector,
    /// A Gram matrix factored with a remainder that is positive semidefinite.
    GramMatrix,
}

impl Theorem {
    /// The word that certificates use.
    pub fn name(self) -> &'static str {
        match self {
            Theorem::CharacterizationOfPolynomials => "characterization-of-polynomials",
            Theorem::PowerSeriesOnSpheres => "power-series-on-spheres",
            Theorem::FiniteRank => "finite-rank",
            Theorem::NullVector => "null-vector",
            Theorem::GramMatrix => "gram-matrix",
        }
    }

    /// What it says, with the reference.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::positivity::Theorem;
    /// assert!(Theorem::PowerSeriesOnSpheres.statement().contains("Schoenberg"));
    /// ```
    pub fn statement(self) -> &'static str {
        match self {
            Theorem::CharacterizationOfPolynomials => {
                "Let φ be locally integrable, and square-integrable under the Gaussians that its layer sees. If a \
                 combination Σ a_i φ(<w,x_i> + b) of N pairwise distinct points vanishes for almost all (w, b), or \
                 Σ a_i φ(<w,x_i>) of N pairwise non-proportional ones for almost all w, and no a_i is zero, then φ is almost \
                 everywhere a polynomial of degree at most N - 2: derivatives in directions that annihilate all points but \
                 one leave the derivative of order N - 1 of φ, which is zero as a distribution (for continuous φ Fréchet 1909; \
                 for neural tangent kernels Carvalho, Costa, Mourão and Oliveira, The positivity of the neural tangent \
                 kernel, SIAM J. Math. Data Sci. 7, 2025, arXiv 2404.12928). \
                 So the covariance after a layer that is no polynomial is strictly positive definite on features that \
                 are pairwise non-proportional; every later layer that is not constant keeps that, because the Gaussian \
                 vector has full support; a sum of branches has what one of them has, as their features stand side by side, \
                 and a normalization layer keeps it; and the NTK is at least the last covariance, in the order of positive \
                 semidefinite matrices, or, where the last layer's own weights are frozen, follows by Schur's theorem on \
                 products entry by entry."
            }
            Theorem::PowerSeriesOnSpheres => {
                "A kernel Σ κ_p ρ^p, κ_p >= 0, ρ the cosine of the angle, is strictly positive definite on all finite sets \
                 of distinct points of a sphere in R^d, d >= 2, if and only if infinitely many even and infinitely many \
                 odd κ_p are positive, and on all finite sets without antipodal pairs if and only if infinitely many \
                 κ_p are (Schoenberg, Duke Math. J. 9, 1942; Menegatto, Numer. Algorithms 8, 1994; for d >= 3 Chen, Menegatto \
                 and Sun, Proc. Amer. Math. Soc. 131, 2003). On the circle, d = 2: cos^p θ is a combination of the e^{ikθ} \
                 with |k| <= p and k - p even, all its coefficients positive, so that K has every frequency k, or all of one \
                 parity; a measure on finitely many points without these frequencies is zero, or has equal or opposite \
                 masses at antipodal points. Hermite coefficients decide which κ_p are positive: nothing \
                 cancels when series without negative coefficients are added, multiplied and composed."
            }
            Theorem::FiniteRank => {
                "If every activation is a polynomial, K(x, ·) is a polynomial in x whose degree is at most the product D of \
                 the degrees (zero past a constant layer; in a sum of branches the largest of theirs), so that on every line \
                 D + 2 points have a null vector."
            }
            Theorem::NullVector => {
                "A vector v ≠ 0 with K v = 0 on explicit points refutes strict positive definiteness on every domain that \
                 holds them."
            }
            Theorem::GramMatrix => {
                "If K - b I = L L^T + R with b > 0 and R diagonally dominant, then R is positive semidefinite (Gershgorin) \
                 and the smallest eigenvalue of K is at least b."
            }
        }
    }
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hypothesis {
    /// What has to hold.
    pub statement: String,
    /// Why it does, or does not.
    pub evidence: String,
    /// Does it? `None` where that is not known.
    pub holds: Option<bool>,
}

impl Hypothesis {
    pub(super) fn new(
        statement: impl Into<String>,
        evidence: impl Into<String>,
        holds: impl Into<Option<bool>>,
    ) -> Hypothesis {
        Hypothesis { statement: statement.into(), evidence: evidence.into(), holds: holds.into() }
    }
}

/// What a verdict uses of an activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name, which may be that of another one too.
    pub activation: String,
    /// The first layer that has it, counted from 0.
    pub layer: usize,
    /// The function itself, its even or its odd part.
    pub part: Part,
    /// What is proved of it.
    pub characterization: Characterization,
}

/// Points and a vector `v ≠ 0` with `K v = 0`, checked exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// One row a point.
    pub points: Vec<Vec<BigRational>>,
    /// Whole numbers without a common factor.
    pub null_vector: Vec<BigRational>,
}

/// Is a kernel strictly positive definite? With everything that the answer rests on.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// What it follows from; `None` if undecided.
    pub theorem: Option<Theorem>,
    /// What was checked, in the theorem's order.
    pub hypotheses: Vec<Hypothesis>,
    /// What is used of the activations.
    pub claims: Vec<Claim>,
    /// For a refutation: points on which it shows. `None` where that would take too many.
    pub counterexample: Option<Counterexample>,
    /// The kernel.
    pub kernel: Kernel,
    /// The domain.
    pub domain: Domain,
    /// The network.
    pub network: Network,
    /// The points of [`decide_points`](super::decide_points).
    pub points: Option<Vec<Vec<BigRational>>>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.outcome {
            Outcome::StrictlyPositiveDefinite => "strictly positive definite",
            Outcome::NotStrictlyPositiveDefinite => "not strictly positive definite",
            Outcome::Undecided => "undecided",
        };
        write!(f, "{what} ({})", self.domain.name())?;
        for h in &self.hypotheses {
            let mark = match h.holds {
                Some(true) => "holds",
                Some(false) => "fails",
                None => "open",
            };
            write!(f, "\n  [{mark}] {}: {}", h.statement, h.evidence)?;
        }
        Ok(())
    }
}
