//! Words, numbers and signs of a formula, with their columns.

use rug::Rational;

use crate::number::parse_rational;
use crate::number::rational::rational_to_gmp;

/// Longest formula.
pub(crate) const MAX_CHARS: usize = 4000;
/// Longest number, and largest decimal exponent, within a formula.
const MAX_NUMBER_CHARS: usize = 400;
const MAX_DECIMAL_EXPONENT: i64 = 400;

/// What is wrong, and where.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxError {
    /// Counted from 1, in characters.
    pub(crate) column: usize,
    pub(crate) why: String,
}

impl SyntaxError {
    pub(crate) fn at(column: usize, why: impl Into<String>) -> SyntaxError {
        SyntaxError { column, why: why.into() }
    }
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Number(Rational),
    Word(String),
    /// One of `+ - * / ^ ( ) , < <= > >=`.
    Sign(&'static str),
    End,
}

/// A token with the column of its first character, counted from 1.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) column: usize,
}

/// Two characters before one.
const SIGNS: [&str; 14] = ["<=", ">=", "**", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">", "·"];

/// The tokens of a formula; `known` tells which words with a hyphen are names.
pub(crate) fn tokens(text: &str, known: impl Fn(&str) -> bool) -> Result<Vec<Token>, SyntaxError> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > MAX_CHARS {
        let why = format!("a formula of at most {MAX_CHARS} characters is accepted");
        return Err(SyntaxError::at(MAX_CHARS + 1, why));
    }
    let mut out = vec![];
    let mut at = 0;
    while at < chars.len() {
        let column = at + 1;
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, length) = if c.is_ascii_digit() || c == '.' {
            number(&chars[at..], column)?
        } else if c.is_alphabetic() {
            word(&chars[at..], &known)
        } else {
            sign(&chars[at..], column)?
        };
        at += length;
        out.push(Token { kind, column });
    }
    out.push(Token { kind: Kind::End, column: chars.len() + 1 });
    Ok(out)
}

fn number(rest: &[char], column: usize) -> Result<(Kind, usize), SyntaxError> {
    let digits = |from: usize| rest[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut length = digits(0);
    if rest.get(length) == Some(&'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(rest.get(length), Some('e' | 'E')) {
        let signed = usize::from(matches!(rest.get(length + 1), Some('+' | '-')));
        let exponent = digits(length + 1 + signed);
        if exponent > 0 {
            let text: String = rest[length + 1..length + 1 + signed + exponent].iter().collect();
            let fits = text
                .parse::<i64>()
                .is_ok_and(|e| (-MAX_DECIMAL_EXPONENT..=MAX_DECIMAL_EXPONENT).contains(&e));
            if !fits {
                let why = format!("a decimal exponent of at most {MAX_DECIMAL_EXPONENT} is accepted");
                return Err(SyntaxError::at(column, why));
            }
            length += 1 + signed + exponent;
        }
    }
    if length > MAX_NUMBER_CHARS {
        let why = format!("a number of at most {MAX_NUMBER_CHARS} characters is accepted");
        return Err(SyntaxError::at(column, why));
    }
    let text: String = rest[..length].iter().collect();
    let value = parse_rational(&text)
        .map_err(|_| SyntaxError::at(column, format!("`{text}` is not a number like 2, 0.1 or 1e-3")))?;
    Ok((Kind::Number(rational_to_gmp(&value)), length))
}

/// A word of letters, digits and `_`; with hyphens where that makes a name.
fn word(rest: &[char], known: impl Fn(&str) -> bool) -> (Kind, usize) {
    let part = |from: usize| rest[from..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
    let text = |length: usize| rest[..length].iter().collect::<String>().to_lowercase().replace('_', "-");
    let short = part(0);
    let mut best = short;
    let mut length = short;
    while rest.get(length) == Some(&'-') && rest.get(length + 1).is_some_and(|c| c.is_alphabetic()) {
        length += 1 + part(length + 1);
        if known(&text(length)) {
            best = length;
        }
        // No name has more than three parts.
        if length > short + 40 {
            break;
        }
    }
    (Kind::Word(text(best)), best)
}

fn sign(rest: &[char], column: usize) -> Result<(Kind, usize), SyntaxError> {
    for sign in SIGNS {
        if sign.chars().zip(rest).filter(|(a, b)| a == *b).count() == sign.chars().count() {
            let plain = match sign {
                "**" => "^",
                "·" => "*",
                other => other,
            };
            return Ok((Kind::Sign(plain), sign.chars().count()));
        }
    }
    let shown: String = rest[0].escape_default().take(12).collect();
    let why = match rest[0] {
        '=' | '!' => "comparisons are written `<`, `<=`, `>` or `>=`".to_string(),
        '[' | ']' | '{' | '}' => "round parentheses are accepted".to_string(),
        _ => format!("`{shown}` has no meaning in a formula"),
    };
    Err(SyntaxError::at(column, why))
}
