//! Text for a terminal: a heading, then columns aligned at the decimal point.

use super::number::{layout, percent};
use super::{Cell, Grid, Kind, Parts, Places, Report};

/// Columns of a line.
const WIDTH: usize = 110;
/// A closed form narrower than this goes under its row.
const LEAST_BESIDE: usize = 36;
/// Lines of one closed form before it is cut short.
const MAX_LINES: usize = 6;
/// Lines of one fact of the heading.
const MAX_FACT_LINES: usize = 16;
/// Width at which words in a column go on to the next line, at least.
const WORDS_WIDTH: usize = 24;
/// Between two columns.
const GAP: &str = "  ";

pub fn render(report: &Report) -> String {
    let mut out = format!("{}\n", report.title.text());
    push_facts(&mut out, report);
    if !report.definitions.is_empty() {
        out.push_str("\nwhere\n");
    }
    let name_width = report.definitions.iter().map(|d| width(&d.name.text)).max().unwrap_or(0);
    for definition in &report.definitions {
        let value =
            definition.value.as_ref().map_or(String::new(), |x| format!(" = {} ± {}", x.value, x.error));
        let mut lines = wrapped(&definition.formula.text, WIDTH - name_width - 5);
        match lines.last_mut() {
            Some(last) if name_width + 5 + width(last) + width(&value) <= WIDTH => last.push_str(&value),
            _ => lines.push(value.trim_start().to_string()),
        }
        push_block(&mut out, &format!("  {} = ", padded_left(&definition.name.text, name_width)), &lines);
    }
    for grid in &report.grids {
        out.push('\n');
        push_grid(&mut out, grid, report.places);
    }
    push_totals(&mut out, report);
    out
}

fn push_facts(out: &mut String, report: &Report) {
    if !report.facts.is_empty() {
        out.push('\n');
    }
    let label_width = report.facts.iter().map(|f| width(&f.label)).max().unwrap_or(0);
    for fact in &report.facts {
        let lines = wrapped_to(MAX_FACT_LINES, &fact.value.text(), WIDTH - label_width - 4);
        push_block(out, &format!("  {}  ", padded(&fact.label, label_width)), &lines);
    }
}

/// A column as it is printed: an enclosure takes two.
struct Printed {
    heading: String,
    cells: Vec<String>,
    /// May a cell go on in the next line?
    wraps: bool,
}

fn push_grid(out: &mut String, grid: &Grid, places: Places) {
    let visible = grid.visible_columns();
    let mut printed: Vec<Printed> = vec![];
    // (index among the printed ones, index in the report) of the closed forms, which may wrap.
    let mut forms = vec![];
    for &j in &visible {
        if grid.columns[j].kind == Kind::ClosedForm {
            forms.push((printed.len(), j));
        }
        printed.extend(columns_of(grid, j, places));
    }
    let mut widths: Vec<usize> = printed.iter().map(Printed::width).collect();
    let is_words = |i: usize| printed[i].wraps && !forms.iter().any(|f| f.0 == i);
    let words_width = words_width(&widths, is_words);
    for (i, column) in printed.iter().enumerate() {
        if is_words(i) {
            let lines = column.cells.iter().flat_map(|cell| wrapped(cell, words_width));
            widths[i] = lines.chain([column.heading.clone()]).map(|l| width(&l)).max().unwrap_or(0);
        }
    }
    let all: usize = widths.iter().map(|w| GAP.len() + w).sum();
    let left = all - forms.iter().map(|f| widths[f.0]).sum::<usize>();
    let last = forms.len() == 1 && forms[0].0 + 1 == printed.len();
    // Beside the row if there is room, wrapped if there is some, else under the row.
    let beside = all <= WIDTH || last && left + LEAST_BESIDE <= WIDTH;
    if beside && all > WIDTH {
        widths[forms[0].0] = WIDTH - left;
    }
    let skipped = |i: usize| !beside && forms.iter().any(|f| f.0 == i);
    let line = |cells: &dyn Fn(usize) -> String| {
        let shown: Vec<String> =
            (0..printed.len()).filter(|&i| !skipped(i)).map(|i| padded(&cells(i), widths[i])).collect();
        format!("{GAP}{}", shown.join(GAP)).trim_end().to_string() + "\n"
    };
    out.push_str(&line(&|i| printed[i].heading.clone()));
    out.push_str(&line(&|i| "─".repeat(widths[i])));
    for (r, row) in grid.rows.iter().enumerate() {
        let blocks: Vec<Vec<String>> = (0..printed.len())
            .map(|i| match printed[i].wraps {
                true => wrapped(&printed[i].cells[r], widths[i]),
                false => vec![printed[i].cells[r].clone()],
            })
            .collect();
        let height = (0..blocks.len()).filter(|&i| !skipped(i)).map(|i| blocks[i].len()).max().unwrap_or(1);
        for l in 0..height.max(1) {
            out.push_str(&line(&|i| blocks[i].get(l).cloned().unwrap_or_default()));
        }
        if !beside {
            for &(_, j) in &forms {
                let Some(Cell::ClosedForm(Some(formula))) = row.get(j) else { continue };
                // Of which value, where there are several: the one in the column before.
                let name = match forms.len() {
                    1 => String::new(),
                    _ => format!("{} ", grid.columns[j.saturating_sub(1)].heading.text()),
                };
                push_block(out, &format!("        {name}= "), &wrapped(&formula.text, WIDTH - 12));
            }
        }
    }
}

