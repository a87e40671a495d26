//! How the features of the points are separated, layer by layer: the hypotheses of the characterization of polynomials.
//!
//! Let `F_i` be the features of a covariance `c`, `c(i, j) = <F_i, F_j>`. The pre-activations `u_i` of the next layer are
//! jointly Gaussian with covariance `c`, and the next covariance is `σ_w² E[φ(u_i) φ(u_j)] + σ_b²`.
//!
//! * Strictly positive definite, φ not constant: the Gaussian vector has full support, and `Σ a_i φ(u_i) = 0` makes every
//!   `a_i φ` constant, so that `a = 0`.
//! * Pairwise non-proportional, φ no polynomial: the characterization of polynomials. It holds for every locally
//!   integrable φ: derivatives in directions that annihilate all points but one leave `φ^{(N-1)} = 0` as a distribution.
//! * Pairwise non-proportional, φ not constant: `φ(u_i) = c φ(u_j)` for independent directions makes φ constant.
//! * Pairwise distinct, φ continuous and not constant: `φ(tw) = φ(sw)` for almost all `w` with `|s| < |t|` makes φ
//!   constant by iteration towards 0, and with `s = -t` it makes φ even. So they stay distinct unless φ is even; and a
//!   bias adds a common component, with which distinct features are non-proportional.

use std::convert::Infallible;

use num_traits::Zero;

use super::characterization::{Characterization, Part};
use super::setting::Setting;
use super::truth::Truth;
use super::verdict::Hypothesis;
use crate::kernel::Training;
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, run};

/// What is known of the features of the points.
/// From the strongest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Features {
    /// The covariance is strictly positive definite.
    Independent,
    /// None is zero and no two are proportional.
    NonProportional,
    /// No two are equal.
    Distinct,
    /// Nothing.
    Unknown,
}

impl Features {
    fn words(self) -> &'static str {
        match self {
            Features::Independent => "the covariance is strictly positive definite",
            Features::NonProportional => "the features are pairwise non-proportional",
            Features::Distinct => "the features are pairwise distinct",
            Features::Unknown => "nothing is known of the features",
        }
    }
}

/// The features after the last layer, with what was checked on the way; `count` is the number of points, if that is given.
pub(super) fn after_layers(
    setting: &mut Setting,
    start: Features,
    count: Option<usize>,
) -> (Features, Vec<Hypothesis>) {
    let (network, kernel) = (setting.network, setting.kernel);
    let mut domain = Path { checked: vec![vec![]; setting.depth()], setting, count };
    let first = Known { features: start, layers: vec![] };
    let first = Kernels { tangent: Some(first.clone()), covariance: first };
    let known = match run(network, kernel, &mut domain, first) {
        Ok(kernels) => kernels.kernel(),
        Err(never) => match never {},
    };
    let checked = known.layers.iter().flat_map(|layer| std::mem::take(&mut domain.checked[*layer]));
    (known.features, checked.collect())
}

/// The recursion of the features. Those of a sum of branches are put side by side: it knows what its best branch does.
/// `Θ` is at least what the last layer's weights add, where they are trained.
struct Path<'a, 'b> {
    setting: &'a mut Setting<'b>,
    count: Option<usize>,
    /// What was checked of every layer.
    checked: Vec<Vec<Hypothesis>>,
}

#[derive(Clone)]
struct Known {
    features: Features,
    /// The layers that were checked for it.
    layers: Vec<usize>,
}

impl Domain for Path<'_, '_> {
    type Value = Known;
    type Slope = ();
    type Stop = Infallible;

    fn activate(&mut self, at: Place, c: &Known) -> Result<(Known, Option<()>), Infallible> {
        let mut known = c.clone();
        if c.features != Features::Unknown {
            let checked = &mut self.checked[at.index];
            known.features = after(self.setting, at.index, c.features, self.count, checked);
            known.layers.push(at.index);
        }
        Ok((known, Some(())))
    }

    fn biased(&mut self, _: Place, known: Known) -> Result<Known, Infallible> {
        Ok(known)
    }

