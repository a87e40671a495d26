//! Fully connected networks with their weights.

use num_rational::BigRational;

use super::generator::Generator;
use super::weights::Numbers;
use crate::Error;
use crate::activation::Activation;

/// Most layers of weights.
pub(crate) const MAX_LAYERS: usize = 1001;
/// Most parameters of a network.
pub(crate) const MAX_PARAMETERS: usize = 1 << 28;

/// What weights are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Parametrization {
    /// By $1/\sqrt{n}$, `n` the number of the layer's inputs; weights from a seed have variance 1.
    #[default]
    Ntk,
    /// By 1; weights from a seed have variance `1/n`.
    Standard,
}

/// The shape of a network, without its weights.
///
/// # Examples
/// ```
/// use ntk_series::Activation;
/// use ntk_series::finite::Architecture;
/// let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 8, 1])?.with_biases(true);
/// assert_eq!(shape.parameters(), 3 * 8 + 9 * 8 + 9);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Architecture {
    /// `n_0, …, n_{L+1}`.
    widths: Vec<usize>,
    /// One a layer of weights; `None`: linear.
    activations: Vec<Option<Activation>>,
    biases: bool,
    parametrization: Parametrization,
}

impl Architecture {
    /// Widths from the input to the output, one activation for all hidden layers, a linear output, no biases, the NTK
    /// parametrization.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two widths, more than 1002, a width of 0, or more than 2^28 parameters.
    pub fn new(activation: &Activation, widths: &[usize]) -> Result<Architecture, Error> {
        let hidden = widths.len().saturating_sub(2);
        let list = std::iter::repeat_n(Some(activation.clone()), hidden.min(MAX_LAYERS)).chain([None]);
        Architecture::with_activations(list.collect(), widths)
    }

    /// Widths from the input to the output, and an activation (`None`: linear) for each of them but the first.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`Architecture::new`], and when there is not one activation for each layer of weights.
    pub fn with_activations(
        activations: Vec<Option<Activation>>,
        widths: &[usize],
    ) -> Result<Architecture, Error> {
        if !(2..=MAX_LAYERS + 1).contains(&widths.len()) {
            return Err(Error::parameter("number of widths", widths.len(), "2 to 1002 are accepted"));
        }
        if activations.len() + 1 != widths.len() {
            let accepted = format!("{} are accepted, one for each width but the first", widths.len() - 1);
            return Err(Error::parameter("number of activations", activations.len(), &accepted));
        }
        if let Some(width) = widths.iter().find(|n| !(1..=MAX_PARAMETERS).contains(*n)) {
            return Err(Error::parameter("width", width, "1 to 2^28 is accepted"));
        }
        let shape = Architecture {
            widths: widths.to_vec(),
            activations,
            biases: false,
            parametrization: Parametrization::Ntk,
        };
        // Biases or not, so that they can be asked for later.
        let most =
            widths.windows(2).fold(0usize, |sum, w| sum.saturating_add((w[0] + 1).saturating_mul(w[1])));
        if most > MAX_PARAMETERS {
            return Err(Error::parameter("number of parameters", most, "at most 2^28 are accepted"));
        }
        Ok(shape)
    }

    /// The same with or without biases, in every layer.
    pub fn with_biases(mut self, biases: bool) -> Architecture {
        self.biases = biases;
        self
    }

    /// The same with another output: `None` is linear.
    pub fn with_output(mut self, output: Option<Activation>) -> Architecture {
        if let Some(last) = self.activations.last_mut() {
            *last = output;
        }
        self
    }

    /// The same in another parametrization.
    pub fn with_parametrization(mut self, parametrization: Parametrization) -> Architecture {
        self.parametrization = parametrization;
        self
    }

    /// Widths from the input to the output.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// The number of weights and biases.
    pub fn parameters(&self) -> usize {
        self.widths.windows(2).map(|w| (w[0] + usize::from(self.biases)) * w[1]).sum()
    }
}

/// One layer: `z = s W α + b`, then its activation.
#[derive(Clone, Debug)]
pub struct FiniteLayer {
    inputs: usize,
    outputs: usize,
    weights: Numbers,
    biases: Option<Numbers>,
    activation: Option<Activation>,
}

impl FiniteLayer {
    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The weights, row by row: that from input `j` to output `i` is at `i * inputs + j`.
    pub fn weights(&self) -> &Numbers {
        &self.weights
    }

    /// The biases, if there are any.
    pub fn biases(&self) -> Option<&Numbers> {
        self.biases.as_ref()
    }

    /// The activation; `None` for a linear layer.
    pub fn activation(&self) -> Option<&Activation> {
        self.activation.as_ref()
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.weights.len() + self.biases.as_ref().map_or(0, Numbers::len)
    }
}

