//! How fast coefficients and eigenvalues decay.
//!
//! For one hidden layer without first-layer bias the rate is that of the dual activation, `c_2 = σ_w² Σ μ_p² ρ^p +
//! σ_b²` and `Θ = c_2 + ρ dc_2/dρ`, so that `κ_p = σ_w² (1+p) μ_p²`. For any network there are [local
//! exponents](local_exponents) of what was enclosed.
//!
//! The constants follow from `C(2m, m)/4^m ~ 1/√(πm)` (Stirling): with `p = 2m`, `√(2/(πp))`.
//! - `asin`: coefficient `C(2m,m)/(4^m (2m+1))` of `ρ^{2m+1}`, so `√(2/π) p^{-3/2}` on odd `p`; `(1-ρ²)^{-1/2}`:
//!   `√(2/π) p^{-1/2}` on even `p`.
//! - `k_0 = 1/4 + asin(ρ)/(2π)` and `k_n' = n² k_{n-1}`: the arc-cosine kernel of order `n` has `n!²/(√2 π^{3/2})
//!   p^{-n-3/2}` on `p ≡ n+1` (mod 2). For ReLU `κ_p ~ σ_w² p^{-3/2}/(√2 π^{3/2})` at variance one ([M23], Table 1:
//!   `Θ(p^{-3/2})`).
//! - A function that is analytic in the strip `|Im x| < a` and no wider, and bounded by `e^{x²/4}` there, has `limsup
//!   ln|μ_p|/√p = -a/√q` (Hille, *Contributions to the theory of Hermitian series II*, 1940). The tanh has `a = π/2`,
//!   and `κ_p = e^{-(π+o(1))√p}` at variance one. (The bound `e^{-π√(p-1)/2}` of [M23] is not tight.)
//!
//! [M23]: https://arxiv.org/abs/2211.07844

use num_rational::BigRational;
use num_traits::Zero;

use crate::Error;
use crate::dual::Dual;
use crate::kernel::profile::Profile;
use crate::kernel::{Kernel, Network};
use crate::number::{Accuracy, Ball};

/// The rate at which the coefficients `κ_p` of a kernel decay.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Rate {
    /// A polynomial: `κ_p = 0` beyond the degree.
    Finite {
        /// The degree.
        degree: usize,
    },
    /// `κ_p / (constant · p^{exponent} · base^p) → 1` for `p → ∞` along `p ≡ parity` (mod 2); the others are zero from
    /// some `p` on.
    Power {
        /// The parity of the powers.
        parity: usize,
        /// The exponent of `p`.
        exponent: BigRational,
        /// The factor from one power to the next; exactly one where there is none.
        base: Ball,
        /// The leading constant.
        constant: Ball,
    },
    /// `limsup ln κ_p / √p = -rate`.
    RootExponential {
        /// The rate.
        rate: Ball,
    },
    /// `κ_p / (constant_{p mod 2} · p^{exponent} · rate^p/p!) → 1` where the constant is not zero.
    Factorial {
        /// The rate.
        rate: Ball,
        /// 1 for the neural tangent kernel, 0 for the other.
        exponent: u32,
        /// Of the even and of the odd powers.
        constants: [Ball; 2],
    },
}

