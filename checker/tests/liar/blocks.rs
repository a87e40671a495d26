//! False statements about networks with blocks, and with training of their own; true ones beside them.

use serde_json::{Value, json};

use crate::certificate::{NEGATIVE, POSITIVE, Statement, line};
use crate::formula::Formula::Number;
use crate::formula::*;
use crate::{lies, truths};

const DOMAINS: [&str; 4] = ["distinct", "non-proportional", "sphere", "sphere-without-antipodes"];
const KERNELS: [&str; 2] = ["nngp", "ntk"];

/// A layer.
fn dense(f: &Formula, bias: &str) -> Value {
    json!({ "activation": f.to_string(), "sigma_w2": "1", "sigma_b2": bias })
}

pub(super) fn trained(mut layer: Value, weights: &str, biases: &str) -> Value {
    (layer["train_w"], layer["train_b"]) = (json!(weights), json!(biases));
    layer
}

pub(super) fn residual(skip: &str, branch: &[Value]) -> Value {
    json!({ "residual": branch, "skip": skip })
}

pub(super) fn sum(branches: &[(&str, &[Value])]) -> Value {
    let weights: Vec<&str> = branches.iter().map(|b| b.0).collect();
    json!({ "sum": branches.iter().map(|b| b.1).collect::<Vec<_>>(), "weights": weights })
}

pub(super) fn normalize() -> Value {
    json!({ "normalize": true })
}

fn sharp(dice: &mut Dice) -> Formula {
    match dice.below(3) {
        0 => call("relu", x()),
        1 => call("softplus", x()),
        _ => binary('*', x(), call("sigmoid", x())),
    }
}

/// An even or odd function that is no polynomial.
fn even_or_odd(odd: bool, dice: &mut Dice) -> Formula {
    let inner = call(dice.of(&["tanh", "sin", "atan", "erf"]), x());
    match (odd, dice.below(3)) {
        (true, _) => inner,
        (false, 0) => call("cos", x()),
        (false, 1) => call("abs", inner),
        (false, _) => power(inner, 2),
    }
}

fn constant(dice: &mut Dice) -> Formula {
    let (n, d) = dice.fraction();
    match dice.below(3) {
        0 => zero(),
        1 => binary('+', zero(), Number(n, d)),
        _ => binary('+', zero(), polynomial(0, dice)),
    }
}

fn zero() -> Formula {
    binary('*', number(0), x())
}

/// A residual block or a sum around a list of entries, that changes nothing of what is said of them here.
fn wrapped(entries: Vec<Value>, dice: &mut Dice) -> Value {
    match dice.below(4) {
        0 => json!([residual("0", &entries)]),
        1 => json!([sum(&[("2/3", &entries)])]),
        2 => json!([sum(&[("0", &[]), ("1", &[sum(&[("5", &entries)])])])]),
        _ => entries.into(),
    }
}

/// All branches of positive weight are linear, so that the rank is that of the input.
#[test]
fn what_is_not_linear_has_no_weight() {
    lies(60, |dice| {
        let (kernel, bias) = (dice.of(&KERNELS), dice.of(&["0", "1"]));
        let f = sharp(dice);
        let line_of = polynomial(1, dice);
        let entry = match dice.below(4) {
            // The branch has no weight.
            0 => vec![sum(&[("0", &[dense(&f, "1")]), ("1", &[dense(&line_of, "1")])])],
            1 => vec![dense(&line_of, "0"), sum(&[("1", &[]), ("0", &[dense(&f, "1"), dense(&f, "0")])])],
            // It ends in a constant, and what is not constant goes past it.
            2 => vec![residual("1", &[dense(&f, "1"), dense(&zero(), "1")]), dense(&line_of, "0")],
            // Its last weights are zero.
            _ => {
                let mut last = dense(&f, "1");
                last["sigma_w2"] = json!("0");
                vec![residual("2", &[dense(&f, "0"), last]), dense(&line_of, "0")]
            }
        };
        let (domain, points) = match dice.below(5) {
            4 => ("points", line(&[1, 2, 3, 4])),
            i => (DOMAINS[i], None),
        };
        let zero = zero();
        Statement::new(POSITIVE, kernel, domain, bias)
            .on(points)
            .made_of(&[&f, &line_of, &zero], wrapped(entry, dice))
    });
}

