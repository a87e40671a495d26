//! Verdicts on given points: what holds for this set.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::characterization::Part;
use super::counterexample::{Bounds, integer};
use super::decide::{enough_powers, everywhere_integrable, parities};
use super::exact_gram::{annihilates, leading, null_vector, of_studies};
use super::features::{Features, after_layers, conclusion};
use super::setting::Setting;
use super::truth::Truth;
use super::verdict::{Claim, Counterexample, Domain, Hypothesis, Outcome, Theorem, Verdict};
use crate::Error;
use crate::gram::Points;
use crate::gram::points::is_origin;
use crate::kernel::{Kernel, Network};

/// Up to how many points an exact null vector is looked for.
const MAX_ELIMINATED: usize = 200;
/// Largest degree of homogeneity in which a factor is taken to its power.
const MAX_HOMOGENEITY: u32 = 256;

/// What is known of the data, exactly.
struct Data<'a> {
    points: &'a [Vec<BigRational>],
    origin: Option<usize>,
    /// `x` and `-x`; `x` and `c x` with the `c > 0`; any two on one line through the origin.
    antipodal: Option<(usize, usize)>,
    on_one_ray: Option<(usize, usize, BigRational)>,
    proportional: bool,
    /// The squared norm that all have.
    norm: Option<BigRational>,
}

/// Is the kernel's Gram matrix on these points positive definite?
///
/// Duplicates, antipodal pairs and proportional points are found exactly. The characterization of polynomials then
/// needs no more than that an activation is no polynomial of degree `N - 2`; on points of one norm the theorems on
/// spheres apply as well. A refutation has the exact null vector on the data.
///
/// # Errors
/// As [`decide`](super::decide).
///
/// # Examples
/// ```
/// use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
/// use ntk_series::gram::Points;
/// use ntk_series::number::parse_rational;
/// use ntk_series::positivity::{Outcome, decide_points};
/// use ntk_series::Activation;
///
/// let layer = Layer {
///     activation: Activation::parse("tanh")?,
///     sigma_w2: WeightVariance::Exact(parse_rational("1")?),
///     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
/// };
/// let network = Network::uniform(Input::default(), layer, 2)?;
/// let verdict = decide_points(&network, Kernel::Ntk, &Points::from_csv("1,0\n0.6,0.8\n3,1")?)?;
/// assert_eq!(verdict.outcome, Outcome::StrictlyPositiveDefinite);
/// let verdict = decide_points(&network, Kernel::Ntk, &Points::from_csv("1,0\n3,1\n-1,0")?)?;
/// let v: Vec<String> = verdict.counterexample.unwrap().null_vector.iter().map(|x| x.to_string()).collect();
/// assert_eq!(v, ["1", "0", "1"]);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn decide_points(network: &Network, kernel: Kernel, points: &Points) -> Result<Verdict, Error> {
    let mut setting = Setting::new(network, kernel)?;
    everywhere_integrable(&setting)?;
    if network.normalizes() && !setting.has_bias() && points.rows().iter().any(|x| is_origin(x)) {
        let accepted =
            "a normalization layer has no value at the origin: other points, or gamma_b2 > 0, are accepted";
        return Err(Error::parameter("point", "0", accepted));
    }
    let verdict = match points.duplicates().first() {
        Some(class) => repeated(&setting, points.rows(), class[0], class[1]),
        None => decided(&mut setting, &Data::new(points)),
    };
    Ok(Verdict { points: Some(points.rows().to_vec()), ..verdict })
}

impl Data<'_> {
    fn new(points: &Points) -> Data<'_> {
        let rows = points.rows();
        let lines = points.proportional_pairs();
        Data {
            points: rows,
            origin: rows.iter().position(|p| is_origin(p)),
            antipodal: points.antipodal_pairs().first().map(|(these, those)| (these[0], those[0])),
            on_one_ray: lines.iter().find_map(|line| on_one_ray(rows, line)),
            proportional: !lines.is_empty(),
            norm: points.on_sphere(),
        }
    }

    fn weights(&self, entries: &[(usize, BigRational)]) -> Counterexample {
        weights(self.points, entries)
    }
}

