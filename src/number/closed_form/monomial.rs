//! Monomials in the generators, and the relations that keep their products canonical.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::{Integer, binomial};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::Symbol;

/// At most one factor: products of sines and cosines are turned into sums.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trig {
    None,
    /// `cos r`, `r > 0`.
    Cos(BigRational),
    /// `sin r`, `r > 0`.
    Sin(BigRational),
}

/// Powers of a named generator. Of a level: `t^base s^root a^angle`, where `root <= 1`, `base >= 0`,
/// and `base <= 1` if `root < 0`. Of any other: `base` alone, which may be negative.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Power {
    pub(super) symbol: Symbol,
    pub(super) base: i64,
    pub(super) root: i64,
    pub(super) angle: i64,
}

/// A product of powers of generators, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Monomial {
    /// Sorted by symbol, none trivial.
    pub(super) powers: Vec<Power>,
    /// `Φ(√x)`, by `x > 0`.
    pub(super) phi: BTreeMap<BigRational, i64>,
    /// `asin x`, by `0 < x < 1`, `x ≠ 1/2`.
    pub(super) asin: BTreeMap<BigRational, i64>,
    pub(super) trig: Trig,
    /// The exponent of e.
    pub(super) exp: BigRational,
    /// Twice the exponent of π.
    pub(super) pi: i64,
    /// Squarefree radicand.
    pub(super) root: BigInt,
}

impl Monomial {
    pub(super) fn one() -> Monomial {
        Monomial {
            powers: vec![],
            phi: BTreeMap::new(),
            asin: BTreeMap::new(),
            trig: Trig::None,
            exp: BigRational::zero(),
            pi: 0,
            root: BigInt::one(),
        }
    }

    pub(super) fn is_one(&self) -> bool {
        *self == Monomial::one()
    }

    /// The largest modulus among the exponents of its generators.
    pub(super) fn largest_exponent(&self) -> u64 {
        let named = self.powers.iter().flat_map(|p| [p.base, p.root, p.angle]);
        let maps = self.phi.values().chain(self.asin.values()).copied();
        named.chain(maps).chain([self.pi]).map(i64::unsigned_abs).max().unwrap_or(0)
    }

    pub(super) fn into_symbols(self) -> impl Iterator<Item = Symbol> {
        self.powers.into_iter().map(|p| p.symbol)
    }

    /// The reciprocal as a monomial, perhaps not in the basis, and a factor; `None` if a generator
    /// has no reciprocal in the ring.
    pub(super) fn reciprocal(&self) -> Option<(Monomial, BigRational)> {
        let invertible = |p: &Power| p.angle == 0 && (p.base == 0 || !p.symbol.is_level());
        if !self.phi.is_empty() || self.trig != Trig::None || !self.powers.iter().all(invertible) {
            return None;
        }
        // 1/√n = √n/n.
        let powers = self.powers.iter().map(|p| Power {
            symbol: p.symbol.clone(),
            base: -p.base,
            root: -p.root,
            angle: 0,
        });
        let out = Monomial {
            powers: powers.collect(),
            phi: BTreeMap::new(),
            asin: self.asin.iter().map(|(x, n)| (x.clone(), -n)).collect(),
            trig: Trig::None,
            exp: -&self.exp,
            pi: -self.pi,
            root: self.root.clone(),
        };
        Some((out, BigRational::new(BigInt::one(), self.root.clone())))
    }

    /// The product as a combination of monomials: `out` is called with each and its factor.
    pub(super) fn multiply(&self, other: &Monomial, mut out: impl FnMut(Monomial, BigRational)) {
        let (root, square) = multiply_roots(&self.root, &other.root);
        let mut product = Monomial {
            powers: vec![],
            phi: merge(&self.phi, &other.phi),
            asin: merge(&self.asin, &other.asin),
            trig: Trig::None,
            exp: if other.exp.is_zero() { self.exp.clone() } else { &self.exp + &other.exp },
            pi: plus(self.pi, other.pi),
            root,
        };
        let factor = BigRational::from_integer(square);
        let powers = merge_powers(&self.powers, &other.powers);
        let reductions: Vec<Vec<(Power, BigInt)>> = powers.into_iter().map(reduce).collect();
        if reductions.iter().all(|r| r.len() == 1)
            && matches!((&self.trig, &other.trig), (Trig::None, _) | (_, Trig::None))
        {
            product.trig = match &self.trig {
                Trig::None => other.trig.clone(),
                trig => trig.clone(),
            };
            let mut factor = factor;
            for (power, c) in reductions.into_iter().flatten() {
                if !c.is_one() {
                    factor *= c;
                }
                product.powers.push(power);
            }
            product.drop_trivial();
            out(product, factor);
            return;
        }
        let mut partial = vec![(vec![], BigInt::one())];
        for choices in reductions {
            partial = partial
                .iter()
                .flat_map(|(list, c): &(Vec<Power>, BigInt)| {
                    choices.iter().map(move |(power, d)| {
                        let mut longer = list.clone();
                        longer.push(power.clone());
                        (longer, c * d)
                    })
                })
                .collect();
        }
        let trigs = multiply_trigs(&self.trig, &other.trig);
        for (powers, c) in &partial {
            for (trig, d) in &trigs {
                let mut term = product.clone();
                (term.powers, term.trig) = (powers.clone(), trig.clone());
                term.drop_trivial();
                out(term, &factor * d * c);
            }
        }
    }