/// The rate of decay of the coefficients for one hidden layer without first-layer bias; `None` for other networks, and
/// where it is not known.
///
/// # Errors
/// Those of [`Network::series`].
///
/// # Examples
/// ```
/// use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
/// use ntk_series::spectrum::decay::{Rate, rate};
/// use ntk_series::{Accuracy, Activation};
/// let zero = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::parse("relu")?, sigma_w2: WeightVariance::Normalized, sigma_b2: zero };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let Some(Rate::Power { exponent, constant, .. }) = rate(&network, Kernel::Ntk, Accuracy::relative(20)?)? else { panic!() };
/// // κ_p ~ √2 π^{-3/2} p^{-3/2}.
/// assert_eq!(exponent.to_string(), "-3/2");
/// assert!((constant.midpoint().to_f64() - 2f64.sqrt() / std::f64::consts::PI.powf(1.5)).abs() < 1e-15);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn rate(network: &Network, kernel: Kernel, accuracy: Accuracy) -> Result<Option<Rate>, Error> {
    if network.plain_layers().is_none_or(|layers| layers.len() != 1) || !network.input().gamma_b2.is_zero() {
        return Ok(None);
    }
    let bits = accuracy.bits() + 32;
    let profile = Profile::new(network, kernel, bits)?;
    let layer = &profile.layers[0];
    if layer.sigma_w2.is_exact_zero() {
        return Ok(Some(Rate::Finite { degree: 0 }));
    }
    // (1 + p) ~ p for the NTK.
    let gained = u32::from(kernel == Kernel::Ntk);
    let halves = |n: i64| BigRational::new((n + 2 * i64::from(gained)).into(), 2.into());
    let pi = Ball::pi(bits);
    let one = Ball::from_integer(1, bits);
    let root = (Ball::from_integer(2, bits) / &pi).sqrt();
    let power = |parity: usize, exponent: BigRational, base: &Ball, constant: Ball| Rate::Power {
        parity,
        exponent,
        base: base.clone(),
        constant: &layer.sigma_w2 * &constant,
    };
    // A polynomial changes the first coefficients only.
    let dual = match &layer.dual {
        Dual::WithPolynomial { dual, .. } => dual,
        dual => dual,
    };
    let found = match dual {
        Dual::ArcCosine { order, scale, .. } => {
            let factorial = (1..=i64::from(*order)).fold(one.clone(), |product, i| product.mul_integer(i));
            // 1/(√2 π^{3/2}) = √(2/π)/(2π).
            let constant = scale * &factorial.square() * (&root / &pi.shl(1));
            power((*order as usize + 1) % 2, halves(-2 * i64::from(*order) - 3), &one, constant)
        }
        Dual::ArcSine { scale, beta, .. } => power(1, halves(-3), beta, scale * &root),
        Dual::InverseRoot { scale, beta } => power(0, halves(-1), beta, scale * &root),
        // The leading term of the dual is scale (1-y²)^{-1/2}/(2π(1+q)), y = qρ/(1+q).
        Dual::Gelu { scale, variance } => {
            let next = &one + variance;
            power(0, halves(-1), &(variance / &next), scale * &(&root / &(&next * &pi.shl(1))))
        }
        Dual::Exponential { plus, minus, rate } => {
            let constants = [plus + minus, plus - minus].map(|c| &layer.sigma_w2 * &c);
            Rate::Factorial { rate: rate.clone(), exponent: gained, constants }
        }
        Dual::Polynomial(coefficients) => {
            let top = coefficients.iter().rposition(|c| !c.is_exact_zero()).unwrap_or(0);
            Rate::Finite { degree: top }
        }
        Dual::WithPolynomial { .. } => return Ok(None),
        Dual::Hermite => match layer.activation.half_strip(bits) {
            // κ_p = σ_w² (1+p) μ_p².
            Some(half) => Rate::RootExponential { rate: half.shl(1) / layer.variance.sqrt() },
            None => return Ok(None),
        },
    };
    Ok(Some(found))
}

/// The exponent between two members of a sequence.
#[derive(Clone, Debug)]
pub struct LocalExponent {
    /// The first index `p`.
    pub from: usize,
    /// The second index `p' > p`.
    pub to: usize,
    /// The enclosure of `-log(x_{p'}/x_p)/log(p'/p)`.
    pub exponent: Ball,
}