/// The points with a vector that is zero but for some entries.
fn weights(points: &[Vec<BigRational>], entries: &[(usize, BigRational)]) -> Counterexample {
    let mut v = vec![BigRational::zero(); points.len()];
    for (i, weight) in entries {
        v[*i] = weight.clone();
    }
    Counterexample { points: points.to_vec(), null_vector: v }
}

/// Two points are equal.
fn repeated(setting: &Setting, points: &[Vec<BigRational>], i: usize, j: usize) -> Verdict {
    let evidence = format!("points {} and {} are equal", i + 1, j + 1);
    let why = Hypothesis::new("the points are distinct", evidence, false);
    refuted(setting, why, vec![], weights(points, &[(i, integer(1)), (j, integer(-1))]))
}

/// Two points `x` and `c x`, `c > 0`, of a line.
fn on_one_ray(rows: &[Vec<BigRational>], line: &[usize]) -> Option<(usize, usize, BigRational)> {
    let mut first: [Option<(usize, BigRational)>; 2] = [None, None];
    for &i in line {
        let (lead, _) = leading(&rows[i])?;
        match &first[usize::from(lead.is_negative())] {
            Some((j, size)) => return Some((*j, i, lead / size)),
            None => first[usize::from(lead.is_negative())] = Some((i, lead.clone())),
        }
    }
    None
}

fn refuted(setting: &Setting, why: Hypothesis, claims: Vec<Claim>, found: Counterexample) -> Verdict {
    setting.refuted(Domain::Points, Theorem::NullVector, vec![why], claims, Some(found))
}

fn decided(setting: &mut Setting, data: &Data) -> Verdict {
    let count = data.points.len();
    if let Some(constant) = setting.constant().filter(|_| count > 1) {
        let claims = setting.claims(&[Part::Whole]);
        let found = data.weights(&[(0, integer(1)), (1, integer(-1))]);
        return refuted(setting, constant, claims, found);
    }
    let mut hypotheses =
        vec![Hypothesis::new("the points are distinct", format!("{count} points, compared exactly"), true)];
    let separate = !data.proportional && data.origin.is_none();
    let start = if setting.has_bias() || separate { Features::NonProportional } else { Features::Distinct };
    let first = match (setting.has_bias(), separate) {
        (true, _) => "γ_b² > 0, and the points are distinct",
        (false, true) => "γ_b² = 0, and the points are pairwise non-proportional and not zero",
        (false, false) => "γ_b² = 0, and the points are distinct; some are proportional or one is zero",
    };
    hypotheses.push(Hypothesis::new(first, "compared exactly", true));
    let has_weights = setting.has_weights();
    let (features, checked) = match has_weights {
        true => after_layers(setting, start, Some(count)),
        false => (Features::Unknown, vec![]),
    };
    hypotheses.extend(checked);
    hypotheses.push(conclusion(setting, features));
    let parts: &[Part] = if start == Features::Distinct { &[Part::Whole, Part::Odd] } else { &[Part::Whole] };
    let claims = setting.claims(parts);
    if features == Features::Independent {
        let theorem = Some(Theorem::CharacterizationOfPolynomials);
        return setting.verdict(
            Domain::Points,
            Outcome::StrictlyPositiveDefinite,
            theorem,
            hypotheses,
            claims,
        );
    }
    let found = by_symmetry(setting, data)
        .or_else(|| by_sphere(setting, data))
        .or_else(|| by_elimination(setting, data));
    found.unwrap_or_else(|| setting.verdict(Domain::Points, Outcome::Undecided, None, hypotheses, claims))
}

