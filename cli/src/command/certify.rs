//! `ntk certify`: is the kernel strictly positive definite?

mod accepted;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ntk_series::gram::{GramMatrix, MAX_PROOF_POINTS, Points, SmallestEigenvalue, prove_smallest_eigenvalue};
use ntk_series::kernel::Network;
use ntk_series::number::Accuracy;
use ntk_series::positivity::{Counterexample, Domain, Outcome, Theorem, Verdict, decide, decide_points};
use ntk_series::{Ball, Error};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Map, Value};

use crate::args::{Format, OutputArgs};
use crate::data::DataArgs;
use crate::enclosure::Enclosure;
use crate::failure::{Failure, Status};
use crate::network::words::{network_facts, title};
use crate::network::{KernelArg, NetworkArgs};
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report, Total};
use crate::sink::Sink;

const EXAMPLES: &str = "\
Examples:
  ntk certify relu --hidden-layers 2 --on sphere
  ntk certify tanh --biases --certificate tanh.json
  ntk certify 'x*sigmoid(2*x)' --points data.csv --certificate data.json
  ntk check data.json

A certificate is checked before it is written; what the checker cannot verify within its limits is left out of it, and said.

A points file has one point a row: exact decimals or fractions between commas (0.1, 1/3, 1e-3). The smallest eigenvalue
of the kernel's Gram matrix on them is bounded as well; off the sphere the kernel takes the points' own norms.

Exit status: 0 strictly positive definite, 1 not, 3 undecided.";

/// Significant digits of an eigenvalue for people.
const EIGENVALUE_DIGITS: usize = 10;
/// Relative digits of the Gram matrix to begin with.
const GRAM_DIGITS: u32 = 15;
/// Most points of a counterexample that are written out for people.
const MAX_SHOWN: usize = 12;

/// Which sets of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DomainArg {
    /// All finite sets of distinct points of R^d
    Distinct,
    /// All finite sets of pairwise non-proportional points of R^d
    NonProportional,
    /// All finite sets of distinct points of the sphere
    Sphere,
    /// The same without antipodal pairs
    SphereWithoutAntipodes,
}

impl From<DomainArg> for Domain {
    fn from(domain: DomainArg) -> Domain {
        match domain {
            DomainArg::Distinct => Domain::Distinct,
            DomainArg::NonProportional => Domain::NonProportional,
            DomainArg::Sphere => Domain::Sphere,
            DomainArg::SphereWithoutAntipodes => Domain::SphereWithoutAntipodes,
        }
    }
}

/// Strict positivity of the kernel: a verdict, its hypotheses one by one, and a certificate
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CertifyArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Positive bias variances: γ_b² = σ_b² = 1 where no option says otherwise
    #[arg(long, conflicts_with_all = ["no_biases", "network"])]
    biases: bool,
    /// No biases: γ_b² = σ_b² = 0 (the default)
    #[arg(long, conflicts_with_all = ["gamma_b2", "sigma_b2", "network"])]
    no_biases: bool,
    /// Sets of points: distinct (default with biases), non-proportional (default without), sphere, or
    /// sphere-without-antipodes
    #[arg(long, value_enum, value_name = "DOMAIN", hide_possible_values = true, conflicts_with = "points")]
    on: Option<DomainArg>,
    /// Decide for these points instead, and bound the smallest eigenvalue of their Gram matrix
    #[arg(long, value_name = "FILE.csv")]
    points: Option<PathBuf>,
    /// Write a certificate that `ntk check` verifies
    #[arg(long, value_name = "FILE.json")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What was found.
struct Found {
    verdict: Verdict,
    outcome: Outcome,
    theorem: Option<Theorem>,
    /// How many points were given, and the smallest eigenvalue of their Gram matrix, or why there is none.
    points: Option<usize>,
    eigenvalue: Option<Result<SmallestEigenvalue, String>>,
    /// Do points have other norms than those for which `normalized` and `unit` keep the variance?
    off_sphere: bool,
    /// How the points were read.
    data: Option<Fact>,
}

