//! From JSON to a certificate.

use num_traits::{Signed, Zero};

use super::fields::Field;
use super::*;
use crate::Rejection;
use crate::integer::BigRational;
use crate::json::Json;
use crate::limits::Limits;

/// Reads a certificate; its shape and its sizes are right afterwards.
pub(crate) fn certificate(json: Json, limits: &Limits) -> Result<Certificate, Rejection> {
    let keys = [
        "schema",
        "verdict",
        "kernel",
        "domain",
        "network",
        "theorem",
        "claims",
        "points",
        "null_vector",
        "lambda_min",
    ];
    // What the file says of itself in words is not read: nothing follows from it.
    let mut object = Field::new("", json, limits).object_with(&keys, &["about"])?;
    let schema = object.take("schema");
    if !schema.is_text(SCHEMA) {
        return Err(schema.wrong(format!("`{SCHEMA}` is expected")));
    }
    let theorem = object.take("theorem").present();
    let theorem = theorem.map(|f| f.word(Theorem::ALL, Theorem::word)).transpose()?;
    let out = Certificate {
        verdict: object.take("verdict").word(Verdict::ALL, Verdict::word)?,
        kernel: object.take("kernel").word(Kernel::ALL, Kernel::word)?,
        domain: object.take("domain").word(Domain::ALL, Domain::word)?,
        network: network::network(object.take("network"))?,
        theorem,
        claims: claims(object.take("claims"))?,
        points: object.take("points").present().map(points).transpose()?,
        null_vector: object.take("null_vector").present().map(|f| f.rationals(limits.points)).transpose()?,
        lambda_min: object.take("lambda_min").present().map(lambda_min).transpose()?,
        has_words: object.has("about"),
    };
    consistent(&out)?;
    Ok(out)
}

pub(super) fn positive(field: Field) -> Result<BigRational, Rejection> {
    let path = field.path.clone();
    let value = field.rational()?;
    if value.is_positive() {
        Ok(value)
    } else {
        Err(Rejection::malformed(path, "a positive number is expected"))
    }
}

pub(super) fn non_negative(field: Field) -> Result<BigRational, Rejection> {
    let path = field.path.clone();
    let value = field.rational()?;
    if value.is_negative() {
        Err(Rejection::malformed(path, "a number from 0 on is expected"))
    } else {
        Ok(value)
    }
}

fn claims(field: Field) -> Result<Vec<Claim>, Rejection> {
    let most = 3 * field.limits.layers;
    let mut out: Vec<Claim> = vec![];
    for field in field.list(most)? {
        let path = field.path.clone();
        let claim = claim(field)?;
        if out.iter().any(|c| c.activation == claim.activation && c.part == claim.part) {
            let why = "this part of this activation has a claim already";
            return Err(Rejection::malformed(path, why));
        }
        out.push(claim);
    }
    Ok(out)
}

fn claim(field: Field) -> Result<Claim, Rejection> {
    let limits = field.limits;
    let kind = field.tag("is")?;
    let mut keys = vec!["activation", "part", "is"];
    match kind.as_str() {
        "polynomial" => keys.push("coefficients"),
        "not-of-degree" => keys.extend(["degree", "witness"]),
        "non-polynomial" => keys.push("witness"),
        _ => {
            let why = "one of `polynomial`, `not-of-degree`, `non-polynomial` is expected";
            return Err(Rejection::malformed(format!("{}.is", field.path), why));
        }
    }
    let optional: &[&str] = if kind == "polynomial" { &["square"] } else { &[] };
    let mut object = field.object_with(&keys, optional)?;
    let statement = match kind.as_str() {
        "polynomial" => Statement::Polynomial {
            coefficients: object.take("coefficients").rationals(limits.degree + 1)?,
            square: object.has("square").then(|| positive(object.take("square"))).transpose()?,
        },
        "not-of-degree" => {
            let degree = object.take("degree").small(-1, limits.degree as i64)?;
            let mut witness = object.take("witness").object(&["nodes", "bound"])?;
            let nodes = nodes(witness.take("nodes"), (degree + 2) as usize)?;
            Statement::NotOfDegree { degree, nodes, bound: positive(witness.take("bound"))? }
        }
        _ => Statement::NonPolynomial(witness(object.take("witness"))?),
    };
    Ok(Claim {
        activation: object.take("activation").text()?,
        part: object.take("part").word(Part::ALL, Part::word)?,
        statement,
    })
}

/// So many different numbers.
fn nodes(field: Field, count: usize) -> Result<Vec<BigRational>, Rejection> {
    let path = field.path.clone();
    let nodes = field.rationals(count)?;
    if nodes.len() != count {
        return Err(Rejection::malformed(path, format!("{count} nodes are expected")));
    }
    let mut sorted: Vec<&BigRational> = nodes.iter().collect();
    sorted.sort();
    if sorted.windows(2).any(|w| w[0] == w[1]) {
        return Err(Rejection::malformed(path, "different nodes are expected"));
    }
    Ok(nodes)
}

