//! The training file with its targets, and the test file.

use std::collections::HashMap;
use std::path::Path;

use ntk_series::gram::{Columns, Layout, Points};
use ntk_series::predict::TrainingSet;
use num_rational::BigRational;

use crate::data::{Data, DataArgs, NPY, bytes};
use crate::failure::Failure;

/// What both files hold.
pub struct Files {
    pub training: Data,
    pub set: TrainingSet,
    /// The targets by name, or by number.
    pub targets: Vec<String>,
    pub test: Data,
    /// The same targets where the test file has them.
    pub observed: Option<Vec<Vec<BigRational>>>,
}

/// A file that is opened, and what its columns are.
struct Table {
    place: String,
    bytes: Vec<u8>,
    /// `None` for an array of numpy.
    layout: Option<Layout>,
    width: usize,
}

impl Table {
    fn open(path: &Path, name: &str) -> Result<Table, Failure> {
        let place = format!("{name} {}", path.display());
        let bytes = bytes(path).map_err(|error| error.at(&place))?;
        if bytes.starts_with(NPY) {
            let all = Points::from_npy(&bytes, &Columns::All);
            let width = all.map_err(|error| Failure::from(error).at(&place))?.dimension();
            return Ok(Table { place, bytes, layout: None, width });
        }
        let text = text(&bytes).map_err(|error| error.at(&place))?;
        let layout = Layout::of(text).map_err(|error| Failure::from(error).at(&place))?;
        let width = layout.width;
        Ok(Table { place, bytes, layout: Some(layout), width })
    }

    fn header(&self) -> Option<&[String]> {
        self.layout.as_ref()?.header.as_deref()
    }

    fn places(&self, list: &str, option: &str) -> Result<Vec<usize>, Failure> {
        let columns = list.parse::<Columns>().and_then(|columns| match columns {
            Columns::All => Ok((0..self.width).collect()),
            listed => listed.places(self.width, self.header()),
        });
        columns.map_err(|error| Failure::from(error).at(&format!("{}, {option}", self.place)))
    }

    /// All columns but names of rows.
    fn all(&self) -> Vec<usize> {
        let first = usize::from(self.layout.as_ref().is_some_and(|layout| layout.names_rows));
        (first..self.width).collect()
    }

    /// The column of this name, or of this number.
    fn name(&self, place: usize) -> String {
        let name = self.header().map(|names| names[place].clone()).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| (place + 1).to_string())
    }

    /// The numbers of some columns.
    fn points(&self, places: &[usize]) -> Result<(Points, Option<Layout>), Failure> {
        let at = |error| Failure::from(error).at(&self.place);
        let names = self.header().unwrap_or_default();
        // A number stands for a column unless it is the name of another.
        let part = |&place: &usize| {
            let number = (place + 1).to_string();
            let first = |name: &String| names.iter().position(|other| other == name);
            match first(&number) {
                Some(other) if other != place && first(&names[place]) == Some(place) => names[place].clone(),
                _ => number,
            }
        };
        if places.is_empty() {
            let accepted = "no column is left for the inputs; --columns chooses them";
            return Err(Failure::input(accepted).at(&self.place));
        }
        let columns = Columns::Listed(places.iter().map(part).collect());
        if self.layout.is_none() {
            return Ok((Points::from_npy(&self.bytes, &columns).map_err(at)?, None));
        }
        let (points, layout) = Points::from_text(text(&self.bytes)?, &columns).map_err(|error| {
            let chosen = "; --columns chooses the columns that are inputs";
            match &error {
                ntk_series::Error::Number { .. } => {
                    Failure::input(format!("{error}{chosen}")).at(&self.place)
                }
                _ => at(error),
            }
        })?;
        match layout.columns == places {
            true => Ok((points, Some(layout))),
            false => {
                let accepted = "two columns have one name, or a number for a name; other names are accepted";
                Err(Failure::input(accepted).at(&self.place))
            }
        }
    }
}

fn text(bytes: &[u8]) -> Result<&str, Failure> {
    let accepted = "is no text in UTF-8; text or an array of numpy (.npy) is accepted";
    std::str::from_utf8(bytes).map_err(|_| Failure::input(accepted))
}