/// Every path through the blocks ends in a constant layer, or in weights that are zero.
#[test]
fn constant_on_every_path() {
    lies(40, |dice| {
        let (kernel, domain) = (dice.of(&KERNELS), dice.of(&DOMAINS));
        let (f, g) = (sharp(dice), sharp(dice));
        let (a, b) = (constant(dice), constant(dice));
        let mut without = dense(&f, "1");
        without["sigma_w2"] = json!("0");
        let end = match dice.below(3) {
            0 => dense(&b, "1"),
            1 => without,
            _ => sum(&[("1", &[dense(&a, "0")]), ("1/2", &[dense(&b, "1")]), ("0", &[dense(&f, "1")])]),
        };
        let end = match dice.below(3) {
            0 => vec![end],
            1 => vec![residual("0", &[end])],
            _ => vec![end, residual("1", &[dense(&g, "1")])],
        };
        let before = residual("1", &[dense(&f, "1")]);
        let entries = [vec![before], end].concat();
        Statement::new(POSITIVE, kernel, domain, "1").made_of(&[&f, &g, &a, &b], wrapped(entries, dice))
    });
}

/// Polynomials, normalized or not, trained or not, have features in a space of finite dimension.
#[test]
fn blocks_of_polynomials_have_finite_rank() {
    lies(50, |dice| {
        let (kernel, bias) = (dice.of(&KERNELS), dice.of(&["0", "1"]));
        let mut activations = vec![];
        let mut entry = |dice: &mut Dice| {
            let f = polynomial(1 + dice.below(3), dice);
            let layer = dense(&f, dice.of(&["0", "1"]));
            activations.push(f);
            trained(layer, dice.of(&["1", "0", "2"]), dice.of(&["1", "0"]))
        };
        let mut entries = vec![entry(dice)];
        for _ in 0..=dice.below(2) {
            entries.push(match dice.below(4) {
                0 => residual(dice.of(&["1", "-1/2"]), &[entry(dice)]),
                1 => sum(&[("1/2", &[entry(dice)]), ("3", &[entry(dice)])]),
                2 if bias == "1" => residual("1", &[normalize(), entry(dice)]),
                _ => entry(dice),
            });
        }
        let domain = dice.of(&["distinct", "non-proportional", "sphere", "sphere-without-antipodes"]);
        let activations: Vec<&Formula> = activations.iter().collect();
        Statement::new(POSITIVE, kernel, domain, bias).made_of(&activations, entries.into())
    });
}

/// After a normalization without a bias before it `x` and `2x` are one point, whatever follows.
#[test]
fn normalizations_do_not_tell_multiples_apart() {
    lies(60, |dice| {
        let kernel = dice.of(&KERNELS);
        let (f, g) = (sharp(dice), sharp(dice));
        let bias = dice.of(&["0", "1"]);
        let homogeneous = call(dice.of(&["relu", "abs"]), x());
        let entries = match dice.below(4) {
            0 => vec![normalize(), dense(&f, bias)],
            1 => vec![dense(&homogeneous, "0"), normalize(), residual("1", &[dense(&f, bias)])],
            2 => vec![sum(&[("1", &[normalize(), dense(&f, bias)]), ("2", &[normalize(), dense(&g, bias)])])],
            // The skip has a line in it, which is not enough for three points.
            _ => vec![residual("1", &[normalize(), dense(&f, bias)])],
        };
        let entries = match dice.below(3) {
            0 => entries,
            1 => vec![normalize(), dense(&f, "1"), dense(&g, "0")],
            _ => [entries, vec![dense(&polynomial(1, dice), "0")]].concat(),
        };
        let activations = [&f, &g, &homogeneous];
        let statement = Statement::new(POSITIVE, kernel, "points", "0").on(line(&[1, 2, 3]));
        statement.made_of(&activations, entries.into())
    });
}

