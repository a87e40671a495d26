//! Kernel series by two routes each: other formulas, other accuracies, other degrees must agree.

use crate::activation::Support;
use crate::dual::Dual;
use crate::kernel::{BiasVariance, Convention, Input, Kernel, KernelSeries, Layer, Network, WeightVariance};
use crate::number::parse_rational;
use crate::series::generic::Series;
use crate::{Accuracy, Activation, Ball, Error};
use num_rational::BigRational;
use proptest::prelude::*;

fn q(text: &str) -> BigRational {
    parse_rational(text).expect("a number")
}

/// A layer from `activation σ_w² σ_b²`, where `n` is `normalized` and `u` is `unit`.
fn layer(text: &str) -> Layer {
    let parts: Vec<&str> = text.split_whitespace().collect();
    Layer {
        activation: Activation::parse(parts[0]).expect("in the catalogue"),
        sigma_w2: if parts[1] == "n" {
            WeightVariance::Normalized
        } else {
            WeightVariance::Exact(q(parts[1]))
        },
        sigma_b2: if parts[2] == "u" { BiasVariance::Unit } else { BiasVariance::Exact(q(parts[2])) },
    }
}

/// A network from `γ_w² γ_b² r²` and its layers.
fn network(input: &str, layers: &[&str]) -> Network {
    let input: Vec<BigRational> = input.split_whitespace().map(q).collect();
    let [gamma_w2, gamma_b2, radius2] = input.try_into().expect("three numbers");
    let input = Input { gamma_w2, gamma_b2, radius2 };
    Network::new(input, layers.iter().map(|text| layer(text)).collect()).expect("a network")
}

fn series(network: &Network, kernel: Kernel, degree: usize, digits: u32) -> KernelSeries {
    let accuracy = Accuracy::relative(digits).expect("digits");
    network
        .series(kernel, Convention::Standard, degree, accuracy)
        .unwrap_or_else(|e| panic!("{network:?}: {e}"))
}

fn ntk(network: &Network, degree: usize, digits: u32) -> KernelSeries {
    series(network, Kernel::Ntk, degree, digits)
}

const PLAIN: &str = "1 0 1";
const BIASED: &str = "2/3 1/4 3/2";

fn networks() -> Vec<Network> {
    vec![
        network(PLAIN, &["relu 2 0"]),
        network(PLAIN, &["relu 2 0"; 3]),
        network(BIASED, &["relu 1 1/10", "gelu 3 1/5", "erf 2 0"]),
        network(PLAIN, &["erf n 0"; 2]),
        network(PLAIN, &["sin n 0", "cube n 0", "erf(1/2) 3 0"]),
        network(BIASED, &["sin 6/5 1/3", "cos n 1/10"]),
        network(BIASED, &["elu 1 0", "hardtanh n 1/7"]),
        network(PLAIN, &["softshrink n 0", "relu6 2 1/3", "abs 1 u"]),
        network(BIASED, &["gaussian 1 0", "leaky-relu(1/10) n 0"]),
        network(PLAIN, &["hard-swish n 1/9", "repu(2) n 0"]),
        network("0.001 1 1", &["relu 2 0", "gelu n 0"]),
        network(BIASED, &["exp(1/2) n 0", "poly(1,2,-1/3) n 0"]),
    ]
}

/// Accurate `μ_k²`, `k < len`.
fn squares(activation: &Activation, variance: &Ball, len: usize, precision: u32) -> Vec<Ball> {
    let mu = activation.hermite(variance, len, precision).expect("coefficients");
    mu.iter().map(Ball::square).collect()
}

