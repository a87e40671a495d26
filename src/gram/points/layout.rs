//! How a text of points is laid out: what separates the fields, the header, the columns that are taken.

use std::fmt;
use std::io::Cursor;
use std::str::FromStr;

use crate::Error;
use crate::number::rational::abridged;

/// Most columns that can be chosen.
const MAX_COLUMNS: usize = 1_000_000;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Separator {
    /// `;`
    Semicolon,
    /// A tabulator.
    Tab,
    /// `,`
    Comma,
    /// Blanks, one or more.
    Blank,
}

impl Separator {
    /// The first that a line has outside of double quotes; a comma where it has none.
    pub(super) fn of(line: &str) -> Separator {
        let mut quoted = false;
        let outside: String = line
            .trim()
            .chars()
            .filter(|&c| {
                quoted ^= c == '"';
                !quoted
            })
            .collect();
        let all = [(';', Separator::Semicolon), ('\t', Separator::Tab), (',', Separator::Comma)];
        let found = all.into_iter().find(|(sign, _)| outside.contains(*sign)).map(|(_, separator)| separator);
        found.unwrap_or(match outside.contains(char::is_whitespace) {
            true => Separator::Blank,
            false => Separator::Comma,
        })
    }

    /// The rows of a text with the numbers of their lines, counted from 1: fields without blanks and quotes about them.
    /// Blank lines and those that start with `#` are left out.
    pub(super) fn rows(self, text: &str) -> impl Iterator<Item = Result<(usize, Vec<String>), Error>> {
        let sign = match self {
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
            Separator::Comma => b',',
            Separator::Blank => b' ',
        };
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(sign).comment(Some(b'#')).trim(csv::Trim::All);
        let rows = reader.from_reader(Cursor::new(text.as_bytes().to_vec())).into_records();
        rows.map(move |row| {
            let row = row.map_err(|error| Error::parameter("table", error, "rows of fields are accepted"))?;
            let line = row.position().map_or(0, |position| position.line() as usize);
            Ok((line, self.fields(&row)))
        })
        .filter(|row| row.as_ref().map_or(true, |(_, fields)| !is_blank(fields)))
    }

    fn fields(self, row: &csv::StringRecord) -> Vec<String> {
        let fields = row.iter().map(|field| unquoted(field).to_string());
        match self {
            Separator::Blank => fields.filter(|field| !field.is_empty()).collect(),
            Separator::Tab => {
                let mut fields: Vec<String> = fields.collect();
                while fields.last().is_some_and(String::is_empty) {
                    fields.pop();
                }
                fields
            }
            _ => fields.collect(),
        }
    }
}

/// Nothing, or a comment after blanks.
fn is_blank(fields: &[String]) -> bool {
    match fields {
        [] => true,
        [first, ..] if first.starts_with('#') => true,
        [only] => only.is_empty(),
        _ => false,
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Separator::Semicolon => "semicolons",
            Separator::Tab => "tabs",
            Separator::Comma => "commas",
            Separator::Blank => "blanks",
        })
    }
}

fn unquoted(field: &str) -> &str {
    let field = field.trim();
    field.strip_prefix('"').and_then(|f| f.strip_suffix('"')).map_or(field, str::trim)
}

/// Is no field a number, nor what stands for a missing one? The first may be empty, above names of rows; then the
/// others may be the numbers 0, 1, 2, … of the columns.
pub(super) fn is_header(fields: &[String]) -> bool {
    const NO_NAMES: [&str; 7] = ["", "nan", "inf", "infinity", "na", "null", "none"];
    let is_name = |field: &String| {
        let word = field.trim_start_matches(['+', '-']).to_lowercase();
        let numeric = word.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        !numeric && !NO_NAMES.contains(&word.as_str())
    };
    match fields {
        [first, rest @ ..] if first.is_empty() && !rest.is_empty() => {
            let numbered = rest.iter().enumerate().all(|(i, field)| *field == i.to_string());
            numbered || rest.iter().all(is_name)
        }
        _ => fields.iter().all(is_name),
    }
}

/// Which columns of a text are coordinates.
///
/// As text: `all`, or a list like `1,3-5` of numbers, counted from 1, and of names in the header.
///
/// # Examples
/// ```
/// use ntk_series::gram::{Columns, Points};
/// let columns: Columns = "2-3".parse()?;
/// let (points, _) = Points::from_text("1 2 3\n4 5 6\n", &columns)?;
/// assert_eq!(points.rows()[1][0].to_string(), "5");
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Columns {
    /// All, but for the names of rows.
    #[default]
    All,
    /// Those of a list, in its order.
    Listed(Vec<String>),
}

impl FromStr for Columns {
    type Err = Error;

    fn from_str(text: &str) -> Result<Columns, Error> {
        let parts: Vec<String> = text.split(',').map(|part| part.trim().to_string()).collect();
        match parts.iter().any(String::is_empty) {
            true => {
                Err(Error::parameter("columns", abridged(text), "a list like 1,3-5 or of names is accepted"))
            }
            false if parts == ["all"] => Ok(Columns::All),
            false => Ok(Columns::Listed(parts)),
        }
    }
}

impl Columns {
    /// Their places among `width` columns, counted from 0; names are looked for in the header.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number or a name that no column has.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::gram::Columns;
    /// let columns: Columns = "y,1-2".parse()?;
    /// let header = ["a", "b", "y"].map(String::from);
    /// assert_eq!(columns.places(3, Some(&header))?, [2, 0, 1]);
    /// assert!(columns.places(3, None).is_err());
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn places(&self, width: usize, header: Option<&[String]>) -> Result<Vec<usize>, Error> {
        self.of(width, header, false)
    }

