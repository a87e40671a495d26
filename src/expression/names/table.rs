//! The table of names: what each stands for, with its parameters, their defaults and their ranges.
//!
//! The catalogue of activations, the names that a formula may use, and what the documentation says of both are read
//! from here.

use super::{Body, DEGREES, Definition, POWERS, Parameter, Range};

const fn parameter(name: &'static str, default: &'static str, range: Range) -> Parameter {
    Parameter { name, default: Some(default), example: default, range }
}

const fn required(name: &'static str, range: Range, example: &'static str) -> Parameter {
    Parameter { name, default: None, example, range }
}

macro_rules! define {
    ($($names:expr, [$($parameter:expr),*], $body:expr;)*) => {
        &[$(Definition { names: &$names, parameters: &[$($parameter),*], body: $body }),*]
    };
}

/// Names whose value the reader makes by itself.
pub(super) const BUILT_IN: [(&str, &str); 26] = [
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

pub(super) const DEFINITIONS: &[Definition] = define![
    ["tan"], [], Body::Formula("sin(x)/cos(x)");
    ["sech"], [], Body::Formula("1/cosh(x)");
    ["cbrt"], [], Body::Formula("sign(x)*abs(x)^(1/3)");
    ["log1p"], [], Body::Formula("log(1 + x)");
    ["expm1"], [], Body::Formula("exp(x) - 1");
    ["erfc"], [], Body::Formula("1 - erf(x)");
    ["normal-cdf"], [], Body::Formula("(1 + erf(x/sqrt(2)))/2");
    ["exp"], [parameter("a", "1", Range::Any)], Body::Formula("exp(a*x)");
    ["erf"], [parameter("a", "1", Range::Any)], Body::Formula("erf(a*x)");
    ["sin"], [parameter("a", "1", Range::Any), parameter("b", "0", Range::Any)], Body::Formula("sin(a*x + b)");
    ["cos"], [parameter("a", "1", Range::Any), parameter("b", "0", Range::Any)], Body::Formula("cos(a*x + b)");
    ["tanh"], [], Body::Formula("tanh(x)");
    ["arctan", "atan"], [], Body::Formula("arctan(x)");
    ["abs"], [], Body::Formula("abs(x)");
    ["sign", "sgn"], [], Body::Formula("sign(x)");
    ["sigmoid", "logistic"], [], Body::Primitive("sigmoid(x)", "1/(1 + exp(-x))");
    ["softplus"], [parameter("beta", "1", Range::NonZero)], Body::Primitive("softplus(beta*x)/beta", "log(1 + exp(beta x))/beta");
    ["identity", "linear", "x"], [], Body::Formula("x");
    ["square", "x^2"], [], Body::Formula("x^2");
    ["cube", "x^3"], [], Body::Formula("x^3");
    ["relu"], [], Body::Formula("max(0, x)");
    ["leaky-relu", "leakyrelu"], [parameter("a", "1/100", Range::Any)], Body::Formula("max(0, x) + a*min(0, x)");
    ["prelu"], [required("a", Range::Any, "1/4")], Body::Formula("max(0, x) + a*min(0, x)");
    ["relu6"], [], Body::Formula("min(max(0, x), 6)");
    ["repu"], [parameter("n", "2", POWERS)], Body::Formula("max(0, x)^n");
    ["step", "heaviside"], [], Body::Formula("where(x > 0, 1, 0)");
    ["elu"], [parameter("a", "1", Range::Any)], Body::Formula("max(0, x) + a*(exp(min(0, x)) - 1)");
    ["celu"], [parameter("a", "1", Range::NonZero)], Body::Formula("where(x > 0, x, a*(exp(x/a) - 1))");
    ["selu"], [], Body::Formula(SELU);
    ["hardtanh", "hard-tanh", "clip"], [parameter("a", "-1", Range::Any), parameter("b", "1", Range::Any)], Body::Formula("min(max(a, x), b)");
    ["hard-sigmoid", "hardsigmoid"], [], Body::Formula("min(max(0, x/6 + 1/2), 1)");
    ["hard-swish", "hardswish", "hard-silu", "hardsilu"], [], Body::Formula("x*min(max(0, x/6 + 1/2), 1)");
    ["softshrink", "soft-shrink"], [parameter("l", "1/2", Range::Positive)], Body::Formula("max(0, x - l) + min(0, x + l)");
    ["hardshrink", "hard-shrink"], [parameter("l", "1/2", Range::Positive)], Body::Formula("where(abs(x) > l, x, 0)");
    ["threshold"], [required("t", Range::Any, "0"), required("v", Range::Any, "1")], Body::Formula("where(x > t, x, v)");
    ["gelu"], [], Body::Formula("x/2*(1 + erf(x/sqrt(2)))");
    ["gaussian"], [], Body::Formula("exp(-x^2/2)");
    ["normal-pdf"], [], Body::Formula("exp(-x^2/2)/sqrt(2*pi)");
    ["silu", "swish"], [parameter("beta", "1", Range::NonZero)], Body::Formula("x*sigmoid(beta*x)");
    ["mish"], [], Body::Formula("x*tanh(softplus(x))");
    ["log-sigmoid", "logsigmoid"], [], Body::Formula("-softplus(-x)");
    ["gelu-tanh"], [], Body::Formula("x*sigmoid(2*sqrt(2/pi)*(x + 0.044715*x^3))");
    ["quick-gelu"], [], Body::Formula("x*sigmoid(1.702*x)");
    ["tanhshrink", "tanh-shrink"], [], Body::Formula("x - tanh(x)");
    ["squareplus"], [parameter("b", "4", Range::NonNegative)], Body::Formula("(x + sqrt(x^2 + b))/2");
    ["snake"], [parameter("a", "1", Range::NonZero)], Body::Formula("x + (1 - cos(2*a*x))/(2*a)");
    ["bent-identity"], [], Body::Formula("(sqrt(x^2 + 1) - 1)/2 + x");
    ["lisht"], [], Body::Formula("x*tanh(x)");
    ["serf"], [], Body::Formula("x*erf(softplus(x))");
    ["logish"], [], Body::Formula("x*log(1 + sigmoid(x))");
    ["softsign", "soft-sign"], [], Body::Formula("x/(1 + abs(x))");
    ["sinc"], [], Body::Formula("sin(x)/x");
    ["rrelu"], [parameter("l", "1/8", Range::Any), parameter("u", "1/3", Range::Any)], Body::Formula("max(0, x) + (l + u)/2*min(0, x)");
    ["sparse-plus", "sparseplus"], [], Body::Formula("where(x > 1, x, max(x + 1, 0)^2/4)");
    ["sparse-sigmoid", "sparsesigmoid"], [], Body::Formula("min(max(0, (x + 1)/2), 1)");
    ["poly", "polynomial"], [required("c0,c1,...", Range::Any, "1,0,2")], Body::Words("c0 + c1 x + ...");
    ["piecewise"], [required("[b1,b2,...];[c0,c1,...],[...],...", Range::Any, "[-1,1];[-1],[0,1],[1]")],
        Body::Words("c0 + c1 x + ... left of b1, the next list between b1 and b2, ...");
    ["hermite"], [required("n", DEGREES, "3")], Body::Words("h_n(x), orthonormal under the standard Gaussian");
];
