//! Steps of the weights.

use num_rational::BigRational;
use num_traits::Signed;
use rug::Float;

use super::generator::Generator;
use super::network::FiniteNetwork;
use super::weights::Numbers;
use crate::number::rational::rational_from_gmp;
use crate::{Accuracy, Ball, Error};

/// A step `ΔW` of all weights and biases, in the order in which a network's parameters are numbered.
///
/// # Examples
/// ```
/// use ntk_series::finite::{Architecture, FiniteNetwork, Step};
/// use ntk_series::number::parse_rational;
/// use ntk_series::{Accuracy, Activation};
/// let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 1])?;
/// let network = FiniteNetwork::from_seed(&shape, 1)?;
/// let step = Step::from_seed(&network, 7, &parse_rational("1/10")?)?;
/// let norm = step.norm(Accuracy::relative(16)?)?;
/// assert!((norm.midpoint().to_f64() - 0.1).abs() < 1e-15);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Step(Numbers);

impl Step {
    /// A step of given numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is not one for each parameter of the network.
    pub fn new(network: &FiniteNetwork, numbers: Numbers) -> Result<Step, Error> {
        let step = Step(numbers);
        step.check(network.parameters()).map(|()| step)
    }

    /// Is there an entry for each parameter?
    pub(crate) fn check(&self, parameters: usize) -> Result<(), Error> {
        if self.0.len() == parameters {
            return Ok(());
        }
        let accepted = format!("{parameters} are accepted, one for each parameter");
        Err(Error::parameter("number of entries of the step", self.0.len(), &accepted))
    }

    /// A step in a random direction, of the Euclidean length `length` up to the rounding of doubles: normal numbers
    /// from one stream of [`Generator::normal`], each times the rounded quotient of `length` by their rounded norm.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a length that is negative or no double.
    pub fn from_seed(network: &FiniteNetwork, seed: u64, length: &BigRational) -> Result<Step, Error> {
        let size = Ball::from_rational(length, 53).midpoint().to_f64();
        if length.is_negative() || !size.is_finite() {
            return Err(Error::parameter(
                "length of the step",
                length,
                "a number from 0 to 1e308 is accepted",
            ));
        }
        let mut stream = Generator::new(seed);
        let direction: Vec<f64> = (0..network.parameters()).map(|_| stream.normal()).collect();
        let norm = direction.iter().fold(0.0, |sum, x| sum + x * x).sqrt();
        let factor = size / norm;
        Step::new(network, Numbers::doubles(direction.iter().map(|x| x * factor).collect())?)
    }

    /// The entries.
    pub fn numbers(&self) -> &Numbers {
        &self.0
    }

    /// The Euclidean norm of all entries.
    ///
    /// # Errors
    /// [`Error::AccuracyNotReached`] should no precision be enough.
    pub fn norm(&self, accuracy: Accuracy) -> Result<Ball, Error> {
        accuracy.reach(
            "the norm of the step",
            |norm| vec![norm],
            |precision| {
                let squares: Vec<Ball> =
                    (0..self.0.len()).map(|i| self.0.ball(i, precision).square()).collect();
                Ok(Ball::sum(precision, &squares).sqrt())
            },
        )
    }

    /// The step as exact numbers after a multiplication.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::{FiniteNetwork, Numbers, Step};
    /// use ntk_series::number::parse_rational;
    /// let network = FiniteNetwork::from_json(r#"{"layers": [{"weights": [[1, 2]]}]}"#)?;
    /// let step = Step::new(&network, Numbers::doubles(vec![0.5, -1.0])?)?;
    /// assert_eq!(step.scaled(&parse_rational("1/3")?).numbers().rational(0).to_string(), "1/6");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn scaled(&self, factor: &BigRational) -> Step {
        let list: Vec<BigRational> = (0..self.0.len()).map(|i| self.0.rational(i) * factor).collect();
        Step(Numbers::rationals(&list))
    }
}

