//! How wide a network keeps its kernel positive definite: matrix Chernoff with explicit constants.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::{GramMatrix, largest_eigenvalue};
use crate::Error;
use crate::activation::Activation;
use crate::kernel::{BiasVariance, Kernel, Layer, Network, WeightVariance};
use crate::number::rational::integer_from_gmp;
use crate::number::{Accuracy, Ball};

const PRECISION: u32 = 128;

/// A width of the hidden layer that suffices, see [`sufficient_width`].
#[derive(Clone, Debug)]
pub struct SufficientWidth {
    /// The width `m`.
    pub width: BigInt,
    /// `R`: neurons whose own matrix `Z` could exceed it in norm are not counted.
    pub largest_neuron: Ball,
    /// What the neurons that are counted leave of `λ_min`.
    pub counted: Ball,
}

/// A width `m` from which on the empirical kernel of a network with one hidden layer has `λ_min(K_m) >= share ·
/// λ_min(K)` on the matrix's points with probability at least `1 - failure`.
///
/// `smallest` encloses `λ_min(K)` (see [`smallest_eigenvalue`](super::smallest_eigenvalue)) and `lipschitz` bounds
/// `|φ'|`.
///
/// # Method
/// With `f = σ_w m^{-1/2} Σ_j v_j φ(g_j) + σ_b b`, `g_j = A w_j`, `A Aᵀ = C` the matrix of `c_1 = γ_w² x·y + γ_b²` and
/// all weights standard normal, the empirical kernel is the mean of `m` independent copies of
///
/// ```text
/// Z = σ_w² (φ(g) φ(g)ᵀ + v² φ'(g) φ'(g)ᵀ ∘ C) + σ_b² 1 1ᵀ,      ‖Z‖ <= B := σ_w² (c (n φ(0)² + L²‖C‖ |w|²) + L² ‖C‖ v²) + σ_b² n,
/// ```
///
/// `c = 1` if `φ(0) = 0`, else 2; only the part of `w` in the span of the rows counts, of rank `r <= min(n, d)` (`d +
/// 1` with an input bias). So `B` is at most an affine function of `χ²` with `k = r + 1` degrees of freedom. What
/// neurons with `χ² > s` carry is dropped, `‖E[Z; χ² > s]‖ <= E[B; χ² > s]` with `E[χ²; χ² > s] = k P(χ²_{k+2} > s)`
/// and `P(χ²_k > s) <= (s/k)^{k/2} e^{(k-s)/2}`; all that is dropped is positive semidefinite. For the rest Tropp's
/// matrix Chernoff bound (2012, Theorem 1.1) with `‖Z‖ <= R`, `λ_min(E Z) >= λ'`:
///
/// ```text
/// P(λ_min <= (1-t) λ') <= n exp(-h(t) m λ'/R),    h(t) = t + (1-t) log(1-t),    1 - t = share · λ_min/λ',
/// ```
///
/// and `s` is chosen to make `m` small. For `t = 1/2`, `h = log(e/2)/2`, the constant of \[K24\]. For the NNGP kernel
/// the term with `v²` is left out.
///
/// # Errors
/// [`Error::Parameter`] for a network of more than one hidden layer, a share or a probability outside `(0, 1)`, a
/// smallest eigenvalue that may be zero, and an activation whose value at 0 is not known.
///
/// # Examples
/// ```
/// use ntk_series::gram::{GramMatrix, Points, smallest_eigenvalue, sufficient_width};
/// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// use ntk_series::{Accuracy, Activation, Kernel, Network, number::parse_rational};
/// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let points = Points::from_csv("1, 0, 0\n0, 1, 0\n0, 0, 1")?;
/// let gram = GramMatrix::new(&network, Kernel::Ntk, &points, Accuracy::relative(15)?)?;
/// let smallest = smallest_eigenvalue(&gram, Accuracy::relative(10)?)?;
/// let (half, percent) = (parse_rational("1/2")?, parse_rational("1/100")?);
/// let found = sufficient_width(&gram, &smallest, &parse_rational("1")?, &half, &percent)?;
/// assert!(found.width > 1000.into() && found.width < 1500.into());
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn sufficient_width(
    gram: &GramMatrix,
    smallest: &Ball,
    lipschitz: &BigRational,
    share: &BigRational,
    failure: &BigRational,
) -> Result<SufficientWidth, Error> {
    let is_share = |x: &BigRational| x.is_positive() && *x < BigRational::one();
    for (what, x) in [("share", share), ("probability of failure", failure)] {
        if !is_share(x) {
            return Err(Error::parameter(what, x, "a number between 0 and 1 is accepted"));
        }
    }
    if smallest.lower() <= 0 || !smallest.is_finite() {
        let accepted = "the smallest eigenvalue has to be proved positive";
        return Err(Error::parameter("smallest eigenvalue", format!("{smallest:.6}"), accepted));
    }
    let neuron = Neuron::new(gram, lipschitz)?;
    let lambda = Ball::exact(smallest.lower()).with_precision(PRECISION);
    let kept = &lambda * &Ball::from_rational(share, PRECISION);
    let n = Ball::from_integer(gram.len() as i64, PRECISION);
    let log = (&n / &Ball::from_rational(failure, PRECISION)).ln();
    // s/k = 1.02, 1.02², …: below, hardly a neuron counts; beyond, nearly all do, to a hundred digits.
    let candidates = (1..400).map(|i| 1.02f64.powi(i)).take_while(|x| *x < 2000.0);
    let best =
        candidates.filter_map(|x| neuron.width(x, &lambda, &kept, &log)).min_by(|a, b| a.width.cmp(&b.width));
    best.ok_or_else(|| {
        let accepted = "its ratio to the largest eigenvalue of the inputs' Gram matrix is too small";
        Error::parameter("smallest eigenvalue", format!("{smallest:.6}"), accepted)
    })
}

