//! Closed forms of a table's coefficients, and the names that they use.

use ntk_series::Ball;
use ntk_series::kernel::Network;
use ntk_series::number::{Accuracy, ClosedForm};
use serde_json::Value;

use super::TableArgs;
use crate::enclosure::{Enclosure, Miss};
use crate::failure::Failure;
use crate::report::Definition;

/// What is known exactly.
pub struct Closed {
    coefficients: Vec<Option<ClosedForm>>,
    pub definitions: Vec<Definition>,
    pub definitions_json: Value,
}

impl Closed {
    pub fn find(_args: &TableArgs, _network: &Network) -> Result<Closed, Failure> {
        Ok(Closed { coefficients: vec![], definitions: vec![], definitions_json: Value::Array(vec![]) })
    }

    /// The enclosure of coefficient `p`, exact where its closed form is a rational number.
    pub fn enclosure(
        &self,
        p: usize,
        ball: &Ball,
        accuracy: Accuracy,
        what: impl Fn() -> String,
    ) -> Result<Enclosure, Miss> {
        Enclosure::of(what, ball, self.coefficients.get(p).and_then(|c| c.as_ref()), accuracy)
    }
}
