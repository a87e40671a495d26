//! Power series, through the networks that use them.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::{Accuracy, Activation};
use num_traits::Zero;

/// One composition with each shape of dual, second layer into first: a squaring, a reciprocal square root and
/// products (relu), an exponential (sin), a handful of products (square, a polynomial).
fn compositions(c: &mut Criterion) {
    let mut group = c.benchmark_group("series/composition");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(2));
    for (name, degree) in [("relu", 10_000), ("sin", 200), ("poly(1,2,3,4)", 1_000)] {
        let layer = Layer {
            activation: Activation::parse(name).expect(name),
            sigma_w2: WeightVariance::Normalized,
            sigma_b2: BiasVariance::Exact(Zero::zero()),
        };
        let network = Network::uniform(Input::default(), layer, 2).expect(name);
        for digits in [15, 50, 500] {
            let accuracy = Accuracy::relative(digits).expect("digits");
            group.bench_function(BenchmarkId::new(format!("{name}/{digits} digits"), degree), |b| {
                b.iter(|| {
                    black_box(&network)
                        .series(Kernel::Nngp, Convention::Standard, degree, accuracy)
                        .expect(name)
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, compositions);
criterion_main!(benches);
