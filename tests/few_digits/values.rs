//! What is computed from a table: values, tails, shares, truncation errors; its variances; and its closed forms.

use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable};
use ntk_series::kernel::{
    BiasVariance, Convention, Input, Kernel, KernelSeries, Layer, Network, WeightVariance,
};
use ntk_series::{Accuracy, Ball};
use proptest::prelude::*;

use super::{MANY, SETTINGS, activation, holds, network, q, relative, same_number};

const NAMES: [&str; 16] = [
    "relu",
    "leaky-relu(1/10)",
    "abs",
    "repu(2)",
    "erf",
    "gelu",
    "sin(1/2,1)",
    "cos",
    "exp(1/4)",
    "gaussian",
    "cube",
    "poly(1,2,-1/3)",
    "hermite(3)",
    "tanh",
    "softplus",
    "elu",
];

const COSINES: [&str; 15] = [
    "-1",
    "-999999/1000000",
    "-9/10",
    "-1/2",
    "-1/100",
    "0",
    "1e-9",
    "1/7",
    "1/2",
    "4/5",
    "99/100",
    "999/1000",
    "999999/1000000",
    "0.999999999999",
    "1",
];

fn series(network: &Network, kernel: Kernel, degree: usize, accuracy: Accuracy) -> KernelSeries {
    network
        .series(kernel, Convention::Standard, degree, accuracy)
        .unwrap_or_else(|e| panic!("{network:?}: {e}"))
}

/// The kernel at an exact cosine, as well as the fine series knows it.
fn truth(fine: &KernelSeries, rho: &Ball) -> Ball {
    fine.evaluate(rho).expect("in [-1, 1]")
}

/// One layer with `γ_w² + γ_b² = 1`, as the published tables have it.
fn published(name: &str, gamma_b2: &str, weight: WeightVariance, bias: BiasVariance) -> Network {
    let layer = Layer { activation: activation(name), sigma_w2: weight, sigma_b2: bias };
    let input = Input { gamma_w2: q("1") - q(gamma_b2), gamma_b2: q(gamma_b2), radius2: q("1") };
    Network::new(input, vec![layer]).unwrap()
}

fn published_series(network: &Network, kernel: Kernel, degree: usize, digits: u32) -> KernelSeries {
    network.series(kernel, Convention::Murray2023, degree, relative(digits)).unwrap()
}

