//! The LaTeX notation.

use num_rational::BigRational;
use num_traits::Signed;

use super::super::ClosedForm;
use super::super::monomial::Trig;
use super::{Factor, Notation};

pub(super) struct Latex;

impl Notation for Latex {
    fn factor(&self, base: &Factor, exponent: i64) -> String {
        let upper = if exponent == 1 { String::new() } else { format!("^{{{exponent}}}") };
        match base {
            Factor::Sqrt(n, false) => format!("\\sqrt{{{n}}}{upper}"),
            Factor::Sqrt(n, true) if *n == 1.into() => format!("\\sqrt{{\\pi}}{upper}"),
            Factor::Sqrt(n, true) => format!("\\sqrt{{{n}\\pi}}{upper}"),
            Factor::Pi => format!("\\pi{upper}"),
            Factor::Exp(r) if *r == BigRational::from_integer(1.into()) => "e".to_string(),
            Factor::Exp(r) => format!("e^{{{r}}}"),
            Factor::Trig(Trig::Cos(r)) => format!("\\cos{upper}{}", argument(&rational(r))),
            Factor::Trig(Trig::Sin(r)) => format!("\\sin{upper}{}", argument(&rational(r))),
            Factor::Trig(Trig::None) => "1".to_string(),
            Factor::Phi(x) => {
                let root = ClosedForm::sqrt(x)
                    .map_or_else(|| format!("\\sqrt{{{}}}", rational(x)), |r| r.to_latex());
                format!("\\Phi{}{upper}", argument(&root))
            }
            Factor::Asin(r) => format!("\\arcsin{upper}{}", argument(&rational(r))),
            Factor::Named(name) => format!("{}{upper}", name.latex),
        }
    }

    fn product(&self, parts: &[String]) -> String {
        let mut out = String::new();
        for part in parts {
            // A command must not run into a letter.
            let letters = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
            if letters(out.chars().last()) && letters(part.chars().next()) {
                out.push(' ');
            }
            out.push_str(part);
        }
        out
    }

    fn sum(&self, parts: &[(bool, String)]) -> String {
        let mut out = String::new();
        for (i, (negative, part)) in parts.iter().enumerate() {
            out.push_str(match (i, negative) {
                (0, false) => "",
                (_, true) => "-",
                (_, false) => "+",
            });
            out.push_str(part);
        }
        out
    }

    fn fraction(&self, top: &str, bottom: &str, _bottom_is_product: bool) -> String {
        format!("\\frac{{{top}}}{{{bottom}}}")
    }

    fn parenthesized(&self, inner: &str) -> String {
        format!("\\left({inner}\\right)")
    }

    const FRACTION_DELIMITS: bool = true;
}

fn rational(r: &BigRational) -> String {
    let sign = if r.is_negative() { "-" } else { "" };
    match r.is_integer() {
        true => r.to_string(),
        false => format!("{sign}\\frac{{{}}}{{{}}}", r.numer().abs(), r.denom()),
    }
}

fn argument(inner: &str) -> String {
    if inner.contains("\\frac") { format!("\\left({inner}\\right)") } else { format!("({inner})") }
}
