//! The text notation, which sympy reads.

use super::super::ClosedForm;
use super::super::monomial::Trig;
use super::{Factor, Notation};

pub(super) struct Text;

impl Notation for Text {
    fn factor(&self, base: &Factor, exponent: i64) -> String {
        let base = match base {
            Factor::Sqrt(n, false) => format!("sqrt({n})"),
            Factor::Sqrt(n, true) if *n == 1.into() => "sqrt(pi)".to_string(),
            Factor::Sqrt(n, true) => format!("sqrt({n}*pi)"),
            Factor::Pi => "pi".to_string(),
            Factor::Exp(r) => format!("exp({r})"),
            Factor::Trig(Trig::Cos(r)) => format!("cos({r})"),
            Factor::Trig(Trig::Sin(r)) => format!("sin({r})"),
            Factor::Trig(Trig::None) => "1".to_string(),
            Factor::Phi(x) => {
                let root = ClosedForm::sqrt(x).map_or_else(|| format!("sqrt({x})"), |r| r.to_string());
                format!("Phi({root})")
            }
            Factor::Asin(r) => format!("asin({r})"),
            Factor::Named(name) => name.text.clone(),
        };
        if exponent == 1 { base } else { format!("{base}^{exponent}") }
    }

    fn product(&self, parts: &[String]) -> String {
        parts.join("*")
    }

    fn sum(&self, parts: &[(bool, String)]) -> String {
        let mut out = String::new();
        for (i, (negative, part)) in parts.iter().enumerate() {
            out.push_str(match (i, negative) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            });
            out.push_str(part);
        }
        out
    }

    fn fraction(&self, top: &str, bottom: &str, bottom_is_product: bool) -> String {
        if bottom_is_product { format!("{top}/({bottom})") } else { format!("{top}/{bottom}") }
    }

    fn parenthesized(&self, inner: &str) -> String {
        format!("({inner})")
    }

    const FRACTION_DELIMITS: bool = false;
}
