//! What a network is made of: layers, residual blocks, normalization layers, sums of branches.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Layer, MAX_HIDDEN_LAYERS, factor};
use crate::Error;

/// Most blocks and branches that a network may have, and most of them one in the other.
pub(crate) const MAX_BLOCKS: usize = 4000;
/// See [`MAX_BLOCKS`].
pub(crate) const MAX_NESTING: usize = 32;

/// A step of a network. It takes the covariance `c` and the tangent kernel `Θ` of what it is given to those of what it
/// returns.
///
/// The branches of a block have weights of their own. So at most one of them may pass its input on without any: two
/// such are one, with the square of the sum of their factors, as `x + x = 2x` has the covariance `4c`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Block {
    /// A hidden layer and the weights that follow it.
    Dense(Layer),
    /// `skip · x + branch(x)`: `(c, Θ)` becomes `skip² · (c, Θ) + branch(c, Θ)`.
    Residual {
        /// The factor of what goes past the branch.
        skip: BigRational,
        /// The branch.
        branch: Vec<Block>,
    },
    /// Division by the root of the variance, LayerNorm at infinite width: `c/√(q q')`, and `Θ` likewise.
    Normalize,
    /// A sum of branches: `Σ weight · branch(c, Θ)`, weights not negative. An empty branch is its input.
    Sum(Vec<(BigRational, Vec<Block>)>),
}

impl Block {
    /// The weights and branches of a sum; a residual block is one.
    pub(crate) fn terms(&self) -> Vec<(BigRational, &[Block])> {
        match self {
            Block::Residual { skip, branch } => {
                vec![(skip * skip, &[]), (BigRational::one(), branch)]
            }
            Block::Sum(terms) => terms.iter().map(|(weight, branch)| (weight.clone(), &branch[..])).collect(),
            Block::Dense(_) | Block::Normalize => vec![],
        }
    }

    /// Does something of the input reach the end through no weights?
    fn passes(&self) -> bool {
        match self {
            Block::Dense(_) => false,
            Block::Normalize => true,
            _ => self.terms().iter().any(|(weight, branch)| !weight.is_zero() && passes(branch)),
        }
    }
}

fn passes(chain: &[Block]) -> bool {
    chain.iter().all(Block::passes)
}

/// Is there a normalization layer in any branch?
pub(super) fn normalizes(chain: &[Block]) -> bool {
    chain.iter().any(|block| match block {
        Block::Normalize => true,
        _ => block.terms().iter().any(|(_, branch)| normalizes(branch)),
    })
}

/// The hidden layers of blocks that make a network.
pub(super) fn checked_layers(blocks: &[Block]) -> Result<Vec<Layer>, Error> {
    let mut found = Found { layers: vec![], count: 0 };
    found.check(blocks, 0)?;
    if found.layers.is_empty() {
        return Err(Error::parameter("hidden layers", 0, "1 to 1000 are accepted"));
    }
    Ok(found.layers)
}

/// Drops blocks one by one: as they are, those that are too deep would be dropped one within the other.
pub(super) fn dismantle(blocks: Vec<Block>) {
    let mut rest = blocks;
    while let Some(block) = rest.pop() {
        match block {
            Block::Residual { branch, .. } => rest.extend(branch),
            Block::Sum(terms) => rest.extend(terms.into_iter().flat_map(|(_, branch)| branch)),
            Block::Dense(_) | Block::Normalize => (),
        }
    }
}

struct Found {
    layers: Vec<Layer>,
    count: usize,
}

impl Found {
    fn check(&mut self, chain: &[Block], depth: usize) -> Result<(), Error> {
        if depth > MAX_NESTING {
            let found = format!("more than {MAX_NESTING}");
            let accepted = format!("at most {MAX_NESTING} blocks one in the other are accepted");
            return Err(Error::parameter("nesting of blocks", found, &accepted));
        }
        for block in chain {
            self.count()?;
            match block {
                Block::Dense(layer) => {
                    if self.layers.len() == MAX_HIDDEN_LAYERS {
                        let found = format!("more than {MAX_HIDDEN_LAYERS}");
                        return Err(Error::parameter("hidden layers", found, "1 to 1000 are accepted"));
                    }
                    layer.check()?;
                    self.layers.push(layer.clone());
                }
                Block::Normalize => (),
                Block::Residual { .. } | Block::Sum(_) => self.check_sum(block, depth)?,
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), Error> {
        self.count += 1;
        if self.count > MAX_BLOCKS {
            let found = format!("more than {MAX_BLOCKS}");
            let accepted = format!("at most {MAX_BLOCKS} are accepted");
            return Err(Error::parameter("blocks and branches", found, &accepted));
        }
        Ok(())
    }

    fn check_sum(&mut self, block: &Block, depth: usize) -> Result<(), Error> {
        let terms = block.terms();
        for (weight, branch) in &terms {
            self.count()?;
            factor("weight", weight)?;
            self.check(branch, depth + 1)?;
        }
        let positive = || terms.iter().filter(|(weight, _)| !weight.is_zero());
        if positive().next().is_none() {
            let accepted = "at least one branch of positive weight is accepted";
            return Err(Error::parameter("sum", "0", accepted));
        }
        if positive().filter(|(_, branch)| passes(branch)).count() > 1 {
            let accepted = "at most one branch may hand on its input without a layer, the skip of a residual block \
                            included: two such are one, as x + x = 2x";
            return Err(Error::parameter("sum", "x + x", accepted));
        }
        Ok(())
    }
}
