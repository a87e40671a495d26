//! Gram matrices and their eigenvalues against other routes: quadrature in two dimensions, the power series,
//! eigenvalues in doubles, and exactly known matrices.

use nalgebra::{DMatrix, SymmetricEigen};
use ntk_series::gram::{GramMatrix, Points, effective_rank, largest_eigenvalue, prove_smallest_eigenvalue};
use ntk_series::kernel::{BiasVariance, Convention, Input, Layer, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball, Error, Kernel, Network};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use proptest::prelude::*;
use serde_json::Value;

fn rational(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

/// Hidden layers alike: `(σ_w², σ_b²)` each.
fn network(activation: &str, gamma: [&str; 2], layers: &[(&str, &str)]) -> Network {
    let layer = |&(w, b): &(&str, &str)| Layer {
        activation: Activation::parse(activation).unwrap(),
        sigma_w2: if w == "normalized" {
            WeightVariance::Normalized
        } else {
            WeightVariance::Exact(rational(w))
        },
        sigma_b2: BiasVariance::Exact(rational(b)),
    };
    let input = Input { gamma_w2: rational(gamma[0]), gamma_b2: rational(gamma[1]), ..Input::default() };
    Network::new(input, layers.iter().map(layer).collect()).unwrap()
}

fn digits(n: u32) -> Accuracy {
    Accuracy::relative(n).unwrap()
}

/// The work is nearly that at unit variance: the coefficients that matter are few. `λ_min ~ ε⁶`, from cubes: K is
/// `ε² x·y - …` on three points of the plane.
#[test]
fn small_variances_are_no_more_work() {
    let rows = [["10", "0"], ["6", "8"], ["20", "10"]].map(|row| row.map(rational).to_vec());
    let points = Points::new(rows.to_vec()).unwrap();
    for (biases, kernel) in [("0", Kernel::Nngp), ("0", Kernel::Ntk), ("1", Kernel::Nngp), ("1", Kernel::Ntk)]
    {
        let network = network("tanh(1e-20*x)", ["1", biases], &[("1", biases)]);
        let found = ntk_series::work::within(2e9, || {
            let gram = GramMatrix::new(&network, kernel, &points, digits(15))?;
            prove_smallest_eigenvalue(&gram)
        });
        let smallest = found.unwrap_or_else(|e| panic!("{biases} {kernel:?}: {e}")).value;
        assert!(smallest.lower() > 0);
        assert!(smallest.radius().to_float() * 1e3 < smallest.magnitude().to_float(), "{smallest}");
    }
}

/// The classes of a matrix are found on all cores; the limit holds there too.
#[test]
fn the_limit_of_work_reaches_matrices() {
    let points =
        Points::new((1..5).map(|k| vec![rational(&k.to_string()), rational("1")]).collect()).unwrap();
    let network = network("tanh(x)^2/(1+x^2)", ["1", "0"], &[("1", "0")]);
    let ask = || GramMatrix::new(&network, Kernel::Nngp, &points, digits(15));
    assert!(matches!(ntk_series::work::within(1e5, ask), Err(Error::TooMuchWork { .. })));
    let stop = ntk_series::work::watched(|_| std::ops::ControlFlow::Break(()), ask);
    assert!(matches!(stop, Err(Error::Cancelled)));
    ask().unwrap();
}

/// Is the radius at most `10^-n √(K_ii K_jj)`?
fn is_narrow(gram: &GramMatrix, i: usize, j: usize, n: i32) -> bool {
    let size = |i: usize| gram.get(i, i).midpoint().to_f64();
    gram.get(i, j).radius().to_float().to_f64() <= 10f64.powi(-n) * (size(i) * size(j)).sqrt()
}

#[test]
fn entries_agree_with_quadrature() {
    let file: Value = serde_json::from_str(include_str!("reference/gram_independent.json")).unwrap();
    let all = file["points"].as_array().unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_string();
    let rows: Vec<String> =
        all.iter().map(|p| p.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(",")).collect();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() > 100);
    for case in cases {
        let (name, net) = (case["activation"].as_str().unwrap(), &case["network"]);
        let layers: Vec<(&str, &str)> = net[2]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| (l[0].as_str().unwrap(), l[1].as_str().unwrap()))
            .collect();
        let network = network(name, [net[0].as_str().unwrap(), net[1].as_str().unwrap()], &layers);
        let kernel = if case["kernel"] == "ntk" { Kernel::Ntk } else { Kernel::Nngp };
        let expected = case["rows"].as_array().unwrap();
        // With a kink and no closed dual, proportional points would need more coefficients than there are: without
        // them.
        let kinked = name == "elu" || name == "hardtanh";
        let used: Vec<usize> = (0..expected.len()).filter(|i| !kinked || ![4, 5].contains(i)).collect();
        let text: Vec<&str> = used.iter().map(|&i| rows[i].as_str()).collect();
        let points = Points::from_csv(&text.join("\n")).unwrap();
        let gram =
            GramMatrix::new(&network, kernel, &points, digits(10)).unwrap_or_else(|e| panic!("{name}: {e}"));
        for i in 0..used.len() {
            for j in 0..=i {
                let value: f64 = expected[used[i]][used[j]].as_str().unwrap().parse().unwrap();
                let size = |i: usize| gram.get(i, i).midpoint().to_f64().max(1e-3);
                let gap = (gram.get(i, j).midpoint().to_f64() - value).abs();
                let at =
                    format!("{name} {kernel:?} {layers:?}, entry {i}, {j}: {} and {value}", gram.get(i, j));
                assert!(gap <= 1e-9 * (size(i) * size(j)).sqrt(), "{at}");
                assert!(is_narrow(&gram, i, j, 10) || gram.get(i, j).is_exact(), "{at}");
            }
        }
    }
}

