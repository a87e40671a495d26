//! Well-formed certificates around a statement, with every kind of evidence that the checker takes.

use ntk_checker::check;
use serde_json::{Value, json};

use crate::formula::{Dice, Formula};

/// A hidden layer with `σ_w²` and `σ_b²`.
#[derive(Clone, Debug)]
pub struct Layer {
    pub activation: Formula,
    pub weight: String,
    pub bias: String,
}

pub fn layer(activation: Formula, bias: &str) -> Layer {
    Layer { activation, weight: "1".into(), bias: bias.into() }
}

/// What is said; whether it is true is known from mathematics.
#[derive(Clone, Debug)]
pub struct Statement {
    pub verdict: &'static str,
    pub kernel: &'static str,
    pub domain: &'static str,
    pub first_bias: String,
    pub layers: Vec<Layer>,
    pub points: Option<Vec<Vec<String>>>,
    /// The entries of `layers`, where they are more than a chain of the layers.
    pub blocks: Option<Value>,
    /// How the input is trained: `train_w` and `train_b`, where they are not as usual.
    pub input: Vec<(&'static str, String)>,
}

pub const POSITIVE: &str = "strictly_positive_definite";
pub const NEGATIVE: &str = "not_strictly_positive_definite";

/// Texts of the points of a line.
pub fn line(points: &[i64]) -> Option<Vec<Vec<String>>> {
    Some(points.iter().map(|x| vec![x.to_string()]).collect())
}

impl Statement {
    pub fn new(verdict: &'static str, kernel: &'static str, domain: &'static str, bias: &str) -> Statement {
        Statement {
            verdict,
            kernel,
            domain,
            first_bias: bias.into(),
            layers: vec![],
            points: None,
            blocks: None,
            input: vec![],
        }
    }

    pub fn with(mut self, activation: Formula, bias: &str) -> Statement {
        self.layers.push(layer(activation, bias));
        self
    }

    pub fn on(mut self, points: Option<Vec<Vec<String>>>) -> Statement {
        self.points = points;
        self
    }

    /// With blocks, and the activations of which some are in them.
    pub fn made_of(mut self, activations: &[&Formula], blocks: Value) -> Statement {
        let text = blocks.to_string();
        let is_there = |f: &&&Formula| text.contains(&json!(f.to_string()).to_string());
        self.layers.extend(activations.iter().filter(is_there).map(|f| layer((*f).clone(), "0")));
        self.blocks = Some(blocks);
        self
    }

    pub fn trained(mut self, key: &'static str, value: &str) -> Statement {
        self.input.push((key, value.into()));
        self
    }

    pub fn certificate(
        &self,
        theorem: Value,
        claims: Vec<Value>,
        null_vector: Value,
        lambda_min: Value,
    ) -> Value {
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|l| json!({ "activation": l.activation.to_string(), "sigma_w2": l.weight, "sigma_b2": l.bias }))
            .collect();
        let layers = self.blocks.clone().unwrap_or_else(|| layers.into());
        let mut out = json!({
            "schema": "ntk-series/certificate/1",
            "verdict": self.verdict,
            "kernel": self.kernel,
            "domain": self.domain,
            "network": { "gamma_w2": "1", "gamma_b2": self.first_bias, "radius2": "1", "layers": layers },
            "theorem": theorem,
            "claims": claims,
            "points": self.points,
            "null_vector": null_vector,
            "lambda_min": lambda_min,
        });
        for (key, value) in &self.input {
            out["network"][*key] = json!(value);
        }
        out
    }
}

/// Is the claim proved of an activation, alone and for the kernel that asks for less?
pub fn accepts_claim(activation: &Formula, claim: &Value) -> bool {
    let statement = Statement::new("undecided", "nngp", "distinct", "1").with(activation.clone(), "0");
    check(&statement.certificate(Value::Null, vec![claim.clone()], Value::Null, Value::Null).to_string())
        .is_ok()
}

fn part_of(f: &Formula, part: &str, x: f64) -> f64 {
    match part {
        "whole" => f.at(x),
        "even" => (f.at(x) + f.at(-x)) / 2.0,
        _ => (f.at(x) - f.at(-x)) / 2.0,
    }
}

/// Nodes of a divided difference, and a bound a little below its size, or a small one where it may be 0.
fn difference(f: &Formula, part: &str, count: usize, dice: &mut Dice) -> (Vec<String>, String) {
    let mut nodes: Vec<i64> = vec![];
    while nodes.len() < count {
        let node = dice.below(4 * count + 9) as i64 - 2 * count as i64 - 4;
        if !nodes.contains(&node) {
            nodes.push(node);
        }
    }
    let at = |n: i64| n as f64 / 3.0;
    let value: f64 = nodes
        .iter()
        .map(|&x| {
            let below: f64 = nodes.iter().filter(|y| **y != x).map(|&y| at(x) - at(y)).product();
            part_of(f, part, at(x)) / below
        })
        .sum();
    let bound = if value.abs() > 1e-9 && value.is_finite() { value.abs() * 0.99 } else { 1e-12 };
    (nodes.iter().map(|n| format!("{n}/3")).collect(), format!("{bound:.15}"))
}

