//! Points from comma-separated text.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;

use super::{Points, check_size};
use crate::Error;
use crate::number::parse_rational;
use crate::number::rational::abridged;

/// Longest text of one number, and largest decimal exponent in it.
const MAX_CHARS: usize = 2000;
const MAX_EXPONENT: u64 = 1000;

impl Points {
    /// Reads points from text: a row is a point, its coordinates exact numbers (`2`, `0.25`, `1/3`, `1e-3`) separated
    /// by commas, perhaps in double quotes.
    ///
    /// Blank lines and lines that start with `#` are skipped; the first other line may be a header, in which no field
    /// is a number.
    ///
    /// # Errors
    /// [`Error::Number`] for a field that is not an exact number, by line and column (fields counted from 1), with more than 2000
    /// characters or an exponent beyond 1000; [`Error::Parameter`] for rows of different lengths, no rows, or too many, as
    /// [`Points::new`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::gram::Points;
    /// let points = Points::from_csv("height, width\n# two points\n0.5, 1/3\n\n1e-3, -2\n")?;
    /// assert_eq!(points.rows()[1][0].to_string(), "1/1000");
    /// let message = Points::from_csv("1, 2\n3, nan").unwrap_err().to_string();
    /// assert_eq!(message, "`nan` (line 2, column 2) is not an exact number like 2, 1/10, 0.1 or 1e-3");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Points, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rows: Vec<Vec<BigRational>> = vec![];
        let mut dimension: Option<usize> = None;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if dimension.is_none() && is_header(line) {
                dimension = Some(line.split(',').count());
                continue;
            }
            let row = read_row(line, number + 1, dimension)?;
            dimension = Some(row.len());
            check_size(rows.len() + 1, row.len())?;
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(Error::parameter(
                "points",
                "none",
                "at least one row of comma-separated numbers is accepted",
            ));
        }
        Points::new(rows)
    }
}

fn read_row(line: &str, number: usize, dimension: Option<usize>) -> Result<Vec<BigRational>, Error> {
    let expected = dimension.unwrap_or(0);
    let mut row = Vec::with_capacity(expected);
    for (column, field) in line.split(',').enumerate() {
        row.push(read_number(unquoted(field)).map_err(|why| Error::Number {
            text: abridged(unquoted(field)),
            why: format!("(line {number}, column {}) {why}", column + 1),
        })?);
    }
    if dimension.is_some() && row.len() != expected {
        let name = format!("number of fields in line {number}");
        return Err(Error::parameter(
            &name,
            row.len(),
            &format!("{expected} are accepted, as in the first row"),
        ));
    }
    Ok(row)
}

fn unquoted(field: &str) -> &str {
    let field = field.trim();
    field.strip_prefix('"').and_then(|f| f.strip_suffix('"')).map_or(field, str::trim)
}

/// Is no field a number, nor what stands for a missing one?
fn is_header(line: &str) -> bool {
    const NO_NAMES: [&str; 7] = ["", "nan", "inf", "infinity", "na", "null", "none"];
    line.split(',').map(unquoted).all(|field| {
        let word = field.trim_start_matches(['+', '-']).to_lowercase();
        let numeric = word.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        !numeric && !NO_NAMES.contains(&word.as_str())
    })
}

fn read_number(text: &str) -> Result<BigRational, String> {
    if let Some(short) = read_short(text) {
        return Ok(short);
    }
    if text.is_empty() {
        return Err("is empty: an exact number like 2, 1/10, 0.1 or 1e-3 is accepted".to_string());
    }
    if text.len() > MAX_CHARS {
        return Err("is longer than 2000 characters".to_string());
    }
    let exponents = text.split('/').filter_map(|part| part.split_once(['e', 'E']));
    for (_, exponent) in exponents {
        let digits = exponent.trim().trim_start_matches(['+', '-']);
        if digits.bytes().all(|b| b.is_ascii_digit())
            && digits.parse::<u64>().is_ok_and(|e| e <= MAX_EXPONENT)
        {
            continue;
        }
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err("has an exponent beyond 1000".to_string());
        }
    }
    parse_rational(text).map_err(|error| match error {
        Error::Number { why, .. } => why,
        other => other.to_string(),
    })
}

/// The usual case, without long numbers: a decimal of at most 18 digits.
fn read_short(text: &str) -> Option<BigRational> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let (mut value, mut after, mut point, mut count) = (0u64, 0u32, false, 0);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u64::from(byte - b'0');
                after += u32::from(point);
                count += 1;
            }
            b'.' if !point => point = true,
            _ => return None,
        }
        if count > 18 {
            return None;
        }
    }
    if count == 0 {
        return None;
    }
    let power = 10u64.pow(after);
    let divisor = value.gcd(&power);
    let numerator = BigInt::from(value / divisor);
    Some(BigRational::new_raw(if negative { -numerator } else { numerator }, BigInt::from(power / divisor)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> String {
        let message = Points::from_csv(text).unwrap_err().to_string();
        assert!(!message.contains('\n') && message.len() < 300, "{message}");
        message
    }

    #[test]
    fn errors_name_line_and_column() {
        assert!(refused("# c\n\n1,2\n3,4,5").contains("line 4"));
        assert!(refused("1,2\n3,inf").contains("(line 2, column 2)"));
        assert!(refused("1,2\n3,").contains("(line 2, column 2) is empty"));
        assert!(refused("1,1e99999999").contains("exponent beyond 1000"));
        assert!(refused("1,1e99999999999999999999999").contains("exponent beyond 1000"));
        assert!(refused("1\n1/0").contains("divides by zero"));
        assert!(refused("nan,nan").contains("(line 1, column 1)"));
        assert!(refused("a,b\n1").contains("line 2"));
        assert!(refused("a,b\nc,d").contains("(line 2, column 1)"));
        assert!(refused("1,x").contains("column 2"));
        assert!(refused(&"7".repeat(3000)).contains("2000 characters"));
        for empty in ["", "\n\n", "# only\n", "x,y\n"] {
            assert!(refused(empty).contains("none"));
        }
    }

    #[test]
    fn layout_is_free() {
        let points =
            Points::from_csv("\u{feff}\"x\", \"y\"\r\n\"1/2\" , -.5\r\n# c\r\n+3, 2.5e1\r\n").unwrap();
        let text: Vec<Vec<String>> =
            points.rows().iter().map(|row| row.iter().map(|x| x.to_string()).collect()).collect();
        assert_eq!(text, [["1/2", "-1/2"], ["3", "25"]]);
    }

    proptest! {
        #[test]
        fn the_short_way_agrees(a in -100_000i64..100_000, b in 0u64..1_000_000, digits in 0usize..7) {
            let fraction = format!("{b:06}");
            let text = format!("{a}.{}", &fraction[..digits]);
            let short = read_short(&text).unwrap();
            prop_assert_eq!(&short, &parse_rational(&text).unwrap());
            prop_assert_eq!(short.to_string(), parse_rational(&text).unwrap().to_string());
        }

        #[test]
        fn nothing_panics(text in "[0-9a-z,./\\-#\"\n eE+é]{0,60}") {
            let _ = Points::from_csv(&text);
        }
    }
}
