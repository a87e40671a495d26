//! The expansion between kinks against Hermite coefficients, and against itself cut off early.

use super::*;
use crate::activation::Activation;
use crate::dual::binomial::Cut;

const NAMES: [&str; 7] = [
    "hardtanh",
    "relu6",
    "softshrink",
    "hardtanh(-1/3,2)",
    "leaky-relu",
    "piecewise([-2,0,1/2];[1],[-1,-1],[-1,2],[-5/4,5/2])",
    "2*hardtanh(x/3) + x",
];

/// That of `near`, with ends of `b`.
fn near(activation: &Activation, q: &Ball, b: &Ball, degree: usize, precision: u32) -> Option<Expansion> {
    let moment = activation.second_moment(q, precision).unwrap();
    let slope = activation.derivative_second_moment(q, precision).unwrap() * q;
    expansion(&activation.kinks(precision).unwrap(), q, [&moment, &slope], b, degree, precision)
}

/// The same by Hermite coefficients, of which the others count for nothing at this `b`.
fn by_hermite(activation: &Activation, q: &Ball, b: &Ball, degree: usize) -> Expansion {
    const PRECISION: u32 = 250;
    let mu = activation.hermite(q, (120.0 / b.midpoint().to_f64()) as usize, PRECISION).unwrap();
    let moment = activation.second_moment(q, PRECISION).unwrap();
    let slope = activation.derivative_second_moment(q, PRECISION).unwrap() * q;
    let lost = Ball::whole_line(PRECISION);
    let cut = Cut::new(mu.iter().map(Ball::square).collect(), [&moment, &slope, &lost]);
    let a = Ball::from_integer(1, PRECISION) - b;
    cut.expand(&a, &b.with_precision(PRECISION), degree, PRECISION)
}

fn numbers(of: &Expansion) -> Vec<&Ball> {
    of.terms.iter().chain(&of.slopes).chain([&of.beyond, &of.slopes_beyond, &of.chord]).collect()
}

/// Kinks of all kinds, in the middle and far out, from one bit of `b` to all: the ends of `b` are held, and few bits are
/// lost.
#[test]
fn kinks_give_what_hermite_coefficients_give() {
    let mut found = 0;
    for name in NAMES {
        let activation = Activation::parse(name).unwrap();
        for (n, d) in [(1, 4), (1, 1), (3, 1)] {
            let q = Ball::exact(rug::Float::with_val(53, n) / d);
            for (bits, degree, precision) in [(3, 0, 40), (4, 1, 64), (5, 4, 30), (6, 10, 90), (7, 2, 100)] {
                let middle = Ball::exact(rug::Float::with_val(precision, 0.97)).shl(-bits);
                let Some(exact) = near(&activation, &q, &middle, degree, precision) else { continue };
                found += 1;
                let truth = by_hermite(&activation, &q, &middle, degree);
                for (i, (got, truth)) in numbers(&exact).into_iter().zip(numbers(&truth)).enumerate() {
                    assert!(got.contains(truth), "{name}, q = {n}/{d}, b = {middle}, {i}: {got} and {truth}");
                    let good = i64::from(precision) - 26;
                    assert!(
                        got.relative_accuracy_bits() >= good,
                        "{name}, q = {n}/{d}, b = {middle}, {i}: {got}"
                    );
                }
                let wide_b = middle.widened(middle.magnitude().shl(-12));
                let Some(wide) = near(&activation, &q, &wide_b, degree, precision) else { continue };
                // Exact, and not past the ends.
                let long = rug::Float::with_val(200, middle.midpoint());
                let change = rug::Float::with_val(200, &long >> 12);
                for end in
                    [rug::Float::with_val(200, &long - &change), rug::Float::with_val(200, &long + &change)]
                {
                    let truth = by_hermite(&activation, &q, &Ball::exact(end), degree);
                    for (got, truth) in numbers(&wide).into_iter().zip(numbers(&truth)) {
                        assert!(
                            got.contains(truth),
                            "{name}, q = {n}/{d}, an end of {middle}: {got} and {truth}"
                        );
                    }
                }
            }
        }
    }
    assert!(found > 40, "{found} are answered");
}

/// However close to one: `f(1) - f(a) = f'(1) b - H_0 b^{3/2}` and so on, and few bits hold what many give.
#[test]
fn every_gap_down_to_the_smallest_keeps_its_digits() {
    for name in NAMES {
        let activation = Activation::parse(name).unwrap();
        let q = Ball::exact(rug::Float::with_val(53, 0.625));
        for bits in [20, 100, 1000, 100_000] {
            let b = Ball::from_integer(1, 64).shl(-bits);
            let few = near(&activation, &q, &b, 10, 64).unwrap();
            let many = near(&activation, &q, &b.with_precision(200), 10, 200).unwrap();
            for (i, (few, many)) in numbers(&few).into_iter().zip(numbers(&many)).enumerate() {
                assert!(few.contains(many), "{name}, b = 2^-{bits}, {i}: {few} and {many}");
                assert!(few.relative_accuracy_bits() >= 38, "{name}, b = 2^-{bits}, {i}: {few}");
            }
        }
    }
}

/// Two kinks that are close against `b` are not apart, jumps have no slopes, and curves have more than kinks.
#[test]
fn what_is_not_near_or_not_linear_is_left_to_the_coefficients() {
    let hardtanh = Activation::parse("hardtanh").unwrap();
    let (q, b) = (Ball::from_integer(4, 64), Ball::from_integer(1, 64));
    assert!(near(&hardtanh, &q, &b.shl(-4), 2, 64).is_none());
    assert!(near(&hardtanh, &q, &b.shl(-2), 2, 64).is_none());
    assert!(near(&hardtanh, &q, &b.shl(-12), 2, 64).is_some());
    for name in ["hardshrink", "elu", "hard-swish", "sign", "tanh", "2*hardtanh(x) + x^2"] {
        assert!(Activation::parse(name).unwrap().kinks(64).is_none(), "{name}");
    }
}

/// What is left out after few terms is within what is said of it: sums of two and more terms hold those of two hundred.
#[test]
fn sums_cut_off_early_hold_the_whole() {
    const PRECISION: u32 = 400;
    let q = Ball::from_integer(1, PRECISION);
    let b = Ball::from_integer(1, PRECISION).shl(LARGEST as i32);
    for name in NAMES {
        let kinks = Activation::parse(name).unwrap().kinks(PRECISION).unwrap();
        let kinks: Vec<Kink> = kinks.iter().map(|kink| Kink::new(kink, &q)).collect();
        let size = kinks.iter().map(Kink::bound).fold(Mag::ZERO, |sum, bound| sum + bound);
        let with = |count| {
            let h = coefficients(&kinks, count, PRECISION);
            Near { h, size, others: Mag::ZERO, b: &b, root: b.sqrt(), precision: PRECISION }
        };
        let whole = with(200);
        for count in [2, 3, 8] {
            let few = with(count);
            for n in [1, 2, 9] {
                let parts = [
                    (1, Part::Chord),
                    (1, Part::Slope),
                    (3, Part::Term),
                    (3, Part::Beyond),
                    (1, Part::SlopesBeyond),
                ];
                for (m, part) in parts {
                    let [few, whole] = [few.sum(n, m, part), whole.sum(n, m, part)];
                    assert!(few.contains(&whole), "{name}, {count} terms, {n}: {few} {whole}");
                }
            }
        }
    }
}
