//! Decimal strings taken apart and laid out in columns.

use ntk_series::number::Accuracy;

/// `±0.digits × 10^point`, the first digit not zero; no digits at all for zero.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Digits {
    negative: bool,
    digits: String,
    point: i64,
}

impl Digits {
    fn of(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let zeros = (all.len() - digits.len()) as i64;
        let point = exponent.parse().unwrap_or(0) + whole.len() as i64 - zeros;
        Digits { negative, digits: digits.trim_end_matches('0').to_string(), point }
    }
}

/// The part before the decimal point, the part from the point on, and the exponent if any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub whole: String,
    pub fraction: String,
    pub exponent: Option<i64>,
}

impl Parts {
    /// A decimal string as it is.
    pub fn of(text: &str) -> Parts {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, ""));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Parts { whole: whole.into(), fraction: dotted(fraction), exponent: exponent.parse().ok() }
    }

    /// The number as people read it: plain for moderate sizes, else with an exponent.
    pub fn plain(self) -> String {
        match self.exponent {
            Some(exponent) => format!("{}{}e{exponent}", self.whole, self.fraction),
            None => format!("{}{}", self.whole, self.fraction),
        }
    }

    /// The number as LaTeX, without dollars.
    pub fn latex(&self) -> String {
        match self.exponent {
            Some(exponent) => format!(r"{}{}\cdot 10^{{{exponent}}}", self.whole, self.fraction),
            None => format!("{}{}", self.whole, self.fraction),
        }
    }
}

/// A decimal string as LaTeX, without dollars.
pub fn in_latex(text: &str) -> String {
    Parts::of(text).latex()
}

/// Lays out decimal strings for one column: all plain, or all with exponents if one needs it.
///
/// A value with an error keeps the zeros that are proved: they are digits too.
pub fn layout<'a>(values: impl Iterator<Item = (&'a str, bool)>, places: Places) -> Vec<Parts> {
    let all: Vec<(Digits, bool)> = values.map(|(text, exact)| (Digits::of(text), exact)).collect();
    let far = |digits: &Digits| !digits.digits.is_empty() && !PLAIN_POINTS.contains(&digits.point);
    let scientific = matches!(places, Places::Significant(_)) && all.iter().any(|(digits, _)| far(digits));
    all.into_iter()
        .map(|(digits, exact)| match exact {
            // As short as it is, whatever its neighbours need.
            true => digits.parts(far(&digits), None),
            false => digits.parts(scientific, Some(places)),
        })
        .collect()
}

/// How many digits a value that is not exact shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// In all, from the first that is not zero.
    Significant(usize),
    /// After the point.
    Decimal(usize),
}

impl Places {
    /// Those that [`decimal`](crate::enclosure::decimal) rounds to.
    pub fn of(accuracy: Accuracy) -> Places {
        let digits = accuracy.digits() as usize;
        if accuracy.is_absolute() { Places::Decimal(digits + 1) } else { Places::Significant(digits + 2) }
    }
}

impl Digits {
    fn parts(&self, scientific: bool, places: Option<Places>) -> Parts {
        let sign = if self.negative { "-" } else { "" };
        let mut digits = self.digits.clone();
        if digits.is_empty() {
            let fraction = match places {
                Some(Places::Decimal(n)) => format!(".{}", "0".repeat(n)),
                _ => String::new(),
            };
            return Parts { whole: "0".into(), fraction, exponent: None };
        }
        if let Some(Places::Significant(n)) = places {
            digits.push_str(&"0".repeat(n.saturating_sub(digits.len())));
        }
        if scientific {
            let (first, rest) = digits.split_at(1);
            let exponent = (self.point != 1).then_some(self.point - 1);
            return Parts { whole: format!("{sign}{first}"), fraction: dotted(rest), exponent };
        }
        let point = self.point;
        let (whole, mut fraction) = if point <= 0 {
            ("0".to_string(), format!("{}{digits}", "0".repeat(-point as usize)))
        } else if (digits.len() as i64) <= point {
            (format!("{digits}{}", "0".repeat(point as usize - digits.len())), String::new())
        } else {
            let (whole, fraction) = digits.split_at(point as usize);
            (whole.to_string(), fraction.to_string())
        };
        if let Some(Places::Decimal(n)) = places {
            fraction.push_str(&"0".repeat(n.saturating_sub(fraction.len())));
        }
        Parts { whole: format!("{sign}{whole}"), fraction: dotted(&fraction), exponent: None }
    }
}

fn dotted(fraction: &str) -> String {
    if fraction.is_empty() { String::new() } else { format!(".{fraction}") }
}

/// Where the point may stand in a number without an exponent, counted from the first digit.
const PLAIN_POINTS: std::ops::RangeInclusive<i64> = -4..=16;
/// Most nines after the point of a percentage.
const NINES: i64 = 10;

