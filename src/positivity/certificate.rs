//! Verdicts as files that an independent checker verifies: `ntk-series/certificate/1`.

use num_bigint::BigInt;
use num_rational::BigRational;
use serde_json::{Map, Value, json};

use super::characterization::{Characterization, DividedDifference, Part, Witness};
use super::divided_difference::nonzero;
use super::source::Source;
use super::verdict::{Claim, Domain, Hypothesis, Outcome, Theorem, Verdict};
use crate::Error;
use crate::activation::Activation;
use crate::gram::GramBound;
use crate::kernel::{Kernel, Network};
use crate::number::rational::abridged;

/// The name and version of the format.
pub const SCHEMA: &str = "ntk-series/certificate/1";

/// A bound stated is this fraction, as a power of 1/2, below what is proved.
const ROOM: u32 = 14;

/// Everything that a checker needs to verify a verdict: all numbers exact.
///
/// # Examples
/// ```
/// use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
/// use ntk_series::number::parse_rational;
/// use ntk_series::positivity::{Domain, decide};
/// use ntk_series::Activation;
///
/// let layer = Layer {
///     activation: Activation::parse("gelu")?,
///     sigma_w2: WeightVariance::Normalized,
///     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
/// };
/// let network = Network::uniform(Input::default(), layer, 3)?;
/// let certificate = decide(&network, Kernel::Ntk, Domain::NonProportional)?.certificate()?;
/// let json: serde_json::Value = serde_json::from_str(&certificate.to_json()).unwrap();
/// assert_eq!(json["schema"], "ntk-series/certificate/1");
/// assert_eq!(json["theorem"], "characterization-of-polynomials");
/// assert_eq!(json["claims"][0]["is"], "non-polynomial");
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The answer.
    pub outcome: Outcome,
    /// The kernel.
    pub kernel: Kernel,
    /// The domain.
    pub domain: Domain,
    /// The network.
    pub network: Network,
    /// How the layers' activations are called: catalogue names or formulas.
    pub activations: Vec<String>,
    /// What the answer follows from.
    pub theorem: Option<Theorem>,
    /// What was checked of the theorem's hypotheses, in words: for the reader of the file, no checker reads it.
    pub hypotheses: Vec<Hypothesis>,
    /// Evidence about the activations.
    pub claims: Vec<Claim>,
    /// The data, or the points of a refutation.
    pub points: Option<Vec<Vec<BigRational>>>,
    /// `v ≠ 0` with `K v = 0` on the points.
    pub null_vector: Option<Vec<BigRational>>,
    /// A bound of the smallest eigenvalue on the data.
    pub lambda_min: Option<GramBound>,
}

impl Verdict {
    /// The verdict as a certificate.
    ///
    /// # Errors
    /// [`Error::Certificate`] for an activation without a formula, and for a refutation that rests on a polynomial with
    /// irrational coefficients.
    pub fn certificate(&self) -> Result<Certificate, Error> {
        let layers = self.network.layers();
        let activations = layers.iter().map(|l| written(&l.activation)).collect::<Result<Vec<_>, _>>()?;
        let mut claims: Vec<Claim> = vec![];
        for claim in &self.claims {
            // A name is no identity: of two activations with one name each has its own claims, under its formula.
            let layer = claim.layer;
            let named = Claim { activation: activations[layer].clone(), ..claim.clone() };
            let claim = self.presentable(named, &layers[layer].activation)?;
            let told =
                |c: &Claim| claim.as_ref().is_some_and(|n| n.activation == c.activation && n.part == c.part);
            if !claims.iter().any(told) {
                claims.extend(claim);
            }
        }
        let (points, null_vector) = match &self.counterexample {
            Some(found) => (Some(found.points.clone()), Some(found.null_vector.clone())),
            None => (self.points.clone(), None),
        };
        Ok(Certificate {
            outcome: self.outcome,
            kernel: self.kernel,
            domain: self.domain,
            network: self.network.clone(),
            activations,
            theorem: self.theorem,
            hypotheses: self.hypotheses.clone(),
            claims,
            points,
            null_vector,
            lambda_min: None,
        })
    }