/// Tails far below the first coefficients, to one digit and more: what a ball around zero lacks is not known from its
/// midpoint.
#[test]
fn tiny_tails_of_the_published_convention() {
    let network = published("exp(1/4)", "1/10", WeightVariance::Normalized, BiasVariance::Exact(q("0")));
    let fine = published_series(&network, Kernel::Ntk, 60, MANY);
    for degree in [20, 25, 30, 39] {
        let tail = fine.tail_after(degree).unwrap();
        for digits in [1, 2, 3, 5, 9] {
            let coarse = published_series(&network, Kernel::Ntk, degree, digits);
            let good = same_number(coarse.tail(), &tail) && relative(digits).is_met_by(coarse.tail());
            assert!(good, "degree {degree}, {digits} digits: {} and {tail}", coarse.tail());
        }
    }
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]

    #[test]
    fn values_tails_and_shares(
        name in prop::sample::select(NAMES.to_vec()), setting in 0..SETTINGS.len(), depth in 1usize..4, nngp in any::<bool>(),
        degree in prop::sample::select(vec![0usize, 1, 2, 5, 12, 30]), digits in 1u32..15,
    ) {
        let network = network(name, SETTINGS[setting], depth);
        let kernel = if nngp { Kernel::Nngp } else { Kernel::Ntk };
        let fine = series(&network, kernel, 150, relative(MANY));
        let coarse = series(&network, kernel, degree, relative(digits));
        for (x, y) in coarse.layer_variances().iter().zip(fine.layer_variances()) {
            for (x, y) in [(&x.variance, &y.variance), (&x.sigma_w2, &y.sigma_w2), (&x.sigma_b2, &y.sigma_b2)] {
                prop_assert!(holds(x, y), "a variance: {} and {}", x, y);
            }
        }
        for (p, (x, y)) in coarse.shares().iter().zip(fine.shares()).enumerate() {
            prop_assert!(holds(x, &y) && holds(&coarse.share(p).unwrap(), &y), "share {}: {} and {}", p, x, y);
            let tail = [&coarse, &fine].map(|series| series.tail_after(p).unwrap());
            prop_assert!(same_number(&tail[0], &tail[1]), "tail {}: {:?}", p, tail);
        }
        for text in COSINES {
            // Of many more bits than the digits, and of about as many.
            for precision in [200, 64] {
                let rho = Ball::exact(Ball::from_rational(&q(text), precision).midpoint().clone());
                let truth = truth(&fine, &rho);
                let partial = |n: usize| {
                    fine.coefficients()[..=n].iter().rev().fold(Ball::zero(300), |acc, c| &acc * &rho + c)
                };
                let mut pairs = vec![
                    ("the value", coarse.evaluate(&rho).unwrap(), truth.clone()),
                    ("the series", coarse.evaluate_by_series(&rho).unwrap(), truth.clone()),
                ];
                if let Some(value) = coarse.evaluate_by_recursion(&rho).unwrap() {
                    pairs.push(("the recursion", value, truth.clone()));
                }
                for n in [0, degree / 2, degree] {
                    pairs.push(("what is cut off", coarse.truncation_error(&rho, n).unwrap(), &truth - &partial(n)));
                }
                for (what, x, y) in pairs {
                    prop_assert!(holds(&x, &y), "{} at {}: {} and {}", what, text, x, y);
                }
            }
        }
    }

    /// A cosine that is only enclosed: the values at both ends and in the middle lie in the value at the ball.
    #[test]
    fn values_at_enclosed_cosines(
        name in prop::sample::select(NAMES.to_vec()), setting in 0..SETTINGS.len(), depth in 1usize..3, nngp in any::<bool>(),
        digits in 1u32..15, middle in -1000i64..=1000, size in 0i32..60, degree in prop::sample::select(vec![0usize, 3, 20]),
    ) {
        let network = network(name, SETTINGS[setting], depth);
        let kernel = if nngp { Kernel::Nngp } else { Kernel::Ntk };
        let [fine, coarse] = [(150, MANY), (degree, digits)].map(|(degree, digits)| series(&network, kernel, degree, relative(digits)));
        let center = Ball::from_rational(&(q("1/1000") * q(&middle.to_string())), 64);
        let room = Ball::from_integer(1, 64) - center.abs();
        let radius = Ball::exact(room.lower()).shl(-size);
        let rho = Ball::exact(center.midpoint().clone()).widened(radius.magnitude());
        // Rounding may take the ball out of [-1, 1].
        let Ok(value) = coarse.evaluate(&rho) else { return Ok(()) };
        let others = [Some(coarse.evaluate_by_series(&rho).unwrap()), coarse.evaluate_by_recursion(&rho).unwrap()];
        // With so many bits the ends are not rounded.
        let long = rho.with_precision(300);
        for at in [long.lower(), long.midpoint().clone(), long.upper()].map(Ball::exact) {
            let truth = truth(&fine, &at);
            let missing = &truth - &fine.coefficients()[0];
            prop_assert!(holds(&coarse.truncation_error(&rho, 0).unwrap(), &missing), "at {}", at);
            for found in others.iter().flatten().chain([&value]) {
                prop_assert!(holds(found, &truth), "at {} of {}: {} and {}", at, rho, found, truth);
            }
        }
    }

    #[test]
    fn the_published_convention(
        name in prop::sample::select(vec!["relu", "normal-pdf", "gelu", "erf", "tanh", "elu", "exp(1/4)", "poly(1,2,-1/3)"]),
        gamma in prop::sample::select(vec!["0", "1/2", "1/10", "1"]), unit in any::<bool>(), nngp in any::<bool>(), degree in 0usize..40, digits in 1u32..15,
    ) {
        let sigma = match unit {
            true => (WeightVariance::Exact(q("1/10")), BiasVariance::Unit),
            false => (WeightVariance::Normalized, BiasVariance::Exact(q("0"))),
        };
        let network = published(name, gamma, sigma.0, sigma.1);
        let kernel = if nngp { Kernel::Nngp } else { Kernel::Ntk };
        let (fine, coarse) = (published_series(&network, kernel, 60, MANY), published_series(&network, kernel, degree, digits));
        let pairs = coarse.coefficients().iter().zip(fine.coefficients());
        let tail = fine.tail_after(degree).unwrap();
        for (x, y) in pairs.chain([(coarse.sum(), fine.sum()), (coarse.tail(), &tail)]) {
            prop_assert!(same_number(x, y) && relative(digits).is_met_by(x), "{} and {}", x, y);
        }
    }

    #[test]
    fn closed_forms_are_the_numbers(
        name in prop::sample::select(NAMES.to_vec()), setting in 0..SETTINGS.len(), depth in 1usize..4, nngp in any::<bool>(),
        layered in any::<bool>(), precision in 2u32..120, digits in 1u32..15,
    ) {
        let network = network(name, SETTINGS[setting], depth);
        let kernel = if nngp { Kernel::Nngp } else { Kernel::Ntk };
        let mode = if layered { ClosedFormMode::Layered } else { ClosedFormMode::Expanded };
        let degree = if depth == 1 { 30 } else { 6 };
        let Some(table) = ClosedFormTable::new(&network, kernel, Convention::Standard, degree, mode).unwrap() else {
            return Ok(());
        };
        let fine = series(&network, kernel, degree, relative(MANY));
        for ((form, ball), y) in table.coefficients().iter().zip(table.to_balls(precision)).zip(fine.coefficients()) {
            prop_assert!(holds(&ball, y), "{} is {} and {}", form, ball, y);
            let x = form.enclose(relative(digits)).unwrap();
            prop_assert!(holds(&x, y) && relative(digits).is_met_by(&x), "{} is {} and {}", form, x, y);
            prop_assert_eq!(form.is_zero(), y.is_exact_zero(), "{} is {}", form, y);
        }
    }
}
