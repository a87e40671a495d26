//! What is true, by floating-point arithmetic and by short lists of known facts; no code is shared with the checker.

use serde_json::Value;

fn number(value: &Value) -> f64 {
    let text = value.as_str().unwrap();
    let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
    top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn error_function(x: f64) -> f64 {
    // Its series, accurate for the small arguments here; 1 far out.
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..120 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    sum * (-x * x).exp() * 2.0 / std::f64::consts::PI.sqrt()
}

fn value(name: &str, x: f64) -> Option<f64> {
    let logistic = 1.0 / (1.0 + (-x).exp());
    Some(match name {
        "relu" => x.max(0.0),
        "tanh" => x.tanh(),
        "sigmoid" => logistic,
        "abs" => x.abs(),
        "square" => x * x,
        "exp" => x.exp(),
        "gelu" => x * (1.0 + error_function(x / std::f64::consts::SQRT_2)) / 2.0,
        "silu" => x * logistic,
        "step" => f64::from(u8::from(x > 0.0)),
        "poly(3)" => 3.0,
        "elu" => x.max(0.0) + x.min(0.0).exp() - 1.0,
        "relu6" => x.clamp(0.0, 6.0),
        "x/2" => x / 2.0,
        "repu(2)" => x.max(0.0).powi(2),
        _ => return None,
    })
}

fn part(claim: &Value, x: f64) -> Result<f64, String> {
    let name = claim["activation"].as_str().unwrap();
    let f = |x| value(name, x).ok_or(format!("`{name}` is not known here"));
    Ok(match claim["part"].as_str().unwrap() {
        "whole" => f(x)?,
        "even" => (f(x)? + f(-x)?) / 2.0,
        _ => (f(x)? - f(-x)?) / 2.0,
    })
}

fn polynomial(coefficients: &Value, x: f64) -> f64 {
    numbers(coefficients).iter().rev().fold(0.0, |v, c| v * x + c)
}

fn equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs())
}

fn divided_difference(claim: &Value, witness: &Value, order: usize) -> Result<(), String> {
    let nodes = numbers(&witness["nodes"]);
    let mut sum = 0.0;
    for (i, x) in nodes.iter().enumerate() {
        let below: f64 = nodes.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, y)| x - y).product();
        sum += part(claim, *x)? / below;
    }
    let bound = number(&witness["bound"]);
    if nodes.len() != order + 1 || !(bound > 0.0 && f64::abs(sum) >= bound * (1.0 - 1e-9)) {
        return Err(format!("the divided difference is {sum}, not {bound}"));
    }
    Ok(())
}

/// Every claim of a certificate.
pub fn of_claims(certificate: &Value) -> Result<(), String> {
    for claim in certificate["claims"].as_array().unwrap() {
        let witness = &claim["witness"];
        match claim["is"].as_str().unwrap() {
            "polynomial" => {
                for i in -20..20 {
                    let x = f64::from(i) * 0.37 + 0.01;
                    if !equal(part(claim, x)?, polynomial(&claim["coefficients"], x)) {
                        return Err(format!("the polynomial differs at {x}"));
                    }
                }
            }
            "not-of-degree" => {
                let degree = claim["degree"].as_i64().unwrap();
                divided_difference(claim, witness, (degree + 1) as usize)?;
            }
            _ => non_polynomial(claim, witness)?,
        }
    }
    Ok(())
}

fn non_polynomial(claim: &Value, witness: &Value) -> Result<(), String> {
    let sign = if witness["half_line"] == "negative" { -1.0 } else { 1.0 };
    match witness["kind"].as_str().unwrap() {
        "growth" => {
            let order = witness["order"].as_i64().unwrap();
            divided_difference(claim, witness, order as usize + 1)?;
            // The ratio to the power does not rise.
            let ratio = |x: f64| Ok::<f64, String>(part(claim, x * sign)?.abs() / x.powi(order as i32));
            if ratio(600.0)? > 1.01 * ratio(60.0)? + 1e-9 {
                return Err("it grows faster".into());
            }
        }
        "two-pieces" => {
            let pieces = witness["pieces"].as_array().unwrap();
            for piece in pieces {
                let (a, b) = (number(&piece["from"]), number(&piece["to"]));
                for i in 0..50 {
                    let x = a + (b - a) * (f64::from(i) + 0.5) / 50.0;
                    if a >= b || !equal(part(claim, x)?, polynomial(&piece["coefficients"], x)) {
                        return Err(format!("the piece differs at {x}"));
                    }
                }
            }
            let differ = |i: i32| {
                let x = f64::from(i) * 0.61;
                !equal(polynomial(&pieces[0]["coefficients"], x), polynomial(&pieces[1]["coefficients"], x))
            };
            if !(1..9).any(differ) {
                return Err("the pieces are equal".into());
            }
        }
        _ => {
            if part(claim, sign * 600.0)?.abs() < 1e100 {
                return Err("it does not grow so fast".into());
            }
        }
    }
    Ok(())
}