fn witness(field: Field) -> Result<Witness, Rejection> {
    let limits = field.limits;
    let path = field.path.clone();
    match field.tag("kind")?.as_str() {
        "growth" => {
            let mut object = field.object(&["kind", "half_line", "order", "nodes", "bound"])?;
            let order = object.take("order").small(0, limits.degree as i64)? as usize;
            Ok(Witness::Growth {
                half_line: object.take("half_line").word(HalfLine::ALL, HalfLine::word)?,
                order,
                nodes: nodes(object.take("nodes"), order + 2)?,
                bound: positive(object.take("bound"))?,
            })
        }
        "two-pieces" => {
            let mut object = field.object(&["kind", "pieces"])?;
            let list = object.take("pieces");
            let path = list.path.clone();
            let pieces = list.list(2)?.map(piece).collect::<Result<Vec<_>, _>>()?;
            let pieces =
                pieces.try_into().map_err(|_| Rejection::malformed(path, "two pieces are expected"))?;
            Ok(Witness::TwoPieces(Box::new(pieces)))
        }
        "faster-than-powers" => {
            let mut object = field.object(&["kind", "half_line"])?;
            Ok(Witness::FasterThanPowers {
                half_line: object.take("half_line").word(HalfLine::ALL, HalfLine::word)?,
            })
        }
        _ => {
            let why = "one of `growth`, `two-pieces`, `faster-than-powers` is expected";
            Err(Rejection::malformed(format!("{path}.kind"), why))
        }
    }
}

fn piece(field: Field) -> Result<PolynomialPiece, Rejection> {
    let (path, degree) = (field.path.clone(), field.limits.degree);
    let mut object = field.object(&["from", "to", "coefficients"])?;
    let piece = PolynomialPiece {
        from: object.take("from").rational()?,
        to: object.take("to").rational()?,
        coefficients: object.take("coefficients").rationals(degree + 1)?,
    };
    if piece.from >= piece.to {
        return Err(Rejection::malformed(path, "`from` lies before `to`"));
    }
    Ok(piece)
}

fn points(field: Field) -> Result<Vec<Vec<BigRational>>, Rejection> {
    let (path, limits) = (field.path.clone(), field.limits);
    let rows: Vec<Vec<BigRational>> =
        field.list(limits.points)?.map(|f| f.rationals(limits.dimension)).collect::<Result<_, _>>()?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Rejection::malformed(path, "at least one point with a coordinate is expected"));
    }
    if let Some(i) = rows.iter().position(|r| r.len() != rows[0].len()) {
        let why = format!("{} coordinates are expected, as in the first point", rows[0].len());
        return Err(Rejection::malformed(format!("{path}[{i}]"), why));
    }
    Ok(rows)
}

fn lambda_min(field: Field) -> Result<LambdaMin, Rejection> {
    let limits = field.limits;
    let mut object = field.object(&["lower_bound", "factor"])?;
    let lower_bound = positive(object.take("lower_bound"))?;
    let mut factor = object.take("factor").object(&["exponent", "rows"])?;
    let exponent = factor.take("exponent").small(0, i64::from(limits.exponent))? as u32;
    let list = factor.take("rows");
    let path = list.path.clone();
    let mut rows = vec![];
    for (i, row) in list.list(limits.points)?.enumerate() {
        let row = row.list(limits.points)?.map(Field::integer).collect::<Result<Vec<_>, _>>()?;
        if row.len() != i + 1 {
            return Err(Rejection::malformed(
                format!("{path}[{i}]"),
                format!("{} entries are expected", i + 1),
            ));
        }
        rows.push(row);
    }
    Ok(LambdaMin { lower_bound, exponent, rows })
}

/// What must and must not be given with what.
fn consistent(c: &Certificate) -> Result<(), Rejection> {
    let refuse = |wrong: bool, field: &str, why: &str| {
        if wrong { Err(Rejection::malformed(field, why)) } else { Ok(()) }
    };
    let on_points = c.domain == Domain::Points;
    refuse(on_points && c.points.is_none(), "points", "the domain `points` needs points")?;
    let decided = c.verdict != Verdict::Undecided;
    refuse(decided != c.theorem.is_some(), "theorem", "a theorem is named exactly where there is a verdict")?;
    let negative = c.verdict == Verdict::NotPositive;
    refuse(!negative && !on_points && c.points.is_some(), "points", "this verdict has no counterexample")?;
    refuse(!negative && c.null_vector.is_some(), "null_vector", "only a refutation has a null vector")?;
    let both = c.points.is_some() == c.null_vector.is_some();
    refuse(negative && !both, "null_vector", "points and null vector of a refutation come together")?;
    let bounded = c.lambda_min.is_some();
    let allowed = on_points && c.verdict == Verdict::Positive;
    refuse(
        bounded && !allowed,
        "lambda_min",
        "only a positive verdict on points has a bound of the eigenvalues",
    )?;
    let count = c.points.as_ref().map_or(0, Vec::len);
    let null = c.null_vector.as_ref();
    refuse(null.is_some_and(|v| v.len() != count), "null_vector", "one number per point is expected")?;
    refuse(
        null.is_some_and(|v| v.iter().all(Zero::is_zero)),
        "null_vector",
        "a vector other than 0 is expected",
    )?;
    let rows = c.lambda_min.as_ref().map(|l| l.rows.len());
    refuse(rows.is_some_and(|r| r != count), "lambda_min.factor.rows", "one row per point is expected")
}
