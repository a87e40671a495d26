//! Spectra of the NTK, in-process, on one thread: everything `Network::spectrum` does.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::spectrum::Measure;
use ntk_series::{Accuracy, Activation};
use num_traits::Zero;

fn spectra(c: &mut Criterion) {
    let mut group = c.benchmark_group("spectrum");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    let accuracy = Accuracy::relative(30).expect("digits");
    for (activation, layers) in [("relu", 1), ("relu", 3), ("relu", 5), ("tanh", 1)] {
        let layer = Layer {
            activation: Activation::parse(activation).expect(activation),
            sigma_w2: WeightVariance::Normalized,
            sigma_b2: BiasVariance::Exact(Zero::zero()),
        };
        let network = Network::uniform(Input::default(), layer, layers).expect(activation);
        for dimension in [3, 30, 1000] {
            let id = BenchmarkId::new(format!("{activation}/{layers} hidden/k <= 100/30 digits"), dimension);
            group.bench_function(id, |b| {
                b.iter(|| {
                    let network = black_box(&network);
                    network
                        .spectrum(Kernel::Ntk, dimension, 100, accuracy, Measure::Probability)
                        .expect(activation)
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, spectra);
criterion_main!(benches);
