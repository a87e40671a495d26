//! From a certificate to a report, or to the reason why not.

use crate::claims::Facts;
use crate::format::{self, Certificate, Domain, Theorem, Verdict};
use crate::integer::BigRational;
use crate::limits::Limits;
use crate::network::{Purpose, Signs, Variances, variances};
use crate::points::{PointSet, dot};
use crate::rational::shown;
use crate::report::Report;
use crate::support::Support;
use crate::{Rejection, diagonal, json, lambda_min, null_vector, rank, separation, work};

/// Verifies a certificate, given as JSON, in exact arithmetic.
///
/// # Errors
/// [`Rejection::Malformed`] where the text is no certificate or beyond the usual [`Limits`];
/// [`Rejection::Refuted`] where it is one, but something it says is not proved.
///
/// # Examples
/// ```
/// let text = include_str!("../tests/certificates/tanh-no-biases.json");
/// let report = ntk_checker::check(text)?;
/// assert_eq!(report.verdict(), ntk_checker::Verdict::NotPositive);
/// # Ok::<(), ntk_checker::Rejection>(())
/// ```
pub fn check(text: &str) -> Result<Report, Rejection> {
    check_with_limits(text, &Limits::default())
}

/// [`check`] with other limits.
///
/// # Errors
/// As [`check`].
///
/// # Examples
/// ```
/// use ntk_checker::{Limits, check_with_limits};
/// let limits = Limits { bytes: 10, ..Limits::default() };
/// assert!(check_with_limits("{\"schema\": null}", &limits).is_err());
/// ```
pub fn check_with_limits(text: &str, limits: &Limits) -> Result<Report, Rejection> {
    if text.len() > limits.bytes {
        let why = format!("at most {} bytes are accepted", limits.bytes);
        return Err(Rejection::malformed("certificate", why));
    }
    // A longer file may take longer: so many megabytes are begun.
    let size = text.len() as u64 / 1_000_000 + 1;
    let (work, memory) = (limits.work.saturating_mul(size), limits.memory.saturating_mul(size));
    work::within(work, memory, || verified(text, limits))
}

fn verified(text: &str, limits: &Limits) -> Result<Report, Rejection> {
    let certificate = format::certificate(json::read(text, limits.nesting)?, limits)?;
    let facts = Facts::verify(&certificate)?;
    let variances = variances(&certificate, &facts, 160, Purpose::Signs)?;
    let signs: Vec<Signs> = variances.iter().map(Variances::signs).collect();
    let set = certificate.points.clone().map(|rows| PointSet { rows });
    diagonal::exists(&certificate, &facts, &signs, set.as_ref())?;
    let support = Support::of_kernel(&certificate, &facts, &signs);
    let mut check = Check { c: &certificate, facts, variances, signs, support, set, lines: vec![], limits };
    check.lines.append(&mut check.facts.lines);
    match certificate.verdict {
        Verdict::Positive => check.positive()?,
        Verdict::NotPositive => check.negative()?,
        Verdict::Undecided => check.lines.push("nothing else is said, so nothing else is verified".into()),
    }
    Ok(Report {
        verdict: certificate.verdict,
        kernel: certificate.kernel,
        domain: certificate.domain,
        theorem: certificate.theorem,
        lines: check.lines,
        has_words: certificate.has_words,
    })
}

struct Check<'a> {
    c: &'a Certificate,
    facts: Facts,
    variances: Vec<Variances>,
    signs: Vec<Signs>,
    support: Support,
    set: Option<PointSet>,
    lines: Vec<String>,
    limits: &'a Limits,
}