/// `Θ = c' Σ c_l/c_l'`, each `c_{l+1}` composed from the first `terms` coefficients of its dual: not an enclosure, but
/// near enough for a dual that converges fast.
fn by_quotients(network: &Network, degree: usize, terms: usize) -> Vec<Ball> {
    let precision = 300;
    let ball = |r: &BigRational| Ball::from_rational(r, precision);
    let (zero, one) = (Ball::zero(precision), Ball::from_integer(1, precision));
    let input = network.input();
    let mut c = vec![zero.clone(); degree + 2];
    c[0] = ball(&input.gamma_b2);
    c[1] = ball(&(&input.gamma_w2 * &input.radius2));
    let mut variance = &c[0] + &c[1];
    let mut all = vec![Series::new(c)];
    for layer in network.layers() {
        let moment = layer.activation.second_moment(&variance, precision).expect("a moment");
        let (weight, bias) = match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Exact(w), BiasVariance::Exact(b)) => (ball(w), ball(b)),
            (WeightVariance::Exact(w), BiasVariance::Unit) => (ball(w), &variance - &(&ball(w) * &moment)),
            (_, BiasVariance::Exact(b)) => ((&variance - &ball(b)) / &moment, ball(b)),
            _ => unreachable!("refused"),
        };
        let inner = all[all.len() - 1].scaled(&variance.recip());
        let coefficients = squares(&layer.activation, &variance, terms, precision);
        // Horner's rule for the whole inner series, constant term and all.
        let mut value = vec![zero.clone(); degree + 2];
        for a in coefficients.iter().rev() {
            value = Series::new(value).mul(&inner).coefficients().to_vec();
            value[0] = &value[0] + a;
        }
        value[0] = &value[0] + &(&bias / &weight);
        all.push(Series::new(value).scaled(&weight));
        variance = &weight * &moment + bias;
    }
    let last = all[all.len() - 1].derivative();
    let quotient =
        |c: &Series<Ball>| c.mul(&c.derivative().reciprocal().expect("c' is a series over a field"));
    let start = Series::new(vec![zero; degree + 1]);
    let sum = all.iter().fold(start, |sum, c| sum.add(&quotient(c)));
    assert!(one.is_exact());
    last.mul(&sum).coefficients().to_vec()
}

/// `|x - y| <= 10^-digits |x|` for all members.
fn near(x: &Ball, y: &Ball, digits: i32) -> bool {
    let tolerance = x.abs() * Ball::from_rational(&q(&format!("1e-{digits}")), 64);
    (x - y).abs().upper() <= tolerance.lower()
}

#[test]
fn quotients_of_the_layers_give_the_same_kernel() {
    // c_l'(0) must not vanish, and ρ_l(0) is small enough for the sums to converge in the terms given.
    let cases = [
        network("2/3 1/10 3/2", &["sin(1,1/3) 2 0", "erf 1 1/10"]),
        network(BIASED, &["gelu 3 1/5", "gelu 2 0"]),
        network(PLAIN, &["relu 2 0"; 2]),
        network(PLAIN, &["elu n 0", "hardtanh n 1/8"]),
        network(PLAIN, &["erf n 0", "sin n 0", "erf 2 0"]),
        network("1 1/8 1", &["poly(1,2,-1/3) n 0", "poly(0,1,1/2,1/5) 1 1/3"]),
    ];
    for case in &cases {
        let ours = ntk(case, 9, 20);
        for (p, (x, y)) in by_quotients(case, 9, 160).iter().zip(ours.coefficients()).enumerate() {
            let good = if y.is_exact_zero() { x.magnitude().to_float() < 1e-60 } else { near(y, x, 19) };
            assert!(good, "{case:?} p={p}: {y} against {x}");
        }
    }
}

#[test]
fn other_accuracies_and_degrees_overlap() {
    for case in networks() {
        for kernel in [Kernel::Ntk, Kernel::Nngp] {
            let (low, high) = (series(&case, kernel, 12, 15), series(&case, kernel, 12, 50));
            for digits in [15, 50] {
                let accuracy = Accuracy::relative(digits).expect("digits");
                let series = if digits == 15 { &low } else { &high };
                let all = series.coefficients().iter().chain([series.sum(), series.tail()]);
                all.for_each(|x| assert!(accuracy.is_met_by(x), "{case:?}: {x}"));
            }
            let pairs = low.coefficients().iter().zip(high.coefficients());
            for (x, y) in pairs.chain([(low.sum(), high.sum()), (low.tail(), high.tail())]) {
                assert!(x.overlaps(y) && x.is_exact_zero() == y.is_exact_zero(), "{case:?}: {x} and {y}");
            }
            // A degree that cuts every support short changes nothing below it.
            for degree in [0, 1, 2, 5] {
                let short = series(&case, kernel, degree, 12);
                for (x, y) in short.coefficients().iter().zip(high.coefficients()) {
                    assert!(
                        x.overlaps(y) && x.is_exact_zero() == y.is_exact_zero(),
                        "{case:?} to {degree}: {x} and {y}"
                    );
                }
                assert!(
                    short.tail().overlaps(&high.tail_after(degree).expect("listed")),
                    "{case:?} after {degree}"
                );
            }
        }
    }
}

