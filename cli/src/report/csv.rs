//! Comma-separated values as RFC 4180 has them, with a header row and nothing but the grid.

use super::{Cell, Column, Kind, Report};

pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let header = report.columns.iter().flat_map(|column| match column.kind {
        Kind::Value | Kind::Percent => vec![column.key.to_string(), error_key(column)],
        _ => vec![column.key.to_string()],
    });
    push_record(&mut out, header);
    for row in &report.rows {
        let fields = row.iter().flat_map(|cell| match cell {
            Cell::Index(n) => vec![n.to_string()],
            Cell::Enclosure(x) => vec![x.value.clone(), x.error.clone()],
            Cell::ClosedForm(formula) => vec![formula.as_ref().map_or(String::new(), |f| f.text.clone())],
            Cell::Words(text) => vec![text.clone()],
        });
        push_record(&mut out, fields);
    }
    out
}

/// `value, error`, and for any other column `key, key_error`.
fn error_key(column: &Column) -> String {
    if column.key == "value" { "error".into() } else { format!("{}_error", column.key) }
}

fn push_record(out: &mut String, fields: impl Iterator<Item = String>) {
    for (i, field) in fields.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains(['"', ',', '\n', '\r']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&field);
        }
    }
    out.push_str("\r\n");
}
