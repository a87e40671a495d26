//! A LaTeX snippet: amsmath and plain rules, `longtable` where the table is longer than a page.

use super::number::percent;
use super::{Cell, Kind, Parts, Report};

/// Rows that fit on a page together with the heading.
const ONE_PAGE: usize = 40;
/// Words longer than this wrap within their column.
const WIDE: usize = 32;
/// Formulas of more characters than this, as text, wrap within theirs.
const WIDE_FORM: usize = 48;

pub fn render(report: &Report) -> String {
    let long = report.rows.len() > ONE_PAGE;
    let mut out = format!("% {}\n% Needs \\usepackage{{amsmath}}", report.title.text());
    out.push_str(if long { " and \\usepackage{longtable}.\n" } else { ".\n" });
    out.push_str(&format!("\\noindent {}\n", report.title.latex()));
    if !report.facts.is_empty() {
        out.push_str("\\begin{itemize}\n");
        for fact in &report.facts {
            out.push_str(&format!("  \\item {}: {}\n", escaped(&fact.label), fact.value.latex()));
        }
        out.push_str("\\end{itemize}\n");
    }
    push_definitions(&mut out, report);
    push_table(&mut out, report, long);
    push_totals(&mut out, report);
    out
}

fn push_definitions(out: &mut String, report: &Report) {
    let Some(last) = report.definitions.len().checked_sub(1) else { return };
    out.push_str("\\begin{align*}\n");
    for (i, definition) in report.definitions.iter().enumerate() {
        let end = if i == last { "" } else { r" \\" };
        out.push_str(&format!("  {} &= {}{end}\n", definition.name.latex, definition.formula.latex));
    }
    out.push_str("\\end{align*}\n");
}

fn push_table(out: &mut String, report: &Report, long: bool) {
    let visible = report.visible_columns();
    let (mut alignment, mut heading) = (String::new(), vec![]);
    for &j in &visible {
        let column = &report.columns[j];
        heading.push(column.heading.latex());
        match column.kind {
            Kind::Index | Kind::Percent => alignment.push('r'),
            Kind::Value => {
                alignment.push_str("ll");
                heading.push(r"$\pm$".into());
            }
            // Within a paragraph TeX breaks a formula at its plus signs.
            Kind::ClosedForm if widest(report, j) > WIDE_FORM => alignment.push_str(r"p{0.55\linewidth}"),
            Kind::ClosedForm => alignment.push('l'),
            Kind::Words | Kind::Code if widest(report, j) > WIDE => alignment.push_str(r"p{0.28\linewidth}"),
            Kind::Words | Kind::Code => alignment.push('l'),
        }
    }
    let heading = heading.join(" & ");
    let environment = if long { "longtable" } else { "tabular" };
    out.push_str(&format!(
        "\\begin{{{environment}}}{{{alignment}}}\n  \\hline\n  {heading} \\\\\n  \\hline\n"
    ));
    if long {
        out.push_str("  \\endhead\n");
    }
    let values: Vec<_> = visible.iter().map(|&j| report.values(j)).collect();
    for (i, row) in report.rows.iter().enumerate() {
        let mut cells = vec![];
        for (&j, values) in visible.iter().zip(&values) {
            match (&row[j], report.columns[j].kind) {
                (Cell::Index(n), _) => cells.push(n.to_string()),
                (Cell::Enclosure(x), Kind::Percent) => {
                    cells.push(format!("${}$", percent_latex(&percent(&x.value, &x.error))))
                }
                (Cell::Enclosure(x), _) => {
                    cells.extend([
                        format!("${}$", values[i].latex()),
                        format!("${}$", Parts::of(&x.error).latex()),
                    ]);
                }
                (Cell::ClosedForm(formula), _) => {
                    cells.push(formula.as_ref().map_or(String::new(), |f| format!("${}$", f.latex)));
                }
                (Cell::Words(text), Kind::Code) => cells.push(format!("\\texttt{{{}}}", escaped(text))),
                (Cell::Words(text), _) => cells.push(escaped(text)),
            }
        }
        out.push_str(&format!("  {} \\\\\n", cells.join(" & ")));
    }
    out.push_str(&format!("  \\hline\n\\end{{{environment}}}\n"));
}

/// Characters of the longest words or formula in a column.
fn widest(report: &Report, j: usize) -> usize {
    let length = |row: &Vec<Cell>| match &row[j] {
        Cell::Words(text) => text.chars().count(),
        Cell::ClosedForm(Some(formula)) => formula.text.chars().count(),
        _ => 0,
    };
    report.rows.iter().map(length).max().unwrap_or(0)
}

fn push_totals(out: &mut String, report: &Report) {
    if report.totals.is_empty() {
        return;
    }
    out.push_str("\\begin{itemize}\n");
    for total in &report.totals {
        let value = Parts::of(&total.value.value).latex();
        let error = match total.value.error.as_str() {
            "0" => String::new(),
            error => format!(r" \pm {}", Parts::of(error).latex()),
        };
        out.push_str(&format!("  \\item {}: ${value}{error}$", total.label.latex()));
        if let Some(formula) = total.value.closed_form.as_ref().filter(|f| f.text != total.value.value) {
            out.push_str(&format!(", ${}$", formula.latex));
        }
        if let Some(part) = &total.percent {
            out.push_str(&format!(
                ", ${}\\,\\%$ of the sum",
                percent_latex(&percent(&part.value, &part.error))
            ));
        }
        out.push('\n');
    }
    out.push_str("\\end{itemize}\n");
}

fn percent_latex(text: &str) -> String {
    Parts::of(text).latex()
}

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
            'κ' => out.push_str(r"$\kappa$"),
            'λ' => out.push_str(r"$\lambda$"),
            'Θ' => out.push_str(r"$\Theta$"),
            'Σ' => out.push_str(r"$\sum$"),
            '⟨' => out.push_str(r"$\langle$"),
            '⟩' => out.push_str(r"$\rangle$"),
            '≠' => out.push_str(r"$\ne$"),
            'ã' => out.push_str(r"\~a"),
            'é' => out.push_str(r"\'e"),
            'σ' => out.push_str(r"$\sigma$"),
            'ρ' => out.push_str(r"$\rho$"),
            'γ' => out.push_str(r"$\gamma$"),
            'μ' => out.push_str(r"$\mu$"),
            '√' => out.push_str(r"$\surd$"),
            '∞' => out.push_str(r"$\infty$"),
            '·' => out.push_str(r"$\cdot$"),
            '≤' => out.push_str(r"$\le$"),
            '≥' => out.push_str(r"$\ge$"),
            '²' => out.push_str("$^2$"),
            '±' => out.push_str(r"$\pm$"),
            '−' => out.push_str("$-$"),
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
    }
}