/// A percentage with three decimals, or with as many as it takes to tell it from 100 or from 0;
/// a very small one with its first digits and an exponent.
///
/// Never more digits than `error` proves.
pub fn percent(value: &str, error: &str) -> String {
    let (number, gap, bound) = (Digits::of(value), distance_to_hundred(value), Digits::of(error));
    if number.digits.is_empty() {
        return if bound.digits.is_empty() { "0".into() } else { "0.000".into() };
    }
    if bound.digits.is_empty() && number.parts(false, None).fraction.len() <= 4 {
        return number.parts(false, None).plain();
    }
    if number.point < -3 {
        let Parts { whole, fraction, exponent } = number.parts(true, None);
        let fraction: String = fraction.chars().take(3).collect();
        return Parts { whole, fraction, exponent }.plain();
    }
    let nines = match gap {
        Some(gap) if gap < -NINES => NINES,
        // 100 up to the error: the truth is above 100 - 10^point.
        None if value == "100" => NINES.min(-bound.point),
        _ => 0,
    };
    if nines > 0 {
        return format!(">99.{}", "9".repeat(nines as usize));
    }
    // The first digit of the distance to 100, or of the number itself, and one more.
    let smallest = gap.map_or(number.point, |gap| gap.min(number.point));
    let wanted = (2 - smallest).clamp(3, 40);
    let proved = if bound.digits.is_empty() { wanted } else { -bound.point };
    round_to(&number, wanted.min(proved.max(0)))
}

/// `k` such that `10^(k-1) <= |100 - value| < 10^k`, from the digits; `None` above 100.
fn distance_to_hundred(value: &str) -> Option<i64> {
    let number = Digits::of(value);
    if number.point != 2 || number.negative {
        return None;
    }
    let nines = number.digits.bytes().take_while(|&b| b == b'9').count();
    Some(2 - nines as i64)
}

/// Rounds half up to `places` decimals; zeros beyond the third are left out.
fn round_to(number: &Digits, places: i64) -> String {
    let keep = number.point + places;
    let shown: Vec<u8> =
        (0..keep.max(0)).map(|i| number.digits.as_bytes().get(i as usize).map_or(0, |b| b - b'0')).collect();
    let up = keep >= 0 && number.digits.as_bytes().get(keep as usize).is_some_and(|&b| b >= b'5');
    let mut digits = vec![0u8];
    digits.extend(shown);
    if up {
        for d in digits.iter_mut().rev() {
            *d = (*d + 1) % 10;
            if *d != 0 {
                break;
            }
        }
    }
    // `digits` now counts units of 10^-places.
    let mut text: String = digits.iter().map(|d| (b'0' + d) as char).collect();
    let least = places as usize + 1;
    if text.len() < least {
        text = format!("{}{text}", "0".repeat(least - text.len()));
    }
    let (whole, fraction) = text.split_at(text.len() - places as usize);
    let whole = whole.trim_start_matches('0');
    let kept = fraction.trim_end_matches('0').len().max(fraction.len().min(3));
    let fraction = &fraction[..kept];
    format!("{}{}", if whole.is_empty() { "0" } else { whole }, dotted(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_plain_or_scientific_as_a_whole() {
        let texts = |values: &[(&str, bool)]| -> Vec<String> {
            layout(values.iter().copied(), Places::Significant(4)).into_iter().map(Parts::plain).collect()
        };
        assert_eq!(
            texts(&[("0.5", true), ("0.5", false), ("0", true), ("12.25", false)]),
            ["0.5", "0.5000", "0", "12.25"]
        );
        assert_eq!(
            texts(&[("0.5", true), ("1.25e-9", false), ("-3e12", true), ("0.25", false)]),
            ["0.5", "1.250e-9", "-3000000000000", "2.500e-1"]
        );
        assert_eq!(texts(&[("1200", false)]), ["1200"]);
        let fixed = layout([("0.25", false), ("0", false)].into_iter(), Places::Decimal(3));
        assert_eq!(fixed.into_iter().map(Parts::plain).collect::<Vec<_>>(), ["0.250", "0.000"]);
    }

    #[test]
    fn percentages_are_short_but_never_a_false_hundred() {
        assert_eq!(percent("43.943663", "1e-9"), "43.944");
        assert_eq!(percent("100", "0"), "100");
        assert_eq!(percent("99.99987", "1e-9"), "99.99987");
        assert_eq!(percent("99.9999999987", "1e-14"), "99.9999999987");
        assert_eq!(percent("0.0012345", "1e-14"), "0.0012");
        assert_eq!(percent("1.2345e-20", "1e-30"), "1.23e-20");
        let nines = format!("99.{}", "9".repeat(80));
        assert_eq!(percent(&nines, "1e-100"), ">99.9999999999");
        assert_eq!(percent("100", "1e-5"), ">99.9999");
        assert_eq!(percent("33.333333", "1e-2"), "33.3");
        assert_eq!(percent("9.9999", "1e-9"), "10.000");
    }
}
