//! Network files: an input layer and a list of hidden layers and blocks, in JSON or TOML.
//!
//! ```json
//! {"input": {"gamma_w2": "1", "gamma_b2": "0", "radius2": "1"},
//!  "layers": [{"activation": "relu", "sigma_w2": "normalized", "sigma_b2": "0"}]}
//! ```
//! Only `layers` and each `activation` are required. Numbers are exact, in quotes or not. A residual block, a
//! normalization layer or a sum of branches may stand in the place of a layer: `docs/networks.md` has the whole form.

use std::path::Path;

use ntk_series::kernel::{Block, Input, Layer, Network, Training};
use num_rational::BigRational;
use num_traits::One;
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
const SHAPE: &str = r#"accepted is {"input": {"gamma_w2": 1, "gamma_b2": 0, "radius2": 1}, "layers": [{"activation": "relu", "sigma_w2": "normalized", "sigma_b2": 0}]} or the same in TOML; docs/networks.md has blocks"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkFile {
    #[serde(default)]
    input: InputTable,
    layers: Vec<BlockTable>,
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
    #[serde(default, deserialize_with = "given")]
    train_w: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    train_b: Option<Exact>,
}

/// An entry of a list of layers.
#[derive(Deserialize)]
#[serde(try_from = "Fields")]
enum BlockTable {
    Layer(Box<LayerTable>),
    Residual { branch: Vec<BlockTable>, skip: Option<Exact> },
    Normalize,
    Sum { branches: Vec<Vec<BlockTable>>, weights: Option<Vec<Exact>> },
}

struct LayerTable {
    activation: String,
    sigma_w2: Option<Exact>,
    sigma_b2: Option<Exact>,
    train_w: Option<Exact>,
    train_b: Option<Exact>,
}

/// The fields that an entry can have: those of one kind go together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default, deserialize_with = "given")]
    activation: Option<String>,
    #[serde(default, deserialize_with = "given")]
    sigma_w2: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    sigma_b2: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    train_w: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    train_b: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    residual: Option<Vec<BlockTable>>,
    #[serde(default, deserialize_with = "given")]
    skip: Option<Exact>,
    #[serde(default, deserialize_with = "given")]
    normalize: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    sum: Option<Vec<Vec<BlockTable>>>,
    #[serde(default, deserialize_with = "given")]
    weights: Option<Vec<Exact>>,
}

impl TryFrom<Fields> for BlockTable {
    type Error = String;

    fn try_from(fields: Fields) -> Result<BlockTable, String> {
        let Fields {
            activation,
            sigma_w2,
            sigma_b2,
            train_w,
            train_b,
            residual,
            skip,
            normalize,
            sum,
            weights,
        } = fields;
        let of_layers = [
            ("sigma_w2", sigma_w2.is_some()),
            ("sigma_b2", sigma_b2.is_some()),
            ("train_w", train_w.is_some()),
            ("train_b", train_b.is_some()),
        ];
        let (of_residuals, of_sums) = ([("skip", skip.is_some())], [("weights", weights.is_some())]);
        let alone = |kind: &str, others: &[&[(&str, bool)]]| match others
            .iter()
            .copied()
            .flatten()
            .find(|(_, given)| *given)
        {
            Some((name, _)) => Err(format!("`{name}` stands beside `{kind}`, where it has no meaning")),
            None => Ok(()),
        };
        match (activation, residual, normalize, sum) {
            (Some(activation), None, None, None) => {
                alone("activation", &[&of_residuals, &of_sums])?;
                let layer = LayerTable { activation, sigma_w2, sigma_b2, train_w, train_b };
                Ok(BlockTable::Layer(Box::new(layer)))
            }
            (None, Some(branch), None, None) => {
                alone("residual", &[&of_layers, &of_sums])?;
                Ok(BlockTable::Residual { branch, skip })
            }
            (None, None, Some(true), None) => {
                alone("normalize", &[&of_layers, &of_residuals, &of_sums])?;
                Ok(BlockTable::Normalize)
            }
            (None, None, Some(false), None) => Err("`normalize` is false; true is accepted".to_string()),
            (None, None, None, Some(branches)) => {
                alone("sum", &[&of_layers, &of_residuals])?;
                match weights.as_ref().map_or(branches.len(), Vec::len) == branches.len() {
                    true => Ok(BlockTable::Sum { branches, weights }),
                    false => Err("`weights` has not as many numbers as `sum` has branches".to_string()),
                }
            }
            _ => Err("an entry of a list of layers has exactly one of `activation`, `residual`, `normalize` and `sum`".to_string()),
        }
    }
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

/// Left out is the default; `null` is nothing.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
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
        None => Ok(BigRational::from_integer(default.into())),
    };
    let input = Input {
        gamma_w2: number("gamma_w2", file.input.gamma_w2, 1)?,
        gamma_b2: number("gamma_b2", file.input.gamma_b2, 0)?,
        radius2: number("radius2", file.input.radius2, 1)?,
    };
    let mut trained = Trained { speeds: vec![], named: false };
    trained.push("input", file.input.train_w, file.input.train_b)?;
    let blocks = blocks(file.layers, "layers", &mut trained)?;
    let network = Network::from_blocks(input, blocks)?;
    Ok(if trained.named { network.trained(trained.speeds)? } else { network })
}

