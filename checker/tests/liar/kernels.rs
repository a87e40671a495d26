//! Matrices of networks with blocks, by closed forms in doubles: bounds of their least eigenvalues, true and too high.

use ntk_checker::{Rejection, check};
use ntk_testing::count;
use serde_json::{Value, json};

use crate::certificate::{POSITIVE, Statement};
use crate::formula::Dice;
use crate::matrices::{factor, least};

type Matrix = Vec<Vec<f64>>;

fn number(v: &Value) -> f64 {
    let text = v.as_str().unwrap();
    let (n, d) = text.split_once('/').unwrap_or((text, "1"));
    n.parse::<f64>().unwrap() / d.parse::<f64>().unwrap()
}

/// `E[φ(u)φ(v)]` and `E[φ'(u)φ'(v)]` for the covariance `(p, c; c, q)`.
fn expectations(name: &str, p: f64, q: f64, c: f64) -> (f64, f64) {
    let pi = std::f64::consts::PI;
    let size = (p * q).sqrt();
    let cosine = (c / size).clamp(-1.0, 1.0);
    let angle = cosine.acos();
    match name {
        "x" => (c, 1.0),
        "x^2" => (p * q + 2.0 * c * c, 4.0 * c),
        "hermite(2)" => ((p * q + 2.0 * c * c - p - q + 1.0) / 2.0, 2.0 * c),
        "relu" => {
            let value = size / (2.0 * pi) * (angle.sin() + (pi - angle) * cosine);
            (value, (pi - angle) / (2.0 * pi))
        }
        "abs" => {
            let value = 2.0 / pi * size * (angle.sin() + (pi / 2.0 - angle) * cosine);
            (value, 1.0 - 2.0 * angle / pi)
        }
        "erf" => {
            let det = (1.0 + 2.0 * p) * (1.0 + 2.0 * q);
            let value = 2.0 / pi * (2.0 * c / det.sqrt()).asin();
            (value, 4.0 / pi / (det - 4.0 * c * c).sqrt())
        }
        _ => panic!("{name}"),
    }
}

fn each(n: usize, entry: impl Fn(usize, usize) -> f64) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
}

/// The recursion, from its definition. The last point is of the norm at which `normalized` keeps the variance.
fn after(entries: &Value, c: &Matrix, theta: &Matrix) -> (Matrix, Matrix) {
    let (mut c, mut theta, n) = (c.clone(), theta.clone(), c.len());
    for entry in entries.as_array().unwrap() {
        let (next, tangent) = if let Some(name) = entry["activation"].as_str() {
            let b = number(&entry["sigma_b2"]);
            let q = c[n - 1][n - 1];
            let w = match entry["sigma_w2"].as_str() {
                // Below zero there is none; a matrix of such weights is passed over.
                Some("normalized") => Some((q - b) / expectations(name, q, q, q).0).filter(|w| *w > 1e-9),
                _ => Some(number(&entry["sigma_w2"])),
            };
            let w = w.unwrap_or(f64::NAN);
            let or = |key: &str, usual: f64| entry.get(key).map_or(usual, number);
            let (eta, tau) = (or("train_w", 1.0), or("train_b", b));
            let pair = |i: usize, j: usize| expectations(name, c[i][i], c[j][j], c[i][j]);
            let tangent = |i, j| eta * w * pair(i, j).0 + tau + w * pair(i, j).1 * theta[i][j];
            (each(n, |i, j| w * pair(i, j).0 + b), each(n, tangent))
        } else if entry["normalize"].is_boolean() {
            let scale = |i: usize, j: usize| (c[i][i] * c[j][j]).sqrt();
            (each(n, |i, j| c[i][j] / scale(i, j)), each(n, |i, j| theta[i][j] / scale(i, j)))
        } else {
            let branches: Vec<(f64, (Matrix, Matrix))> = match entry.get("residual") {
                Some(branch) => {
                    let skip = number(&entry["skip"]);
                    vec![(skip * skip, (c.clone(), theta.clone())), (1.0, after(branch, &c, &theta))]
                }
                None => {
                    let weights = entry["weights"].as_array().unwrap();
                    let branches = entry["sum"].as_array().unwrap();
                    weights.iter().map(number).zip(branches.iter().map(|b| after(b, &c, &theta))).collect()
                }
            };
            (
                each(n, |i, j| branches.iter().map(|(w, b)| w * b.0[i][j]).sum()),
                each(n, |i, j| branches.iter().map(|(w, b)| w * b.1[i][j]).sum()),
            )
        };
        (c, theta) = (next, tangent);
    }
    (c, theta)
}