impl CertifyArgs {
    pub fn run(&self) -> Result<Status, Failure> {
        let sink = self.output.sink()?;
        let certificate =
            self.certificate.as_deref().map(|path| Sink::open("--certificate", Some(path))).transpose()?;
        let network = self.network()?;
        let found = match &self.points {
            Some(path) => {
                let data = self.data.read(path, &format!("--points {}", path.display()))?;
                Found { data: Some(data.fact("data")), ..self.on_points(&network, data.points)? }
            }
            None => self.on_domain(&network)?,
        };
        let wanted = certificate.is_some() || self.output.format == Format::Json;
        let (json, left_out) = if wanted {
            let accepted = found.accepted()?;
            (accepted.json, accepted.left_out)
        } else {
            (None, None)
        };
        if let (Some(sink), Some(text)) = (&certificate, &json) {
            sink.write(text)?;
        }
        if self.output.format == Format::Json {
            if let Some(words) = &left_out {
                // Standard output is the certificate alone.
                eprintln!("ntk: certificate: {words}");
            }
            sink.write(json.as_deref().unwrap_or("null\n"))?;
        } else {
            sink.write(&self.report(&network, &found, left_out)?.render(self.output.format))?;
        }
        Ok(match found.outcome {
            Outcome::StrictlyPositiveDefinite => Status::Done,
            Outcome::NotStrictlyPositiveDefinite => Status::Refuted,
            Outcome::Undecided => Status::Undecided,
        })
    }

    fn network(&self) -> Result<Network, Failure> {
        let network = self.network.network_with_bias(if self.biases { "1" } else { "0" })?;
        if self.biases && network.input().gamma_b2.is_zero() {
            return Err(Failure::input("--biases: all bias variances are positive, but --gamma-b2 is 0"));
        }
        let vanishes = |layer: &ntk_series::kernel::Layer| matches!(&layer.sigma_b2, ntk_series::kernel::BiasVariance::Exact(b) if b.is_zero());
        if self.biases && network.layers().iter().any(vanishes) {
            return Err(Failure::input("--biases: all bias variances are positive, but --sigma-b2 is 0"));
        }
        Ok(network)
    }

    fn on_domain(&self, network: &Network) -> Result<Found, Failure> {
        let domain = match self.on {
            Some(domain) => domain.into(),
            None if network.input().gamma_b2.is_zero() => Domain::NonProportional,
            None => Domain::Distinct,
        };
        let verdict = decide(network, self.kernel.into(), domain)?;
        Ok(Found {
            outcome: verdict.outcome,
            theorem: verdict.theorem,
            verdict,
            points: None,
            eigenvalue: None,
            off_sphere: false,
            data: None,
        })
    }

    fn on_points(&self, network: &Network, points: Points) -> Result<Found, Failure> {
        let count = points.len();
        let what = format!("the Gram matrix of {count} points");
        let (verdict, eigenvalue) = progress::during(&what, || {
            let verdict = decide_points(network, self.kernel.into(), &points)?;
            let eigenvalue = match verdict.outcome {
                Outcome::NotStrictlyPositiveDefinite => None,
                _ if count > MAX_PROOF_POINTS => Some(Err(format!(
                    "not attempted: a dense matrix takes at most {MAX_PROOF_POINTS} points"
                ))),
                _ => Some(self.eigenvalue(network, &points).map_err(|e| e.to_string())),
            };
            Ok::<_, Failure>((verdict, eigenvalue))
        })?;
        let bounded = matches!(&eigenvalue, Some(Ok(found)) if found.bound.is_some());
        let proved_by_matrix = verdict.outcome == Outcome::Undecided && bounded;
        Ok(Found {
            outcome: if proved_by_matrix { Outcome::StrictlyPositiveDefinite } else { verdict.outcome },
            theorem: if proved_by_matrix { Some(Theorem::GramMatrix) } else { verdict.theorem },
            verdict,
            points: Some(count),
            data: None,
            eigenvalue,
            off_sphere: points.squared_norms().iter().any(|s| *s != network.input().radius2),
        })
    }

    fn eigenvalue(&self, network: &Network, points: &Points) -> Result<SmallestEigenvalue, Error> {
        let gram = GramMatrix::new(network, self.kernel.into(), points, Accuracy::relative(GRAM_DIGITS)?)?;
        prove_smallest_eigenvalue(&gram)
    }

