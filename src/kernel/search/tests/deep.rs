//! Deep networks of every activation of the catalogue, in the ordered phase, with variances kept, and in the chaotic
//! phase.

use super::*;
use crate::activation::catalogue;
use crate::network::samples::uniform;

/// Work that one series may take here.
const WORK: f64 = 4e8;

#[test]
fn few_digits_hold_many_at_every_depth() {
    let names: Vec<String> = catalogue()
        .map(|entry| entry.name().to_string())
        .filter(|name| Activation::parse(name).is_ok())
        .collect();
    assert!(names.len() > 40);
    let mut random = ntk_testing::Random::new(3);
    let mut below = |n: usize| random.below(n);
    let mut answered = 0;
    for _ in 0..ntk_testing::count(2) {
        let name = &names[below(names.len())];
        let depth = [10, 10, 10, 10, 100, 1000][below(6)];
        let (w, b) = [("1/2", "1/10"), ("1/10", "0"), ("normalized", "0"), ("4", "1/10")][below(4)];
        let kernel = [Kernel::Ntk, Kernel::Nngp][below(2)];
        let degree = [0, 3, 10][below(3)];
        let network = uniform(name, depth, w, [b, "0"]);
        let series = |digits: u32| {
            let accuracy = Accuracy::relative(digits).unwrap();
            work::within(WORK, || network.series(kernel, Convention::Standard, degree, accuracy))
        };
        let what = || format!("{kernel:?} of {name}, {depth} layers, {w}, {b}, degree {degree}");
        let truth = match series(32) {
            Ok(truth) => truth,
            // What is refused says why: too much, or no such kernel.
            Err(Error::Inconsistent { .. }) => panic!("{}: inconsistent", what()),
            Err(_) => continue,
        };
        for digits in [1, 3, 15] {
            let Ok(got) = series(digits) else { continue };
            answered += 1;
            let all = |s: &crate::kernel::KernelSeries| -> Vec<Ball> {
                s.coefficients().iter().chain([s.sum(), s.tail()]).cloned().collect()
            };
            for (p, (got, truth)) in all(&got).iter().zip(&all(&truth)).enumerate() {
                // One that took many bits on its way is as narrow as the truth: they meet.
                let close = got.radius() < truth.radius().shl(10);
                let held = if close { got.overlaps(truth) } else { got.contains(truth) };
                assert!(held, "{}: {p} to {digits} digits: {got} and {truth}", what());
            }
        }
    }
    assert!(answered > 0);
}
