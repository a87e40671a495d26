//! All changes of one place.

use serde_json::Value;

const WORDS: [&[&str]; 9] = [
    &["strictly_positive_definite", "not_strictly_positive_definite", "undecided"],
    &["ntk", "nngp"],
    &["distinct", "non-proportional", "sphere", "sphere-without-antipodes", "points"],
    &[
        "characterization-of-polynomials",
        "power-series-on-spheres",
        "finite-rank",
        "null-vector",
        "gram-matrix",
    ],
    &["whole", "even", "odd"],
    &["polynomial", "not-of-degree", "non-polynomial"],
    &["growth", "two-pieces", "faster-than-powers"],
    &["positive", "negative"],
    &[
        "relu", "tanh", "sigmoid", "abs", "square", "exp", "gelu", "silu", "step", "poly(3)", "elu", "relu6",
        "x/2",
    ],
];

/// Every certificate that differs in one place, with the path to it.
pub fn all(original: &Value) -> Vec<(String, Value)> {
    let mut out = vec![];
    collect(original, original, "", &mut out);
    out
}

fn collect(root: &Value, here: &Value, path: &str, out: &mut Vec<(String, Value)>) {
    let mut put = |value: Value| {
        let mut changed = root.clone();
        *changed.pointer_mut(path).unwrap() = value;
        if changed != *root {
            out.push((path.to_string(), changed));
        }
    };
    match here {
        Value::String(text) => texts(text).into_iter().for_each(|t| put(Value::String(t))),
        Value::Number(n) => {
            let n = n.as_i64().unwrap();
            for m in [n + 1, n - 1, -n, 2 * n, 0, 1_000_000_000_000] {
                put(m.into());
            }
            put(Value::Null);
        }
        Value::Null => {
            put(Value::Array(vec![]));
            put("1".into());
        }
        Value::Bool(_) => (),
        Value::Array(items) => {
            for i in 0..items.len() {
                let mut dropped = items.clone();
                dropped.remove(i);
                put(Value::Array(dropped));
                let mut doubled = items.clone();
                doubled.insert(i, items[i].clone());
                put(Value::Array(doubled));
                if i + 1 < items.len() {
                    let mut swapped = items.clone();
                    swapped.swap(i, i + 1);
                    put(Value::Array(swapped));
                }
            }
            put(Value::Null);
        }
        Value::Object(entries) => {
            for key in entries.keys() {
                let mut dropped = entries.clone();
                dropped.remove(key);
                put(Value::Object(dropped));
                let mut renamed = entries.clone();
                let value = renamed.remove(key).unwrap();
                renamed.insert(format!("{key}s"), value);
                put(Value::Object(renamed));
            }
            let mut more = entries.clone();
            more.insert("more".into(), Value::Null);
            put(Value::Object(more));
        }
    }
    match here {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                collect(root, item, &format!("{path}/{i}"), out);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                collect(root, item, &format!("{path}/{key}"), out);
            }
        }
        _ => (),
    }
}

fn texts(text: &str) -> Vec<String> {
    let number = text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
    let mut out = vec![String::new(), format!("{text}q")];
    if !number {
        for list in WORDS.iter().filter(|list| list.contains(&text)) {
            out.extend(list.iter().map(|w| w.to_string()));
        }
        // Two letters exchanged, the last dropped.
        let mut letters: Vec<char> = text.chars().collect();
        if letters.len() > 1 {
            letters.swap(0, 1);
            out.push(letters.iter().collect());
            out.push(text[..text.len() - 1].to_string());
        }
        return out;
    }
    let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
    let (n, d): (i128, i128) = (top.parse().unwrap(), bottom.parse().unwrap());
    for (a, b) in [
        (n + d, d),
        (n - d, d),
        (-n, d),
        (2 * n, d),
        (0, 1),
        (n + 1, d),
        (n - 1, d),
        (n, 2 * d),
        (n, d + 1),
        (1000 * n, d),
    ] {
        if b != 0 {
            out.push(if b == 1 { a.to_string() } else { format!("{a}/{b}") });
        }
    }
    // The last digit.
    let last = text.chars().last().and_then(|c| c.to_digit(10)).unwrap_or(0);
    out.push(format!("{}{}", &text[..text.len() - 1], (last + 3) % 10));
    out.extend(["1/0".to_string(), "0.1e1".to_string(), "nan".to_string(), "1e999999".to_string()]);
    out
}
