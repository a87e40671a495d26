//! Networks with residual blocks, sums of branches, normalization layers and layers trained at speeds of their own, against
//! `reference/blocks_independent.json`, found by another route in another program, published values, and hand-derived ones.

use ntk_series::gram::{GramMatrix, Points};
use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable};
use ntk_series::kernel::{BiasVariance, Block, Convention, Input, Layer, Training, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::positivity::{Domain, Outcome, decide, decide_points, exact_gram, null_vector};
use ntk_series::spectrum::Measure;
use ntk_series::{Accuracy, Activation, Ball, Error, Kernel, Network};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;

fn number(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

fn exact(v: &Value) -> BigRational {
    number(v.as_str().unwrap())
}

fn dense(name: &str, w: &str, b: &str) -> Block {
    let sigma_w2 =
        if w == "normalized" { WeightVariance::Normalized } else { WeightVariance::Exact(number(w)) };
    let sigma_b2 = BiasVariance::Exact(number(b));
    Block::Dense(Layer { activation: Activation::parse(name).unwrap(), sigma_w2, sigma_b2 })
}

fn residual(skip: &str, branch: Vec<Block>) -> Block {
    Block::Residual { skip: number(skip), branch }
}

fn network(blocks: Vec<Block>) -> Network {
    Network::from_blocks(Input::default(), blocks).unwrap()
}

fn chain(v: &Value) -> Vec<Block> {
    v.as_array().unwrap().iter().map(block).collect()
}

fn block(v: &Value) -> Block {
    let text = |field: &str| v[field].as_str().unwrap();
    match v {
        _ if v["activation"].is_string() => dense(text("activation"), text("sigma_w2"), text("sigma_b2")),
        _ if v["residual"].is_array() => residual(text("skip"), chain(&v["residual"])),
        _ if v["normalize"] == true => Block::Normalize,
        _ => {
            let (branches, weights) = (v["sum"].as_array().unwrap(), v["weights"].as_array().unwrap());
            Block::Sum(weights.iter().map(exact).zip(branches.iter().map(chain)).collect())
        }
    }
}

/// The reference file's cases: name, network, what is known.
fn cases() -> (Value, Vec<(String, Network, Value)>) {
    let file: Value = serde_json::from_str(include_str!("reference/blocks_independent.json")).unwrap();
    let cases = file["cases"].as_array().unwrap().iter().map(|case| {
        let input = &case["input"];
        let input = Input {
            gamma_w2: exact(&input["gamma_w2"]),
            gamma_b2: exact(&input["gamma_b2"]),
            radius2: exact(&input["radius2"]),
        };
        let mut network = Network::from_blocks(input, chain(&case["blocks"])).unwrap();
        if let Some(training) = case["training"].as_array() {
            let speed = |t: &Value| Training {
                weights: if t[0].is_null() { number("1") } else { exact(&t[0]) },
                biases: (!t[1].is_null()).then(|| exact(&t[1])),
            };
            network = network.trained(training.iter().map(speed).collect()).unwrap();
        }
        (case["name"].as_str().unwrap().to_string(), network, case.clone())
    });
    (file["points"].clone(), cases.collect())
}

fn rational(x: &rug::Float) -> BigRational {
    number(&x.to_rational().unwrap().to_string())
}

/// `|value - ours| <= 10^-36 |value| + our radius`; a zero is exact.
fn meets(value: &BigRational, ours: &Ball) -> bool {
    let slack = value.abs() * number("1e-36");
    let off = (rational(ours.midpoint()) - value).abs();
    off <= slack + rational(&ours.radius().to_float()) && (!value.is_zero() || ours.is_exact_zero())
}

const KERNELS: [(Kernel, &str); 2] = [(Kernel::Nngp, "nngp"), (Kernel::Ntk, "ntk")];

#[test]
fn series_meet_the_reference() {
    let accuracy = Accuracy::relative(30).unwrap();
    let mut compared = 0;
    for (name, network, case) in cases().1 {
        for (kernel, field) in KERNELS {
            let values = case[field].as_array().unwrap();
            let series = network
                .series(kernel, Convention::Standard, values.len() - 1, accuracy)
                .unwrap_or_else(|e| panic!("{name} {field}: {e}"));
            for (p, (value, ours)) in values.iter().zip(series.coefficients()).enumerate() {
                assert!(meets(&exact(value), ours), "{name} {field} p={p}: {value} and {ours}");
                let wide = rational(&ours.radius().to_float()) > exact(value).abs() * number("1e-30");
                assert!(!wide, "{name} {field} p={p}: {ours}");
                compared += 1;
            }
            let at_one = exact(&case[format!("{field}_at_one")]);
            assert!(meets(&at_one, series.sum()), "{name} {field} at one: {}", series.sum());
            assert!(meets(&at_one, &network.at_one(kernel, accuracy).unwrap()), "{name} {field} at one");
        }
    }
    assert_eq!(compared, 23 * 2 * 13);
}

#[test]
fn closed_forms_meet_the_reference() {
    let mut compared = 0;
    for (name, network, case) in cases().1 {
        for (kernel, field) in KERNELS {
            let values = case[field].as_array().unwrap();
            for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
                let Some(table) =
                    ClosedFormTable::new(&network, kernel, Convention::Standard, 6, mode).unwrap()
                else {
                    continue;
                };
                for (p, (value, ours)) in values.iter().zip(table.to_balls(200)).enumerate() {
                    let near = (rational(ours.midpoint()) - exact(value)).abs();
                    let slack = exact(value).abs() * number("1e-36") + number("1e-40");
                    assert!(near <= slack, "{name} {field} p={p}: {value} and {ours}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 350, "{compared}");
}

#[test]
fn gram_matrices_meet_the_reference() {
    let (points, cases) = cases();
    let row = |p: &Value| p.as_array().unwrap().iter().map(exact).collect();
    let rows: Vec<Vec<BigRational>> = points.as_array().unwrap().iter().map(row).collect();
    let text = rows.iter().map(|r| r.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    let points = Points::from_csv(&text.collect::<Vec<_>>().join("\n")).unwrap();
    let mut exactly = 0;
    for (name, network, case) in cases {
        for (kernel, field) in KERNELS {
            let gram = GramMatrix::new(&network, kernel, &points, Accuracy::relative(25).unwrap())
                .unwrap_or_else(|e| panic!("{name} {field}: {e}"));
            let matrix = exact_gram(&network, kernel, &rows);
            exactly += usize::from(matrix.is_some());
            for (i, values) in case[format!("{field}_gram")].as_array().unwrap().iter().enumerate() {
                for (j, value) in values.as_array().unwrap().iter().enumerate() {
                    let (value, ours) = (exact(value), gram.get(i, j));
                    let off = (rational(ours.midpoint()) - &value).abs();
                    let slack = value.abs() * number("1e-36") + number("1e-40");
                    assert!(
                        off <= slack.clone() + rational(&ours.radius().to_float()),
                        "{name} {field} {i} {j}: {ours}"
                    );
                    if let Some(matrix) = &matrix {
                        assert!((&matrix[i][j] - &value).abs() <= slack, "{name} {field} {i} {j}");
                    }
                }
            }
        }
    }
    assert_eq!(exactly, 0, "no case is made of polynomials alone");
}

#[test]
fn many_points_of_a_sphere_have_the_entries_of_few() {
    let row = |t: i64| {
        // Rational points of the circle.
        let (a, b, c) = (t * t - 49, 14 * t, t * t + 49);
        format!("{a}/{c},{b}/{c}")
    };
    let rows: Vec<String> = (0..60).map(|t| row(3 * t - 91)).collect();
    let [many, few] = [rows.len(), 6].map(|n| Points::from_csv(&rows[..n].join("\n")).unwrap());
    let blocks =
        vec![residual("1/2", vec![dense("relu", "2", "1/3")]), Block::Normalize, dense("erf", "1", "0")];
    let network = network(blocks).trained(vec![
        Training { weights: number("1/2"), biases: Some(number("2")) },
        Training { weights: number("3"), biases: None },
        Training::default(),
    ]);
    let network = network.unwrap();
    let [many, few] = [(many, 12), (few, 30)].map(|(points, digits)| {
        GramMatrix::new(&network, Kernel::Ntk, &points, Accuracy::relative(digits).unwrap()).unwrap()
    });
    for i in 0..6 {
        for j in 0..6 {
            let (coarse, fine) = (many.get(i, j), few.get(i, j));
            assert!(coarse.overlaps(&fine), "{i} {j}: {coarse} {fine}");
            let size = rational(few.get(0, 0).midpoint());
            for (x, bound) in [(&coarse, "1e-12"), (&fine, "1e-30")] {
                assert!(rational(&x.radius().to_float()) <= &size * number(bound), "{i} {j}: {x}");
            }
        }
    }
}

/// Basri, Jacobs, Kasten, Kritchman (2019): only the first layer is trained, `Θ = ρ (π - arccos ρ)/(2π)`.
#[test]
fn spectrum_of_a_trained_first_layer() {
    let network = network(vec![dense("relu", "1", "0")])
        .trained(vec![Training::default(), Training::frozen()])
        .unwrap();
    let spectrum = |d: usize| {
        network.spectrum(Kernel::Ntk, d, 5, Accuracy::relative(20).unwrap(), Measure::Probability).unwrap()
    };
    let pi2 = Ball::pi(200).square();
    let ball = |a: i64, b: i64| Ball::from_integer(a, 200).div_integer(b);
    let circle = [pi2.recip(), ball(1, 8), ball(5, 9) / &pi2, ball(0, 1)];
    for (ours, value) in spectrum(2).eigenvalues().iter().zip(&circle) {
        assert!(ours.value.contains(&Ball::exact(value.midpoint().clone())), "{} {value}", ours.value);
    }
    assert!(spectrum(2).eigenvalues()[3].value.is_exact_zero());
    for (ours, value) in spectrum(3).eigenvalues().iter().zip(["1/16", "1/12", "0.02734375", "0"]) {
        assert!(
            ours.value.is_exact() && rational(ours.value.midpoint()) == number(value)
                || meets_near(&ours.value, value)
        );
    }
}

fn meets_near(ours: &Ball, value: &str) -> bool {
    let off = (rational(ours.midpoint()) - number(value)).abs();
    off <= rational(&ours.radius().to_float())
}

/// Geifman et al. (2020): biases that begin at zero and are trained, `Θ = κ_1 + (ρ + 1) κ_0 + 1`.
#[test]
fn spectrum_with_trained_biases() {
    let one = || Training { biases: Some(number("1")), ..Training::default() };
    let network = network(vec![dense("relu", "2", "0")]).trained(vec![one(), one()]).unwrap();
    let accuracy = Accuracy::relative(20).unwrap();
    let spectrum = network.spectrum(Kernel::Ntk, 3, 4, accuracy, Measure::Probability).unwrap();
    for (ours, value) in spectrum.eigenvalues().iter().zip(["2", "11/24", "5/64", "1/128", "1/192"]) {
        assert!(meets_near(&ours.value, value), "{} {value}", ours.value);
    }
    assert_eq!(network.at_one(Kernel::Ntk, accuracy).unwrap().to_string(), "4");
    // The NNGP kernel knows nothing of training.
    assert_eq!(network.at_one(Kernel::Nngp, accuracy).unwrap().to_string(), "1");
}

#[test]
fn training_one_end_alone() {
    let blocks = vec![dense("erf", "2", "1/3"), residual("2", vec![dense("relu", "1", "1/5")])];
    let plain = network(blocks);
    let series = |network: &Network, kernel| {
        network.series(kernel, Convention::Standard, 8, Accuracy::relative(25).unwrap()).unwrap()
    };
    let frozen = Training::frozen;
    // The sum of what every layer adds is the whole.
    let parts = (0..3).map(|i| {
        let training = (0..3).map(|k| if k == i { Training::default() } else { frozen() }).collect();
        series(&plain.clone().trained(training).unwrap(), Kernel::Ntk)
    });
    let parts: Vec<_> = parts.collect();
    let whole = series(&plain, Kernel::Ntk);
    for p in 0..=8 {
        let sum = parts.iter().fold(Ball::zero(200), |sum, part| sum + &part.coefficients()[p]);
        let whole = &whole.coefficients()[p];
        assert!(sum.overlaps(whole), "p={p}: {sum} {whole}");
    }
    // Of a chain the last layer's share is the NNGP kernel.
    let chain = network(vec![dense("erf", "2", "1/3"), dense("relu", "1", "1/5")]);
    let last = chain.clone().trained(vec![frozen(), frozen(), Training::default()]).unwrap();
    let (last, nngp) = (series(&last, Kernel::Ntk), series(&chain, Kernel::Nngp));
    assert!(last.coefficients().iter().zip(nngp.coefficients()).all(|(a, b)| a.overlaps(b)));
}

#[test]
fn squares_in_exact_numbers() {
    // x ↦ x + 2x²-layer: c = c_1 + qq' + 2c_1², Θ = 2c_1 + qq' + 2c_1² + ... by hand at x·y = 1, |x|² = 1, |y|² = 2.
    let network = network(vec![residual("1", vec![dense("x^2", "1", "0")])]);
    let points = [["1", "0"], ["1", "1"]].map(|p| p.map(number).to_vec());
    let nngp = exact_gram(&network, Kernel::Nngp, &points).unwrap();
    assert_eq!(nngp, [["4", "5"], ["5", "14"]].map(|row| row.map(number).to_vec()));
    // Θ = Θ_1 + c_branch + 4 c_1 Θ_1.
    let ntk = exact_gram(&network, Kernel::Ntk, &points).unwrap();
    assert_eq!(ntk, [["8", "9"], ["9", "30"]].map(|row| row.map(number).to_vec()));
    assert!(null_vector(&ntk).is_none());
    // On points of one norm a normalization layer divides by it: c_1 = 2, 0 becomes 1, 0.
    let network = crate::network(vec![Block::Normalize, dense("x^2", "1", "1/2")]);
    let points = [["1", "1"], ["1", "-1"]].map(|p| p.map(number).to_vec());
    let nngp = exact_gram(&network, Kernel::Nngp, &points).unwrap();
    assert_eq!(nngp, [["7/2", "3/2"], ["3/2", "7/2"]].map(|row| row.map(number).to_vec()));
    let points = [["1", "1"], ["1", "-2"]].map(|p| p.map(number).to_vec());
    assert!(exact_gram(&network, Kernel::Nngp, &points).is_none());
}

#[test]
fn verdicts() {
    use Outcome::{NotStrictlyPositiveDefinite as No, StrictlyPositiveDefinite as Yes, Undecided};
    let block = || residual("1", vec![dense("relu", "2", "0")]);
    let decided = |blocks: Vec<Block>, kernel, domain| decide(&network(blocks), kernel, domain).unwrap();
    let outcome = |blocks, domain| {
        let [nngp, ntk] =
            [Kernel::Nngp, Kernel::Ntk].map(|k| decided(Vec::clone(&blocks), k, domain).outcome);
        assert_eq!(nngp, ntk);
        nngp
    };
    // ρ and even powers; of two blocks all.
    assert_eq!(outcome(vec![block()], Domain::Sphere), No);
    assert_eq!(outcome(vec![block()], Domain::SphereWithoutAntipodes), Yes);
    assert_eq!(outcome(vec![block(), block()], Domain::Sphere), Yes);
    // Only the branch is no polynomial; the skip alone keeps points apart.
    assert_eq!(outcome(vec![block()], Domain::NonProportional), Yes);
    assert_eq!(outcome(vec![residual("1", vec![dense("x^2", "1", "0")])], Domain::NonProportional), No);
    let apart = vec![residual("1", vec![dense("cos(x)*0", "1", "1")]), dense("relu", "1", "0")];
    assert_eq!(outcome(apart, Domain::NonProportional), Yes);
    // x and 2x are one after the normalization, and are not before.
    let normalized = vec![Block::Normalize, dense("relu", "1", "1")];
    assert!(matches!(
        decide(&network(normalized.clone()), Kernel::Ntk, Domain::Distinct),
        Err(Error::Parameter { .. })
    ));
    assert_eq!(outcome(normalized.clone(), Domain::NonProportional), Yes);
    let points = Points::from_csv("1,0\n2,0\n0,1").unwrap();
    assert_eq!(decide_points(&network(normalized.clone()), Kernel::Ntk, &points).unwrap().outcome, Undecided);
    let origin = Points::from_csv("0,0\n2,0").unwrap();
    assert!(matches!(
        decide_points(&network(normalized), Kernel::Nngp, &origin),
        Err(Error::Parameter { .. })
    ));
    // An even first layer refutes a chain, not a sum around it.
    let points = Points::from_csv("1,0\n-1,0\n1,1").unwrap();
    let even = vec![dense("abs", "1", "0")];
    assert_eq!(decide_points(&network(even.clone()), Kernel::Ntk, &points).unwrap().outcome, No);
    let around = network(vec![residual("1", even), dense("exp", "1", "0")]);
    assert_ne!(decide_points(&around, Kernel::Ntk, &points).unwrap().outcome, No);
    // No certificate that says less than the network is.
    assert!(matches!(
        decided(vec![block()], Kernel::Ntk, Domain::Sphere).certificate(),
        Err(Error::Certificate { .. })
    ));
}

#[test]
fn verdicts_follow_what_is_trained() {
    use Outcome::{NotStrictlyPositiveDefinite as No, StrictlyPositiveDefinite as Yes, Undecided};
    let relu = network(vec![dense("relu", "2", "0")]);
    let frozen = Training::frozen;
    let biased = || Training { weights: number("0"), biases: Some(number("1")) };
    let outcome = |training: Vec<Training>, domain| {
        decide(&relu.clone().trained(training).unwrap(), Kernel::Ntk, domain).unwrap().outcome
    };
    assert_eq!(outcome(vec![frozen(), Training::default()], Domain::NonProportional), Yes);
    // The last layer's own weights, which the proof is of, are frozen; on the sphere ρ E[φ'φ'] has odd and even powers.
    assert_eq!(outcome(vec![Training::default(), frozen()], Domain::NonProportional), Undecided);
    assert_eq!(outcome(vec![Training::default(), frozen()], Domain::SphereWithoutAntipodes), Yes);
    assert_eq!(outcome(vec![Training::default(), frozen()], Domain::Sphere), No);
    // (ρ + 1) κ_0 has all powers.
    assert_eq!(
        outcome(
            vec![Training { biases: Some(number("1")), ..Training::default() }, frozen()],
            Domain::Sphere
        ),
        Yes
    );
    // Nothing but a constant.
    assert_eq!(outcome(vec![frozen(), biased()], Domain::Sphere), No);
}

#[test]
fn what_makes_no_network() {
    let of = |blocks: Vec<Block>| Network::from_blocks(Input::default(), blocks);
    let relu = || dense("relu", "2", "0");
    let sum = |terms: Vec<(&str, Vec<Block>)>| {
        Block::Sum(terms.into_iter().map(|(weight, branch)| (number(weight), branch)).collect())
    };
    let refused = |blocks: Vec<Block>| matches!(of(blocks), Err(Error::Parameter { .. }));
    // Two ways without weights are one.
    assert!(refused(vec![residual("1", vec![]), relu()]));
    assert!(refused(vec![relu(), sum(vec![("1", vec![]), ("1", vec![Block::Normalize])])]));
    assert!(refused(vec![relu(), sum(vec![("1", vec![]), ("2", vec![residual("1", vec![relu()])])])]));
    assert!(of(vec![relu(), sum(vec![("1", vec![]), ("0", vec![Block::Normalize])])]).is_ok());
    assert!(refused(vec![sum(vec![("1", vec![relu()]), ("-1", vec![])])]));
    assert!(refused(vec![relu(), sum(vec![])]) && refused(vec![sum(vec![("0", vec![relu()])])]));
    assert!(refused(vec![]) && refused(vec![Block::Normalize]));
    let nested = (0..40).fold(relu(), |inner, _| residual("1", vec![inner]));
    assert!(refused(vec![nested]));
    assert!(refused(vec![Block::Normalize; 5000]) && refused(vec![relu(); 1001]));
    let plain = of(vec![relu()]).unwrap();
    assert!(plain.clone().trained(vec![Training::default()]).is_err());
    assert!(plain.clone().trained(vec![Training::frozen(); 2]).is_err());
    let negative = Training { weights: number("-1"), biases: None };
    assert!(plain.clone().trained(vec![negative, Training::default()]).is_err());
    // The published convention is one of chains.
    let series = of(vec![residual("1", vec![relu()])]).unwrap().series(
        Kernel::Ntk,
        Convention::Murray2023,
        3,
        Accuracy::relative(10).unwrap(),
    );
    assert!(matches!(series, Err(Error::Parameter { .. })));
}
