//! Reads formulas in `x`.
//!
//! ```text
//! sum       = product { ("+" | "-") product }
//! product   = signed { ("*" | "/") signed }
//! signed    = ("-" | "+") signed | power
//! power     = atom [ "^" signed ]                       right-associative, binds tighter than a sign before it
//! atom      = number | "x" | "pi" | "e" | "(" sum ")" | name "(" arguments ")"
//! condition = chain { "and" chain } { "or" ... }
//! chain     = sum comparison sum { comparison sum }
//! ```

use std::collections::HashMap;

use rug::Rational;

use super::graph::{Comparison, Condition, Function, Graph, Id, Node};
use super::names;
use super::token::{Kind, SyntaxError, Token, tokens};

/// Deepest nesting.
const MAX_DEPTH: usize = 64;
/// Most operations.
const MAX_NODES: usize = 3000;
/// Largest exponent, and largest denominator of one.
pub(crate) const MAX_EXPONENT: u32 = 1000;

/// A formula as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) graph: Graph,
    pub(crate) root: Id,
    /// The column at which a node was first written.
    pub(crate) columns: HashMap<Id, usize>,
}

/// Reads a formula in which the given words are variables with given values, besides `x`.
pub(crate) fn parse(text: &str) -> Result<Parsed, SyntaxError> {
    let mut reader = Reader {
        graph: Graph::default(),
        columns: HashMap::new(),
        tokens: vec![],
        next: 0,
        depth: 0,
        bound: HashMap::new(),
        fixed_column: None,
    };
    let x = reader.graph.variable();
    reader.bound.insert("x".to_string(), x);
    let root = reader.whole(text)?;
    Ok(Parsed { graph: reader.graph, root, columns: reader.columns })
}

struct Reader {
    graph: Graph,
    columns: HashMap<Id, usize>,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    /// What `x` and the parameters of a name stand for.
    bound: HashMap<String, Id>,
    /// Inside the definition of a name: the column of that name.
    fixed_column: Option<usize>,
}

type Read = Result<Id, SyntaxError>;

impl Reader {
    fn whole(&mut self, text: &str) -> Read {
        self.tokens = tokens(text, names::is_name)?;
        self.next = 0;
        let root = self.sum()?;
        match self.peek() {
            Kind::End => Ok(root),
            Kind::Sign(")") => Err(self.error("this parenthesis closes nothing")),
            Kind::Sign(",") => Err(self.error("a comma only separates arguments")),
            Kind::Sign("<" | "<=" | ">" | ">=") => {
                Err(self.error("a comparison is accepted as the first argument of `where`"))
            }
            _ => Err(self.error("an operation `+ - * / ^` is expected here")),
        }
    }

    fn peek(&self) -> &Kind {
        self.tokens.get(self.next).map_or(&Kind::End, |t| &t.kind)
    }

    fn column(&self) -> usize {
        let here = self.tokens.get(self.next).or(self.tokens.last()).map_or(1, |t| t.column);
        self.fixed_column.unwrap_or(here)
    }

    fn error(&self, why: impl Into<String>) -> SyntaxError {
        SyntaxError::at(self.column(), why)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Kind::Sign(s) if *s == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.accept(sign) { Ok(()) } else { Err(self.error(format!("`{sign}` is expected here"))) }
    }

    /// Notes where a node was written, and counts.
    fn noted(&mut self, id: Id, column: usize) -> Read {
        self.columns.entry(id).or_insert(column);
        if self.graph.len() > MAX_NODES {
            return Err(SyntaxError::at(column, format!("at most {MAX_NODES} operations are accepted")));
        }
        Ok(id)
    }

    fn sum(&mut self) -> Read {
        let mut left = self.product()?;
        loop {
            let column = self.column();
            let plus = self.accept("+");
            if !plus && !self.accept("-") {
                return Ok(left);
            }
            let right = self.product()?;
            let id = if plus { self.graph.add(left, right) } else { self.graph.sub(left, right) };
            left = self.noted(id, column)?;
        }
    }

