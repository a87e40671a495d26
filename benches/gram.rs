//! Gram matrices on the sphere and their smallest eigenvalues, in-process, on all threads.

use std::hint::black_box;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use ntk_series::gram::{GramMatrix, Points, eigenvalue_bounds, smallest_eigenvalue};
use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::{Accuracy, Activation};
use num_traits::Zero;

/// Decimals from a fixed sequence.
fn points(n: usize, d: usize) -> Points {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        format!("{}e-6", (state >> 33) as i64 % 2_000_001 - 1_000_000)
    };
    let rows: Vec<String> = (0..n).map(|_| (0..d).map(|_| next()).collect::<Vec<_>>().join(",")).collect();
    Points::from_csv(&rows.join("\n")).expect("points")
}

fn grams(c: &mut Criterion) {
    let mut group = c.benchmark_group("gram");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    let (fine, accuracy) = (Accuracy::relative(25).expect("digits"), Accuracy::relative(15).expect("digits"));
    for (activation, layers) in [("relu", 2), ("erf", 1), ("tanh", 1)] {
        let layer = Layer {
            activation: Activation::parse(activation).expect(activation),
            sigma_w2: WeightVariance::Normalized,
            sigma_b2: BiasVariance::Exact(Zero::zero()),
        };
        let network = Network::uniform(Input::default(), layer, layers).expect(activation);
        let points = points(600, 20);
        let build =
            || GramMatrix::on_sphere(&network, Kernel::Ntk, black_box(&points), fine).expect(activation);
        let name = |what| format!("{activation}/{layers} hidden/600 points in R^20/{what}");
        group.bench_function(name("matrix"), |b| b.iter(build));
        let gram = build();
        group.bench_function(name("smallest eigenvalue"), |b| {
            b.iter(|| smallest_eigenvalue(black_box(&gram), accuracy).expect(activation));
        });
        group.bench_function(name("bounds"), |b| {
            b.iter(|| eigenvalue_bounds(black_box(&gram), gram.accuracy()).expect(activation));
        });
    }
    group.finish();
}

criterion_group!(benches, grams);
criterion_main!(benches);