/// At the origin there is nothing to divide by; a jump has no tangent kernel, whatever it is multiplied by.
#[test]
fn kernels_that_do_not_exist() {
    lies(60, |dice| {
        let verdict = dice.of(&[POSITIVE, NEGATIVE, "undecided"]);
        let f = sharp(dice);
        if dice.below(2) == 0 {
            let jump = step(dice);
            let blocks = match dice.below(4) {
                0 => json!([residual("1", &[dense(&jump, "1")])]),
                1 => json!([dense(&f, "1"), sum(&[("0", &[dense(&jump, "1")]), ("1", &[])])]),
                2 => json!([trained(dense(&f, "1"), "0", "0"), trained(dense(&jump, "1"), "0", "0")]),
                _ => json!([
                    normalize(),
                    sum(&[("1", &[dense(&f, "0")]), ("1", &[dense(&jump, "1"), normalize()])])
                ]),
            };
            let domain = dice.of(&["sphere", "non-proportional"]);
            return Statement::new(verdict, "ntk", domain, "1").made_of(&[&f, &jump], blocks);
        }
        let kernel = dice.of(&KERNELS);
        let vanishing = call(dice.of(&["tanh", "relu", "sinh"]), x());
        let zero = zero();
        let blocks = match dice.below(6) {
            0 => json!([normalize(), dense(&f, "1")]),
            1 => json!([residual("1", &[dense(&vanishing, "0"), normalize()]), dense(&f, "1")]),
            2 => json!([sum(&[("1", &[dense(&f, "1")]), ("0", &[normalize()])])]),
            3 => json!([residual("1", &[dense(&vanishing, "0")]), normalize(), dense(&f, "1")]),
            // Zero everywhere, on spheres too.
            4 => json!([dense(&zero, "0"), normalize(), dense(&f, "1")]),
            _ => {
                let mut without = dense(&f, "0");
                without["sigma_w2"] = json!("0");
                json!([without, normalize(), dense(&f, "1")])
            }
        };
        let (domain, points) = match dice.below(2) {
            0 => ("distinct", None),
            _ => ("points", Some(vec![vec!["1".into(), "2".into()], vec!["0".into(), "0".into()]])),
        };
        let activations = [&f, &vanishing, &zero];
        // Without a bias what is zero at the origin only is no kernel there; what is zero everywhere is nowhere one.
        let nowhere = blocks[0]["activation"].is_string() && blocks[1]["normalize"] == true;
        let bias = if nowhere && dice.below(2) == 0 { "1" } else { "0" };
        Statement::new(verdict, kernel, domain, bias).on(points).made_of(&activations, blocks)
    });
}

/// Sums of branches of one parity.
#[test]
fn parities_that_all_branches_miss() {
    lies(50, |dice| {
        let kernel = dice.of(&KERNELS);
        let odd = dice.below(2) == 0;
        let (f, g) = (with_parity(odd, dice), with_parity(odd, dice));
        let other = with_parity(!odd, dice);
        let two = sum(&[("2", &[dense(&f, "0")]), ("1/2", &[dense(&g, "0")]), ("0", &[dense(&other, "0")])]);
        let blocks = match dice.below(3) {
            0 => json!([two]),
            1 if odd => {
                json!([residual("1", &[dense(&f, "0")]), normalize(), residual("-1", &[dense(&g, "0")])])
            }
            _ => json!([two, dense(&f, "0")]),
        };
        let (domain, points) = match dice.below(2) {
            0 => ("sphere", None),
            _ => ("points", line(&[1, -1])),
        };
        Statement::new(POSITIVE, kernel, domain, "0").on(points).made_of(&[&f, &g, &other], blocks)
    });
}

