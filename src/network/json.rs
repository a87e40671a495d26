//! Networks in JSON: the form of network files and, for the layers, of certificates.

use num_traits::One;
use serde_json::{Map, Value, json};

use super::{Block, Layer, Network, Training};

impl Network {
    /// The whole network in the form of a network file, `docs/networks.md` of the repository.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::kernel::{BiasVariance, Block, Input, Layer, Network, WeightVariance};
    /// use ntk_series::number::parse_rational;
    /// use ntk_series::Activation;
    /// let sigma_b2 = BiasVariance::Exact(parse_rational("0")?);
    /// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
    /// let residual = Block::Residual { skip: parse_rational("1/2")?, branch: vec![Block::Dense(layer)] };
    /// let json = Network::from_blocks(Input::default(), vec![residual])?.to_json();
    /// assert_eq!(json["layers"][0]["skip"], "1/2");
    /// assert_eq!(json["layers"][0]["residual"][0]["activation"], "relu");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn to_json(&self) -> Value {
        json!({
            "input": self.input_json(),
            "layers": self.layers_json(&|i| self.layers[i].activation.name()),
        })
    }

    pub(crate) fn input_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        let input = &self.input;
        let fields =
            [("gamma_w2", &input.gamma_w2), ("gamma_b2", &input.gamma_b2), ("radius2", &input.radius2)];
        out.extend(fields.map(|(name, value)| (name.to_string(), json!(value.to_string()))));
        push_training(&mut out, self.training_of(0));
        out
    }

    /// The blocks; `name` says how the activation of a hidden layer is written, by its place among them.
    pub(crate) fn layers_json(&self, name: &dyn Fn(usize) -> String) -> Value {
        Writer { network: self, name, next: 0 }.chain(&self.blocks)
    }
}

/// What a network file says of training: what is not as usual.
fn push_training(out: &mut Map<String, Value>, training: Option<&Training>) {
    let Some(Training { weights, biases }) = training else { return };
    if !weights.is_one() {
        out.insert("train_w".into(), json!(weights.to_string()));
    }
    if let Some(biases) = biases {
        out.insert("train_b".into(), json!(biases.to_string()));
    }
}

struct Writer<'a> {
    network: &'a Network,
    name: &'a dyn Fn(usize) -> String,
    /// The next hidden layer.
    next: usize,
}

impl Writer<'_> {
    fn chain(&mut self, blocks: &[Block]) -> Value {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: &Block) -> Value {
        match block {
            Block::Dense(layer) => self.layer(layer),
            Block::Residual { skip, branch } => {
                json!({ "residual": self.chain(branch), "skip": skip.to_string() })
            }
            Block::Normalize => json!({ "normalize": true }),
            Block::Sum(terms) => {
                let sum: Value = terms.iter().map(|(_, branch)| self.chain(branch)).collect();
                let weights: Value = terms.iter().map(|(weight, _)| weight.to_string()).collect();
                json!({ "sum": sum, "weights": weights })
            }
        }
    }

    fn layer(&mut self, layer: &Layer) -> Value {
        let mut out = Map::new();
        out.insert("activation".into(), json!((self.name)(self.next)));
        out.insert("sigma_w2".into(), json!(layer.sigma_w2.to_string()));
        out.insert("sigma_b2".into(), json!(layer.sigma_b2.to_string()));
        self.next += 1;
        push_training(&mut out, self.network.training_of(self.next));
        Value::Object(out)
    }
}
