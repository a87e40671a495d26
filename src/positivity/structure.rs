//! What a network is as a function of its points: constant, a polynomial, homogeneous.

use std::convert::Infallible;

use super::characterization::Part;
use super::setting::Setting;
use super::verdict::Hypothesis;
use crate::kernel::{Block, Kernel};
use crate::network::recursion::{Domain, Place, Role, Sum, covariance};

impl Setting<'_> {
    /// Past which place the kernel is constant, and why.
    pub(super) fn constant(&mut self) -> Option<Hypothesis> {
        let statement = "the kernel is constant";
        let first = (!self.has_weights()).then(|| Hypothesis::new(statement, "γ_w² = 0", true));
        let Ok(found) = covariance(self.network, &mut Constants(self), first);
        found
    }

    /// The degree of the kernel in a point, if every activation is a polynomial and nothing is divided by.
    pub(super) fn degree(&mut self) -> Option<u64> {
        covariance(self.network, &mut Degrees(self), 1).ok()
    }

    /// The degree in which the kernel is positively homogeneous in each point, if it is.
    pub(super) fn homogeneous(&mut self) -> Option<u32> {
        if !self.is_without_biases() {
            return None;
        }
        covariance(self.network, &mut Homogeneity(self), 1).ok()
    }

    /// Is `K(-x, y) = K(x, y)`, because the first layer, through which all goes, is even?
    pub(super) fn is_even(&mut self) -> bool {
        let [Block::Dense(_), ..] = self.network.blocks() else { return false };
        let bias = self.has_bias() || self.kernel == Kernel::Ntk && self.network.adds_bias(0);
        !bias && self.studies.layer(0).part(Part::Odd).is_zero() == Some(true)
    }
}

/// The recursion of being constant. Where `c` is, no weights are left or `φ' = 0`, so that `Θ` is too.
struct Constants<'a, 'b>(&'a mut Setting<'b>);

impl Domain for Constants<'_, '_> {
    /// Why it is constant, if it is.
    type Value = Option<Hypothesis>;
    type Slope = Infallible;
    type Stop = Infallible;

    fn activate(
        &mut self,
        at: Place,
        c: &Option<Hypothesis>,
    ) -> Result<(Option<Hypothesis>, Option<Infallible>), Infallible> {
        let (setting, layer) = (&mut *self.0, at.index);
        let why = match () {
            _ if c.is_some() => return Ok((c.clone(), None)),
            _ if setting.signs[layer].weight.is_false() => format!("σ_w² = 0 after layer {}", layer + 1),
            _ if setting.whole(layer).is_constant() == Some(true) => {
                format!("{} in layer {} is constant", setting.name(layer), layer + 1)
            }
            _ => return Ok((None, None)),
        };
        Ok((Some(Hypothesis::new("the kernel is constant", why, true)), None))
    }

    fn biased(&mut self, _: Place, c: Option<Hypothesis>) -> Result<Option<Hypothesis>, Infallible> {
        Ok(c)
    }

    fn combined(
        &mut self,
        _: &Sum,
        values: Vec<Option<Hypothesis>>,
        _: Role,
    ) -> Result<Option<Hypothesis>, Infallible> {
        let all: Option<Vec<Hypothesis>> = values.into_iter().collect();
        Ok(all.and_then(|all| all.into_iter().next()))
    }

    fn normalized(
        &mut self,
        _: usize,
        c: Option<Hypothesis>,
        _: Role,
    ) -> Result<Option<Hypothesis>, Infallible> {
        Ok(c)
    }
}

/// It is not of the kind.
struct Other;

/// The recursion of degrees. `Θ` has that of `c`: `Θ ċ` has degree `d + d (k - 1)`.
struct Degrees<'a, 'b>(&'a mut Setting<'b>);

impl Domain for Degrees<'_, '_> {
    type Value = u64;
    type Slope = Infallible;
    type Stop = Other;

    fn activate(&mut self, at: Place, degree: &u64) -> Result<(u64, Option<Infallible>), Other> {
        let whole = self.0.whole(at.index);
        if whole.is_polynomial() != Some(true) {
            return Err(Other);
        }
        Ok((degree.saturating_mul(whole.degree().unwrap_or(0) as u64), None))
    }

    fn biased(&mut self, _: Place, degree: u64) -> Result<u64, Other> {
        Ok(degree)
    }

    fn combined(&mut self, _: &Sum, degrees: Vec<u64>, _: Role) -> Result<u64, Other> {
        degrees.into_iter().max().ok_or(Other)
    }

    fn normalized(&mut self, _: usize, _: u64, _: Role) -> Result<u64, Other> {
        Err(Other)
    }
}

/// The recursion of degrees of homogeneity, which `Θ` shares.
struct Homogeneity<'a, 'b>(&'a mut Setting<'b>);

impl Domain for Homogeneity<'_, '_> {
    type Value = u32;
    type Slope = Infallible;
    type Stop = Other;

    fn activate(&mut self, at: Place, degree: &u32) -> Result<(u32, Option<Infallible>), Other> {
        let own = self.0.studies.layer(at.index).homogeneous.ok_or(Other)?;
        Ok((degree.checked_mul(own).ok_or(Other)?, None))
    }

    fn biased(&mut self, _: Place, degree: u32) -> Result<u32, Other> {
        Ok(degree)
    }

    fn combined(&mut self, _: &Sum, degrees: Vec<u32>, _: Role) -> Result<u32, Other> {
        let first = *degrees.first().ok_or(Other)?;
        if degrees.iter().all(|degree| *degree == first) { Ok(first) } else { Err(Other) }
    }

    fn normalized(&mut self, _: usize, _: u32, _: Role) -> Result<u32, Other> {
        Ok(0)
    }
}
