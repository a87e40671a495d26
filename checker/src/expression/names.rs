//! The activations by name, each one line of definition in the formula language.

/// Which values of a parameter make sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Range {
    Any,
    NonZero,
    Positive,
    NonNegative,
    /// A whole number from 1 to 200.
    Whole,
}

pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) default: Option<&'static str>,
    pub(super) range: Range,
}

pub(super) struct Definition {
    /// The name, then its aliases.
    pub(super) names: &'static [&'static str],
    pub(super) parameters: &'static [Parameter],
    pub(super) body: &'static str,
}

const fn p(name: &'static str, default: &'static str, range: Range) -> Parameter {
    Parameter { name, default: Some(default), range }
}

const fn required(name: &'static str, range: Range) -> Parameter {
    Parameter { name, default: None, range }
}

/// Functions that the parser makes by itself.
const FUNCTIONS: [&str; 23] = [
    "log",
    "ln",
    "sqrt",
    "sinh",
    "cosh",
    "asinh",
    "arcsinh",
    "abs",
    "sign",
    "sgn",
    "max",
    "min",
    "where",
    "poly",
    "polynomial",
    "hermite",
    "exp",
    "sin",
    "cos",
    "tanh",
    "erf",
    "sigmoid",
    "softplus",
];

const SELU: &str =
    "1.0507009873554804934193349852946*(max(0,x) + 1.6732632423543772848170429916717*(exp(min(0,x)) - 1))";

macro_rules! define {
    ($($names:expr, [$($parameter:expr),*], $body:expr;)*) => {
        &[$(Definition { names: &$names, parameters: &[$($parameter),*], body: $body }),*]
    };
}

use Range::{Any, NonNegative, NonZero, Positive, Whole};

const DEFINITIONS: &[Definition] = define![
    ["identity", "linear"], [], "x";
    ["square"], [], "x^2";
    ["cube"], [], "x^3";
    ["relu"], [], "max(0,x)";
    ["leaky-relu", "leakyrelu"], [p("a", "1/100", Any)], "max(0,x) + a*min(0,x)";
    ["prelu"], [required("a", Any)], "max(0,x) + a*min(0,x)";
    ["rrelu"], [p("l", "1/8", Any), p("u", "1/3", Any)], "max(0,x) + (l+u)/2*min(0,x)";
    ["relu6"], [], "min(max(0,x), 6)";
    ["repu"], [required("n", Whole)], "max(0,x)^n";
    ["step", "heaviside"], [], "where(x > 0, 1, 0)";
    ["hardtanh", "hard-tanh", "clip"], [p("a", "-1", Any), p("b", "1", Any)], "min(max(a,x), b)";
    ["hard-sigmoid", "hardsigmoid"], [], "min(max(0, x/6 + 1/2), 1)";
    ["hard-swish", "hardswish", "hard-silu", "hardsilu"], [], "x*min(max(0, x/6 + 1/2), 1)";
    ["sparse-plus", "sparseplus"], [], "where(x > 1, x, max(x+1,0)^2/4)";
    ["sparse-sigmoid", "sparsesigmoid"], [], "min(max(0, (x+1)/2), 1)";
    ["softshrink", "soft-shrink"], [p("l", "1/2", Positive)], "max(0,x-l) + min(0,x+l)";
    ["hardshrink", "hard-shrink"], [p("l", "1/2", Positive)], "where(abs(x) > l, x, 0)";
    ["threshold"], [required("t", Any), required("v", Any)], "where(x > t, x, v)";
    ["elu"], [p("a", "1", Any)], "max(0,x) + a*(exp(min(0,x)) - 1)";
    ["celu"], [p("a", "1", NonZero)], "where(x > 0, x, a*(exp(x/a) - 1))";
    ["selu"], [], SELU;
    ["exp"], [p("a", "1", Any)], "exp(a*x)";
    ["erf"], [p("a", "1", Any)], "erf(a*x)";
    ["sin"], [p("a", "1", Any), p("b", "0", Any)], "sin(a*x + b)";
    ["cos"], [p("a", "1", Any), p("b", "0", Any)], "cos(a*x + b)";
    ["tan"], [], "sin(x)/cos(x)";
    ["sech"], [], "1/cosh(x)";
    ["cbrt"], [], "sign(x)*abs(x)^(1/3)";
    ["log1p"], [], "log(1+x)";
    ["expm1"], [], "exp(x) - 1";
    ["erfc"], [], "1 - erf(x)";
    ["normal-cdf"], [], "1/2 + erf(x/sqrt(2))/2";
    ["gelu"], [], "x*(1 + erf(x/sqrt(2)))/2";
    ["gaussian"], [], "exp(-x^2/2)";
    ["normal-pdf"], [], "exp(-x^2/2)/sqrt(2*pi)";
    ["tanh"], [], "tanh(x)";
    ["sigmoid", "logistic"], [], "sigmoid(x)";
    ["softplus"], [p("beta", "1", NonZero)], "softplus(beta*x)/beta";
    ["silu", "swish"], [p("beta", "1", NonZero)], "x*sigmoid(beta*x)";
    ["mish"], [], "x*tanh(softplus(x))";
    ["log-sigmoid", "logsigmoid"], [], "-softplus(-x)";
    ["gelu-tanh"], [], "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))";
    ["quick-gelu"], [], "x*sigmoid(1.702*x)";
    ["tanhshrink", "tanh-shrink"], [], "x - tanh(x)";
    ["squareplus"], [p("b", "4", NonNegative)], "(x + sqrt(x^2 + b))/2";
    ["bent-identity"], [], "(sqrt(x^2+1) - 1)/2 + x";
    ["snake"], [p("a", "1", NonZero)], "x + sin(a*x)^2/a";
    ["lisht"], [], "x*tanh(x)";
    ["serf"], [], "x*erf(softplus(x))";
    ["logish"], [], "x*log(1 + sigmoid(x))";
    ["softsign", "soft-sign"], [], "x/(1 + abs(x))";
    ["arctan", "atan"], [], "atan(x)";
    ["sinc"], [], "sin(x)/x";
];

pub(super) fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|d| d.names.contains(&name))
}

pub(super) fn is_name(word: &str) -> bool {
    definition(word).is_some() || FUNCTIONS.contains(&word)
}