/// Evidence about a part of an activation, some of it false.
pub fn claims(f: &Formula, part: &str, dice: &mut Dice) -> Vec<Value> {
    let head = |is: &str| json!({ "activation": f.to_string(), "part": part, "is": is });
    let with = |mut claim: Value, key: &str, value: Value| {
        claim[key] = value;
        claim
    };
    let mut out = vec![];
    let value = |x: f64| part_of(f, part, x);
    // The polynomials through values at small whole numbers, and the like.
    let slope = ["0".to_string(), format!("{:.6}", value(1.0) - value(0.0))];
    let constant = [format!("{:.6}", value(0.0))];
    for coefficients in
        [json!([]), json!(constant), json!(["1"]), json!(slope), json!(["0", "1/2"]), json!(["0", "0", "1"])]
    {
        out.push(with(head("polynomial"), "coefficients", coefficients));
    }
    for degree in [-1, 0, 1, 2, 3] {
        let (nodes, bound) = difference(f, part, (degree + 2) as usize, dice);
        let claim = with(head("not-of-degree"), "degree", degree.into());
        out.push(with(claim, "witness", json!({ "nodes": nodes, "bound": bound })));
    }
    for order in [0usize, 1, 2] {
        let side = dice.of(&["positive", "negative"]);
        let (nodes, bound) = difference(f, part, order + 2, dice);
        let witness =
            json!({ "kind": "growth", "half_line": side, "order": order, "nodes": nodes, "bound": bound });
        out.push(with(head("non-polynomial"), "witness", witness));
    }
    for side in ["positive", "negative"] {
        out.push(with(
            head("non-polynomial"),
            "witness",
            json!({ "kind": "faster-than-powers", "half_line": side }),
        ));
    }
    // Lines through values on each side; the same polynomial spelled twice.
    let chord = |a: f64| {
        let slope = value(a + 1.0) - value(a);
        json!([format!("{:.9}", value(a) - a * slope), format!("{slope:.9}")])
    };
    let padded = |mut list: Value| {
        list.as_array_mut().unwrap().push("0e3".into());
        list
    };
    for (left, right) in
        [(chord(-3.0), chord(2.0)), (chord(-3.0), padded(chord(-3.0))), (chord(2.0), padded(chord(2.0)))]
    {
        let pieces = json!([
            { "from": "-5", "to": "-1", "coefficients": left },
            { "from": "1", "to": "5", "coefficients": right }
        ]);
        out.push(with(head("non-polynomial"), "witness", json!({ "kind": "two-pieces", "pieces": pieces })));
    }
    out
}

/// Claims that the checker proves, by activation and part: the best evidence there is.
pub fn proved(statement: &Statement, dice: &mut Dice) -> Vec<Vec<Value>> {
    let mut seen: Vec<String> = vec![];
    let mut out = vec![];
    for layer in &statement.layers {
        let text = layer.activation.to_string();
        if seen.contains(&text) {
            continue;
        }
        for part in ["whole", "even", "odd"] {
            let all = claims(&layer.activation, part, dice);
            let good: Vec<Value> = all.into_iter().filter(|c| accepts_claim(&layer.activation, c)).collect();
            if !good.is_empty() {
                out.push(good);
            }
        }
        seen.push(text);
    }
    out
}

/// Looks for a certificate of the statement that is accepted.
pub fn attack(statement: &Statement, dice: &mut Dice) -> Option<Value> {
    let evidence = proved(statement, dice);
    let theorems: &[&str] = match statement.verdict {
        POSITIVE => &["characterization-of-polynomials", "power-series-on-spheres"],
        NEGATIVE => &["finite-rank", "power-series-on-spheres", "null-vector"],
        _ => &[""],
    };
    for theorem in theorems {
        for round in 0..3 {
            // Those of polynomials come first, the strongest of other functions last; then any.
            let pick = |all: &Vec<Value>, dice: &mut Dice| {
                let places = [all.len() - 1, 0, dice.below(all.len())];
                all[places[round]].clone()
            };
            let claims = evidence.iter().map(|all| pick(all, dice)).collect();
            let theorem = if theorem.is_empty() { Value::Null } else { json!(theorem) };
            let null = match (statement.verdict, &statement.points) {
                (NEGATIVE, Some(points)) => {
                    let mut v: Vec<String> =
                        points.iter().map(|_| (dice.below(5) as i64 - 2).to_string()).collect();
                    v[0] = "1".into();
                    json!(v)
                }
                _ => Value::Null,
            };
            let certificate = statement.certificate(theorem, claims, null, Value::Null);
            if check(&certificate.to_string()).is_ok() {
                return Some(certificate);
            }
        }
    }
    None
}
