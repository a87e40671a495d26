//! Two ways to compose the layers, on both sides of where one gives way to the other.

use super::*;
use crate::network::samples::uniform;

fn search(network: &Network, kernel: Kernel, degree: usize, digits: u32) -> Search<'_> {
    let accuracy = Accuracy::relative(digits).unwrap();
    Search::new(network, kernel, Convention::Standard, degree, accuracy).unwrap()
}

/// Each holds what the other gives with twice the digits.
#[test]
fn both_ways_give_one_series() {
    let mut random = ntk_testing::Random::new(11);
    let mut below = |n: usize| random.below(n);
    for _ in 0..ntk_testing::count(5) {
        let name =
            ["tanh", "sigmoid", "softplus", "silu", "mish", "squareplus", "arctan", "tanhshrink"][below(8)];
        let depth = [LEAST_LAYERS - 1, LEAST_LAYERS, LEAST_LAYERS + 2][below(3)];
        let (w, b) = [("1/2", "1/10"), ("3", "1/10"), ("normalized", "0"), ("1/4", "0")][below(4)];
        let gamma_b2 = ["0", "1/3"][below(2)];
        let degree = [0, 1, 5, 12][below(4)];
        let kernel = [Kernel::Ntk, Kernel::Nngp][below(2)];
        let network = uniform(name, depth, w, [b, gamma_b2]);
        let what = || format!("{kernel:?} of {name}, {depth} layers, {w}, {b}, {gamma_b2}, degree {degree}");
        let truth = search(&network, kernel, degree, 34);
        let truths = [truth.by_fixed_point(), truth.by_relative().map(|found| found.unwrap())];
        let truths = truths.map(|found| found.unwrap_or_else(|error| panic!("{}: {error}", what())));
        for digits in [1, 3, 15] {
            let search = search(&network, kernel, degree, digits);
            let [fixed, relative] =
                [search.by_fixed_point().unwrap(), search.by_relative().unwrap().unwrap()];
            for (got, truth) in [(&fixed, &truths[1]), (&relative, &truths[0])] {
                let all = |a: &Attempt| {
                    a.coefficients.iter().chain([&a.sum, &a.tail]).cloned().collect::<Vec<Ball>>()
                };
                for (p, (got, truth)) in all(got).iter().zip(&all(truth)).enumerate() {
                    // One that took many bits on its way is as narrow as the truth: they meet.
                    let close = got.radius() < truth.radius().shl(10);
                    let held = if close { got.overlaps(truth) } else { got.contains(truth) };
                    assert!(held, "{}: {p} to {digits} digits: {got} and {truth}", what());
                }
            }
        }
    }
}

/// The public series on both sides of the switches.
#[test]
fn the_switches_lie_where_they_are_said_to() {
    let layers = |depth: usize| uniform("tanh", depth, "2", ["1/10", "0"]);
    for (depth, degree, chosen) in [
        (LEAST_LAYERS - 1, 3, false),
        (LEAST_LAYERS, 3, true),
        (LEAST_LAYERS, MOST_RELATIVE, true),
        (LEAST_LAYERS, MOST_RELATIVE + 1, false),
    ] {
        let network = layers(depth);
        let search = search(&network, Kernel::Ntk, degree, 5);
        assert_eq!(search.is_for_relative(), chosen, "{depth} layers, degree {degree}");
        let [found, other] = [search.run().unwrap(), search.by_fixed_point().unwrap()];
        for (found, other) in found.coefficients.iter().zip(&other.coefficients) {
            assert!(found.overlaps(other), "{found} and {other}");
        }
    }
    let closed = uniform("erf", 9, "2", ["1/10", "0"]);
    assert!(!search(&closed, Kernel::Ntk, 3, 5).is_for_relative());
}
