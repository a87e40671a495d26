//! Upper bounds on a ball around the weights.
//!
//! Every parameter point at a distance of at most `R` is considered; a base value has an index 0, `s`, `x̂`, `β`, `δ`
//! are as in the module above, `w_l >= |W_0^l|`, and `κ_l`, `λ_l` bound `|φ_l'|`, `|φ_l''|` on the interval `I_l` of
//! all `z_i^l` that can be reached:
//!
//! * forward, `|z^l - z_0^l| <= E_l = R X_l + w_l s_l D_{l-1}`, `|α^l - α_0^l| <= D_l = κ_l E_l`, `|x̂^l| <= X_l`;
//! * backward, `|δ^l - δ_0^l| <= T_l = κ_l G_l + |β_0^l|_∞ λ_l E_l`, `|β^{l-1} - β_0^{l-1}| <= G_{l-1} = s_l (R |δ^l| +
//!   w_l T_l)`;
//! * in a direction `U`, `|ż^l| <= Σ_k c_{lk} |U^k|` with `c_{ll} = X_l`, `c_{lk} = s_l (w_l + R) κ_{l-1} c_{l-1,k}`;
//! * `|⟨U, H U⟩| <= Σ_l (|β^l|_∞ λ_l |ż^l|² + 2 |δ^l| |U^l| s_l κ_{l-1} |ż^{l-1}|)`, a quadratic form in the `|U^k|`
//!   with a matrix of non-negative entries, whose norm is at most `max_i (M x)_i/x_i` for any positive `x` (Collatz and
//!   Wielandt).
//!
//! With a linear output both `|β^l|_∞` and `s_l` are of order `m^{-1/2}`, and all else is of order one. This is the
//! route of Liu, Zhu and Belkin (arXiv 2010.01092: (2,2,1)-norms times the largest entry of `β`), with every constant
//! written out.

use nalgebra::{Cholesky, DMatrix};

use super::enclosed::Matrix;
use super::{Error, Hessian};
use crate::lanczos::approx_leading_vector;
use crate::number::Mag;

/// Proved upper bounds on a ball around the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HessianBound {
    /// Of the Hessian's spectral norm.
    pub hessian: f64,
    /// Of the gradient's norm.
    pub gradient: f64,
    /// Of the change of the tangent kernel at this input from the centre of the ball: `2 sup|∇f| sup|H| R`.
    pub kernel_change: f64,
}

