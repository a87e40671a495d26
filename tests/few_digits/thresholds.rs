//! At, just below and just above the sizes where the algorithm changes: see the table in the header of main.rs.

use ntk_series::gram::{GramMatrix, Points};
use ntk_series::kernel::{
    BiasVariance, Convention, Input, Kernel, KernelSeries, Layer, Network, WeightVariance,
};
use ntk_series::{Accuracy, Activation, hermite};
use num_rational::BigRational;

use super::{MANY, SETTINGS, activation, holds, network, q, relative, same_number};

fn layer(activation: &Activation) -> Layer {
    Layer {
        activation: activation.clone(),
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(q("0")),
    }
}

fn input(gamma_w2: &str, gamma_b2: &str) -> Input {
    Input { gamma_w2: q(gamma_w2), gamma_b2: q(gamma_b2), radius2: q("1") }
}

fn series(network: &Network, kernel: Kernel, degree: usize, accuracy: Accuracy) -> KernelSeries {
    network
        .series(kernel, Convention::Standard, degree, accuracy)
        .unwrap_or_else(|e| panic!("{network:?}: {e}"))
}

/// Coefficients, sum and tail of `coarse` hold those of `fine`, which goes as far or further.
fn compare(label: &str, coarse: &KernelSeries, fine: &KernelSeries, accuracy: Accuracy) {
    let tail = fine.tail_after(coarse.max_degree()).expect("listed");
    let pairs = coarse.coefficients().iter().zip(fine.coefficients());
    for (i, (x, y)) in pairs.chain([(coarse.sum(), fine.sum()), (coarse.tail(), &tail)]).enumerate() {
        assert!(
            same_number(x, y) && accuracy.is_met_by(x),
            "{label}, {accuracy:?}, number {i}: {x:?} and {y}"
        );
    }
}

/// One hidden layer goes straight from the Hermite coefficients to the kernel; with an identity before it, the same
/// NNGP kernel is composed.
#[test]
fn straight_and_composed() {
    for name in [
        "relu",
        "abs",
        "repu(2)",
        "erf",
        "gelu",
        "sin(1/2,1)",
        "cos",
        "gaussian",
        "poly(1,2,-1/3)",
        "tanh",
        "elu",
    ] {
        let activation = activation(name);
        let straight = Network::new(Input::default(), vec![layer(&activation)]).unwrap();
        let layers = vec![layer(&Activation::parse("identity").unwrap()), layer(&activation)];
        let composed = Network::new(Input::default(), layers).unwrap();
        let fine = series(&straight, Kernel::Nngp, 24, relative(MANY));
        for digits in 1..=14 {
            for degree in [0, 1, 7, 24] {
                for network in [&straight, &composed] {
                    compare(
                        name,
                        &series(network, Kernel::Nngp, degree, relative(digits)),
                        &fine,
                        relative(digits),
                    );
                }
            }
        }
        compare(
            name,
            &series(&composed, Kernel::Nngp, 24, relative(MANY)),
            &series(&straight, Kernel::Nngp, 24, relative(40)),
            relative(MANY),
        );
    }
}

/// As the variance grows the arcsine's singularity falls to 1, and with it the circle on which the series is computed.
#[test]
fn circles_of_every_radius() {
    for name in ["erf", "gaussian", "gelu", "sin", "exp(1/4)"] {
        for gamma in ["1/1000000", "1/100", "1", "30", "1000", "1000000", "1e9", "1e10", "1e12"] {
            // The coefficients of sin and exp fall like e^-γ.
            if ["sin", "exp(1/4)"].contains(&name) && q(gamma) > q("1000") {
                continue;
            }
            let network = Network::new(input(gamma, "1/3"), vec![layer(&activation(name))]).unwrap();
            let fine = series(&network, Kernel::Ntk, 24, relative(MANY));
            for (degree, digits) in [0, 1, 5, 24].into_iter().flat_map(|n| [1, 3, 8, 14].map(|d| (n, d))) {
                compare(
                    &format!("{name} at {gamma}"),
                    &series(&network, Kernel::Ntk, degree, relative(digits)),
                    &fine,
                    relative(digits),
                );
            }
        }
    }
}

/// Lengths at which products, compositions and roots change their method: 16, 32, 48 and their multiples, and 1536.
#[test]
fn lengths_of_series() {
    for (name, setting, depth) in
        [("relu", 1, 2), ("gelu", 0, 2), ("gaussian", 1, 1), ("exp(1/4)", 1, 2), ("tanh", 0, 2)]
    {
        let network = network(name, SETTINGS[setting], depth);
        let most = if name == "tanh" { 200 } else { 3100 };
        let fine = series(&network, Kernel::Ntk, most, relative(20));
        let lengths =
            [15, 16, 17, 31, 32, 33, 46, 47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 128, 129, 191, 192, 193];
        let long = [1533, 1534, 1535, 1536, 1537, 3070, 3071, 3072, 3073];
        for degree in lengths.into_iter().chain(long).filter(|degree| *degree <= most) {
            for digits in if degree > 1000 { [2, 5] } else { [1, 9] } {
                compare(
                    name,
                    &series(&network, Kernel::Ntk, degree, relative(digits)),
                    &fine,
                    relative(digits),
                );
            }
        }
    }
}

