//! The names that take an expression, and what they stand for.

use rug::Rational;

use crate::number::parse_rational;
use crate::number::rational::rational_to_gmp;

/// Which values of a parameter make sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Range {
    Any,
    NonZero,
    Positive,
    NonNegative,
    /// A whole number from 1 to 1000.
    Whole,
}

impl Range {
    pub(crate) fn holds(self, r: &Rational) -> bool {
        match self {
            Range::Any => true,
            Range::NonZero => !r.is_zero(),
            Range::Positive => *r > 0,
            Range::NonNegative => *r >= 0,
            Range::Whole => r.is_integer() && *r >= 1 && *r <= 1000,
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Range::Any => "an exact number",
            Range::NonZero => "a number other than 0",
            Range::Positive => "a positive number",
            Range::NonNegative => "a number from 0 on",
            Range::Whole => "a whole number from 1 to 1000",
        }
    }
}

/// A parameter after the expression.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) default: Option<&'static str>,
    pub(crate) range: Range,
}

const fn parameter(name: &'static str, default: &'static str, range: Range) -> Parameter {
    Parameter { name, default: Some(default), range }
}

const fn required(name: &'static str, range: Range) -> Parameter {
    Parameter { name, default: None, range }
}

/// A name with its definition in `x` and the parameters.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) names: &'static [&'static str],
    pub(crate) parameters: &'static [Parameter],
    pub(crate) body: &'static str,
}

macro_rules! define {
    ($($names:expr, [$($parameter:expr),*], $body:expr;)*) => {
        &[$(Definition { names: &$names, parameters: &[$($parameter),*], body: $body }),*]
    };
}

/// Names whose value the reader makes by itself.
const BUILT_IN: [(&str, &str); 26] = [
    ("exp", "exp(x)"),
    ("log", "log(x)"),
    ("ln", "ln(x)"),
    ("sqrt", "sqrt(x)"),
    ("sin", "sin(x)"),
    ("cos", "cos(x)"),
    ("sinh", "sinh(x)"),
    ("cosh", "cosh(x)"),
    ("tanh", "tanh(x)"),
    ("atan", "atan(x)"),
    ("arctan", "arctan(x)"),
    ("asinh", "asinh(x)"),
    ("arcsinh", "arcsinh(x)"),
    ("erf", "erf(x)"),
    ("sigmoid", "sigmoid(x)"),
    ("logistic", "logistic(x)"),
    ("softplus", "softplus(x, beta)"),
    ("abs", "abs(x)"),
    ("sign", "sign(x)"),
    ("sgn", "sgn(x)"),
    ("max", "max(a, b, ...)"),
    ("min", "min(a, b, ...)"),
    ("where", "where(a < b, then, else)"),
    ("poly", "poly(x, c0, c1, ...)"),
    ("polynomial", "polynomial(x, c0, c1, ...)"),
    ("hermite", "hermite(x, n)"),
];

const SELU: &str =
    "1.0507009873554804934193349852946*(max(0,x) + 1.6732632423543772848170429916717*(exp(min(0,x)) - 1))";

