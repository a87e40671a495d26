//! All layers together, degree by degree.

use num_rational::BigRational;
use num_traits::One;

use super::compose::{Composition, Stop};
use super::setup::ExactLayer;
use super::work::Work;
use crate::kernel::Kernel;
use crate::number::{ClosedForm, Name, Symbol};

/// What the coefficients are computed from.
pub(super) struct Problem {
    pub(super) layers: Vec<ExactLayer>,
    /// Coefficients 0 and 1 of `c_1`.
    pub(super) first: [BigRational; 2],
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
    let mut c = problem.first.get(p).map_or_else(ClosedForm::zero, |r| ClosedForm::from(r.clone()));
    let mut theta = c.clone();
    let count = problem.layers.len();
    for (i, exact) in problem.layers.iter().enumerate() {
        let (l, last) = (i + 1, i + 1 == count);
        let inverse = BigRational::one() / &exact.variance;
        let x = c.scaled(&inverse);
        if p == 0 {
            let level = &mut levels[i];
            let composition = Composition::start(l, &exact.source, &exact.variance, x, level, work)?;
            layers.push(Layer { composition, derivative: vec![], theta: vec![] });
        } else {
            layers[i].composition.push(x, work)?;
        }
        let layer = &mut layers[i];
        c = work.times(&exact.weight, &layer.composition.dual[p])?;
        if p == 0 {
            // The constant term stays as it is: the tower's definitions are written in it.
            c = &c + &exact.bias;
        } else if !last {
            c = work.named(l + 1, || Name::indexed("c", &[l + 1, p]), c);
        }
        if problem.kernel == Kernel::Nngp {
            continue;
        }
        let slope = work.times(&exact.weight.scaled(&inverse), &layer.composition.slope[p])?;
        let slope = if p == 0 { slope } else { work.named(l, || Name::indexed("d", &[l + 1, p]), slope) };
        layer.derivative.push(slope);
        layer.theta.push(theta);
        theta = &c + &work.product(&layer.theta, &layer.derivative, p)?;
        if !last {
            let text = format!("theta_{}_{p}", l + 1);
            let latex = format!("\\theta_{{{},{p}}}", l + 1);
            theta = work.named(l + 1, || Name { text, latex }, theta);
        }
    }
    Ok(if problem.kernel == Kernel::Ntk { theta } else { c })
}
