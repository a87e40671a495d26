//! A LaTeX snippet that fits the text width of a plain article: amsmath and plain rules, `longtable` where the table is
//! longer than a page. What is too wide for a table goes below it, as formulas that break into lines.

mod breaking;

use std::fmt::Write;

use super::number::percent;
use super::{Cell, Definition, Grid, Kind, Parts, Phrase, Places, Report};
use breaking::{breakable, width};

/// Lines that fit on a page together with the heading.
const ONE_PAGE: usize = 40;
/// The text width of a plain article in widths of a digit, less what estimates may be off by.
const LINE: usize = 64;
/// What the space between two columns takes.
const GAP: usize = 3;
/// Widest formula of a definition that stands on a line of its own.
const WIDE_DEFINITION: usize = 48;
/// Words longer than this wrap within their column.
const WIDE: usize = 32;
/// Formulas wider than this go below their table.
const WIDE_FORM: usize = 30;

pub fn render(report: &Report) -> String {
    let mut body = format!("\\noindent {}\n", report.title.latex());
    let items: Vec<String> =
        report.facts.iter().map(|fact| format!("{}: {}", escaped(&fact.label), fact.value.latex())).collect();
    push_list(&mut body, &items);
    push_definitions(&mut body, &report.definitions);
    for grid in &report.grids {
        push_grid(&mut body, grid, report.places);
    }
    push_totals(&mut body, report);
    let packages: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, marks)| marks.iter().any(|mark| body.contains(mark)))
        .map(|(name, _)| *name)
        .collect();
    // In a group of its own: a document has its own rules for line breaks.
    let needs = match packages.is_empty() {
        true => "no package".into(),
        false => packages.iter().map(|p| format!("\\usepackage{{{p}}}")).collect::<Vec<_>>().join(", "),
    };
    format!("% {}\n% Needs {needs}.\n\\begingroup\\raggedright\n{body}\\endgroup\n", report.title.text())
}

/// Packages, and what shows that one is needed.
const PACKAGES: [(&str, &[&str]); 3] = [
    ("amsmath", &["{align*}", r"\text{", r"\dfrac", r"\binom", r"\operatorname"]),
    ("amssymb", &[r"\mathbb", r"\varnothing"]),
    ("longtable", &["{longtable}"]),
];

/// Nothing at all for an empty list.
fn push_list(out: &mut String, items: &[String]) {
    if items.is_empty() {
        return;
    }
    out.push_str("\\begin{itemize}\n");
    for item in items {
        let _ = writeln!(out, "  \\item {item}");
    }
    out.push_str("\\end{itemize}\n");
}

fn push_definitions(out: &mut String, definitions: &[Definition]) {
    let Some(last) = definitions.len().checked_sub(1) else { return };
    let value = |d: &Definition| d.value.as_ref().map(|x| with_error(&x.value, &x.error));
    let wide = |d: &Definition| {
        width(&d.name.latex) + width(&d.formula.latex) + value(d).map_or(0, |v| width(&v)) > WIDE_DEFINITION
    };
    if definitions.iter().any(wide) {
        let item = |d: &Definition| {
            let end = value(d).map_or(String::new(), |v| format!("={}", breakable(&v)));
            format!("${} = {}{end}$", d.name.latex, breakable(&d.formula.latex))
        };
        return push_list(out, &definitions.iter().map(item).collect::<Vec<_>>());
    }
    // Many lines go over several pages.
    out.push_str("\\begingroup\\allowdisplaybreaks\n\\begin{align*}\n");
    for (i, definition) in definitions.iter().enumerate() {
        let end = if i == last { "" } else { r" \\" };
        let value = value(definition).map_or(String::new(), |v| format!(" = {v}"));
        let _ = writeln!(out, "  {} &= {}{value}{end}", definition.name.latex, definition.formula.latex);
    }
    out.push_str("\\end{align*}\n\\endgroup\n");
}

/// `value \pm error`; nothing beside an exact value.
fn with_error(value: &str, error: &str) -> String {
    let value = Parts::of(value).latex();
    if error == "0" { value } else { format!(r"{value} \pm {}", Parts::of(error).latex()) }
}

