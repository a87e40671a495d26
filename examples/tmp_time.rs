use ntk_series::{Accuracy, Activation, hermite, number::parse_rational};
fn main() {
    let mut args = std::env::args().skip(1);
    let digits: u32 = args.next().unwrap().parse().unwrap();
    let len: usize = args.next().unwrap().parse().unwrap();
    let q = parse_rational(&args.next().unwrap()).unwrap();
    for name in args {
        let phi = Activation::parse(&name).unwrap();
        let t = std::time::Instant::now();
        let mu = hermite::coefficients(&phi, &q, len, Accuracy::relative(digits).unwrap());
        match mu {
            Ok(mu) => {
                println!("{name}: {:?}; bits {}; last {}", t.elapsed(), mu[len / 2].precision(), mu[len - 1])
            }
            Err(e) => println!("{name}: {:?} {e}", t.elapsed()),
        }
    }
}