/// `targets[k][i]` from points whose coordinates are the targets.
fn columns_of(points: &Points) -> Vec<Vec<BigRational>> {
    (0..points.dimension()).map(|k| points.rows().iter().map(|row| row[k].clone()).collect()).collect()
}

pub fn read(train: &Path, test: &Path, target: &str, data: &DataArgs) -> Result<Files, Failure> {
    if train.as_os_str() == "-" && test.as_os_str() == "-" {
        return Err(Failure::input("TRAIN and TEST are both -: standard input is accepted for one of them"));
    }
    let (train, test) = (Table::open(train, "TRAIN")?, Table::open(test, "TEST")?);
    let targets = train.places(target, "--target")?;
    let inputs = match &data.columns {
        Some(list) => train.places(list, "--columns")?,
        None => train.all().into_iter().filter(|place| !targets.contains(place)).collect(),
    };
    if let Some(place) = inputs.iter().find(|place| targets.contains(place)) {
        let both =
            format!("--columns: column `{}` is a target; other columns are accepted", train.name(*place));
        return Err(Failure::input(both));
    }
    let (points, layout) = train.points(&inputs)?;
    let values = columns_of(&train.points(&targets)?.0);
    let (points, values, dropped) = match data.drop_duplicates {
        true => without_duplicates(points, values, &train.place)?,
        false => (points, values, 0),
    };
    let (test_inputs, test_targets) = counterparts(&train, &test, &inputs, &targets, data)?;
    let (test_points, test_layout) = test.points(&test_inputs)?;
    let observed = match test_targets {
        Some(places) => Some(columns_of(&test.points(&places)?.0)),
        None => None,
    };
    Ok(Files {
        set: TrainingSet::new(points.clone(), values)?,
        training: Data { points, layout, dropped },
        targets: targets.iter().map(|place| train.name(*place)).collect(),
        test: Data { points: test_points, layout: test_layout, dropped: 0 },
        observed,
    })
}

/// The columns of the test file that stand for inputs and targets: by name where the headers have them, else by number,
/// in a file that is as wide as the training file or that holds inputs only.
fn counterparts(
    train: &Table,
    test: &Table,
    inputs: &[usize],
    targets: &[usize],
    data: &DataArgs,
) -> Result<(Vec<usize>, Option<Vec<usize>>), Failure> {
    if let (Some(names), Some(others)) = (train.header(), test.header()) {
        let by_name = |places: &[usize]| -> Option<Vec<usize>> {
            let find = |place: &usize| {
                let name = Some(&names[*place]).filter(|name| !name.is_empty())?;
                others.iter().position(|other| other == name)
            };
            places.iter().map(find).collect()
        };
        if let Some(found) = by_name(inputs) {
            return Ok((found, by_name(targets)));
        }
    }
    if test.width == train.width {
        return Ok((inputs.to_vec(), Some(targets.to_vec())));
    }
    let all = test.all();
    if all.len() == inputs.len() {
        return Ok((all, None));
    }
    if let Some(list) = &data.columns {
        return Ok((test.places(list, "--columns")?, None));
    }
    let accepted = format!(
        "has {} columns: {} inputs as in TRAIN, perhaps with the target as there, or a header with their names, are \
         accepted",
        test.width,
        inputs.len()
    );
    Err(Failure::input(accepted).at(&test.place))
}

type Kept = (Points, Vec<Vec<BigRational>>, usize);

/// Without the rows whose inputs equal an earlier row's; their targets have to be the same.
fn without_duplicates(points: Points, values: Vec<Vec<BigRational>>, place: &str) -> Result<Kept, Failure> {
    let mut first = HashMap::new();
    let mut kept = vec![];
    for (i, row) in points.rows().iter().enumerate() {
        match first.get(row) {
            None => {
                first.insert(row, i);
                kept.push(i);
            }
            Some(&j) if values.iter().all(|y| y[i] == y[j]) => {}
            Some(&j) => {
                let message = format!(
                    "rows {} and {} have the same inputs and different targets; --noise above 0 accepts both",
                    j + 1,
                    i + 1
                );
                return Err(Failure::input(message).at(place));
            }
        }
    }
    let dropped = points.len() - kept.len();
    let rows = kept.iter().map(|&i| points.rows()[i].clone()).collect();
    let values = values.iter().map(|y| kept.iter().map(|&i| y[i].clone()).collect()).collect();
    Ok((Points::new(rows)?, values, dropped))
}
