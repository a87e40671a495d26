//! The recursion of a network's kernels, written once: a walk through its blocks.
//!
//! It takes a state from block to block. What is known of the covariance `C` and of the tangent kernel `Θ`, whoever
//! walks says, by three steps:
//!
//! * a layer: `C' = σ_w² E[φ(u)φ(v)] + σ_b²`, `Θ' = η σ_w² E[φ(u)φ(v)] + τ + σ_w² E[φ'(u)φ'(v)] Θ`, `(u, v)` centred
//!   Gaussian with covariance `C`;
//! * a sum: `Σ w_i C_i`, `Σ w_i Θ_i` with all `w_i > 0`, branch by branch;
//! * a normalization: `C/√(q q')`, `Θ/√(q q')` with `q = C(x,x)`.

use num_traits::Signed;

use crate::format::{Block, Layer, Network};
use crate::integer::BigRational;

/// What is known of the kernels, and what becomes of it.
pub(crate) trait Steps {
    type State: Clone;
    /// Why the walk ends early.
    type Stop;

    /// Branches of weight 0 add nothing: are they walked through all the same?
    const EVERY_BRANCH: bool = false;

    /// After a hidden layer, by its place among them.
    fn layer(&mut self, index: usize, layer: &Layer, before: Self::State) -> Result<Self::State, Self::Stop>;

    /// One more branch, of positive weight, is added to those that were: `None` before the first one.
    fn joined(
        &mut self,
        sum: Option<Self::State>,
        weight: &BigRational,
        branch: Self::State,
    ) -> Result<Self::State, Self::Stop>;

    fn normalized(&mut self, before: Self::State) -> Result<Self::State, Self::Stop>;
}

/// The state after the whole network.
pub(crate) fn run<S: Steps>(network: &Network, steps: &mut S, first: S::State) -> Result<S::State, S::Stop> {
    chain(network, &network.blocks, steps, first)
}

/// The depth of this recursion is that of the blocks, which is limited where they are read.
fn chain<S: Steps>(
    network: &Network,
    blocks: &[Block],
    steps: &mut S,
    first: S::State,
) -> Result<S::State, S::Stop> {
    let mut state = first;
    for block in blocks {
        state = match block {
            Block::Layer(index) => steps.layer(*index, &network.layers[*index], state)?,
            Block::Normalization => steps.normalized(state)?,
            Block::Sum(terms) => {
                let mut sum = None;
                for (weight, branch) in terms {
                    if !(S::EVERY_BRANCH || weight.is_positive()) {
                        continue;
                    }
                    let after = chain(network, branch, steps, state.clone())?;
                    if weight.is_positive() {
                        sum = Some(steps.joined(sum, weight, after)?);
                    }
                }
                // One weight at least is positive: that is checked where the network is read.
                sum.unwrap_or(state)
            }
        };
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rational::{ratio, rational};

    /// Notes down what is done, in order.
    struct Notes(bool);

    impl Steps for Notes {
        type State = String;
        type Stop = String;
        const EVERY_BRANCH: bool = false;

        fn layer(&mut self, index: usize, _: &Layer, before: String) -> Result<String, String> {
            if self.0 { Err(before) } else { Ok(format!("{before}{index}")) }
        }

        fn joined(
            &mut self,
            sum: Option<String>,
            weight: &BigRational,
            branch: String,
        ) -> Result<String, String> {
            let sum = sum.map_or(String::new(), |sum| format!("{sum}+"));
            Ok(format!("{sum}{weight}*({branch})"))
        }

        fn normalized(&mut self, before: String) -> Result<String, String> {
            Ok(format!("|{before}|"))
        }
    }

    fn network() -> Network {
        let text = r#"{"gamma_w2": "1", "gamma_b2": "0", "radius2": "1", "layers": [
            {"activation": "a", "sigma_w2": "1", "sigma_b2": "0"},
            {"residual": [{"normalize": true}, {"activation": "b", "sigma_w2": "1", "sigma_b2": "0"}], "skip": "-1/2"},
            {"sum": [[], [{"activation": "c", "sigma_w2": "1", "sigma_b2": "0"}],
                     [{"activation": "d", "sigma_w2": "1", "sigma_b2": "0"}, {"normalize": true}]], "weights": ["3", "0", "2"]},
            {"activation": "e", "sigma_w2": "1", "sigma_b2": "0"}]}"#;
        crate::format::tests::network(text).unwrap()
    }

    #[test]
    fn blocks_are_walked_through_in_order() {
        let network = network();
        let names: Vec<&str> = network.layers.iter().map(|l| l.activation.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
        let residual = "1/4*(x0)+1*(|x0|1)";
        let expected = format!("3*({residual})+2*(|{residual}3|)4");
        assert_eq!(run(&network, &mut Notes(false), "x".into()), Ok(expected));
        assert_eq!(run(&network, &mut Notes(true), "x".into()), Err("x".into()));
        // The square of the skip, whatever its sign.
        assert!(
            matches!(&network.blocks[1], Block::Sum(terms) if terms[0].0 == ratio(1, 4) && terms[1].0 == rational(1))
        );
    }
}
