//! The kernels of the series, order by order, and the tangent kernel.

use crate::parallel::*;
use num_rational::BigRational;
use rug::Rational;

use super::arithmetic::{Affine, Computed, Scalar, all, check_order, check_precision, product};
use super::network::FiniteNetwork;
use super::step::Step;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};
use crate::{Accuracy, Ball, Error};

/// Most products that one kernel may take.
const MAX_WORK: usize = 30_000_000;

/// The gradient of the output in all parameters, by the chain rule from the output backwards.
pub(crate) fn gradient<S: Scalar>(computed: &Computed<S>, x: &[S]) -> Result<Vec<S>, Error> {
    let (precision, one) = (computed.precision, S::of(&Rational::from(1), computed.precision));
    let (mut alphas, mut slopes) = (vec![x.to_vec()], vec![]);
    for layer in &computed.layers {
        let z = computed.affine(layer, &layer.at, &alphas[alphas.len() - 1]);
        let (mut alpha, mut slope) = (vec![], vec![]);
        for z in z {
            match &layer.local {
                None => {
                    alpha.push(z);
                    slope.push(one.clone());
                }
                Some(local) => {
                    let mut both = S::along(local, vec![z, one.clone()], precision)?.into_iter();
                    alpha.extend(both.next());
                    slope.extend(both.next());
                }
            }
        }
        alphas.push(alpha);
        slopes.push(slope);
    }
    // ∂f/∂z of the layer's neurons, times s where weights take part.
    let mut delta: Vec<S> = slopes.pop().unwrap_or_default();
    let mut parts = vec![];
    for (l, layer) in computed.layers.iter().enumerate().rev() {
        let scaled: Vec<S> = delta.iter().map(|d| d.mul(&layer.scale)).collect();
        let mut part: Vec<S> = scaled.iter().flat_map(|d| alphas[l].iter().map(|a| d.mul(a))).collect();
        if layer.at.biases.is_some() {
            part.extend(delta.iter().cloned());
        }
        parts.push(part);
        let Some(slope) = slopes.pop() else { break };
        let back = |j: usize| {
            let terms =
                scaled.iter().enumerate().map(|(i, d)| d.mul(&layer.at.weights[i * layer.inputs + j]));
            terms.fold(S::zero(precision), |sum, term| sum.add(&term)).mul(&slope[j])
        };
        delta = (0..layer.inputs).map(back).collect();
    }
    Ok(parts.into_iter().rev().flatten().collect())
}

/// A matrix of series, row by row.
struct Matrix<S> {
    size: usize,
    entries: Vec<Vec<S>>,
}

