//! A uniform-convergence bound for the networks that descent can reach.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::{Descent, Iteration, Loss, distance, largest_gradient};
use crate::finite::arithmetic::{Computed, check_precision};
use crate::finite::neighbourhood::Neighbourhood;
use crate::finite::network::FiniteNetwork;
use crate::number::Mag;
use crate::{Ball, Error};

/// Bits of bounds.
const PRECISION: u32 = 128;

/// How far the mean loss of a sample can be from its expectation, for all networks near the starting weights at once.
///
/// **Statement.** Let the starting weights $W_0$ be independent of the sample, and $\ell$ be clipped at $B$. With
/// probability at least $1 - \delta$ over $n$ independent points, for every $j \in \mathbb{Z}$ and every step with
/// $\lVert\Delta\rVert \le R = 2^j$,
///
/// $$ \mathsf{E}\, \ell(f(x; W_0 + \Delta), y) \le \frac1n \sum_i \ell(f(x_i; W_0 + \Delta), y_i) + 2 \Lambda \hat{\mathfrak R}(R)
///    + 3 B \sqrt{\frac{\log(2/\delta_j)}{2n}}, \qquad \delta_j = \frac{\delta}{4(1 + j^2)}, $$
///
/// with $\Lambda$ the Lipschitz constant of the clipped loss in the output: 1 for logistic loss, $\sqrt{2B}$ for
/// squared loss.
///
/// **Derivation** (ours). For fixed $R$ this is the bound by the empirical Rademacher complexity $\hat{\mathfrak R}$ of
/// the class of outputs and the contraction lemma (Bartlett and Mendelson 2002), taken with $\delta_j$; $\sum_j
/// \delta_j < \delta$ since $\sum_j 1/(1 + j^2) = \pi \coth \pi < 4$. For the class, with the layerwise features of
/// [`FiniteNetwork::feature_kernel`] and signs $\sigma_i$, the Cauchy-Schwarz inequality in every order and Jensen's
/// inequality give
///
/// $$ \hat{\mathfrak R}(R) \le \mathsf{E} \sup_\Delta \frac1n \sum_i \sigma_i \Bigl( \sum_{m \le M} \langle \Psi_m(\Delta), \Phi_m(x_i) \rangle + r_i \Bigr)
///    \le \frac1n \sum_{m \le M} \sup \lVert \Psi_m \rVert \Bigl( \sum_i K_m(x_i, x_i) \Bigr)^{1/2} + \frac1n \sum_i r_i(R), $$
///
/// the $r_i(R)$ bounding what is left out past order $M$ on the ball of steps. (The output at $W_0$ does not depend on
/// $\Delta$ and adds nothing.) The norms follow layer by layer with $\lVert\Delta_l\rVert \le R$ for each.
///
/// **Iterations and rate.** After $T$ steps with rate $\eta$ and gradients of norm at most $G$ the weights are within
/// $\eta T G$ of the start; $R$ is the next power of two above it, so that it may depend on the sample.
///
/// Shilton and others (arXiv 2302.00205) announce a bound in which these two appear; as only its abstract was
/// available, this is not theirs.
#[derive(Clone, Debug)]
pub struct UniformBound {
    /// `G`, the largest norm of the gradients along the run.
    pub gradient: Mag,
    /// `η T G`.
    pub path: Ball,
    /// How far the weights have come in fact.
    pub distance: Ball,
    /// `R`, a power of two.
    pub radius: Mag,
    /// A bound of the Rademacher complexity of the networks within `R`.
    pub complexity: Mag,
    /// By how much expectation and mean may differ: `2 Λ complexity + 3 B sqrt(log(2/δ_j)/(2n))`.
    pub gap: Mag,
}

