//! Both feature maps written out: monomials of the step, Taylor coefficients of the network.

use std::collections::BTreeMap;

use num_rational::BigRational;
use rug::{Integer, Rational};

use super::arithmetic::{Computed, Scalar, all, check_order, check_precision};
use super::network::FiniteNetwork;
use super::step::Step;
use crate::number::rational::rational_from_gmp;
use crate::{Accuracy, Ball, Error};

/// Most features that are written out.
pub const MAX_FEATURES: usize = 200_000;

/// The features of an input up to an order `M`, one for each monomial of degree 1 to `M` in the parameters' steps.
///
/// A monomial $\Delta^a = \prod_p \Delta_p^{a_p}$ is the list of its parameters in increasing order, each as often as
/// its exponent, parameters being numbered as in [`FiniteNetwork`]; lists are ordered by length, then as words. With it
/// go
///
/// * the step's feature $\Psi_a(\Delta) = \Delta^a$, and
/// * the input's feature $\Phi_a(x) = \partial^a f(x; W)/a!$, the Taylor coefficient of the output.
///
/// Their sum of products over all $|a| = m$ is the part of order `m` of the output. In the coordinates $\sqrt{m!/a!}\,
/// \Delta^a$ and $\sqrt{a!/m!}\, \Phi_a$ the inner products are $\langle \Delta, \Delta' \rangle^m$ and
///
/// $$ K_m(x, y) = \sum_{|a| = m} \frac{a!}{m!}\, \Phi_a(x)\, \Phi_a(y), $$
///
/// the inner product of the tensors of `m`-th derivatives over $m!^2$; $K_1$ is the empirical tangent kernel. There are
/// $\binom{P + M}{M} - 1$ features of `P` parameters; past [`MAX_FEATURES`] of them
/// [`FiniteNetwork::feature_kernel`] has a kernel that needs no list.
///
/// # Examples
/// ```
/// use ntk_series::finite::{FiniteNetwork, Features};
/// use ntk_series::number::parse_rational;
/// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/2"]]}, {"weights": [[3]]}]}"#;
/// let features = FiniteNetwork::from_json(text)?.features_exact(&[parse_rational("1")?], 3)?;
/// // (3 + Δ_1) (1/2 + Δ_0)² = 3/4 + 3 Δ_0 + 1/4 Δ_1 + 3 Δ_0² + Δ_0 Δ_1 + Δ_0² Δ_1
/// let shown: Vec<String> = features.terms().iter().map(|(a, c)| format!("{a:?} {c}")).collect();
/// assert_eq!(shown, ["[0] 3", "[1] 1/4", "[0, 0] 3", "[0, 1] 1", "[0, 0, 1] 1"]);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Features<T> {
    order: usize,
    terms: Vec<(Vec<u32>, T)>,
}

impl<T> Features<T> {
    /// The monomials with their Taylor coefficients, without those that are certainly zero.
    pub fn terms(&self) -> &[(Vec<u32>, T)] {
        &self.terms
    }
}

impl Features<Ball> {
    /// The parts of order `0, …, M` of the change of the output, `⟨Ψ_m(Δ), Φ_m(x)⟩`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a step that has not all the parameters.
    pub fn pair(&self, step: &Step) -> Result<Vec<Ball>, Error> {
        let precision = self.terms.first().map_or(64, |(_, c)| c.precision());
        pair(self, &all::<Ball>(step.numbers(), precision), precision)
    }

    /// `K_m(x, y)`, `m = 0, …, M`.
    pub fn kernel(&self, other: &Features<Ball>) -> Vec<Ball> {
        kernel(self, other, self.terms.first().map_or(64, |(_, c)| c.precision()))
    }
}

impl Features<BigRational> {
    fn gmp(&self) -> Features<Rational> {
        let terms = self.terms.iter().map(|(a, c)| (a.clone(), crate::number::rational::rational_to_gmp(c)));
        Features { order: self.order, terms: terms.collect() }
    }

    /// The parts of order `0, …, M` of the change of the output, `⟨Ψ_m(Δ), Φ_m(x)⟩`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a step that has not all the parameters.
    pub fn pair(&self, step: &Step) -> Result<Vec<BigRational>, Error> {
        Ok(pair(&self.gmp(), &all::<Rational>(step.numbers(), 0), 0)?.iter().map(rational_from_gmp).collect())
    }

