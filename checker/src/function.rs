//! The functions that formulas may name.

/// A function of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Exp,
    Log,
    Sin,
    Cos,
    Sinh,
    Cosh,
    Tanh,
    Atan,
    Asinh,
    Erf,
    Sigmoid,
    Softplus,
    /// `sin(u)/u`, 1 at 0.
    Sinc,
}
