//! Whole tables of the NTK, in-process, on one thread: everything `Network::series` does.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use ntk_series::kernel::{Convention, Input, Kernel, Layer, Network};
use ntk_series::{Accuracy, Activation};

fn network(activation: &str, hidden_layers: usize) -> Network {
    let layer = Layer::new(Activation::parse(activation).expect(activation));
    Network::uniform(Input::default(), layer, hidden_layers).expect(activation)
}

fn table(group: &mut BenchmarkGroup<WallTime>, activation: &str, layers: usize, degree: usize, digits: u32) {
    let network = network(activation, layers);
    let accuracy = Accuracy::relative(digits).expect("digits");
    let id = BenchmarkId::new(format!("{activation}/{layers} hidden/{digits} digits"), degree);
    group.bench_function(id, |b| {
        b.iter(|| {
            black_box(&network).series(Kernel::Ntk, Convention::Standard, degree, accuracy).expect(activation)
        });
    });
}

fn tables(c: &mut Criterion) {
    let mut group = c.benchmark_group("table");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(3));
    group.warm_up_time(Duration::from_secs(1));
    for degree in [1_000, 10_000] {
        for digits in [12, 15, 50] {
            for layers in [2, 5, 10] {
                table(&mut group, "relu", layers, degree, digits);
            }
            if digits > 12 {
                for activation in ["erf", "gelu"] {
                    table(&mut group, activation, 3, degree, digits);
                }
            }
        }
    }
    // Ten runs of some seconds: criterion takes no fewer samples.
    table(&mut group, "relu", 10, 100_000, 15);
    group.finish();
}

criterion_group!(benches, tables);
criterion_main!(benches);