#[test]
fn on_a_sphere_it_is_the_series() {
    let points = Points::from_csv("3/5,4/5\n1,0\n0,-1\n-5/13,12/13\n-3/5,-4/5").unwrap();
    for name in ["relu", "erf", "gelu", "sin(1,1/2)", "tanh", "softplus", "poly(1,2,-1)", "cos"] {
        for bias in ["0", "1/3"] {
            for kernel in [Kernel::Ntk, Kernel::Nngp] {
                let network = network(name, ["1", bias], &[("normalized", bias), ("5/4", "1/7")]);
                let gram = GramMatrix::new(&network, kernel, &points, digits(20)).unwrap();
                let series = network.series(kernel, Convention::Standard, 80, digits(20)).unwrap();
                for i in 0..points.len() {
                    for j in 0..=i {
                        let product = points.rows()[i].iter().zip(&points.rows()[j]).map(|(x, y)| x * y);
                        let rho = Ball::from_rational(&product.sum::<BigRational>(), 200);
                        let value = series.evaluate(&rho).unwrap();
                        assert!(
                            gram.get(i, j).overlaps(&value),
                            "{name} {i} {j}: {} {value}",
                            gram.get(i, j)
                        );
                        assert!(is_narrow(&gram, i, j, 20), "{name} {i} {j}");
                    }
                }
            }
        }
    }
}

#[test]
fn exactly_known_entries() {
    // ReLU: c_2(x, x) = |x|² σ_w²/2, and -x is as good as 0 to x; the origin is exactly zero.
    let points = Points::from_csv("3,4\n-3,-4\n0,0\n6,8").unwrap();
    let relu = network("relu", ["1", "0"], &[("2", "0"), ("2", "0")]);
    let gram = GramMatrix::new(&relu, Kernel::Nngp, &points, digits(30)).unwrap();
    assert!(gram.get(0, 0).contains_rational(&rational("25")));
    assert!(gram.get(0, 3).contains_rational(&rational("50")));
    assert!((0..4).all(|j| gram.get(2, j).is_exact_zero()));
    assert!(prove_smallest_eigenvalue(&gram).unwrap().value.is_exact_zero());
    // cos: E[cos 0 cos v] = e^{-q/2}, and the derivative's term has the factor Θ_1 = 0.
    let cosine = network("cos", ["1", "0"], &[("1", "0")]);
    let gram = GramMatrix::new(&cosine, Kernel::Ntk, &Points::from_csv("0\n2").unwrap(), digits(30)).unwrap();
    assert!(gram.get(0, 1).overlaps(&Ball::from_integer(-2, 200).exp()));
    assert!(gram.get(0, 0).contains_rational(&rational("1")));
}

#[test]
fn refusals_name_what_is_wrong() {
    let of = |name: &str, kernel, text: &str| {
        let points = Points::from_csv(text).unwrap();
        let result = GramMatrix::new(&network(name, ["1", "0"], &[("1", "0")]), kernel, &points, digits(10));
        let message = result.unwrap_err().to_string();
        assert!(!message.contains('\n') && message.len() < 400, "{message}");
        message
    };
    assert!(of("step", Kernel::Ntk, "1\n2").contains("no NTK"));
    assert!(of("step", Kernel::Nngp, "0\n2").contains("origin"));
    assert!(of("exp(x^2/5)", Kernel::Nngp, "1\n2").contains("square-integrable"));
    assert!(of("relu", Kernel::Ntk, &"1\n".repeat(10_001)).contains("10000"));
}