/// What a column of words may take: its share of what the short columns leave.
fn words_width(widths: &[usize], is_words: impl Fn(usize) -> bool) -> usize {
    let short = |i: &usize| !is_words(*i) || widths[*i] <= WORDS_WIDTH;
    let (short, long): (Vec<usize>, Vec<usize>) = (0..widths.len()).partition(short);
    let taken: usize = GAP.len() * widths.len() + short.iter().map(|i| widths[*i]).sum::<usize>();
    (WIDTH.saturating_sub(taken) / long.len().max(1)).max(WORDS_WIDTH)
}

impl Printed {
    fn width(&self) -> usize {
        self.cells.iter().chain([&self.heading]).map(|c| width(c)).max().unwrap_or(0)
    }
}

fn columns_of(grid: &Grid, j: usize, places: Places) -> Vec<Printed> {
    let heading = grid.columns[j].heading.text();
    let words =
        |write: &dyn Fn(&Cell) -> String| grid.rows.iter().map(|row| write(&row[j])).collect::<Vec<_>>();
    match grid.columns[j].kind {
        Kind::Index => {
            let cells = words(&|cell| match cell {
                Cell::Index(n) => n.to_string(),
                _ => String::new(),
            });
            let most = cells.iter().map(|c| width(c)).max().unwrap_or(0).max(width(&heading));
            let cells = cells.iter().map(|c| padded_left(c, most)).collect();
            vec![Printed { heading: padded_left(&heading, most), cells, wraps: false }]
        }
        Kind::Value | Kind::Bound => {
            let errors = words(&|cell| match cell {
                Cell::Enclosure(x) => x.beside().to_string(),
                _ => String::new(),
            });
            let values = Printed { heading, cells: aligned(&grid.values(j, places)), wraps: false };
            vec![values, Printed { heading: "±".into(), cells: errors, wraps: false }]
        }
        Kind::Percent => {
            let cells = words(&|cell| match cell {
                Cell::Enclosure(x) => percent(&x.value, &x.error),
                _ => String::new(),
            });
            let parts: Vec<Parts> = cells.iter().map(|text| Parts::of(text)).collect();
            vec![Printed { heading, cells: aligned(&parts), wraps: false }]
        }
        Kind::ClosedForm => {
            let cells = words(&|cell| match cell {
                Cell::ClosedForm(Some(formula)) => formula.text.clone(),
                _ => String::new(),
            });
            vec![Printed { heading, cells, wraps: true }]
        }
        Kind::Words | Kind::Code => {
            let cells = words(&|cell| match cell {
                Cell::Words(text) => text.clone(),
                _ => String::new(),
            });
            vec![Printed { heading, cells, wraps: true }]
        }
    }
}

