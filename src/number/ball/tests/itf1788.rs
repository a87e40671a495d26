//! The statements of ITF1788, the test framework of the standard for interval arithmetic, about the operations of a
//! ball.
//!
//! Each gives the tightest enclosure in doubles of the range of an operation. So the range has a member within a unit
//! in the last place of either end, and a ball that encloses it reaches as far.

use rug::Float;

use super::super::*;

const STATEMENTS: &str = include_str!("itf1788/statements.txt");

/// A statement: `operation operands = result`.
struct Statement<'a> {
    text: &'a str,
    name: &'a str,
    operands: Vec<[f64; 2]>,
    exponent: i64,
    result: [f64; 2],
}

fn statements() -> impl Iterator<Item = Statement<'static>> {
    STATEMENTS.lines().filter(|line| !line.starts_with('#')).map(|text| {
        let number = |word: &str| word.parse::<f64>().unwrap_or_else(|_| panic!("{text}"));
        let (left, right) = text.split_once(" = ").expect("a statement");
        let (left, exponent) = left.split_once(" ^ ").unwrap_or((left, "1"));
        let mut words = left.split(' ');
        let name = words.next().expect("an operation");
        let ends: Vec<f64> = words.map(number).collect();
        let result: Vec<f64> = right.split(' ').map(number).collect();
        Statement {
            text,
            name,
            operands: ends.chunks(2).map(|x| [x[0], x[1]]).collect(),
            exponent: exponent.parse().expect("an exponent"),
            result: [result[0], result[1]],
        }
    })
}

/// The interval; the whole line for an unbounded one.
fn ball([lo, hi]: [f64; 2], precision: u32) -> Ball {
    if !lo.is_finite() || !hi.is_finite() {
        return Ball::whole_line(precision);
    }
    Ball::from_bounds(&Float::with_val(53, lo), &Float::with_val(53, hi), precision)
}

fn value(statement: &Statement, precision: u32) -> Ball {
    let operands: Vec<Ball> = statement.operands.iter().map(|ends| ball(*ends, precision)).collect();
    let x = &operands[0];
    let power = |x: &Ball| x.pow(statement.exponent.unsigned_abs());
    match statement.name {
        "add" => x + &operands[1],
        "sub" => x - &operands[1],
        "mul" => x * &operands[1],
        "div" => x / &operands[1],
        "neg" => -x,
        "recip" => x.recip(),
        "sqr" => x.square(),
        "sqrt" => x.sqrt(),
        "abs" => x.abs(),
        "pown" if statement.exponent < 0 => power(&x.recip()),
        "pown" => power(x),
        "exp" => x.exp(),
        "ln" => x.ln(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tan" => x.tan(),
        "asin" => x.asin(),
        "acos" => x.acos(),
        "atan" => x.atan(),
        "sinh" => x.sinh(),
        "cosh" => x.cosh(),
        "tanh" => x.tanh(),
        "asinh" => x.asinh(),
        other => panic!("no operation {other}"),
    }
}

#[test]
fn every_statement_holds() {
    let mut held = 0;
    for statement in statements() {
        for precision in [53, 128] {
            let found = value(&statement, precision);
            let [lo, hi] = statement.result;
            let reaches = found.lower() < lo.next_up() && found.upper() > hi.next_down();
            assert!(!found.is_finite() || reaches, "{} at {precision} bits: {found:?}", statement.text);
            held += 1;
        }
    }
    assert_eq!(held, 2 * 651);
}

/// What is evaluated at the ends is wider than the tightest enclosure by at most a millionth. (A radius has 53 bits:
/// the lower end of a very wide argument, which counts for a logarithm, and an end beside a pole are lost.)
#[test]
fn elementary_functions_are_tight() {
    let mut tight = 0;
    let at_ends =
        ["sqrt", "exp", "sin", "cos", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "abs"];
    for statement in statements().filter(|s| at_ends.contains(&s.name)) {
        let ends = [statement.operands[0], statement.result].concat();
        if ends.iter().any(|end| !end.is_finite()) {
            continue;
        }
        let [lo, hi] = statement.result;
        let found = value(&statement, 128);
        let slack = 1e-6 * lo.abs().max(hi.abs());
        let within = found.lower() >= lo - slack && found.upper() <= hi + slack;
        assert!(within, "{}: {found:?}", statement.text);
        tight += 1;
    }
    assert!(tight > 100, "{tight}");
}
