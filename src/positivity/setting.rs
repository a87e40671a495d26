//! A network with what the theorems ask about it.

use std::convert::Infallible;

use num_traits::Zero;

use super::characterization::{Characterization, Part};
use super::powers::Powers;
use super::study::Studies;
use super::truth::Truth;
use super::truth::Truth::Unknown;
use super::variances::{Signs, signs};
use super::verdict::{Claim, Hypothesis};
use crate::Error;
use crate::kernel::{Kernel, Network};
use crate::network::recursion::{Domain, Place, run};
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

    /// Are all bias variances zero?
    pub(super) fn is_without_biases(&self) -> bool {
        !self.has_bias() && self.signs.iter().all(|s| s.bias.is_false())
    }

    /// How a layer's activation is called in a report.
    pub(super) fn name(&mut self, layer: usize) -> String {
        abridged(&self.studies.layer(layer).activation.name())
    }

    pub(super) fn whole(&mut self, layer: usize) -> &Characterization {
        self.studies.layer(layer).part(Part::Whole)
    }

    /// Past which place the kernel is constant, and why.
    pub(super) fn constant(&mut self) -> Option<Hypothesis> {
        let statement = "the kernel is constant";
        if !self.has_weights() {
            return Some(Hypothesis::new(statement, "γ_w² = 0", true));
        }
        for layer in 0..self.depth() {
            if self.signs[layer].weight.is_false() {
                return Some(Hypothesis::new(statement, format!("σ_w² = 0 after layer {}", layer + 1), true));
            }
            if self.whole(layer).is_constant() == Some(true) {
                let evidence = format!("{} in layer {} is constant", self.name(layer), layer + 1);
                return Some(Hypothesis::new(statement, evidence, true));
            }
        }
        None
    }

    /// The product of the degrees, if every activation is a polynomial.
    pub(super) fn degree(&mut self) -> Option<u64> {
        (0..self.depth()).try_fold(1u64, |product, layer| {
            let whole = self.whole(layer);
            let degree = whole.is_polynomial().filter(|p| *p).map(|_| whole.degree().unwrap_or(0))?;
            Some(product.saturating_mul(degree as u64))
        })
    }

    /// The powers of ρ in the kernel on a sphere.
    pub(super) fn powers(&mut self) -> Powers {
        let bias = Powers::constant(self.has_bias().into());
        let first = if self.has_weights() { Powers::one().union(&bias) } else { bias };
        let (network, kernel) = (self.network, self.kernel);
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

    /// The degree in which the kernel is positively homogeneous in each point, if it is.
    pub(super) fn homogeneous(&mut self) -> Option<u32> {
        if !self.is_without_biases() {
            return None;
        }
        (0..self.depth()).try_fold(1u32, |h, l| h.checked_mul(self.studies.layer(l).homogeneous?))
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
