//! Values at angles against the recursion in ρ at far higher precision, and bounds against values.

use super::*;
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
                    let value = angles.value(&angle(text, bits)).unwrap();
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
                let wide = angles.value(&middle.widened(Mag::pow2(radius))).unwrap();
                for side in [1, -1] {
                    let end = &middle + &Ball::from_integer(side, 200).shl(radius as i32);
                    assert!(wide.contains(&angles.value(&end).unwrap()), "{text} ± 2^{radius}");
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
            let bound = bounding.bound(&Model::disc([centre, 0.0], radius));
            for x in [centre - radius, centre, centre + radius] {
                let value = angles.value(&Ball::exact(rug::Float::with_val(64, x))).unwrap();
                assert!(value.mignitude() <= bound, "{x}");
            }
            let middle = angles.value(&Ball::exact(rug::Float::with_val(64, centre))).unwrap();
            if radius < 0.05 && profile.layers.len() < 6 {
                assert!(bound <= middle.magnitude() * Mag::from_f64(1.1), "{centre}: {bound:?} {middle}");
            }
        }
    }
}
