//! Spellings of other languages, in that of our formulas: `np.tanh(x)`, `|x|`, `maximum(x, 0)`, `x if x > 0 else 0`.

use crate::Error;

/// Longer texts are no formulas.
const MAX_BYTES: usize = 20_000;

/// Names before a point that say where a function comes from.
const MODULES: [&str; 22] = [
    "np",
    "numpy",
    "cupy",
    "torch",
    "nn",
    "functional",
    "f",
    "jax",
    "jnp",
    "lax",
    "tf",
    "tensorflow",
    "keras",
    "activations",
    "flax",
    "math",
    "scipy",
    "special",
    "stats",
    "norm",
    "mpmath",
    "sympy",
];

/// Functions under other names.
const NAMES: [(&str, &str); 10] = [
    ("maximum", "max"),
    ("fmax", "max"),
    ("minimum", "min"),
    ("fmin", "min"),
    ("absolute", "abs"),
    ("fabs", "abs"),
    ("expit", "sigmoid"),
    ("ndtr", "normal_cdf"),
    ("normcdf", "normal_cdf"),
    ("Phi", "normal_cdf"),
];

/// Functions that are others there than here: their names, the modules, and what is written here.
const OTHERS: [(&str, &[&str], &str); 4] = [
    (
        "sinc",
        &["np", "numpy", "cupy", "torch", "jax", "jnp"],
        "`sinc(pi*x)` is accepted for it, sin(πx)/(πx); `sinc(x)` is sin(x)/x",
    ),
    (
        "gelu",
        &["jax", "flax"],
        "`gelu_tanh(x)` is accepted for its default, which is approximate, and `gelu(x)` for x Φ(x)",
    ),
    (
        "leakyrelu",
        &["tf", "tensorflow", "keras", "activations"],
        "`leaky_relu(x, a)` is accepted with its slope a, which has another default there",
    ),
    (
        "hardsigmoid",
        &["tf", "tensorflow", "keras", "activations"],
        "`hard_sigmoid(x)` is accepted for x/6 + 1/2 between 0 and 1, and `min(max(0, x/5 + 1/2), 1)` for that of older versions",
    ),
];

/// The text in our spelling; as it is where nothing in it is spelled otherwise.
///
/// # Errors
/// [`Error::Parameter`] for a name that means another function where it comes from.
pub(super) fn usual(text: &str) -> Result<String, Error> {
    if text.len() > MAX_BYTES {
        return Ok(text.to_string());
    }
    let typed = text.trim();
    let body = typed.strip_prefix("lambda x:").map_or(typed, str::trim_start);
    let ours = conditional(&bars(&words(body)?));
    Ok(if ours == typed { text.to_string() } else { ours })
}

/// Without modules, and with our names of functions.
fn words(text: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    // The modules before the next word.
    let mut path: Vec<String> = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if !first.is_alphabetic() {
            // A number with its letters, as 1e-3, is no word.
            let number = first.is_ascii_digit();
            let length = match number {
                true => {
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len())
                }
                false => first.len_utf8(),
            };
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let follows = after.strip_prefix('.').filter(|tail| tail.starts_with(char::is_alphabetic));
        match follows {
            Some(tail) if MODULES.contains(&word.to_lowercase().as_str()) => {
                path.push(word.to_lowercase());
                rest = tail;
            }
            _ => {
                check_meaning(&path, word)?;
                let is_normal = word == "cdf" && path.last().is_some_and(|module| module == "norm");
                let ours = NAMES.iter().find(|(name, _)| *name == word).map_or(word, |(_, ours)| ours);
                out.push_str(if is_normal { "normal_cdf" } else { ours });
                path.clear();
                rest = after;
            }
        }
    }
    Ok(out)
}

/// Does a name mean the same where it comes from?
fn check_meaning(path: &[String], word: &str) -> Result<(), Error> {
    // torch has the class `nn.GELU`, flax the function `nn.gelu`.
    let flax = word == "gelu" && path == ["nn"];
    let plain = word.to_lowercase().replace('_', "");
    let other = OTHERS.iter().find(|(name, modules, _)| {
        *name == plain && (flax || path.iter().any(|module| modules.contains(&module.as_str())))
    });
    match other {
        Some((_, _, accepted)) => {
            Err(Error::parameter("activation", format!("{}.{word}", path.join(".")), accepted))
        }
        None => Ok(()),
    }
}