/// A column as it is printed.
struct Printed {
    heading: String,
    cells: Vec<String>,
    /// In digits.
    width: usize,
    alignment: Alignment,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alignment {
    Left,
    Right,
    /// In lines.
    Wrapped,
}

fn push_grid(out: &mut String, grid: &Grid, places: Places) {
    let visible = grid.visible_columns();
    let mut printed: Vec<Printed> = vec![];
    // The formulas that are too wide, by column.
    let mut below = vec![];
    for &j in &visible {
        let columns = printed_columns(grid, j, places);
        let wide = columns.iter().any(|c| c.width > WIDE_FORM);
        if grid.columns[j].kind == Kind::ClosedForm && wide {
            below.push(j);
        } else {
            printed.extend(columns);
        }
    }
    let whole = |printed: &[Printed]| printed.iter().map(|c| c.width + GAP).sum::<usize>();
    if whole(&printed) > LINE {
        below.extend(visible.iter().filter(|j| grid.columns[**j].kind == Kind::ClosedForm));
        below.sort_unstable();
        below.dedup();
        let kept = visible.iter().filter(|j| !below.contains(j));
        printed = kept.flat_map(|&j| printed_columns(grid, j, places)).collect();
    }
    let fixed: usize =
        printed.iter().map(|c| GAP + if c.alignment == Alignment::Wrapped { 0 } else { c.width }).sum();
    let wrapped: usize = printed.iter().filter(|c| c.alignment == Alignment::Wrapped).map(|c| c.width).sum();
    let count = printed.iter().filter(|c| c.alignment == Alignment::Wrapped).count();
    if fixed + 10 * count > LINE {
        return push_rows_as_list(out, grid, places);
    }
    // Words share what numbers leave, by their lengths.
    let room = LINE - fixed;
    let share = |c: &Printed| match wrapped <= room {
        true => c.width,
        false => 10 + (room - 10 * count) * c.width / wrapped.max(1),
    };
    let lines: usize = (0..grid.rows.len())
        .map(|i| {
            let of = |c: &Printed| match c.alignment {
                Alignment::Wrapped => width(&c.cells[i]) / share(c).max(1) + 1,
                _ => 1,
            };
            printed.iter().map(of).max().unwrap_or(1)
        })
        .sum();
    let alignment: String = printed
        .iter()
        .map(|c| match c.alignment {
            Alignment::Left => "l".to_string(),
            Alignment::Right => "r".to_string(),
            Alignment::Wrapped => format!("p{{{:.2}\\linewidth}}", 0.95 * share(c) as f64 / LINE as f64),
        })
        .collect();
    let long = lines > ONE_PAGE;
    let environment = if long { "longtable" } else { "tabular" };
    let heading = printed.iter().map(|c| c.heading.clone()).collect::<Vec<_>>().join(" & ");
    let start = if long { "" } else { "\\noindent\n" };
    let _ = write!(
        out,
        "{start}\\begin{{{environment}}}{{{alignment}}}\n  \\hline\n  {heading} \\\\\n  \\hline\n"
    );
    if long {
        out.push_str("  \\endhead\n");
    }
    for i in 0..grid.rows.len() {
        let cells: Vec<&str> = printed.iter().map(|c| c.cells[i].as_str()).collect();
        let _ = writeln!(out, "  {} \\\\", cells.join(" & "));
    }
    let _ = write!(out, "  \\hline\n\\end{{{environment}}}\n{}", if long { "" } else { "\\par\n" });
    push_forms(out, grid, &below);
}

/// The formulas of these columns, each after the name of its row and of its value.
fn push_forms(out: &mut String, grid: &Grid, columns: &[usize]) {
    let mut items = vec![];
    for row in &grid.rows {
        for &j in columns {
            let Cell::ClosedForm(Some(formula)) = &row[j] else { continue };
            let name = grid.columns[j.saturating_sub(1)].heading.latex();
            items.push(format!("{}, {name} ${{}}= {}$", row_name(grid, row), breakable(&formula.latex)));
        }
    }
    push_list(out, &items);
}

/// What tells a row from the others: its first cell.
fn row_name(grid: &Grid, row: &[Cell]) -> String {
    let heading = grid.columns[0].heading.latex();
    match &row[0] {
        Cell::Index(n) => format!("{heading} ${{}}= {n}$"),
        Cell::Words(text) if grid.columns[0].kind == Kind::Code => Phrase::new().code(text).latex(),
        Cell::Words(text) => escaped(text),
        _ => heading,
    }
}

/// For values that are too long for any table.
fn push_rows_as_list(out: &mut String, grid: &Grid, places: Places) {
    let visible = grid.visible_columns();
    let columns: Vec<(usize, Vec<Parts>)> = visible.iter().map(|&j| (j, grid.values(j, places))).collect();
    let mut items = vec![];
    for (i, row) in grid.rows.iter().enumerate() {
        let mut parts = vec![row_name(grid, row)];
        for (j, values) in columns.iter().skip(1) {
            let heading = grid.columns[*j].heading.latex();
            match &row[*j] {
                Cell::Index(n) => parts.push(format!("{heading}: {n}")),
                Cell::Enclosure(x) if grid.columns[*j].kind == Kind::Percent => {
                    parts.push(format!("{heading}: ${}$", percent_latex(&percent(&x.value, &x.error))));
                }
                Cell::Enclosure(x) => {
                    let value = breakable(&values[i].latex());
                    let beside = match x.rounded {
                        Some(side) => format!("$ rounded {}", side.name()),
                        None if x.error == "0" => "$".into(),
                        None => format!(r" \pm {}$", breakable(&Parts::of(&x.error).latex())),
                    };
                    parts.push(format!("{heading} ${{}}= {value}{beside}"));
                }
                Cell::ClosedForm(Some(f)) => parts.push(format!("{heading} ${}$", breakable(&f.latex))),
                Cell::ClosedForm(None) => {}
                Cell::Words(text) if grid.columns[*j].kind == Kind::Code => {
                    parts.push(format!("{heading}: {}", Phrase::new().code(text).latex()));
                }
                Cell::Words(text) => parts.push(format!("{heading}: {}", escaped(text))),
            }
        }
        items.push(parts.join(", "));
    }
    push_list(out, &items);
}

fn printed_columns(grid: &Grid, j: usize, places: Places) -> Vec<Printed> {
    let column = &grid.columns[j];
    let heading = column.heading.latex();
    let cells =
        |write: &dyn Fn(&Cell) -> String| grid.rows.iter().map(|row| write(&row[j])).collect::<Vec<_>>();
    let printed = |heading: String, cells: Vec<String>, alignment: Alignment| {
        let width = cells.iter().chain([&heading]).map(|c| width(c)).max().unwrap_or(0);
        Printed { heading, cells, width, alignment }
    };
    match column.kind {
        Kind::Index => {
            let cells = cells(&|cell| match cell {
                Cell::Index(n) => n.to_string(),
                _ => String::new(),
            });
            vec![printed(heading, cells, Alignment::Right)]
        }
        Kind::Percent => {
            let cells = cells(&|cell| match cell {
                Cell::Enclosure(x) => format!("${}$", percent_latex(&percent(&x.value, &x.error))),
                _ => String::new(),
            });
            vec![printed(heading, cells, Alignment::Right)]
        }
        Kind::Value | Kind::Bound => {
            let values = grid.values(j, places).iter().map(|v| format!("${}$", v.latex())).collect();
            let errors = cells(&|cell| match cell {
                Cell::Enclosure(x) if x.rounded.is_some() => x.beside().to_string(),
                Cell::Enclosure(x) => format!("${}$", Parts::of(&x.error).latex()),
                _ => String::new(),
            });
            vec![printed(heading, values, Alignment::Left), printed(r"$\pm$".into(), errors, Alignment::Left)]
        }
        Kind::ClosedForm => {
            let cells = cells(&|cell| match cell {
                Cell::ClosedForm(Some(formula)) => format!("${}$", formula.latex),
                _ => String::new(),
            });
            vec![printed(heading, cells, Alignment::Left)]
        }
        Kind::Words | Kind::Code => {
            let cells = cells(&|cell| match cell {
                Cell::Words(text) if column.kind == Kind::Code => Phrase::new().code(text).latex(),
                Cell::Words(text) => escaped(text),
                _ => String::new(),
            });
            let column = printed(heading, cells, Alignment::Left);
            let wraps = column.width > WIDE;
            vec![Printed { alignment: if wraps { Alignment::Wrapped } else { Alignment::Left }, ..column }]
        }
    }
}

fn push_totals(out: &mut String, report: &Report) {
    let mut items = vec![];
    for total in &report.totals {
        let mut item = match total.value.rounded {
            Some(side) => {
                format!("${}$, rounded {}", breakable(&Parts::of(&total.value.value).latex()), side.name())
            }
            None => format!("${}$", breakable(&with_error(&total.value.value, &total.value.error))),
        };
        item = format!("{}: {item}", total.label.latex());
        if let Some(formula) = total.value.closed_form.as_ref().filter(|f| f.text != total.value.value) {
            let _ = write!(item, ", ${}$", breakable(&formula.latex));
        }
        if let Some(part) = &total.percent {
            let _ =
                write!(item, ", ${}\\,\\%$ of the sum", percent_latex(&percent(&part.value, &part.error)));
        }
        items.push(item);
    }
    push_list(out, &items);
}

fn percent_latex(text: &str) -> String {
    Parts::of(text).latex()
}

/// Code, which may break after its signs.
pub fn code(text: &str) -> String {
    let mut out = String::from("\\texttt{");
    let mut run = 0;
    for c in text.chars() {
        out.push_str(&escaped(c.encode_utf8(&mut [0; 4])));
        run += 1;
        if "(),;+-*/^[]=_".contains(c) || run >= MAX_RUN {
            out.push_str("\\allowbreak{}");
            run = 0;
        } else if c == ' ' {
            run = 0;
        }
    }
    out.push('}');
    out
}

/// Most letters of code without a place to break.
const MAX_RUN: usize = 30;

/// Words with LaTeX's special characters escaped, and the few others that plain LaTeX lacks.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str(r"\textbackslash{}"),
            '^' => out.push_str(r"\textasciicircum{}"),
            '~' => out.push_str(r"\textasciitilde{}"),
            '#' | '$' | '%' | '&' | '_' | '{' | '}' => out.extend(['\\', c]),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            '|' => out.push_str("$|$"),
            'π' => out.push_str(r"$\pi$"),
            'φ' => out.push_str(r"$\varphi$"),
            'Φ' => out.push_str(r"$\Phi$"),
            'α' => out.push_str(r"$\alpha$"),
            'β' => out.push_str(r"$\beta$"),
            'δ' => out.push_str(r"$\delta$"),
            'ε' => out.push_str(r"$\varepsilon$"),
            'θ' => out.push_str(r"$\theta$"),
            'κ' => out.push_str(r"$\kappa$"),
            'λ' => out.push_str(r"$\lambda$"),
            'Θ' => out.push_str(r"$\Theta$"),
            'Σ' => out.push_str(r"$\sum$"),
            '∫' => out.push_str(r"$\int$"),
            '⟨' => out.push_str(r"$\langle$"),
            '⟩' => out.push_str(r"$\rangle$"),
            '≠' => out.push_str(r"$\ne$"),
            'ã' => out.push_str(r"\~a"),
            'á' => out.push_str(r"\'a"),
            'é' => out.push_str(r"\'e"),
            'ö' => out.push_str("\\\"o"),
            'σ' => out.push_str(r"$\sigma$"),
            'τ' => out.push_str(r"$\tau$"),
            'χ' => out.push_str(r"$\chi$"),
            'ρ' => out.push_str(r"$\rho$"),
            'γ' => out.push_str(r"$\gamma$"),
            'μ' => out.push_str(r"$\mu$"),
            '√' => out.push_str(r"$\surd$"),
            '∞' => out.push_str(r"$\infty$"),
            '·' => out.push_str(r"$\cdot$"),
            '×' => out.push_str(r"$\times$"),
            '≤' => out.push_str(r"$\le$"),
            '≥' => out.push_str(r"$\ge$"),
            '≈' => out.push_str(r"$\approx$"),
            '∈' => out.push_str(r"$\in$"),
            '→' => out.push_str(r"$\to$"),
            '²' => out.push_str("$^2$"),
            '³' => out.push_str("$^3$"),
            '±' => out.push_str(r"$\pm$"),
            '−' => out.push_str("$-$"),
            '–' => out.push_str("--"),
            '’' => out.push('\''),
            '…' => out.push_str(r"\dots{}"),
            // Plain LaTeX stops at a character that it does not know.
            c if !c.is_ascii() => {
                let _ = write!(out, "U+{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(super::escaped(r"a_b^2 & 5%\"), r"a\_b\textasciicircum{}2 \& 5\%\textbackslash{}");
        assert_eq!(super::escaped("erf(x/√2)"), r"erf(x/$\surd$2)");
        assert_eq!(super::escaped("x\u{4e2d}"), "xU+4E2D");
    }
}