const DEFINITIONS: &[Definition] = define![
    ["tan"], [], "sin(x)/cos(x)";
    ["sech"], [], "1/cosh(x)";
    ["cbrt"], [], "sign(x)*abs(x)^(1/3)";
    ["log1p"], [], "log(1 + x)";
    ["expm1"], [], "exp(x) - 1";
    ["erfc"], [], "1 - erf(x)";
    ["normal-cdf"], [], "(1 + erf(x/sqrt(2)))/2";
    ["exp"], [parameter("a", "1", Range::Any)], "exp(a*x)";
    ["erf"], [parameter("a", "1", Range::Any)], "erf(a*x)";
    ["sin"], [parameter("a", "1", Range::Any), parameter("b", "0", Range::Any)], "sin(a*x + b)";
    ["cos"], [parameter("a", "1", Range::Any), parameter("b", "0", Range::Any)], "cos(a*x + b)";
    ["tanh"], [], "tanh(x)";
    ["sigmoid", "logistic"], [], "sigmoid(x)";
    ["softplus"], [parameter("beta", "1", Range::NonZero)], "softplus(beta*x)/beta";
    ["identity", "linear"], [], "x";
    ["square"], [], "x^2";
    ["cube"], [], "x^3";
    ["relu"], [], "max(0, x)";
    ["leaky-relu", "leakyrelu"], [parameter("a", "1/100", Range::Any)], "max(0, x) + a*min(0, x)";
    ["prelu"], [required("a", Range::Any)], "max(0, x) + a*min(0, x)";
    ["relu6"], [], "min(max(0, x), 6)";
    ["repu"], [required("n", Range::Whole)], "max(0, x)^n";
    ["step", "heaviside"], [], "where(x > 0, 1, 0)";
    ["elu"], [parameter("a", "1", Range::Any)], "max(0, x) + a*(exp(min(0, x)) - 1)";
    ["celu"], [parameter("a", "1", Range::NonZero)], "where(x > 0, x, a*(exp(x/a) - 1))";
    ["selu"], [], SELU;
    ["hardtanh", "hard-tanh", "clip"], [parameter("a", "-1", Range::Any), parameter("b", "1", Range::Any)], "min(max(a, x), b)";
    ["hard-sigmoid", "hardsigmoid"], [], "min(max(0, x/6 + 1/2), 1)";
    ["hard-swish", "hardswish", "hard-silu", "hardsilu"], [], "x*min(max(0, x/6 + 1/2), 1)";
    ["softshrink", "soft-shrink"], [parameter("l", "1/2", Range::Positive)], "max(0, x - l) + min(0, x + l)";
    ["hardshrink", "hard-shrink"], [parameter("l", "1/2", Range::Positive)], "where(abs(x) > l, x, 0)";
    ["threshold"], [required("t", Range::Any), required("v", Range::Any)], "where(x > t, x, v)";
    ["gelu"], [], "x/2*(1 + erf(x/sqrt(2)))";
    ["gaussian"], [], "exp(-x^2/2)";
    ["normal-pdf"], [], "exp(-x^2/2)/sqrt(2*pi)";
    ["silu", "swish"], [parameter("beta", "1", Range::NonZero)], "x*sigmoid(beta*x)";
    ["mish"], [], "x*tanh(softplus(x))";
    ["log-sigmoid", "logsigmoid"], [], "-softplus(-x)";
    ["gelu-tanh"], [], "x*sigmoid(2*sqrt(2/pi)*(x + 0.044715*x^3))";
    ["quick-gelu"], [], "x*sigmoid(1.702*x)";
    ["tanhshrink", "tanh-shrink"], [], "x - tanh(x)";
    ["squareplus"], [parameter("b", "4", Range::NonNegative)], "(x + sqrt(x^2 + b))/2";
    ["snake"], [parameter("a", "1", Range::NonZero)], "x + (1 - cos(2*a*x))/(2*a)";
    ["bent-identity"], [], "(sqrt(x^2 + 1) - 1)/2 + x";
    ["lisht"], [], "x*tanh(x)";
    ["serf"], [], "x*erf(softplus(x))";
    ["logish"], [], "x*log(1 + sigmoid(x))";
    ["softsign", "soft-sign"], [], "x/(1 + abs(x))";
    ["sinc"], [], "sin(x)/x";
    ["rrelu"], [parameter("l", "1/8", Range::Any), parameter("u", "1/3", Range::Any)], "max(0, x) + (l + u)/2*min(0, x)";
    ["sparse-plus", "sparseplus"], [], "where(x > 1, x, max(x + 1, 0)^2/4)";
    ["sparse-sigmoid", "sparsesigmoid"], [], "min(max(0, (x + 1)/2), 1)";
];

/// The definition of a name with an expression and parameters.
pub(crate) fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|d| d.names.contains(&name))
}

/// The definition with numbers for the parameters.
pub(crate) fn written_out(definition: &Definition, values: &[String]) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in definition.body.chars().chain([' ']) {
        if c.is_alphanumeric() || c == '_' || c == '.' {
            word.push(c);
            continue;
        }
        let place = definition.parameters.iter().position(|p| p.name == word);
        match place.and_then(|i| values.get(i)) {
            Some(value) if value.bytes().all(|b| b.is_ascii_digit()) => out += value,
            Some(value) => out += &format!("({value})"),
            None => out += &word,
        }
        word.clear();
        out.push(c);
    }
    // A parameter of one leaves no trace.
    out.trim_end().replace("(1*x)", "(x)").trim_end_matches("/1").to_string()
}

/// Does a name take an expression?
pub(crate) fn is_name(word: &str) -> bool {
    definition(word).is_some() || BUILT_IN.iter().any(|b| b.0 == word)
}

/// How a name is written.
pub(crate) fn usage(name: &str) -> String {
    match (BUILT_IN.iter().find(|b| b.0 == name), definition(name)) {
        (Some((_, usage)), _) => usage.to_string(),
        (None, Some(d)) => {
            let list: Vec<&str> = std::iter::once("x").chain(d.parameters.iter().map(|p| p.name)).collect();
            format!("{name}({})", list.join(", "))
        }
        (None, None) => name.to_string(),
    }
}

/// A number of the tables above.
pub(crate) fn number(text: &str) -> Rational {
    parse_rational(text).map(|r| rational_to_gmp(&r)).unwrap_or_default()
}

/// What an unknown word may have meant.
pub(crate) fn near(word: &str) -> String {
    let all = BUILT_IN.iter().map(|b| b.0).chain(DEFINITIONS.iter().flat_map(|d| d.names.iter().copied()));
    let closest = all.map(|name| (crate::activation::distance(word, name), name)).min();
    match closest {
        Some((gap, name)) if gap <= 1 + word.chars().count() / 3 && word.len() > 1 => {
            format!("did you mean `{}`?", usage(name))
        }
        _ => "the variable is `x`, and functions are like exp, log, sqrt, sin, tanh, erf, max, where"
            .to_string(),
    }
}