    /// `K_m(x, y)`, `m = 0, …, M`.
    pub fn kernel(&self, other: &Features<BigRational>) -> Vec<BigRational> {
        kernel(&self.gmp(), &other.gmp(), 0).iter().map(rational_from_gmp).collect()
    }
}

fn pair<S: Scalar>(features: &Features<S>, step: &[S], precision: u32) -> Result<Vec<S>, Error> {
    let most = features.terms.iter().filter_map(|(a, _)| a.last()).max();
    if most.is_some_and(|p| *p as usize >= step.len()) {
        let accepted = "one for each parameter of the network is accepted";
        return Err(Error::parameter("number of entries of the step", step.len(), accepted));
    }
    let mut out = vec![S::zero(precision); features.order + 1];
    for (a, c) in &features.terms {
        let term = a.iter().fold(c.clone(), |product, p| product.mul(&step[*p as usize]));
        out[a.len()] = out[a.len()].add(&term);
    }
    Ok(out)
}

fn kernel<S: Scalar>(x: &Features<S>, y: &Features<S>, precision: u32) -> Vec<S> {
    let known: BTreeMap<&[u32], &S> = y.terms.iter().map(|(a, c)| (a.as_slice(), c)).collect();
    let order = x.order.min(y.order);
    let mut out = vec![S::zero(precision); order + 1];
    for (a, c) in x.terms.iter().filter(|(a, _)| a.len() <= order) {
        let Some(d) = known.get(a.as_slice()) else { continue };
        let weight = S::of(&weight(a), precision);
        out[a.len()] = out[a.len()].add(&weight.mul(&c.mul(d)));
    }
    out
}

/// `a!/m!`.
fn weight(a: &[u32]) -> Rational {
    let mut run = 0u32;
    let mut top = Integer::from(1);
    for (i, p) in a.iter().enumerate() {
        run = if i > 0 && a[i - 1] == *p { run + 1 } else { 1 };
        top *= run;
    }
    Rational::from((top, Integer::from(Integer::factorial(a.len() as u32))))
}

/// A polynomial in the steps, up to a degree.
type Polynomial<S> = BTreeMap<Vec<u32>, S>;

fn times<S: Scalar>(a: &Polynomial<S>, b: &Polynomial<S>, order: usize) -> Polynomial<S> {
    let mut out = Polynomial::new();
    for (p, c) in a {
        for (q, d) in b.iter().filter(|(q, _)| p.len() + q.len() <= order) {
            let mut both: Vec<u32> = p.iter().chain(q.iter()).copied().collect();
            both.sort_unstable();
            add(&mut out, both, c.mul(d));
        }
    }
    out
}

fn add<S: Scalar>(to: &mut Polynomial<S>, at: Vec<u32>, c: S) {
    if c.is_zero() {
        return;
    }
    let sum = match to.get(&at) {
        Some(old) => old.add(&c),
        None => c,
    };
    to.insert(at, sum);
}