/// May the verdict on infinitely many sets, or its form, be as it is after the change at `path`?
pub fn of_verdict(original: &Value, mutant: &Value, path: &str) -> Result<(), String> {
    let text = |v: &Value, key: &str| v[key].as_str().unwrap_or_default().to_string();
    let positive = text(original, "verdict") == "strictly_positive_definite";
    if original["verdict"] != mutant["verdict"] {
        // Saying less is true: without the evidence, nothing is decided.
        return Err("the verdict is another one".into());
    }
    // A counterexample proves a refutation by itself.
    let shown = mutant["null_vector"].is_array() && text(mutant, "theorem") == "null-vector";
    let theorem = text(original, "theorem");
    if !shown && theorem != text(mutant, "theorem") {
        return Err("the theorem is another one".into());
    }
    if original["domain"] != mutant["domain"] {
        // A positive verdict holds on fewer sets, too, a refutation on more. A verdict not given may be about anything.
        let pair = [text(original, "domain"), text(mutant, "domain")];
        let smaller = match [pair[0].as_str(), pair[1].as_str()] {
            ["distinct", "non-proportional"] | ["sphere", "sphere-without-antipodes"] => Some(true),
            // Of the counterexample's own points it is true by numbers, and on a domain that contains them.
            [_, "points"] | ["points", "distinct" | "non-proportional"]
                if mutant["null_vector"].is_array() =>
            {
                Some(false)
            }
            ["non-proportional", "distinct"] | ["sphere-without-antipodes", "sphere"] => Some(false),
            _ => None,
        };
        if smaller != Some(positive) && text(original, "verdict") != "undecided" {
            return Err(format!("{} does not follow from {}", pair[1], pair[0]));
        }
    }
    // Claims and verdicts hold for both kernels wherever the activations are continuous.
    if original["kernel"] != mutant["kernel"]
        && mutant["kernel"] == "ntk"
        && mutant.to_string().contains("\"step\"")
    {
        return Err("the step function has no tangent kernel".into());
    }
    if path.starts_with("/network/layers")
        && mutant["network"]["layers"].as_array().map(Vec::len)
            != original["network"]["layers"].as_array().map(Vec::len)
    {
        return of_depth(mutant, positive, &theorem);
    }
    of_biases(original, mutant, positive, &theorem)
}

