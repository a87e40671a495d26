//! Networks with residual blocks, sums of branches, normalization layers and layers trained at speeds of their own,
//! against `reference/blocks_independent.json`, found by another route in another program, published values, and
//! hand-derived ones.

mod build;
mod degenerate;
mod elsewhere;
mod laws;

use build::{dense, described, exact, network, number, rational, residual};
use ntk_series::gram::{GramMatrix, Points};
use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable};
use ntk_series::kernel::{Block, Convention, Input, Training};
use ntk_series::positivity::{Domain, Outcome, decide, decide_points, exact_gram, null_vector};
use ntk_series::spectrum::Measure;
use ntk_series::{Accuracy, Ball, Error, Kernel, Network};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;

/// The reference file's cases: name, network, what is known.
fn cases() -> (Value, Vec<(String, Network, Value)>) {
    let file: Value = serde_json::from_str(include_str!("../reference/blocks_independent.json")).unwrap();
    let cases = file["cases"].as_array().unwrap().iter().map(|case| {
        let network = described(case);
        (case["name"].as_str().unwrap().to_string(), network, case.clone())
    });
    (file["points"].clone(), cases.collect())
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

/// `ρ + (1 + 2ρ²)`, and with what is trained twice that and more, on S²: `ρ² = 1/3 + 2/3 P_2`, `P_2` has multiplicity
/// 5.
#[test]
fn spectrum_of_a_polynomial_block() {
    let network = network(vec![residual("1", vec![dense("x^2", "1", "0")])]);
    let accuracy = Accuracy::relative(20).unwrap();
    // Θ = Θ_1 + c_branch + 4ρ Θ_1 = ρ + 1 + 6ρ².
    for (kernel, values) in
        [(Kernel::Nngp, ["5/3", "1/3", "4/15", "0"]), (Kernel::Ntk, ["3", "1/3", "4/5", "0"])]
    {
        let spectrum = network.spectrum(kernel, 3, 3, accuracy, Measure::Probability).unwrap();
        for (ours, value) in spectrum.eigenvalues().iter().zip(values) {
            assert!(meets_near(&ours.value, value), "{value}: {}", ours.value);
        }
    }
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
    // Degrees of homogeneity that differ make no kernel homogeneous, and a constant branch no sum constant.
    let points = Points::from_csv("1,0\n2,0\n1,1").unwrap();
    let mixed = network(vec![residual("1", vec![dense("relu", "1", "0"), dense("repu(2)", "1", "0")])]);
    assert_ne!(decide_points(&mixed, Kernel::Ntk, &points).unwrap().outcome, No);
    let one_degree = network(vec![residual("1", vec![dense("relu", "1", "0")])]);
    assert_eq!(decide_points(&one_degree, Kernel::Ntk, &points).unwrap().outcome, No);
    let constant = vec![residual("1", vec![dense("cos(x)*0", "1", "1")]), dense("relu", "1", "1")];
    assert_eq!(outcome(constant, Domain::NonProportional), Yes);
    // The certificate states the whole network.
    let json = decided(vec![block()], Kernel::Ntk, Domain::Sphere).certificate().unwrap().to_json();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["network"]["layers"][0]["residual"][0]["activation"], "relu");
}

