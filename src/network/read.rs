//! Networks from JSON, in the form of network files: `docs/networks.md` of the repository.

use num_rational::BigRational;
use num_traits::One;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Block, Input, Layer, Network, Training};
use crate::Error;
use crate::activation::Activation;
use crate::number::parse_rational;

/// The shape of a network file, in words for messages.
pub const NETWORK_SHAPE: &str = r#"accepted is {"input": {"gamma_w2": 1, "gamma_b2": 0, "radius2": 1}, "layers": [{"activation": "relu", "sigma_w2": "normalized", "sigma_b2": 0}]} or the same in TOML; docs/networks.md has blocks"#;

impl Network {
    /// Reads what [`Network::to_json`] writes, and every network file.
    ///
    /// # Errors
    /// [`Error::Shape`] where it is no network, [`Error::At`] for what stands in one place of it, and those of
    /// [`Network::from_blocks`] and [`Network::trained`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Network;
    /// let json = serde_json::json!({ "layers": [{ "activation": "tanh", "sigma_b2": "1/10" }, { "normalize": true }] });
    /// let network = Network::from_json(json)?;
    /// assert_eq!(network.layers()[0].activation.name(), "tanh");
    /// let wrong = serde_json::json!({ "layers": [{ "activation": "tahn" }] });
    /// assert!(Network::from_json(wrong).unwrap_err().to_string().starts_with("layers[0].activation: "));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_json(json: Value) -> Result<Network, Error> {
        build(serde_json::from_value(json).map_err(wrong_shape)?)
    }

    /// The same for JSON as text: a field that is given twice is refused as well, and messages have lines and columns.
    ///
    /// # Errors
    /// As [`Network::from_json`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Network;
    /// let network = Network::from_json_text(r#"{"layers": [{"activation": "relu", "sigma_w2": 0.1}]}"#)?;
    /// assert_eq!(network.to_json()["layers"][0]["sigma_w2"], "1/10");
    /// assert!(Network::from_json_text(r#"{"layers": [], "layers": []}"#).is_err());
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_json_text(text: &str) -> Result<Network, Error> {
        build(serde_json::from_str(text).map_err(wrong_shape)?)
    }
}

fn wrong_shape(error: serde_json::Error) -> Error {
    Error::Shape { why: format!("{error}; {NETWORK_SHAPE}") }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Network, D::Error> {
        build(NetworkFile::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

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

fn build(file: NetworkFile) -> Result<Network, Error> {
    let number = |name: &str, given: Option<Exact>, default: i64| match given {
        Some(Exact(text)) => exact(&format!("input.{name}"), &text),
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
    fn push(&mut self, place: &str, weights: Option<Exact>, biases: Option<Exact>) -> Result<(), Error> {
        self.named |= weights.is_some() || biases.is_some();
        let number = |name: &str, given: Option<Exact>| {
            given.map(|Exact(text)| exact(&format!("{place}.{name}"), &text)).transpose()
        };
        let weights = number("train_w", weights)?.unwrap_or_else(BigRational::one);
        self.speeds.push(Training { weights, biases: number("train_b", biases)? });
        Ok(())
    }
}

fn blocks(tables: Vec<BlockTable>, place: &str, trained: &mut Trained) -> Result<Vec<Block>, Error> {
    let each = tables.into_iter().enumerate();
    each.map(|(i, table)| block(table, &format!("{place}[{i}]"), trained)).collect()
}

fn block(table: BlockTable, place: &str, trained: &mut Trained) -> Result<Block, Error> {
    let factor = |name: &str, given: Option<Exact>| match given {
        Some(Exact(text)) => exact(&format!("{place}.{name}"), &text),
        None => Ok(BigRational::one()),
    };
    Ok(match table {
        BlockTable::Layer(layer) => {
            let LayerTable { activation: name, sigma_w2, sigma_b2, train_w, train_b } = *layer;
            let text =
                |given: Option<Exact>, default: &str| given.map_or(default.to_string(), |Exact(text)| text);
            let layer = Layer {
                activation: activation(&format!("{place}.activation"), &name)?,
                sigma_w2: text(sigma_w2, "normalized")
                    .parse()
                    .map_err(|e: Error| e.at(&format!("{place}.sigma_w2")))?,
                sigma_b2: text(sigma_b2, "0")
                    .parse()
                    .map_err(|e: Error| e.at(&format!("{place}.sigma_b2")))?,
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
            Block::Sum(terms.collect::<Result<_, Error>>()?)
        }
    })
}

fn exact(place: &str, text: &str) -> Result<BigRational, Error> {
    parse_rational(text).map_err(|error| error.at(place))
}

fn activation(place: &str, text: &str) -> Result<Activation, Error> {
    if text.trim().is_empty() {
        let why = "is empty; a name such as `relu` or a formula in x is accepted".to_string();
        return Err(Error::Shape { why }.at(place));
    }
    Activation::parse(text).map_err(|error| error.at(place))
}