impl Check<'_> {
    fn wrong_theorem(&self) -> Rejection {
        Rejection::refuted("theorem", "this theorem does not give this verdict on this domain")
    }

    fn positive(&mut self) -> Result<(), Rejection> {
        let flat = matches!(self.c.domain, Domain::Distinct | Domain::NonProportional | Domain::Points);
        match self.c.theorem {
            Some(Theorem::Characterization) if flat => self.by_characterization()?,
            Some(Theorem::PowerSeries) if !flat || self.c.domain == Domain::Points => {
                self.by_power_series()?
            }
            Some(Theorem::GramMatrix) if self.c.lambda_min.is_some() => (),
            _ => return Err(self.wrong_theorem()),
        }
        if let Some(bound) = &self.c.lambda_min {
            let set =
                self.set.as_ref().ok_or_else(|| Rejection::malformed("points", "points are missing"))?;
            let residual = lambda_min::verify(self.c, &self.facts, set, bound, self.limits)?;
            let bound = shown(&bound.lower_bound);
            self.lines.push(format!(
                "λ_min(K) >= {bound}: K - {bound} I = L Lᵀ + R, R diagonally dominant, |R| <= {residual}"
            ));
        }
        Ok(())
    }

    fn by_characterization(&mut self) -> Result<(), Rejection> {
        let set = self.set.as_ref();
        if separation::is_positive(self.c, &self.facts, &self.signs, set, &mut self.lines) {
            return Ok(());
        }
        Err(Rejection::refuted(
            "claims",
            "the hypotheses of the characterization of polynomials are not all proved",
        ))
    }

    /// Theorem (Schoenberg; Menegatto; Chen, Menegatto, Sun). On a sphere let `K = Σ κ_p ρ^p` with all `κ_p >= 0`. If
    /// infinitely many even and infinitely many odd `κ_p` are positive, `K` is strictly positive definite on all finite
    /// sets of different points; if infinitely many are, on those without antipodal pairs. Of the activations it uses
    /// that `E[φ(√q Z)²]` is finite, for the tangent kernel `E[φ'(√q Z)²]` too.
    fn by_power_series(&mut self) -> Result<(), Rejection> {
        let sure = self.support.sure;
        let antipodes = match (self.c.domain, &self.set) {
            (Domain::Sphere, None) => true,
            (Domain::SphereWithoutAntipodes, None) => false,
            (Domain::Points, Some(set)) if set.common_radius2().is_some() && set.is_distinct() => {
                set.has_antipodes()
            }
            (Domain::Points, Some(_)) => {
                return Err(Rejection::refuted("points", "the points are not different ones of one sphere"));
            }
            _ => return Err(self.wrong_theorem()),
        };
        let parities = sure.infinite_even && sure.infinite_odd;
        if !(parities || (sure.infinite && !antipodes)) {
            return Err(Rejection::refuted("claims", "infinitely many positive coefficients are not proved"));
        }
        let which = if parities { "infinitely many even and odd" } else { "infinitely many" };
        self.lines.push(format!("{which} coefficients of the kernel's power series are positive"));
        Ok(())
    }

    fn negative(&mut self) -> Result<(), Rejection> {
        let sphere = matches!(self.c.domain, Domain::Sphere | Domain::SphereWithoutAntipodes);
        match self.c.theorem {
            Some(Theorem::FiniteRank)
                if matches!(self.c.domain, Domain::Distinct | Domain::NonProportional) =>
            {
                let degree = rank::degree(self.c, &self.facts, &self.signs).ok_or_else(|| {
                    Rejection::refuted(
                        "claims",
                        "neither a constant layer through which all goes is proved, nor that all are polynomials and none is normalized",
                    )
                })?;
                self.lines.push(format!("K(x, ·) is a polynomial of degree at most {degree}: finite rank"));
            }
            Some(Theorem::PowerSeries) if sphere => self.finite_series()?,
            Some(Theorem::NullVector) if !sphere && self.set.is_some() => (),
            _ => return Err(self.wrong_theorem()),
        }
        let (set, v) = match (&self.set, &self.c.null_vector) {
            (None, None) => return Ok(()),
            (Some(set), Some(v)) => (set, v),
            _ => return Err(Rejection::malformed("null_vector", "points and null vector come together")),
        };
        self.in_domain(set)?;
        let how = null_vector::reason(self.c, &self.facts, &self.variances, &self.support, set, v)
            .ok_or_else(|| Rejection::refuted("null_vector", "K v = 0 is not proved"))?;
        self.lines.push(format!("K v = 0 on {} points: {how}", set.rows.len()));
        Ok(())
    }

    /// The converse of the theorem of `by_power_series`, in two dimensions or more.
    fn finite_series(&mut self) -> Result<(), Rejection> {
        let most = self.support.most;
        let (even, odd) = (most.even.is_finite(), most.odd.is_finite());
        let enough = if self.c.domain == Domain::Sphere { even || odd } else { even && odd };
        if !enough {
            return Err(Rejection::refuted("claims", "finitely many positive coefficients are not proved"));
        }
        let which = match (even, odd) {
            (true, true) => "even and odd",
            (true, false) => "even",
            _ => "odd",
        };
        self.lines.push(format!(
            "only finitely many {which} coefficients of the kernel's power series are positive"
        ));
        Ok(())
    }

    /// Do the points of a counterexample lie in the domain?
    fn in_domain(&self, set: &PointSet) -> Result<(), Rejection> {
        let flat_dimension = set.rows.first().map_or(0, Vec::len);
        let radius2: &BigRational = &self.c.network.radius2;
        let on_sphere = || set.is_distinct() && set.rows.iter().all(|x| dot(x, x) == *radius2);
        let (inside, why) = match self.c.domain {
            Domain::Points => (true, ""),
            Domain::Distinct => (set.is_distinct(), "the points are not pairwise different"),
            Domain::NonProportional => (
                flat_dimension >= 2 && set.is_non_proportional(),
                "the points are not pairwise non-proportional and other than 0, in at least two dimensions",
            ),
            Domain::Sphere => (
                flat_dimension >= 2 && on_sphere(),
                "the points are not different ones of the sphere, in at least two dimensions",
            ),
            Domain::SphereWithoutAntipodes => (
                flat_dimension >= 2 && on_sphere() && !set.has_antipodes(),
                "the points are not different ones of the sphere without antipodal pairs, in at least two dimensions",
            ),
        };
        if inside { Ok(()) } else { Err(Rejection::refuted("points", why)) }
    }
}
