//! The certificate as it is written: shape and sizes are checked here, its truth is not.

mod fields;
mod network;
mod read;

use num_traits::Signed;

use crate::integer::{BigInt, BigRational};

pub(crate) use read::certificate;

/// The name of the format.
pub(crate) const SCHEMA: &str = "ntk-series/certificate/1";

/// An enumeration that is written as one of a few words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] $variant),*
        }

        impl $name {
            /// The word in a certificate.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            pub(crate) const ALL: &'static [$name] = &[$($name::$variant),*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// What a certificate says of the kernel.
    Verdict {
        Positive = "strictly_positive_definite",
        NotPositive = "not_strictly_positive_definite",
        Undecided = "undecided",
    }
}
words! {
    /// Which kernel.
    Kernel { Ntk = "ntk", Nngp = "nngp" }
}
words! {
    /// On which sets of points.
    Domain {
        Distinct = "distinct",
        NonProportional = "non-proportional",
        Sphere = "sphere",
        SphereWithoutAntipodes = "sphere-without-antipodes",
        Points = "points",
    }
}
words! {
    /// By which theorem.
    Theorem {
        Characterization = "characterization-of-polynomials",
        PowerSeries = "power-series-on-spheres",
        FiniteRank = "finite-rank",
        NullVector = "null-vector",
        GramMatrix = "gram-matrix",
    }
}
impl Theorem {
    /// What the checker takes it to say, whatever a certificate says in words.
    ///
    /// # Examples
    /// ```
    /// assert!(ntk_checker::Theorem::GramMatrix.statement().contains("diagonally dominant"));
    /// ```
    pub fn statement(self) -> &'static str {
        match self {
            Theorem::Characterization => {
                "If a combination with coefficients other than 0 of φ(<w, F_1>), ..., φ(<w, F_N>) is almost surely 0, the F_i \
                 pairwise non-proportional and not 0 and w Gaussian with full support, φ is almost everywhere a polynomial \
                 of degree at most N - 2. So a layer that is no polynomial takes pairwise non-proportional features to \
                 linearly independent ones, and every later one that is not constant keeps them so, and so does a \
                 normalization; a sum of branches keeps what one of them does; the tangent kernel of a layer whose weights \
                 are trained is at least what they make of its covariance, and the product of a strictly positive definite \
                 kernel with one of positive diagonal is strictly positive definite."
            }
            Theorem::PowerSeries => {
                "On a sphere, a kernel Σ κ_p ρ^p with all κ_p >= 0 is strictly positive definite on all finite sets of distinct \
                 points exactly if infinitely many even and infinitely many odd κ_p are positive, and on those without \
                 antipodal pairs exactly if infinitely many are."
            }
            Theorem::FiniteRank => {
                "If a layer through which all goes is constant, or every activation is a polynomial and nothing is normalized, \
                 all K(x, ·) are polynomials of bounded degree: a space of finite dimension, so that enough points have a null \
                 vector."
            }
            Theorem::NullVector => "A vector v other than 0 with K v = 0 on points of the domain refutes.",
            Theorem::GramMatrix => {
                "If K - b I = L Lᵀ + R with b > 0 and R diagonally dominant with a diagonal >= 0, every eigenvalue of K is at \
                 least b."
            }
        }
    }
}

words! {
    /// The activation, or its even or odd part.
    Part { Whole = "whole", Even = "even", Odd = "odd" }
}
words! {
    /// A half of the line.
    HalfLine { Positive = "positive", Negative = "negative" }
}

/// `σ_w²`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WeightVariance {
    Given(BigRational),
    Normalized,
}

/// `σ_b²`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BiasVariance {
    Given(BigRational),
    Unit,
}

/// How fast a layer is trained: `η` of its weights, and `τ` of its biases where that is not the variance of the biases.
#[derive(Clone, Debug)]
pub(crate) struct Training {
    pub(crate) weights: BigRational,
    pub(crate) biases: Option<BigRational>,
}

#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// Where it stands in the file.
    pub(crate) path: String,
    pub(crate) activation: String,
    pub(crate) sigma_w2: WeightVariance,
    pub(crate) sigma_b2: BiasVariance,
    pub(crate) training: Training,
}

/// An entry of a network's `layers`.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// A hidden layer, by its place among them.
    Layer(usize),
    Normalization,
    /// Branches with their weights; a residual block is its input, of weight `skip²`, and its branch, of weight 1.
    Sum(Vec<(BigRational, Vec<Block>)>),
}

#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) gamma_w2: BigRational,
    pub(crate) gamma_b2: BigRational,
    pub(crate) radius2: BigRational,
    pub(crate) training: Training,
    /// All hidden layers, in the order in which they are met, blocks from within.
    pub(crate) layers: Vec<Layer>,
    pub(crate) blocks: Vec<Block>,
}

impl Network {
    /// Is it a chain of layers, without other blocks?
    pub(crate) fn is_chain(&self) -> bool {
        self.blocks.iter().all(|block| matches!(block, Block::Layer(_)))
    }
}

impl Layer {
    /// Is `τ` proved positive, or proved zero? `bias` says it of `σ_b²`.
    pub(crate) fn trains_biases(&self, bias: Option<bool>) -> Option<bool> {
        self.training.biases.as_ref().map_or(bias, |tau| Some(tau.is_positive()))
    }

    /// `η > 0`.
    pub(crate) fn trains_weights(&self) -> bool {
        self.training.weights.is_positive()
    }
}

impl Network {
    /// `η γ_w²` and `τ`, of `Θ_1 = η γ_w² x·y + τ`.
    pub(crate) fn first_tangent(&self) -> (BigRational, BigRational) {
        let biases = self.training.biases.as_ref().unwrap_or(&self.gamma_b2);
        (&self.training.weights * &self.gamma_w2, biases.clone())
    }
}

/// A polynomial on an interval.
#[derive(Clone, Debug)]
pub(crate) struct PolynomialPiece {
    pub(crate) from: BigRational,
    pub(crate) to: BigRational,
    pub(crate) coefficients: Vec<BigRational>,
}

#[derive(Clone, Debug)]
pub(crate) enum Witness {
    Growth { half_line: HalfLine, order: usize, nodes: Vec<BigRational>, bound: BigRational },
    TwoPieces(Box<[PolynomialPiece; 2]>),
    FasterThanPowers { half_line: HalfLine },
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// With a square, one of its roots times the polynomial.
    Polynomial {
        coefficients: Vec<BigRational>,
        square: Option<BigRational>,
    },
    /// The degree is from -1 on.
    NotOfDegree {
        degree: i64,
        nodes: Vec<BigRational>,
        bound: BigRational,
    },
    NonPolynomial(Witness),
}

#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) activation: String,
    pub(crate) part: Part,
    pub(crate) statement: Statement,
}

/// A lower bound of the least eigenvalue, with `L` by `K - b I = L Lᵀ + R`.
#[derive(Clone, Debug)]
pub(crate) struct LambdaMin {
    pub(crate) lower_bound: BigRational,
    pub(crate) exponent: u32,
    pub(crate) rows: Vec<Vec<BigInt>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) verdict: Verdict,
    pub(crate) kernel: Kernel,
    pub(crate) domain: Domain,
    pub(crate) network: Network,
    pub(crate) theorem: Option<Theorem>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) points: Option<Vec<Vec<BigRational>>>,
    pub(crate) null_vector: Option<Vec<BigRational>>,
    pub(crate) lambda_min: Option<LambdaMin>,
    /// Is there something in words, which is not read?
    pub(crate) has_words: bool,
}

#[cfg(test)]
pub(crate) mod tests;
