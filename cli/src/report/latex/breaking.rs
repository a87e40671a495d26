//! Formulas of any length within the lines of a paragraph.
//!
//! TeX breaks a formula in a line of text after a sign of its outermost group, and nowhere else. So a fraction that is
//! too wide becomes a quotient of parentheses, a wide root a power, and a long number may break between its digits.

/// Widest part without a place to break, in digits.
const MOST: usize = 36;
/// Digits between two places to break.
const DIGITS: usize = 15;

/// The width of words and formulas on paper, about, in digits of the text.
pub fn width(latex: &str) -> usize {
    (tenths(&parts(latex)) as usize).div_ceil(10)
}

/// The same formula, without dollars, with places to break in every part that is too wide.
pub fn breakable(latex: &str) -> String {
    let mut out = String::new();
    write(&mut out, &parts(latex));
    // A command's name ends at a brace by itself.
    out.replace(" {", "{")
}

/// A piece of LaTeX.
#[derive(Clone, Debug)]
enum Part {
    Character(char),
    /// Such as `\pi`.
    Command(String),
    /// Braces.
    Group(Vec<Part>),
}

fn parts(latex: &str) -> Vec<Part> {
    parse(&mut latex.chars().peekable())
}

fn parse(chars: &mut std::iter::Peekable<std::str::Chars>) -> Vec<Part> {
    let mut out = vec![];
    while let Some(c) = chars.next() {
        match c {
            '}' => return out,
            '{' => out.push(Part::Group(parse(chars))),
            '\\' => {
                let mut name = String::new();
                while let Some(c) = chars.next_if(char::is_ascii_alphabetic) {
                    name.push(c);
                }
                if name.is_empty() {
                    name.extend(chars.next());
                } else {
                    // A blank only ends the name.
                    let _ = chars.next_if_eq(&' ');
                }
                out.push(Part::Command(name));
            }
            c => out.push(Part::Character(c)),
        }
    }
    out
}

/// Tenths of a digit.
fn tenths(parts: &[Part]) -> u64 {
    let mut sum = 0;
    let mut i = 0;
    while i < parts.len() {
        let group = |k: usize| match parts.get(i + k) {
            Some(Part::Group(inner)) => tenths(inner),
            _ => 0,
        };
        match &parts[i] {
            Part::Character('^' | '_') => {
                // A script is smaller.
                sum += match parts.get(i + 1) {
                    Some(Part::Group(inner)) => 7 * tenths(inner) / 10,
                    _ => 7,
                };
                i += 1;
            }
            Part::Character('$') => {}
            Part::Character(c) => {
                sum += match c {
                    '+' | '=' | '-' => 22,
                    ' ' | '.' | ',' | 'i' | 'l' | '(' | ')' => 7,
                    'm' | 'w' | 'M' | 'W' => 17,
                    _ => 11,
                }
            }
            Part::Group(inner) => sum += tenths(inner),
            Part::Command(name) => match name.as_str() {
                // In a line of text the parts of a fraction are small.
                "frac" => {
                    sum += 3 + 7 * group(1).max(group(2)) / 10;
                    i += 2;
                }
                "allowbreak" | "left" | "right" | "," => {}
                "texttt" => {}
                "pm" | "cdot" | "approx" | "le" | "ge" => sum += 22,
                "arccos" | "arcsin" | "exp" | "cos" | "sin" | "dots" => sum += 30,
                "sqrt" => sum += 12,
                _ => sum += 12,
            },
        }
        i += 1;
    }
    sum
}

fn write(out: &mut String, parts: &[Part]) {
    let mut digits = 0;
    let mut i = 0;
    while i < parts.len() {
        let wide = |k: usize| match parts.get(i + k) {
            Some(Part::Group(inner)) => tenths(inner) > 10 * MOST as u64,
            _ => false,
        };
        let group = |k: usize| match parts.get(i + k) {
            Some(Part::Group(inner)) => inner.as_slice(),
            _ => &[],
        };
        match &parts[i] {
            Part::Command(name) if name == "frac" && (wide(1) || wide(2)) => {
                for (k, sign) in [(1, "/"), (2, "")] {
                    out.push('(');
                    write(out, group(k));
                    out.push_str(")\\allowbreak ");
                    out.push_str(sign);
                }
                i += 2;
            }
            Part::Command(name) if name == "sqrt" && wide(1) => {
                out.push('(');
                write(out, group(1));
                out.push_str(")^{1/2}");
                i += 1;
            }
            // A pair that grows is a group of its own.
            Part::Command(name) if name == "left" || name == "right" => {}
            Part::Character(c) if c.is_ascii_digit() => {
                if digits > 0 && digits % DIGITS == 0 {
                    out.push_str("\\allowbreak ");
                }
                digits += 1;
                out.push(*c);
                i += 1;
                continue;
            }
            Part::Character(c @ ('^' | '_')) => {
                out.push(*c);
                if let Some(next) = parts.get(i + 1) {
                    plain(out, next);
                }
                i += 1;
            }
            Part::Command(name) if name == "frac" => {
                plain(out, &parts[i]);
                for k in 1..3 {
                    parts.get(i + k).into_iter().for_each(|part| plain(out, part));
                }
                i += 2;
            }
            part => plain(out, part),
        }
        digits = 0;
        i += 1;
    }
}

/// As it was.
fn plain(out: &mut String, part: &Part) {
    match part {
        Part::Character(c) => out.push(*c),
        Part::Command(name) => {
            out.push('\\');
            out.push_str(name);
            if name.chars().all(|c| c.is_ascii_alphabetic()) {
                out.push(' ');
            }
        }
        Part::Group(inner) => {
            out.push('{');
            inner.iter().for_each(|part| plain(out, part));
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays() {
        for latex in
            [r"\frac{1}{3}+\frac{\sqrt{3}}{6\pi }", r"\sqrt{1-t_{1}^{2}}", "e^{1/2}", r"2.5\cdot 10^{-18}"]
        {
            assert_eq!(breakable(latex), latex);
        }
    }

    #[test]
    fn wide_parts_get_places_to_break() {
        let long = "1234567890".repeat(5);
        assert_eq!(
            breakable(&format!("\\frac{{{long}}}{{7}}")),
            "(123456789012345\\allowbreak 678901234567890\\allowbreak 123456789012345\\allowbreak 67890)\\allowbreak /(7)\\allowbreak "
        );
        let sum = format!("\\sqrt{{{}}}", vec!["\\frac{a}{b}"; 40].join("+"));
        assert!(breakable(&sum).starts_with("(\\frac{a}{b}+") && breakable(&sum).ends_with(")^{1/2}"));
        assert!(!breakable(r"\left(a+b\right)").contains("left"));
    }

    #[test]
    fn widths_are_about_right() {
        assert_eq!(width("12345678901234567890"), 22);
        assert!(width(r"\frac{1}{3}") < width("1/3") && width(r"x_{10}^{2}") < 6);
    }
}
