//! What a mistyped name may have meant.

use super::catalogue;
use crate::text::distance;

/// The closest catalogue names, as a sentence.
pub(super) fn suggestion(name: &str) -> String {
    let mut scored: Vec<(usize, String)> = catalogue()
        .map(|e| (e.names().map(|n| distance(name, n)).min().unwrap_or(usize::MAX), e.signature()))
        .collect();
    scored.sort_by_key(|s| s.0);
    let near = |s: &&(usize, String)| s.0 <= 1 + name.chars().count() / 3;
    let close: Vec<String> = scored.iter().filter(near).take(3).map(|s| format!("`{}`", s.1)).collect();
    if close.is_empty() {
        let some: Vec<String> = catalogue().take(8).map(|e| e.signature()).collect();
        return format!("known names are {}, ... (`ntk activations` lists them)", some.join(", "));
    }
    format!("did you mean {}?", close.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_found() {
        assert!(suggestion("hard-tan").contains("hardtanh"));
        assert!(suggestion("qqqqqqqqqq").contains("known names"));
    }
}
