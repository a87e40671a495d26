//! Finite networks at few bits and at many.

use ntk_series::finite::{Architecture, FiniteNetwork, Hessian, Neighbourhood, Step};
use ntk_series::{Accuracy, Ball};
use num_rational::BigRational;
use proptest::prelude::*;

use super::{activation, holds, q};

const NAMES: [&str; 12] = [
    "tanh",
    "sigmoid",
    "softplus",
    "erf",
    "gelu",
    "sin",
    "exp(1/4)",
    "gaussian",
    "cube",
    "poly(1,2,-1/3)",
    "relu",
    "arctan",
];

/// What stands for the truth.
fn fine_accuracy() -> Accuracy {
    Accuracy::absolute(80).unwrap()
}

proptest! {
    #![proptest_config(ntk_testing::cases(16))]

    #[test]
    fn finite_networks(
        name in prop::sample::select(NAMES.to_vec()), seed in any::<u64>(), widths in prop::collection::vec(1usize..5, 1..3),
        biases in any::<bool>(), digits in prop::sample::select(vec![1u32, 2, 5, 9, 10, 16, 30]), point in prop::collection::vec(-40i64..40, 4), order in 1usize..5,
    ) {
        let all: Vec<usize> = [vec![2], widths, vec![1]].concat();
        let shape = Architecture::new(&activation(name), &all).unwrap().with_biases(biases);
        let network = FiniteNetwork::from_seed(&shape, seed).unwrap();
        let point: Vec<BigRational> = point.into_iter().map(|n| BigRational::new(n.into(), 16.into())).collect();
        let (x, y) = point.split_at(2);
        let at = |accuracy: Accuracy| -> Vec<Vec<Ball>> {
            // A pre-activation at a kink is refused.
            let numbers = [
                network.evaluate(x, accuracy),
                network.tangent_kernel(x, y, accuracy).map(|k| vec![k]),
                network.feature_kernel(x, y, order, accuracy),
            ];
            numbers.into_iter().map(|found| found.unwrap_or_default()).collect()
        };
        let (coarse, fine) = (at(Accuracy::relative(digits).unwrap()), at(fine_accuracy()));
        for (x, y) in coarse.iter().flatten().zip(fine.iter().flatten()) {
            prop_assert!(holds(x, y), "{} to {} digits: {} and {}", name, digits, x, y);
        }
        let doubles = |x: &[BigRational]| x.iter().map(|x| num_traits::ToPrimitive::to_f64(x).unwrap()).collect::<Vec<_>>();
        if let (Ok(a), Ok(b)) = (Hessian::new(&network, &doubles(x)), Hessian::new(&network, &doubles(y))) {
            for (within, truth) in [(a.output(), &fine[0]), (a.kernel(&b).unwrap(), &fine[1])] {
                let distance = truth.first().map(|t| (t - &Ball::exact(rug::Float::with_val(300, within.value))).abs());
                prop_assert!(distance.is_none_or(|d| d.lower() <= within.error), "{:?} misses {:?}", within, truth);
            }
        }
    }

    #[test]
    fn neighbourhoods(
        name in prop::sample::select(NAMES.to_vec()), seed in any::<u64>(), widths in prop::collection::vec(1usize..4, 1..3),
        biases in any::<bool>(), digits in prop::sample::select(vec![1u32, 2, 9, 10, 30]), order in 0usize..6, size in 1i64..60,
    ) {
        let all: Vec<usize> = [vec![2], widths, vec![1]].concat();
        let shape = Architecture::new(&activation(name), &all).unwrap().with_biases(biases);
        let network = FiniteNetwork::from_seed(&shape, seed).unwrap();
        let x = [q("1/2"), q("-1/3")];
        let step = Step::from_seed(&network, seed ^ 1, &BigRational::new(size.into(), 100.into())).unwrap();
        let [coarse, fine] = [Accuracy::absolute(digits).unwrap(), fine_accuracy()].map(|accuracy| {
            let found = Neighbourhood::new(&network, &x, accuracy).and_then(|n| n.series(&step, order));
            found.ok()
        });
        let (Some(coarse), Some(fine)) = (coarse, fine) else { return Ok(()) };
        let moved = network.after(&step).unwrap().evaluate(&x, fine_accuracy()).unwrap();
        prop_assert!(holds(&coarse.sum(), &moved[0]), "{}: {} and {}", name, coarse.sum(), moved[0]);
        for (m, (x, y)) in coarse.orders.iter().zip(&fine.orders).enumerate() {
            prop_assert!(holds(x, y), "{} order {} to {} digits: {} and {}", name, m, digits, x, y);
            let partial = coarse.partial(m + 1).widened(coarse.remainders[m]);
            prop_assert!(holds(&partial, &moved[0]), "{} to order {}: {} and {}", name, m, partial, moved[0]);
        }
    }
}
