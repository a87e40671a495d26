//! The tail of a series against sums of exact coefficients, where few more terms are listed than the tail asks for.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::super::*;
use crate::kernel::{Input, Layer};
use crate::network::samples::uniform;

/// `Σ_{p>n} κ_p` of the kernel `Σ κ_p ρ^p`, from coefficients up to where the rest is far below the last of them.
fn tail_of(kappa: impl Fn(usize) -> Ball, degree: usize) -> Ball {
    (degree + 1..degree + 700)
        .fold(Ball::zero(500), |sum, p| sum + kappa(p))
        .widened(Mag::pow2(-500 - 10 * degree as i64))
}

/// `exp(-x²/2)` at variance one: `(4 - ρ²)^{-1/2} = (1/2) Σ C(2m, m) (ρ/4)^{2m}`.
fn gaussian(p: usize) -> Ball {
    let mut c = Ball::from_integer(1, 500).shl(-1);
    for m in 1..=p as i64 / 2 {
        // C(2m, m)/C(2m-2, m-1) = 2 (2m-1)/m.
        c = c.mul_integer(2 * (2 * m - 1)).div_integer(16 * m);
    }
    if p % 2 == 1 { Ball::zero(500) } else { c }
}

/// `e^x`: `e^{1+ρ}`.
fn exponential(p: usize) -> Ball {
    (1..=p as i64).fold(Ball::from_integer(1, 500).exp(), |c, k| c.div_integer(k))
}

/// What is listed past the degree asked for leaves a rest, which no precision makes smaller.
#[test]
fn the_rest_past_the_circle_is_in_the_tail() {
    type Case = (&'static str, fn(usize) -> Ball);
    let cases: [Case; 2] = [("gaussian", gaussian), ("exp", exponential)];
    for (name, nngp) in cases {
        for kernel in [Kernel::Nngp, Kernel::Ntk] {
            let kappa = |p: usize| match kernel {
                Kernel::Nngp => nngp(p),
                // Θ = c + ρ c'.
                Kernel::Ntk => nngp(p).mul_integer(p as i64 + 1),
            };
            for (degree, digits) in [(60, 1), (80, 3), (150, 6), (300, 2)] {
                let network = uniform(name, 1, "1", ["0", "0"]);
                let accuracy = Accuracy::relative(digits).unwrap();
                let search = Search::new(&network, kernel, Convention::Standard, degree, accuracy).unwrap();
                let profile = Profile::new(&network, kernel, 250).unwrap();
                let reach = Reach::new(&search, &profile, 1);
                assert!(reach.beyond.is_some(), "{name} to degree {degree}: the way past 1 is not taken");
                let truth = tail_of(kappa, degree);
                for attempt in [search.by_hermite(250, 1), search.by_composition(250, 1, 0)] {
                    let tail = attempt.unwrap().tail;
                    let missed = format!("{name}, {kernel:?}, {degree}, {digits} digits: {tail} for {truth}");
                    assert!(tail.contains(&truth), "{missed}");
                    // So many bits do not reach a tail of exp past the power 300.
                    assert!(degree == 300 || accuracy.is_met_by(&tail), "vacuous: {missed}");
                }
            }
        }
    }
}

/// `x + c He_p` with `κ_p = c² p!` about `4^-p`, and `κ_p` itself.
fn line_and_power(p: usize) -> (Activation, BigRational) {
    let one = BigInt::from(1);
    let factorial = (1..=p).fold(one.clone(), |product, k| product * k);
    let scale = BigRational::new(one.clone(), (one.clone() << p) * factorial.sqrt());
    // He_{k+1} = x He_k - k He_{k-1}.
    let (mut before, mut now) = (vec![], vec![one]);
    for k in 0..p {
        let mut next = vec![BigInt::from(0); k + 2];
        now.iter().enumerate().for_each(|(i, c)| next[i + 1] += c);
        before.iter().enumerate().for_each(|(i, c): (usize, &BigInt)| next[i] -= c * k);
        (before, now) = (now, next);
    }
    let mut list: Vec<BigRational> = now.into_iter().map(|c| &scale * BigRational::from(c)).collect();
    list[1] += BigRational::one();
    (Activation::polynomial(&list).unwrap(), &scale * &scale * BigRational::from(factorial))
}

/// Where all that is left out is one power, the first, `Σ_{p>n} κ_p <= R^{-n-1} Θ(R)` is an equality but for the lower
/// terms.
#[test]
fn the_bound_of_the_rest_is_nearly_attained() {
    let (mut power, mut attained) = (150, false);
    for _ in 0..12 {
        let (activation, kappa) = line_and_power(power);
        let mut network = uniform("x", 1, "1", ["0", "0"]);
        let layer = Layer { activation, ..network.layers()[0].clone() };
        network = Network::uniform(Input::default(), layer, 1).unwrap();
        let accuracy = Accuracy::relative(1).unwrap();
        let search = Search::new(&network, Kernel::Nngp, Convention::Standard, 100, accuracy).unwrap();
        let profile = Profile::new(&network, Kernel::Nngp, 400).unwrap();
        let reach = Reach::new(&search, &profile, 1);
        let bound = reach.beyond.expect("the way past 1 is taken").to_float();
        let kappa = Ball::from_rational(&kappa, 200);
        assert!(reach.degree >= power || bound >= kappa.lower(), "degree {power} past {}", reach.degree);
        if reach.degree + 1 == power {
            assert!(
                bound <= kappa.shl(2).upper() && reach.radius > 2.0,
                "{bound} for {kappa} at {}",
                reach.radius
            );
            assert!(search.by_hermite(400, 1).unwrap().tail.overlaps(&kappa));
            attained = true;
            break;
        }
        power = reach.degree + 1;
    }
    assert!(attained, "no power is the first one left out");
}
