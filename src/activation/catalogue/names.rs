//! What a mistyped name may have meant.

use super::catalogue;

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

/// Levenshtein's distance; a long text is not worth the comparison.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(40).collect();
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(*x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_edits() {
        assert_eq!(distance("rellu", "relu"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert!(suggestion("hard-tan").contains("hardtanh"));
        assert!(suggestion("qqqqqqqqqq").contains("known names"));
    }
}
