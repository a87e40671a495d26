//! Points from files as people have them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::Args;
use ntk_series::Error;
use ntk_series::gram::{Columns, Layout, Points};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::report::{Fact, Phrase};

/// Longest file, in bytes.
const MAX_BYTES: u64 = 1 << 28;
/// How an array of numpy begins.
pub const NPY: &[u8] = b"\x93NUMPY";

/// How files of points are read.
#[derive(Args, Debug)]
pub struct DataArgs {
    /// Columns that are coordinates: numbers from 1 and names in the header, as 1,3-5 or width,height
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub columns: Option<String>,
    /// Leave points out that equal an earlier one
    #[arg(long)]
    pub drop_duplicates: bool,
}

/// Points, and how they were read.
pub struct Data {
    pub points: Points,
    /// `None` for an array of numpy.
    pub layout: Option<Layout>,
    /// How many were left out.
    pub dropped: usize,
}

impl DataArgs {
    /// Reads a file, or standard input for `-`; `place` is what errors name.
    pub fn read(&self, path: &Path, place: &str) -> Result<Data, Failure> {
        let columns: Columns = match &self.columns {
            None => Columns::All,
            Some(list) => list.parse().map_err(|error| Failure::from(error).at("--columns"))?,
        };
        let bytes = bytes(path).map_err(|error| error.at(place))?;
        let (points, layout) = if bytes.starts_with(NPY) {
            (Points::from_npy(&bytes, &columns).map_err(|error| Failure::from(error).at(place))?, None)
        } else {
            let text = std::str::from_utf8(&bytes).map_err(|_| {
                Failure::input("is no text in UTF-8; text or an array of numpy (.npy) is accepted").at(place)
            })?;
            let (points, layout) =
                Points::from_text(text, &columns).map_err(|error| self.explained(error).at(place))?;
            (points, Some(layout))
        };
        let count = points.len();
        let points = if self.drop_duplicates { points.without_duplicates() } else { points };
        let dropped = count - points.len();
        Ok(Data { points, layout, dropped })
    }

    /// A column of text is left out by choosing the others.
    fn explained(&self, error: Error) -> Failure {
        let message = error.to_string();
        match error {
            Error::Number { .. } if self.columns.is_none() => {
                Failure::input(format!("{message}; --columns chooses the columns that are coordinates"))
            }
            error => Failure::from(error),
        }
    }
}

/// The bytes of a file, or of standard input for `-`.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = vec![];
    let accepted = "a readable file of text or numpy's .npy, or - for standard input, is accepted";
    let read = match path.as_os_str() == "-" {
        true => stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| Failure::input(format!("{error}; {accepted}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::input(format!("is longer than {MAX_BYTES} bytes; {accepted}")));
    }
    Ok(bytes)
}

#[cfg(not(test))]
fn stdin() -> impl Read {
    io::stdin().lock()
}

/// Tests have nobody who would type.
#[cfg(test)]
fn stdin() -> impl Read {
    io::empty()
}

impl Data {
    /// How the file was read, in a line.
    pub fn fact(&self, label: &str) -> Fact {
        let mut parts = vec![format!("{} points in R^{}", self.points.len(), self.points.dimension())];
        match &self.layout {
            None => parts.push("an array of numpy".into()),
            Some(layout) => {
                if layout.width > 1 || layout.header.is_some() {
                    parts.push(format!("between {}", layout.separator));
                }
                if layout.header.is_some() {
                    parts.push("with a header".into());
                }
                if layout.names_rows {
                    parts.push("without the names of rows in the first column".into());
                }
                if self.chosen(layout) {
                    let columns: Vec<String> = layout.columns.iter().map(|i| (i + 1).to_string()).collect();
                    parts.push(format!("columns {}", shortened(&columns)));
                }
            }
        }
        if self.dropped > 0 {
            parts.push(format!("{} left out that equal an earlier one", self.dropped));
        }
        Fact { label: label.into(), value: Phrase::new().words(parts.join(", ")) }
    }

    /// Were columns chosen?
    fn chosen(&self, layout: &Layout) -> bool {
        let first = usize::from(layout.names_rows);
        layout.width != layout.columns.len() + first
            || layout.columns.iter().enumerate().any(|(i, column)| *column != i + first)
    }

    pub fn to_json(&self) -> Value {
        let mut data = json!({ "points": self.points.len(), "dimension": self.points.dimension() });
        data["dropped_duplicates"] = self.dropped.into();
        if let Some(layout) = &self.layout {
            data["separator"] = layout.separator.to_string().into();
            data["header"] = layout.header.clone().map_or(Value::Null, Value::from);
            data["columns"] = layout.columns.iter().map(|i| i + 1).collect();
        }
        data
    }
}

/// A list of which only the ends are shown where it is long.
fn shortened(list: &[String]) -> String {
    const SHOWN: usize = 12;
    match list.len() {
        n if n <= SHOWN => list.join(", "),
        n => format!("{}, ..., {}", list[..SHOWN - 2].join(", "), list[n - 1]),
    }
}