/// The kernel's coefficients of order `0..=order` (that of order 0 is zero).
fn feature_kernel<S: Scalar>(
    computed: &Computed<S>,
    [x, y]: [&[S]; 2],
    order: usize,
) -> Result<Vec<S>, Error> {
    let precision = computed.precision;
    let widest = computed.layers.iter().map(|l| l.outputs.max(l.inputs)).max().unwrap_or(0);
    let work = widest.saturating_mul(widest).saturating_mul(widest.saturating_mul(order) + order.pow(3));
    if work > MAX_WORK {
        let what = format!("the kernel of the series to order {order}");
        let why = "widths and orders with width² (width · order + order³) up to 3·10^7 are accepted";
        return Err(Error::TooMuchWork { what, why: why.to_string() });
    }
    let zero = || vec![S::zero(precision); order + 1];
    let mut alphas = [x.to_vec(), y.to_vec()];
    // The kernel of the changes of the layer's inputs: none at first.
    let mut kernel = Matrix { size: x.len(), entries: vec![zero(); x.len() * x.len()] };
    for layer in &computed.layers {
        let square = layer.scale.mul(&layer.scale);
        // What ΔW and Δb add to the diagonal, one order higher.
        let mut own = zero();
        for (i, (a, b)) in alphas[0].iter().zip(&alphas[1]).enumerate() {
            own[0] = own[0].add(&a.mul(b));
            own.iter_mut().zip(&kernel.entries[i * kernel.size + i]).for_each(|(o, k)| *o = o.add(k));
        }
        own.iter_mut().for_each(|o| *o = o.mul(&square));
        if layer.at.biases.is_some() {
            own[0] = own[0].add(&S::of(&Rational::from(1), precision));
        }
        let mut next = sandwiched(layer.outputs, &layer.at.weights, &kernel, &square, precision);
        for k in 0..layer.outputs {
            let entry = &mut next.entries[k * layer.outputs + k];
            (0..order).for_each(|m| entry[m + 1] = entry[m + 1].add(&own[m]));
        }
        let z = [0, 1].map(|side| computed.affine(layer, &layer.at, &alphas[side]));
        let Some(local) = &layer.local else {
            (alphas, kernel) = (z, next);
            continue;
        };
        let expanded = |z: &Vec<S>| {
            let series = |z: &S| {
                let mut series = vec![S::zero(precision); order + 1];
                series[0] = z.clone();
                series[1] = S::of(&Rational::from(1), precision);
                S::along(local, series, precision)
            };
            z.iter().map(series).collect::<Result<Vec<Vec<S>>, Error>>()
        };
        let a = [expanded(&z[0])?, expanded(&z[1])?];
        alphas = [0, 1].map(|side| a[side].iter().map(|c| c[0].clone()).collect());
        let size = next.size;
        next.entries.par_iter_mut().enumerate().for_each(|(at, entry)| {
            if entry.iter().any(|c| !c.is_zero()) {
                *entry = composed(&a[0][at / size], &a[1][at % size], entry, precision);
            }
        });
        kernel = next;
    }
    Ok(kernel.entries.swap_remove(0))
}

/// `s² W K Wᵀ`.
fn sandwiched<S: Scalar>(rows: usize, w: &[S], k: &Matrix<S>, square: &S, precision: u32) -> Matrix<S> {
    let len = k.entries.first().map_or(0, Vec::len);
    let n = k.size;
    let mut out = vec![vec![S::zero(precision); len]; rows * rows];
    let full: Vec<usize> = (0..len).filter(|&m| !k.entries.iter().all(|e| e[m].is_zero())).collect();
    let of_row = |(a, out): (usize, &mut [Vec<S>])| {
        for &m in &full {
            // One row of W K.
            let row = |j: usize| {
                let terms = (0..n).filter(|i| !k.entries[i * n + j][m].is_zero());
                terms.fold(S::zero(precision), |sum, i| sum.add(&w[a * n + i].mul(&k.entries[i * n + j][m])))
            };
            let left: Vec<S> = (0..n).map(row).collect();
            for (b, out) in out.iter_mut().enumerate() {
                let terms = left.iter().zip(&w[b * n..(b + 1) * n]);
                let sum = terms.fold(S::zero(precision), |sum, (x, y)| sum.add(&x.mul(y)));
                out[m] = sum.mul(square);
            }
        }
    };
    out.par_chunks_mut(rows).enumerate().for_each(of_row);
    Matrix { size: rows, entries: out }
}

/// `Σ_{m>=1} a_m b_m K^m`, by Horner's rule.
fn composed<S: Scalar>(a: &[S], b: &[S], kernel: &[S], precision: u32) -> Vec<S> {
    let mut out = vec![S::zero(precision); kernel.len()];
    for (x, y) in a.iter().zip(b).skip(1).rev() {
        out[0] = out[0].add(&x.mul(y));
        out = product(&out, kernel, precision);
    }
    out
}