/// The bound of one neuron's matrix: `‖Z‖ <= constant + slope · χ²` with `k` degrees of freedom.
struct Neuron {
    degrees: f64,
    constant: Ball,
    slope: Ball,
}

impl Neuron {
    fn new(gram: &GramMatrix, lipschitz: &BigRational) -> Result<Neuron, Error> {
        let network = gram.network();
        let Some([layer]) = network.plain_layers() else {
            let accepted = "the bound is for one hidden layer, trained as usual";
            return Err(Error::parameter("hidden layers", network.layers().len(), accepted));
        };
        let (n, d) = (gram.len(), gram.points().dimension());
        let (sigma_w2, sigma_b2) = gram.layer_weights(PRECISION)?.remove(0);
        let value = layer.activation.at_zero(PRECISION).filter(Ball::is_finite).ok_or_else(|| {
            Error::parameter("activation", layer.activation.name(), "its value at 0 has to be known")
        })?;
        let lipschitz = Ball::from_rational(lipschitz, PRECISION);
        let copies = Ball::from_integer(if value.is_exact_zero() { 1 } else { 2 }, PRECISION);
        let norm = Ball::exact(largest_eigenvalue(&inputs(gram)?, Accuracy::relative(6)?)?.upper())
            .with_precision(PRECISION);
        let points = Ball::from_integer(n as i64, PRECISION);
        // The term of v² has the same factor but for the copies.
        let slope = &(&sigma_w2 * &copies) * &(&lipschitz.square() * &norm);
        let constant = (&(&sigma_w2 * &copies) * &value.square() + &sigma_b2) * points;
        let bias = usize::from(!network.input().gamma_b2.is_zero());
        let rank = n.min(d + bias) + usize::from(gram.kernel() == Kernel::Ntk);
        Ok(Neuron { degrees: rank as f64, constant, slope })
    }

    /// The width when neurons with `χ² > s = ratio · k` are dropped; `None` where too little is left.
    fn width(&self, ratio: f64, lambda: &Ball, kept: &Ball, log: &Ball) -> Option<SufficientWidth> {
        let exact = |x: f64| Ball::exact(rug::Float::with_val(PRECISION, x));
        let k = exact(self.degrees);
        let s = &exact(ratio) * &k;
        // The bound of P(χ²_j > s) holds for s >= j.
        let tail = |j: f64| {
            let j = exact(j);
            let half = (&j - &s).shl(-1);
            (half + (&s / &j).ln() * &j.shl(-1)).exp()
        };
        if ratio * self.degrees < self.degrees + 2.0 {
            return None;
        }
        let dropped = &self.constant * &tail(self.degrees) + &(&self.slope * &k) * &tail(self.degrees + 2.0);
        let counted = lambda - &dropped;
        let one = Ball::from_integer(1, PRECISION);
        let rest = kept / &counted;
        if counted.lower() <= 0 || rest.upper() >= 1 {
            return None;
        }
        let exponent = &(&one - &rest) + &(&rest * &rest.ln());
        let largest = &self.constant + &(&self.slope * &s);
        let width = &(&largest * log) / &(&counted * &exponent);
        if exponent.lower() <= 0 || !width.is_finite() {
            return None;
        }
        let (width, _) = width.upper().to_integer_round(rug::float::Round::Up)?;
        Some(SufficientWidth { width: integer_from_gmp(&width), largest_neuron: largest, counted })
    }
}

