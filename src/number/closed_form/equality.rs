//! Named generators that are made apart and are the same: equality of closed forms, and operations on both.

use std::borrow::Cow;
use std::collections::HashMap;

use super::monomial::Monomial;
use super::{ClosedForm, Symbol};

impl PartialEq for ClosedForm {
    /// Equality of canonical forms; named generators match when names and definitions do.
    fn eq(&self, other: &ClosedForm) -> bool {
        let (mine, theirs) = (self.symbols(), other.symbols());
        if mine == theirs {
            return self.terms == other.terms;
        }
        if mine.len() != theirs.len() {
            return false;
        }
        let mut matched = HashMap::new();
        for (a, b) in mine.iter().zip(&theirs) {
            if !are_one(a, b, &matched) {
                return false;
            }
            matched.insert(a.serial(), b.serial());
        }
        same_terms(self, other, &matched)
    }
}

impl Eq for ClosedForm {}

impl ClosedForm {
    /// `other` with the named generators of `self` in the place of its own, where they are the same but made apart.
    pub(super) fn align<'a>(&self, other: &'a ClosedForm) -> Cow<'a, ClosedForm> {
        let mut own: Vec<&Symbol> = self.own_symbols().collect();
        own.sort_unstable();
        own.dedup();
        let twin = |b: &&Symbol| own.iter().any(|a| a != b && a.names() == b.names());
        let needed =
            !own.is_empty() && other.own_symbols().any(|b| own.binary_search(&b).is_err() && twin(&b));
        if !needed {
            return Cow::Borrowed(other);
        }
        let mine = self.symbols();
        let mut matched: HashMap<u64, u64> = HashMap::new();
        let mut renamed: HashMap<u64, &Symbol> = HashMap::new();
        let theirs = other.symbols();
        for b in &theirs {
            let same =
                mine.iter().find(|a| *a == b).or_else(|| mine.iter().find(|a| are_one(b, a, &matched)));
            if let Some(a) = same {
                matched.insert(b.serial(), a.serial());
                renamed.insert(b.serial(), a);
            }
        }
        let mut out = ClosedForm::zero();
        for (monomial, c) in &other.terms {
            let mut monomial = monomial.clone();
            for power in &mut monomial.powers {
                if let Some(a) = renamed.get(&power.symbol.serial()) {
                    power.symbol = (*a).clone();
                }
            }
            monomial.powers.sort();
            out.add_term(monomial, c.clone());
        }
        Cow::Owned(out)
    }
}

/// Have two generators the same names and definitions, once those that these refer to are renamed?
fn are_one(a: &Symbol, b: &Symbol, matched: &HashMap<u64, u64>) -> bool {
    let (x, y) = (a.definition(), b.definition());
    a.names() == b.names()
        && std::mem::discriminant(x) == std::mem::discriminant(y)
        && same_terms(x.form(), y.form(), matched)
}

/// Are the terms the same once the symbols are renamed? Both maps are sorted alike, since symbols sort by rank and
/// name.
fn same_terms(a: &ClosedForm, b: &ClosedForm, matched: &HashMap<u64, u64>) -> bool {
    let same = |(m, c): (&Monomial, _), (n, d): (&Monomial, _)| {
        c == d
            && m.powers.len() == n.powers.len()
            && m.powers.iter().zip(&n.powers).all(|(p, q)| {
                matched.get(&p.symbol.serial()) == Some(&q.symbol.serial())
                    && (p.base, p.root, p.angle) == (q.base, q.root, q.angle)
            })
            && (&m.phi, &m.asin, &m.trig, &m.exp, m.pi, &m.root)
                == (&n.phi, &n.asin, &n.trig, &n.exp, n.pi, &n.root)
    };
    a.terms.len() == b.terms.len() && a.terms.iter().zip(&b.terms).all(|(x, y)| same(x, y))
}