/// The inner products of the step's features, order by order.
fn step_kernel<S: Scalar>(steps: [&[Affine<S>]; 2], computed: &Computed<S>, order: usize) -> Vec<S> {
    let precision = computed.precision;
    let dot = |a: &[S], b: &[S]| a.iter().zip(b).fold(S::zero(precision), |sum, (x, y)| sum.add(&x.mul(y)));
    let one = S::of(&Rational::from(1), precision);
    let mut inner = vec![S::zero(precision); order + 1];
    for (l, layer) in computed.layers.iter().enumerate() {
        let [a, b] = steps.map(|s| &s[l]);
        let weights = dot(&a.weights, &b.weights);
        let biases = match (&a.biases, &b.biases) {
            (Some(a), Some(b)) => dot(a, b),
            _ => S::zero(precision),
        };
        // ΔW together with 1 and with the features before, one order higher.
        let before = inner.clone();
        for m in 0..order {
            let own = if m == 0 { before[0].add(&one) } else { before[m].clone() };
            inner[m + 1] = inner[m + 1].add(&own.mul(&weights));
        }
        inner[1] = inner[1].add(&biases);
        if layer.local.is_some() {
            let ones = vec![one.clone(); order + 1];
            inner = composed(&ones, &ones, &inner, precision);
        }
    }
    inner
}