fn features<S: Scalar>(computed: &Computed<S>, x: &[S], order: usize) -> Result<Features<S>, Error> {
    let precision = computed.precision;
    let parameters = computed.parameters();
    let count = (1..=order).try_fold(1usize, |n, k| n.checked_mul(parameters + k).map(|n| n / k));
    if count.is_none_or(|n| n > MAX_FEATURES) {
        let shown = count.map_or("too many".to_string(), |n| n.to_string());
        let accepted = "at most 200,000 are written out: a lower order or fewer parameters are accepted";
        return Err(Error::parameter("number of features", shown, accepted));
    }
    let constant = |c: &S| {
        let mut out = Polynomial::new();
        add(&mut out, vec![], c.clone());
        out
    };
    let mut alpha: Vec<Polynomial<S>> = x.iter().map(constant).collect();
    let mut number = 0u32;
    for layer in &computed.layers {
        let (first, biased) = (number, layer.at.biases.is_some());
        number += layer.at.weights.len() as u32;
        let mut next = vec![];
        for i in 0..layer.outputs {
            let mut z = Polynomial::new();
            for (j, a) in alpha.iter().enumerate() {
                let place = i * layer.inputs + j;
                let mut weight = constant(&layer.scale.mul(&layer.at.weights[place]));
                add(&mut weight, vec![first + place as u32], layer.scale.clone());
                times(&weight, a, order).into_iter().for_each(|(p, c)| add(&mut z, p, c));
            }
            if let Some(biases) = &layer.at.biases {
                add(&mut z, vec![], biases[i].clone());
                add(&mut z, vec![number + i as u32], S::of(&Rational::from(1), precision));
            }
            next.push(z);
        }
        number += if biased { layer.outputs as u32 } else { 0 };
        alpha = match &layer.local {
            None => next,
            Some(local) => next
                .into_iter()
                .map(|mut z| {
                    let mut series = vec![S::zero(precision); order + 1];
                    series[0] = z.remove(&vec![]).unwrap_or_else(|| S::zero(precision));
                    series[1] = S::of(&Rational::from(1), precision);
                    let a = S::along(local, series, precision)?;
                    // Horner's rule in z - z(0).
                    Ok(a.iter().rev().fold(Polynomial::new(), |out, c| {
                        let mut out = times(&out, &z, order);
                        add(&mut out, vec![], c.clone());
                        out
                    }))
                })
                .collect::<Result<_, Error>>()?,
        };
    }
    let output = alpha.into_iter().next().unwrap_or_default();
    let mut terms: Vec<(Vec<u32>, S)> = output.into_iter().filter(|(a, _)| !a.is_empty()).collect();
    terms.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    Ok(Features { order, terms })
}

