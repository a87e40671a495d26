//! `ntk table` in every format, against known values.

mod common;

use common::*;
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::Value;

/// π to 60 digits.
const PI: &str = "3.14159265358979323846264338327950288419716939937510582097494";

/// `a/b + (c/d)/π` to about 60 digits.
fn with_pi(rational: &str, over_pi: &str) -> BigRational {
    exact(rational) + exact(over_pi) / exact(PI)
}

/// As [`encloses`], for a truth that is known to 58 digits.
fn encloses_pi(entry: &Value, truth: &BigRational, digits: u32) {
    let (value, error) = enclosure(entry);
    assert!((value - truth).abs() <= error + exact("1e-58"), "{entry} misses {truth}");
    narrow(entry, digits, false);
}

#[test]
fn relu_in_json() {
    // κ_p = 2 (p + 1) μ_p² with one hidden layer and σ_w² = 1/E[φ²] = 2.
    let truth = [("0", "1"), ("1", "0"), ("0", "3/2"), ("0", "0"), ("0", "5/24"), ("0", "0"), ("0", "7/80")];
    let forms = ["1/pi", "1", "3/(2*pi)", "0", "5/(24*pi)", "0", "7/(80*pi)"];
    for digits in [1, 15, 50] {
        let answer = json(&["table", "relu", "--max-degree", "6", "--digits", &digits.to_string()]);
        assert_eq!(answer["schema"], "ntk-series/table/1");
        assert_eq!((&answer["kernel"], &answer["activation"]), (&"ntk".into(), &"relu".into()));
        assert_eq!(answer["digits"].to_string(), digits.to_string());
        assert_eq!(answer["network"]["layers"][0]["sigma_w2"], "normalized");
        assert_eq!(answer["variances"][0]["sigma_w2"]["value"], "2");
        let coefficients = answer["coefficients"].as_array().unwrap();
        assert_eq!(coefficients.len(), 7);
        let mut sum = exact("0");
        for (p, entry) in coefficients.iter().enumerate() {
            assert_eq!(entry["p"].to_string(), p.to_string());
            let value = with_pi(truth[p].0, truth[p].1);
            encloses_pi(entry, &value, digits);
            assert_eq!(entry["closed_form"], forms[p]);
            assert!(!entry["latex"].as_str().unwrap().is_empty());
            sum += value;
        }
        assert_eq!((&coefficients[3]["value"], &coefficients[3]["error"]), (&"0".into(), &"0".into()));
        encloses(&answer["sum"], &exact("2"), digits, false);
        encloses_pi(&answer["tail"], &(exact("2") - sum), digits);
    }
}

#[test]
fn published_percentages() {
    let murray = ["--gamma-w2", "1/2", "--gamma-b2", "1/2", "--convention", "murray2023"];
    let cases: [(&str, &[&str], [&str; 6]); 4] = [
        ("relu", &[], ["43.944", "77.277", "93.192", "93.192", "95.403", "95.403"]),
        ("relu", &murray, ["52.277", "82.582", "93.192", "94.077", "95.403", "95.801"]),
        ("normal-pdf", &[], ["95.834", "95.834", "98.729", "98.729", "99.634", "99.634"]),
        ("normal-pdf", &murray, ["95.834", "96.799", "98.729", "99.091", "99.634", "99.747"]),
    ];
    for (activation, more, expected) in cases {
        let mut args = vec!["table", activation, "--sigma-w2", "1", "--sigma-b2", "unit", "--cumulative"];
        args.extend(["--max-degree", "5"]);
        args.extend(more);
        let answer = json(&args);
        for (p, percent) in expected.iter().enumerate() {
            let (value, error) = enclosure(&answer["coefficients"][p]["cumulative"]);
            assert!((value - exact(percent)).abs() <= error + exact("0.0005"), "{activation} {p}");
            narrow(&answer["coefficients"][p]["cumulative"], 15, false);
        }
        let text = printed(&args);
        assert!(expected.iter().all(|percent| text.contains(percent)), "{text}");
        for (format, column) in [("markdown", 3), ("csv", 3)] {
            args.extend(["--format", format]);
            let shown = printed(&args);
            args.truncate(args.len() - 2);
            let rows = if format == "csv" { csv(&shown) } else { markdown_table(&shown) };
            for (p, percent) in expected.iter().enumerate() {
                let gap = (exact(&rows[p + 1][column]) - exact(percent)).abs();
                assert!(gap <= exact("0.0005"), "{activation} {p} in {format}: {shown}");
            }
        }
    }
}