    fn product(&mut self) -> Read {
        let mut left = self.signed()?;
        loop {
            let column = self.column();
            if self.accept("*") {
                let right = self.signed()?;
                let id = self.graph.mul(left, right);
                left = self.noted(id, column)?;
            } else if self.accept("/") {
                let right = self.signed()?;
                if self.graph.as_number(right).is_some_and(|r| r.is_zero()) {
                    return Err(SyntaxError::at(column, "this divides by zero"));
                }
                let id = self.graph.div(left, right);
                left = self.noted(id, column)?;
            } else {
                return Ok(left);
            }
        }
    }

    fn signed(&mut self) -> Read {
        let column = self.column();
        let minus = self.accept("-");
        if minus || self.accept("+") {
            self.deeper(column)?;
            let inner = self.signed()?;
            self.depth -= 1;
            let id = if minus { self.graph.neg(inner) } else { inner };
            return self.noted(id, column);
        }
        self.power()
    }

    fn deeper(&mut self, column: usize) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::at(
                column,
                format!("at most {MAX_DEPTH} levels of nesting are accepted"),
            ));
        }
        Ok(())
    }

    fn power(&mut self) -> Read {
        let base = self.atom()?;
        let column = self.column();
        if !self.accept("^") {
            return Ok(base);
        }
        self.deeper(column)?;
        let exponent = self.signed()?;
        self.depth -= 1;
        let id = self.raised(base, exponent, column)?;
        self.noted(id, column)
    }

    fn raised(&mut self, base: Id, exponent: Id, column: usize) -> Read {
        if let Some(r) = self.graph.as_number(exponent).cloned() {
            return self.numeric_power(base, &r, column);
        }
        // e^u and c^u = e^{u log c}.
        if let &Node::Call(Function::Exp, inner) = self.graph.node(base)
            && self.graph.as_number(inner).is_some_and(|r| *r == 1)
        {
            return Ok(self.graph.call(Function::Exp, exponent));
        }
        let positive =
            self.graph.as_number(base).is_some_and(|r| *r > 0) || *self.graph.node(base) == Node::Pi;
        if !positive {
            let why = "the exponent of an expression is a fixed number like 3, -1 or 1/2; \
                       only `e` and positive numbers are raised to an expression";
            return Err(SyntaxError::at(column, why));
        }
        let log = self.graph.call(Function::Log, base);
        let product = self.graph.mul(exponent, log);
        Ok(self.graph.call(Function::Exp, product))
    }

    fn numeric_power(&mut self, base: Id, r: &Rational, column: usize) -> Read {
        let small = r.numer().clone().abs() <= MAX_EXPONENT && *r.denom() <= MAX_EXPONENT;
        if !small {
            let why =
                format!("exponents of at most {MAX_EXPONENT} in numerator and denominator are accepted");
            return Err(SyntaxError::at(column, why));
        }
        if self.graph.as_number(base).is_some_and(|b| b.is_zero()) && *r < 0 {
            return Err(SyntaxError::at(column, "this divides by zero"));
        }
        if self.graph.as_number(base).is_some_and(|b| *b < 0) && !r.is_integer() {
            return Err(SyntaxError::at(column, "a negative number has no fractional power"));
        }
        if let &Node::Power(inner, n) = self.graph.node(base)
            && n > 0
            && n % 2 == 0
            && !r.is_integer()
        {
            // (u^n)^r = |u|^{nr} for even n.
            let size = self.graph.abs(inner);
            return Ok(self.graph.root(size, &Rational::from(r * n)));
        }
        Ok(self.graph.root(base, r))
    }

    fn atom(&mut self) -> Read {
        let column = self.column();
        match self.peek().clone() {
            Kind::Number(r) => {
                self.next += 1;
                if let Kind::Word(word) = self.peek()
                    && !matches!(word.as_str(), "and" | "or")
                {
                    let why = format!("a product is written with `*`, like `2*{}`", shortened(word));
                    return Err(self.error(why));
                }
                let id = self.graph.number(r);
                self.noted(id, column)
            }
            Kind::Sign("(") => {
                self.next += 1;
                self.deeper(column)?;
                let inner = self.sum()?;
                self.depth -= 1;
                self.expect(")")?;
                Ok(inner)
            }
            Kind::Word(word) => {
                self.next += 1;
                self.word(&word, column)
            }
            Kind::End => Err(self.error("the formula ends where a number, `x` or a function is expected")),
            Kind::Sign(_) => Err(self.error("a number, `x`, a function or `(` is expected here")),
        }
    }

    fn word(&mut self, word: &str, column: usize) -> Read {
        if let Some(&id) = self.bound.get(word) {
            if self.peek() == &Kind::Sign("(") {
                return Err(self.error(format!("a product is written with `*`, like `{word}*(...)`")));
            }
            return self.noted(id, column);
        }
        match word {
            "pi" | "π" => {
                let id = self.graph.pi();
                return self.noted(id, column);
            }
            "e" => {
                let one = self.graph.number(1);
                let id = self.graph.call(Function::Exp, one);
                return self.noted(id, column);
            }
            _ => (),
        }
        if !names::is_name(word) {
            return Err(SyntaxError::at(
                column,
                format!("`{}` is not known: {}", shortened(word), names::near(word)),
            ));
        }
        if !self.accept("(") {
            return Err(self.error(format!("`(` is expected after `{word}`")));
        }
        let depth = self.depth;
        self.deeper(column)?;
        let id = self.applied(word, column)?;
        self.depth = depth;
        self.noted(id, column)
    }

    /// The arguments after the opening parenthesis, and what they make.
    fn applied(&mut self, name: &str, column: usize) -> Read {
        if name == "where" {
            let condition = self.condition()?;
            self.expect(",")?;
            let yes = self.sum()?;
            self.expect(",")?;
            let no = self.sum()?;
            self.expect(")")?;
            return Ok(self.graph.choose(condition, yes, no, false));
        }
        let mut arguments = vec![self.sum()?];
        while self.accept(",") {
            arguments.push(self.sum()?);
        }
        self.expect(")")?;
        self.function(name, &arguments, column)
    }

    fn condition(&mut self) -> Result<Condition, SyntaxError> {
        let mut any = self.conjunction()?;
        while matches!(self.peek(), Kind::Word(w) if w == "or") {
            self.next += 1;
            any = Condition::Or(Box::new([any, self.conjunction()?]));
            self.deeper(self.column())?;
        }
        Ok(any)
    }

    fn conjunction(&mut self) -> Result<Condition, SyntaxError> {
        let mut all = self.chain()?;
        while matches!(self.peek(), Kind::Word(w) if w == "and") {
            self.next += 1;
            all = Condition::And(Box::new([all, self.chain()?]));
            self.deeper(self.column())?;
        }
        Ok(all)
    }

    /// `a < b`, or `a < b <= c`.
    fn chain(&mut self) -> Result<Condition, SyntaxError> {
        let mut left = self.sum()?;
        let mut all: Option<Condition> = None;
        loop {
            let column = self.column();
            let comparison = match self.peek() {
                Kind::Sign("<") => Comparison::Less,
                Kind::Sign("<=") => Comparison::LessOrEqual,
                Kind::Sign(">") => Comparison::Greater,
                Kind::Sign(">=") => Comparison::GreaterOrEqual,
                _ => {
                    return all
                        .ok_or_else(|| self.error("a comparison `<`, `<=`, `>` or `>=` is expected here"));
                }
            };
            self.next += 1;
            let right = self.sum()?;
            let difference = self.graph.sub(left, right);
            self.noted(difference, column)?;
            let one = Condition::Compare(difference, comparison);
            all = Some(match all {
                None => one,
                Some(before) => {
                    self.deeper(column)?;
                    Condition::And(Box::new([before, one]))
                }
            });
            left = right;
        }
    }

    fn function(&mut self, name: &str, arguments: &[Id], column: usize) -> Read {
        let g = &mut self.graph;
        let (u, count) = (arguments[0], arguments.len());
        let simple = match name {
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
        if let Some(f) = simple.filter(|_| count == 1) {
            if f == Function::Log && g.as_number(u).is_some_and(|r| *r <= 0) {
                return Err(SyntaxError::at(column, "the logarithm is of positive numbers"));
            }
            return Ok(g.call(f, u));
        }
        match (name, arguments) {
            ("sqrt", [_]) => self.numeric_power(u, &Rational::from((1, 2)), column),
            ("abs", [_]) => Ok(g.abs(u)),
            ("sign" | "sgn", [_]) => Ok(g.sign(u)),
            ("max" | "min", [_, _, ..]) => {
                Ok(arguments[1..].iter().fold(u, |a, &b| g.extremum(a, b, name == "min")))
            }
            ("poly" | "polynomial", [_, coefficients @ ..]) if !coefficients.is_empty() => {
                let mut value = g.number(0);
                for &c in coefficients.iter().rev() {
                    let product = g.mul(value, u);
                    value = g.add(product, c);
                }
                Ok(value)
            }
            ("hermite", [_, order]) => self.hermite(u, *order, column),
            _ => self.defined(name, arguments, column),
        }
    }

    /// The orthonormal Hermite polynomial: `√(n+1) h_{n+1} = x h_n - √n h_{n-1}`, by the monic ones.
    fn hermite(&mut self, u: Id, order: Id, column: usize) -> Read {
        let order = self.graph.as_number(order).filter(|r| r.is_integer()).and_then(|r| r.numer().to_u32());
        let Some(n) = order.filter(|n| *n <= 60) else {
            return Err(SyntaxError::at(
                column,
                "within a formula `hermite(expression, n)` has n from 0 to 60",
            ));
        };
        let g = &mut self.graph;
        let (mut last, mut this) = (g.number(0), g.number(1));
        let mut factorial = Rational::from(1);
        for k in 0..n {
            let factor = g.number(k);
            let (ahead, back) = (g.mul(u, this), g.mul(factor, last));
            (last, this) = (this, g.sub(ahead, back));
            factorial *= k + 1;
        }
        let scale = g.number(factorial);
        let scale = g.root(scale, &Rational::from((-1, 2)));
        Ok(g.mul(scale, this))
    }

    /// A name with a definition in the formula language.
    fn defined(&mut self, name: &str, arguments: &[Id], column: usize) -> Read {
        let wrong = || SyntaxError::at(column, format!("it is written `{}`", names::usage(name)));
        let definition = names::definition(name).ok_or_else(wrong)?;
        let formula = definition.formula().ok_or_else(wrong)?;
        if arguments.len() > 1 + definition.parameters.len() {
            return Err(wrong());
        }
        let mut bound = HashMap::from([("x".to_string(), arguments[0])]);
        for (i, parameter) in definition.parameters.iter().enumerate() {
            let value = match (arguments.get(i + 1), parameter.default) {
                (Some(&id), _) => self.graph.as_number(id).cloned().ok_or_else(|| {
                    SyntaxError::at(column, format!("{} of `{name}` is an exact number", parameter.name))
                })?,
                (None, Some(default)) => names::number(default),
                (None, None) => return Err(wrong()),
            };
            if !parameter.range.holds(&value) {
                let why = format!("{} of `{name}` is {}", parameter.name, parameter.range.words());
                return Err(SyntaxError::at(column, why));
            }
            let id = self.graph.number(value);
            bound.insert(parameter.name.to_string(), id);
        }
        let outer = (
            std::mem::replace(&mut self.bound, bound),
            std::mem::take(&mut self.tokens),
            self.next,
            self.fixed_column.replace(self.fixed_column.unwrap_or(column)),
        );
        let value = self.whole(formula);
        (self.bound, self.tokens, self.next, self.fixed_column) = outer;
        value
    }
}

fn shortened(word: &str) -> String {
    if word.chars().count() <= 24 {
        word.to_string()
    } else {
        word.chars().take(21).chain("...".chars()).collect()
    }
}
