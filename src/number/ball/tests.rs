//! Containment at the exact ends of every operand, against exact rationals and against MPFR at four times the bits.

mod arithmetic;
mod conversions;
mod elementary;
mod error_function;
mod exhaustive;
mod itf1788;
mod limits;