#[test]
fn cut_supports_are_no_constants() {
    // Of two ReLU layers κ_0 is 0.6857…, also when nothing else is asked for.
    let relu = ntk(&network(PLAIN, &["relu 2 0"; 2]), 0, 12);
    assert!(relu.coefficients()[0].to_string().starts_with("0.68570863628"));
    // The kernel of h_3 twice is 13 ρ^9.
    let h3 = network(PLAIN, &["hermite(3) n 0"; 2]);
    for degree in [0, 2, 8, 9, 12] {
        let series = ntk(&h3, degree, 15);
        let (below, at) = series.coefficients().split_at(degree.min(9));
        assert!(below.iter().all(Ball::is_exact_zero), "{degree}");
        if let Some(ninth) = at.first().filter(|_| degree >= 9) {
            assert!(ninth.contains_rational(&q("13")) && series.tail().is_exact_zero());
        } else {
            assert!(series.tail().contains_rational(&q("13")));
        }
    }
}

#[test]
fn what_is_constant_stays_so() {
    for layers in [["poly(3) 1 0", "relu 1 1/2", "elu 1 1/2"], ["relu6 0 1", "relu6 2 1/3", "elu 1 0"]] {
        let series = ntk(&network(PLAIN, &layers), 3, 15);
        assert!(series.coefficients()[1..].iter().all(Ball::is_exact_zero) && series.tail().is_exact_zero());
        assert!(series.coefficients()[0].overlaps(series.sum()));
    }
    // In the convention murray2023 the variable does not vanish with γ_w².
    let relu = network("0 1 1", &["relu 1 u"]);
    let accuracy = Accuracy::relative(15).expect("digits");
    let series = relu.series(Kernel::Ntk, Convention::Murray2023, 4, accuracy).expect("a series");
    assert!(series.tail().to_string().starts_with("0.06895536245945"));
}

#[test]
fn accidental_zeros_are_exact() {
    // A kink at √q has no μ_4, one at √(3q) no μ_5: He_2(1) = He_3(√3) = 0.
    for (input, kink, zero) in [(PLAIN, 1, 4), ("3 0 1", 3, 5), ("4 0 1", 2, 4)] {
        let layer = format!("piecewise([{kink}];[0],[-{kink},1]) n 0");
        let one = ntk(&network(input, &[layer.as_str()]), 10, 15);
        let vanishing: Vec<usize> = (0..=10).filter(|p| one.coefficients()[*p].is_exact_zero()).collect();
        assert_eq!(vanishing, [zero], "{layer}");
        let two = ntk(&network(input, &[layer.as_str(); 2]), 10, 15);
        assert!(two.coefficients().iter().all(|c| c.sign() == Some(std::cmp::Ordering::Greater)));
    }
}

#[test]
fn extreme_variances_are_met() {
    for input in ["1 1e6 1", "1 1e12 1", "1e-12 1 1"] {
        for layers in [&["relu 2 0"][..], &["relu 2 0"; 3], &["abs n 0", "leaky-relu(1/3) n 0"]] {
            let series = ntk(&network(input, layers), 6, 15);
            assert!(series.coefficients().iter().all(|c| c.sign() == Some(std::cmp::Ordering::Greater)));
        }
    }
    // Opposite exponentials that need room above the point.
    for digits in [9, 12, 15, 30] {
        ntk(&network("1 1/5 1", &["sin(2,1/3) n 0"]), 10, digits);
        ntk(&network("1 1/5 1", &["sin n 0"]), 8, digits);
    }
}

#[test]
fn duals_are_the_sums_of_squared_coefficients() {
    let variances = ["1", "1/3", "5/2"];
    let names = [
        "relu",
        "leaky-relu(1/10)",
        "abs",
        "step",
        "sign",
        "repu(2)",
        "repu(3)",
        "erf",
        "gelu",
        "sin",
        "cos(1/2,1)",
        "exp(1/2)",
        "gaussian",
        "normal-pdf",
        "poly(1,2,-1/3)",
        "hermite(4)",
    ];
    for (name, variance) in names.iter().flat_map(|n| variances.map(|v| (*n, v))) {
        let activation = Activation::parse(name).expect("in the catalogue");
        let variance = Ball::from_rational(&q(variance), 200);
        let dual = activation.dual(&variance, 200).expect("a dual");
        let coefficients = squares(&activation, &variance, 120, 200);
        let moment = activation.second_moment(&variance, 200).expect("a moment");
        // Parseval: the squares left out sum to the moment less those taken.
        let rest = coefficients.iter().fold(moment.clone(), |rest, a| &rest - a).magnitude();
        for rho in ["-1", "-9/10", "-1/3", "0", "1/2", "99/100", "1"] {
            let rho = Ball::from_rational(&q(rho), 200);
            let value = dual.value(&rho).unwrap_or_else(|| panic!("{name} has a closed dual"));
            let partial = coefficients.iter().rev().fold(Ball::zero(200), |sum, a| &sum * &rho + a);
            let tail = rho.abs().pow(120).magnitude() * rest;
            assert!(value.overlaps(&partial.widened(tail)), "{name} at {rho}: {value} and {partial}");
        }
    }
    assert!(matches!(
        Activation::parse("elu").expect("known").dual(&Ball::from_integer(1, 64), 64),
        Ok(Dual::Hermite)
    ));
}

