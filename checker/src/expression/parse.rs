//! Reads names and formulas.

use std::collections::HashMap;

use num_traits::{Signed, ToPrimitive, Zero};

use super::build::{Builder, MAX_OPS};
use super::names::{self, Definition, Range};
use super::token::{Token, tokens};
use super::{Condition, Expression, Id, Op};
use crate::function::Function;
use crate::integer::BigRational;
use crate::rational::{abridged, parse, ratio, rational};

/// Deepest nesting.
const MAX_DEPTH: usize = 64;
/// Most breakpoints and coefficients of `piecewise`.
const MAX_BREAKPOINTS: usize = 200;
const MAX_COEFFICIENTS: usize = 2000;
/// Largest order of a Hermite polynomial.
const MAX_HERMITE: usize = 60;

/// The activation of this name: a catalogue name with numbers, or a formula in `x`.
pub(crate) fn activation(text: &str) -> Result<Expression, String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let mut parser = Parser::new();
    let plain = names::definition(&compact.replace('_', "-")).is_some();
    let root = if !plain && mentions_x(&compact) {
        parser.formula(&text.to_lowercase())?
    } else {
        let (name, list) = match compact.split_once('(') {
            None => (compact.as_str(), None),
            Some((name, rest)) => (name, Some(rest.strip_suffix(')').ok_or("a parenthesis is not closed")?)),
        };
        let name = name.replace('_', "-");
        if name == "piecewise" { parser.piecewise(list.unwrap_or(""))? } else { parser.named(&name, list)? }
    };
    Ok(parser.builder.finish(root))
}

/// Is `x` one of the words?
fn mentions_x(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.into_iter().any(|w| w.trim_start_matches(|c: char| !c.is_alphabetic()) == "x")
}

struct Parser {
    builder: Builder,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    words: HashMap<String, Id>,
}

type Parse = Result<Id, String>;

impl Parser {
    fn new() -> Parser {
        let mut builder = Builder::default();
        let x = builder.put(Op::X);
        let words = HashMap::from([("x".to_string(), x)]);
        Parser { builder, tokens: vec![], at: 0, depth: 0, words }
    }

    /// A name with numbers for its parameters.
    fn named(&mut self, name: &str, list: Option<&str>) -> Parse {
        let x = self.words["x"];
        let mut arguments = vec![x];
        for number in list.into_iter().filter(|l| !l.is_empty()).flat_map(|l| l.split(',')) {
            arguments.push(parse(number, 2000).map(|r| self.builder.number(r))?);
        }
        match name {
            "abs" | "sign" | "sgn" | "poly" | "polynomial" | "hermite" => self.apply(name, &arguments),
            _ => self.defined(name, &arguments),
        }
    }

    /// `[b1,b2,...];[c0,c1,...],[...],...`.
    fn piecewise(&mut self, text: &str) -> Parse {
        let shape = || "it is written `piecewise([b1,...];[c0,...],...)`".to_string();
        let mut lists: Vec<Vec<BigRational>> = vec![];
        let mut rest = text;
        loop {
            let (list, tail) = rest.strip_prefix('[').and_then(|r| r.split_once(']')).ok_or_else(shape)?;
            let numbers = list.split(',').filter(|_| !list.is_empty());
            lists.push(numbers.map(|n| parse(n, 2000)).collect::<Result<_, _>>()?);
            if tail.is_empty() {
                break;
            }
            rest = tail.strip_prefix([',', ';']).ok_or_else(shape)?;
        }
        let breaks = lists.remove(0);
        if lists.len() != breaks.len() + 1 || breaks.windows(2).any(|w| w[0] >= w[1]) {
            return Err(shape());
        }
        let total: usize = lists.iter().map(Vec::len).sum();
        if breaks.len() > MAX_BREAKPOINTS || total > MAX_COEFFICIENTS {
            return Err(format!(
                "at most {MAX_BREAKPOINTS} breakpoints and {MAX_COEFFICIENTS} coefficients are accepted"
            ));
        }
        self.tree(&breaks, &lists)
    }

