//! Inputs and results as serde writes and reads them (feature `serde`).
//!
//! Exact numbers are texts like `"3/7"`, activations are names or formulas, networks have the form of network files,
//! and a ball is `{"midpoint", "radius", "precision"}` with the first two in hexadecimal, so that it comes back as it
//! was.

use rug::Float;
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::activation::Activation;
use crate::kernel::KernelSeries;
use crate::number::{Accuracy, Ball, ClosedForm, Mag};

/// Longest text of a midpoint, in hexadecimal digits.
const MAX_DIGITS: usize = 1 << 22;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BallText {
    midpoint: String,
    radius: String,
    precision: u32,
}

impl Serialize for Ball {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let radius = self.radius().to_float();
        let hex = |x: &Float| x.to_string_radix(16, None);
        let text =
            BallText { midpoint: hex(self.midpoint()), radius: hex(&radius), precision: self.precision() };
        text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ball {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ball, D::Error> {
        let BallText { midpoint, radius, precision } = BallText::deserialize(deserializer)?;
        if midpoint.len() > MAX_DIGITS || radius.len() > 64 {
            return Err(D::Error::custom(
                "a ball has at most 2^22 digits in its midpoint, and 64 in its radius",
            ));
        }
        let wrong = |what: &str| D::Error::custom(format!("the {what} of a ball is no hexadecimal number"));
        let parsed = Float::parse_radix(&midpoint, 16).map_err(|_| wrong("midpoint"))?;
        // What the bits do not hold is part of the radius.
        let rounded = Float::with_val_round(precision.clamp(1, 1 << 24), parsed, rug::float::Round::Nearest);
        let radius = Float::parse_radix(&radius, 16).map_err(|_| wrong("radius"))?;
        let (radius, _) = Float::with_val_round(64, radius, rug::float::Round::Up);
        if radius.is_nan() || radius < 0 {
            return Err(D::Error::custom("the radius of a ball is not negative"));
        }
        let radius = if radius.is_infinite() { Mag::INFINITY } else { Mag::from_float(&radius) };
        Ok(Ball::rounded(rounded, radius))
    }
}

impl Serialize for Mag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Ball::exact(self.to_float()).serialize(serializer)
    }
}

impl Serialize for ClosedForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Digits {
    digits: u32,
    absolute: bool,
}

impl Serialize for Accuracy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Digits { digits: self.digits(), absolute: self.is_absolute() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Accuracy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Accuracy, D::Error> {
        let Digits { digits, absolute } = Digits::deserialize(deserializer)?;
        let accuracy = if absolute { Accuracy::absolute(digits) } else { Accuracy::relative(digits) };
        accuracy.map_err(D::Error::custom)
    }
}

/// As text that [`Activation::parse`] reads as this very function; an activation from outside has none.
impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.expression().is_none() {
            let why = format!("`{}` is given by code, not by a formula", self.name());
            return Err(S::Error::custom(why));
        }
        serializer.collect_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Activation, D::Error> {
        Activation::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for KernelSeries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("KernelSeries", 3)?;
        out.serialize_field("coefficients", self.coefficients())?;
        out.serialize_field("sum", self.sum())?;
        out.serialize_field("tail", self.tail())?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ntk_testing::cases(100))]

        #[test]
        fn balls_come_back_as_they_were(n in any::<i64>(), d in any::<i64>(), shift in -3000i32..3000, r in proptest::option::of(-4000i64..4000), bits in 1u32..300) {
            let radius = r.map_or(Mag::ZERO, Mag::pow2);
            let ball = Ball::from_integer(n, bits).div_integer(d.max(1)).shl(shift).widened(radius);
            let text = serde_json::to_string(&ball).unwrap();
            let again: Ball = serde_json::from_str(&text).unwrap();
            prop_assert!(again == ball && again.precision() == ball.precision(), "{}", text);
        }
    }

    #[test]
    fn the_whole_line_comes_back_and_nonsense_does_not() {
        let text = serde_json::to_string(&Ball::whole_line(64)).unwrap();
        assert!(!serde_json::from_str::<Ball>(&text).unwrap().is_finite());
        for text in [
            r#"{"midpoint":"1","radius":"-1","precision":64}"#,
            r#"{"midpoint":"x","radius":"0","precision":64}"#,
            r#"{"midpoint":"1","radius":"0"}"#,
            r#"{"midpoint":"1","radius":"0","precision":64,"more":1}"#,
        ] {
            assert!(serde_json::from_str::<Ball>(text).is_err(), "{text}");
        }
        // More digits than bits: the truth stays inside.
        let short: Ball =
            serde_json::from_str(r#"{"midpoint":"1.8000001","radius":"0","precision":4}"#).unwrap();
        assert!(short.contains_rational(&parse_rational("402653185/268435456").unwrap()));
        assert!(serde_json::from_str::<Accuracy>(r#"{"digits":0,"absolute":false}"#).is_err());
        assert!(serde_json::from_str::<Activation>("\"rellu\"").is_err());
        let tanh: Activation = serde_json::from_str("\"2*tanh(x)\"").unwrap();
        assert_eq!(serde_json::to_string(&tanh).unwrap(), "\"2*tanh(x)\"");
    }

    #[test]
    fn networks_come_back() {
        use crate::kernel::{Input, Layer, Network, Training};
        let half = parse_rational("1/2").unwrap();
        let network = Network::builder()
            .input(Input { gamma_b2: half.clone(), ..Input::default() })
            .residual(half, |branch| branch.dense(Activation::gelu()))
            .normalize()
            .layer(Layer::new(Activation::parse("x^2+tanh(x)").unwrap()))
            .trained(vec![Training::frozen(), Training::default(), Training::default()])
            .build()
            .unwrap();
        let text = serde_json::to_string(&network).unwrap();
        let again: Network = serde_json::from_str(&text).unwrap();
        assert_eq!(again.to_json(), network.to_json());
    }
}