#[test]
fn series_and_recursion_overlap_at_every_angle() {
    for case in networks() {
        for kernel in [Kernel::Ntk, Kernel::Nngp] {
            let series = series(&case, kernel, 40, 20);
            for rho in ["-1", "-9/10", "0", "1/3", "99/100", "1"] {
                let rho = Ball::from_rational(&q(rho), 120);
                let by_series = series.evaluate_by_series(&rho).expect("a cosine");
                let best = series.evaluate(&rho).expect("a cosine");
                assert!(by_series.overlaps(&best) && best.radius() <= by_series.radius());
                if let Some(value) = series.evaluate_by_recursion(&rho).expect("a cosine") {
                    assert!(value.overlaps(&by_series), "{case:?} at {rho}: {value} and {by_series}");
                }
                for degree in [0, 7, 40] {
                    let partial = series.coefficients()[..=degree]
                        .iter()
                        .rev()
                        .fold(Ball::zero(120), |sum, c| &sum * &rho + c);
                    let cut = series.truncation_error(&rho, degree).expect("listed");
                    assert!((&partial + &cut).overlaps(&best), "{case:?} cut at {degree}");
                }
            }
            assert!(
                series
                    .evaluate_by_series(&Ball::from_integer(1, 120))
                    .expect("a cosine")
                    .overlaps(series.sum())
            );
        }
    }
}

#[test]
fn tails_and_shares_are_consistent() {
    for case in networks() {
        let series = ntk(&case, 30, 20);
        let shares = series.shares();
        for degree in [0, 1, 9, 30] {
            let tail = series.tail_after(degree).expect("listed");
            let listed = series.coefficients()[..=degree].iter().fold(Ball::zero(120), |sum, c| &sum + c);
            assert!((&listed + &tail).overlaps(series.sum()), "{case:?} {degree}");
            let share = series.share(degree).expect("listed");
            assert!(share.overlaps(&shares[degree]));
            assert!((&share * series.sum() + &tail).overlaps(series.sum()));
        }
        assert!(series.share(31).is_err() && series.tail_after(31).is_err());
    }
}

#[test]
fn every_accuracy_is_met() {
    for (case, degree, most) in [
        (network(PLAIN, &["relu 2 0"; 2]), 5, 1000),
        (network(BIASED, &["gelu 3 1/5", "erf 1 0"]), 3, 100),
        (network(PLAIN, &["elu n 0"; 2]), 2, 100),
    ] {
        let mut before: Option<KernelSeries> = None;
        for digits in
            [1, 2, 15, 30, 100, 1000].into_iter().filter(|d| *d <= most && (*d >= 15 || most == 1000))
        {
            let (series, accuracy) =
                (ntk(&case, degree, digits), Accuracy::relative(digits).expect("digits"));
            for x in series.coefficients().iter().chain([series.sum(), series.tail()]) {
                assert!(accuracy.is_met_by(x), "{digits} digits: {x}");
            }
            if let Some(before) = before {
                let mut pairs = series.coefficients().iter().zip(before.coefficients());
                assert!(pairs.all(|(x, y)| x.overlaps(y)), "{digits} digits");
            }
            before = Some(series);
        }
    }
}

