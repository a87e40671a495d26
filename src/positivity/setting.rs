//! A network with what the theorems ask about it.

use std::convert::Infallible;

use num_traits::Zero;

use super::characterization::{Characterization, Part};
use super::powers::Powers;
use super::study::Studies;
use super::truth::Truth;
use super::truth::Truth::Unknown;
use super::variances::{Signs, signs};
use super::verdict::Claim;
use crate::Error;
use crate::kernel::{Kernel, Network, Training};
use crate::network::recursion::{Domain, Place, Role, Sum, run};
use crate::number::rational::abridged;

/// The network, the signs of its variances, and its activations.
pub(super) struct Setting<'a> {
    pub(super) network: &'a Network,
    pub(super) kernel: Kernel,
    pub(super) signs: Vec<Signs>,
    pub(super) studies: Studies,
}

impl<'a> Setting<'a> {
    /// # Errors
    /// Where the kernel does not exist.
    pub(super) fn new(network: &'a Network, kernel: Kernel) -> Result<Setting<'a>, Error> {
        let mut studies = Studies::new(network.layers().iter().map(|l| &l.activation));
        let signs = signs(network, kernel, &mut studies)?;
        Ok(Setting { network, kernel, signs, studies })
    }

    pub(super) fn depth(&self) -> usize {
        self.signs.len()
    }

    pub(super) fn has_weights(&self) -> bool {
        !self.network.input().gamma_w2.is_zero()
    }

    /// Is `γ_b² > 0`?
    pub(super) fn has_bias(&self) -> bool {
        !self.network.input().gamma_b2.is_zero()
    }

    /// Are all bias variances zero, and no biases trained?
    pub(super) fn is_without_biases(&self) -> bool {
        let trained = |number| self.kernel == Kernel::Ntk && self.network.adds_bias(number);
        let all_zero = !self.has_bias() && self.signs.iter().all(|s| s.bias.is_false());
        all_zero && !(0..=self.depth()).any(trained)
    }

    /// How a layer's activation is called in a report.
    pub(super) fn name(&mut self, layer: usize) -> String {
        abridged(&self.studies.layer(layer).activation.name())
    }

    pub(super) fn whole(&mut self, layer: usize) -> &Characterization {
        self.studies.layer(layer).part(Part::Whole)
    }

    /// The powers of ρ in the kernel on a sphere.
    pub(super) fn powers(&mut self) -> Powers {
        let (network, kernel) = (self.network, self.kernel);
        let first = network.first(|w, b| {
            let bias = Powers::constant((!b.is_zero()).into());
            if w.is_zero() { bias } else { Powers::one().union(&bias) }
        });
        let Ok(kernels) = run(network, kernel, self, first);
        kernels.kernel()
    }

    /// What is used of every activation, each once.
    pub(super) fn claims(&mut self, parts: &[Part]) -> Vec<Claim> {
        let mut out = vec![];
        for (layer, study) in self.studies.each() {
            for &part in parts {
                let characterization = study.part(part).clone();
                let activation = study.activation.name();
                out.push(Claim { activation, layer, part, characterization });
            }
        }
        out
    }

    /// The parity of every activation, and the whole where that says too little.
    pub(super) fn parity_claims(&mut self) -> Vec<Claim> {
        let mut out = self.claims(&[Part::Even, Part::Odd]);
        let open = |c: &Claim| c.characterization.is_polynomial().is_none();
        let names: Vec<String> = out.iter().filter(|c| open(c)).map(|c| c.activation.clone()).collect();
        out.extend(self.claims(&[Part::Whole]).into_iter().filter(|c| names.contains(&c.activation)));
        out
    }

    /// Is every activation's part zero?
    pub(super) fn all_vanish(&mut self, part: Part) -> bool {
        (0..self.depth()).all(|l| self.studies.layer(l).part(part).is_zero() == Some(true))
    }
}

/// The recursion of the powers of ρ.
impl Domain for Setting<'_> {
    type Value = Powers;
    type Slope = Powers;
    type Stop = Infallible;

    fn activate(&mut self, at: Place, c: &Powers) -> Result<(Powers, Option<Powers>), Infallible> {
        let weight = self.signs[at.index].weight;
        if weight.is_false() {
            return Ok((Powers::constant(Truth::False), None));
        }
        let support = self.studies.layer(at.index).support();
        let value = c.within(&support);
        let value = if weight == Unknown { value.perhaps() } else { value };
        Ok((value, Some(c.within(&support.derivative()))))
    }

    fn biased(&mut self, at: Place, value: Powers) -> Result<Powers, Infallible> {
        let Signs { weight, bias } = self.signs[at.index];
        let bias = Powers::constant(bias);
        Ok(if weight.is_false() { bias } else { value.union(&bias) })
    }

    fn combined(&mut self, _: &Sum, values: Vec<Powers>, _: Role) -> Result<Powers, Infallible> {
        Ok(values.into_iter().reduce(|a, b| a.union(&b)).unwrap_or_else(|| Powers::constant(Truth::False)))
    }

    /// On a sphere a normalization layer divides by a number.
    fn normalized(&mut self, _: usize, value: Powers, _: Role) -> Result<Powers, Infallible> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, value: Powers, training: &Training) -> Result<Powers, Infallible> {
        let bias = match &training.biases {
            Some(bias) => Truth::from(!bias.is_zero()),
            None => self.signs[at.index].bias,
        };
        let bias = Powers::constant(bias);
        Ok(if training.weights.is_zero() { bias } else { value.union(&bias) })
    }

    fn through(
        &mut self,
        at: Place,
        own: &Powers,
        theta: &Powers,
        slope: Powers,
    ) -> Result<Powers, Infallible> {
        let product = theta.sums(&slope);
        let unknown = self.signs[at.index].weight == Unknown;
        Ok(own.union(&if unknown { product.perhaps() } else { product }))
    }
}

impl Powers {
    /// This, or nothing: where a weight may be zero.
    fn perhaps(mut self) -> Powers {
        for fact in [
            &mut self.some,
            &mut self.even,
            &mut self.odd,
            &mut self.positive,
            &mut self.many_even,
            &mut self.many_odd,
            &mut self.many,
        ] {
            if fact.is_true() {
                *fact = Truth::Unknown;
            }
        }
        self
    }
}