#[test]
fn formats_hold_the_same_numbers() {
    for args in [&["table", "relu", "--hidden-layers", "2"][..], &["table", "gelu", "--kernel", "nngp"]] {
        let answer = json(args);
        let with = |format: &'static str| printed(&[args, &["--format", format]].concat());
        let (records, markdown, text) = (csv(&with("csv")), markdown_table(&with("markdown")), with("text"));
        assert_eq!(records[0], ["p", "value", "error", "closed_form", "record", "name", "text"]);
        let coefficients = records.iter().filter(|record| record[4] == "coefficient").count();
        assert_eq!((coefficients, markdown.len()), (11, 12));
        let total = |name: &str| records.iter().find(|record| record[5] == name).unwrap()[1].clone();
        assert_eq!(
            (&answer["sum"]["value"], &answer["tail"]["value"]),
            (&total("sum").into(), &total("tail").into())
        );
        for (p, entry) in answer["coefficients"].as_array().unwrap().iter().enumerate() {
            let value = entry["value"].as_str().unwrap();
            assert_eq!(records[p + 1][..3], [&p.to_string(), value, entry["error"].as_str().unwrap()]);
            assert_eq!(records[p + 1][3], entry["closed_form"].as_str().unwrap_or(""));
            assert_eq!(exact(&markdown[p + 1][1]), exact(value));
            if let Some(latex) = entry["latex"].as_str() {
                assert_eq!(markdown[p + 1][3], format!("${latex}$"));
            }
            assert!(text.contains(value), "{value} in {text}");
        }
        check_latex(&with("latex"));
        assert!(text.lines().all(|line| line.chars().count() <= 110 && !line.ends_with(' ')), "{text}");
    }
    check_latex(&printed(&["table", "relu", "--max-degree", "100", "--cumulative", "--format", "latex"]));
}

/// A reader for the closed forms, enough to evaluate them in doubles.
mod calculator {
    use std::collections::HashMap;

    pub fn evaluate(text: &str, names: &HashMap<String, f64>) -> f64 {
        let mut parser = Parser { rest: text.replace(' ', ""), names };
        let value = parser.sum();
        assert!(parser.rest.is_empty(), "{} is left of {text}", parser.rest);
        value
    }

    struct Parser<'a> {
        rest: String,
        names: &'a HashMap<String, f64>,
    }

    impl Parser<'_> {
        fn eat(&mut self, c: char) -> bool {
            let found = self.rest.starts_with(c);
            if found {
                self.rest.remove(0);
            }
            found
        }

        fn sum(&mut self) -> f64 {
            let mut value = self.product();
            loop {
                if self.eat('+') {
                    value += self.product();
                } else if self.eat('-') {
                    value -= self.product();
                } else {
                    return value;
                }
            }
        }

        fn product(&mut self) -> f64 {
            if self.eat('-') {
                return -self.product();
            }
            let mut value = self.power();
            loop {
                if self.eat('*') {
                    value *= self.power();
                } else if self.eat('/') {
                    value /= self.power();
                } else {
                    return value;
                }
            }
        }

        fn power(&mut self) -> f64 {
            let base = self.atom();
            if self.eat('^') { base.powf(self.atom()) } else { base }
        }

        fn atom(&mut self) -> f64 {
            if self.eat('(') {
                let value = self.sum();
                assert!(self.eat(')'), "a parenthesis is open before {}", self.rest);
                return value;
            }
            let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            let word: String = self.rest.drain(..end).collect();
            if let Ok(number) = word.parse() {
                return number;
            }
            match (word.as_str(), self.rest.starts_with('(')) {
                ("sqrt", true) => self.atom().sqrt(),
                ("acos", true) => self.atom().acos(),
                ("exp", true) => self.atom().exp(),
                ("pi", false) => std::f64::consts::PI,
                (name, _) => *self.names.get(name).unwrap_or_else(|| panic!("`{name}` is not defined")),
            }
        }
    }
}