#[test]
fn a_kink_and_close_points_end_in_an_error_with_an_enclosure() {
    let points = Points::from_csv("1,0\n1,1e-7").unwrap();
    let hard = network("hardtanh", ["1", "0"], &[("1", "0")]);
    match GramMatrix::new(&hard, Kernel::Ntk, &points, digits(15)) {
        Err(Error::AccuracyNotReached { best, .. }) => assert!(best.is_finite() && best.lower() > 0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn close_points_keep_their_accuracy() {
    // λ_min is about the distance for the NTK of ReLU, whose kernel has a kink at ρ = 1.
    let points = Points::from_csv("1,0\n1,1e-40\n1,-1").unwrap();
    let relu = network("relu", ["1", "0"], &[("2", "0"), ("2", "0")]);
    let gram = GramMatrix::new(&relu, Kernel::Ntk, &points, digits(15)).unwrap();
    assert!((0..3).all(|i| (0..=i).all(|j| is_narrow(&gram, i, j, 15))));
    let smallest = prove_smallest_eigenvalue(&gram).unwrap();
    let value = smallest.value.midpoint().to_f64();
    assert!(smallest.value.lower() > 0 && (1e-41..1e-39).contains(&value), "{}", smallest.value);
    assert!(smallest.value.relative_accuracy_bits() > 4, "{}", smallest.value);
    verify(&gram, &smallest.bound.unwrap());
}

/// The certificate, again: `K - b I - L Lᵀ` is diagonally dominant for all matrices within better enclosures.
fn verify(gram: &GramMatrix, bound: &ntk_series::gram::GramBound) {
    let accuracy = digits((bound.exponent.max(80) + 40) * 301 / 1000);
    let gram = &match GramMatrix::new(gram.network(), gram.kernel(), gram.points(), accuracy) {
        Ok(gram) => gram,
        // A dual without closed form at proportional points: not to be had so accurately.
        Err(Error::AccuracyNotReached { .. }) => return,
        Err(other) => panic!("{other}"),
    };
    assert!(bound.lower_bound.is_positive());
    let (n, power) = (gram.len(), num_bigint::BigInt::from(1) << bound.exponent);
    let entry = |i: usize, j: usize| BigRational::new(bound.rows[i][j].clone(), power.clone());
    let residual = |i: usize, j: usize| {
        let (i, j) = (i.max(j), i.min(j));
        let product: BigRational = (0..=j).map(|k| entry(i, k) * entry(j, k)).sum();
        let shift = if i == j { bound.lower_bound.clone() } else { BigRational::zero() };
        gram.get(i, j) - &Ball::from_rational(&(product + shift), 400)
    };
    for i in 0..n {
        let off = (0..n).filter(|&j| j != i).fold(Ball::zero(400), |sum, j| sum + residual(i, j).abs());
        assert!((residual(i, i) - off).lower() >= 0, "row {i}");
    }
}

#[test]
fn eigenvalues_of_known_matrices() {
    // A linear network: K = 2 X Xᵀ, and with a bias a rank-one term more.
    let linear = network("x", ["1", "0"], &[("1", "0")]);
    for (text, low, high) in [("1,0\n0,3", "2", "18"), ("1,2\n2,1", "2", "18"), ("1,1\n1,-1", "4", "4")] {
        let gram =
            GramMatrix::new(&linear, Kernel::Ntk, &Points::from_csv(text).unwrap(), digits(25)).unwrap();
        let smallest = prove_smallest_eigenvalue(&gram).unwrap();
        let largest = largest_eigenvalue(&gram, digits(12)).unwrap();
        assert!(smallest.value.contains_rational(&rational(low)), "{text}: {}", smallest.value);
        assert!(largest.contains_rational(&rational(high)), "{text}: {largest}");
        assert!(
            smallest.value.relative_accuracy_bits() > 30 && largest.relative_accuracy_bits() > 40,
            "{text}"
        );
        verify(&gram, &smallest.bound.unwrap());
        let rank = (rational(low) + rational(high)) / rational(high);
        assert!(effective_rank(&gram, digits(12)).unwrap().contains_rational(&rank));
    }
    // Three points in the plane: rank two, and no equal points. Zero is never called positive.
    let points = Points::from_csv("1,0\n0,1\n1,1").unwrap();
    let gram = GramMatrix::new(&linear, Kernel::Ntk, &points, digits(15)).unwrap();
    match prove_smallest_eigenvalue(&gram) {
        Err(Error::AccuracyNotReached { best, .. }) => {
            assert!(best.contains_rational(&rational("0")) && best.upper() < 1e-30, "{best}");
        }
        other => panic!("{other:?}"),
    }
}

fn eigenvalues(gram: &GramMatrix) -> Vec<f64> {
    let n = gram.len();
    let matrix = DMatrix::from_fn(n, n, |i, j| gram.get(i, j).midpoint().to_f64());
    let mut values: Vec<f64> = SymmetricEigen::new(matrix).eigenvalues.iter().copied().collect();
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn eigenvalues_agree_with_doubles() {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) % 201) as i64 - 100
    };
    let rows: Vec<String> = (0..40).map(|_| format!("{}e-2,{}e-2,{}e-2", next(), next(), next())).collect();
    let points = Points::from_csv(&rows.join("\n")).unwrap();
    for (name, layers) in [("relu", 1), ("relu", 3), ("erf", 2), ("abs", 2), ("gaussian", 1), ("silu", 1)] {
        let network = network(name, ["1", "1/10"], &vec![("2", "1/10"); layers]);
        let gram = GramMatrix::new(&network, Kernel::Ntk, &points, digits(15)).unwrap();
        let values = eigenvalues(&gram);
        let (low, high) = (values[0], values[values.len() - 1]);
        let smallest = prove_smallest_eigenvalue(&gram).unwrap();
        let found = smallest.value.midpoint().to_f64();
        assert!((found - low).abs() <= 1e-12 * high + 0.04 * found, "{name}: {found} {low}");
        assert!(smallest.value.relative_accuracy_bits() > 4, "{name}: {}", smallest.value);
        let largest = largest_eigenvalue(&gram, digits(12)).unwrap();
        assert!(
            (largest.midpoint().to_f64() - high).abs() <= 1e-12 * high
                && largest.relative_accuracy_bits() > 30
        );
        verify(&gram, &smallest.bound.unwrap());
    }
}

fn rows() -> impl Strategy<Value = Vec<Vec<BigRational>>> {
    let number = (-30i64..30, 1i64..8).prop_map(|(a, b)| BigRational::new(a.into(), b.into()));
    (1usize..4).prop_flat_map(move |d| prop::collection::vec(prop::collection::vec(number.clone(), d), 1..7))
}

fn activation() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "relu",
        "abs",
        "leaky-relu(-1/3)",
        "erf",
        "sin(1/2,1/3)",
        "gelu",
        "tanh",
        "poly(1,1/9)",
        "exp(1/20)",
    ])
}

