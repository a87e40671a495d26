//! A Markdown table (as GitHub and Pandoc read it), with the heading as a list above it.

use super::number::percent;
use super::phrase::{Phrase, markdown_code, markdown_math};
use super::{Cell, Grid, Kind, Places, Report};

pub fn render(report: &Report) -> String {
    let mut out = format!("**{}**\n\n", report.title.markdown());
    for fact in &report.facts {
        out.push_str(&format!("- {}: {}\n", fact.label, fact.value.markdown()));
    }
    if !report.facts.is_empty() {
        out.push('\n');
    }
    for definition in &report.definitions {
        let formula = markdown_math(&format!("{} = {}", definition.name.latex, definition.formula.latex));
        let value =
            definition.value.as_ref().map_or(String::new(), |x| format!(" = {} ± {}", x.value, x.error));
        out.push_str(&format!("- {formula}{value}\n"));
    }
    if !report.definitions.is_empty() {
        out.push('\n');
    }
    for (i, grid) in report.grids.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { "\n" });
        push_table(&mut out, grid, report.places);
    }
    if !report.totals.is_empty() {
        out.push('\n');
    }
    for total in &report.totals {
        let value = &total.value;
        out.push_str(&format!("- {}: {}", total.label.markdown(), value.value));
        match value.rounded {
            Some(side) => out.push_str(&format!(", rounded {}", side.name())),
            None if value.error == "0" => {}
            None => out.push_str(&format!(" ± {}", value.error)),
        }
        if let Some(formula) = value.closed_form.as_ref().filter(|f| f.text != value.value) {
            out.push_str(&format!(", {}", markdown_math(&formula.latex)));
        }
        if let Some(part) = &total.percent {
            out.push_str(&format!(", {} % of the sum", percent(&part.value, &part.error)));
        }
        out.push('\n');
    }
    out
}

fn push_table(out: &mut String, grid: &Grid, places: Places) {
    let visible = grid.visible_columns();
    let (mut heading, mut rule) = (vec![], vec![]);
    for &j in &visible {
        let column = &grid.columns[j];
        heading.push(column.heading.markdown());
        rule.push(if column.kind == Kind::Index || column.kind == Kind::Percent { "---:" } else { ":---" });
        if column.kind.has_error() {
            heading.push("±".to_string());
            rule.push(":---");
        }
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(&heading));
    out.push_str(&format!("|{}|\n", rule.join("|")));
    let values: Vec<_> = visible.iter().map(|&j| grid.values(j, places)).collect();
    for (i, row) in grid.rows.iter().enumerate() {
        let mut cells = vec![];
        for (&j, values) in visible.iter().zip(&values) {
            match (&row[j], grid.columns[j].kind) {
                (Cell::Index(n), _) => cells.push(n.to_string()),
                (Cell::Enclosure(x), Kind::Percent) => cells.push(percent(&x.value, &x.error)),
                (Cell::Enclosure(x), _) => cells.extend([values[i].clone().plain(), x.beside().to_string()]),
                (Cell::ClosedForm(formula), _) => {
                    cells.push(formula.as_ref().map_or(String::new(), |f| markdown_math(&f.latex)));
                }
                (Cell::Words(text), Kind::Code) => cells.push(markdown_code(text)),
                (Cell::Words(text), _) => cells.push(Phrase::new().words(text).markdown()),
            }
        }
        out.push_str(&line(&cells));
    }
}
