//! Verdicts on all finite sets of a domain.

use num_rational::BigRational;
use num_traits::One;

use super::characterization::Part;
use super::counterexample::{integer, of_constant, on_line, on_sphere, proportional_pair};
use super::features::{Features, after_layers, conclusion};
use super::powers::Powers;
use super::setting::Setting;
use super::truth::Truth;
use super::variances::check_everywhere;
use super::verdict::{Claim, Counterexample, Domain, Hypothesis, Outcome, Theorem, Verdict};
use crate::Error;
use crate::kernel::{Kernel, Network};

/// Largest degree of homogeneity for which points are listed.
const MAX_HOMOGENEITY: u32 = 256;

/// Is the kernel of a network strictly positive definite on all finite sets of a domain?
///
/// # Errors
/// As [`Network::series`] where the kernel does not exist; [`Error::NotSquareIntegrable`] on `R^d` for an activation
/// that is square-integrable at small variances only; [`Error::Parameter`] for [`Domain::Points`].
///
/// # Examples
/// ```
/// use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
/// use ntk_series::number::parse_rational;
/// use ntk_series::positivity::{Domain, Outcome, decide};
/// use ntk_series::Activation;
///
/// let layer = Layer {
///     activation: Activation::parse("relu")?,
///     sigma_w2: WeightVariance::Normalized,
///     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
/// };
/// let shallow = Network::uniform(Input::default(), layer.clone(), 1)?;
/// let verdict = decide(&shallow, Kernel::Ntk, Domain::Sphere)?;
/// assert_eq!(verdict.outcome, Outcome::NotStrictlyPositiveDefinite);
/// // Three antipodal pairs: the only odd power of the kernel is the first.
/// assert_eq!(verdict.counterexample.unwrap().points.len(), 6);
///
/// let deep = Network::uniform(Input::default(), layer, 2)?;
/// assert_eq!(decide(&deep, Kernel::Ntk, Domain::Sphere)?.outcome, Outcome::StrictlyPositiveDefinite);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn decide(network: &Network, kernel: Kernel, domain: Domain) -> Result<Verdict, Error> {
    if domain == Domain::Points {
        return Err(Error::parameter("domain", "points", "`decide_points` takes the points"));
    }
    let mut setting = Setting::new(network, kernel)?;
    match domain {
        Domain::Sphere | Domain::SphereWithoutAntipodes => Ok(on_spheres(&mut setting, domain)),
        _ => {
            everywhere_integrable(&setting)?;
            if domain == Domain::Distinct && network.normalizes() && !setting.has_bias() {
                let accepted = "a normalization layer has no value at the origin: `non-proportional`, `sphere`, or gamma_b2 > 0 are accepted";
                return Err(Error::parameter("domain", "distinct", accepted));
            }
            Ok(everywhere(&mut setting, domain))
        }
    }
}

/// Points of every norm have a kernel.
pub(super) fn everywhere_integrable(setting: &Setting) -> Result<(), Error> {
    let kernel = setting.kernel;
    setting.network.layers().iter().try_for_each(|l| check_everywhere(&l.activation, kernel))
}

impl Setting<'_> {
    pub(super) fn verdict(
        &self,
        domain: Domain,
        outcome: Outcome,
        theorem: Option<Theorem>,
        hypotheses: Vec<Hypothesis>,
        claims: Vec<Claim>,
    ) -> Verdict {
        Verdict {
            outcome,
            theorem,
            hypotheses,
            claims,
            counterexample: None,
            kernel: self.kernel,
            domain,
            network: self.network.clone(),
            points: None,
        }
    }

    pub(super) fn refuted(
        &self,
        domain: Domain,
        theorem: Theorem,
        hypotheses: Vec<Hypothesis>,
        claims: Vec<Claim>,
        counterexample: Option<Counterexample>,
    ) -> Verdict {
        let outcome = Outcome::NotStrictlyPositiveDefinite;
        Verdict { counterexample, ..self.verdict(domain, outcome, Some(theorem), hypotheses, claims) }
    }
}

fn everywhere(setting: &mut Setting, domain: Domain) -> Verdict {
    if let Some(constant) = setting.constant() {
        let claims = setting.claims(&[Part::Whole]);
        let points = Some(of_constant(domain));
        return setting.refuted(domain, Theorem::FiniteRank, vec![constant], claims, points);
    }
    if let Some(degree) = setting.degree() {
        let statement = "every activation is a polynomial";
        let evidence = format!("the kernel is a polynomial of degree at most {degree} in each point");
        let points = on_line(setting, domain, degree);
        let claims = setting.claims(&[Part::Whole]);
        let hypotheses = vec![Hypothesis::new(statement, evidence, true)];
        return setting.refuted(domain, Theorem::FiniteRank, hypotheses, claims, points);
    }
    let (start, first) = match (setting.has_bias(), domain) {
        (true, _) => (Features::NonProportional, "γ_b² > 0: distinct points have non-proportional features"),
        (false, Domain::NonProportional) => {
            (Features::NonProportional, "γ_b² = 0: the points are pairwise non-proportional")
        }
        _ => (
            Features::Distinct,
            "γ_b² = 0: distinct points have distinct features, which may be proportional",
        ),
    };
    let input = setting.network.input();
    let evidence = format!("γ_w² = {}, γ_b² = {}", input.gamma_w2, input.gamma_b2);
    let mut hypotheses = vec![Hypothesis::new(first, evidence, true)];
    let (features, checked) = after_layers(setting, start, None);
    hypotheses.extend(checked);
    hypotheses.push(conclusion(setting, features));
    let parts: &[Part] = if start == Features::Distinct { &[Part::Whole, Part::Odd] } else { &[Part::Whole] };
    if features == Features::Independent {
        let claims = setting.claims(parts);
        let theorem = Some(Theorem::CharacterizationOfPolynomials);
        return setting.verdict(domain, Outcome::StrictlyPositiveDefinite, theorem, hypotheses, claims);
    }
    if domain == Domain::Distinct
        && !setting.has_bias()
        && let Some(refuted) = by_symmetry(setting, domain).or_else(|| by_a_sphere(setting, domain))
    {
        return refuted;
    }
    let claims = setting.claims(parts);
    setting.verdict(domain, Outcome::Undecided, None, hypotheses, claims)
}

