//! `ntk activations`: the catalogue.

use clap::Args;
use ntk_series::activation::{Entry, catalogue};
use ntk_series::number::Accuracy;
use serde_json::{Map, Value, json};

use crate::args::OutputArgs;
use crate::failure::Failure;
use crate::report::{Cell, Column, Grid, Kind, Phrase, Places, Report};

const NOTE: &str = "\
A bare name is that activation of x; name(parameters) fixes its parameters, as in leaky-relu(1/10). Wherever an
activation is expected, a formula in x will do as well: 'x*sigmoid(2*x)', 'max(0,x)^2 + x/3'.";

/// The catalogue of activations: names, formulas, smoothness, methods
#[derive(Args, Debug)]
#[command(after_help = NOTE)]
pub struct ActivationsArgs {
    #[command(flatten)]
    output: OutputArgs,
}

impl ActivationsArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let entries: Vec<&Entry> = catalogue().collect();
        let words = |text: &str| Cell::Words(text.to_string());
        let rows = entries.iter().map(|entry| {
            vec![
                words(&entry.signature()),
                words(&entry.formula()),
                words(entry.smoothness),
                words(entry.growth),
                words(entry.method),
                words(match (entry.closed_coefficients, entry.closed_dual) {
                    (true, true) => "μ_k, dual",
                    (true, false) => "μ_k",
                    (false, true) => "dual",
                    (false, false) => "none",
                }),
            ]
        });
        let column = |key, kind, heading: &str| Column::new(key, kind, Phrase::new().words(heading));
        let report = Report {
            title: Phrase::new().words(format!("{} activations by name", entries.len())),
            facts: vec![],
            definitions: vec![],
            // No numbers here.
            places: Places::of(Accuracy::relative(1)?),
            grids: vec![Grid {
                record: "activation",
                columns: vec![
                    column("name", Kind::Code, "name"),
                    column("formula", Kind::Code, "formula"),
                    column("smoothness", Kind::Words, "smoothness"),
                    column("growth", Kind::Words, "growth"),
                    column("method", Kind::Words, "method"),
                    column("closed_forms", Kind::Words, "closed forms"),
                ],
                rows: rows.collect(),
            }],
            totals: vec![],
            json: to_json(&entries),
        };
        sink.write(&report.render(self.output.format))
    }
}

fn to_json(entries: &[&Entry]) -> Map<String, Value> {
    let list: Vec<Value> = entries
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name(),
                "signature": entry.signature(),
                "aliases": entry.aliases(),
                "formula": entry.formula(),
                "smoothness": entry.smoothness,
                "growth": entry.growth,
                "method": entry.method,
                "closed_coefficients": entry.closed_coefficients,
                "closed_dual": entry.closed_dual,
            })
        })
        .collect();
    let mut json = Map::new();
    json.insert("schema".into(), "ntk-series/activations/1".into());
    json.insert("activations".into(), list.into());
    json
}
