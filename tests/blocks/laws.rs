//! Networks that are the same, written differently, have the same kernels and verdicts by every route.

use ntk_series::gram::{GramMatrix, Points};
use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable};
use ntk_series::kernel::{Block, Convention, Input, Training};
use ntk_series::positivity::{Domain, decide, exact_gram};
use ntk_series::{Accuracy, Ball, Kernel, Network};
use num_rational::BigRational;
use proptest::prelude::*;

use super::build::{dense, number};

/// Degrees and growth stay small: what they cost is no matter of blocks.
const ACTIVATIONS: [&str; 6] = ["relu", "erf", "sin", "x^2", "x", "abs"];
const NUMBERS: [&str; 6] = ["0", "1", "1/2", "3", "1/100", "7/3"];

fn value() -> impl Strategy<Value = BigRational> {
    prop::sample::select(&NUMBERS[..]).prop_map(number)
}

fn positive() -> impl Strategy<Value = BigRational> {
    prop::sample::select(&NUMBERS[1..]).prop_map(number)
}

fn layer() -> impl Strategy<Value = Block> {
    let (names, weights) =
        (prop::sample::select(&ACTIVATIONS[..]), prop::sample::select(&["1", "2", "1/3", "normalized"][..]));
    let biases = prop::sample::select(&["0", "0", "1/5"][..]);
    (names, weights, biases).prop_map(|(name, w, b)| dense(name, w, b))
}

/// A chain of so many levels at most that has a layer.
fn chain(depth: u32) -> BoxedStrategy<Vec<Block>> {
    let block = match depth {
        0 => layer().boxed(),
        _ => prop_oneof![
            3 => layer(),
            2 => (value(), chain(depth - 1)).prop_map(|(skip, branch)| Block::Residual { skip, branch }),
            1 => Just(Block::Normalize),
            1 => (value(), chain(depth - 1), positive(), chain(depth - 1))
                .prop_map(|(a, first, b, second)| Block::Sum(vec![(a, first), (b, second)])),
        ]
        .boxed(),
    };
    (layer(), prop::collection::vec(block, 0..3), 0usize..3)
        .prop_map(|(layer, mut blocks, at)| {
            blocks.insert(at.min(blocks.len()), layer);
            blocks
        })
        .boxed()
}

fn input() -> impl Strategy<Value = Input> {
    (positive(), value(), positive()).prop_map(|(gamma_w2, gamma_b2, radius2)| Input {
        gamma_w2,
        gamma_b2,
        radius2,
    })
}

const KERNELS: [Kernel; 2] = [Kernel::Nngp, Kernel::Ntk];

/// By series, sums, closed forms, Gram matrices of any norms, exact matrices, supports and features.
fn same(a: &Network, b: &Network) -> Result<(), TestCaseError> {
    let accuracy = Accuracy::relative(15).unwrap();
    let points = Points::from_csv("1,0\n3/5,4/5\n-1/2,2\n3,1/3").unwrap();
    let overlap = |x: &[Ball], y: &[Ball], what: &str| {
        prop_assert_eq!(x.len(), y.len());
        for (i, (x, y)) in x.iter().zip(y).enumerate() {
            prop_assert!(x.overlaps(y), "{} {}: {} and {}", what, i, x, y);
            prop_assert_eq!(x.is_exact_zero(), y.is_exact_zero(), "{} {}: {} and {}", what, i, x, y);
        }
        Ok(())
    };
    for kernel in KERNELS {
        let [s, t] = [a, b].map(|n| n.series(kernel, Convention::Standard, 6, accuracy));
        match (s, t) {
            (Ok(s), Ok(t)) => {
                overlap(s.coefficients(), t.coefficients(), "coefficient")?;
                overlap(&[s.sum().clone(), s.tail().clone()], &[t.sum().clone(), t.tail().clone()], "sum")?;
            }
            // Variances may be too large for numbers.
            (s, t) => {
                prop_assert_eq!(s.is_err(), t.is_err());
                continue;
            }
        }
        let [s, t] = [a, b].map(|n| {
            ClosedFormTable::new(n, kernel, Convention::Standard, 2, ClosedFormMode::Layered).unwrap()
        });
        // One way of writing it may have shorter names than the other.
        if let (Some(s), Some(t)) = (s, t) {
            let least = s.coefficients().len().min(t.coefficients().len());
            overlap_only(&s.to_balls(200)[..least], &t.to_balls(200)[..least])?;
        }
        let [s, t] = [a, b].map(|n| GramMatrix::new(n, kernel, &points, accuracy));
        prop_assert_eq!(s.is_err(), t.is_err());
        if let (Ok(s), Ok(t)) = (s, t) {
            for i in 0..4 {
                for j in 0..=i {
                    prop_assert!(s.get(i, j).overlaps(&t.get(i, j)), "{} {}", s.get(i, j), t.get(i, j));
                }
            }
        }
        prop_assert_eq!(exact_gram(a, kernel, points.rows()), exact_gram(b, kernel, points.rows()));
        for domain in [Domain::Sphere, Domain::SphereWithoutAntipodes, Domain::NonProportional] {
            let [s, t] = [a, b].map(|n| decide(n, kernel, domain).map(|v| v.outcome).ok());
            prop_assert_eq!(s, t, "{:?}", domain);
        }
    }
    Ok(())
}

