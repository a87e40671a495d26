//! Networks from files: JSON with exact numbers, and arrays of numpy.

use num_rational::BigRational;
use serde_json::{Map, Value};

use super::network::{Architecture, FiniteLayer, FiniteNetwork, MAX_LAYERS, Parametrization};
use super::weights::Numbers;
use crate::Error;
use crate::activation::Activation;
use crate::npy::NpyArray;
use crate::number::parse_rational;

/// Longest JSON text of a network, in bytes.
pub const MAX_JSON_BYTES: usize = 1 << 23;
/// Longest numerator and denominator together, in bits.
const MAX_BITS: u64 = 8192;

impl FiniteNetwork {
    /// Reads a network with exact weights:
    ///
    /// ```json
    /// {"parametrization": "ntk",
    ///  "layers": [
    ///    {"activation": "tanh", "weights": [["1/3", 0.1], [2, "-1e-3"]], "biases": [0, "1/2"]},
    ///    {"activation": null, "weights": [[1, "1/7"]]}]}
    /// ```
    ///
    /// `weights` has a row for each output; numbers keep all their digits (`0.1` is 1/10); an `activation` of `null` or
    /// none is linear, `biases` may be left out, and the parametrization is `ntk` (the default) or `standard`.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the field at fault; [`Error::Number`] a number; the activation's errors are passed
    /// on.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::FiniteNetwork;
    /// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/3", 0.1]]}, {"weights": [[1]]}]}"#;
    /// let network = FiniteNetwork::from_json(text)?;
    /// assert_eq!(network.layers()[0].weights().rational(1).to_string(), "1/10");
    /// assert!(FiniteNetwork::from_json("{}").unwrap_err().to_string().contains("layers"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<FiniteNetwork, Error> {
        if text.len() > MAX_JSON_BYTES {
            return Err(Error::parameter(
                "network file",
                text.len(),
                "at most 2^23 bytes are accepted; a larger one is accepted in .npy",
            ));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|e| Error::parameter("network file", e, "a JSON object is accepted"))?;
        let object = value.as_object().ok_or_else(|| wrong("network file", &value, "a JSON object"))?;
        known(object, &["parametrization", "layers"])?;
        let parametrization = match object.get("parametrization").map(Value::as_str) {
            None | Some(Some("ntk")) => Parametrization::Ntk,
            Some(Some("standard")) => Parametrization::Standard,
            Some(_) => {
                return Err(wrong("parametrization", &object["parametrization"], "\"ntk\" or \"standard\""));
            }
        };
        let list = object.get("layers").and_then(Value::as_array).filter(|l| !l.is_empty());
        let list =
            list.ok_or_else(|| Error::parameter("layers", "nothing", "a list of layers is accepted"))?;
        if list.len() > MAX_LAYERS {
            return Err(Error::parameter("number of layers", list.len(), "at most 1001 are accepted"));
        }
        let mut layers: Vec<FiniteLayer> = vec![];
        for (i, value) in list.iter().enumerate() {
            let layer = layer(value, i + 1)?;
            if let Some(last) = layers.last().filter(|l| l.outputs() != layer.inputs()) {
                let accepted = format!("{} are accepted, the outputs of the layer before", last.outputs());
                return Err(Error::parameter(
                    &format!("inputs of layer {}", i + 1),
                    layer.inputs(),
                    &accepted,
                ));
            }
            layers.push(layer);
        }
        Ok(FiniteNetwork::from_layers(parametrization, layers))
    }

    /// The parameters of a shape from an array of numpy (`.npy`) that lists all of them in the order in which they are
    /// numbered: layer by layer, the weights row by row, then the biases.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`NpyArray::read`], and when the number of entries does not fit.
    pub fn from_npy(shape: &Architecture, bytes: &[u8]) -> Result<FiniteNetwork, Error> {
        FiniteNetwork::from_parameters(shape, &Numbers::doubles(NpyArray::read(bytes)?.values)?)
    }
}

fn wrong(name: &str, value: &Value, accepted: &str) -> Error {
    Error::parameter(name, value, &format!("{accepted} is accepted"))
}