    /// The claim in words of the format; `None` for one that says nothing.
    fn presentable(&self, claim: Claim, activation: &Activation) -> Result<Option<Claim>, Error> {
        match &claim.characterization {
            Characterization::Undecided { .. } => Ok(None),
            // A refutation has to know it all.
            Characterization::PolynomialOfDegree { multiple: Some(_), .. }
                if self.outcome == Outcome::NotStrictlyPositiveDefinite =>
            {
                Ok(Some(claim))
            }
            Characterization::PolynomialOfDegree { degree, .. } => {
                if self.outcome == Outcome::NotStrictlyPositiveDefinite {
                    let why = "it is a polynomial whose coefficients are not all known to be rational, nor all multiples of one root";
                    return Err(Error::Certificate {
                        activation: abridged(&claim.activation),
                        why: why.to_string(),
                    });
                }
                // What a positive verdict uses of it is that it exceeds a degree.
                let lower = degree.checked_sub(1);
                let difference = nonzero(&Source::of(activation), claim.part, *degree as usize);
                Ok(lower.zip(difference).map(|(degree, difference)| Claim {
                    characterization: Characterization::NotOfDegree { degree, difference },
                    ..claim
                }))
            }
            _ => Ok(Some(claim)),
        }
    }
}

/// The name, where it reads back as this activation, else its expression.
fn written(activation: &Activation) -> Result<String, Error> {
    let name = activation.name();
    let Some(expression) = activation.expression() else {
        return Err(Error::Certificate {
            activation: abridged(&name),
            why: "it is given by code, and a checker needs a formula (`PiecewiseAnalytic::expression`)"
                .to_string(),
        });
    };
    let same = Activation::parse(&name).ok().and_then(|a| a.expression()).is_some_and(|e| e == expression);
    Ok(if same { name } else { expression })
}

impl Certificate {
    /// The certificate with a bound of the smallest eigenvalue, which proves the verdict where nothing else does. It
    /// states a little less than the bound, one part in 2^14, which is the room that a checker's own enclosures of the
    /// matrix have.
    pub fn with_lambda_min(mut self, bound: &GramBound) -> Certificate {
        if self.outcome == Outcome::Undecided && self.domain == Domain::Points {
            self.outcome = Outcome::StrictlyPositiveDefinite;
            self.theorem = Some(Theorem::GramMatrix);
        }
        self.lambda_min = Some(bound.with_room(ROOM));
        self
    }

    /// The file's contents.
    pub fn to_json(&self) -> String {
        let value = json!({
            "schema": SCHEMA,
            "about": self.about(),
            "verdict": self.outcome.name(),
            "kernel": match self.kernel { Kernel::Ntk => "ntk", Kernel::Nngp => "nngp" },
            "domain": self.domain.name(),
            "network": self.network_json(),
            "theorem": self.theorem.map(Theorem::name),
            "claims": self.claims.iter().filter_map(claim_json).collect::<Vec<_>>(),
            "points": self.points.as_ref().map(|rows| rows.iter().map(|r| numbers(r)).collect::<Vec<_>>()),
            "null_vector": self.null_vector.as_ref().map(|v| numbers(v)),
            "lambda_min": self.lambda_min.as_ref().map(bound_json),
        });
        let mut out = String::new();
        push_json(&mut out, &value, 0);
        out.push('\n');
        out
    }

    /// The file in words, so that it can be understood on its own.
    fn about(&self) -> Value {
        let hypothesis = |h: &Hypothesis| {
            let holds = h.holds.map_or("open", |holds| if holds { "yes" } else { "no" });
            json!({ "hypothesis": h.statement, "holds": holds, "evidence": h.evidence })
        };
        json!({
            "program": concat!("ntk-series ", env!("CARGO_PKG_VERSION")),
            "format": "docs/certificate.md of the program's repository",
            "theorem": self.theorem.map(Theorem::statement),
            "hypotheses": self.hypotheses.iter().map(hypothesis).collect::<Vec<_>>(),
        })
    }