impl Hessian<'_> {
    /// Bounds that hold for all weights and biases at a Euclidean distance of at most `radius` from the network's.
    ///
    /// Takes time cubic in the width, for proved norms of the weights.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a radius that is negative or not finite, and where a pre-activation can reach a kink,
    /// or a bound overflows.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::finite::{Architecture, FiniteNetwork, Hessian};
    /// let shape = Architecture::new(&Activation::parse("tanh")?, &[4, 30, 30, 1])?;
    /// let network = FiniteNetwork::from_seed(&shape, 1)?;
    /// let hessian = Hessian::new(&network, &[1.0; 4])?;
    /// let bound = hessian.bound(0.5)?;
    /// assert!(hessian.norm().value <= bound.hessian && bound.hessian.is_finite());
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn bound(&self, radius: f64) -> Result<HessianBound, Error> {
        if !(radius.is_finite() && radius >= 0.0) {
            return Err(Error::parameter(
                "radius",
                radius,
                "a finite number that is not negative is accepted",
            ));
        }
        let (r, up, n) = (Mag::from_f64(radius), Mag::from_f64, self.layers.len());
        let [mut inputs, mut sums, mut slopes, mut bends, mut norms] = [(); 5].map(|()| vec![]);
        let mut moved = Mag::ZERO;
        for layer in &self.layers {
            let scale = up(layer.scale.upper());
            let plain = up(layer.input.norm_upper()) + scale * moved;
            let augmented = if layer.bias { (plain * plain + Mag::ONE).sqrt() } else { plain };
            let norm = spectral_upper(&layer.weights);
            let sum = r * augmented + norm * scale * moved;
            let far = sum.to_float().to_f64();
            // Two sums off by at most u of them, or by what underflows.
            let wide = |x: f64, sign: f64| x + sign * (4.0 * f64::EPSILON * x.abs() + f64::MIN_POSITIVE);
            let ends = (0..layer.outputs()).map(|i| (layer.sum.mid[i], layer.sum.rad[i] + far));
            let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (z, e)| {
                let e = wide(e, 1.0);
                (low.min(wide(z - e, -1.0)), high.max(wide(z + e, 1.0)))
            });
            let [slope, bend] = match &layer.activation {
                None => [Mag::ONE, Mag::ZERO],
                Some(phi) => phi.derivative_bounds(low, high)?,
            };
            moved = slope * sum;
            inputs.push(augmented);
            sums.push(sum);
            slopes.push(slope);
            bends.push(bend);
            norms.push(norm);
        }
        let mut rows: Vec<Vec<Mag>> = vec![];
        for (l, layer) in self.layers.iter().enumerate() {
            let factor = up(layer.scale.upper()) * (norms[l] + r);
            let mut row: Vec<Mag> = match l {
                0 => vec![],
                _ => rows[l - 1][..l].iter().map(|c| factor * slopes[l - 1] * *c).collect(),
            };
            row.push(inputs[l]);
            rows.push(row);
        }
        let mut matrix = vec![vec![Mag::ZERO; n]; n];
        let (mut beta_moved, mut gradient) = (Mag::ZERO, Mag::ZERO);
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let (scale, largest) = (up(layer.scale.upper()), up(layer.beta.max_upper()));
            let delta_moved = slopes[l] * beta_moved + largest * bends[l] * sums[l];
            let delta = up(layer.delta.norm_upper()) + delta_moved;
            let curved = (largest + beta_moved) * bends[l];
            for (i, a) in rows[l].iter().enumerate() {
                for (j, b) in rows[l].iter().enumerate() {
                    matrix[i][j] = matrix[i][j] + curved * *a * *b;
                }
            }
            if l > 0 {
                for (k, c) in rows[l - 1].iter().enumerate() {
                    let mixed = delta * scale * slopes[l - 1] * *c;
                    matrix[l][k] = matrix[l][k] + mixed;
                    matrix[k][l] = matrix[k][l] + mixed;
                }
            }
            gradient = gradient + (delta * inputs[l]).pow(2);
            beta_moved = scale * (r * delta + norms[l] * delta_moved);
        }
        let (hessian, gradient) = (largest_root(&matrix), gradient.sqrt());
        let change = (hessian * gradient * r).shl(1);
        let [hessian, gradient, kernel_change] = [hessian, gradient, change].map(rounded_up);
        if !(hessian.is_finite() && gradient.is_finite() && kernel_change.is_finite()) {
            return Err(Error::parameter(
                "radius",
                radius,
                "a radius is accepted for which the bounds are below 2^1024",
            ));
        }
        Ok(HessianBound { hessian, gradient, kernel_change })
    }
}

/// A double that is not below; bounds have 30 bits, so only what underflows is rounded.
fn rounded_up(bound: Mag) -> f64 {
    let double = bound.to_float().to_f64();
    if bound.is_zero() { 0.0 } else { double.max(f64::MIN_POSITIVE) }
}