#[test]
fn closed_forms_evaluate_to_the_values() {
    for args in [
        &["table", "relu", "--hidden-layers", "2", "--closed-forms", "expanded"][..],
        &["table", "relu", "--hidden-layers", "3", "--closed-forms", "layered"],
        &[
            "table",
            "leaky-relu(1/10)",
            "--hidden-layers",
            "4",
            "--closed-forms",
            "layered",
            "--sigma-b2",
            "1/4",
        ],
    ] {
        let answer = json(&[args, &["--max-degree", "6"]].concat());
        let mut names = std::collections::HashMap::new();
        let number = |entry: &Value| entry["value"].as_str().unwrap().parse::<f64>().unwrap();
        for line in answer["definitions"].as_array().unwrap() {
            let found = calculator::evaluate(line["closed_form"].as_str().unwrap(), &names);
            assert!((found / number(line) - 1.0).abs() < 1e-9, "{line}");
            narrow(line, 15, false);
            names.insert(line["name"].as_str().unwrap().to_string(), found);
        }
        assert!(!names.is_empty());
        for entry in answer["coefficients"].as_array().unwrap() {
            let found = calculator::evaluate(entry["closed_form"].as_str().unwrap(), &names);
            assert!((found / number(entry) - 1.0).abs() < 1e-6, "{entry}: {found}");
        }
        let text = printed(&[args, &["--max-degree", "3"]].concat());
        assert!(text.contains("\nwhere\n") && text.contains("t_1 = "), "{text}");
        check_latex(&printed(&[args, &["--max-degree", "3", "--format", "latex"]].concat()));
    }
    let none = json(&["table", "relu", "--closed-forms", "none"]);
    assert!(none["coefficients"].as_array().unwrap().iter().all(|entry| entry["closed_form"].is_null()));
}

#[test]
fn absolute_accuracy() {
    let args = ["table", "exp", "--max-degree", "60", "--digits", "20", "--absolute"];
    let answer = json(&args);
    for entry in answer["coefficients"].as_array().unwrap().iter().chain([&answer["sum"], &answer["tail"]]) {
        narrow(entry, 20, true);
    }
    assert_eq!(answer["absolute"], true);
    assert!(printed(&args).contains("an absolute error of at most 1e-20"));
}

#[test]
fn small_tails_are_accurate_too() {
    // exp(ρ)-like: the tail beyond degree 60 is about 1e-84 of the sum.
    let answer = json(&["table", "exp", "--max-degree", "60", "--cumulative", "--closed-forms", "none"]);
    narrow(&answer["tail"], 15, false);
    for entry in answer["coefficients"].as_array().unwrap() {
        narrow(entry, 15, false);
        narrow(&entry["cumulative"], 15, false);
    }
    let text = printed(&["table", "exp", "--max-degree", "60", "--cumulative", "--closed-forms", "none"]);
    assert!(!text.contains("100.000"), "{text}");
}

#[test]
fn polynomials_end() {
    let answer = json(&["table", "poly(0,1/3,1/2)", "--cumulative"]);
    let coefficients = answer["coefficients"].as_array().unwrap();
    for (p, truth) in ["9/31", "8/31", "54/31", "0", "0"].iter().enumerate() {
        encloses(&coefficients[p], &exact(truth), 15, false);
        assert_eq!(coefficients[p]["closed_form"], *truth);
    }
    assert_eq!((&answer["tail"]["value"], &answer["tail"]["error"]), (&"0".into(), &"0".into()));
}
