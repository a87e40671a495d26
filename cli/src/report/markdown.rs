//! A Markdown table (as GitHub and Pandoc read it), with the heading as a list above it.

use super::number::percent;
use super::phrase::{Phrase, markdown_code, markdown_math};
use super::{Cell, Kind, Report};

pub fn render(report: &Report) -> String {
    let mut out = format!("**{}**\n\n", report.title.markdown());
    for fact in &report.facts {
        out.push_str(&format!("- {}: {}\n", fact.label, fact.value.markdown()));
    }
    if !report.facts.is_empty() {
        out.push('\n');
    }
    for definition in &report.definitions {
        out.push_str(&format!(
            "- {}\n",
            markdown_math(&format!("{} = {}", definition.name.latex, definition.formula.latex))
        ));
    }
    if !report.definitions.is_empty() {
        out.push('\n');
    }
    push_table(&mut out, report);
    if !report.totals.is_empty() {
        out.push('\n');
    }
    for total in &report.totals {
        let value = &total.value;
        out.push_str(&format!("- {}: {}", total.label.markdown(), value.value));
        if value.error != "0" {
            out.push_str(&format!(" ± {}", value.error));
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

fn push_table(out: &mut String, report: &Report) {
    let visible = report.visible_columns();
    let (mut heading, mut rule) = (vec![], vec![]);
    for &j in &visible {
        let column = &report.columns[j];
        heading.push(column.heading.markdown());
        rule.push(if column.kind == Kind::Index || column.kind == Kind::Percent { "---:" } else { ":---" });
        if column.kind == Kind::Value {
            heading.push("±".to_string());
            rule.push(":---");
        }
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(&heading));
    out.push_str(&format!("|{}|\n", rule.join("|")));
    let values: Vec<_> = visible.iter().map(|&j| report.values(j)).collect();
    for (i, row) in report.rows.iter().enumerate() {
        let mut cells = vec![];
        for (&j, values) in visible.iter().zip(&values) {
            match (&row[j], report.columns[j].kind) {
                (Cell::Index(n), _) => cells.push(n.to_string()),
                (Cell::Enclosure(x), Kind::Percent) => cells.push(percent(&x.value, &x.error)),
                (Cell::Enclosure(x), _) => cells.extend([values[i].clone().plain(), x.error.clone()]),
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
