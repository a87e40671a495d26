//! Numbers, words and signs of a formula.

use crate::integer::BigRational;
use crate::rational::{abridged, parse};

const MAX_CHARS: usize = 20_000;
const MAX_NUMBER: usize = 400;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(BigRational),
    Word(String),
    Sign(&'static str),
}

const SIGNS: [&str; 14] = ["<=", ">=", "**", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">", "·"];

/// The tokens; `known` tells which words with a hyphen are names.
pub(super) fn tokens(text: &str, known: impl Fn(&str) -> bool) -> Result<Vec<Token>, String> {
    if text.len() > MAX_CHARS {
        return Err(format!("a formula of at most {MAX_CHARS} characters is accepted"));
    }
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (vec![], 0);
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
        } else if c.is_ascii_digit() || c == '.' {
            let length = number_length(&chars[at..]);
            if length > MAX_NUMBER {
                return Err(format!("a number of at most {MAX_NUMBER} characters is accepted"));
            }
            let digits: String = chars[at..at + length].iter().collect();
            out.push(Token::Number(parse(&digits, MAX_NUMBER)?));
            at += length;
        } else if c.is_alphabetic() {
            let (word, length) = word(&chars[at..], &known);
            out.push(Token::Word(word));
            at += length;
        } else {
            let sign =
                SIGNS.iter().find(|s| s.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c)));
            let Some(sign) = sign else {
                return Err(format!("`{}` has no meaning in a formula", abridged(&c.to_string())));
            };
            at += sign.chars().count();
            out.push(Token::Sign(match *sign {
                "**" => "^",
                "·" => "*",
                other => other,
            }));
        }
    }
    Ok(out)
}

fn number_length(rest: &[char]) -> usize {
    let digits = |from: usize| rest[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut length = digits(0);
    if rest.get(length) == Some(&'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(rest.get(length), Some('e' | 'E')) {
        let signed = usize::from(matches!(rest.get(length + 1), Some('+' | '-')));
        let exponent = digits((length + 1 + signed).min(rest.len()));
        if exponent > 0 {
            length += 1 + signed + exponent;
        }
    }
    length
}

/// A word of letters, digits and `_`, with hyphens where that makes a name.
fn word(rest: &[char], known: impl Fn(&str) -> bool) -> (String, usize) {
    let part = |from: usize| rest[from..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
    let text = |length: usize| rest[..length].iter().collect::<String>().to_lowercase().replace('_', "-");
    let mut best = part(0);
    let mut length = best;
    while length < 60
        && rest.get(length) == Some(&'-')
        && rest.get(length + 1).is_some_and(|c| c.is_alphabetic())
    {
        length += 1 + part(length + 1);
        if known(&text(length)) {
            best = length;
        }
    }
    (text(best), best)
}