fn layer(dice: &mut Dice) -> Value {
    let mut out = json!({
        "activation": dice.of(&["relu", "abs", "x", "x^2", "erf", "hermite(2)"]),
        "sigma_w2": dice.of(&["1", "1/2", "2", "normalized"]),
        "sigma_b2": dice.of(&["0", "1/3"]),
    });
    if dice.below(3) == 0 {
        out["train_w"] = json!(dice.of(&["0", "1/2", "3"]));
    }
    if dice.below(3) == 0 {
        out["train_b"] = json!(dice.of(&["0", "2"]));
    }
    out
}

fn entries(depth: usize, dice: &mut Dice) -> Vec<Value> {
    let mut out = vec![];
    for _ in 0..=dice.below(2) {
        out.push(match dice.below(if depth == 0 { 1 } else { 4 }) {
            0 => layer(dice),
            1 => json!({ "residual": entries(depth - 1, dice), "skip": dice.of(&["1", "-1/2", "0"]) }),
            2 => json!({ "normalize": true }),
            _ => {
                let branches: Vec<Vec<Value>> =
                    (0..=dice.below(2)).map(|_| entries(depth - 1, dice)).collect();
                let mut weights: Vec<&str> = branches.iter().map(|_| dice.of(&["1", "0", "3/4"])).collect();
                weights[0] = "1/3";
                json!({ "sum": branches, "weights": weights })
            }
        });
    }
    out
}

fn on_one_line(seed: u64) -> Option<(Vec<Value>, i64)> {
    let plain = |name: &str, bias: &str| json!({ "activation": name, "sigma_w2": "1", "sigma_b2": bias });
    let two = json!({ "sum": [[plain("relu", "0")], [plain("x", "0")]], "weights": ["1", "1"] });
    match seed {
        0 => {
            let past = json!({ "sum": [[plain("relu", "1/3")], []], "weights": ["1", "1"] });
            Some((vec![past, plain("relu", "0")], 2))
        }
        1 => Some((vec![json!({ "normalize": true }), two], -3)),
        _ => None,
    }
}

