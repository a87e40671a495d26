//! How likely the targets are under the Gaussian process.

use super::fit::{Fit, Ground, bits_of};
use super::rounds::{Wanted, raised};
use super::{Rule, TrainingSet};
use crate::gram::system::{Block, log_determinant};
use crate::kernel::{Kernel, Network};
use crate::number::Mag;
use crate::{Accuracy, Ball, Error};

/// The log marginal likelihood of every target: with $A = K + \sigma^2 I$
/// $$ \log p(y) = -\tfrac12 y^{\mathsf T} A^{-1} y - \tfrac12 \log\det A - \tfrac n2 \log 2\pi $$
/// (Rasmussen and Williams 2006, (2.30)).
///
/// # Errors
/// As [`predict`](super::predict), and [`Error::Parameter`] for [`Kernel::Ntk`] (a trained network has no likelihood)
/// or a finite time.
///
/// # Method
/// The determinant from a Cholesky factor in long integers whose remainders are exact: some seconds for a thousand
/// rows.
///
/// # Examples
/// ```
/// use ntk_series::gram::Points;
/// use ntk_series::number::parse_rational;
/// use ntk_series::predict::{Rule, TrainingSet, log_marginal_likelihood};
/// use ntk_series::{Accuracy, Kernel, Network};
/// let targets = vec![parse_rational("1")?];
/// let data = TrainingSet::new(Points::from_csv("1, 0")?, vec![targets])?;
/// let rule = Rule::new(Kernel::Nngp);
/// let found = log_marginal_likelihood(&Network::relu(1)?, &rule, &data, Accuracy::relative(10)?)?;
/// // K = 1: -1/2 - log √(2π).
/// assert!(found[0].to_string().starts_with("-1.41893853"), "{}", found[0]);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn log_marginal_likelihood(
    network: &Network,
    rule: &Rule,
    data: &TrainingSet,
    accuracy: Accuracy,
) -> Result<Vec<Ball>, Error> {
    rule.check()?;
    if rule.kernel == Kernel::Ntk || !rule.is_infinite() {
        let accepted = "the likelihood is that of the Gaussian process: the NNGP kernel and an infinite time are accepted";
        return Err(Error::parameter("rule", "a trained network", accepted));
    }
    let ground = Ground::new(network, rule, data, data.inputs(), accuracy)?;
    let mut digits = ground.digits;
    let wanted = |found: &Vec<Ball>| found.iter().enumerate().map(named).collect();
    raised(accuracy, &mut digits, data.len(), |digits| answer(network, rule, data, &ground, digits), wanted)
}

fn named((k, value): (usize, &Ball)) -> Wanted {
    Wanted {
        name: format!("the log marginal likelihood of target {}", k + 1),
        value: value.clone(),
        size: Mag::ONE,
    }
}

fn answer(
    network: &Network,
    rule: &Rule,
    data: &TrainingSet,
    ground: &Ground,
    digits: u32,
) -> Result<Vec<Ball>, Error> {
    let n = data.len();
    let made = |accuracy| Block::new(network, rule.kernel, data.inputs(), n, accuracy);
    let block = ground.block(digits, made)?;
    let matrix = block.matrix();
    let fit = Fit::new(&matrix, ground, data, digits)?;
    let bits = bits_of(digits);
    let precision = bits + 64;
    let determinant = log_determinant(&matrix, &ground.ridge, &ground.smallest, bits)?;
    let circle = Ball::pi(precision).shl(1).ln().mul_integer(n as i64);
    let one = |target: &super::fit::Target| {
        let (y, s) = (&target.values, &target.solution);
        // yᵀ A^{-1} y = yᵀα + αᵀs + sᵀ A^{-1} s.
        let product = y.vector.dot(&s.vector, precision) + s.vector.dot(&s.residual.vector, precision);
        let error = s.vector.norm() * (y.error + s.residual.error) + fit.system.solution_of(s.size.pow(2));
        let sum = product.widened(error) + &determinant + &circle;
        (-sum).shl(-1)
    };
    Ok(fit.targets.iter().map(one).collect())
}
