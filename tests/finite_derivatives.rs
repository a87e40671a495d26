//! Derivatives of finite networks against automatic differentiation by another crate, in doubles.

use ntk_series::finite::{Architecture, FiniteNetwork, Neighbourhood, Step};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation};
use num_dual::{Dual3_64, DualNum};
use num_rational::BigRational;

/// More than doubles have.
fn accuracy() -> Accuracy {
    Accuracy::absolute(30).unwrap()
}

fn point(text: &str) -> Vec<BigRational> {
    text.split(',').map(|c| parse_rational(c).unwrap()).collect()
}

type Function = fn(Dual3_64) -> Dual3_64;

/// The plain formula along a step, over numbers that carry three derivatives.
fn along(
    network: &FiniteNetwork,
    step: &Step,
    x: &[f64],
    t: Dual3_64,
    phi: fn(Dual3_64) -> Dual3_64,
) -> Dual3_64 {
    let mut alpha: Vec<Dual3_64> = x.iter().map(|c| Dual3_64::from(*c)).collect();
    let mut at = 0;
    for layer in network.layers() {
        let n = layer.inputs();
        let moved = |value: f64, place: usize| t * step.numbers().double(place) + value;
        let mut z = vec![];
        for i in 0..layer.outputs() {
            let mut sum = Dual3_64::from(0.0);
            for (j, a) in alpha.iter().enumerate() {
                sum += moved(layer.weights().double(i * n + j), at + i * n + j) * a;
            }
            z.push(sum / (n as f64).sqrt());
        }
        at += layer.weights().len();
        if let Some(biases) = layer.biases() {
            for (i, z) in z.iter_mut().enumerate() {
                *z += moved(biases.double(i), at + i);
            }
            at += biases.len();
        }
        alpha = z.into_iter().map(|z| if layer.activation().is_some() { phi(z) } else { z }).collect();
    }
    alpha[0]
}

#[test]
fn three_orders_along_steps() {
    let x = point("1/2,-1/3");
    let functions: [(&str, Function); 6] = [
        ("tanh", |z| z.tanh()),
        ("sigmoid", |z| ((-z).exp() + 1.0).recip()),
        ("softplus", |z| (z.exp() + 1.0).ln()),
        ("sin", |z| z.sin()),
        ("arctan", |z| z.atan()),
        ("relu", |z| if z.re > 0.0 { z } else { Dual3_64::from(0.0) }),
    ];
    for (i, (name, phi)) in functions.into_iter().enumerate() {
        let shape = Architecture::new(&Activation::parse(name).unwrap(), &[2, 8, 8, 1]).unwrap();
        let network = FiniteNetwork::from_seed(&shape.with_biases(true), 4 + i as u64).unwrap();
        let near = Neighbourhood::new(&network, &x, accuracy()).unwrap();
        for seed in 0..5 {
            let step = Step::from_seed(&network, seed, &parse_rational("1/1000").unwrap()).unwrap();
            let series = near.series(&step, 3).unwrap_or_else(|e| panic!("{name}: {e}"));
            let t = Dual3_64::from(0.0).derivative();
            let found = along(&network, &step, &[0.5, -1.0 / 3.0], t, phi);
            // The derivatives are those times 1, 1, 2, 6.
            for (m, truth) in [found.re, found.v1, found.v2 / 2.0, found.v3 / 6.0].into_iter().enumerate() {
                let part = series.orders[m].midpoint().to_f64();
                let scale = 1e-3f64.powi(m as i32);
                assert!((part - truth).abs() < 1e-10 * scale, "{name}, order {m}: {part} and {truth}");
            }
        }
    }
}

/// Every entry of the gradient: the first-order features.
#[test]
fn gradients() {
    let x = point("1/2,-1/3");
    let shape = Architecture::new(&Activation::parse("tanh").unwrap(), &[2, 4, 3, 1]).unwrap();
    let network = FiniteNetwork::from_seed(&shape.with_biases(true), 9).unwrap();
    let features = network.features(&x, 1, accuracy()).unwrap();
    for (index, part) in features.terms() {
        let mut unit = vec![0.0; network.parameters()];
        unit[index[0] as usize] = 1.0;
        let unit = Step::new(&network, ntk_series::finite::Numbers::doubles(unit).unwrap()).unwrap();
        let t = Dual3_64::from(0.0).derivative();
        let found = along(&network, &unit, &[0.5, -1.0 / 3.0], t, |z| z.tanh());
        assert!((part.midpoint().to_f64() - found.v1).abs() < 1e-12, "{index:?}");
    }
    assert_eq!(features.terms().len(), network.parameters());
}