fn push_totals(out: &mut String, report: &Report) {
    if report.totals.is_empty() {
        return;
    }
    out.push('\n');
    let label_width = report.totals.iter().map(|t| width(&t.label.text())).max().unwrap_or(0);
    let totals = report
        .totals
        .iter()
        .map(|t| (t.value.value.as_str(), t.value.error == "0" || t.value.rounded.is_some()));
    let values = aligned(&layout(totals, report.places));
    let value_width = values.iter().map(|v| width(v)).max().unwrap_or(0);
    for (total, value) in report.totals.iter().zip(&values) {
        let label = padded(&total.label.text(), label_width);
        let mut line = match (total.value.rounded, total.value.error.as_str()) {
            (Some(side), _) => format!("  {label}  {}  rounded {}", padded(value, value_width), side.name()),
            (None, "0") => format!("  {label}  {value}"),
            (None, error) => format!("  {label}  {}  ± {error}", padded(value, value_width)),
        };
        if let Some(part) = &total.percent {
            line.push_str(&format!("   ({} % of the sum)", percent(&part.value, &part.error)));
        }
        let formula = total.value.closed_form.as_ref().map_or("", |f| &f.text);
        // An integer says it all.
        let formula = if formula == total.value.value { "" } else { formula };
        if formula.is_empty() || width(&line) + 3 + width(formula) <= WIDTH {
            let end = if formula.is_empty() { String::new() } else { format!("   {formula}") };
            out.push_str(&format!("{line}{end}\n"));
        } else {
            out.push_str(&format!("{line}\n"));
            push_block(out, "        = ", &wrapped(formula, WIDTH - 12));
        }
    }
}

/// Pads numbers so that their points stand below each other; no blank comes into a number.
fn aligned(parts: &[Parts]) -> Vec<String> {
    let most = parts.iter().map(|p| p.whole.len()).max().unwrap_or(0);
    let pad = |p: &Parts| format!("{}{}", " ".repeat(most - p.whole.len()), p.clone().plain());
    parts.iter().map(pad).collect()
}

/// Writes lines after a first one that starts with `prefix`, each as far in.
fn push_block(out: &mut String, prefix: &str, lines: &[String]) {
    for (i, line) in lines.iter().enumerate() {
        let start = if i == 0 { prefix.to_string() } else { " ".repeat(width(prefix)) };
        out.push_str(format!("{start}{line}").trim_end());
        out.push('\n');
    }
}

/// Breaks a text at blanks, before an operator rather than after it, and within a long word at a comma;
/// cuts a very long text short.
fn wrapped(text: &str, limit: usize) -> Vec<String> {
    wrapped_to(MAX_LINES, text, limit)
}

/// The same with so many lines at most.
fn wrapped_to(most: usize, text: &str, limit: usize) -> Vec<String> {
    if width(text) <= limit {
        return vec![text.to_string()];
    }
    let mut lines = vec![String::new()];
    let words: Vec<&str> = text.split(' ').collect();
    let mut i = 0;
    while i < words.len() && lines.len() <= most {
        // An operator stays with what follows it.
        let operator = matches!(words[i], "+" | "-") && i + 1 < words.len();
        let piece = if operator { format!("{} {}", words[i], words[i + 1]) } else { words[i].to_string() };
        i += if operator { 2 } else { 1 };
        let last = lines.len() - 1;
        if width(&piece) > limit {
            push_long(&mut lines, &piece, limit);
        } else if lines[last].is_empty() {
            lines[last] = piece;
        } else if width(&lines[last]) + 1 + width(&piece) <= limit {
            lines[last].push(' ');
            lines[last].push_str(&piece);
        } else {
            lines.push(piece);
        }
    }
    let whole = width(text);
    let mut shown: Vec<String> = lines.into_iter().take(most + 1).collect();
    if shown.len() > most {
        shown.truncate(most - 1);
        let rest = whole.saturating_sub(shown.iter().map(|l| width(l) + 1).sum());
        shown.push(format!("... {rest} more characters (in full with --format csv or json)"));
    }
    shown
}

/// Goes on in the next line after a comma, or where the line is full.
fn push_long(lines: &mut Vec<String>, word: &str, limit: usize) {
    for part in word.split_inclusive(',') {
        let chars: Vec<char> = part.chars().collect();
        for chunk in chars.chunks(limit.max(1)) {
            let chunk: String = chunk.iter().collect();
            match lines.last_mut() {
                Some(line) if width(line) + width(&chunk) <= limit => line.push_str(&chunk),
                _ => lines.push(chunk),
            }
        }
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

fn padded_left(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}