    fn report(&self, network: &Network, found: &Found, left_out: Option<String>) -> Result<Report, Failure> {
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        let words = |text: String| Phrase::new().words(text);
        let mut facts = vec![fact("verdict", words(found.in_words()))];
        facts.extend(found.data.clone());
        facts.extend(network_facts(network, None));
        if found.off_sphere {
            let text = "not all of squared norm r²: the kernel takes each point's own; what `normalized` and `unit` come to is \
                        found for r² (--radius2)";
            facts.push(fact("norms of the points", words(text.into())));
        }
        if let Some(theorem) = found.theorem {
            facts.push(fact("theorem", words(format!("{}: {}", theorem.name(), theorem.statement()))));
        }
        if let Some(Err(why)) = &found.eigenvalue {
            facts.push(fact("eigenvalue", words(why.clone())));
        }
        facts.extend(left_out.map(|text| fact("certificate", words(text))));
        if let Some(example) = &found.verdict.counterexample {
            facts.extend(counterexample(example));
        }
        let column = |key, heading: &str| Column::new(key, Kind::Words, Phrase::new().words(heading));
        let rows = found.verdict.hypotheses.iter().map(|h| {
            let holds = h.holds.map_or("open", |holds| if holds { "yes" } else { "no" });
            [h.statement.as_str(), holds, h.evidence.as_str()]
                .map(|text| Cell::Words(text.to_string()))
                .into()
        });
        let mut totals = vec![];
        if let Some(Ok(smallest)) = &found.eigenvalue {
            totals.extend(total("smallest eigenvalue", "λ_min", r"\lambda_{\min}", &smallest.value));
        }
        Ok(Report {
            title: title(self.kernel, network),
            facts,
            definitions: vec![],
            places: Places::of(Accuracy::relative(EIGENVALUE_DIGITS as u32)?),
            grids: vec![Grid {
                record: "hypothesis",
                columns: vec![
                    column("hypothesis", "hypothesis"),
                    column("holds", "holds"),
                    column("evidence", "evidence"),
                ],
                rows: rows.collect(),
            }],
            totals,
            // Certificates are the JSON.
            json: Map::<String, Value>::new(),
        })
    }
}

impl Found {
    fn in_words(&self) -> String {
        let outcome = match self.outcome {
            Outcome::StrictlyPositiveDefinite => "strictly positive definite",
            Outcome::NotStrictlyPositiveDefinite => "not strictly positive definite",
            Outcome::Undecided => "undecided",
        };
        let place = match (self.verdict.domain, self.points) {
            (Domain::Points, Some(1)) => "the one point given".to_string(),
            (Domain::Points, count) => format!("the {} points given", count.unwrap_or(0)),
            (Domain::Distinct, _) => "all finite sets of distinct points of R^d".to_string(),
            (Domain::NonProportional, _) => {
                "all finite sets of pairwise non-proportional points of R^d".to_string()
            }
            (Domain::Sphere, _) => "all finite sets of distinct points of the sphere".to_string(),
            (Domain::SphereWithoutAntipodes, _) => {
                "all finite sets of points of the sphere without antipodal pairs".to_string()
            }
        };
        format!("{outcome} on {place}")
    }
}

/// A value below the table, where it can be written.
fn total(name: &str, text: &str, latex: &str, ball: &Ball) -> Option<Total> {
    let shown = ball.to_decimal(EIGENVALUE_DIGITS)?;
    let value = Enclosure::new(shown.value, shown.error);
    let label = Phrase::new().words(format!("{name}, ")).math(text, latex);
    Some(Total::new("lambda_min", label, value))
}

/// The null vector and its points; of a long one the entries that are not zero.
fn counterexample(example: &Counterexample) -> [Fact; 2] {
    let (v, points) = (&example.null_vector, &example.points);
    let some = v.len() > MAX_SHOWN;
    let entries: Vec<usize> = (0..v.len()).filter(|i| !some || !v[*i].is_zero()).collect();
    let more = match entries.len().saturating_sub(MAX_SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let shown = &entries[..entries.len().min(MAX_SHOWN)];
    let numbers = match some {
        false => format!("v = {}", listed(v)),
        true => {
            let entries: Vec<String> = shown.iter().map(|i| format!("v_{} = {}", i + 1, v[*i])).collect();
            format!("{}{more}, 0 otherwise", entries.join(", "))
        }
    };
    let rows: Vec<String> = shown.iter().map(|i| listed(&points[*i])).collect();
    let fact = |label: &str, text: String| Fact { label: label.into(), value: Phrase::new().words(text) };
    [fact("K v = 0 for", numbers), fact("on the points", format!("{}{more}", rows.join(" ")))]
}

fn listed(numbers: &[BigRational]) -> String {
    let shown = numbers.iter().take(MAX_SHOWN).map(BigRational::to_string).collect::<Vec<_>>().join(", ");
    if numbers.len() > MAX_SHOWN { format!("({shown}, ...)") } else { format!("({shown})") }
}