    fn network_json(&self) -> Value {
        let mut out = self.network.input_json();
        out.insert("layers".into(), self.network.layers_json(&|layer| self.activations[layer].clone()));
        Value::Object(out)
    }
}

fn numbers(list: &[BigRational]) -> Vec<String> {
    list.iter().map(BigRational::to_string).collect()
}

fn claim_json(claim: &Claim) -> Option<Value> {
    let mut out = Map::new();
    out.insert("activation".into(), json!(claim.activation));
    out.insert("part".into(), json!(Part::name(claim.part)));
    match &claim.characterization {
        Characterization::Polynomial { coefficients } => {
            out.insert("is".into(), json!("polynomial"));
            out.insert("coefficients".into(), json!(numbers(coefficients)));
        }
        Characterization::NotOfDegree { degree, difference } => {
            out.insert("is".into(), json!("not-of-degree"));
            out.insert("degree".into(), json!(degree));
            out.insert(
                "witness".into(),
                json!({ "nodes": numbers(&difference.nodes), "bound": difference.bound.to_string() }),
            );
        }
        Characterization::NonPolynomial { witness } => {
            out.insert("is".into(), json!("non-polynomial"));
            out.insert("witness".into(), witness_json(witness));
        }
        Characterization::PolynomialOfDegree { multiple: Some(multiple), .. } => {
            out.insert("is".into(), json!("polynomial"));
            out.insert("coefficients".into(), json!(numbers(&multiple.coefficients)));
            out.insert("square".into(), json!(multiple.square.to_string()));
        }
        Characterization::PolynomialOfDegree { .. } | Characterization::Undecided { .. } => return None,
    }
    Some(Value::Object(out))
}

fn witness_json(witness: &Witness) -> Value {
    match witness {
        Witness::Growth { half_line, order, difference: DividedDifference { nodes, bound } } => json!({
            "kind": "growth",
            "half_line": half_line.name(),
            "order": order,
            "nodes": numbers(nodes),
            "bound": bound.to_string(),
        }),
        Witness::TwoPieces(pieces) => {
            let piece = |p: &super::PolynomialPiece| json!({ "from": p.from.to_string(), "to": p.to.to_string(), "coefficients": numbers(&p.coefficients) });
            json!({ "kind": "two-pieces", "pieces": pieces.iter().map(piece).collect::<Vec<_>>() })
        }
        Witness::FasterThanPowers { half_line } => {
            json!({ "kind": "faster-than-powers", "half_line": half_line.name() })
        }
    }
}

/// An object's fields and a list's lists and objects a line each, lists of numbers on one line.
fn push_json(out: &mut String, value: &Value, depth: usize) {
    let line = |out: &mut String, first: bool, depth: usize| {
        out.push_str(if first { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth));
    };
    let is_nested = |v: &Value| v.is_array() || v.is_object();
    match value {
        Value::Object(fields) if fields.values().any(is_nested) => {
            out.push('{');
            for (i, (key, field)) in fields.iter().enumerate() {
                line(out, i == 0, depth + 1);
                out.push_str(&format!("{}: ", Value::from(key.as_str())));
                push_json(out, field, depth + 1);
            }
            out.push_str(&format!("\n{}}}", "  ".repeat(depth)));
        }
        Value::Array(items) if items.iter().any(is_nested) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                line(out, i == 0, depth + 1);
                push_json(out, item, depth + 1);
            }
            out.push_str(&format!("\n{}]", "  ".repeat(depth)));
        }
        flat => out.push_str(&flat.to_string()),
    }
}

fn bound_json(bound: &GramBound) -> Value {
    let rows: Vec<Vec<String>> =
        bound.rows.iter().map(|r| r.iter().map(BigInt::to_string).collect()).collect();
    json!({
        "lower_bound": bound.lower_bound.to_string(),
        "factor": { "exponent": bound.exponent, "rows": rows },
    })
}