#[test]
fn verdicts_follow_what_is_trained() {
    use Outcome::{NotStrictlyPositiveDefinite as No, StrictlyPositiveDefinite as Yes};
    let relu = network(vec![dense("relu", "2", "0")]);
    let frozen = Training::frozen;
    let biased = || Training { weights: number("0"), biases: Some(number("1")) };
    let outcome = |training: Vec<Training>, domain| {
        decide(&relu.clone().trained(training).unwrap(), Kernel::Ntk, domain).unwrap().outcome
    };
    assert_eq!(outcome(vec![frozen(), Training::default()], Domain::NonProportional), Yes);
    // Only the first layer is trained (Du et al. 2019): Schur's theorem; on the sphere ρ E[φ'φ'] has odd and even
    // powers.
    assert_eq!(outcome(vec![Training::default(), frozen()], Domain::NonProportional), Yes);
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
fn products_of_what_is_trained() {
    use Outcome::{NotStrictlyPositiveDefinite as No, StrictlyPositiveDefinite as Yes};
    let frozen = Training::frozen;
    let bias = || Training { biases: Some(number("1")), ..frozen() };
    let trained = |blocks: Vec<Block>, speeds: Vec<Training>| network(blocks).trained(speeds).unwrap();
    let of = |network: &Network, domain| decide(network, Kernel::Ntk, domain).unwrap().outcome;
    let on = |network: &Network, rows: &str| {
        decide_points(network, Kernel::Ntk, &Points::from_csv(rows).unwrap()).unwrap().outcome
    };
    // With a bias that is not trained the origin has Θ = ρ E[φ'φ'] = 0.
    let input = Input { gamma_b2: number("1"), ..Input::default() };
    let biased = Network::from_blocks(input, vec![dense("relu", "1", "0")]).unwrap();
    let weights_alone = Training { biases: Some(number("0")), ..Training::default() };
    let first = biased.clone().trained(vec![weights_alone, frozen()]).unwrap();
    assert_ne!(of(&first, Domain::Distinct), Yes);
    assert_ne!(on(&first, "0,0\n1,0"), Yes);
    let both = biased.trained(vec![Training::default(), frozen()]).unwrap();
    assert_eq!(of(&both, Domain::Distinct), Yes);
    // Θ = E[φ'φ'] for φ = x³: squares of forms in the plane, of which four are dependent.
    let cubes = trained(vec![dense("x^3", "1", "0")], vec![bias(), frozen()]);
    assert_eq!(on(&cubes, "1,0\n0,1"), Yes);
    assert_eq!(on(&cubes, "1,0\n0,1\n1,1\n1,2"), No);
    // Nothing but a constant, past a layer that is strictly positive definite.
    let constant =
        trained(vec![dense("relu", "1", "0"), dense("x", "1", "0")], vec![frozen(), bias(), frozen()]);
    assert_ne!(of(&constant, Domain::NonProportional), Yes);
    // What is trained before goes through layers that are not.
    let early = trained(
        vec![dense("relu", "1", "0"), dense("x", "1", "0"), Block::Normalize, dense("x^2", "1", "0")],
        vec![frozen(), Training::default(), frozen(), frozen()],
    );
    assert_eq!(of(&early, Domain::NonProportional), Yes);
    let branch = trained(
        vec![dense("relu", "1", "0"), residual("1", vec![dense("erf", "1", "0")])],
        vec![Training::default(), frozen(), frozen()],
    );
    assert_eq!(of(&branch, Domain::NonProportional), Yes);
}

/// An odd activation, whose covariance has no even powers: trained biases add them to Θ.
#[test]
fn trained_biases_have_powers_of_their_own() {
    let biased = || Training { biases: Some(number("1")), ..Training::default() };
    let of = |speeds: Vec<Training>| network(vec![dense("erf", "1", "0")]).trained(speeds).unwrap();
    let accuracy = Accuracy::relative(15).unwrap();
    let first = |network: &Network| {
        network.series(Kernel::Ntk, Convention::Standard, 3, accuracy).unwrap().coefficients()[0].clone()
    };
    // κ_0 = τ_b² + Θ_1(0) dc_2/dc_1(0), dc_2/dc_1(0) = 4/(3π).
    let slope = Ball::from_integer(4, 200).div_integer(3) / &Ball::pi(200);
    let one = Ball::from_integer(1, 200);
    for (speeds, value) in [
        (vec![biased(), biased()], &one + &slope),
        (vec![biased(), Training::default()], slope.clone()),
        (vec![Training::default(), biased()], one.clone()),
        (vec![Training::default(); 2], Ball::zero(200)),
    ] {
        let network = of(speeds.clone());
        let found = first(&network);
        assert!(
            found.overlaps(&value) && found.is_exact_zero() == value.is_exact_zero(),
            "{speeds:?}: {found}"
        );
        let spectrum = network.spectrum(Kernel::Ntk, 3, 2, accuracy, Measure::Probability).unwrap();
        assert_eq!(spectrum.eigenvalues()[0].value.is_exact_zero(), value.is_exact_zero(), "{speeds:?}");
        let json = network.to_json();
        for (said, speed) in [&json["input"], &json["layers"][0]].iter().zip(&speeds) {
            assert_eq!(said.get("train_b").is_some(), speed.biases.is_some(), "{json}");
        }
    }
    // At the origin φ' would have to be known.
    let points = Points::from_csv("0,0\n1,0").unwrap();
    let gram = |speeds| GramMatrix::new(&of(speeds), Kernel::Ntk, &points, accuracy);
    assert!(matches!(gram(vec![biased(), Training::default()]), Err(Error::Parameter { .. })));
    assert!(gram(vec![Training::default(), biased()]).unwrap().get(0, 1).overlaps(&one));
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