    fn combined(&mut self, _: &Sum, values: Vec<Known>, _: Role) -> Result<Known, Infallible> {
        let unknown = Known { features: Features::Unknown, layers: vec![] };
        let best = values.into_iter().reduce(|a, b| if b.features < a.features { b } else { a });
        Ok(best.unwrap_or(unknown))
    }

    /// `x` and `2x` become one.
    fn normalized(&mut self, _: usize, known: Known, _: Role) -> Result<Known, Infallible> {
        let features = match known.features {
            Features::Distinct => Features::Unknown,
            kept => kept,
        };
        Ok(Known { features, ..known })
    }

    fn trained(&mut self, _: Place, known: Known, training: &Training) -> Result<Known, Infallible> {
        let features = if training.weights.is_zero() { Features::Unknown } else { known.features };
        Ok(Known { features, ..known })
    }

    fn through(&mut self, _: Place, own: &Known, _: &Known, (): ()) -> Result<Known, Infallible> {
        Ok(own.clone())
    }
}

fn after(
    setting: &mut Setting,
    layer: usize,
    features: Features,
    count: Option<usize>,
    checked: &mut Vec<Hypothesis>,
) -> Features {
    let (number, name) = (layer + 1, setting.name(layer));
    let signs = setting.signs[layer];
    if !signs.weight.is_true() {
        let statement = format!("σ_w² > 0 after layer {number}");
        checked.push(Hypothesis::new(statement, "its sign is not known", None));
        return Features::Unknown;
    }
    let whole = setting.whole(layer).clone();
    let not_constant = Truth::from(whole.is_constant()).not();
    let mut check = |what: &str, evidence: String, holds: Truth| {
        checked.push(Hypothesis::new(format!("layer {number}: {name} {what}"), evidence, holds.known()));
        holds.is_true()
    };
    match features {
        Features::Independent => match check("is not constant", whole.to_string(), not_constant) {
            true => Features::Independent,
            false => Features::Unknown,
        },
        Features::NonProportional => {
            let enough = match (&whole, count) {
                (Characterization::NonPolynomial { .. }, _) => Truth::True,
                (_, Some(n)) => setting.studies.layer(layer).exceeds_degree(n.saturating_sub(2)),
                _ => Truth::from(whole.is_polynomial()).not(),
            };
            let what = match count {
                Some(n) if whole.is_polynomial() != Some(false) => {
                    format!("is no polynomial of degree {} or less", n.saturating_sub(2))
                }
                _ => "is no polynomial".to_string(),
            };
            let evidence = setting.whole(layer).to_string();
            if check(&what, evidence, enough) {
                return Features::Independent;
            }
            match check("is not constant", whole.to_string(), not_constant) {
                true => Features::NonProportional,
                false => Features::Unknown,
            }
        }
        Features::Distinct => {
            let continuous = Truth::from(setting.studies.layer(layer).continuous);
            let odd = setting.studies.layer(layer).part(Part::Odd).clone();
            let not_even = Truth::from(odd.is_zero()).not();
            let kept = check("is not constant", whole.to_string(), not_constant)
                & check("is continuous", "by its pieces".to_string(), continuous)
                & check("is not even", format!("of its odd part: {odd}"), not_even);
            match (kept, signs.bias) {
                (false, _) => Features::Unknown,
                (true, Truth::True) => {
                    let what = Features::NonProportional.words();
                    checked.push(Hypothesis::new(format!("after layer {number} {what}"), "σ_b² > 0", true));
                    Features::NonProportional
                }
                (true, _) => Features::Distinct,
            }
        }
        Features::Unknown => Features::Unknown,
    }
}

/// The hypothesis that the positive verdict needs in the end.
pub(super) fn conclusion(features: Features) -> Hypothesis {
    let holds = if features == Features::Independent { Some(true) } else { None };
    let evidence = format!("after the last layer {}", features.words());
    Hypothesis::new("the last covariance is strictly positive definite", evidence, holds)
}