impl FiniteNetwork {
    /// The network after a step, exactly.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a step of another network.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::{FiniteNetwork, Numbers, Step};
    /// let network = FiniteNetwork::from_json(r#"{"layers": [{"weights": [["1/3", 2]]}]}"#)?;
    /// let step = Step::new(&network, Numbers::doubles(vec![0.5, -1.0])?)?;
    /// let there = network.after(&step)?;
    /// assert_eq!(there.layers()[0].weights().rational(0).to_string(), "5/6");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn after(&self, step: &Step) -> Result<FiniteNetwork, Error> {
        step.check(self.parameters())?;
        let mut at = 0;
        let mut moved = |numbers: &Numbers| {
            let list = (0..numbers.len()).map(|i| rational_from_gmp(&(numbers.gmp(i) + step.0.gmp(at + i))));
            let list: Vec<BigRational> = list.collect();
            at += numbers.len();
            Numbers::rationals(&list)
        };
        let layers = self.layers().iter().map(|layer| {
            let weights = moved(layer.weights());
            let biases = layer.biases().map(&mut moved);
            layer.with_numbers(weights, biases)
        });
        Ok(FiniteNetwork::from_layers(self.parametrization(), layers.collect()))
    }

    /// The change of the tangent kernel along a step, `K_{W + Δ}(x, y) - K_W(x, y)`.
    ///
    /// It is what makes a network of finite width differ from a kernel machine;
    /// [`Hessian::bound`](super::Hessian::bound) bounds it on a whole ball.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::tangent_kernel`] at either end, and for a step of another network;
    /// [`Error::AccuracyNotReached`] where the two are equal without its being known.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Accuracy;
    /// use ntk_series::finite::{FiniteNetwork, Numbers, Step};
    /// use ntk_series::number::parse_rational;
    /// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/2"]]}, {"weights": [[3]]}]}"#;
    /// let network = FiniteNetwork::from_json(text)?;
    /// let [one, zero] = [parse_rational("1")?, parse_rational("0")?];
    /// let step = Step::new(&network, Numbers::rationals(&[one.clone(), zero]))?;
    /// // K = v² (2w)² + w⁴ from w = 1/2 to w = 3/2, v = 3.
    /// let change = network.tangent_kernel_change(&step, &[one.clone()], &[one], Accuracy::relative(15)?)?;
    /// assert!(change.contains_rational(&parse_rational("77")?));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn tangent_kernel_change(
        &self,
        step: &Step,
        x: &[BigRational],
        y: &[BigRational],
        accuracy: Accuracy,
    ) -> Result<Ball, Error> {
        let there = self.after(step)?;
        accuracy.reach(
            "the change of the tangent kernel",
            |change| vec![change],
            |precision| {
                Ok(there.tangent_kernel_with(x, y, precision)? - self.tangent_kernel_with(x, y, precision)?)
            },
        )
    }
}

/// The nearest double of a length, for messages.
pub(crate) fn shown(x: &Ball) -> String {
    x.to_decimal(4).map_or_else(|| Float::with_val(20, x.midpoint()).to_string(), |d| d.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use crate::finite::Architecture;
    use crate::number::parse_rational;

    #[test]
    fn steps_are_checked() {
        let shape = Architecture::new(&Activation::parse("tanh").unwrap(), &[2, 3, 1]).unwrap();
        let network = FiniteNetwork::from_seed(&shape.with_biases(true), 1).unwrap();
        assert!(Step::new(&network, Numbers::doubles(vec![0.0; 3]).unwrap()).is_err());
        assert!(Step::from_seed(&network, 1, &parse_rational("-1").unwrap()).is_err());
        assert!(Step::from_seed(&network, 1, &parse_rational("1e400").unwrap()).is_err());
        let step = Step::from_seed(&network, 1, &parse_rational("1/2").unwrap()).unwrap();
        let there = network.after(&step).unwrap();
        let back = there.after(&step.scaled(&parse_rational("-1").unwrap())).unwrap();
        for (a, b) in network.layers().iter().zip(back.layers()) {
            assert!((0..a.weights().len()).all(|i| a.weights().rational(i) == b.weights().rational(i)));
            let [a, b] = [a, b].map(|l| l.biases().unwrap());
            assert!((0..a.len()).all(|i| a.rational(i) == b.rational(i)));
        }
    }
}