/// A fully connected network with its weights.
///
/// Its parameters are numbered layer by layer: the weights row by row, then the biases.
///
/// # Examples
/// ```
/// use ntk_series::Activation;
/// use ntk_series::finite::{Architecture, FiniteNetwork};
/// let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 8, 1])?;
/// let network = FiniteNetwork::from_seed(&shape, 1)?;
/// assert_eq!((network.layers().len(), network.parameters()), (3, 88));
/// assert_eq!(network.layers()[1].weights().as_doubles().unwrap().len(), 64);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FiniteNetwork {
    parametrization: Parametrization,
    layers: Vec<FiniteLayer>,
}

impl FiniteNetwork {
    /// Weights and biases drawn from a seed: doubles from one stream of [`Generator::normal`], in the order in which
    /// parameters are numbered. In the NTK parametrization each is standard normal; in the standard one a weight is
    /// divided by the rounded root of its layer's number of inputs, and biases are standard normal.
    ///
    /// # Errors
    /// None for a shape that [`Architecture`] accepts.
    pub fn from_seed(shape: &Architecture, seed: u64) -> Result<FiniteNetwork, Error> {
        let mut stream = Generator::new(seed);
        let layers = shape.widths.windows(2).zip(&shape.activations).map(|(w, activation)| {
            let divisor = match shape.parametrization {
                Parametrization::Ntk => 1.0,
                Parametrization::Standard => (w[0] as f64).sqrt(),
            };
            let weights = (0..w[0] * w[1]).map(|_| stream.normal() / divisor).collect();
            let biases = shape.biases.then(|| (0..w[1]).map(|_| stream.normal()).collect());
            Ok(FiniteLayer {
                inputs: w[0],
                outputs: w[1],
                weights: Numbers::doubles(weights)?,
                biases: biases.map(Numbers::doubles).transpose()?,
                activation: activation.clone(),
            })
        });
        Ok(FiniteNetwork {
            parametrization: shape.parametrization,
            layers: layers.collect::<Result<_, Error>>()?,
        })
    }

    /// Given parameters, in the order in which they are numbered.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are not [`Architecture::parameters`] of them.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::finite::{Architecture, FiniteNetwork, Numbers};
    /// let shape = Architecture::new(&Activation::parse("x^2")?, &[2, 1, 1])?;
    /// let network = FiniteNetwork::from_parameters(&shape, &Numbers::doubles(vec![1.0, -2.0, 0.5])?)?;
    /// assert_eq!(network.layers()[0].weights().rational(1).to_string(), "-2");
    /// assert!(FiniteNetwork::from_parameters(&shape, &Numbers::doubles(vec![1.0])?).is_err());
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_parameters(shape: &Architecture, all: &Numbers) -> Result<FiniteNetwork, Error> {
        if all.len() != shape.parameters() {
            let accepted = format!("{} are accepted for these widths", shape.parameters());
            return Err(Error::parameter("number of parameters", all.len(), &accepted));
        }
        let mut at = 0;
        let mut take = |n: usize| {
            at += n;
            all.part(at - n..at)
        };
        let layers = shape.widths.windows(2).zip(&shape.activations).map(|(w, activation)| FiniteLayer {
            inputs: w[0],
            outputs: w[1],
            weights: take(w[0] * w[1]),
            biases: shape.biases.then(|| take(w[1])),
            activation: activation.clone(),
        });
        Ok(FiniteNetwork { parametrization: shape.parametrization, layers: layers.collect() })
    }

    /// Layers as they are.
    pub(crate) fn from_layers(parametrization: Parametrization, layers: Vec<FiniteLayer>) -> FiniteNetwork {
        FiniteNetwork { parametrization, layers }
    }

    /// What weights are multiplied by.
    pub fn parametrization(&self) -> Parametrization {
        self.parametrization
    }

    /// The layers of weights, from the input on.
    pub fn layers(&self) -> &[FiniteLayer] {
        &self.layers
    }

