//! Hermite coefficients by recurrence: 100,001 of them to 50 digits.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use ntk_series::{Accuracy, Activation, hermite};
use num_rational::BigRational;
use num_traits::One;

const LENGTH: usize = 100_001;

fn recurrences(c: &mut Criterion) {
    let mut group = c.benchmark_group("hermite/100000/50 digits");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(5));
    let accuracy = Accuracy::relative(50).expect("50 digits");
    let one = BigRational::one();
    for name in ["relu", "hardtanh", "elu", "erf", "gelu", "sin", "gaussian"] {
        let activation = Activation::parse(name).expect(name);
        group.bench_function(name, |b| {
            b.iter(|| hermite::coefficients(black_box(&activation), &one, LENGTH, accuracy).expect(name));
        });
    }
    group.finish();
}

criterion_group!(benches, recurrences);
criterion_main!(benches);