#[test]
fn published_values_come_out() {
    for (depth, value) in
        [(1, "0.318309886184"), (2, "0.685708636283"), (3, "1.0603881068"), (5, "1.79219596684")]
    {
        let kappa = ntk(&network(PLAIN, &vec!["relu 2 0"; depth]), 0, 30).coefficients()[0].clone();
        assert!(near(&kappa, &Ball::from_rational(&q(value), 100), 11), "{depth}: {kappa}");
    }
    // Running shares in percent, T = 0..5, one hidden layer of unit variance.
    let table = [
        ("relu", PLAIN, ["43.943663", "77.276996", "93.192491", "93.192491", "95.402976", "95.402976"]),
        ("normal-pdf", PLAIN, ["95.833608", "95.833608", "98.729077", "98.729077", "99.633911", "99.633911"]),
    ];
    for (name, input, shares) in table {
        let series = ntk(&network(input, &[format!("{name} 1 u").as_str()]), 5, 20);
        for (share, value) in series.shares().iter().zip(shares) {
            let gap = share.mul_integer(100) - Ball::from_rational(&q(value), 100);
            assert!(gap.magnitude().to_float() <= 6e-7, "{name}: {share} against {value}");
        }
    }
    let accuracy = Accuracy::relative(20).expect("digits");
    let notebook = network("1/2 1/2 1", &["relu 1 u"]);
    let series = notebook.series(Kernel::Ntk, Convention::Murray2023, 5, accuracy).expect("a series");
    for (share, value) in series.shares().iter().zip([
        "52.276996",
        "82.582161",
        "93.192491",
        "94.076685",
        "95.402976",
        "95.800863",
    ]) {
        let gap = share.mul_integer(100) - Ball::from_rational(&q(value), 100);
        assert!(gap.magnitude().to_float() <= 6e-7, "{share} against {value}");
    }
}

#[test]
fn a_support_can_lose_a_coefficient() {
    let mut support = Support { initial: vec![true], even_tail: false, odd_tail: true };
    support.exclude(3);
    assert_eq!(
        (0..8).map(|k| support.may_be_nonzero(k)).collect::<Vec<_>>(),
        [true, true, false, false, false, true, false, true]
    );
    assert!(
        !support.is_constant()
            && Support { initial: vec![true, false], even_tail: false, odd_tail: false }.is_constant()
    );
}

fn any_layer() -> impl Strategy<Value = Layer> {
    let names = [
        "relu",
        "leaky-relu(1/10)",
        "abs",
        "erf",
        "gelu",
        "sin",
        "cos(1/2,1)",
        "gaussian",
        "hardtanh",
        "elu",
        "softshrink",
        "hard-swish",
        "square",
        "cube",
        "poly(1,-1/2)",
        "hermite(3)",
        "repu(2)",
    ];
    let variance = (0i64..7, 1i64..5).prop_map(|(n, d)| BigRational::new(n.into(), d.into()));
    let weight = prop_oneof![Just(None), variance.clone().prop_map(Some)];
    (prop::sample::select(names.to_vec()), weight, variance).prop_map(|(name, weight, bias)| Layer {
        activation: Activation::parse(name).expect("in the catalogue"),
        sigma_b2: BiasVariance::Exact(if weight.is_some() {
            bias
        } else {
            BigRational::new(0.into(), 1.into())
        }),
        sigma_w2: weight.map_or(WeightVariance::Normalized, WeightVariance::Exact),
    })
}

proptest! {
    #![proptest_config(ntk_testing::cases(32))]

    #[test]
    fn random_networks_overlap_at_two_accuracies(
        layers in prop::collection::vec(any_layer(), 1..5), gamma in (0i64..4, 0i64..3, 1i64..4), degree in 0usize..31, digits in 3u32..30, nngp in any::<bool>(),
    ) {
        let number = |n: i64, d: i64| BigRational::new(n.into(), d.into());
        let input = Input { gamma_w2: number(gamma.0, gamma.2), gamma_b2: number(gamma.1, 3), radius2: number(1, 1) };
        let kernel = if nngp { Kernel::Nngp } else { Kernel::Ntk };
        let Ok(network) = Network::new(input, layers) else { return Ok(()) };
        let at = |digits| network.series(kernel, Convention::Standard, degree, Accuracy::relative(digits).expect("digits"));
        let (low, high) = match (at(digits), at(digits + 12)) {
            (Ok(low), Ok(high)) => (low, high),
            // Vanishing kernels are refused, and so are those all but constant, which need millions of terms.
            (Err(Error::Parameter { .. } | Error::TooMuchWork { .. }), _) => return Ok(()),
            (low, high) => return Err(TestCaseError::fail(format!("{network:?}: {:?} {:?}", low.err(), high.err()))),
        };
        let pairs = low.coefficients().iter().zip(high.coefficients());
        for (x, y) in pairs.chain([(low.sum(), high.sum()), (low.tail(), high.tail())]) {
            prop_assert!(x.overlaps(y), "{:?}: {} and {}", network, x, y);
            prop_assert!(x.is_exact_zero() || x.sign() == Some(std::cmp::Ordering::Greater), "{:?}: {}", network, x);
        }
    }
}