    /// The same; names of rows in the first column are not among all.
    pub(super) fn of(
        &self,
        width: usize,
        header: Option<&[String]>,
        names_rows: bool,
    ) -> Result<Vec<usize>, Error> {
        let Columns::Listed(parts) = self else { return Ok((usize::from(names_rows)..width).collect()) };
        let mut chosen = vec![];
        for part in parts {
            let wrong = || {
                let accepted = match header {
                    Some(_) => format!("numbers from 1 to {width} and names in the header are accepted"),
                    None => format!("numbers from 1 to {width} are accepted; there is no header"),
                };
                Error::parameter("column", abridged(part), &accepted)
            };
            let by_name = header.and_then(|names| names.iter().position(|name| name == part));
            let number = |text: &str| text.trim().parse::<usize>().ok().filter(|n| (1..=width).contains(n));
            let (from, to) = match (by_name, part.split_once('-')) {
                (Some(i), _) => (i + 1, i + 1),
                (None, Some((from, to))) => (number(from).ok_or_else(wrong)?, number(to).ok_or_else(wrong)?),
                (None, None) => (number(part).ok_or_else(wrong)?, number(part).ok_or_else(wrong)?),
            };
            if from > to || chosen.len() + (to - from) >= MAX_COLUMNS {
                return Err(wrong());
            }
            chosen.extend(from - 1..to);
        }
        Ok(chosen)
    }
}

/// How a text of points was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Layout {
    /// What separates the fields.
    pub separator: Separator,
    /// The names of all columns, where there is a header.
    pub header: Option<Vec<String>>,
    /// Was a first column with names of the rows left out?
    pub names_rows: bool,
    /// How many columns there are.
    pub width: usize,
    /// Those that are coordinates, counted from 0.
    pub columns: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::Points;

    fn read(text: &str, columns: &str) -> Result<(Vec<Vec<String>>, Layout), String> {
        let (points, layout) =
            Points::from_text(text, &columns.parse().unwrap()).map_err(|error| error.to_string())?;
        Ok((points.rows().iter().map(|row| row.iter().map(|x| x.to_string()).collect()).collect(), layout))
    }

    /// Files as they are found: UCI's wine, housing, yacht and concrete, numpy's and pandas' and R's defaults.
    #[test]
    fn layouts_as_people_have_them() {
        let wine = "\"fixed acidity\";\"volatile acidity\";\"quality\"\n7.4;0.7;5\n7.8;0.88;5\n";
        let housing = " 0.00632  18.00   2.310  0\n 0.02731   0.00   7.070  0\n";
        let yacht = "-2.3 0.568 4.78 \n-2.3 0.568 4.78 \n\n";
        let concrete = "\"Cement (component 1)(kg in a m^3 mixture)\",\"Age, in days\"\n540,28\n332.5,270\n";
        let savetxt = "# a b\n1.000000000000000000e+00 -2.500000000000000000e-01\n0 1\n";
        let pandas = ",a,b\n0,1.5,2\n1,-3,4e-1\n";
        let numbered = ",0,1\n0,1.5,2\n1,-3,4\n";
        let written = "\"V1\" \"V2\"\n\"1\" 0.5 2\n\"2\" 1 3\n";
        let tabs = "x\ty\n1\t2\n3\t4\n";
        let one = "fixed acidity\n7.4\n7.8\n";
        for (text, separator, header, names_rows, first) in [
            (wine, Separator::Semicolon, true, false, vec!["37/5", "7/10", "5"]),
            (housing, Separator::Blank, false, false, vec!["79/12500", "18", "231/100", "0"]),
            (yacht, Separator::Blank, false, false, vec!["-23/10", "71/125", "239/50"]),
            (concrete, Separator::Comma, true, false, vec!["540", "28"]),
            (savetxt, Separator::Blank, false, false, vec!["1", "-1/4"]),
            (pandas, Separator::Comma, true, true, vec!["3/2", "2"]),
            (numbered, Separator::Comma, true, true, vec!["3/2", "2"]),
            (written, Separator::Blank, true, true, vec!["1/2", "2"]),
            (tabs, Separator::Tab, true, false, vec!["1", "2"]),
            (one, Separator::Comma, true, false, vec!["37/5"]),
            ("1 ; 2", Separator::Semicolon, false, false, vec!["1", "2"]),
            ("7", Separator::Comma, false, false, vec!["7"]),
        ] {
            let (rows, layout) = read(text, "all").unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(rows[0], first, "{text:?}");
            let found = (layout.separator, layout.header.is_some(), layout.names_rows);
            assert_eq!(found, (separator, header, names_rows), "{text:?}");
        }
    }

    #[test]
    fn columns_by_number_and_by_name() {
        let iris = "a,b,species\n1,2,setosa\n3,4,virginica\n";
        assert_eq!(read(iris, "2,a").unwrap().0, [["2", "1"], ["4", "3"]]);
        assert_eq!(read(iris, "1-2").unwrap().1.columns, [0, 1]);
        assert!(read(iris, "all").unwrap_err().contains("`setosa` (line 2, column 3, `species`)"));
        for (columns, words) in
            [("4", "from 1 to 3"), ("0", "from 1 to 3"), ("2-1", "from 1 to 3"), ("c", "names in the header")]
        {
            assert!(read(iris, columns).unwrap_err().contains(words), "{columns}");
        }
        assert!(read("1 2\n3 4", "a").unwrap_err().contains("there is no header"));
        assert!("1,,2".parse::<Columns>().is_err());
        // The names of rows are a column like others where columns are chosen.
        assert_eq!(read(",a\n5,1\n6,2\n", "1").unwrap().0, [["5"], ["6"]]);
        assert!(
            read("0,5;1\n2;3", "all").is_ok_and(|_| false)
                || read("0,5;1", "all").unwrap_err().contains("with a point")
        );
    }
}