/// With another number of layers.
fn of_depth(mutant: &Value, positive: bool, theorem: &str) -> Result<(), String> {
    let names: Vec<&str> = mutant["network"]["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["activation"].as_str().unwrap())
        .collect();
    let biased = number(&mutant["network"]["gamma_b2"]) > 0.0;
    let domain = mutant["domain"].as_str().unwrap();
    let kinked = names.iter().any(|n| ["relu", "gelu", "silu", "exp", "tanh", "sigmoid"].contains(n));
    let fine = match theorem {
        // One layer that is no polynomial is enough, where features start non-proportional; the others are not
        // constant.
        "characterization-of-polynomials" => {
            kinked && (biased || domain != "distinct" || names.contains(&"tanh"))
        }
        // ReLU: two layers, or one without antipodes, or with a bias before it.
        "power-series-on-spheres" if positive => names.len() >= 2 || domain == "sphere-without-antipodes",
        // Odd at every depth; the shallow ReLU network only as it is.
        "power-series-on-spheres" => names.iter().all(|n| *n == "tanh"),
        "finite-rank" => names.iter().all(|n| *n == "square") || names.contains(&"poly(3)"),
        // The matrix is compared with numbers.
        "null-vector" | "gram-matrix" => true,
        _ => mutant["verdict"] == "undecided",
    };
    if fine { Ok(()) } else { Err("at this depth the verdict is not known".into()) }
}

/// With biases added or removed.
fn of_biases(original: &Value, mutant: &Value, positive: bool, theorem: &str) -> Result<(), String> {
    let pattern = |v: &Value| -> Vec<bool> {
        let of = |b: &Value| b != "unit" && number(b) == 0.0;
        let layers = v["network"]["layers"].as_array().unwrap();
        std::iter::once(of(&v["network"]["gamma_b2"]))
            .chain(layers.iter().map(|l| of(&l["sigma_b2"])))
            .collect()
    };
    let (before, after) = (pattern(original), pattern(mutant));
    if before == after || ["finite-rank", "null-vector", "gram-matrix", ""].contains(&theorem) {
        // Finite rank does not depend on biases; matrices are compared with numbers.
        return Ok(());
    }
    let removed = before.iter().zip(&after).any(|(b, a)| !b & a);
    let added = before.iter().zip(&after).any(|(b, a)| *b && !a);
    // More variance separates more; in a network that starts with a bias, or without proportional points, later ones
    // are not needed. A refutation by an odd network needs all to be zero.
    let unneeded = !after[0] || mutant["domain"] != "distinct";
    let relu = mutant["network"]["layers"][0]["activation"] == "relu";
    let deep = mutant["network"]["layers"].as_array().unwrap().len() >= 2;
    match positive {
        true if !removed || (unneeded && theorem == "characterization-of-polynomials") => Ok(()),
        // Two ReLU layers are enough on the sphere, whatever the biases.
        true if theorem == "power-series-on-spheres" && relu && deep => Ok(()),
        // A bias after a single layer adds a constant to the kernel, which is even.
        false if added && relu && !deep && after[0] => Ok(()),
        // x/2 is the odd part of ReLU: without a bias before, one layer keeps the odd powers at one, whatever is added.
        false if !added && !removed => Ok(()),
        // A bias in the last layer of an odd network adds the power 0 only, which is even: still finitely many.
        false
            if theorem == "power-series-on-spheres"
                && !relu
                && after[..after.len() - 1].iter().all(|zero| *zero) =>
        {
            Ok(())
        }
        _ => Err("with these biases the verdict is not known".into()),
    }
}

/// `E[φφ]` and `E[φ'φ']`.
fn pair(name: &str, p: f64, q: f64, c: f64) -> Option<(f64, f64)> {
    use std::f64::consts::PI;
    if (p == 0.0 || q == 0.0) && name != "poly(3)" {
        return value(name, 0.0)
            .map(|v| if ["relu", "abs", "tanh", "repu(2)"].contains(&name) { (0.0, 0.0) } else { (v, 0.0) });
    }
    let rho = (c / (p * q).sqrt()).clamp(-1.0, 1.0);
    let (sine, asin) = ((1.0 - rho * rho).max(0.0).sqrt(), rho.asin());
    let size = (p * q).sqrt() * 2.0 / PI * (sine + rho * asin);
    Some(match name {
        "relu" => (c / 4.0 + size / 4.0, 0.25 + asin / (2.0 * PI)),
        "abs" => (size, 2.0 / PI * asin),
        "square" => (p * q + 2.0 * c * c, 4.0 * c),
        "poly(3)" => (9.0, 0.0),
        "tanh" | "gelu" | "silu" | "sigmoid" | "exp" | "elu" | "relu6" | "x/2" | "step" | "repu(2)" => {
            // The trapezoidal rule, nearly exact for analytic functions.
            let (step, mut sums) = (0.25, [0.0, 0.0]);
            let slope = |x: f64| Some((value(name, x + 1e-5)? - value(name, x - 1e-5)?) / 2e-5);
            for i in -32..=32 {
                let z = f64::from(i) * step;
                let u = p.sqrt() * z;
                let (fu, su) = (value(name, u)?, slope(u)?);
                for j in -32..=32 {
                    let w = f64::from(j) * step;
                    let v = q.sqrt() * (rho * z + sine * w);
                    let weight = (-(z * z + w * w) / 2.0).exp() * step * step / (2.0 * PI);
                    sums[0] += weight * fu * value(name, v)?;
                    sums[1] += weight * su * slope(v)?;
                }
            }
            (sums[0], sums[1])
        }
        _ => return None,
    })
}

fn matrix(certificate: &Value) -> Result<Vec<Vec<f64>>, String> {
    let network = &certificate["network"];
    let points: Vec<Vec<f64>> = certificate["points"].as_array().unwrap().iter().map(numbers).collect();
    let (gw, gb) = (number(&network["gamma_w2"]), number(&network["gamma_b2"]));
    let dot = |x: &[f64], y: &[f64]| gw * x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>() + gb;
    let mut c: Vec<Vec<f64>> = points.iter().map(|x| points.iter().map(|y| dot(x, y)).collect()).collect();
    let mut theta = c.clone();
    let mut q = gw * number(&network["radius2"]) + gb;
    for layer in network["layers"].as_array().unwrap() {
        let name = layer["activation"].as_str().unwrap();
        let unknown = || format!("`{name}` is not known here");
        let moment = pair(name, q, q, q).ok_or_else(unknown)?.0;
        let given = |key: &str| layer[key].as_str().is_some_and(|t| t != "normalized" && t != "unit");
        let (w, b) = match (given("sigma_w2"), given("sigma_b2")) {
            (true, true) => (number(&layer["sigma_w2"]), number(&layer["sigma_b2"])),
            (false, _) => ((q - number(&layer["sigma_b2"])) / moment, number(&layer["sigma_b2"])),
            _ => (number(&layer["sigma_w2"]), q - number(&layer["sigma_w2"]) * moment),
        };
        q = w * moment + b;
        let n = points.len();
        let mut next = vec![vec![0.0; n]; n];
        for i in 0..n {
            for j in 0..n {
                let (value, slope) = pair(name, c[i][i], c[j][j], c[i][j]).ok_or_else(unknown)?;
                next[i][j] = w * value + b;
                theta[i][j] = next[i][j] + theta[i][j] * w * slope;
            }
        }
        c = next;
    }
    Ok(if certificate["kernel"] == "ntk" { theta } else { c })
}

/// The matrix on the points: null vectors, bounds of eigenvalues, and positivity, in doubles.
pub fn of_matrix(certificate: &Value) -> Result<(), String> {
    if certificate["points"].is_null() {
        return Ok(());
    }
    let k = matrix(certificate)?;
    let size = k.iter().flatten().fold(1.0f64, |m, x| m.max(x.abs()));
    if certificate["null_vector"].is_array() {
        let v = numbers(&certificate["null_vector"]);
        let length = v.iter().map(|x| x.abs()).fold(0.0, f64::max);
        if v.len() != k.len() || length == 0.0 {
            return Err("the null vector has a wrong length, or is 0".into());
        }
        for row in &k {
            let product: f64 = row.iter().zip(&v).map(|(a, b)| a * b).sum();
            if product.abs() > 1e-6 * size * length {
                return Err(format!("K v has an entry {product}"));
            }
        }
        return of_domain(certificate);
    }
    if certificate["verdict"] == "strictly_positive_definite" {
        let least = least_eigenvalue(&k);
        let bound = &certificate["lambda_min"]["lower_bound"];
        let bound = if bound.is_string() { number(bound) } else { 1e-12 * size };
        if least < bound * (1.0 - 1e-9) {
            return Err(format!("the least eigenvalue is {least}, not {bound}"));
        }
    }
    Ok(())
}

/// Are the points of a counterexample in the domain?
fn of_domain(certificate: &Value) -> Result<(), String> {
    let points: Vec<Vec<f64>> = certificate["points"].as_array().unwrap().iter().map(numbers).collect();
    let radius2 = number(&certificate["network"]["radius2"]);
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    let domain = certificate["domain"].as_str().unwrap();
    for (i, x) in points.iter().enumerate() {
        if domain.starts_with("sphere") && (dot(x, x) - radius2).abs() > 1e-9 {
            return Err("a point is not on the sphere".into());
        }
        for y in &points[..i] {
            let (equal, cosine) = (x == y, dot(x, y).abs() / (dot(x, x) * dot(y, y)).sqrt());
            if (equal && domain != "points")
                || (domain == "non-proportional" && (cosine.is_nan() || cosine > 1.0 - 1e-12))
            {
                return Err("two points coincide".into());
            }
        }
    }
    Ok(())
}

/// Jacobi's method.
fn least_eigenvalue(k: &[Vec<f64>]) -> f64 {
    let (mut a, n) = (k.to_vec(), k.len());
    for _ in 0..60 {
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q].abs() < 1e-300 {
                    continue;
                }
                let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
                let (s, c) = angle.sin_cos();
                for row in a.iter_mut() {
                    let (x, y) = (row[p], row[q]);
                    row[p] = c * x - s * y;
                    row[q] = s * x + c * y;
                }
                let (upper, lower) = a.split_at_mut(q);
                for (x, y) in upper[p].iter_mut().zip(&mut lower[0]) {
                    (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
                }
            }
        }
    }
    (0..n).map(|i| a[i][i]).fold(f64::INFINITY, f64::min)
}
