//! Network files: an input layer and a list of hidden layers, in JSON or TOML.
//!
//! ```json
//! {"input": {"gamma_w2": "1", "gamma_b2": "0", "radius2": "1"},
//!  "layers": [{"activation": "relu", "sigma_w2": "normalized", "sigma_b2": "0"}]}
//! ```
//! Only `layers` and each `activation` are required. Numbers are exact, in quotes or not.

use std::path::Path;

use ntk_series::kernel::{Input, Layer, Network};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::{bias_variance, weight_variance};
use crate::args::{activation, contents, exact};
use crate::failure::Failure;

/// Longest file read.
const MAX_BYTES: u64 = 1 << 22;
/// The shape of the file, for error messages.
const SHAPE: &str = r#"accepted is {"input": {"gamma_w2": 1, "gamma_b2": 0, "radius2": 1}, "layers": [{"activation": "relu", "sigma_w2": "normalized", "sigma_b2": 0}]} or the same in TOML"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkFile {
    #[serde(default)]
    input: InputTable,
    layers: Vec<LayerTable>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct InputTable {
    #[serde(default, deserialize_with = "given")]
    gamma_w2: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    gamma_b2: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    radius2: Option<Exact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerTable {
    activation: String,
    #[serde(default, deserialize_with = "given")]
    sigma_w2: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    sigma_b2: Option<Exact>,
}

/// A number with the digits that the file has, or a word in its place.
struct Exact(String);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Exact, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Exact(text)),
            Value::Number(number) => Ok(Exact(number.to_string())),
            other => Err(D::Error::custom(format!("{other} stands where a number is expected"))),
        }
    }
}

/// Left out is the default; `null` is no number.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Exact>, D::Error> {
    Exact::deserialize(deserializer).map(Some)
}

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
    let parsed =
        if is_toml { from_toml(text) } else { serde_json::from_str(text).map_err(|e| e.to_string()) };
    build(parsed.map_err(|why| Failure::input(format!("{why}; {SHAPE}")))?)
}

fn build(file: NetworkFile) -> Result<Network, Failure> {
    let number = |name: &str, given: Option<Exact>, default: i64| match given {
        Some(Exact(text)) => exact(&format!("input.{name}"), &text, &[]),
        None => Ok(num_rational::BigRational::from_integer(default.into())),
    };
    let input = Input {
        gamma_w2: number("gamma_w2", file.input.gamma_w2, 1)?,
        gamma_b2: number("gamma_b2", file.input.gamma_b2, 0)?,
        radius2: number("radius2", file.input.radius2, 1)?,
    };
    let layers = file.layers.into_iter().enumerate().map(|(l, layer)| {
        let text =
            |given: Option<Exact>, default: &str| given.map_or(default.to_string(), |Exact(text)| text);
        Ok(Layer {
            activation: activation(&format!("layers[{l}].activation"), &layer.activation)?,
            sigma_w2: weight_variance(&format!("layers[{l}].sigma_w2"), &text(layer.sigma_w2, "normalized"))?,
            sigma_b2: bias_variance(&format!("layers[{l}].sigma_b2"), &text(layer.sigma_b2, "0"))?,
        })
    });
    Ok(Network::new(input, layers.collect::<Result<_, Failure>>()?)?)
}

/// By way of JSON, whose numbers keep their digits; TOML's own floats would be rounded to doubles.
fn from_toml(text: &str) -> Result<NetworkFile, String> {
    let table = DeTable::parse(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        format!("{} at line {line}", error.message())
    })?;
    let table = table
        .into_inner()
        .into_iter()
        .map(|(key, value)| Ok((key.into_inner().into_owned(), json(value.into_inner())?)));
    let value = Value::Object(table.collect::<Result<_, String>>()?);
    serde_json::from_value(value).map_err(|error| error.to_string())
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