fn overlap_only(x: &[Ball], y: &[Ball]) -> Result<(), TestCaseError> {
    for (x, y) in x.iter().zip(y) {
        prop_assert!(x.overlaps(y), "{} and {}", x, y);
    }
    Ok(())
}

/// With speeds of the layers in their order, as often as the pattern is repeated.
fn trained(network: Network, speeds: &[Training]) -> Network {
    let count = network.layers().len() + 1;
    network.trained(speeds.iter().cycle().take(count).cloned().collect()).unwrap()
}

fn speed() -> impl Strategy<Value = Training> {
    (positive(), prop::option::of(value())).prop_map(|(weights, biases)| Training { weights, biases })
}

proptest! {
    #![proptest_config(ntk_testing::cases(6))]
    #[test]
    fn like_branches_are_one_of_their_whole_weight(
        input in input(), a in positive(), b in positive(), branch in chain(1), after in layer(), speed in speed()
    ) {
        let twice = Block::Sum(vec![(a.clone(), branch.clone()), (b.clone(), branch.clone())]);
        let [many, one] = [twice, Block::Sum(vec![(a + b, branch)])]
            .map(|sum| Network::from_blocks(input.clone(), vec![sum, after.clone()]).unwrap());
        same(&many, &one)?;
        same(&trained(many, std::slice::from_ref(&speed)), &trained(one, &[speed]))?;
    }

    #[test]
    fn a_residual_block_is_a_sum(
        input in input(), before in layer(), skip in value(), branch in chain(1), after in chain(1), speeds in prop::collection::vec(speed(), 3)
    ) {
        let sum = Block::Sum(vec![(&skip * &skip, vec![]), (number("1"), branch.clone())]);
        let residual = Block::Residual { skip, branch };
        let [residual, sum] = [residual, sum].map(|block| {
            let blocks = [vec![before.clone(), block], after.clone()].concat();
            trained(Network::from_blocks(input.clone(), blocks).unwrap(), &speeds)
        });
        same(&residual, &sum)?;
    }

    #[test]
    fn a_block_without_skip_is_its_branch(input in input(), branch in chain(1), after in layer(), speeds in prop::collection::vec(speed(), 2)) {
        let block = vec![Block::Residual { skip: number("0"), branch: branch.clone() }, after.clone()];
        let [block, chain] = [block, [branch, vec![after]].concat()]
            .map(|blocks| trained(Network::from_blocks(input.clone(), blocks).unwrap(), &speeds));
        same(&block, &chain)?;
    }

    #[test]
    fn normalizing_twice_is_once(input in input(), before in chain(1), factor in positive(), after in layer(), speeds in prop::collection::vec(speed(), 2)) {
        // Of what a normalization layer is given a factor does not count.
        let scaled = Block::Sum(vec![(factor, vec![Block::Normalize])]);
        let [twice, once] = [vec![Block::Normalize, scaled, Block::Normalize], vec![Block::Normalize]].map(|norms| {
            let blocks = [before.clone(), norms, vec![after.clone()]].concat();
            trained(Network::from_blocks(input.clone(), blocks).unwrap(), &speeds)
        });
        same(&twice, &once)?;
    }

    #[test]
    fn frozen_weights_alone_are_a_factor(input in input(), factor in positive(), before in chain(1), after in layer()) {
        let count = Network::from_blocks(input.clone(), before.clone()).unwrap().layers().len();
        let linear = |block: Block| {
            let blocks = [before.clone(), vec![block, after.clone()]].concat();
            Network::from_blocks(input.clone(), blocks).unwrap()
        };
        let factor_alone = linear(Block::Sum(vec![(factor.clone(), vec![])]));
        let mut speeds = vec![Training::default(); count + 3];
        speeds[count + 1] = Training::frozen();
        let layer = linear(dense("x", &factor.to_string(), "0")).trained(speeds).unwrap();
        same(&layer, &factor_alone)?;
    }
}

#[test]
fn a_repeated_layer_is_resolved_where_it_stands() {
    // Both branches see variance 1; what they return is 1/2 each, not the 1 that they are given.
    let branch = || vec![dense("erf", "1", "0")];
    let sum = Block::Sum(vec![(number("1"), branch()), (number("1"), branch())]);
    let network = Network::from_blocks(Input::default(), vec![sum]).unwrap();
    let one =
        Network::from_blocks(Input::default(), vec![Block::Sum(vec![(number("2"), branch())])]).unwrap();
    let accuracy = Accuracy::relative(20).unwrap();
    let [two, one] = [network, one].map(|n| n.at_one(Kernel::Nngp, accuracy).unwrap());
    assert!(two.overlaps(&one), "{two} {one}");
}