/// `|u|` as `abs(u)`; as it is where the bars do not pair.
fn bars(text: &str) -> String {
    if !text.contains('|') {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut open = 0usize;
    let mut before = None;
    for c in text.chars() {
        if c == '|' {
            // After an operand a bar closes.
            let closes =
                before.is_some_and(|b: char| b.is_alphanumeric() || b == ')' || b == '|' || b == '.');
            match closes {
                true if open == 0 => return text.to_string(),
                true => {
                    open -= 1;
                    out.push(')');
                    before = Some(')');
                }
                false => {
                    open += 1;
                    out.push_str("abs(");
                    before = Some('(');
                }
            }
            continue;
        }
        out.push(c);
        if !c.is_whitespace() {
            before = Some(c);
        }
    }
    if open == 0 { out } else { text.to_string() }
}

/// `a if c else b` as `where(c, a, b)`, outside of parentheses, `b` perhaps another one.
fn conditional(text: &str) -> String {
    let Some((yes, rest)) = outside(text, " if ") else { return text.to_string() };
    match outside(rest, " else ") {
        Some((condition, no)) => {
            format!("where({},{},{})", condition.trim(), yes.trim(), conditional(no.trim()))
        }
        None => text.to_string(),
    }
}

/// What is before and after the first `word` outside of parentheses.
fn outside<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && text[at..].starts_with(word) => {
                return Some((&text[..at], &text[at + word.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    #[test]
    fn other_spellings_are_the_same_activation() {
        for (theirs, ours) in [
            ("np.tanh(x)", "tanh(x)"),
            ("np.tanh", "tanh"),
            ("torch.sigmoid", "sigmoid"),
            ("jax.nn.silu", "silu"),
            ("torch.nn.functional.gelu(x)", "gelu(x)"),
            ("F.relu(x)", "relu(x)"),
            ("nn.ReLU()", "relu"),
            ("nn.LeakyReLU(0.1)", "leaky-relu(1/10)"),
            ("|x|", "abs(x)"),
            ("|x| + |x - 1|", "abs(x) + abs(x - 1)"),
            ("||x| - 1|", "abs(abs(x) - 1)"),
            ("2*|x|", "2*abs(x)"),
            ("x if x > 0 else 0", "relu"),
            ("0 if x < 0 else x if x < 1 else 1", "where(x < 0, 0, where(x < 1, x, 1))"),
            ("lambda x: np.maximum(x, 0)", "relu"),
            ("maximum(0, x)**2", "max(0,x)^2"),
            ("x*Phi(x)", "x*normal_cdf(x)"),
            ("x*scipy.stats.norm.cdf(x)", "x*normal_cdf(x)"),
            ("1e-3*x", "x/1000"),
        ] {
            let [a, b] =
                [theirs, ours].map(|text| Activation::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")));
            assert_eq!(a.name(), b.name(), "{theirs}");
        }
    }

    #[test]
    fn what_is_another_function_there_is_refused() {
        for (theirs, what_would_do) in [
            ("np.sinc(x)", "sinc(pi*x)"),
            ("torch.sinc", "sinc(pi*x)"),
            ("x*jnp.sinc(x)", "sinc(pi*x)"),
            ("jax.nn.gelu", "gelu_tanh(x)"),
            ("nn.gelu(x)", "gelu_tanh(x)"),
            ("tf.nn.leaky_relu(x)", "leaky_relu(x, a)"),
            ("keras.activations.hard_sigmoid(x)", "x/6 + 1/2"),
        ] {
            let error = Activation::parse(theirs).unwrap_err().to_string();
            assert!(error.contains(what_would_do), "{theirs}: {error}");
        }
        for same in ["torch.nn.GELU()", "F.gelu", "mpmath.sinc(x)", "jax.nn.leaky_relu", "F.hardsigmoid"] {
            assert!(Activation::parse(same).is_ok(), "{same}");
        }
        assert!(Activation::parse("cdf(x)").is_err());
    }

    #[test]
    fn what_is_spelled_as_ours_stays() {
        for text in ["relu", "leaky-relu(0.1)", "x*sigmoid(2*x)", "where(x > 0, 1, 0)", "1.5e-3*x", "f", ""] {
            assert_eq!(usual(text).unwrap(), text);
        }
        for text in ["|x", "x|", "|", "||", "| |", "x if", "x if x > 0", ".", "np.", "é|ü"] {
            assert!(Activation::parse(text).is_err(), "{text}");
        }
    }
}
