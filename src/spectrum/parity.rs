//! Which eigenvalues are exactly zero.

use std::convert::Infallible;

use crate::activation::Support;
use crate::kernel::Kernel;
use crate::kernel::profile::Profile;
use crate::network::recursion::{Domain, Place, Role, Sum, covariance};

/// The powers of ρ that a kernel can have, by structure.
#[derive(Clone, Debug)]
pub(crate) struct Powers {
    support: Support,
    /// Highest power, of a polynomial.
    degree: Option<usize>,
}

impl Powers {
    /// Of both kernels: `Θ_{l+1} = c_{l+1} + Θ_l dc_{l+1}/dc_l` has no power that `c_{l+1}` lacks while `c_l` is linear
    /// without constant, and later only the parity is followed, which `Θ` shares with `c`.
    pub fn of(profile: &Profile, kernel: Kernel) -> Powers {
        let mut now = Inner::Linear;
        let mut degree = Some(1);
        // Biases that are trained without being there add a constant to Θ: what c would have with them holds all powers
        // of Θ.
        let added = |number: usize| kernel == Kernel::Ntk && profile.network().adds_bias(number);
        if added(0) || !profile.input_constant.is_exact_zero() {
            now = Inner::Powers(Support::all());
        }
        if profile.input_slope.is_exact_zero() {
            now = Inner::Powers(only(true, false));
            degree = Some(0);
        }
        let Ok(Structure { now, degree }) =
            covariance(profile.network(), &mut Structures { profile, kernel }, Structure { now, degree });
        let support = now.support();
        Powers { support, degree }
    }

    /// Is `λ_k`, a positive combination of the coefficients of the powers `k, k+2, …`, zero?
    pub fn eigenvalue_is_zero(&self, k: usize) -> bool {
        if self.degree.is_some_and(|degree| k > degree) {
            return true;
        }
        let last = self.support.initial.len().max(k) + 1;
        (k..=last).step_by(2).all(|p| !self.support.may_be_nonzero(p))
            && !self.support.may_be_nonzero(last + (last - k) % 2)
    }

    /// No odd (1), or no even (0) powers at all?
    pub fn has_no(&self, parity: usize) -> bool {
        self.eigenvalue_is_zero(parity)
    }
}

/// The recursion of the structure.
struct Structures<'a> {
    profile: &'a Profile,
    kernel: Kernel,
}

#[derive(Clone)]
struct Structure {
    now: Inner,
    degree: Option<usize>,
}

impl Domain for Structures<'_> {
    type Value = Structure;
    type Slope = Infallible;
    type Stop = Infallible;

    fn activate(&mut self, at: Place, c: &Structure) -> Result<(Structure, Option<Infallible>), Infallible> {
        let layer = &self.profile.layers[at.index];
        // The bias with the rest, while the dual is at hand.
        let mut outer = layer.support.clone();
        let added = self.kernel == Kernel::Ntk && self.profile.network().adds_bias(at.index + 1);
        if added || !layer.bias.is_exact_zero() {
            outer.initial.resize(outer.initial.len().max(1), outer.even_tail);
            outer.initial[0] = true;
        }
        if layer.weight.is_exact_zero() {
            outer = Support { initial: vec![true], even_tail: false, odd_tail: false };
        }
        let top = outer.initial.iter().rposition(|may| *may).unwrap_or(0);
        let endless = outer.even_tail || outer.odd_tail;
        let degree = c.degree.and_then(|d| match d {
            0 => Some(0),
            _ if endless => None,
            _ => Some(d.saturating_mul(top)),
        });
        Ok((Structure { now: c.now.clone().into_composed(outer), degree }, None))
    }

    fn biased(&mut self, _: Place, c: Structure) -> Result<Structure, Infallible> {
        Ok(c)
    }

    fn combined(&mut self, _: &Sum, values: Vec<Structure>, _: Role) -> Result<Structure, Infallible> {
        let degree = values.iter().try_fold(0, |top, c| Some(c.degree?.max(top)));
        let all = values.into_iter().map(|c| c.now).reduce(Inner::union);
        Ok(Structure { now: all.unwrap_or(Inner::Linear), degree })
    }

    fn normalized(&mut self, _: usize, c: Structure, _: Role) -> Result<Structure, Infallible> {
        Ok(c)
    }
}

