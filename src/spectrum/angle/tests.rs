//! Values at angles against the recursion in ρ at far higher precision, and bounds against values.

use super::*;
use crate::Activation;
use crate::kernel::NetworkBuilder;
use crate::network::samples::uniform;
use crate::number::parse_rational;

fn network(name: &str, layers: usize, bias: &str) -> Network {
    uniform(name, layers, "2", [bias, bias])
}

fn networks() -> Vec<Network> {
    let mut all = vec![];
    for name in ["relu", "leaky-relu(1/3)", "abs", "relu(x)+x/2"] {
        for (layers, bias) in [(1, "0"), (2, "1/3"), (5, "0"), (9, "1/10")] {
            all.push(network(name, layers, bias));
        }
    }
    all.push(network("relu", 30, "0"));
    all
}

fn angle(text: &str, precision: u32) -> Ball {
    Ball::from_rational(&parse_rational(text).unwrap(), precision)
}

/// Layers of different kinds, odd ones first or not.
fn mixed() -> Vec<Network> {
    let names: [&[&str]; 9] = [
        &["erf", "relu"],
        &["sin", "x^3", "relu"],
        &["erf", "relu", "sin"],
        &["gelu", "relu", "erf"],
        &["relu", "gaussian", "relu"],
        &["exp(1/2)", "abs"],
        &["repu(2)", "repu(3)", "relu"],
        &["repu(2)", "sin(x)+x^2"],
        &["cos", "erf(x)+x", "leaky-relu(1/4)"],
    ];
    let layers = |names: &&[&str]| {
        let dense = |network: NetworkBuilder, name: &&str| network.dense(Activation::parse(name).unwrap());
        names.iter().fold(Network::builder(), dense).build().unwrap()
    };
    names.iter().map(layers).collect()
}

/// Angles from either end, for layers of every kind.
#[test]
fn values_from_either_end_hold_the_recursion() {
    for network in mixed() {
        for kernel in [Kernel::Nngp, Kernel::Ntk] {
            let fine = Profile::new(&network, kernel, 3000).unwrap();
            for bits in [60, 200] {
                let profile = Profile::new(&network, kernel, bits).unwrap();
                let angles = Angles::<Ball>::new(&profile, kernel).unwrap();
                for text in ["1e-12", "1/100000", "1/100", "1/2", "3/2"] {
                    for mirrored in [false, true] {
                        let value = angles.value(&angle(text, bits), mirrored).unwrap();
                        let cos = angle(text, 3000).cos();
                        let rho = if mirrored { -&cos } else { cos };
                        let truth = fine.evaluate(kernel, &rho).unwrap();
                        assert!(value.contains(&truth), "{text}, {bits} bits: {value} {truth}");
                        // A difference next to zero loses half of the bits at most.
                        let lost = value.radius() * Mag::pow2(i64::from(bits) / 2 - 12);
                        assert!(lost <= truth.magnitude().max(Mag::ONE), "{text}, {bits} bits: {value}");
                    }
                }
            }
        }
    }
}

/// On discs about real angles from either end, the bound holds the values.
#[test]
fn bounds_of_mixed_layers_are_above_values() {
    let mut finite = 0;
    for network in mixed() {
        let profile = Profile::rough(&network, Kernel::Ntk, 64).unwrap();
        let bounding = Angles::<Model>::new(&profile, Kernel::Ntk).unwrap();
        let fine = Profile::new(&network, Kernel::Ntk, 1000).unwrap();
        let angles = Angles::<Ball>::new(&fine, Kernel::Ntk).unwrap();
        for mirrored in [false, true] {
            for (centre, radius) in [(1e-9, 2e-10), (1e-4, 5e-5), (0.02, 0.01), (0.3, 0.02), (1.2, 0.05)] {
                let bound = bounding.bound(&Model::disc([centre, 0.0], radius), mirrored);
                finite += usize::from(bound < Mag::INFINITY);
                for x in [centre - radius, centre, centre + radius] {
                    let x = Ball::exact(rug::Float::with_val(1000, x));
                    assert!(angles.value(&x, mirrored).unwrap().mignitude() <= bound, "{centre} {mirrored}");
                }
            }
        }
    }
    assert!(finite >= 70, "{finite} of 90");
}

/// From next to 0 to next to π.
const ANGLES: [&str; 7] = ["1e-12", "1/100000", "1/100", "1/2", "3/2", "3", "3.1415926"];

#[test]
fn values_hold_the_recursion_and_lose_few_bits() {
    for network in networks() {
        for kernel in [Kernel::Nngp, Kernel::Ntk] {
            let fine = Profile::new(&network, kernel, 6000).unwrap();
            for bits in [40, 100, 300] {
                let profile = Profile::new(&network, kernel, bits).unwrap();
                let angles = Angles::<Ball>::new(&profile, kernel).unwrap();
                // Where a kernel is even, the antipode is as near to a root of `g` as the point itself to that of σ; only
                // angles up to π/2 are asked for.
                let even = network.layers()[0].activation.name() == "abs";
                for text in &ANGLES[..if even { 5 } else { 7 }] {
                    let value = angles.value(&angle(text, bits), false).unwrap();
                    let truth = fine.evaluate(kernel, &angle(text, 6000).cos()).unwrap();
                    assert!(value.contains(&truth), "{text}, {bits} bits: {value} {truth}");
                    let lost = value.radius() * Mag::pow2(i64::from(bits) - 16);
                    assert!(lost <= truth.magnitude().max(Mag::ONE), "{text}, {bits} bits: {value}");
                }
            }
        }
    }
}

/// At either end of a ball of angles, the value is in the value of the ball.
#[test]
fn values_of_a_ball_hold_its_ends() {
    for network in networks() {
        let profile = Profile::new(&network, Kernel::Ntk, 200).unwrap();
        let angles = Angles::<Ball>::new(&profile, Kernel::Ntk).unwrap();
        for text in ["1/1000", "1", "3"] {
            for radius in [-12i64, -30, -90] {
                let middle = angle(text, 200);
                let wide = angles.value(&middle.widened(Mag::pow2(radius)), false).unwrap();
                for side in [1, -1] {
                    let end = &middle + &Ball::from_integer(side, 200).shl(radius as i32);
                    assert!(wide.contains(&angles.value(&end, false).unwrap()), "{text} ± 2^{radius}");
                }
            }
        }
    }
}

/// On discs about real angles the bound holds the values there, and is near them on small discs.
#[test]
fn bounds_are_above_values() {
    for network in networks() {
        let profile = Profile::rough(&network, Kernel::Ntk, 64).unwrap();
        let bounding = Angles::<Model>::new(&profile, Kernel::Ntk).unwrap();
        let angles = Angles::<Ball>::new(&profile, Kernel::Ntk).unwrap();
        for (centre, radius) in [(0.001, 0.0005), (0.3, 0.01), (1.2, 0.1), (2.9, 0.2)] {
            let bound = bounding.bound(&Model::disc([centre, 0.0], radius), false);
            for x in [centre - radius, centre, centre + radius] {
                let value = angles.value(&Ball::exact(rug::Float::with_val(64, x)), false).unwrap();
                assert!(value.mignitude() <= bound, "{x}");
            }
            let middle = angles.value(&Ball::exact(rug::Float::with_val(64, centre)), false).unwrap();
            if radius < 0.05 && profile.layers.len() < 6 {
                assert!(bound <= middle.magnitude() * Mag::from_f64(1.1), "{centre}: {bound:?} {middle}");
            }
        }
    }
}