    /// A balanced choice between the pieces.
    fn tree(&mut self, breaks: &[BigRational], pieces: &[Vec<BigRational>]) -> Parse {
        let x = self.words["x"];
        if breaks.is_empty() {
            let coefficients: Vec<Id> = pieces[0].iter().map(|c| self.builder.number(c.clone())).collect();
            return self.polynomial(x, &coefficients);
        }
        let middle = breaks.len() / 2;
        let left = self.tree(&breaks[..middle], &pieces[..=middle])?;
        let right = self.tree(&breaks[middle + 1..], &pieces[middle + 1..])?;
        let point = self.builder.number(breaks[middle].clone());
        let id = self.builder.sub(x, point);
        Ok(self.builder.put(Op::Where(Condition::Positive { id, strict: true }, right, left)))
    }

    fn formula(&mut self, text: &str) -> Parse {
        let outer = (
            std::mem::replace(&mut self.tokens, tokens(text, names::is_name)?),
            std::mem::take(&mut self.at),
        );
        let root = self.sum()?;
        if self.at < self.tokens.len() {
            return Err("an operation `+ - * / ^` or the end of the formula is expected".into());
        }
        (self.tokens, self.at) = outer;
        Ok(root)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.accept(sign) { Ok(()) } else { Err(format!("`{sign}` is expected")) }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Parser) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("at most {MAX_DEPTH} levels of nesting are accepted"));
        }
        if self.builder.len() > MAX_OPS {
            return Err(format!("at most {MAX_OPS} operations are accepted"));
        }
        let out = read(self)?;
        self.depth -= 1;
        Ok(out)
    }

    fn sum(&mut self) -> Parse {
        let mut left = self.product()?;
        loop {
            let plus = self.accept("+");
            if !plus && !self.accept("-") {
                return Ok(left);
            }
            let right = self.product()?;
            left = if plus { self.builder.add(left, right) } else { self.builder.sub(left, right) };
        }
    }

    fn product(&mut self) -> Parse {
        let mut left = self.signed()?;
        loop {
            if self.accept("*") {
                let right = self.signed()?;
                left = self.builder.mul(left, right);
            } else if self.accept("/") {
                let right = self.signed()?;
                left = self.builder.div(left, right)?;
            } else {
                return Ok(left);
            }
        }
    }

    fn signed(&mut self) -> Parse {
        let minus = self.accept("-");
        if minus || self.accept("+") {
            let inner = self.deeper(Parser::signed)?;
            return Ok(if minus { self.builder.neg(inner) } else { inner });
        }
        let base = self.deeper(Parser::atom)?;
        if !self.accept("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Parser::signed)?;
        if let Some(r) = self.builder.value(exponent).cloned() {
            return self.builder.raised(base, &r);
        }
        self.exponential(base, exponent)
    }

    /// `c^u = e^{u log c}` for a positive number `c`, or `e`, or π.
    fn exponential(&mut self, base: Id, exponent: Id) -> Parse {
        let is_e = matches!(self.builder.op(base), Op::Call(Function::Exp, u) if self.builder.value(*u) == Some(&rational(1)));
        if is_e {
            return Ok(self.builder.put(Op::Call(Function::Exp, exponent)));
        }
        let positive =
            self.builder.value(base).is_some_and(Signed::is_positive) || *self.builder.op(base) == Op::Pi;
        if !positive {
            return Err("only `e` and positive numbers are raised to an expression".into());
        }
        let log = self.builder.put(Op::Call(Function::Log, base));
        let product = self.builder.mul(exponent, log);
        Ok(self.builder.put(Op::Call(Function::Exp, product)))
    }

    fn atom(&mut self) -> Parse {
        let token = self.tokens.get(self.at).cloned().ok_or("the formula ends too early")?;
        self.at += 1;
        match token {
            Token::Number(r) => Ok(self.builder.number(r)),
            Token::Sign("(") => {
                let inner = self.sum()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign(sign) => Err(format!("`{sign}` is not expected here")),
            Token::Word(word) => self.word(&word),
        }
    }

    fn word(&mut self, word: &str) -> Parse {
        if let Some(&id) = self.words.get(word) {
            return Ok(id);
        }
        match word {
            "pi" | "π" => return Ok(self.builder.put(Op::Pi)),
            "e" => {
                let one = self.builder.number(rational(1));
                return Ok(self.builder.put(Op::Call(Function::Exp, one)));
            }
            _ if !names::is_name(word) => return Err(format!("`{}` is not known", abridged(word))),
            _ => (),
        }
        self.expect("(")?;
        if word == "where" {
            let condition = self.condition()?;
            self.expect(",")?;
            let yes = self.sum()?;
            self.expect(",")?;
            let no = self.sum()?;
            self.expect(")")?;
            return Ok(self.builder.put(Op::Where(condition, yes, no)));
        }
        let mut arguments = vec![self.sum()?];
        while self.accept(",") {
            arguments.push(self.sum()?);
        }
        self.expect(")")?;
        self.apply(word, &arguments)
    }

    fn connective(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w == word);
        self.at += usize::from(found);
        found
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let mut any = self.conjunction()?;
        let mut count = 0;
        while self.connective("or") {
            any = Condition::Or(Box::new([any, self.conjunction()?]));
            count += 1;
            if count > MAX_DEPTH {
                return Err("this condition is too long".into());
            }
        }
        Ok(any)
    }

    fn conjunction(&mut self) -> Result<Condition, String> {
        let mut all = self.chain()?;
        let mut count = 0;
        while self.connective("and") {
            all = Condition::And(Box::new([all, self.chain()?]));
            count += 1;
            if count > MAX_DEPTH {
                return Err("this condition is too long".into());
            }
        }
        Ok(all)
    }

    /// `a < b <= c`.
    fn chain(&mut self) -> Result<Condition, String> {
        let mut left = self.sum()?;
        let mut all: Option<Condition> = None;
        let mut count = 0;
        loop {
            let sign = match self.tokens.get(self.at) {
                Some(Token::Sign(s @ ("<" | "<=" | ">" | ">="))) => *s,
                _ => return all.ok_or_else(|| "a comparison is expected".into()),
            };
            self.at += 1;
            let right = self.sum()?;
            let id = if sign.starts_with('<') {
                self.builder.sub(right, left)
            } else {
                self.builder.sub(left, right)
            };
            let one = Condition::Positive { id, strict: sign.len() == 1 };
            all = Some(match all {
                None => one,
                Some(before) => Condition::And(Box::new([before, one])),
            });
            left = right;
            count += 1;
            if count > MAX_DEPTH {
                return Err("this condition is too long".into());
            }
        }
    }

    fn apply(&mut self, name: &str, arguments: &[Id]) -> Parse {
        let u = arguments[0];
        let function = match name {
            "exp" => Some(Function::Exp),
            "log" | "ln" => Some(Function::Log),
            "sin" => Some(Function::Sin),
            "cos" => Some(Function::Cos),
            "sinh" => Some(Function::Sinh),
            "cosh" => Some(Function::Cosh),
            "tanh" => Some(Function::Tanh),
            "atan" | "arctan" => Some(Function::Atan),
            "asinh" | "arcsinh" => Some(Function::Asinh),
            "erf" => Some(Function::Erf),
            "sigmoid" | "logistic" => Some(Function::Sigmoid),
            "softplus" => Some(Function::Softplus),
            _ => None,
        };
        if let Some(f) = function.filter(|_| arguments.len() == 1) {
            if f == Function::Log && self.builder.value(u).is_some_and(|r| !r.is_positive()) {
                return Err("the logarithm is of positive numbers".into());
            }
            return Ok(self.builder.put(Op::Call(f, u)));
        }
        match (name, arguments) {
            ("sqrt", [_]) => self.builder.raised(u, &ratio(1, 2)),
            ("abs", [_]) => Ok(self.builder.put(Op::Abs(u))),
            ("sign" | "sgn", [_]) => Ok(self.sign(u)),
            ("max", [_, _, ..]) => Ok(arguments[1..].iter().fold(u, |a, &b| self.builder.put(Op::Max(a, b)))),
            ("min", [_, _, ..]) => Ok(arguments[1..].iter().fold(u, |a, &b| self.builder.put(Op::Min(a, b)))),
            ("poly" | "polynomial", [_, coefficients @ ..]) if !coefficients.is_empty() => {
                self.polynomial(u, coefficients)
            }
            ("hermite", [_, order]) => self.hermite(u, *order),
            _ => self.defined(name, arguments),
        }
    }

    fn sign(&mut self, u: Id) -> Id {
        let minus = self.builder.neg(u);
        let [one, zero, below] = [1, 0, -1].map(|n| self.builder.number(rational(n)));
        let negative = Condition::Positive { id: minus, strict: true };
        let rest = self.builder.put(Op::Where(negative, below, zero));
        self.builder.put(Op::Where(Condition::Positive { id: u, strict: true }, one, rest))
    }

    fn polynomial(&mut self, u: Id, coefficients: &[Id]) -> Parse {
        let mut sum = self.builder.number(BigRational::zero());
        for (i, &c) in coefficients.iter().enumerate() {
            if self.builder.value(c).is_some_and(Zero::is_zero) {
                continue;
            }
            let power = self.builder.raised(u, &rational(i as i64))?;
            let term = self.builder.mul(c, power);
            sum = self.builder.add(sum, term);
        }
        Ok(sum)
    }

    /// The orthonormal Hermite polynomial, by the monic ones: `H_{n+1} = u H_n - n H_{n-1}`.
    fn hermite(&mut self, u: Id, order: Id) -> Parse {
        let order = self.builder.value(order).filter(|r| r.is_integer()).and_then(|r| r.to_usize());
        let Some(order) = order.filter(|n| *n <= MAX_HERMITE) else {
            return Err(format!("the order of `hermite` is a whole number from 0 to {MAX_HERMITE}"));
        };
        let (mut last, mut this) = (self.builder.number(rational(0)), self.builder.number(rational(1)));
        let mut factorial = rational(1);
        for n in 0..order {
            let factor = self.builder.number(rational(n as i64));
            let (ahead, back) = (self.builder.mul(u, this), self.builder.mul(factor, last));
            (last, this) = (this, self.builder.sub(ahead, back));
            factorial *= rational(n as i64 + 1);
        }
        let scale = self.builder.number(factorial);
        let scale = self.builder.raised(scale, &ratio(-1, 2))?;
        Ok(self.builder.mul(scale, this))
    }

    fn defined(&mut self, name: &str, arguments: &[Id]) -> Parse {
        let definition =
            names::definition(name).ok_or_else(|| format!("`{}` is not known so", abridged(name)))?;
        let mut words = HashMap::from([("x".to_string(), arguments[0])]);
        for (word, id) in self.parameters(name, definition, &arguments[1..])? {
            words.insert(word.to_string(), id);
        }
        let outer = std::mem::replace(&mut self.words, words);
        let out = self.deeper(|p| p.formula(definition.body));
        self.words = outer;
        out
    }

    fn parameters(
        &mut self,
        name: &str,
        d: &Definition,
        given: &[Id],
    ) -> Result<Vec<(&'static str, Id)>, String> {
        if given.len() > d.parameters.len() {
            return Err(format!("`{name}` has {} parameters", d.parameters.len()));
        }
        let mut out = vec![];
        for (i, parameter) in d.parameters.iter().enumerate() {
            let value = match (given.get(i), parameter.default) {
                (Some(&id), _) => self.builder.value(id).cloned(),
                (None, Some(default)) => parse(default, 99).ok(),
                (None, None) => None,
            };
            let fits = |r: &BigRational| match parameter.range {
                Range::Any => true,
                Range::NonZero => !r.is_zero(),
                Range::Positive => r.is_positive(),
                Range::NonNegative => !r.is_negative(),
                Range::Whole => r.is_integer() && r.is_positive() && *r <= rational(200),
            };
            let value =
                value.filter(fits).ok_or_else(|| format!("`{}` of `{name}` does not fit", parameter.name))?;
            out.push((parameter.name, self.builder.number(value)));
        }
        Ok(out)
    }
}
