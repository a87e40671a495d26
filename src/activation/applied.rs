//! Names and formulas in `x`.

/// Does a text use the variable `x`?
pub(super) fn mentions_x(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word.trim_start_matches(|c: char| !c.is_alphabetic()) == "x")
}

/// A name with its parameters, applied to `x`: `leaky-relu(1/10)` becomes `leaky_relu(x,1/10)`. A formula stays.
pub(super) fn applied(name: &str) -> String {
    if mentions_x(name) {
        return name.to_string();
    }
    match name.split_once('(') {
        None => format!("{}(x)", name.replace('-', "_")),
        Some((word, rest)) => format!("{}(x,{rest}", word.replace('-', "_")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_variable() {
        for text in ["x", "x^2", "2*x", "2x", "exp(x^2)", "1-x", "max(0,x)", "abs(x-pi)", "x-exp(x)"] {
            assert!(mentions_x(text), "{text}");
        }
        for text in ["exp", "relu6", "1/10", "exp(2)", "", "max"] {
            assert!(!mentions_x(text), "{text}");
        }
    }

    #[test]
    fn names_are_applied() {
        assert_eq!(applied("relu"), "relu(x)");
        assert_eq!(applied("leaky-relu(-1/10)"), "leaky_relu(x,-1/10)");
        assert_eq!(applied("max(0,x)^2"), "max(0,x)^2");
    }
}
