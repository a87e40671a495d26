//! What is handed out: the most of a certificate that the independent checker accepts.

use ntk_checker::Rejection;
use ntk_series::Error;
use ntk_series::gram::{GramBound, SmallestEigenvalue};
use ntk_series::positivity::{Certificate, Domain, Outcome};

use super::Found;
use crate::progress;

/// The bound of the eigenvalue is stated as it is, or half of it: then coarser enclosures of the matrix do.
const ROOMS: [Option<u32>; 2] = [None, Some(1)];

/// A certificate that was checked, and what had to be left out of it, in words.
pub(super) struct Accepted {
    pub(super) json: Option<String>,
    pub(super) left_out: Option<String>,
}

/// A certificate, and what it lacks.
struct Candidate {
    certificate: Certificate,
    lacks: &'static str,
}

/// From the whole certificate to ever less.
fn candidates(whole: Certificate, eigenvalue: Option<&GramBound>) -> Vec<Candidate> {
    let mut out = vec![];
    for room in ROOMS {
        let bound = eigenvalue.map(|bound| room.map_or_else(|| bound.clone(), |bits| bound.with_room(bits)));
        out.extend(
            bound.map(|bound| Candidate { certificate: whole.clone().with_lambda_min(&bound), lacks: "" }),
        );
    }
    let lacks = if eigenvalue.is_some() { "the bound of the smallest eigenvalue" } else { "" };
    out.push(Candidate { certificate: whole.clone(), lacks });
    if whole.null_vector.is_some() && whole.domain != Domain::Points {
        let certificate = Certificate { points: None, null_vector: None, ..whole.clone() };
        out.push(Candidate { certificate, lacks: "the counterexample" });
    }
    if whole.outcome != Outcome::Undecided {
        let points = whole.points.clone().filter(|_| whole.domain == Domain::Points);
        let (outcome, theorem, hypotheses, null_vector) = (Outcome::Undecided, None, vec![], None);
        let certificate = Certificate { outcome, theorem, hypotheses, points, null_vector, ..whole };
        out.push(Candidate { certificate, lacks: "the verdict" });
    }
    if let Some(last) = out.last().filter(|c| !c.certificate.claims.is_empty()) {
        let certificate = Certificate { claims: vec![], ..last.certificate.clone() };
        out.push(Candidate { certificate, lacks: "the verdict and what it follows from" });
    }
    out
}

impl Found {
    /// The certificate as far as `ntk check` accepts it.
    pub(super) fn accepted(&self) -> Result<Accepted, Error> {
        let whole = match self.verdict.certificate() {
            Ok(whole) => whole,
            Err(error @ Error::Certificate { .. }) => {
                return Ok(Accepted { json: None, left_out: Some(format!("none can be written: {error}")) });
            }
            Err(error) => return Err(error),
        };
        let bound = match &self.eigenvalue {
            Some(Ok(SmallestEigenvalue { bound: Some(bound), .. })) => Some(bound),
            _ => None,
        };
        Ok(progress::during("checking the certificate", || first_accepted(candidates(whole, bound))))
    }
}

/// The first one that is accepted; the first refusal says why those before it were not.
fn first_accepted(candidates: Vec<Candidate>) -> Accepted {
    let mut first: Option<Rejection> = None;
    let mut hopeless = false;
    for Candidate { certificate, lacks } in candidates {
        // Another room for the bound helps only where the checker was not sure enough of the matrix.
        if hopeless && certificate.lambda_min.is_some() {
            continue;
        }
        let json = certificate.to_json();
        match ntk_checker::check(&json) {
            Ok(_) => {
                let left_out = (!lacks.is_empty()).then(|| said(lacks, first.as_ref()));
                return Accepted { json: Some(json), left_out };
            }
            Err(rejection) => {
                hopeless = !matches!(&rejection, Rejection::Refuted { field, .. } if field.starts_with("lambda_min"));
                first.get_or_insert(rejection);
            }
        }
    }
    let why = first.map_or_else(String::new, |rejection| format!(": {rejection}"));
    Accepted { json: None, left_out: Some(format!("none is written, as the checker accepts none{why}")) }
}

fn said(lacks: &str, why: Option<&Rejection>) -> String {
    let why = why.map_or_else(String::new, |rejection| format!(" ({rejection})"));
    format!("without {lacks}, which the checker does not accept{why}")
}
