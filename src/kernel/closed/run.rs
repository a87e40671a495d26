//! All layers together, degree by degree.

use num_rational::BigRational;

use super::compose::{Composition, Stop};
use super::setup::ExactLayer;
use super::work::Work;
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, run};
use crate::network::{Kernel, Network, Training};
use crate::number::{ClosedForm, Name, Symbol};

/// What the coefficients are computed from.
pub(super) struct Problem<'a> {
    pub(super) network: &'a Network,
    pub(super) layers: Vec<ExactLayer>,
    /// Coefficients 0 and 1 of `c_1` and `Θ_1`.
    pub(super) first: Kernels<[BigRational; 2]>,
    /// The variances that normalization layers divide by.
    pub(super) norms: Vec<BigRational>,
    pub(super) kernel: Kernel,
}

/// The series of one hidden layer `l`.
struct Layer {
    composition: Composition,
    /// `ċ_{l+1}`.
    derivative: Vec<ClosedForm>,
    /// `Θ_l`.
    theta: Vec<ClosedForm>,
}

/// The coefficients of degree `0 .. len`, as many as the limits and the ring allow. `levels[l-1]` is
/// the named generator that layer `l` is expanded around, for this run and the next.
pub(super) fn coefficients(
    problem: &Problem,
    len: usize,
    levels: &mut [Option<Symbol>],
    work: &mut Work,
) -> Vec<ClosedForm> {
    let mut layers: Vec<Layer> = vec![];
    let mut out = vec![];
    for p in 0..len {
        match coefficient(problem, p, &mut layers, levels, work) {
            Ok(value) => out.push(value),
            Err(_) => break,
        }
    }
    out
}

fn coefficient(
    problem: &Problem,
    p: usize,
    layers: &mut Vec<Layer>,
    levels: &mut [Option<Symbol>],
    work: &mut Work,
) -> Result<ClosedForm, Stop> {
    let at = |first: &[BigRational; 2]| {
        first.get(p).map_or_else(ClosedForm::zero, |r| ClosedForm::from(r.clone()))
    };
    let first = Kernels {
        covariance: at(&problem.first.covariance),
        tangent: problem.first.tangent.as_ref().map(at),
    };
    let mut domain = Degree { problem, p, layers, levels, work };
    Ok(run(problem.network, problem.kernel, &mut domain, first)?.kernel())
}

/// The recursion for the coefficients of degree `p`, given those of lower degree.
struct Degree<'a, 'b> {
    problem: &'a Problem<'b>,
    p: usize,
    layers: &'a mut Vec<Layer>,
    levels: &'a mut [Option<Symbol>],
    work: &'a mut Work,
}

impl Domain for Degree<'_, '_> {
    type Value = ClosedForm;
    /// Taken when it is used: names are given in the order of use.
    type Slope = ();
    type Stop = Stop;

    fn activate(&mut self, at: Place, c: &ClosedForm) -> Result<(ClosedForm, Option<()>), Stop> {
        let (i, p) = (at.index, self.p);
        let exact = &self.problem.layers[i];
        let x = c.scaled(&exact.variance.recip());
        if p == 0 {
            let level = &mut self.levels[i];
            let composition = Composition::start(i + 1, &exact.source, &exact.variance, x, level, self.work)?;
            self.layers.push(Layer { composition, derivative: vec![], theta: vec![] });
        } else {
            self.layers[i].composition.push(x, self.work)?;
        }
        Ok((self.work.times(&exact.weight, &self.layers[i].composition.dual[p])?, Some(())))
    }

    fn biased(&mut self, at: Place, c: ClosedForm) -> Result<ClosedForm, Stop> {
        let (l, p) = (at.index + 1, self.p);
        Ok(match () {
            // The constant term stays as it is: the tower's definitions are written in it.
            _ if p == 0 => &c + &self.problem.layers[at.index].bias,
            _ if at.is_last => c,
            _ => self.work.named(l + 1, || Name::indexed("c", &[l + 1, p]), c),
        })
    }

    fn combined(&mut self, sum: &Sum, values: Vec<ClosedForm>, _: Role) -> Result<ClosedForm, Stop> {
        let terms = sum.weights.iter().zip(&values).map(|(w, x)| x.scaled(w));
        Ok(terms.fold(ClosedForm::zero(), |sum, x| sum + x))
    }

    fn normalized(&mut self, index: usize, value: ClosedForm, _: Role) -> Result<ClosedForm, Stop> {
        Ok(value.scaled(&self.problem.norms[index].recip()))
    }

    fn trained(&mut self, at: Place, value: ClosedForm, training: &Training) -> Result<ClosedForm, Stop> {
        let value = value.scaled(&training.weights);
        let bias = || match &training.biases {
            Some(bias) => ClosedForm::from(bias.clone()),
            None => self.problem.layers[at.index].bias.clone(),
        };
        Ok(if self.p == 0 { value + bias() } else { value })
    }

    fn through(
        &mut self,
        at: Place,
        own: &ClosedForm,
        theta: &ClosedForm,
        (): (),
    ) -> Result<ClosedForm, Stop> {
        let (l, p) = (at.index + 1, self.p);
        let (exact, layer) = (&self.problem.layers[at.index], &mut self.layers[at.index]);
        let weight = exact.weight.scaled(&exact.variance.recip());
        let slope = self.work.times(&weight, &layer.composition.slope[p])?;
        let slope =
            if p == 0 { slope } else { self.work.named(l, || Name::indexed("d", &[l + 1, p]), slope) };
        layer.derivative.push(slope);
        layer.theta.push(theta.clone());
        let theta = own + &self.work.product(&layer.theta, &layer.derivative, p)?;
        if at.is_last {
            return Ok(theta);
        }
        let text = format!("theta_{}_{p}", l + 1);
        let latex = format!("\\theta_{{{},{p}}}", l + 1);
        Ok(self.work.named(l + 1, || Name { text, latex }, theta))
    }
}
