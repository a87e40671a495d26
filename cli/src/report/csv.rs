//! Comma-separated values as RFC 4180 has them: a header row, the rows of the tables, then one record for every value
//! below them, every definition and every line of the heading. The column `record` tells which is which.

use super::{Cell, Column, Definition, Grid, Kind, Report, Total};
use crate::enclosure::Enclosure;

/// Fields by the keys of their columns.
type Record = Vec<(String, String)>;

pub fn render(report: &Report) -> String {
    let mut records: Vec<Record> = vec![];
    let mut header: Vec<String> = report.grids.iter().flat_map(|g| g.columns.iter().flat_map(keys)).collect();
    for grid in &report.grids {
        records.extend(grid.rows.iter().map(|row| of_row(grid, row)));
    }
    records.extend(report.totals.iter().flat_map(of_total));
    records.extend(report.definitions.iter().map(of_definition));
    records.push(named("title", "", &report.title.text()));
    records.extend(report.facts.iter().map(|fact| named("fact", &fact.label, &fact.value.text())));
    header.extend(
        records.iter().flatten().map(|(key, _)| key.clone()).filter(|key| !ENDS.contains(&key.as_str())),
    );
    header.extend(ENDS.map(str::to_string));
    let mut columns: Vec<String> = vec![];
    for key in header {
        if !columns.contains(&key) {
            columns.push(key);
        }
    }
    let mut out = String::new();
    push_record(&mut out, columns.iter().map(String::as_str));
    for record in &records {
        let field =
            |key: &String| record.iter().find(|(k, _)| k == key).map_or("", |(_, text)| text.as_str());
        push_record(&mut out, columns.iter().map(field));
    }
    out
}

/// The columns after those of the tables.
const ENDS: [&str; 3] = ["record", "name", "text"];

fn keys(column: &Column) -> Vec<String> {
    let mut keys = vec![column.key.to_string()];
    if column.kind.has_error() || column.kind == Kind::Percent {
        keys.push(with(column.key, "error"));
    }
    if column.kind == Kind::Bound {
        keys.push(with(column.key, "rounded"));
    }
    keys
}

/// `error` beside `value`, and `key_error` beside any other column.
fn with(key: &str, what: &str) -> String {
    if key == "value" { what.into() } else { format!("{key}_{what}") }
}

fn of_row(grid: &Grid, row: &[Cell]) -> Record {
    let mut record = vec![("record".to_string(), grid.record.to_string())];
    for (column, cell) in grid.columns.iter().zip(row) {
        let key = column.key;
        match cell {
            Cell::Index(n) => record.push((key.into(), n.to_string())),
            Cell::Enclosure(x) => push_enclosure(&mut record, key, x),
            Cell::ClosedForm(formula) => {
                record.push((key.into(), formula.as_ref().map_or(String::new(), |f| f.text.clone())));
            }
            Cell::Words(text) => record.push((key.into(), text.clone())),
        }
    }
    record
}

fn push_enclosure(record: &mut Record, key: &str, x: &Enclosure) {
    record.push((key.into(), x.value.clone()));
    record.push((with(key, "error"), x.error.clone()));
    if let Some(side) = x.rounded {
        record.push((with(key, "rounded"), side.name().into()));
    }
}

fn of_total(total: &Total) -> Vec<Record> {
    let of = |name: String, x: &Enclosure| {
        let mut record = vec![("record".to_string(), "total".to_string()), ("name".into(), name)];
        record.push(("text".into(), total.label.text()));
        push_enclosure(&mut record, "value", x);
        if let Some(formula) = &x.closed_form {
            record.push(("closed_form".into(), formula.text.clone()));
        }
        record
    };
    let percent = total.percent.iter().map(|x| of(format!("{}_percent", total.key), x));
    std::iter::once(of(total.key.into(), &total.value)).chain(percent).collect()
}

fn of_definition(definition: &Definition) -> Record {
    let mut record = named("definition", &definition.name.text, "");
    if let Some(x) = &definition.value {
        push_enclosure(&mut record, "value", x);
    }
    record.push(("closed_form".into(), definition.formula.text.clone()));
    record
}

fn named(record: &str, name: &str, text: &str) -> Record {
    [("record", record), ("name", name), ("text", text)].map(|(k, v)| (k.to_string(), v.to_string())).into()
}

fn push_record<'a>(out: &mut String, fields: impl Iterator<Item = &'a str>) {
    for (i, field) in fields.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains(['"', ',', '\n', '\r']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push_str("\r\n");
}