    fn drop_trivial(&mut self) {
        self.powers.retain(|p| p.base != 0 || p.root != 0 || p.angle != 0);
    }
}

/// `√a √b = g √(ab/g²)`, `g = gcd(a, b)`; squarefree stays squarefree.
fn multiply_roots(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    if a.is_one() || b.is_one() {
        return (a * b, BigInt::one());
    }
    let g = a.gcd(b);
    ((a / &g) * (b / &g), g)
}

/// The sum of two exponents: a wrong one would be a wrong number.
fn plus(a: i64, b: i64) -> i64 {
    a.checked_add(b).unwrap_or_else(|| panic!("a generator of a closed form has an exponent beyond 2^63"))
}

fn merge(a: &BTreeMap<BigRational, i64>, b: &BTreeMap<BigRational, i64>) -> BTreeMap<BigRational, i64> {
    let mut out = a.clone();
    for (x, n) in b {
        let sum = out.entry(x.clone()).or_insert(0);
        *sum = plus(*sum, *n);
    }
    if !b.is_empty() {
        out.retain(|_, n| *n != 0);
    }
    out
}

fn merge_powers(a: &[Power], b: &[Power]) -> Vec<Power> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].symbol.cmp(&b[j].symbol) {
            std::cmp::Ordering::Less => {
                out.push(a[i].clone());
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                out.push(b[j].clone());
                j += 1;
            }
            std::cmp::Ordering::Equal => {
                out.push(Power {
                    symbol: a[i].symbol.clone(),
                    base: plus(a[i].base, b[j].base),
                    root: plus(a[i].root, b[j].root),
                    angle: plus(a[i].angle, b[j].angle),
                });
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    out.extend_from_slice(&a[i..]);
    out.extend_from_slice(&b[j..]);
    out
}

/// Writes `t^base s^root a^angle` in the basis, by `s² = 1 - t²` and `t² = 1 - s²`.
fn reduce(power: Power) -> Vec<(Power, BigInt)> {
    let canonical = |base: i64, root: i64| (0..=1).contains(&root) || (root < 0 && base <= 1);
    if !power.symbol.is_level() || canonical(power.base, power.root) {
        return vec![(power, BigInt::one())];
    }
    let mut sums: BTreeMap<(i64, i64), BigInt> = BTreeMap::new();
    let mut pending = vec![(power.base, power.root, BigInt::one())];
    while let Some((base, root, c)) = pending.pop() {
        if canonical(base, root) {
            *sums.entry((base, root)).or_default() += c;
            continue;
        }
        // (1 - x²)^n for half the even part of the power that is too high.
        let n = if root >= 2 { root / 2 } else { base / 2 };
        for k in 0..=n {
            let mut d = &c * binomial(BigInt::from(n), BigInt::from(k));
            if k % 2 == 1 {
                d = -d;
            }
            pending.push(match root >= 2 {
                true => (base + 2 * k, root % 2, d),
                false => (base % 2, root + 2 * k, d),
            });
        }
    }
    sums.retain(|_, c| !c.is_zero());
    sums.into_iter().map(|((base, root), c)| (Power { base, root, ..power.clone() }, c)).collect()
}

/// `cos a cos b = (cos(a-b) + cos(a+b))/2` and its relatives.
fn multiply_trigs(a: &Trig, b: &Trig) -> Vec<(Trig, BigRational)> {
    let half = || BigRational::new(BigInt::one(), BigInt::from(2));
    match (a, b) {
        (Trig::None, x) | (x, Trig::None) => vec![(x.clone(), BigRational::one())],
        (Trig::Cos(x), Trig::Cos(y)) => vec![cosine(x - y, half()), cosine(x + y, half())],
        (Trig::Sin(x), Trig::Sin(y)) => vec![cosine(x - y, half()), cosine(x + y, -half())],
        (Trig::Sin(x), Trig::Cos(y)) | (Trig::Cos(y), Trig::Sin(x)) => {
            let mut out = vec![sine(x + y, half())];
            if x != y {
                out.push(sine(x - y, half()));
            }
            out
        }
    }
}

/// `c cos r` with the argument made positive.
pub(super) fn cosine(r: BigRational, c: BigRational) -> (Trig, BigRational) {
    if r.is_zero() { (Trig::None, c) } else { (Trig::Cos(r.abs()), c) }
}

/// `c sin r` with the argument made positive, `r ≠ 0`.
pub(super) fn sine(r: BigRational, c: BigRational) -> (Trig, BigRational) {
    let c = if r.is_negative() { -c } else { c };
    (Trig::Sin(r.abs()), c)
}
