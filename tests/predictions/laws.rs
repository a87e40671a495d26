//! What holds of all predictions.

use ntk_series::gram::{GramMatrix, Points};
use ntk_series::predict::{
    Prediction, Rule, Time, TrainingSet, leave_one_out, log_marginal_likelihood, predict,
};
use ntk_series::{Accuracy, Ball, Error, Kernel, Network};
use num_rational::BigRational;
use num_traits::{One, Zero};
use proptest::prelude::*;

use super::{exact, network};

fn relative(digits: u32) -> Accuracy {
    Accuracy::relative(digits).unwrap()
}

fn rational((a, b): (i64, i64)) -> BigRational {
    BigRational::new(a.into(), b.into())
}

/// Few points of the plane with small coordinates, with targets.
fn data() -> impl Strategy<Value = TrainingSet> {
    let row = (prop::array::uniform2((-9i64..=9, 1i64..4)), (-5i64..=5, 1i64..3));
    prop::collection::vec(row, 1..7).prop_map(|rows| {
        let inputs = rows.iter().map(|(x, _)| x.iter().copied().map(rational).collect()).collect();
        let targets = rows.iter().map(|(_, y)| rational(*y)).collect();
        TrainingSet::new(Points::new(inputs).unwrap(), vec![targets]).unwrap()
    })
}

fn test_rows() -> impl Strategy<Value = Points> {
    prop::collection::vec(prop::array::uniform2((-9i64..=9, 1i64..4)), 1..4).prop_map(|rows| {
        Points::new(rows.into_iter().map(|x| x.into_iter().map(rational).collect()).collect()).unwrap()
    })
}

fn networks() -> impl Strategy<Value = Network> {
    let variances = prop_oneof![Just(["2", "1/10", "1"]), Just(["9/4", "1", "1/2"])];
    (prop_oneof![Just("relu"), Just("erf"), Just("x^2+x")], 1usize..3, variances)
        .prop_map(|(activation, depth, variances)| network(activation, depth, variances))
}

fn rules() -> impl Strategy<Value = Rule> {
    let noise = prop_oneof![Just("0"), Just("1/7"), Just("1e-30"), Just("1000")];
    let time = prop_oneof![Just("infinity"), Just("0"), Just("1/1000"), Just("3"), Just("1e9")];
    (any::<bool>(), noise, time).prop_map(|(ntk, noise, time)| {
        let time = if time == "infinity" { Time::Infinite } else { Time::Finite(exact(time)) };
        let kernel = if ntk { Kernel::Ntk } else { Kernel::Nngp };
        // The Gaussian process has no training with noise.
        let noise = if !ntk && time != Time::Infinite { "0" } else { noise };
        Rule { kernel, noise: exact(noise), time }
    })
}

