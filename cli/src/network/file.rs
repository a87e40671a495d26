//! Network files: an input layer and a list of hidden layers and blocks, in JSON or TOML.
//!
//! ```json
//! {"input": {"gamma_w2": "1", "gamma_b2": "0", "radius2": "1"},
//!  "layers": [{"activation": "relu", "sigma_w2": "normalized", "sigma_b2": "0"}]}
//! ```
//! Only `layers` and each `activation` are required. Numbers are exact, in quotes or not. A residual block, a
//! normalization layer or a sum of branches may stand in the place of a layer: `docs/networks.md` has the whole form.

use std::path::Path;

use ntk_series::kernel::{NETWORK_SHAPE, Network};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::args::contents;
use crate::failure::Failure;

/// Longest file read.
const MAX_BYTES: u64 = 1 << 22;

/// Reads a network from a file.
pub fn read(path: &Path) -> Result<Network, Failure> {
    let place = format!("--network {}", path.display());
    let text = contents(path, MAX_BYTES, "a readable .json or .toml file is accepted")
        .map_err(|failure| failure.at(&place))?;
    let is_toml = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    from_text(&text, is_toml).map_err(|failure| failure.at(&place))
}

/// Reads a network from JSON or TOML.
pub fn from_text(text: &str, is_toml: bool) -> Result<Network, Failure> {
    if !is_toml {
        return Ok(Network::from_json_text(text)?);
    }
    let json = from_toml(text).map_err(|why| Failure::input(format!("{why}; {NETWORK_SHAPE}")))?;
    Ok(Network::from_json(json)?)
}

/// By way of JSON, whose numbers keep their digits; TOML's own floats would be rounded to doubles.
fn from_toml(text: &str) -> Result<Value, String> {
    let table = DeTable::parse(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        format!("{} at line {line}", error.message())
    })?;
    let table = table
        .into_inner()
        .into_iter()
        .map(|(key, value)| Ok((key.into_inner().into_owned(), json(value.into_inner())?)));
    Ok(Value::Object(table.collect::<Result<_, String>>()?))
}

fn json(value: DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(n) if n.radix() == 10 => Value::String(n.as_str().to_string()),
        DeValue::Integer(n) => return Err(format!("{n} is no decimal number")),
        DeValue::Float(x) => Value::String(x.as_str().to_string()),
        DeValue::Boolean(b) => Value::Bool(b),
        DeValue::Datetime(date) => return Err(format!("{date} stands where a number or a text is expected")),
        DeValue::Array(items) => {
            Value::Array(items.into_iter().map(|v| json(v.into_inner())).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, v)| Ok((key.into_inner().into_owned(), json(v.into_inner())?)))
                .collect::<Result<_, String>>()?,
        ),
    })
}
