use super::*;
use crate::Activation;
use crate::kernel::{BiasVariance, Input, Layer, WeightVariance};
use crate::number::parse_rational;

fn network_with(activation: &str, layers: usize, w: &str, b: &str, gamma_b2: &str) -> Network {
    let exact = |text: &str| parse_rational(text).unwrap();
    let layer = Layer {
        activation: Activation::parse(activation).unwrap(),
        sigma_w2: if w == "normalized" {
            WeightVariance::Normalized
        } else {
            WeightVariance::Exact(exact(w))
        },
        sigma_b2: BiasVariance::Exact(exact(b)),
    };
    let input = Input { gamma_b2: exact(gamma_b2), ..Input::default() };
    Network::uniform(input, layer, layers).unwrap()
}

fn network(activation: &str, layers: usize) -> Network {
    network_with(activation, layers, "normalized", "0", "0")
}

fn request(network: &Network, kernel: Kernel, d: usize, top: usize, digits: u32) -> Request<'_> {
    let accuracy = Accuracy::relative(digits).unwrap();
    Request::new(network, kernel, d, top, accuracy, Measure::Probability).unwrap()
}

#[test]
fn trial() {
    for (name, layers, d, top) in [
        ("relu", 1, 3, 10),
        ("relu", 2, 3, 10),
        ("relu", 3, 3, 100),
        ("relu", 5, 3, 100),
        ("relu", 5, 10, 100),
        ("relu", 3, 30, 100),
        ("relu", 3, 100, 100),
        ("relu", 5, 100, 100),
        ("relu", 5, 1000, 100),
        ("abs", 1, 3, 10),
        ("abs", 3, 3, 20),
        ("leaky-relu(1/10)", 4, 5, 50),
        ("repu(2)", 1, 4, 10),
        ("relu", 3, 2, 100),
    ] {
        let n = network(name, layers);
        let r = request(&n, Kernel::Ntk, d, top, 30);
        let t = std::time::Instant::now();
        let a = integral::eigenvalues(&r).unwrap();
        let ta = t.elapsed();
        let t = std::time::Instant::now();
        let b = if d >= 100 { Some(sum::eigenvalues(&r).unwrap()) } else { None };
        let tb = t.elapsed();
        let c = closed::eigenvalues(&r).unwrap();
        let (a, ok) = a.unwrap_or((vec![], false));
        println!(
            "{name} {layers} d={d} K={top}: integral {ok} {ta:?}, sum {:?} {tb:?}",
            b.as_ref().map(|x| x.1)
        );
        if !a.is_empty() {
            println!("   {:.12} {:.12} {:.12}", a[0], a[1], a[top]);
        }
        if let Some((b, _)) = &b {
            println!("   {:.12} {:.12} {:.12}", b[0], b[1], b[top]);
            for k in 0..=top.min(a.len().saturating_sub(1)) {
                if !a.is_empty() {
                    assert!(a[k].overlaps(&b[k]), "{k}");
                }
            }
        }
        if let Some(c) = &c {
            for k in 0..=top.min(8) {
                println!("   {} = {:.12}", c[k], c[k].to_ball(100));
            }
            for k in 0..=top.min(a.len().saturating_sub(1)) {
                if !a.is_empty() {
                    assert!(a[k].overlaps(&c[k].to_ball(200)), "closed {k}");
                }
            }
        }
    }
}