/// The matrix of `c_1`: the NNGP kernel of a linear layer.
fn inputs(gram: &GramMatrix) -> Result<GramMatrix, Error> {
    let linear = Layer {
        activation: Activation::polynomial(&[BigRational::zero(), BigRational::one()])?,
        sigma_w2: WeightVariance::Exact(BigRational::one()),
        sigma_b2: BiasVariance::Exact(BigRational::zero()),
    };
    let network = Network::uniform(gram.network().input().clone(), linear, 1)?;
    let accuracy = Accuracy::relative(10)?;
    match gram.is_on_sphere() {
        true => GramMatrix::on_sphere(&network, Kernel::Nngp, gram.points(), accuracy),
        false => GramMatrix::new(&network, Kernel::Nngp, gram.points(), accuracy),
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::finite::Generator;
    use crate::gram::{Points, smallest_eigenvalue};
    use crate::kernel::Input;
    use crate::number::parse_rational;

    fn relu_gram(text: &str) -> GramMatrix {
        let layer = Layer {
            activation: Activation::relu(),
            sigma_w2: WeightVariance::Exact(parse_rational("2").unwrap()),
            sigma_b2: BiasVariance::Exact(BigRational::zero()),
        };
        let network = Network::uniform(Input::default(), layer, 1).unwrap();
        let points = Points::from_csv(text).unwrap();
        GramMatrix::new(&network, Kernel::Ntk, &points, Accuracy::relative(12).unwrap()).unwrap()
    }

    /// `λ_min` of the empirical tangent kernel of one sampled network.
    fn sampled(points: &[[f64; 3]], width: usize, normals: &mut Generator) -> f64 {
        let n = points.len();
        let mut kernel = DMatrix::zeros(n, n);
        for _ in 0..width {
            let w: [f64; 3] = std::array::from_fn(|_| normals.normal());
            let v = normals.normal();
            let dot = |x: &[f64; 3], y: &[f64; 3]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            let g: Vec<f64> = points.iter().map(|x| dot(x, &w)).collect();
            for i in 0..n {
                for j in 0..n {
                    let both = f64::from(g[i] > 0.0 && g[j] > 0.0);
                    kernel[(i, j)] += both * (g[i] * g[j] + v * v * dot(&points[i], &points[j]));
                }
            }
        }
        (kernel * (2.0 / width as f64)).symmetric_eigenvalues().min()
    }

    #[test]
    fn sampled_networks_keep_their_share() {
        let gram = relu_gram("1,0,0\n0,0.6,0.8\n0,0,1\n0.6,0,-0.8\n0,-1,0");
        let points = [[1.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.0, 0.0, 1.0], [0.6, 0.0, -0.8], [0.0, -1.0, 0.0]];
        let smallest = smallest_eigenvalue(&gram, Accuracy::relative(10).unwrap()).unwrap();
        let [one, half, percent] = ["1", "1/2", "1/100"].map(|x| parse_rational(x).unwrap());
        let found = sufficient_width(&gram, &smallest, &one, &half, &percent).unwrap();
        let width: usize = found.width.try_into().unwrap();
        assert!(width < 20_000, "{width}");
        let least = smallest.midpoint().to_f64();
        let mut normals = Generator::new(1);
        let kept = (0..20).filter(|_| sampled(&points, width, &mut normals) >= 0.5 * least).count();
        assert_eq!(kept, 20);
        // The bound is about networks: far narrower ones do lose more than half.
        let kept = (0..20).filter(|_| sampled(&points, 5, &mut normals) >= 0.5 * least).count();
        assert!(kept < 10, "{kept}");
    }

    #[test]
    fn a_larger_share_and_a_smaller_risk_need_more() {
        let gram = relu_gram("1,0,0\n0,1,0\n1,1,1");
        let smallest = smallest_eigenvalue(&gram, Accuracy::relative(10).unwrap()).unwrap();
        let width = |share: &str, failure: &str| {
            let [one, share, failure] = ["1", share, failure].map(|x| parse_rational(x).unwrap());
            sufficient_width(&gram, &smallest, &one, &share, &failure).unwrap().width
        };
        let base = width("1/2", "1/100");
        assert!(
            width("3/4", "1/100") > base && width("1/2", "1/1000000") > base && width("1/10", "1/100") < base
        );
        let [one, zero, half] = ["1", "0", "1/2"].map(|x| parse_rational(x).unwrap());
        assert!(sufficient_width(&gram, &smallest, &one, &one, &half).is_err());
        assert!(sufficient_width(&gram, &smallest, &one, &half, &zero).is_err());
        assert!(sufficient_width(&gram, &Ball::zero(64), &one, &half, &half).is_err());
    }

    /// Of an enclosure of the smallest eigenvalue only the lower end counts.
    #[test]
    fn a_wide_eigenvalue_counts_as_its_lower_end() {
        let gram = relu_gram("1,0,0\n0,1,0\n1,1,1");
        let [one, half, percent] = ["1", "1/2", "1/100"].map(|x| parse_rational(x).unwrap());
        let width = |smallest: &Ball| sufficient_width(&gram, smallest, &one, &half, &percent).unwrap().width;
        let middle = Ball::from_integer(1, 64).shl(-2);
        let wide = middle.widened(crate::number::Mag::pow2(-3));
        assert_eq!(width(&wide), width(&Ball::exact(wide.lower())));
        assert!(width(&wide) > width(&middle));
    }
}
