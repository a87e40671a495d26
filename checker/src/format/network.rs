//! The network: layers, blocks within blocks, and how they are trained.

use num_traits::{One, Signed, Zero};

use super::fields::{Field, Object};
use super::read::{non_negative, positive};
use super::*;
use crate::Rejection;
use crate::integer::BigRational;

pub(super) fn network(field: Field) -> Result<Network, Rejection> {
    let path = field.path.clone();
    let keys = ["gamma_w2", "gamma_b2", "radius2", "layers"];
    let mut object = field.object_with(&keys, &["train_w", "train_b"])?;
    let list = object.take("layers");
    let first = list.path.clone();
    let mut found = Found { layers: vec![], count: 0 };
    let (blocks, _) = found.chain(list, 0)?;
    if found.layers.is_empty() {
        return Err(Rejection::malformed(first, "at least one hidden layer is expected"));
    }
    let network = Network {
        gamma_w2: non_negative(object.take("gamma_w2"))?,
        gamma_b2: non_negative(object.take("gamma_b2"))?,
        radius2: positive(object.take("radius2"))?,
        training: training(&mut object)?,
        layers: found.layers,
        blocks,
    };
    let (weights, biases) = (&network.training.weights, network.first_tangent().1);
    let frozen = |layer: &Layer| {
        let bias = match &layer.sigma_b2 {
            BiasVariance::Given(b) => Some(b.is_positive()),
            BiasVariance::Unit => None,
        };
        !layer.trains_weights() && layer.trains_biases(bias) == Some(false)
    };
    if weights.is_zero() && biases.is_zero() && network.layers.iter().all(frozen) {
        return Err(Rejection::malformed(path, "at least one layer is expected to be trained"));
    }
    Ok(network)
}

fn training(object: &mut Object) -> Result<Training, Rejection> {
    let mut value = |key: &str| {
        let given = object.has(key);
        let field = object.take(key);
        if given { non_negative(field).map(Some) } else { Ok(None) }
    };
    Ok(Training { weights: value("train_w")?.unwrap_or_else(BigRational::one), biases: value("train_b")? })
}

/// The layers that were met so far, and how many blocks and branches there are.
struct Found {
    layers: Vec<Layer>,
    count: usize,
}

/// Blocks, and whether they hand on something of their input without a layer.
type Passing<T> = (T, bool);

impl Found {
    /// A list of blocks, so deep in others: the recursion ends with the depth that is accepted.
    fn chain(&mut self, field: Field, depth: usize) -> Result<Passing<Vec<Block>>, Rejection> {
        let limits = field.limits;
        if depth > limits.depth {
            let why = format!("at most {} blocks one in the other are accepted", limits.depth);
            return Err(field.wrong(why));
        }
        let (mut blocks, mut passes) = (vec![], true);
        for field in field.list(limits.blocks)? {
            let (block, passed) = self.block(field, depth)?;
            blocks.push(block);
            passes &= passed;
        }
        Ok((blocks, passes))
    }

    /// One more block or branch.
    fn count(&mut self, field: &Field) -> Result<(), Rejection> {
        self.count += 1;
        if self.count > field.limits.blocks {
            return Err(
                field.wrong(format!("at most {} blocks and branches are accepted", field.limits.blocks))
            );
        }
        Ok(())
    }

    fn block(&mut self, field: Field, depth: usize) -> Result<Passing<Block>, Rejection> {
        self.count(&field)?;
        let path = field.path.clone();
        match () {
            () if field.has("normalize") => {
                let value = field.object(&["normalize"])?.take("normalize");
                if !value.is_true() {
                    return Err(value.wrong("`true` is expected"));
                }
                Ok((Block::Normalization, true))
            }
            () if field.has("residual") => {
                let mut object = field.object(&["residual", "skip"])?;
                let skip = object.take("skip").rational()?;
                let branch = object.take("residual");
                self.count(&branch)?;
                let branch = self.chain(branch, depth + 1)?;
                let input = (&skip * &skip, (vec![], true));
                sum(path, vec![input, (BigRational::one(), branch)])
            }
            () if field.has("sum") => {
                let limits = field.limits;
                let mut object = field.object(&["sum", "weights"])?;
                let (list, weights) = (object.take("sum"), object.take("weights"));
                let weights_path = weights.path.clone();
                let weights: Vec<BigRational> =
                    weights.list(limits.blocks)?.map(non_negative).collect::<Result<_, _>>()?;
                let mut branches = vec![];
                for branch in list.list(limits.blocks)? {
                    self.count(&branch)?;
                    branches.push(self.chain(branch, depth + 1)?);
                }
                if branches.len() != weights.len() {
                    let why = format!("{} weights are expected, one of each branch", branches.len());
                    return Err(Rejection::malformed(weights_path, why));
                }
                sum(path, weights.into_iter().zip(branches).collect())
            }
            () => {
                let most = field.limits.layers;
                if self.layers.len() == most {
                    return Err(field.wrong(format!("at most {most} hidden layers are accepted")));
                }
                self.layers.push(layer(field)?);
                Ok((Block::Layer(self.layers.len() - 1), false))
            }
        }
    }
}

/// A sum of branches with their weights. The weights of different branches are independent of each other, so that only
/// one may be the input itself: `x + x = 2x` has the covariance `4c`, not `2c`.
fn sum(path: String, terms: Vec<(BigRational, Passing<Vec<Block>>)>) -> Result<Passing<Block>, Rejection> {
    let positive = || terms.iter().filter(|(weight, _)| weight.is_positive());
    if positive().next().is_none() {
        return Err(Rejection::malformed(path, "a branch of positive weight is expected"));
    }
    let passing = positive().filter(|(_, (_, passes))| *passes).count();
    if passing > 1 {
        let why = "at most one branch may hand on its input without a layer";
        return Err(Rejection::malformed(path, why));
    }
    let branches = terms.into_iter().map(|(weight, (branch, _))| (weight, branch)).collect();
    Ok((Block::Sum(branches), passing > 0))
}

fn layer(field: Field) -> Result<Layer, Rejection> {
    let path = field.path.clone();
    let mut object = field.object_with(&["activation", "sigma_w2", "sigma_b2"], &["train_w", "train_b"])?;
    let (weight, bias) = (object.take("sigma_w2"), object.take("sigma_b2"));
    let normalized = weight.is_text("normalized");
    let unit = bias.is_text("unit");
    if normalized && unit {
        let why = "`normalized` and `unit` together leave the variances open";
        return Err(Rejection::malformed(path, why));
    }
    Ok(Layer {
        activation: object.take("activation").text()?,
        sigma_w2: if normalized {
            WeightVariance::Normalized
        } else {
            WeightVariance::Given(non_negative(weight)?)
        },
        sigma_b2: if unit { BiasVariance::Unit } else { BiasVariance::Given(non_negative(bias)?) },
        training: training(&mut object)?,
        path,
    })
}
