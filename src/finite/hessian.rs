//! The Hessian of a network's output in its weights and biases, at one input.
//!
//! With $\hat x^l = (s_l \alpha^{l-1}, 1)$, the 1 for a bias, and $\hat W^l = (W^l, b^l)$, layer $l$ is $z^l = \hat W^l
//! \hat x^l$. Let $\beta^l = \partial f / \partial \alpha^l$ and $\delta^l = \partial f / \partial z^l = \beta^l
//! \varphi_l'(z^l)$. The gradient is $\partial f / \partial \hat W^l = \delta^l (\hat x^l)^\top$, and in a direction $U
//! = (U^1, \dots)$ with derivatives marked by a dot,
//!
//! $$ \dot z^l = U^l \hat x^l + W^l \dot{\hat x}^l, \qquad
//! \dot\delta^l = \dot\beta^l \varphi_l'(z^l) + \beta^l \varphi_l''(z^l)\, \dot z^l, \qquad
//! \dot\beta^{l-1} = s_l \bigl((U^l)^\top \delta^l + (W^l)^\top \dot\delta^l\bigr), $$
//!
//! $$ (H U)^l = \dot\delta^l (\hat x^l)^\top + \delta^l (\dot{\hat x}^l)^\top, \qquad
//! \langle U, H U \rangle = \sum_l \Bigl( \sum_i \beta_i^l \varphi_l''(z_i^l) (\dot z_i^l)^2 +
//! 2 (\delta^l)^\top U^l \dot{\hat x}^l \Bigr). $$
//!
//! So the range of $H$ consists of $\delta^l a^\top + b (\hat x^l)^\top$, and two short vectors a layer stand for one
//! as long as the list of parameters: the norm of a Hessian of 10^8 parameters takes a few products with the matrices
//! $W^l$.
//!
//! At a piecewise activation the derivatives are those of the piece that $z_i^l$ lies in: for ReLU $\varphi'' = 0$, and
//! the part of the generalized second derivative that sits in the kinks is left out. A pre-activation at a breakpoint,
//! or one that cannot be told from it in doubles, is refused.

mod bound;
mod enclosed;
mod point;
mod quotient;

use crate::lanczos::approx_leading_vector;
use crate::{Error, finite::FiniteNetwork};

pub use bound::HessianBound;

use enclosed::{Enclosed, Vector, dot};
use point::Layer;

/// Relative residual of the eigenvector that the norm is taken from.
const RESIDUAL: f64 = 1e-6;

/// A number that is known to lie within `error` of `value`, both exactly the doubles that they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Within {
    /// The centre.
    pub value: f64,
    /// How far away the number can be; infinite if nothing is known.
    pub error: f64,
}

impl From<Enclosed> for Within {
    fn from(e: Enclosed) -> Within {
        match e.is_finite() {
            true => Within { value: e.mid, error: e.rad },
            false => Within { value: 0.0, error: f64::INFINITY },
        }
    }
}

/// The spectral norm of a Hessian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HessianNorm {
    /// What Lanczos' method finds: a Rayleigh quotient in magnitude, approximately. It proves nothing from above.
    pub value: f64,
    /// A proved lower bound.
    pub lower: f64,
    /// Is the eigenvalue found positive?
    pub positive: bool,
}

/// A network at an input: its output, gradient, tangent kernel and Hessian in all weights and biases.
///
/// # Examples
/// ```
/// use ntk_series::Activation;
/// use ntk_series::finite::{Architecture, FiniteNetwork, Hessian};
/// let tanh = Activation::parse("tanh")?;
/// let norm = |width| {
///     let shape = Architecture::new(&tanh, &[4, width, width, 1])?;
///     let network = FiniteNetwork::from_seed(&shape, 1)?;
///     Ok::<f64, ntk_series::Error>(Hessian::new(&network, &[1.0; 4])?.norm().lower)
/// };
/// // The wider the flatter.
/// assert!(norm(400)? < norm(25)?);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Debug)]
pub struct Hessian<'a> {
    layers: Vec<Layer<'a>>,
    output: Enclosed,
}

impl<'a> Hessian<'a> {
    /// Evaluates the network and its first and second derivatives at an input, every double with a bound of its error.
    ///
    /// # Errors
    /// [`Error::Parameter`] for more than one output, an input of the wrong length or not finite, weights that are not
    /// given as doubles, an activation without a formula, and a pre-activation at a breakpoint.
    pub fn new(network: &'a FiniteNetwork, x: &[f64]) -> Result<Hessian<'a>, Error> {
        let (layers, output) = point::evaluate(network, x)?;
        Ok(Hessian { layers, output })
    }

    /// `f(x)`.
    pub fn output(&self) -> Within {
        self.output.into()
    }

    /// The gradient, the parameters in their order: layer by layer the weights row by row, then the biases.
    /// Approximate.
    pub fn gradient(&self) -> Vec<f64> {
        let pairs = self.layers.iter().map(|l| [l.delta.mid.clone(), vec![0.0; l.inputs()]]);
        // δ x̂ᵀ is what the Hessian's formula has with δ in place of its derivative.
        self.outer(&pairs.collect::<Vec<_>>())
    }

    /// `⟨∇f(x), ∇f(y)⟩`, the empirical tangent kernel: `Σ_l ⟨δ^l(x), δ^l(y)⟩ ⟨x̂^l, ŷ^l⟩`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the layers of the two do not fit.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::finite::{Architecture, FiniteNetwork, Hessian};
    /// let network = FiniteNetwork::from_seed(&Architecture::new(&Activation::parse("erf")?, &[2, 50, 1])?, 3)?;
    /// let at = Hessian::new(&network, &[1.0, 0.5])?;
    /// let square: f64 = at.gradient().iter().map(|g| g * g).sum();
    /// let kernel = at.kernel(&at)?;
    /// assert!((kernel.value - square).abs() < 1e-12 * square && kernel.error < 1e-12 * square);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn kernel(&self, other: &Hessian<'_>) -> Result<Within, Error> {
        let fits = |(a, b): (&Layer, &Layer)| a.inputs() == b.inputs() && a.outputs() == b.outputs();
        if self.layers.len() != other.layers.len() || !self.layers.iter().zip(&other.layers).all(fits) {
            return Err(Error::parameter(
                "layers",
                self.layers.len(),
                "two inputs of one network are accepted",
            ));
        }
        let one = |bias| Enclosed::exact(f64::from(u8::from(bias)));
        let part = |(a, b): (&Layer, &Layer)| {
            a.delta.dot(&b.delta).mul(a.input.dot(&b.input).add(one(a.bias && b.bias)))
        };
        let parts = self.layers.iter().zip(&other.layers).map(part);
        Ok(parts.fold(Enclosed::default(), Enclosed::add).into())
    }