impl Descent {
    /// The bound for a run from this network's weights, with the loss clipped at `clip` and failing with probability at
    /// most `delta`.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`Descent::run`], for `clip <= 0`, `delta` not between 0 and 1, an empty run, and when
    /// the ball of radius `R` is larger than what the series is proved for at some point of the sample.
    pub fn uniform_bound(
        &self,
        network: &FiniteNetwork,
        run: &[Iteration<Ball>],
        clip: &BigRational,
        delta: &BigRational,
    ) -> Result<UniformBound, Error> {
        if !clip.is_positive() {
            return Err(Error::parameter("clip", clip, "a number above 0 is accepted"));
        }
        if !delta.is_positive() || *delta >= BigRational::one() {
            return Err(Error::parameter("delta", delta, "a number between 0 and 1 is accepted"));
        }
        if run.is_empty() {
            return Err(Error::parameter("run", "no iterations", "a run of this descent is accepted"));
        }
        let computed = Computed::<Ball>::new(network, check_precision(PRECISION)?)?;
        let ball = |r: &BigRational| Ball::from_rational(r, PRECISION);
        let gradient = largest_gradient(run);
        let steps = BigRational::from_integer((run.len() - 1).into());
        let path = ball(&(&self.rate * steps)) * Ball::exact(gradient.to_float());
        // A power of two above it.
        let exponent = path.magnitude().log2_ceil().unwrap_or(-64).clamp(-4096, 4096);
        let radius = Mag::pow2(exponent);
        let complexity = self.complexity(network, &computed, radius)?;
        let n = self.sample.len() as i64;
        let j = BigRational::from_integer(exponent.into());
        let inverse = BigRational::from_integer(8.into()) * (BigRational::one() + &j * &j) / delta;
        let deviation = (ball(&inverse).ln().div_integer(2 * n)).sqrt() * ball(clip).mul_integer(3);
        let lipschitz = match self.loss {
            Loss::Logistic => Mag::ONE,
            Loss::Squared => ball(clip).shl(1).sqrt().magnitude(),
        };
        let gap = (lipschitz * complexity).shl(1) + deviation.magnitude();
        Ok(UniformBound { gradient, path, distance: distance(run, &computed), radius, complexity, gap })
    }

    fn complexity(
        &self,
        network: &FiniteNetwork,
        computed: &Computed<Ball>,
        radius: Mag,
    ) -> Result<Mag, Error> {
        let mut diagonal = vec![Mag::ZERO; self.order + 1];
        let mut tails = Mag::ZERO;
        for (x, _) in &self.sample {
            let near = Neighbourhood::of(computed.clone(), computed.input(x))?;
            let tail = near.remainder_within(radius, self.order);
            if !tail.is_finite() {
                let most = near.radius();
                let accepted = format!(
                    "a radius below {} is proved: fewer iterations or a smaller rate are accepted",
                    most.to_decimal_below(3).unwrap_or("infinity".into())
                );
                return Err(Error::parameter("radius of the run", radius.to_float().to_f64(), &accepted));
            }
            tails = tails + tail;
            let kernel = network.feature_kernel_with(x, x, self.order, PRECISION)?;
            diagonal.iter_mut().zip(&kernel).for_each(|(d, k)| *d = *d + k.magnitude());
        }
        let norms = self.largest_norms(computed, radius);
        let orders = norms.iter().zip(&diagonal).map(|(a, b)| (*a * *b).sqrt());
        let sum = orders.fold(tails, |sum, c| sum + c);
        // A count is a double exactly.
        Ok(sum.div_by_lower(Mag::from_f64(self.sample.len() as f64)))
    }

    /// Bounds of `‖Ψ_m‖²` over steps with `‖ΔW_l‖, ‖Δb_l‖ <= R` in every layer: the recursion of the step's kernel has
    /// coefficients that are not negative, so it grows with the norms.
    fn largest_norms(&self, computed: &Computed<Ball>, radius: Mag) -> Vec<Mag> {
        let (order, square) = (self.order, radius * radius);
        let mut inner = vec![Mag::ZERO; order + 1];
        for layer in &computed.layers {
            let before = inner.clone();
            for m in 0..order {
                let own = if m == 0 { before[0] + Mag::ONE } else { before[m] };
                inner[m + 1] = inner[m + 1] + own * square;
            }
            if layer.at.biases.is_some() {
                inner[1] = inner[1] + square;
            }
            if layer.local.is_some() {
                // Σ_{m>=1} p^m.
                let mut out = vec![Mag::ZERO; order + 1];
                for _ in 0..order {
                    out[0] = Mag::ONE;
                    let next =
                        |k: usize| (0..=k).map(|i| out[i] * inner[k - i]).fold(Mag::ZERO, |s, c| s + c);
                    out = (0..=order).map(next).collect();
                }
                inner = out;
            }
        }
        inner
    }
}
