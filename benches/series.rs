//! Power series: long fixed-point ones through the networks that use them, short ones over balls and rationals.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::series::generic::{Ring, Series};
use ntk_series::{Accuracy, Activation, Ball};
use num_rational::BigRational;
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

/// The plain algorithms, over the rings that closed forms and tests use.
fn generic(c: &mut Criterion) {
    let mut group = c.benchmark_group("series/generic");
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    let rationals: Vec<BigRational> = (1..=64).map(|k| BigRational::new(1.into(), k.into())).collect();
    let balls: Vec<Ball> = (1..=512).map(|k| Ball::from_integer(1, 192).div_integer(k)).collect();
    let half = parse_rational("1/2").expect("a number");
    let mut run = |name: &str, f: &mut dyn FnMut()| {
        group.bench_function(name, |b| b.iter(&mut *f));
    };
    fn product<R: Ring>(x: &Series<R>) -> Series<R> {
        black_box(x).mul(x)
    }
    let (exact, enclosed) = (Series::new(rationals), Series::new(balls));
    run("product of 64 rationals", &mut || drop(black_box(product(&exact))));
    run("product of 512 balls of 192 bits", &mut || drop(black_box(product(&enclosed))));
    let one = Ball::from_integer(1, 192);
    run("square root of 512 balls of 192 bits", &mut || {
        drop(black_box(black_box(&enclosed).power(&half, one.clone())));
    });
    group.finish();
}

criterion_group!(benches, compositions, generic);
criterion_main!(benches);