    /// The number of weights and biases.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(FiniteLayer::parameters).sum()
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |l| l.inputs)
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.outputs)
    }

    /// The network of one output alone: the others' weights and biases in the last layer are left out.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no output `index`, counted from 0.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::finite::{Architecture, FiniteNetwork};
    /// let accuracy = ntk_series::Accuracy::relative(20)?;
    /// let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 3])?.with_biases(true);
    /// let network = FiniteNetwork::from_seed(&shape, 1)?;
    /// let second = network.component(1)?;
    /// assert_eq!((second.outputs(), second.parameters()), (1, 24 + 9));
    /// let x = [num_traits::One::one(), num_traits::Zero::zero()];
    /// let [all, one] = [network.evaluate(&x, accuracy)?, second.evaluate(&x, accuracy)?];
    /// assert!(all[1].overlaps(&one[0]));
    /// assert!(network.component(3).is_err());
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn component(&self, index: usize) -> Result<FiniteNetwork, Error> {
        let refused = || {
            let accepted = format!("0 to {} are accepted", self.outputs().saturating_sub(1));
            Error::parameter("index of an output", index, &accepted)
        };
        let (last, before) = self.layers.split_last().ok_or_else(refused)?;
        if index >= last.outputs {
            return Err(refused());
        }
        let last = FiniteLayer {
            outputs: 1,
            weights: last.weights.part(index * last.inputs..(index + 1) * last.inputs),
            biases: last.biases.as_ref().map(|b| b.part(index..index + 1)),
            ..last.clone()
        };
        let layers = before.iter().cloned().chain([last]).collect();
        Ok(FiniteNetwork { parametrization: self.parametrization, layers })
    }

    /// `1/s_l²`, a whole number: the number of inputs in the NTK parametrization, else 1.
    ///
    /// # Panics
    /// When there is no layer `layer`, as for a slice.
    pub(crate) fn inverse_square_scale(&self, layer: usize) -> usize {
        match self.parametrization {
            Parametrization::Ntk => self.layers[layer].inputs,
            Parametrization::Standard => 1,
        }
    }

    /// Refuses a network with more than one output.
    pub(crate) fn check_one_output(&self) -> Result<(), Error> {
        if self.outputs() == 1 {
            return Ok(());
        }
        let accepted = "one is accepted; FiniteNetwork::component gives the network of one of them";
        Err(Error::parameter("number of outputs", self.outputs(), accepted))
    }

    /// Is the input of the right length?
    pub(crate) fn check_input(&self, x: &[BigRational]) -> Result<(), Error> {
        if x.len() == self.inputs() {
            return Ok(());
        }
        let accepted = format!("{} are accepted, the network's first width", self.inputs());
        Err(Error::parameter("number of coordinates of the input", x.len(), &accepted))
    }
}

impl FiniteLayer {
    /// The same layer with other numbers, of which there are as many.
    pub(crate) fn with_numbers(&self, weights: Numbers, biases: Option<Numbers>) -> FiniteLayer {
        FiniteLayer { weights, biases, ..self.clone() }
    }

    /// A layer of given weights; `None` where the counts do not fit.
    pub(crate) fn new(
        [inputs, outputs]: [usize; 2],
        weights: Numbers,
        biases: Option<Numbers>,
        activation: Option<Activation>,
    ) -> Option<FiniteLayer> {
        let fits = Some(weights.len()) == inputs.checked_mul(outputs)
            && biases.as_ref().is_none_or(|b| b.len() == outputs);
        fits.then_some(FiniteLayer { inputs, outputs, weights, biases, activation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(widths: &[usize]) -> Result<Architecture, Error> {
        Architecture::new(&Activation::parse("tanh").unwrap(), widths)
    }

    #[test]
    fn shapes_are_checked() {
        for widths in
            [&[][..], &[3], &[3, 0, 1], &[1 << 14, 1 << 14, 1 << 14], &[usize::MAX, 2, 1], &[1; 2000]]
        {
            let error = shape(widths).unwrap_err().to_string();
            assert!(!error.contains('\n') && error.contains("accepted"), "{error}");
        }
        assert_eq!(shape(&[3, 1]).unwrap().parameters(), 3);
        assert!(Architecture::with_activations(vec![], &[2, 1]).is_err());
    }

    #[test]
    fn seeds_fix_the_weights() {
        let shape = shape(&[3, 4, 2]).unwrap().with_biases(true);
        let network = FiniteNetwork::from_seed(&shape, 5).unwrap();
        let mut stream = Generator::new(5);
        for layer in network.layers() {
            let (weights, biases) = (layer.weights(), layer.biases().unwrap());
            assert!((0..weights.len()).all(|i| weights.double(i) == stream.normal()));
            assert!((0..biases.len()).all(|i| biases.double(i) == stream.normal()));
        }
        assert_eq!((network.parameters(), network.inputs(), network.outputs()), (shape.parameters(), 3, 2));
        let standard = shape.clone().with_parametrization(Parametrization::Standard);
        let standard = FiniteNetwork::from_seed(&standard, 5).unwrap();
        let [a, b] = [&network, &standard].map(|n| n.layers()[0].weights().double(2));
        assert_eq!(a / 3f64.sqrt(), b);
        assert_eq!([network.inverse_square_scale(1), standard.inverse_square_scale(1)], [4, 1]);
    }
}