/// An upper bound of the spectral norm of a symmetric matrix with non-negative entries: `max_i (M x)_i/x_i` with a
/// positive `x` that some steps of the power method leave.
fn largest_root(matrix: &[Vec<Mag>]) -> Mag {
    let times = |x: &[f64]| -> Vec<Mag> {
        let row = |row: &Vec<Mag>| row.iter().zip(x).fold(Mag::ZERO, |s, (m, x)| s + *m * Mag::from_f64(*x));
        matrix.iter().map(row).collect()
    };
    let mut x = vec![1.0; matrix.len()];
    let quotient = |x: &[f64]| {
        let all = times(x).into_iter().zip(x).map(|(y, x)| y.div_by_lower(Mag::from_f64(*x)));
        all.fold(Mag::ZERO, Mag::max)
    };
    let mut best = quotient(&x);
    for _ in 0..60 {
        let y: Vec<f64> = times(&x).iter().map(|m| m.to_float().to_f64()).collect();
        let top = y.iter().copied().fold(0.0, f64::max);
        if !(top > 0.0 && top.is_finite()) {
            break;
        }
        // Doubles between 2^-52 and 1: exact as bounds from both sides.
        x.iter_mut().zip(y).for_each(|(x, y)| *x = (*x / 2.0 + y / top / 2.0).max(f64::EPSILON));
        best = best.min(quotient(&x));
    }
    best
}