/// The inner function of a composition.
#[derive(Clone)]
enum Inner {
    /// A multiple of ρ.
    Linear,
    Powers(Support),
}

impl Inner {
    fn support(self) -> Support {
        match self {
            Inner::Linear => Support { initial: vec![false, true], even_tail: false, odd_tail: false },
            Inner::Powers(support) => support,
        }
    }

    fn union(self, other: Inner) -> Inner {
        if let (Inner::Linear, Inner::Linear) = (&self, &other) {
            return Inner::Linear;
        }
        let (a, b) = (self.support(), other.support());
        let len = a.initial.len().max(b.initial.len());
        Inner::Powers(Support {
            initial: (0..len).map(|k| a.may_be_nonzero(k) || b.may_be_nonzero(k)).collect(),
            even_tail: a.even_tail || b.even_tail,
            odd_tail: a.odd_tail || b.odd_tail,
        })
    }

    fn into_composed(self, outer: Support) -> Inner {
        let only_linear = !outer.even_tail
            && !outer.odd_tail
            && outer.initial.iter().enumerate().all(|(k, may)| *may == (k == 1));
        let even = outer.has_parity(0);
        let odd = outer.has_parity(1);
        match self {
            inner if only_linear => inner,
            Inner::Linear => Inner::Powers(outer),
            // Even of odd, and anything of even, is even; odd of odd is odd.
            Inner::Powers(inner) => {
                let (inner_even, inner_odd) = (inner.has_parity(0), inner.has_parity(1));
                match () {
                    _ if !inner_odd => Inner::Powers(only(true, false)),
                    _ if inner_even => Inner::Powers(Support::all()),
                    _ => Inner::Powers(only(even, odd)),
                }
            }
        }
    }
}

fn only(even: bool, odd: bool) -> Support {
    Support { initial: vec![], even_tail: even, odd_tail: odd }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Accuracy;
    use crate::kernel::Convention;
    use crate::network::samples::uniform;

    /// What is said to be zero has no coefficient that is not, and what is not said to be has one.
    #[test]
    fn zeros_are_those_of_the_coefficients() {
        const TOP: usize = 40;
        let names = [
            "relu",
            "abs",
            "erf",
            "sin",
            "cos",
            "gelu",
            "gaussian",
            "exp",
            "x^2",
            "x^3 - x",
            "x^3",
            "x^4 + x",
            "x",
            "leaky-relu(-1/3)",
        ];
        for name in names {
            for depth in 1..4 {
                for (b, gamma_b2) in [("0", "0"), ("1/2", "0"), ("0", "1/2"), ("1/3", "1/4")] {
                    let network = uniform(name, depth, "1/2", [b, gamma_b2]);
                    for kernel in [Kernel::Nngp, Kernel::Ntk] {
                        // Three exponentials, one in the other, have no variance that a number could hold.
                        let Ok(profile) = Profile::new(&network, kernel, 64) else { continue };
                        let powers = Powers::of(&profile, kernel);
                        // Deep polynomials have coefficients that are too long.
                        let Ok(series) = network.series(
                            kernel,
                            Convention::Standard,
                            TOP,
                            Accuracy::absolute(12).unwrap(),
                        ) else {
                            continue;
                        };
                        for k in 0..TOP - 2 {
                            let present = |p: &usize| series.coefficients()[*p].lower() > 0;
                            let exact = |p: &usize| series.coefficients()[*p].is_exact_zero();
                            let (some, none) = (
                                (k..=TOP).step_by(2).any(|p| present(&p)),
                                (k..=TOP).step_by(2).all(|p| exact(&p)),
                            );
                            let said = powers.eigenvalue_is_zero(k);
                            let what = format!(
                                "{name}, {depth} layers, biases {b}, {gamma_b2}, {kernel:?}, degree {k}"
                            );
                            assert!(!(said && some), "{what}: a coefficient is there");
                            assert!(said || !none || depth > 1, "{what}: no coefficient is there");
                        }
                    }
                }
            }
        }
    }
}