/// The local exponents `-log(x_{p'}/x_p)/log(p'/p)` of a sequence of non-negative numbers between neighbours of one
/// parity: those of a sequence like `p^{-a}` tend to `a`, of one that falls faster they grow. Terms that may be zero
/// are passed over.
///
/// # Examples
/// ```
/// use ntk_series::Ball;
/// use ntk_series::spectrum::decay::local_exponents;
/// let values: Vec<Ball> = (0..9i64).map(|p| Ball::from_integer(1, 80).div_integer(p.max(1).pow(3))).collect();
/// let exponents = local_exponents(&values);
/// assert!(exponents.iter().all(|e| (e.exponent.midpoint().to_f64() - 3.0).abs() < 1e-15));
/// assert_eq!((exponents[0].from, exponents[0].to), (1, 3));
/// ```
pub fn local_exponents(values: &[Ball]) -> Vec<LocalExponent> {
    let positive = |p: &usize| *p > 0 && values[*p].lower() > 0;
    let mut out = vec![];
    for parity in 0..2 {
        let places: Vec<usize> = (parity..values.len()).step_by(2).filter(positive).collect();
        for pair in places.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let precision = values[from].precision().max(values[to].precision());
            let ratio = Ball::from_integer(to as i64, precision).div_integer(from as i64);
            let exponent = (&values[from] / &values[to]).ln() / ratio.ln();
            out.push(LocalExponent { from, to, exponent });
        }
    }
    out.sort_by_key(|e| e.from);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Convention;
    use crate::network::samples::normalized;

    /// `κ_p` over its asymptotic form, at one `p`.
    fn ratio(activation: &str, kernel: Kernel, p: usize) -> f64 {
        let network = normalized(activation, 1);
        let accuracy = Accuracy::relative(12).unwrap();
        let kappa =
            network.series(kernel, Convention::Standard, p, accuracy).unwrap().coefficients()[p].clone();
        let n = Ball::from_integer(p as i64, 100);
        match rate(&network, kernel, accuracy).unwrap().unwrap() {
            Rate::Power { parity, exponent, base, constant } => {
                assert_eq!(parity, p % 2);
                let exponent = Ball::from_rational(&exponent, 100);
                let shape = &constant * &(&exponent * &n.ln()).exp() * base.pow(p as u64);
                (kappa / shape).midpoint().to_f64()
            }
            Rate::Factorial { rate, exponent, constants } => {
                let factorial = (1..=p as i64).fold(Ball::from_integer(1, 100), |f, i| f.mul_integer(i));
                let shape = &constants[p % 2] * &n.pow(exponent.into()) * rate.pow(p as u64) / factorial;
                (kappa / shape).midpoint().to_f64()
            }
            Rate::RootExponential { rate } => (-kappa.ln() / (&rate * &n.sqrt())).midpoint().to_f64(),
            Rate::Finite { degree } => {
                assert!(degree < p && kappa.is_exact_zero());
                1.0
            }
        }
    }

    #[test]
    fn coefficients_approach_their_rate() {
        for (activation, kernel, p) in [
            ("relu", Kernel::Ntk, 2000),
            ("relu", Kernel::Nngp, 2000),
            ("leaky-relu(1/10)", Kernel::Ntk, 2000),
            ("repu(2)", Kernel::Ntk, 2001),
            ("step", Kernel::Nngp, 2001),
            ("erf", Kernel::Ntk, 2001),
            ("gaussian", Kernel::Ntk, 2000),
            ("gelu", Kernel::Ntk, 2000),
            ("exp", Kernel::Ntk, 2000),
            ("sin", Kernel::Ntk, 2001),
            ("x^3", Kernel::Ntk, 9),
        ] {
            let ratio = ratio(activation, kernel, p);
            assert!((ratio - 1.0).abs() < 0.02, "{activation}: {ratio}");
        }
        for (activation, p) in [("tanh", 401), ("sigmoid", 401), ("softplus", 400)] {
            let ratio = ratio(activation, Kernel::Ntk, p);
            assert!((ratio - 1.0).abs() < 0.25, "{activation}: {ratio}");
        }
        assert!(rate(&normalized("relu", 2), Kernel::Ntk, Accuracy::relative(9).unwrap()).unwrap().is_none());
    }

    /// What an activation is called says nothing of it.
    #[test]
    fn rates_do_not_follow_names() {
        #[derive(Debug)]
        struct Liar;
        impl crate::activation::PiecewiseAnalytic for Liar {
            fn name(&self) -> String {
                "tanh".into()
            }
            fn formula(&self) -> String {
                "tanh(x)".into()
            }
            fn smoothness(&self) -> String {
                "analytic".into()
            }
            fn breakpoints(&self, _: u32) -> Vec<Ball> {
                vec![]
            }
            fn evaluate(&self, _: usize, x: &Ball) -> Ball {
                x.mul_integer(2).tanh()
            }
            fn derivative(&self, _: usize, x: &Ball) -> Ball {
                (Ball::from_integer(1, x.precision()) - x.mul_integer(2).tanh().square()).mul_integer(2)
            }
            fn evaluate_complex(
                &self,
                _: usize,
                z: &crate::number::ComplexBall,
            ) -> crate::number::ComplexBall {
                (z + z).tanh()
            }
            fn growth(&self) -> crate::activation::Growth {
                crate::activation::Growth::polynomial(crate::number::Mag::ONE, 0)
            }
            fn derivative_growth(&self) -> Option<crate::activation::Growth> {
                Some(crate::activation::Growth::polynomial(crate::number::Mag::pow2(1), 0))
            }
        }
        let accuracy = Accuracy::relative(12).unwrap();
        let mut layer = normalized("tanh", 1).layers()[0].clone();
        layer.activation = crate::Activation::from_analytic(Liar);
        let liar = Network::uniform(crate::kernel::Input::default(), layer, 1).unwrap();
        assert!(rate(&liar, Kernel::Ntk, accuracy).unwrap().is_none());
        // From the formula the strip is known: half as wide.
        let half = |text: &str| match rate(&normalized(text, 1), Kernel::Ntk, accuracy).unwrap() {
            Some(Rate::RootExponential { rate }) => rate,
            other => panic!("{text}: {other:?}"),
        };
        assert!(half("tanh").overlaps(&half("tanh(2*x)").mul_integer(2)));
        assert!(half("silu").overlaps(&half("x*sigmoid(2*x)").mul_integer(2)));
    }

    #[test]
    fn local_exponents_of_relu_tend_to_three_halves() {
        let series = normalized("relu", 3).series(
            Kernel::Ntk,
            Convention::Standard,
            400,
            Accuracy::relative(15).unwrap(),
        );
        let exponents = local_exponents(series.unwrap().coefficients());
        let last = exponents.last().unwrap();
        assert_eq!((last.from, last.to), (398, 400));
        assert!(
            (last.exponent.midpoint().to_f64() - 1.5).abs() < 0.1
                && last.exponent.relative_accuracy_bits() > 30
        );
    }

    /// Extrapolated to infinity the ratios are one far more closely than at any power, so that every constant is the
    /// right one.
    #[test]
    fn constants_are_the_limits() {
        for (activation, kernel, p) in [
            ("relu", Kernel::Ntk, 500),
            ("relu", Kernel::Nngp, 500),
            ("leaky-relu(1/10)", Kernel::Ntk, 500),
            ("repu(2)", Kernel::Ntk, 501),
            ("repu(3)", Kernel::Nngp, 500),
            ("step", Kernel::Nngp, 501),
            ("erf", Kernel::Ntk, 501),
            ("erf", Kernel::Nngp, 501),
            ("gaussian", Kernel::Ntk, 500),
            ("gelu", Kernel::Ntk, 500),
        ] {
            // 1 + a/p + b/p² + …, at p, 2p (or as near as the parity lets), 4p.
            let places = [p, 2 * p + p % 2, 4 * p + p % 2];
            let ratios = places.map(|p| ratio(activation, kernel, p));
            let x = places.map(|p| 1.0 / p as f64);
            let limit: f64 = (0..3)
                .map(|i| {
                    let others = (0..3).filter(|j| *j != i);
                    ratios[i] * others.map(|j| x[j] / (x[j] - x[i])).product::<f64>()
                })
                .sum();
            assert!((limit - 1.0).abs() < 1e-5, "{activation}, {kernel:?}: {limit}");
        }
    }
}