/// No field but these.
fn known(object: &Map<String, Value>, names: &[&str]) -> Result<(), Error> {
    match object.keys().find(|k| !names.contains(&k.as_str())) {
        Some(key) => Err(Error::parameter("field", key, &format!("{} are accepted", names.join(", ")))),
        None => Ok(()),
    }
}

fn layer(value: &Value, number: usize) -> Result<FiniteLayer, Error> {
    let name = |field: &str| format!("{field} of layer {number}");
    let object =
        value.as_object().ok_or_else(|| wrong(&format!("layer {number}"), value, "a JSON object"))?;
    known(object, &["activation", "weights", "biases"])?;
    let activation = match object.get("activation") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Activation::parse(text)?),
        Some(other) => return Err(wrong(&name("activation"), other, "a name, a formula in x or null")),
    };
    let rows = object.get("weights").and_then(Value::as_array).filter(|r| !r.is_empty());
    let rows =
        rows.ok_or_else(|| Error::parameter(&name("weights"), "nothing", "a list of rows is accepted"))?;
    let mut weights = vec![];
    let mut inputs = None;
    for row in rows {
        let row = numbers(row, &name("weights"))?;
        if row.is_empty() || inputs.is_some_and(|n| n != row.len()) {
            let accepted = "rows of one length, at least 1, are accepted";
            return Err(Error::parameter(&format!("a row of the {}", name("weights")), row.len(), accepted));
        }
        inputs = Some(row.len());
        weights.extend(row);
    }
    let biases =
        object.get("biases").filter(|b| !b.is_null()).map(|b| numbers(b, &name("biases"))).transpose()?;
    let count = biases.as_ref().map_or(rows.len(), Vec::len);
    let sizes = [inputs.unwrap_or(0), rows.len()];
    let biases = biases.map(|b| Numbers::rationals(&b));
    FiniteLayer::new(sizes, Numbers::rationals(&weights), biases, activation).ok_or_else(|| {
        let accepted = format!("{} are accepted, one for each row of weights", rows.len());
        Error::parameter(&format!("number of {}", name("biases")), count, &accepted)
    })
}

fn numbers(value: &Value, name: &str) -> Result<Vec<BigRational>, Error> {
    let list = value.as_array().ok_or_else(|| wrong(name, value, "a list of exact numbers"))?;
    let read = |entry: &Value| {
        let number = match entry {
            Value::String(text) => parse_rational(text)?,
            Value::Number(number) => parse_rational(&number.to_string())?,
            other => return Err(wrong(name, other, "an exact number like 2, \"1/10\" or 0.1")),
        };
        if number.numer().bits() + number.denom().bits() > MAX_BITS {
            return Err(wrong(name, entry, "a number of at most 8192 bits"));
        }
        Ok(number)
    };
    list.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_that_do_not_fit_are_refused() {
        let good = r#"{"parametrization":"standard","layers":[
            {"activation":"relu","weights":[["1/3",0.1],[2,"-1e-3"]],"biases":[0,"1/2"]},
            {"activation":null,"weights":[[1,"1/7"]]}]}"#;
        let network = FiniteNetwork::from_json(good).unwrap();
        assert_eq!(network.parametrization(), Parametrization::Standard);
        assert_eq!((network.parameters(), network.outputs()), (8, 1));
        assert!(network.layers()[0].activation().is_some() && network.layers()[1].activation().is_none());
        for (from, to, part) in [
            ("standard", "other", "parametrization"),
            ("relu", "rellu", "relu"),
            ("[0,\"1/2\"]", "[0]", "biases of layer 1"),
            ("[1,\"1/7\"]", "[1]", "inputs of layer 2"),
            ("[2,\"-1e-3\"]", "[2]", "row"),
            ("0.1", "\"nan\"", "nan"),
            ("0.1", "null", "weights of layer 1"),
            ("0.1", "\"1e5000\"", "8192 bits"),
            ("biases", "bias", "bias"),
            ("layers", "layer", "layer"),
        ] {
            let error = FiniteNetwork::from_json(&good.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains('\n'), "{error}");
        }
        for text in ["", "[]", "{\"layers\":[]}", "{\"layers\":[1]}"] {
            assert!(FiniteNetwork::from_json(text).is_err(), "{text}");
        }
    }
}
