//! Every training input predicted from the others.

use num_traits::{Signed, Zero};

use super::fit::{Fit, Ground, bits_of};
use super::rounds::{Wanted, raised};
use super::{Rule, TrainingSet};
use crate::gram::system::{Block, Known};
use crate::kernel::{Kernel, Network};
use crate::number::Mag;
use crate::parallel::*;
use crate::{Accuracy, Ball, Error};

/// What the other training inputs say of one.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// The mean, one for every target.
    pub mean: Vec<Ball>,
    /// The variance of the Gaussian process, without the noise; `None` for [`Kernel::Ntk`].
    pub variance: Option<Ball>,
    /// An upper bound of the variances before training, by which the error of one that may be zero is measured.
    pub prior: Ball,
}

/// The mean (and for [`Kernel::Nngp`] the variance) at every training input, were it left out: with
/// $A = K + \sigma^2 I$
/// $$ m_i = y_i - \frac{(A^{-1} y)_i}{(A^{-1})_{ii}}, \qquad v_i = \frac{1}{(A^{-1})_{ii}} - \sigma^2 $$
/// (Rasmussen and Williams 2006, (5.12), where $\sigma^2$ is part of the variance).
///
/// # Errors
/// As [`predict`](super::predict), and [`Error::Parameter`] for a finite time or a single row.
///
/// # Examples
/// ```
/// use ntk_series::gram::Points;
/// use ntk_series::number::parse_rational;
/// use ntk_series::predict::{Rule, TrainingSet, leave_one_out};
/// use ntk_series::{Accuracy, Kernel, Network};
/// let targets = vec![parse_rational("1")?, parse_rational("3")?];
/// let data = TrainingSet::new(Points::from_csv("1, 0\n0, 1")?, vec![targets])?;
/// let rule = Rule { noise: parse_rational("1")?, ..Rule::new(Kernel::Nngp) };
/// let found = leave_one_out(&Network::relu(1)?, &rule, &data, Accuracy::relative(10)?)?;
/// // K(x, x') = 1/π and K(x, x) = 1: the mean at the first is 3/(2π).
/// assert!(found[0].mean[0].to_string().starts_with("0.47746482"), "{}", found[0].mean[0]);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn leave_one_out(
    network: &Network,
    rule: &Rule,
    data: &TrainingSet,
    accuracy: Accuracy,
) -> Result<Vec<LeftOut>, Error> {
    rule.check()?;
    if !rule.is_infinite() {
        let accepted = "leaving one out has a formula in the end only: an infinite time is accepted";
        return Err(Error::parameter("time", "finite", accepted));
    }
    if data.len() < 2 {
        return Err(Error::parameter("number of training rows", 1, "leaving one out needs 2 or more"));
    }
    let ground = Ground::new(network, rule, data, data.inputs(), accuracy)?;
    let largest = |y: &Vec<num_rational::BigRational>| {
        let most = y.iter().map(|y| y.abs()).max().unwrap_or_default();
        Ball::from_rational(&most, 64).magnitude()
    };
    let sizes: Vec<Mag> = data.targets().iter().map(largest).collect();
    let mut digits = ground.digits;
    let wanted =
        |found: &Vec<LeftOut>| found.iter().enumerate().flat_map(|(i, x)| x.wanted(i, &sizes)).collect();
    raised(accuracy, &mut digits, data.len(), |digits| answer(network, rule, data, &ground, digits), wanted)
}

impl LeftOut {
    fn wanted(&self, i: usize, sizes: &[Mag]) -> Vec<Wanted> {
        let mean = |(value, size): (&Ball, &Mag)| {
            let name = format!("the mean at row {} left out", i + 1);
            Wanted { name, value: value.clone(), size: *size }
        };
        let name = || format!("the variance at row {} left out", i + 1);
        let variance = self.variance.iter();
        let variance =
            variance.map(|v| Wanted { name: name(), value: v.clone(), size: self.prior.magnitude() });
        self.mean.iter().zip(sizes).map(mean).chain(variance).collect()
    }
}

fn answer(
    network: &Network,
    rule: &Rule,
    data: &TrainingSet,
    ground: &Ground,
    digits: u32,
) -> Result<Vec<LeftOut>, Error> {
    let n = data.len();
    let made = |accuracy| Block::new(network, rule.kernel, data.inputs(), n, accuracy);
    let block = ground.block(digits, made)?;
    let matrix = block.matrix();
    let fit = Fit::new(&matrix, ground, data, digits)?;
    let precision = bits_of(digits) + 64;
    let noise = Ball::from_rational(&rule.noise, precision);
    let goal = (Mag::pow2(64 - i64::from(precision)) * Mag::from_float_lower(fit.system.smallest()))
        * Mag::ONE.div_by_lower(Mag::from_float_lower(&matrix.largest_diagonal().to_float()));
    let one = |i: usize| {
        let e = Known::unit(n, i);
        let solution = fit.system.solve(&e, goal.sqrt());
        let (v, r) = (&solution.vector, &solution.residual);
        let length = v.norm();
        // (A^{-1})_ii = eᵀv + vᵀr + rᵀ A^{-1} r.
        let error = length * r.error + fit.system.solution_of(solution.size.pow(2));
        let own = e.vector.dot(v, precision) + v.dot(&r.vector, precision);
        let own = own.widened(error);
        let mean = data.targets().iter().zip(&fit.targets).map(|(y, target)| {
            let s = &target.solution;
            // (A^{-1} y)_i = eᵀα + vᵀs + rᵀ A^{-1} s.
            let error = length * s.residual.error + fit.system.solution_of(solution.size * s.size);
            let there = e.vector.dot(&s.vector, precision) + v.dot(&s.residual.vector, precision);
            Ball::from_rational(&y[i], precision) - there.widened(error) / &own
        });
        let mean = mean.collect();
        let variance = (rule.kernel == Kernel::Nngp).then(|| match rule.noise.is_zero() {
            true => own.recip(),
            false => own.recip() - &noise,
        });
        LeftOut { mean, variance, prior: Ball::exact(matrix.largest_diagonal().to_float()) }
    };
    Ok((0..n).into_par_iter().map(one).collect())
}