/// Numbers of limbs: every digit up to 45 crosses 64 and 128 bits; past 24 limbs a product is left to GMP.
#[test]
fn widths_of_coefficients() {
    for (name, depth) in [("relu", 2), ("gelu", 2), ("gaussian", 2), ("sin", 2)] {
        let network = network(name, SETTINGS[1], depth);
        let fine = series(&network, Kernel::Ntk, 11, relative(500));
        for digits in (1..=45).chain([430, 440, 450, 455, 460, 470]) {
            compare(name, &series(&network, Kernel::Ntk, 11, relative(digits)), &fine, relative(digits));
        }
    }
}

/// Without closed dual: ρ(0) zero, tiny and large; a divisor of any size, and every degree about the margin of two.
#[test]
fn compositions_of_hermite_coefficients() {
    for name in ["tanh", "softplus", "elu"] {
        for gamma_b2 in ["0", "1e-9", "1/1000", "1/10", "1", "10"] {
            let layers = vec![layer(&activation(name)); 2];
            let network = Network::new(input("1", gamma_b2), layers).unwrap();
            let fine = series(&network, Kernel::Ntk, 12, relative(22));
            for (degree, digits) in
                [0, 1, 2, 3, 4, 12].into_iter().flat_map(|n| [1, 2, 5, 9, 14].map(|d| (n, d)))
            {
                compare(
                    &format!("{name} with {gamma_b2}"),
                    &series(&network, Kernel::Ntk, degree, relative(digits)),
                    &fine,
                    relative(digits),
                );
            }
        }
    }
}

/// Variances from one end to the other: recurrences, pieces and quadratures change their steps, nodes and panels.
#[test]
fn variances_of_hermite_coefficients() {
    for name in [
        "hardtanh",
        "softshrink(1/2)",
        "elu",
        "tanh",
        "softplus",
        "gelu-tanh",
        "arctan",
        "softsign",
        "sinc",
        "x*cos(x)",
    ] {
        let activation = activation(name);
        for variance in ["1e-6", "1/300", "1/20", "3/10", "7/10", "3", "11", "40", "300"] {
            let fine = hermite::coefficients(&activation, &q(variance), 31, relative(MANY));
            let Ok(fine) = fine else { continue };
            for (len, digits) in [1, 2, 16, 31].into_iter().flat_map(|n| [1, 2, 4, 9, 14].map(|d| (n, d))) {
                let coarse = hermite::coefficients(&activation, &q(variance), len, relative(digits)).unwrap();
                for (k, (x, y)) in coarse.iter().zip(&fine).enumerate() {
                    let good = same_number(x, y) && relative(digits).is_met_by(x);
                    assert!(good, "{name} at {variance}, μ_{k} of {len} to {digits} digits: {x} and {y}");
                }
            }
        }
    }
}

/// Entries up to 2^100 and down to 2^-100 fit into fixed point, others are enclosed one by one.
#[test]
fn scales_of_matrices() {
    let row = |i: i64| [i * i - 40, 7 * i - 100, i + 1].map(|n| BigRational::from_integer(n.into())).to_vec();
    let points = Points::new((1..=48).map(row).collect()).unwrap();
    let matrix = |bits: i32, digits: u32| {
        let two = BigRational::from_integer(2.into());
        let weight =
            if bits >= 0 { two.pow(bits) } else { BigRational::from_integer(1.into()) / two.pow(-bits) };
        let sigma_w2 = WeightVariance::Exact(weight);
        let layer = Layer { sigma_w2, ..layer(&activation("gelu")) };
        let network = Network::new(Input::default(), vec![layer]).unwrap();
        GramMatrix::on_sphere(&network, Kernel::Ntk, &points, relative(digits)).unwrap()
    };
    let fine = matrix(0, MANY);
    for bits in [-130, -102, -101, -100, -99, -98, 0, 97, 98, 99, 100, 101, 102, 130] {
        let coarse = matrix(bits, 6);
        for (i, j) in (0..48).flat_map(|i| (0..=i).map(move |j| (i, j))) {
            let (x, y) = (coarse.get(i, j), fine.get(i, j).shl(bits));
            assert!(holds(&x, &y), "2^{bits}: K({i}, {j}) is {x} and {y}");
        }
    }
}