/// A singular matrix is a fault of the points.
fn answered(found: Result<Vec<Prediction>, Error>) -> Option<Vec<Prediction>> {
    match found {
        Ok(found) => Some(found),
        Err(Error::Shape { why }) => {
            assert!(why.contains("singular"), "{why}");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

/// The solution of a regular system, by elimination.
fn solved(mut a: Vec<Vec<BigRational>>, mut b: Vec<BigRational>) -> Vec<BigRational> {
    let n = b.len();
    for i in 0..n {
        let pivot = a[i][i].clone();
        for k in (0..n).filter(|k| *k != i) {
            let factor = &a[k][i] / &pivot;
            let row = a[i].clone();
            a[k].iter_mut().zip(&row).for_each(|(x, y)| *x -= &factor * y);
            let take = &factor * &b[i];
            b[k] -= take;
        }
    }
    (0..n).map(|i| &b[i] / &a[i][i]).collect()
}

fn numbers(found: &[Prediction]) -> impl Iterator<Item = &Ball> {
    found.iter().flat_map(|p| p.mean.iter().chain([&p.variance, &p.prior]))
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]

    /// Two accuracies agree, and the finer enclosure is within the coarser one but for its own error.
    #[test]
    fn few_digits_hold_many(
        data in data(), test in test_rows(), network in networks(), rule in rules(), digits in 1u32..8,
    ) {
        let [coarse, fine] = [digits, 40].map(|digits| answered(predict(&network, &rule, &data, &test, relative(digits))));
        prop_assert_eq!(coarse.is_some(), fine.is_some());
        let (Some(coarse), Some(fine)) = (coarse, fine) else { return Ok(()) };
        for (x, y) in numbers(&coarse).zip(numbers(&fine)) {
            let [low, high] = y.rational_bounds().unwrap();
            let middle = (low + high) / BigRational::from_integer(2.into());
            let room = y.radius();
            prop_assert!(x.widened(room).contains_rational(&middle), "{} misses {}", x, y);
        }
        for p in &fine {
            prop_assert!(p.variance.upper() >= 0);
            // A posterior is no vaguer than the prior; a trained network may be.
            prop_assert!(rule.kernel == Kernel::Ntk || p.variance.lower() <= p.prior.upper());
            // What may be zero is small.
            let may_be = |x: &Ball| !x.contains_zero() || Ball::exact(x.radius().to_float()).upper() < 1e-38;
            prop_assert!(p.mean.iter().all(may_be) && may_be(&p.variance), "{:?}", p);
        }
    }

    /// The same question in exact rationals: for the identity the kernels are those of linear regression.
    #[test]
    fn linear_regression_is_exact(data in data(), test in test_rows(), noise in 1i64..50, ntk: bool) {
        let network = network("x", 1, ["1", "0", "1"]);
        let kernel = if ntk { Kernel::Ntk } else { Kernel::Nngp };
        let noise = rational((noise, 7));
        let rule = Rule { noise: noise.clone(), ..Rule::new(kernel) };
        let found = predict(&network, &rule, &data, &test, relative(12)).unwrap();
        let factor = BigRational::from_integer(if ntk { 2 } else { 1 }.into());
        let dot = |x: &[BigRational], y: &[BigRational]| -> BigRational { x.iter().zip(y).map(|(x, y)| x * y).sum() };
        let x = data.inputs().rows();
        let n = x.len();
        let gram = |i: usize, j: usize| &factor * dot(&x[i], &x[j]) + if i == j { noise.clone() } else { BigRational::zero() };
        let a: Vec<Vec<BigRational>> = (0..n).map(|i| (0..n).map(|j| gram(i, j)).collect()).collect();
        for (found, t) in found.iter().zip(test.rows()) {
            let cross: Vec<BigRational> = x.iter().map(|x| &factor * dot(x, t)).collect();
            let w = solved(a.clone(), cross.clone());
            prop_assert!(found.mean[0].contains_rational(&dot(&w, &data.targets()[0])));
            let own = dot(t, t);
            let variance = match ntk {
                false => own - dot(&w, &cross),
                true => {
                    let half: Vec<BigRational> = cross.iter().map(|c| c / &factor).collect();
                    let inner = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
                    let square: BigRational = inner.map(|(i, j)| &w[i] * &w[j] * dot(&x[i], &x[j])).sum();
                    own - dot(&w, &half) * BigRational::from_integer(2.into()) + square
                }
            };
            prop_assert!(found.variance.contains_rational(&variance), "{} misses {}", found.variance, variance);
        }
    }

    /// With one training row the flow has a formula.
    #[test]
    fn one_row_is_an_exponential(
        x in prop::array::uniform2(1i64..5), t in prop::array::uniform2(-5i64..5), y in 1i64..9,
        time in prop_oneof![Just("1e-9"), Just("1/3"), Just("5"), Just("70"), Just("1e6")], digits in 1u32..30,
    ) {
        let network = network("erf", 1, ["9/4", "1", "1/2"]);
        let point = |x: [i64; 2]| x.map(|x| rational((x, 3))).to_vec();
        let data = TrainingSet::new(Points::new(vec![point(x)]).unwrap(), vec![vec![rational((y, 1))]]).unwrap();
        let test = Points::new(vec![point(t)]).unwrap();
        let both = Points::new(vec![point(x), point(t)]).unwrap();
        let time = exact(time);
        let rule = Rule { time: Time::Finite(time.clone()), ..Rule::new(Kernel::Ntk) };
        let found = predict(&network, &rule, &data, &test, relative(digits)).unwrap();
        let [theta, k] = [Kernel::Ntk, Kernel::Nngp].map(|kernel| GramMatrix::new(&network, kernel, &both, relative(60)).unwrap());
        let time = Ball::from_rational(&time, 300);
        let fade = -(-(theta.get(0, 0) * &time)).exp_m1();
        let w = theta.get(0, 1) / theta.get(0, 0) * &fade;
        let mean = &w * &Ball::from_integer(y, 300);
        let variance = k.get(1, 1) - (&w * &k.get(0, 1)).shl(1) + w.square() * k.get(0, 0);
        for (found, truth) in [(&found[0].mean[0], mean), (&found[0].variance, variance)] {
            let middle = truth.midpoint_rational().unwrap();
            prop_assert!(found.widened(truth.radius()).contains_rational(&middle), "{} misses {}", found, truth);
        }
    }

    /// A row left out is predicted as if it had never been there.
    #[test]
    fn left_out_is_not_there(data in data(), network in networks(), noisy: bool, ntk: bool) {
        let noise = if noisy { "1/5" } else { "0" };
        let kernel = if ntk { Kernel::Ntk } else { Kernel::Nngp };
        let rule = Rule { noise: exact(noise), ..Rule::new(kernel) };
        let n = data.len();
        let left_out = match leave_one_out(&network, &rule, &data, relative(12)) {
            Ok(left_out) => left_out,
            Err(Error::Shape { .. }) => return Ok(()),
            Err(Error::Parameter { name, .. }) => {
                prop_assert!(n == 1 && name == "number of training rows");
                return Ok(());
            }
            Err(other) => panic!("{other}"),
        };
        for (i, found) in left_out.iter().enumerate() {
            let others = || (0..n).filter(|j| *j != i);
            let inputs = others().map(|j| data.inputs().rows()[j].clone()).collect();
            let targets = others().map(|j| data.targets()[0][j].clone()).collect();
            let rest = TrainingSet::new(Points::new(inputs).unwrap(), vec![targets]).unwrap();
            let test = Points::new(vec![data.inputs().rows()[i].clone()]).unwrap();
            let there = &predict(&network, &rule, &rest, &test, relative(12)).unwrap()[0];
            prop_assert!(found.mean[0].overlaps(&there.mean[0]), "{} {}", found.mean[0], there.mean[0]);
            prop_assert_eq!(found.variance.is_none(), ntk);
            if let Some(variance) = &found.variance {
                prop_assert!(variance.overlaps(&there.variance), "{} {}", variance, there.variance);
            }
        }
    }

    /// The likelihood is a product of predictions, one row after the other.
    #[test]
    fn likelihood_is_a_product_of_predictions(data in data(), network in networks()) {
        let rule = Rule { noise: exact("1/3"), ..Rule::new(Kernel::Nngp) };
        let whole = &log_marginal_likelihood(&network, &rule, &data, relative(15)).unwrap()[0];
        let mut sum = Ball::zero(200);
        for i in 0..data.len() {
            let (x, y) = (&data.inputs().rows()[i], Ball::from_rational(&data.targets()[0][i], 200));
            let test = Points::new(vec![x.clone()]).unwrap();
            let (mean, variance) = match i {
                0 => {
                    let own = GramMatrix::new(&network, Kernel::Nngp, &test, relative(30)).unwrap().get(0, 0);
                    (Ball::zero(200), own)
                }
                _ => {
                    let inputs = Points::new(data.inputs().rows()[..i].to_vec()).unwrap();
                    let before = TrainingSet::new(inputs, vec![data.targets()[0][..i].to_vec()]).unwrap();
                    let found = predict(&network, &rule, &before, &test, relative(30)).unwrap().remove(0);
                    (found.mean[0].clone(), found.variance)
                }
            };
            let variance = variance + Ball::from_rational(&rule.noise, 200);
            let circle = (Ball::pi(200).shl(1) * &variance).ln();
            sum = sum - ((y - mean).square() / variance + circle).shl(-1);
        }
        prop_assert!(whole.overlaps(&sum), "{} {}", whole, sum);
        prop_assert!(relative(15).is_met_by(whole));
    }

    /// Training rows are known exactly without noise in the end, and nothing is known before the beginning.
    #[test]
    fn ends_are_exact(data in data(), network in networks(), ntk: bool) {
        let kernel = if ntk { Kernel::Ntk } else { Kernel::Nngp };
        let rule = Rule::new(kernel);
        if let Some(found) = answered(predict(&network, &rule, &data, data.inputs(), relative(20))) {
            for (found, y) in found.iter().zip(&data.targets()[0]) {
                prop_assert!(found.mean[0].contains_rational(y) && found.mean[0].radius().to_float() < 1e-20);
                prop_assert!(found.variance.is_exact_zero());
            }
        }
        let rule = Rule { time: Time::Finite(BigRational::zero()), ..rule };
        for found in predict(&network, &rule, &data, data.inputs(), relative(20)).unwrap() {
            prop_assert!(found.mean[0].is_exact_zero());
            prop_assert!(found.variance.contains(&found.prior) && found.prior.contains(&found.variance));
        }
    }
}

/// More noise leaves less of the targets; as it goes, the interpolant comes back; so with time.
#[test]
fn noise_and_time_have_limits() {
    let network = network("relu", 2, ["2", "1/10", "1"]);
    let inputs = Points::from_csv("1,0\n0,2\n-1,1\n3,1").unwrap();
    let targets = ["1", "-2", "1/3", "4"].map(exact).to_vec();
    let data = TrainingSet::new(inputs, vec![targets]).unwrap();
    let test = Points::from_csv("1,1\n-2,0").unwrap();
    for kernel in [Kernel::Ntk, Kernel::Nngp] {
        let end = predict(&network, &Rule::new(kernel), &data, &test, relative(30)).unwrap();
        let near = |noise: &str, time: Time| {
            let rule = Rule { kernel, noise: exact(noise), time };
            let found = predict(&network, &rule, &data, &test, relative(30)).unwrap();
            let gap = |(x, y): (&Ball, &Ball)| (x - y).magnitude().to_float().to_f64();
            numbers(&found).zip(numbers(&end)).map(gap).fold(0.0, f64::max)
        };
        // Proportional to the noise, exponential in time.
        let [a, b] = ["1e-12", "1e-15"].map(|noise| near(noise, Time::Infinite));
        assert!(a > 0.0 && a < 1e-9 && (0.5e-3..2e-3).contains(&(b / a)), "{a:e} {b:e}");
        let [a, b] = ["30", "90"].map(|time| near("0", Time::Finite(exact(time))));
        assert!(a > b && near("0", Time::Finite(exact("1e5"))) < 1e-25, "{a:e} {b:e}");
        let far = predict(
            &network,
            &Rule { noise: exact("1e30"), ..Rule::new(kernel) },
            &data,
            &test,
            relative(10),
        )
        .unwrap();
        for p in far {
            assert!(p.mean[0].magnitude().to_float() < 1e-27);
            assert!((&p.variance - &p.prior).magnitude().to_float() < 1e-8);
        }
    }
}

#[test]
fn what_is_singular_is_named() {
    let network = Network::relu(2).unwrap();
    let ask = |points: &str, noise: &str, time: Time| {
        let inputs = Points::from_csv(points).unwrap();
        let targets = vec![vec![BigRational::one(); inputs.len()]];
        let data = TrainingSet::new(inputs, targets).unwrap();
        let rule = Rule { noise: exact(noise), time, ..Rule::new(Kernel::Ntk) };
        predict(&network, &rule, &data, &Points::from_csv("1,2").unwrap(), relative(10))
    };
    // Without biases ReLU networks are homogeneous.
    for (points, words) in [
        ("1,0\n0,1\n1,0", "1 for row 1, -1 for row 3"),
        ("1,0\n0,1\n0,3", "3 for row 2, -1 for row 3"),
        ("0,0\n0,1", "1 for row 1"),
    ] {
        let message = ask(points, "0", Time::Infinite).unwrap_err().to_string();
        assert!(message.contains("singular") && message.contains(words), "{message}");
        assert!(ask(points, "1/10", Time::Infinite).is_ok());
        assert!(ask(points, "0", Time::Finite(exact("2"))).is_ok());
    }
    let wrong = |rule: Rule| {
        let data = TrainingSet::new(Points::from_csv("1,0").unwrap(), vec![vec![exact("1")]]).unwrap();
        let test = Points::from_csv("1,2").unwrap();
        predict(&network, &rule, &data, &test, relative(10)).unwrap_err().to_string()
    };
    let finite = |time: &str| Time::Finite(exact(time));
    assert!(wrong(Rule { noise: exact("-1"), ..Rule::new(Kernel::Ntk) }).contains("noise = -1"));
    assert!(wrong(Rule { time: finite("-1"), ..Rule::new(Kernel::Ntk) }).contains("time = -1"));
    let both = Rule { noise: exact("1"), time: finite("1"), kernel: Kernel::Nngp };
    assert!(wrong(both).contains("posterior"));
}