/// What is a little below the least eigenvalue is accepted, what is above it never.
#[test]
fn raised_bounds_of_blocks() {
    let (mut tried, mut refused) = (0, vec![]);
    for seed in 0..u64::from(count(120)) {
        let mut dice = Dice::new(seed);
        let (kernel, bias) = (dice.of(&["ntk", "nngp"]), dice.of(&["0", "1/4"]));
        let n = 2 + dice.below(2);
        let mut points: Vec<[i64; 2]> =
            (0..n as i64).map(|i| [2 + i, dice.below(5) as i64 - 2 - 3 * i]).collect();
        if dice.below(3) == 0 {
            // Of one line.
            let factor = [2, -1, -3][dice.below(3)];
            points[1] = points[0].map(|x| x * factor);
        }
        let mut blocks = entries(1 + dice.below(2), &mut dice);
        blocks.push(layer(&mut dice));
        let mut bias = bias;
        if let Some((fixed, factor)) = on_one_line(seed) {
            // Proportional before a sum and not after it, and of another factor after a normalization.
            blocks = fixed;
            points = vec![[2, 1], [2, 1].map(|x| x * factor)];
            bias = "0";
        }
        let n = points.len();
        let mut statement = Statement::new(POSITIVE, kernel, "points", bias);
        let (mut eta, mut tau) = (1.0, number(&json!(bias)));
        if dice.below(3) == 0 {
            statement = statement.trained("train_w", "1/5").trained("train_b", "2");
            (eta, tau) = (0.2, 2.0);
        }
        let points_text = points.iter().map(|p| p.iter().map(i64::to_string).collect()).collect();
        statement = statement.on(Some(points_text)).made_of(&[], blocks.into());
        let all = [&points[..], &[[1, 0]]].concat();
        let dot = |i: usize, j: usize| (all[i][0] * all[j][0] + all[i][1] * all[j][1]) as f64;
        let first = |w: f64, b: f64| each(n + 1, |i, j| w * dot(i, j) + b);
        let blocks = statement.blocks.clone().unwrap();
        let (c, theta) = after(&blocks, &first(1.0, number(&json!(bias))), &first(eta, tau));
        let whole = if kernel == "ntk" { theta } else { c };
        let k = each(n, |i, j| whole[i][j]);
        let truth = least(&k);
        let largest = (0..n).map(|i| k[i][i]).fold(0.0, f64::max);
        // Doubles do not tell smaller ones.
        if !(truth.is_finite() && truth > 1e-5 * largest && largest < 1e4) {
            continue;
        }
        let with = |bound: f64, shift: f64| {
            let shifted = each(n, |i, j| k[i][j] - if i == j { shift } else { 0.0 });
            let lambda = json!({
                "lower_bound": format!("{bound:.17}"),
                "factor": { "exponent": 44, "rows": factor(&shifted, 44) }
            });
            check(&statement.certificate(json!("gram-matrix"), vec![], Value::Null, lambda).to_string())
        };
        match with(truth * 0.9, truth * 0.95) {
            // No network, as of two branches that hand on their input.
            Err(Rejection::Malformed { .. }) => continue,
            Err(rejection) => refused.push(format!("{rejection}: {kernel} {blocks} {points:?}")),
            Ok(_) => (),
        }
        tried += 1;
        for raise in [1e-6, 0.01, 0.3] {
            let bound = truth * (1.0 + raise);
            for shift in [bound, truth, truth * (1.0 + raise / 2.0)] {
                assert!(with(bound, shift).is_err(), "λ_min is {truth}, not {bound}: {blocks} {points:?}");
            }
        }
    }
    assert!(tried > 10 && refused.is_empty(), "of {tried} true bounds: {refused:#?}");
}

/// Where biases are trained that are zero, `Θ(0, 0)` meets `φ'(0)`, which a ReLU does not have.
#[test]
fn a_slope_that_is_not_there() {
    let bound = |matrix: &Matrix, bound: f64| json!({ "lower_bound": format!("{bound:.9}"), "factor": { "exponent": 40, "rows": factor(matrix, 40) } });
    let relu = json!([{ "activation": "relu", "sigma_w2": "2", "sigma_b2": "1" }]);
    let points = Some(vec![vec!["0".to_string()], vec!["1".to_string()]]);
    let statement = Statement::new(POSITIVE, "ntk", "points", "0").on(points).made_of(&[], relu);
    // c_2 = (1, 1; 1, 2), and Θ_1 = xy + τ times 1/2 on both sides of the diagonal, and 1 on it.
    for (tau, origin, is_true) in [("0", 0.0, true), ("1", 0.0, false), ("1", 0.5, false), ("1", 1.0, false)]
    {
        let t = number(&json!(tau));
        let k = [[1.0 + t * origin, 1.0 + t * origin], [1.0 + t * origin, 3.0 + t]].map(Vec::from).to_vec();
        let shifted = each(2, |i, j| k[i][j] - if i == j { 0.1 } else { 0.0 });
        let statement = statement.clone().trained("train_b", tau);
        let text = statement
            .certificate(json!("gram-matrix"), vec![], Value::Null, bound(&shifted, 0.05))
            .to_string();
        assert_eq!(check(&text).is_ok(), is_true, "τ = {tau}: {:?}", check(&text));
    }
}