/// Frozen layers: what is left of the tangent kernel is constant, or of finite rank, or sees directions only.
#[test]
fn what_is_trained_is_too_little() {
    lies(80, |dice| {
        let (f, g) = (sharp(dice), sharp(dice));
        let frozen = |f: &Formula, bias: &str| trained(dense(f, bias), "0", "0");
        let domain = dice.of(&DOMAINS);
        let statement = |domain: &'static str, bias: &str| {
            Statement::new(POSITIVE, "ntk", domain, bias).trained("train_w", "0").trained("train_b", "0")
        };
        match dice.below(6) {
            // The last biases: a constant.
            0 => {
                let last = trained(dense(&g, "1"), "0", "2");
                let blocks = json!([residual("1", &[frozen(&f, "1")]), last]);
                statement(domain, "1").made_of(&[&f, &g], blocks)
            }
            // Nothing of positive weight.
            1 => {
                let branch = [trained(dense(&f, "1"), "1", "1")];
                let blocks = json!([sum(&[("0", &branch), ("1", &[frozen(&g, "1")])])]);
                statement(domain, "1").made_of(&[&f, &g], blocks)
            }
            // The input, or the first layer, before a constant one.
            2 => {
                let c = constant(dice);
                let blocks = json!([dense(&f, "1"), frozen(&c, "1"), frozen(&g, "0")]);
                Statement::new(POSITIVE, "ntk", domain, "1").made_of(&[&f, &g, &c], blocks)
            }
            // The input, before lines: its rank stays.
            3 => {
                let line_of = polynomial(1, dice);
                let blocks = json!([residual("1", &[frozen(&line_of, "1")]), frozen(&line_of, "0")]);
                Statement::new(POSITIVE, "ntk", domain, "1").made_of(&[&line_of], blocks)
            }
            // The input's biases before what sees directions only: φ'(tu) = φ'(u).
            4 => {
                let homogeneous = call(dice.of(&["relu", "abs"]), x());
                let blocks = json!([frozen(&homogeneous, "0")]);
                let (domain, points) =
                    if dice.below(2) == 0 { ("distinct", None) } else { ("points", line(&[1, 2])) };
                let statement = Statement::new(POSITIVE, "ntk", domain, "0").trained("train_w", "0");
                statement.trained("train_b", "1").on(points).made_of(&[&homogeneous], blocks)
            }
            // The input's biases before a polynomial of degree n: φ' has the rank n on a line.
            _ => {
                let n = 1 + dice.below(3);
                let f = polynomial(n, dice);
                let points: Vec<i64> = (1..=n as i64 + 1).collect();
                let statement = Statement::new(POSITIVE, "ntk", "points", "1").trained("train_w", "0");
                statement.on(line(&points)).made_of(&[&f], json!([frozen(&f, "1")]))
            }
        }
    });
}

/// Strictly positive kernels, which a symmetry or a degree of one branch does not refute.
#[test]
fn positive_kernels_are_not_refuted() {
    lies(80, |dice| {
        let f = sharp(dice);
        let (even, odd) = (even_or_odd(false, dice), even_or_odd(true, dice));
        let line_of = polynomial(1, dice);
        let kernel = dice.of(&KERNELS);
        let opposite = line(&[1, -1]);
        match dice.below(8) {
            // An even and an odd branch.
            0 => {
                let blocks = json!([sum(&[("1", &[dense(&even, "0")]), ("1/3", &[dense(&odd, "0")])])]);
                let points = if dice.below(2) == 0 { None } else { opposite };
                let domain = if points.is_some() { "points" } else { "sphere" };
                Statement::new(NEGATIVE, kernel, domain, "0").on(points).made_of(&[&even, &odd], blocks)
            }
            // The skip goes past an even layer.
            1 => {
                let blocks = json!([residual("1/2", &[dense(&even, "0")])]);
                Statement::new(NEGATIVE, kernel, "points", "0").on(opposite).made_of(&[&even], blocks)
            }
            // A trained bias tells opposite points apart: Θ(x, -x) ≠ ±Θ(x, x).
            2 => {
                let statement =
                    Statement::new(NEGATIVE, "ntk", "points", "0").on(opposite).trained("train_b", "3");
                let g = if dice.below(2) == 0 { &even } else { &odd };
                statement.made_of(&[g], json!([dense(g, "0")]))
            }
            3 => {
                let statement = Statement::new(NEGATIVE, "ntk", "points", "0").on(opposite);
                statement.made_of(&[&odd], json!([trained(dense(&odd, "0"), "1", "2")]))
            }
            // One branch is constant, or a polynomial; the other one is neither.
            4 => {
                let c = constant(dice);
                let blocks = json!([sum(&[
                    ("1", &[dense(&c, "1")]),
                    ("1/9", &[dense(&f, "0")]),
                    ("1", &[dense(&line_of, "1")])
                ])]);
                let domain = dice.of(&["distinct", "sphere", "non-proportional"]);
                Statement::new(NEGATIVE, kernel, domain, "1").made_of(&[&c, &f, &line_of], blocks)
            }
            // Frozen layers, with the first one trained: E[φ'φ'] is definite.
            5 => {
                let blocks = json!([trained(dense(&f, "0"), "0", "0")]);
                let domain = dice.of(&["distinct", "sphere", "non-proportional"]);
                Statement::new(NEGATIVE, "ntk", domain, "1").made_of(&[&f], blocks)
            }
            // Biases tell multiples apart before a normalization.
            6 => {
                let blocks = json!([normalize(), dense(&f, "0")]);
                let statement = Statement::new(NEGATIVE, kernel, "points", "1").on(line(&[1, 2, -3]));
                statement.made_of(&[&f], blocks)
            }
            // Branches of different degrees of homogeneity.
            _ => {
                let square = call("relu", x());
                let square = binary('*', square.clone(), square);
                let relu = call("relu", x());
                let blocks = json!([sum(&[("1", &[dense(&relu, "0")]), ("1", &[dense(&square, "0")])])]);
                let statement = Statement::new(NEGATIVE, kernel, "points", "0").on(line(&[1, 2]));
                statement.made_of(&[&relu, &square], blocks)
            }
        }
    });
}