impl FiniteNetwork {
    /// The parts of the output of order `0, …, order` in a step, in rational arithmetic: past the degree of the output
    /// in the step the series has ended, and their sum is the output after the step.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::evaluate_exact`], for more than one output and an order that is not
    /// from 1 to 200. For an activation of several pieces the parts belong to the pieces at the weights; whether the
    /// step stays in them [`Neighbourhood::reach`](super::Neighbourhood::reach) tells.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::{FiniteNetwork, Numbers, Step};
    /// use ntk_series::number::parse_rational;
    /// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/2"]]}, {"weights": [[3]]}]}"#;
    /// let network = FiniteNetwork::from_json(text)?;
    /// let step = Step::new(&network, Numbers::doubles(vec![1.0, -1.0])?)?;
    /// let x = [parse_rational("1")?];
    /// let orders = network.series_exact(&x, &step, 3)?;
    /// // (3 - t) (1/2 + t)²
    /// assert_eq!(orders.iter().map(|c| c.to_string()).collect::<Vec<_>>(), ["3/4", "11/4", "2", "-1"]);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn series_exact(
        &self,
        x: &[BigRational],
        step: &Step,
        order: usize,
    ) -> Result<Vec<BigRational>, Error> {
        self.check_one_output()?;
        self.check_input(x)?;
        step.check(self.parameters())?;
        let computed = Computed::<Rational>::new(self, 0)?;
        let cut = computed.cut(&all(step.numbers(), 0));
        let out = computed.along(&computed.input(x), &cut, check_order(order)?)?.swap_remove(0);
        Ok(out.iter().map(rational_from_gmp).collect())
    }

    /// The empirical tangent kernel $\langle \nabla_W f(x), \nabla_W f(y) \rangle$.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::evaluate`], for more than one output, and for a pre-activation at a
    /// breakpoint.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::FiniteNetwork;
    /// use ntk_series::number::parse_rational;
    /// let accuracy = ntk_series::Accuracy::relative(20)?;
    /// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/2"]]}, {"weights": [[3]]}]}"#;
    /// let x = [parse_rational("1")?];
    /// let kernel = FiniteNetwork::from_json(text)?.tangent_kernel(&x, &x, accuracy)?;
    /// assert!(kernel.contains_rational(&parse_rational("145/16")?)); // 3² + (1/4)²
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn tangent_kernel(
        &self,
        x: &[BigRational],
        y: &[BigRational],
        accuracy: Accuracy,
    ) -> Result<Ball, Error> {
        accuracy.reach(
            "the tangent kernel",
            |found| vec![found],
            |precision| self.tangent_kernel_with(x, y, precision),
        )
    }

    /// The same with `precision` bits.
    pub(crate) fn tangent_kernel_with(
        &self,
        x: &[BigRational],
        y: &[BigRational],
        precision: u32,
    ) -> Result<Ball, Error> {
        self.pair::<Ball, _>([x, y], check_precision(precision)?, |computed, [x, y]| {
            let [a, b] = [gradient(computed, x)?, gradient(computed, y)?];
            Ok(Ball::sum(precision, &a.iter().zip(&b).map(|(a, b)| a * b).collect::<Vec<_>>()))
        })
    }

    /// The tangent kernel in rational arithmetic.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::tangent_kernel`] and [`FiniteNetwork::evaluate_exact`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::FiniteNetwork;
    /// use ntk_series::number::parse_rational;
    /// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/2"]]}, {"weights": [[3]]}]}"#;
    /// let x = [parse_rational("1")?];
    /// let network = FiniteNetwork::from_json(text)?;
    /// assert_eq!(network.tangent_kernel_exact(&x, &x)?.to_string(), "145/16");
    /// assert_eq!(network.feature_kernel_exact(&x, &x, 1)?[1].to_string(), "145/16");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn tangent_kernel_exact(&self, x: &[BigRational], y: &[BigRational]) -> Result<BigRational, Error> {
        self.pair::<Rational, _>([x, y], 0, |computed, [x, y]| {
            let [a, b] = [gradient(computed, x)?, gradient(computed, y)?];
            let sum = a.iter().zip(&b).fold(Rational::new(), |sum, (a, b)| sum + Rational::from(a * b));
            Ok(rational_from_gmp(&sum))
        })
    }

    /// The kernel $K_m(x, y) = \langle \Phi_m(x), \Phi_m(y) \rangle$ of the layerwise features, `m = 0, …, order` (with
    /// $K_0 = 0$: the features are those of the change).
    ///
    /// The features are built layer by layer; a step's do not depend on the input, and an input's not on the step. With
    /// $\Delta z_i = \langle \Psi, \Phi_i \rangle$ for the neurons of a layer,
    ///
    /// * $\Delta\alpha_i = \sum_{m \ge 1} a_{i,m} (\Delta z_i)^m = \langle \bigoplus_m \Psi^{\otimes m}, \bigoplus_m
    ///   a_{i,m} \Phi_i^{\otimes m} \rangle =: \langle \Psi', \Phi'_i \rangle$, the $a_{i,m}$ being the activation's
    ///   Taylor coefficients;
    /// * in the next layer $\Delta z_k = s \sum_i W_{ki} \Delta\alpha_i + s \sum_i \Delta W_{ki} (\alpha_i +
    ///   \Delta\alpha_i) + \Delta b_k$ pairs $\Psi' \oplus (\Delta W \otimes (1 \oplus \Psi')) \oplus \Delta b$ with $s
    ///   \sum_i W_{ki} \Phi'_i \oplus (s\, e_k \otimes (\alpha_i \oplus \Phi'_i))_i \oplus e_k$.
    ///
    /// Each feature of the step is a monomial in its entries, of some order; the sum over all of order `m` is the part
    /// of order `m` of the output. So the kernels are matrices $K_{kk'}$ of power series in a variable that counts the
    /// order: composition with the activations is $\sum_m a_{i,m} a'_{j,m} K_{ij}^m$, and layers act by $s^2 W K
    /// W^{\mathsf T}$ and a diagonal. $K_1$ is the empirical tangent kernel, exactly.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::tangent_kernel`], for an order that is not from 1 to 200, and when the
    /// work would be too much.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::finite::{Architecture, FiniteNetwork};
    /// use ntk_series::number::parse_rational;
    /// let accuracy = ntk_series::Accuracy::relative(20)?;
    /// let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 8, 1])?;
    /// let network = FiniteNetwork::from_seed(&shape, 1)?;
    /// let [x, y] = [["1/2", "1"], ["-1/3", "2"]].map(|p| p.map(|c| parse_rational(c).unwrap()));
    /// let orders = network.feature_kernel(&x, &y, 6, accuracy)?;
    /// assert!(orders[1].overlaps(&network.tangent_kernel(&x, &y, accuracy)?));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn feature_kernel(
        &self,
        x: &[BigRational],
        y: &[BigRational],
        order: usize,
        accuracy: Accuracy,
    ) -> Result<Vec<Ball>, Error> {
        let what = "the kernel of the features";
        let attempt = |precision| self.feature_kernel_with(x, y, order, precision);
        accuracy.reach(what, |list| list.iter().collect(), attempt)
    }

    /// The same with `precision` bits.
    pub(crate) fn feature_kernel_with(
        &self,
        x: &[BigRational],
        y: &[BigRational],
        order: usize,
        precision: u32,
    ) -> Result<Vec<Ball>, Error> {
        let order = check_order(order)?;
        self.pair([x, y], check_precision(precision)?, |computed, pair| feature_kernel(computed, pair, order))
    }

    /// The same in rational arithmetic.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::feature_kernel`] and [`FiniteNetwork::evaluate_exact`].
    pub fn feature_kernel_exact(
        &self,
        x: &[BigRational],
        y: &[BigRational],
        order: usize,
    ) -> Result<Vec<BigRational>, Error> {
        let order = check_order(order)?;
        self.pair::<Rational, _>([x, y], 0, |computed, pair| {
            Ok(feature_kernel(computed, pair, order)?.iter().map(rational_from_gmp).collect())
        })
    }

    /// $\langle \Psi_m(\Delta), \Psi_m(\Delta') \rangle$, `m = 0, …, order`, of the layerwise features of two steps: as
    /// [`FiniteNetwork::feature_kernel`] is for inputs. By the Cauchy-Schwarz inequality the part of order `m` of the
    /// output along $\Delta$ is at most $\sqrt{\lVert\Psi_m(\Delta)\rVert^2 K_m(x, x)}$.
    ///
    /// # Errors
    /// [`Error::Parameter`] for steps of another network or an order that is not from 1 to 200.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::{FiniteNetwork, Numbers, Step};
    /// use ntk_series::number::parse_rational;
    /// let accuracy = ntk_series::Accuracy::relative(20)?;
    /// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/2"]]}, {"weights": [[3]]}]}"#;
    /// let network = FiniteNetwork::from_json(text)?;
    /// let step = Step::new(&network, Numbers::doubles(vec![2.0, -1.0])?)?;
    /// let norms = network.step_kernel([&step, &step], 3, accuracy)?;
    /// assert!(norms[1].contains_rational(&parse_rational("5")?)); // 2² + 1²
    /// assert!(norms[2].contains_rational(&parse_rational("20")?)); // Δ_0² and Δ_0 Δ_1: 2⁴ + (2·1)²
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn step_kernel(
        &self,
        steps: [&Step; 2],
        order: usize,
        accuracy: Accuracy,
    ) -> Result<Vec<Ball>, Error> {
        let what = "the kernel of the steps";
        let attempt = |precision| self.step_kernel_with(steps, order, precision);
        accuracy.reach(what, |list| list.iter().collect(), attempt)
    }

    /// The same with `precision` bits.
    pub(crate) fn step_kernel_with(
        &self,
        steps: [&Step; 2],
        order: usize,
        precision: u32,
    ) -> Result<Vec<Ball>, Error> {
        let computed = Computed::<Ball>::new(self, check_precision(precision)?)?;
        steps.iter().try_for_each(|s| s.check(self.parameters()))?;
        let cut = steps.map(|s| computed.cut(&all(s.numbers(), computed.precision)));
        Ok(step_kernel([&cut[0], &cut[1]], &computed, check_order(order)?))
    }

    fn pair<S: Scalar, T>(
        &self,
        inputs: [&[BigRational]; 2],
        precision: u32,
        f: impl Fn(&Computed<S>, [&[S]; 2]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_one_output()?;
        inputs.iter().try_for_each(|x| self.check_input(x))?;
        let computed = Computed::<S>::new(self, precision)?;
        let [x, y] =
            inputs.map(|x| x.iter().map(|c| S::of(&rational_to_gmp(c), precision)).collect::<Vec<S>>());
        f(&computed, [&x, &y])
    }
}

#[cfg(test)]
mod tests;
