//! Lower bounds of the least eigenvalue that are too high, with the best factor there is for each.

use ntk_checker::check;
use serde_json::json;

use crate::certificate::{POSITIVE, Statement};
use crate::formula::{Dice, call, x};

/// The tangent kernel of one ReLU layer without biases, by its closed form.
fn relu(a: &[f64], b: &[f64]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let size = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (p, q) = (size(a), size(b));
    let cosine = (dot / (p * q)).clamp(-1.0, 1.0);
    let angle = cosine.acos();
    let pi = std::f64::consts::PI;
    let value = p * q / (2.0 * pi) * (angle.sin() + (pi - angle) * cosine);
    value + dot * (pi - angle) / (2.0 * pi)
}

/// Jacobi's method: the least eigenvalue.
pub fn least(k: &[Vec<f64>]) -> f64 {
    let (mut a, n) = (k.to_vec(), k.len());
    for (p, q) in (0..40).flat_map(|_| (0..n).flat_map(move |p| (p + 1..n).map(move |q| (p, q)))) {
        if a[p][q].abs() < 1e-300 {
            continue;
        }
        let (s, c) = (0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p])).sin_cos();
        for row in a.iter_mut() {
            (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
        }
        let (upper, lower) = a.split_at_mut(q);
        for (u, v) in upper[p].iter_mut().zip(lower[0].iter_mut()) {
            (*u, *v) = (c * *u - s * *v, s * *u + c * *v);
        }
    }
    (0..n).map(|i| a[i][i]).fold(f64::INFINITY, f64::min)
}

/// Cholesky's factor, with pivots that are not positive replaced by 0.
pub fn factor(k: &[Vec<f64>], exponent: i32) -> Vec<Vec<String>> {
    let n = k.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let rest = k[i][j] - (0..j).map(|m| l[i][m] * l[j][m]).sum::<f64>();
            l[i][j] = match (i == j, l[j][j] > 0.0) {
                (true, _) => rest.max(0.0).sqrt(),
                (false, true) => rest / l[j][j],
                (false, false) => 0.0,
            };
        }
    }
    let whole = |x: f64| format!("{}", (x * 2f64.powi(exponent)).round() as i64);
    (0..n).map(|i| l[i][..=i].iter().map(|x| whole(*x)).collect()).collect()
}

pub fn raised_bounds(cases: u32) {
    let mut accepted = 0;
    for seed in 0..u64::from(cases) {
        let mut dice = Dice::new(seed);
        let (n, dimension) = (2 + dice.below(4), 2 + dice.below(2));
        let coordinate = |dice: &mut Dice| dice.below(9) as i64 - 4;
        let points: Vec<Vec<i64>> = (0..n)
            .map(|i| {
                // Never the origin, never two of one direction.
                let mut point: Vec<i64> = (0..dimension).map(|_| coordinate(&mut dice)).collect();
                point[0] = 5 + i as i64;
                point[1] = (i * i) as i64 + 1;
                point
            })
            .collect();
        let floats: Vec<Vec<f64>> = points.iter().map(|p| p.iter().map(|x| *x as f64).collect()).collect();
        let k: Vec<Vec<f64>> = floats.iter().map(|a| floats.iter().map(|b| relu(a, b)).collect()).collect();
        let truth = least(&k);
        let statement = Statement::new(POSITIVE, "ntk", "points", "0")
            .on(Some(points.iter().map(|p| p.iter().map(i64::to_string).collect()).collect()))
            .with(call("relu", x()), "0");
        let with = |bound: f64, shift: f64| {
            let shifted: Vec<Vec<f64>> = k
                .iter()
                .enumerate()
                .map(|(i, row)| {
                    row.iter().enumerate().map(|(j, v)| if i == j { v - shift } else { *v }).collect()
                })
                .collect();
            let lambda = json!({
                "lower_bound": format!("{bound:.14}"),
                "factor": { "exponent": 40, "rows": factor(&shifted, 40) }
            });
            check(
                &statement
                    .certificate(json!("gram-matrix"), vec![], serde_json::Value::Null, lambda)
                    .to_string(),
            )
        };
        for raise in [1e-7, 1e-4, 0.01, 0.3, 5.0, 1e3] {
            let bound = truth * (1.0 + raise);
            // The factor of the raised matrix, of the true one, and of one in between.
            for shift in [bound, truth, truth * (1.0 + raise / 2.0), 0.0] {
                assert!(with(bound, shift).is_err(), "λ_min is {truth}, not {bound}, of {points:?}");
            }
        }
        // A little below the truth, with room for the rounding of the factor.
        accepted += u32::from(with(truth * 0.9, truth * 0.95).is_ok());
    }
    assert!(accepted * 10 >= cases * 8, "{accepted} of {cases} true bounds");
}