/// Points of one line through the origin, which symmetry relates.
fn by_symmetry(setting: &mut Setting, data: &Data) -> Option<Verdict> {
    if let Some((i, j)) = data.antipodal
        && setting.is_even()
    {
        let name = setting.name(0);
        let why = Hypothesis::new("K(-x, y) = K(x, y)", format!("{name} in layer 1 is even"), true);
        let claims = setting.claims(&[Part::Odd]);
        return Some(refuted(setting, why, claims, data.weights(&[(i, integer(1)), (j, integer(-1))])));
    }
    let is_odd = setting.is_without_biases() && setting.all_vanish(Part::Even);
    if is_odd && (data.antipodal.is_some() || data.origin.is_some()) {
        let why = Hypothesis::new("K(-x, y) = -K(x, y)", "every activation is odd and every bias zero", true);
        let claims = setting.claims(&[Part::Even]);
        let found = match (data.antipodal, data.origin) {
            (Some((i, j)), _) => data.weights(&[(i, integer(1)), (j, integer(1))]),
            (None, origin) => data.weights(&[(origin?, integer(1))]),
        };
        return Some(refuted(setting, why, claims, found));
    }
    let degree = setting.homogeneous().filter(|h| *h <= MAX_HOMOGENEITY)?;
    let statement = format!("K(cx, y) = c^{degree} K(x, y) for c > 0");
    let why =
        Hypothesis::new(statement, "every activation is positively homogeneous and every bias zero", true);
    let found = match (&data.on_one_ray, data.origin) {
        (Some((i, j, c)), _) => {
            let power = num_traits::pow(c.clone(), degree as usize);
            let (top, bottom) = (power.numer().clone(), power.denom().clone());
            data.weights(&[(*i, top.into()), (*j, -BigRational::from(bottom))])
        }
        (None, Some(origin)) if degree > 0 => data.weights(&[(origin, BigRational::one())]),
        _ => return None,
    };
    let claims = setting.claims(&[Part::Whole]);
    Some(refuted(setting, why, claims, found))
}

/// Points of one norm: a power series in the cosine.
fn by_sphere(setting: &mut Setting, data: &Data) -> Option<Verdict> {
    let norm = data.norm.clone()?;
    let powers = setting.powers();
    let mut hypotheses =
        vec![Hypothesis::new("the points lie on one sphere", format!("x·x = {norm} for all"), true)];
    let antipodes = data.antipodal.is_some();
    let words = if antipodes { "there are antipodal pairs" } else { "there are no antipodal pairs" };
    hypotheses.push(Hypothesis::new("the points are distinct", words, true));
    hypotheses.extend(parities(setting, &powers));
    let claims = setting.parity_claims();
    if enough_powers(&powers, antipodes) == Truth::True {
        let theorem = Some(Theorem::PowerSeriesOnSpheres);
        return Some(setting.verdict(
            Domain::Points,
            Outcome::StrictlyPositiveDefinite,
            theorem,
            hypotheses,
            claims,
        ));
    }
    if data.points.len() > MAX_ELIMINATED {
        return None;
    }
    let v = Bounds::of(&powers).null_vector(data.points)?;
    let found = Counterexample { points: data.points.to_vec(), null_vector: v };
    Some(setting.refuted(Domain::Points, Theorem::NullVector, hypotheses, claims, Some(found)))
}

/// Polynomials: exact rationals.
fn by_elimination(setting: &mut Setting, data: &Data) -> Option<Verdict> {
    if data.points.len() > MAX_ELIMINATED {
        return None;
    }
    let gram = of_studies(setting.network, setting.kernel, data.points, &mut setting.studies)?;
    let claims = setting.claims(&[Part::Whole]);
    let statement = "the Gram matrix is regular";
    match null_vector(&gram).filter(|v| annihilates(&gram, v)) {
        Some(null_vector) => {
            let why = Hypothesis::new(statement, "a null vector by elimination in exact rationals", false);
            let found = Counterexample { points: data.points.to_vec(), null_vector };
            Some(refuted(setting, why, claims, found))
        }
        None => None,
    }
}
