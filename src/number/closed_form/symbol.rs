//! Named generators: numbers that a closed form refers to by name, each with its definition.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering as AtomicOrdering};

use super::ClosedForm;

/// A name, as text and as LaTeX.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// As text: `t_1`.
    pub text: String,
    /// As LaTeX: `t_{1}`.
    pub latex: String,
}

impl Name {
    /// The name `base_i_j`, in LaTeX `base_{i,j}`.
    pub(crate) fn indexed(base: &str, indices: &[usize]) -> Name {
        let list: Vec<String> = indices.iter().map(usize::to_string).collect();
        Name { text: format!("{base}_{}", list.join("_")), latex: format!("{base}_{{{}}}", list.join(",")) }
    }
}

/// What a named generator stands for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Definition {
    /// The number itself. It must not be zero where its reciprocal is used.
    Value(ClosedForm),
    /// `exp` of the number.
    Exp(ClosedForm),
    /// A level of the tower: three names for `t`, `√(1-t²)` and `arccos t`, with `-1 < t < 1`.
    Level(ClosedForm),
}

impl Definition {
    /// The closed form that the definition is built on.
    pub(crate) fn form(&self) -> &ClosedForm {
        match self {
            Definition::Value(form) | Definition::Exp(form) | Definition::Level(form) => form,
        }
    }
}

/// A named generator of the ring of closed forms: cheap to clone.
///
/// A value or an exponential carries one name; a level of the tower carries three, and the ring
/// knows that the squares of its cosine and its sine add up to one.
///
/// # Examples
/// ```
/// use ntk_series::number::{ClosedForm, Symbol};
/// // t_1 = 1/π, s_1 = √(1-t_1²), a_1 = arccos t_1.
/// let level = Symbol::level(1, ClosedForm::pi_power(-2));
/// let (t, s) = (ClosedForm::base(&level), ClosedForm::sine(&level));
/// assert_eq!(&(&t * &t) + &(&s * &s), ClosedForm::one());
/// assert_eq!(t.definitions()[0].to_string(), "t_1 = 1/pi");
/// ```
#[derive(Clone)]
pub struct Symbol(Arc<Inner>);

struct Inner {
    rank: usize,
    /// Grows with every symbol made, so a definition refers to smaller serials only: sorting by it
    /// is a topological order, and no recursion is needed anywhere.
    serial: u64,
    names: Vec<Name>,
    definition: Definition,
}

static SERIAL: AtomicU64 = AtomicU64::new(0);

impl Symbol {
    /// A generator with one name; `rank` sorts it among others in print.
    pub(crate) fn named(rank: usize, name: Name, value: ClosedForm) -> Symbol {
        Symbol::new(rank, vec![name], Definition::Value(value))
    }

    /// A generator that stands for `exp(exponent)`.
    pub(crate) fn exp(rank: usize, name: Name, exponent: ClosedForm) -> Symbol {
        Symbol::new(rank, vec![name], Definition::Exp(exponent))
    }

    /// Level `index` of the tower: `t` is a number strictly between -1 and 1, which is the caller's
    /// promise; the names are `t_index`, `s_index` and `a_index`.
    pub fn level(index: usize, t: ClosedForm) -> Symbol {
        let names = ["t", "s", "a"].map(|base| Name::indexed(base, &[index])).to_vec();
        Symbol::new(index, names, Definition::Level(t))
    }

    fn new(rank: usize, names: Vec<Name>, definition: Definition) -> Symbol {
        let serial = SERIAL.fetch_add(1, AtomicOrdering::Relaxed);
        Symbol(Arc::new(Inner { rank, serial, names, definition }))
    }

    /// Its names: one, or three for a level.
    pub(crate) fn names(&self) -> &[Name] {
        &self.0.names
    }

    /// What it stands for.
    pub(crate) fn definition(&self) -> &Definition {
        &self.0.definition
    }

    /// Is this a level of the tower?
    pub(crate) fn is_level(&self) -> bool {
        matches!(self.0.definition, Definition::Level(_))
    }

    pub(super) fn serial(&self) -> u64 {
        self.0.serial
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Symbol) -> bool {
        self.0.serial == other.0.serial
    }
}

impl Eq for Symbol {}

impl Ord for Symbol {
    fn cmp(&self, other: &Symbol) -> Ordering {
        if self.0.serial == other.0.serial {
            return Ordering::Equal;
        }
        let (a, b) = (&self.0, &other.0);
        (a.rank, &a.names, a.serial).cmp(&(b.rank, &b.names, b.serial))
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Symbol) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.names[0].text)
    }
}

impl Drop for Inner {
    // Long chains of definitions are released one by one, not by recursion.
    fn drop(&mut self) {
        let mut pending = take_symbols(&mut self.definition);
        while let Some(symbol) = pending.pop() {
            if let Some(mut inner) = Arc::into_inner(symbol.0) {
                pending.append(&mut take_symbols(&mut inner.definition));
            }
        }
    }
}

fn take_symbols(definition: &mut Definition) -> Vec<Symbol> {
    match definition {
        Definition::Value(form) | Definition::Exp(form) | Definition::Level(form) => {
            std::mem::take(&mut form.terms).into_keys().flat_map(|m| m.into_symbols()).collect()
        }
    }
}

/// One line of the list of definitions that a closed form needs.
#[derive(Clone, Debug)]
pub struct DefinitionLine {
    /// The name.
    pub name: Name,
    /// The right-hand side as text.
    pub text: String,
    /// The right-hand side as LaTeX.
    pub latex: String,
    /// The generator as a closed form: it prints as its name and evaluates as its definition.
    pub value: ClosedForm,
}

impl DefinitionLine {
    /// The lines that define a symbol: one, or three for a level.
    pub(crate) fn of(symbol: &Symbol) -> Vec<DefinitionLine> {
        let form = symbol.definition().form();
        let line = |i: usize, text: String, latex: String, value: ClosedForm| DefinitionLine {
            name: symbol.names()[i].clone(),
            text,
            latex,
            value,
        };
        match symbol.definition() {
            Definition::Value(_) => {
                vec![line(0, form.to_string(), form.to_latex(), ClosedForm::base(symbol))]
            }
            Definition::Exp(_) => vec![line(
                0,
                format!("exp({form})"),
                format!("\\exp\\left({}\\right)", form.to_latex()),
                ClosedForm::base(symbol),
            )],
            Definition::Level(_) => {
                let t = &symbol.names()[0];
                vec![
                    line(0, form.to_string(), form.to_latex(), ClosedForm::base(symbol)),
                    line(
                        1,
                        format!("sqrt(1 - {}^2)", t.text),
                        format!("\\sqrt{{1-{}^{{2}}}}", t.latex),
                        ClosedForm::sine(symbol),
                    ),
                    line(
                        2,
                        format!("acos({})", t.text),
                        format!("\\arccos {}", t.latex),
                        ClosedForm::angle(symbol),
                    ),
                ]
            }
        }
    }
}

impl fmt::Display for DefinitionLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name.text, self.text)
    }
}