/// A proved upper bound of the spectral norm: `c I - G`, `G = W Wᵀ` or `Wᵀ W` in doubles, has a Cholesky factor in
/// doubles.
fn spectral_upper(w: &Matrix) -> Mag {
    let (rows, columns) = (w.rows(), w.columns);
    // |W| <= |W|_F; the sum of n squares is off by less than 2 n u of itself, and by what underflows.
    let square: f64 = w.entries.iter().map(|x| x * x).sum();
    let count = w.entries.len() as f64;
    let frobenius2 = square * (1.0 + 4.0 * count * f64::EPSILON) + (count + 1.0) * f64::MIN_POSITIVE;
    let frobenius = Mag::from_f64(frobenius2).sqrt();
    let (n, inner) = (rows.min(columns), rows.max(columns));
    if n < 3 || !frobenius2.is_finite() {
        return frobenius;
    }
    let full = DMatrix::from_row_slice(rows, columns, w.entries);
    let product = if rows <= columns { &full * full.transpose() } else { full.tr_mul(&full) };
    let v = approx_leading_vector(columns, 1e-4, |v| w.transposed_times(&w.times(v)));
    let guess = w.times(&v).iter().map(|x| x * x).sum::<f64>();
    let c = guess * 1.01;
    let mut shifted = -product;
    (0..n).for_each(|i| shifted[(i, i)] += c);
    let proved =
        Cholesky::new(shifted).is_some_and(|f| f.l().diagonal().iter().all(|x| *x > 0.0 && x.is_finite()));
    if !proved {
        return frobenius;
    }
    // Products: |G - fl G| <= γ_inner |W||W|ᵀ entry by entry, of norm at most γ_inner |W|_F². Diagonal: off by u (c + |W|_F²).
    // Factor: c I - G + E = L Lᵀ with |E| <= γ_{n+1}/(1 - γ_{n+1}) times the trace, at most n c (Demmel; Rump). γ_k <= 2 k u here.
    let (inner, n) = (inner as f64, n as f64);
    let slack = f64::EPSILON * ((inner + 2.0) * frobenius2 + (2.0 * n + 4.0) * n * c + c);
    let slack = slack + (count + n * n) * f64::MIN_POSITIVE;
    // A few roundings of sums and products of non-negative numbers.
    Mag::from_f64((c + slack) * (1.0 + 32.0 * f64::EPSILON)).sqrt().min(frobenius)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use crate::finite::{Architecture, FiniteNetwork, Generator, Numbers, Parametrization};

    #[test]
    fn spectral_norms() {
        let mut stream = Generator::new(1);
        for (rows, columns) in [(1, 5), (2, 2), (4, 9), (40, 30), (200, 200)] {
            let entries: Vec<f64> = (0..rows * columns).map(|_| stream.normal()).collect();
            let truth = DMatrix::from_row_slice(rows, columns, &entries).singular_values()[0];
            let bound = spectral_upper(&Matrix { columns, entries: &entries }).to_float().to_f64();
            assert!(bound >= truth * (1.0 - 1e-13), "{bound} {truth}");
            assert!(rows < 3 || bound < 1.02 * truth, "{bound} {truth}");
        }
    }

    /// The norm, the gradient and the change of the kernel at random points of the ball stay below the bounds.
    #[test]
    fn bounds_hold_on_the_ball() {
        let phi = |name: &str| Activation::parse(name).unwrap();
        let mut stream = Generator::new(2);
        for case in 0..150u64 {
            let name = ["tanh", "gelu", "sin", "x^2/4+x", "sigmoid", "softplus"][case as usize % 6];
            let widths = [&[2, 5, 1][..], &[3, 6, 4, 1], &[2, 4, 1, 4, 1]][case as usize % 3];
            let shape = Architecture::new(&phi(name), widths).unwrap().with_biases(case % 2 == 0);
            let shape = if case % 5 == 0 { shape.with_output(Some(phi("tanh"))) } else { shape };
            let shape =
                if case % 7 == 0 { shape.with_parametrization(Parametrization::Standard) } else { shape };
            let network = FiniteNetwork::from_seed(&shape, case).unwrap();
            let x: Vec<f64> = (0..widths[0]).map(|_| stream.normal()).collect();
            let radius = 0.7 * stream.uniform().abs();
            let base = Hessian::new(&network, &x).unwrap();
            let bound = base.bound(radius).unwrap();
            let kernel = base.kernel(&base).unwrap();
            assert!(base.norm().lower <= bound.hessian && base.bound(0.0).unwrap().hessian <= bound.hessian);
            for _ in 0..3 {
                let step: Vec<f64> = (0..network.parameters()).map(|_| stream.normal()).collect();
                let length = step.iter().map(|x| x * x).sum::<f64>().sqrt() * (1.0 + 1e-12);
                let list = network.layers().iter().flat_map(|l| {
                    let biases = l.biases().map(|b| b.as_doubles().unwrap().to_vec()).unwrap_or_default();
                    [l.weights().as_doubles().unwrap().to_vec(), biases].concat()
                });
                let list = list.zip(&step).map(|(w, s)| w + s * radius / length).collect();
                let there = FiniteNetwork::from_parameters(&shape, &Numbers::doubles(list).unwrap()).unwrap();
                let there = Hessian::new(&there, &x).unwrap();
                assert!(there.norm().lower <= bound.hessian, "{case} {bound:?} {:?}", there.norm());
                let moved = there.kernel(&there).unwrap();
                assert!(moved.value.sqrt() <= bound.gradient * (1.0 + 1e-12));
                let change = (moved.value - kernel.value).abs() - moved.error - kernel.error;
                assert!(change <= bound.kernel_change * (1.0 + 1e-12), "{case} {change} {bound:?}");
            }
        }
    }

    /// 16 times the width: about a quarter for a linear output, up to the logarithm; and not far above the norm.
    #[test]
    fn bounds_fall_like_the_root_of_the_width() {
        let phi = Activation::parse("tanh").unwrap();
        let bound = |width: usize| {
            let shape = Architecture::new(&phi, &[4, width, width, 1]).unwrap();
            let network = FiniteNetwork::from_seed(&shape, 3).unwrap();
            Hessian::new(&network, &[1.0; 4]).unwrap().bound(1.0).unwrap().hessian
        };
        let ratio = bound(512) / bound(32);
        assert!(ratio < 0.45 && ratio > 0.1, "{ratio}");
    }

    #[test]
    fn what_has_no_bound() {
        let relu = Architecture::new(&Activation::parse("relu").unwrap(), &[2, 3, 1]).unwrap();
        let network = FiniteNetwork::from_seed(&relu, 1).unwrap();
        let at = Hessian::new(&network, &[1.0, 1.0]).unwrap();
        for radius in [10.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(at.bound(radius).unwrap_err().to_string().contains("accepted"));
        }
    }
}