    /// `H v` for any direction `v`, the parameters in the order of [`Hessian::gradient`]. Approximate.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `v` does not have as many entries as the network parameters.
    pub fn product(&self, v: &[f64]) -> Result<Vec<f64>, Error> {
        let parameters: usize = self.layers.iter().map(|l| l.outputs() * l.augmented()).sum();
        if v.len() != parameters {
            return Err(Error::parameter(
                "length of the direction",
                v.len(),
                &format!("{parameters} are accepted"),
            ));
        }
        let (mut ux, mut ud, mut at) = (vec![], vec![], 0);
        for layer in &self.layers {
            let weights = enclosed::Matrix {
                columns: layer.inputs(),
                entries: &v[at..at + layer.weights.entries.len()],
            };
            at += weights.entries.len();
            let mut along = weights.times(&layer.input.mid);
            if layer.bias {
                along.iter_mut().zip(&v[at..at + layer.outputs()]).for_each(|(u, b)| *u += b);
                at += layer.outputs();
            }
            ud.push(weights.transposed_times(&layer.delta.mid));
            ux.push(along);
        }
        Ok(self.outer(&self.directional(&ux, &ud)))
    }

    /// The spectral norm: Lanczos' method on the Hessian's range, then a proved Rayleigh quotient of what it finds.
    pub fn norm(&self) -> HessianNorm {
        let short = quotient::Short::new(&self.layers);
        let vector = approx_leading_vector(short.len(), RESIDUAL, |v| short.apply(self, v));
        let [form, square] = short.quotient(&vector);
        // What is not finite proves nothing; `lower` and `upper` are one-sided, and one division is off by u.
        let lower = form.lower() / square.upper() * (1.0 - 4.0 * f64::EPSILON);
        HessianNorm {
            value: (form.mid / square.mid).abs(),
            lower: if lower.is_finite() && square.is_finite() { lower } else { 0.0 },
            positive: form.mid > 0.0,
        }
    }

    /// `δ̇^l` and the derivative of `x̂^l` (without the constant) in a direction given by `U^l x̂^l` and `(U^l)ᵀ δ^l`.
    fn directional(&self, ux: &[Vec<f64>], ud: &[Vec<f64>]) -> Vec<[Vec<f64>; 2]> {
        let mut out: Vec<[Vec<f64>; 2]> = vec![];
        let mut rates: Vec<Vec<f64>> = vec![];
        for (l, layer) in self.layers.iter().enumerate() {
            let moved = match rates.last() {
                None => vec![0.0; layer.inputs()],
                Some(before) => product(&self.layers[l - 1].slope.mid, before, layer.scale.mid),
            };
            let mut rate = if l == 0 { vec![0.0; layer.outputs()] } else { layer.weights.times(&moved) };
            rate.iter_mut().zip(&ux[l]).for_each(|(z, u)| *z += u);
            rates.push(rate);
            out.push([vec![], moved]);
        }
        let mut beta_rate = vec![0.0];
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let bend = |i: usize| {
                beta_rate[i] * layer.slope.mid[i] + layer.beta.mid[i] * layer.bend.mid[i] * rates[l][i]
            };
            let delta_rate: Vec<f64> = (0..layer.outputs()).map(bend).collect();
            if l > 0 {
                beta_rate = layer.weights.transposed_times(&delta_rate);
                beta_rate.iter_mut().zip(&ud[l]).for_each(|(b, u)| *b = (*b + u) * layer.scale.mid);
            }
            out[l][0] = delta_rate;
        }
        out
    }

    /// `δ̇^l (x̂^l)ᵀ + δ^l (ẋ^l)ᵀ`, written out.
    fn outer(&self, pairs: &[[Vec<f64>; 2]]) -> Vec<f64> {
        let mut out = vec![];
        for (layer, [rate, moved]) in self.layers.iter().zip(pairs) {
            for (r, d) in rate.iter().zip(&layer.delta.mid) {
                out.extend(layer.input.mid.iter().zip(moved).map(|(x, m)| r * x + d * m));
            }
            if layer.bias {
                out.extend(rate);
            }
        }
        out
    }
}

fn product(x: &[f64], y: &[f64], factor: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x * y * factor).collect()
}

#[cfg(test)]
mod tests;