proptest! {
    #![proptest_config(ntk_testing::cases(40))]

    #[test]
    fn two_accuracies_overlap_and_nothing_is_negative(
        rows in rows(), name in activation(), bias in 0i64..2, depth in 1usize..4, ntk: bool,
    ) {
        let points = Points::new(rows).unwrap();
        let bias = bias.to_string();
        let network = network(name, ["1/10", &bias], &vec![("3/2", bias.as_str()); depth]);
        let kernel = if ntk { Kernel::Ntk } else { Kernel::Nngp };
        let [coarse, fine] = [6, 25].map(|d| GramMatrix::new(&network, kernel, &points, digits(d)));
        // Without a closed dual, points in one direction can take more Hermite coefficients than there may be.
        if let Err(Error::AccuracyNotReached { .. }) = fine {
            return Ok(());
        }
        let [coarse, fine] = [coarse.unwrap(), fine.unwrap()];
        for i in 0..points.len() {
            for j in 0..=i {
                prop_assert!(coarse.get(i, j).overlaps(&fine.get(i, j)));
                prop_assert!(is_narrow(&coarse, i, j, 6) && is_narrow(&fine, i, j, 25));
            }
        }
        let values = eigenvalues(&fine);
        let (low, high) = (values[0], values[values.len() - 1]);
        prop_assert!(low >= -1e-13 * high.max(1.0));
        // Or one of the functions is zero.
        let vanishes = (0..points.len()).any(|i| fine.get(i, i).is_exact_zero());
        let duplicates = !points.duplicates().is_empty() || vanishes;
        match prove_smallest_eigenvalue(&coarse) {
            Ok(smallest) => {
                prop_assert_eq!(smallest.value.is_exact_zero(), duplicates);
                prop_assert_eq!(smallest.bound.is_none(), duplicates);
                prop_assert!(low >= smallest.value.lower().to_f64() - 1e-13 * high);
                prop_assert!(low <= smallest.value.upper().to_f64() + 1e-13 * high);
                if let Some(bound) = smallest.bound {
                    verify(&fine, &bound);
                }
            }
            Err(Error::AccuracyNotReached { best, .. }) => {
                prop_assert!(!duplicates && best.lower() <= 0 && best.upper() >= low - 1e-13 * high);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