impl FiniteNetwork {
    /// The features of an input up to an order, with `precision` bits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::tangent_kernel`], for an order that is not from 1 to 200, and for more
    /// than [`MAX_FEATURES`] features.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::finite::{Architecture, FiniteNetwork, Step};
    /// use ntk_series::number::parse_rational;
    /// let accuracy = ntk_series::Accuracy::relative(20)?;
    /// let shape = Architecture::new(&Activation::parse("tanh")?, &[1, 3, 1])?;
    /// let network = FiniteNetwork::from_seed(&shape, 1)?;
    /// let [x, y] = [[parse_rational("1/2")?], [parse_rational("2")?]];
    /// let [a, b] = [network.features(&x, 2, accuracy)?, network.features(&y, 2, accuracy)?];
    /// assert!(a.kernel(&b)[1].overlaps(&network.tangent_kernel(&x, &y, accuracy)?));
    /// let step = Step::from_seed(&network, 2, &parse_rational("1/10")?)?;
    /// let change = a.pair(&step)?; // order 0, 1 and 2
    /// assert!(change[0].is_exact_zero() && change.len() == 3);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn features(
        &self,
        x: &[BigRational],
        order: usize,
        accuracy: Accuracy,
    ) -> Result<Features<Ball>, Error> {
        let attempt = |precision| self.features_with(x, order, precision);
        accuracy.reach(
            "a feature",
            |found: &Features<Ball>| found.terms.iter().map(|(_, c)| c).collect(),
            attempt,
        )
    }

    /// The same with `precision` bits.
    pub(crate) fn features_with(
        &self,
        x: &[BigRational],
        order: usize,
        precision: u32,
    ) -> Result<Features<Ball>, Error> {
        self.check_one_output()?;
        self.check_input(x)?;
        let computed = Computed::<Ball>::new(self, check_precision(precision)?)?;
        features(&computed, &computed.input(x), check_order(order)?)
    }

    /// The same in rational arithmetic.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::features`] and [`FiniteNetwork::evaluate_exact`].
    pub fn features_exact(&self, x: &[BigRational], order: usize) -> Result<Features<BigRational>, Error> {
        self.check_one_output()?;
        self.check_input(x)?;
        let computed = Computed::<Rational>::new(self, 0)?;
        let found = features(&computed, &computed.input(x), check_order(order)?)?;
        let terms = found.terms.iter().map(|(a, c)| (a.clone(), rational_from_gmp(c)));
        Ok(Features { order: found.order, terms: terms.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use crate::finite::{Architecture, Neighbourhood, Parametrization};
    use crate::number::parse_rational;

    fn point(text: &str) -> Vec<BigRational> {
        text.split(',').map(|c| parse_rational(c).unwrap()).collect()
    }

    fn network(name: &str, widths: &[usize]) -> FiniteNetwork {
        let shape = Architecture::new(&Activation::parse(name).unwrap(), widths).unwrap().with_biases(true);
        FiniteNetwork::from_seed(&shape.with_parametrization(Parametrization::Standard), 2).unwrap()
    }

    /// The two maps pair to the series along the step; the first order of their kernel is the tangent kernel.
    #[test]
    fn pairing_is_the_series() {
        let [x, y] = [point("1/2,-1/3"), point("1,1/5")];
        for name in ["tanh", "gelu", "relu", "x^2"] {
            let network = network(name, &[2, 2, 2, 1]);
            let step = Step::from_seed(&network, 4, &parse_rational("1/1000").unwrap()).unwrap();
            let [a, b] = [&x, &y].map(|x| network.features_with(x, 3, 128).unwrap());
            let near = Neighbourhood::with(&network, &x, 128).unwrap().series(&step, 3).unwrap();
            let pair = a.pair(&step).unwrap();
            assert!((1..=3).all(|m| pair[m].overlaps(&near.orders[m])), "{name}");
            let kernel = a.kernel(&b);
            assert!(kernel[1].overlaps(&network.tangent_kernel_with(&x, &y, 128).unwrap()), "{name}");
            assert!(pair.iter().all(|c| c.radius() < crate::number::Mag::pow2(-100)));
        }
    }

    /// One hidden layer: the terms of second order have half the layerwise weight where two parameters meet.
    #[test]
    fn exact_features() {
        let network = network("x^3 - x", &[2, 2, 1]);
        let [x, y] = [point("1/2,-1/3"), point("1,1/5")];
        let [a, b] = [&x, &y].map(|x| network.features_exact(x, 4).unwrap());
        let step = Step::from_seed(&network, 4, &parse_rational("2").unwrap()).unwrap();
        let change: BigRational = a.pair(&step).unwrap().iter().sum();
        let outputs = [&network, &network.after(&step).unwrap()].map(|n| n.evaluate_exact(&x).unwrap());
        assert_eq!(&outputs[1][0] - &outputs[0][0], change);
        let (symmetric, layerwise) = (a.kernel(&b), network.feature_kernel_exact(&x, &y, 4).unwrap());
        assert_eq!(symmetric[1], layerwise[1]);
        assert_ne!(symmetric[2], layerwise[2]);
    }

    #[test]
    fn too_many_features_are_refused() {
        let network = network("tanh", &[2, 8, 8, 1]);
        let error = network.features_with(&point("1,1"), 6, 64).unwrap_err().to_string();
        assert!(error.contains("features") && !error.contains('\n'), "{error}");
        assert!(network.features_with(&point("1,1"), 1, 64).is_ok());
        let small = self::network("tanh", &[1, 1, 1]);
        let step = Step::new(&small, crate::finite::Numbers::doubles(vec![0.0; 4]).unwrap()).unwrap();
        assert!(network.features_with(&point("1,1"), 1, 64).unwrap().pair(&step).is_err());
    }

    /// A lower order is a higher one cut, and the highest has all: the output after any step.
    #[test]
    fn cut_features_are_the_first_of_all() {
        let x = point("1/2,-1/3");
        for (name, widths, degree) in
            [("x^2 + x", &[2, 1, 1][..], 3), ("x^2", &[2, 1, 1, 1], 7), ("x^3 - x", &[2, 1, 1], 4)]
        {
            let network = network(name, widths);
            let whole = network.features_exact(&x, degree).unwrap();
            for order in 1..degree {
                let cut = network.features_exact(&x, order).unwrap();
                let first: Vec<_> = whole.terms().iter().filter(|(a, _)| a.len() <= order).cloned().collect();
                assert_eq!(cut.terms(), first, "{name}, order {order}");
                let balls = network.features_with(&x, order, 64).unwrap();
                for (a, c) in cut.terms() {
                    let found = balls.terms().iter().find(|(b, _)| a == b);
                    assert!(found.is_some_and(|(_, b)| b.contains_rational(c)), "{name}: {a:?}");
                }
            }
            let step = Step::from_seed(&network, 4, &parse_rational("3").unwrap()).unwrap();
            let parts = whole.pair(&step).unwrap();
            assert_eq!(parts[1..], network.series_exact(&x, &step, degree).unwrap()[1..], "{name}");
        }
    }
}
