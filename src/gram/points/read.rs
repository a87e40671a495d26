//! Points from text and from arrays of numpy.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;

use super::layout::{self, Columns, Layout, Separator};
use super::{Points, check_size};
use crate::Error;
use crate::npy::NpyArray;
use crate::number::parse_rational;
use crate::number::rational::abridged;

/// Longest text of one number, and largest decimal exponent in it.
const MAX_CHARS: usize = 2000;
const MAX_EXPONENT: u64 = 1000;

impl Points {
    /// Reads points from text, as [`Points::from_text`] does, taking all columns.
    ///
    /// # Errors
    /// Those of [`Points::from_text`].
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
        Ok(Points::from_text(text, &Columns::All)?.0)
    }

    /// Reads points from text: a row is a point, its coordinates exact numbers (`2`, `0.25`, `1/3`, `1e-3`), perhaps in
    /// double quotes, with semicolons, tabs, commas or blanks between them: the first of these that the first row has.
    ///
    /// Blank lines and lines that start with `#` are skipped; the first other line may be a header, in which no field
    /// is a number. Where its first field is empty (as pandas writes it) or missing (as R does), the first column holds
    /// names of the rows and is left out, unless columns are chosen; a header that numbers its columns from 0 is one
    /// too where its first field is empty.
    ///
    /// # Errors
    /// [`Error::Number`] for a field that is not an exact number, by line and column (counted from 1), with more than
    /// 2000 characters or an exponent beyond 1000; [`Error::Parameter`] for columns that are not there, rows of
    /// different lengths, no rows, or too many, as [`Points::new`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::gram::{Columns, Points, Separator};
    /// let text = "\"length\";\"kind\";\"width\"\n5.1;setosa;3.5\n4.9;setosa;3\n";
    /// let (points, layout) = Points::from_text(text, &"length,width".parse()?)?;
    /// assert_eq!(points.rows()[1][1].to_string(), "3");
    /// assert_eq!((layout.separator, layout.columns), (Separator::Semicolon, vec![0, 2]));
    /// let message = Points::from_text(text, &Columns::All).unwrap_err().to_string();
    /// assert!(message.starts_with("`setosa` (line 2, column 2, `kind`)"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_text(text: &str, columns: &Columns) -> Result<(Points, Layout), Error> {
        let Opened { rows: lines, layout } = opened(text)?;
        let Layout { separator, header, names_rows, width, .. } = layout;
        let chosen = columns.of(width, header.as_deref(), names_rows)?;
        let mut rows: Vec<Vec<BigRational>> = vec![];
        for row in lines {
            let (number, fields) = row?;
            let row = read_row(&fields, number, width, header.as_deref(), &chosen)?;
            check_size(rows.len() + 1, row.len())?;
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(no_points());
        }
        let layout = Layout {
            separator,
            header,
            names_rows: names_rows && *columns == Columns::All,
            columns: chosen,
            width,
        };
        Ok((Points::new(rows)?, layout))
    }

    /// Points from an array of numpy with a row for each, of doubles, which are taken exactly; an array with one axis
    /// holds points of the line.
    ///
    /// # Errors
    /// Those of [`NpyArray::read`](crate::finite::NpyArray::read); [`Error::Parameter`] for more than two axes, columns
    /// that are not there, and as [`Points::new`].
    pub fn from_npy(bytes: &[u8], columns: &Columns) -> Result<Points, Error> {
        let array = NpyArray::read(bytes)?;
        let width = match array.shape[..] {
            [_] => 1,
            [_, width] => width,
            _ => {
                let accepted = "an array with one or two axes is accepted";
                return Err(Error::parameter("number of axes", array.shape.len(), accepted));
            }
        };
        if array.values.is_empty() {
            return Err(no_points());
        }
        let chosen = columns.of(width, None, false)?;
        check_size(array.values.len() / width, chosen.len())?;
        let exact = |x: f64| BigRational::from_float(x).unwrap_or_default();
        let row = |row: &[f64]| chosen.iter().map(|&i| exact(row[i])).collect();
        Points::new(array.values.chunks_exact(width).map(row).collect())
    }
}

/// The rows of numbers with the numbers of their lines, and how they are laid out, all columns taken.
struct Opened<I> {
    rows: I,
    layout: Layout,
}

/// A row with the number of its line.
type Numbered = (usize, Vec<String>);

fn opened(text: &str) -> Result<Opened<impl Iterator<Item = Result<Numbered, Error>>>, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let kept = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut lines = text.lines().filter(kept);
    let (top, second) = (lines.next().ok_or_else(no_points)?, lines.next());
    // A header may have blanks in its names: what separates is seen in the numbers below it.
    let own = Separator::of(top);
    let is_header = match own.rows(text).next() {
        Some(row) => layout::is_header(&row?.1),
        None => return Err(no_points()),
    };
    let separator = second.filter(|_| is_header).map_or(own, Separator::of);
    let mut rows = separator.rows(text);
    let mut header: Option<Vec<String>> =
        if is_header { rows.next().transpose()?.map(|row| row.1) } else { None };
    // The first row of numbers, if there is one.
    let first = rows.next().transpose()?;
    let row_width = first.as_ref().map(|(_, fields)| fields.len());
    let mut names_rows = false;
    if let Some(names) = &mut header {
        // R leaves the field above the names of rows away.
        let left_away =
            row_width == Some(names.len() + 1) && matches!(separator, Separator::Blank | Separator::Tab);
        if left_away {
            names.insert(0, String::new());
        }
        names_rows = names.len() > 1 && names[0].is_empty();
    }
    let width = header.as_ref().map(Vec::len).or(row_width).ok_or_else(no_points)?;
    let columns = (usize::from(names_rows)..width).collect();
    let rows = first.into_iter().map(Ok).chain(rows);
    Ok(Opened { rows, layout: Layout { separator, header, names_rows, width, columns } })
}

impl Layout {
    /// How a text is laid out, without reading its numbers; all columns are taken.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a text without a row.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::gram::Layout;
    /// let layout = Layout::of("length;kind;width\n5.1;setosa;3.5\n")?;
    /// assert_eq!((layout.width, layout.header.unwrap()[1].as_str()), (3, "kind"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn of(text: &str) -> Result<Layout, Error> {
        Ok(opened(text)?.layout)
    }
}

fn no_points() -> Error {
    Error::parameter("points", "none", "at least one row of numbers is accepted")
}

fn read_row(
    fields: &[String],
    number: usize,
    width: usize,
    header: Option<&[String]>,
    chosen: &[usize],
) -> Result<Vec<BigRational>, Error> {
    if fields.len() != width {
        let name = format!("number of fields in line {number}");
        return Err(Error::parameter(
            &name,
            fields.len(),
            &format!("{width} are accepted, as in the first row"),
        ));
    }
    let read = |&column: &usize| {
        let field = fields[column].as_str();
        read_number(field).map_err(|why| {
            let called = match header.map(|names| names[column].as_str()).filter(|name| !name.is_empty()) {
                Some(name) => format!(", `{}`", abridged(name)),
                None => String::new(),
            };
            let why = format!("(line {number}, column {}{called}) {why}{}", column + 1, hint(field));
            Error::Number { text: abridged(field), why }
        })
    };
    chosen.iter().map(read).collect()
}

/// What a field that is no number may want to be.
fn hint(field: &str) -> &'static str {
    let comma = field.contains(',') && field.bytes().all(|b| b.is_ascii_digit() || b"+-,.eE".contains(&b));
    if comma { "; decimals are accepted with a point, not with a comma" } else { "" }
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
        assert!(refused("a,b\nc,d").contains("(line 2, column 1, `a`)"));
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