/// Two points on one line, without a bias of the input.
fn by_symmetry(setting: &mut Setting, domain: Domain) -> Option<Verdict> {
    if setting.is_even() {
        let name = setting.name(0);
        let why = Hypothesis::new("K(-x, y) = K(x, y)", format!("{name} in layer 1 is even"), true);
        let pair = proportional_pair(-1, [integer(1), integer(-1)]);
        let claims = setting.claims(&[Part::Odd]);
        return Some(setting.refuted(domain, Theorem::NullVector, vec![why], claims, Some(pair)));
    }
    if setting.is_without_biases() && setting.all_vanish(Part::Even) {
        let why = Hypothesis::new("K(-x, y) = -K(x, y)", "every activation is odd and every bias zero", true);
        let pair = proportional_pair(-1, [integer(1), integer(1)]);
        let claims = setting.claims(&[Part::Even]);
        return Some(setting.refuted(domain, Theorem::NullVector, vec![why], claims, Some(pair)));
    }
    let degree = setting.homogeneous().filter(|h| *h <= MAX_HOMOGENEITY)?;
    let statement = format!("K(cx, y) = c^{degree} K(x, y) for c > 0");
    let why =
        Hypothesis::new(statement, "every activation is positively homogeneous and every bias zero", true);
    let scale = num_traits::pow(integer(2), degree as usize);
    let pair = proportional_pair(2, [scale, -BigRational::one()]);
    let claims = setting.claims(&[Part::Whole]);
    Some(setting.refuted(domain, Theorem::NullVector, vec![why], claims, Some(pair)))
}

/// Points of one sphere are distinct points.
fn by_a_sphere(setting: &mut Setting, domain: Domain) -> Option<Verdict> {
    let powers = setting.powers();
    if !powers.many_even.is_false() && !powers.many_odd.is_false() {
        return None;
    }
    let points = on_sphere(&powers, &setting.network.input().radius2, true)?;
    let hypotheses = parities(setting, &powers);
    let claims = setting.parity_claims();
    Some(setting.refuted(domain, Theorem::NullVector, hypotheses, claims, Some(points)))
}

fn on_spheres(setting: &mut Setting, domain: Domain) -> Verdict {
    let powers = setting.powers();
    let holds = enough_powers(&powers, domain == Domain::Sphere);
    let hypotheses = parities(setting, &powers);
    let claims = setting.parity_claims();
    let theorem = Theorem::PowerSeriesOnSpheres;
    match holds {
        Truth::True => {
            setting.verdict(domain, Outcome::StrictlyPositiveDefinite, Some(theorem), hypotheses, claims)
        }
        Truth::False => {
            let r2 = &setting.network.input().radius2;
            let points = on_sphere(&powers, r2, domain == Domain::Sphere);
            setting.refuted(domain, theorem, hypotheses, claims, points)
        }
        Truth::Unknown => setting.verdict(domain, Outcome::Undecided, None, hypotheses, claims),
    }
}

/// Are there infinitely many powers, with antipodal pairs of either parity?
pub(super) fn enough_powers(powers: &Powers, antipodes: bool) -> Truth {
    if antipodes { powers.many_even.and(powers.many_odd) } else { powers.many }
}

/// The parity pattern of the activations, then of the kernel.
pub(super) fn parities(setting: &mut Setting, powers: &Powers) -> Vec<Hypothesis> {
    let mut out = vec![];
    for claim in setting.claims(&[Part::Even, Part::Odd]) {
        let name = crate::number::rational::abridged(&claim.activation);
        let statement = format!("the {} part of {name} is no polynomial", claim.part.name());
        let holds = claim.characterization.is_polynomial().map(|p| !p);
        out.push(Hypothesis::new(statement, claim.characterization.to_string(), holds));
    }
    for (word, many, largest) in
        [("even", powers.many_even, powers.largest_even), ("odd", powers.many_odd, powers.largest_odd)]
    {
        let evidence = match (many, largest.bound()) {
            (Truth::True, _) => {
                "supports of sums, products and compositions of series without negative coefficients"
                    .to_string()
            }
            (_, Some(n)) => format!("none beyond the power {n}"),
            (Truth::False, None) if largest.is_finite() => "there is none".to_string(),
            (Truth::False, None) => "finitely many".to_string(),
            (Truth::Unknown, None) => "the supports leave it open".to_string(),
        };
        out.push(Hypothesis::new(
            format!("infinitely many {word} powers of ρ are in the kernel"),
            evidence,
            many.known(),
        ));
    }
    if powers.many.is_true() && !(powers.many_even.and(powers.many_odd)).is_true() {
        out.push(Hypothesis::new(
            "infinitely many powers of ρ are in the kernel",
            "of one parity or the other",
            true,
        ));
    }
    out
}