/// How the layers are trained, in the order in which the file names them.
struct Trained {
    speeds: Vec<Training>,
    /// Does the file say anything of it?
    named: bool,
}

impl Trained {
    fn push(&mut self, place: &str, weights: Option<Exact>, biases: Option<Exact>) -> Result<(), Failure> {
        self.named |= weights.is_some() || biases.is_some();
        let number = |name: &str, given: Option<Exact>| {
            given.map(|Exact(text)| exact(&format!("{place}.{name}"), &text, &[])).transpose()
        };
        let weights = number("train_w", weights)?.unwrap_or_else(BigRational::one);
        self.speeds.push(Training { weights, biases: number("train_b", biases)? });
        Ok(())
    }
}

fn blocks(tables: Vec<BlockTable>, place: &str, trained: &mut Trained) -> Result<Vec<Block>, Failure> {
    let each = tables.into_iter().enumerate();
    each.map(|(i, table)| block(table, &format!("{place}[{i}]"), trained)).collect()
}

fn block(table: BlockTable, place: &str, trained: &mut Trained) -> Result<Block, Failure> {
    let factor = |name: &str, given: Option<Exact>| match given {
        Some(Exact(text)) => exact(&format!("{place}.{name}"), &text, &[]),
        None => Ok(BigRational::one()),
    };
    Ok(match table {
        BlockTable::Layer(layer) => {
            let LayerTable { activation: name, sigma_w2, sigma_b2, train_w, train_b } = *layer;
            let text =
                |given: Option<Exact>, default: &str| given.map_or(default.to_string(), |Exact(text)| text);
            let layer = Layer {
                activation: activation(&format!("{place}.activation"), &name)?,
                sigma_w2: weight_variance(&format!("{place}.sigma_w2"), &text(sigma_w2, "normalized"))?,
                sigma_b2: bias_variance(&format!("{place}.sigma_b2"), &text(sigma_b2, "0"))?,
            };
            trained.push(place, train_w, train_b)?;
            Block::Dense(layer)
        }
        BlockTable::Residual { branch, skip } => {
            let branch = blocks(branch, &format!("{place}.residual"), trained)?;
            Block::Residual { skip: factor("skip", skip)?, branch }
        }
        BlockTable::Normalize => Block::Normalize,
        BlockTable::Sum { branches, weights } => {
            let mut weights = weights.into_iter().flatten();
            let terms = branches.into_iter().enumerate().map(|(i, branch)| {
                let branch = blocks(branch, &format!("{place}.sum[{i}]"), trained)?;
                Ok((factor(&format!("weights[{i}]"), weights.next())?, branch))
            });
            Block::Sum(terms.collect::<Result<_, Failure>>()?)
        }
    })
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