/// True statements of the same shapes pass.
#[test]
fn true_statements_pass() {
    // One branch of positive weight is enough, and what is normalized stays apart where biases made it so.
    truths(12, 80, |dice| {
        let (f, line_of) = (sharp(dice), polynomial(1, dice));
        let kernel = dice.of(&KERNELS);
        let blocks = match dice.below(4) {
            0 => json!([residual("1", &[dense(&f, "0")])]),
            1 => json!([sum(&[("1/9", &[dense(&f, "0")]), ("2", &[dense(&line_of, "0")])])]),
            2 => json!([normalize(), dense(&f, "0"), normalize()]),
            _ => json!([dense(&f, "0"), residual("1", &[normalize(), dense(&f, "0")]), normalize()]),
        };
        Statement::new(POSITIVE, kernel, "distinct", "1").made_of(&[&f, &line_of], blocks)
    });
    // Of what is frozen the slope is definite, and keeps what is.
    truths(12, 80, |dice| {
        let (f, g) = (sharp(dice), sharp(dice));
        let frozen = |f: &Formula| trained(dense(f, "0"), "0", "0");
        let blocks = match dice.below(3) {
            0 => json!([frozen(&f)]),
            1 => json!([dense(&f, "0"), frozen(&g)]),
            _ => json!([frozen(&f), residual("1", &[frozen(&g)]), normalize()]),
        };
        Statement::new(POSITIVE, "ntk", "non-proportional", "0").made_of(&[&f, &g], blocks)
    });
    // E[φ'φ'] of a polynomial of degree n has the rank n.
    truths(12, 50, |dice| {
        let n = 1 + dice.below(3);
        let f = polynomial(n, dice);
        let points: Vec<i64> = (1..=n as i64).collect();
        let statement =
            Statement::new(POSITIVE, "ntk", "points", "1").trained("train_w", "0").on(line(&points));
        statement.made_of(&[&f], json!([trained(dense(&f, "1"), "0", "0")]))
    });
    // Both parities, from two branches.
    for kernel in KERNELS {
        truths(8, 50, |dice| {
            let (even, odd) = (even_or_odd(false, dice), even_or_odd(true, dice));
            let branches = sum(&[("1", &[dense(&even, "0")]), ("1/3", &[dense(&odd, "0")])]);
            let blocks = json!([branches, normalize()]);
            Statement::new(POSITIVE, kernel, "sphere", "0").made_of(&[&even, &odd], blocks)
        });
    }
    // Refutations.
    truths(12, 60, |dice| {
        let (f, c) = (sharp(dice), zero());
        let (kernel, square) = (dice.of(&KERNELS), power(x(), 2));
        let blocks = match dice.below(4) {
            0 => json!([dense(&f, "1"), sum(&[("1", &[dense(&c, "1")]), ("0", &[dense(&f, "1")])])]),
            1 => json!([residual("1", &[dense(&square, "1")]), residual("2", &[dense(&square, "0")])]),
            2 => json!([sum(&[("0", &[dense(&f, "0")]), ("1", &[dense(&square, "0")])])]),
            _ => json!([residual("1", &[dense(&f, "1"), dense(&c, "1")])]),
        };
        let domain = dice.of(&["distinct", "non-proportional"]);
        Statement::new(NEGATIVE, kernel, domain, "1").made_of(&[&f, &c, &square], blocks)
    });
}
