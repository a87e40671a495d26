use ntk_series::kernel::*;
use ntk_series::{Accuracy, Activation};
use std::time::Instant;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let (name, depth, n, digits) =
        (&a[1], a[2].parse::<usize>().unwrap(), a[3].parse::<usize>().unwrap(), a[4].parse::<u32>().unwrap());
    let layer = Layer {
        activation: Activation::parse(name).unwrap(),
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(num_traits::Zero::zero()),
    };
    let network = Network::uniform(Input::default(), layer, depth).unwrap();
    let reps = a.get(5).map_or(3, |x| x.parse().unwrap());
    for _ in 0..reps {
        let t = Instant::now();
        let s = network.series(Kernel::Ntk, Convention::Standard, n, Accuracy::relative(digits).unwrap());
        let dt = t.elapsed().as_secs_f64();
        match s {
            Ok(s) => {
                let worst = s.coefficients().iter().map(|c| c.relative_accuracy_bits()).min().unwrap();
                println!(
                    "{name} L={depth} N={n} D={digits}: {dt:.4}s worst bits {worst} last {:.6}",
                    s.coefficients()[n - n % 2]
                );
            }
            Err(e) => println!("{name}: {e} {dt}"),
        }
    }
}
