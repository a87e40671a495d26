//! How the features of the points are separated, layer by layer: the hypotheses of the characterization of polynomials.
//!
//! Let `F_i` be the features of a covariance `c`, `c(i, j) = <F_i, F_j>`. The pre-activations `u_i` of the next layer
//! are jointly Gaussian with covariance `c`, and the next covariance is `σ_w² E[φ(u_i) φ(u_j)] + σ_b²`.
//!
//! * Strictly positive definite, φ not constant: the Gaussian vector has full support, and `Σ a_i φ(u_i) = 0` makes
//!   every `a_i φ` constant, so that `a = 0`.
//! * Pairwise non-proportional, φ no polynomial: the characterization of polynomials. It holds for every locally
//!   integrable φ: derivatives in directions that annihilate all points but one leave `φ^{(N-1)} = 0` as a
//!   distribution.
//! * Pairwise non-proportional, φ not constant: `φ(u_i) = c φ(u_j)` for independent directions makes φ constant.
//! * Pairwise distinct, φ continuous and not constant: `φ(tw) = φ(sw)` for almost all `w` with `|s| < |t|` makes φ
//!   constant by iteration towards 0, and with `s = -t` it makes φ even. So they stay distinct unless φ is even; and a
//!   bias adds a common component, with which distinct features are non-proportional.
//!
//! # Sums, residual blocks and normalization layers
//!
//! *Theorem.* Let `c = Σ w_i c_i`, all `w_i > 0`. If the features of one `c_i` are independent, non-proportional or
//! distinct, those of `c` are. Division by `√(q q')` keeps independent and non-proportional features as they are.
//!
//! *Proof.* The features of `c` are those of the `c_i` side by side, `(√w_1 F_1, √w_2 F_2, …)`. An equation `Σ_x a_x
//! F(x) = 0`, `F(x) = s F(y)` or `F(x) = F(y)` between them holds in every component, so for the `c_i` that excludes
//! it; and where `F_i(x)` is not zero, `F(x)` is not. A normalization multiplies each `F(x)` by the positive number
//! `1/√q(x)`, which keeps independence and proportionality (equality it may create: `x` and `2x`). ∎ A residual block
//! is the sum of its input, of weight `skip²`, and of its branch. Layers within a branch are met with the features that
//! it is given.
//!
//! # The tangent kernel
//!
//! `Θ' = η σ_w² E[φφ] + τ_b² + Θ ∘ Ċ` with `Ċ = σ_w² E[φ'(u_i) φ'(u_j)]`, entry by entry.
//!
//! *Theorem.* `Θ'` is strictly positive definite if `η > 0` and `σ_w² E[φφ]` is; if `Θ` has a positive diagonal and `Ċ`
//! is strictly positive definite; or if `Θ` is and `Ċ` has a positive diagonal.
//!
//! *Proof.* The three terms are positive semidefinite, the last one by Schur's product theorem, which also says that
//! `A ∘ B` is positive definite where `A` is and `B` is positive semidefinite with a positive diagonal. ∎
//!
//! `Ċ` is the covariance of a layer with the activation φ', so the characterization above holds of it: the NTK exists
//! only where φ is absolutely continuous, and then φ' is a polynomial of degree `n` exactly if φ is one of degree `n +
//! 1`, zero exactly if φ is constant. Sums and normalizations keep what they keep of `c`, and a positive diagonal.

use std::convert::Infallible;

use num_traits::Zero;

use super::characterization::{Characterization, Part};
use super::setting::Setting;
use super::truth::Truth;
use super::verdict::Hypothesis;
use crate::kernel::{Kernel, Training};
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

/// The features after the last layer, with what was checked on the way; `count` is the number of points, if that is
/// given.
pub(super) fn after_layers(
    setting: &mut Setting,
    start: Features,
    count: Option<usize>,
) -> (Features, Vec<Hypothesis>) {
    let (network, kernel) = (setting.network, setting.kernel);
    let mut domain = Path { checked: vec![vec![]; setting.depth()], setting, count };
    let covariance = Known { features: start, positive: start <= Features::NonProportional, layers: vec![] };
    // Without biases non-proportional points are not the origin.
    let without_origin = !domain.setting.has_bias() && covariance.positive;
    let positive = network.first(|w, b| !b.is_zero() || without_origin && !w.is_zero());
    let positive = positive.tangent.unwrap_or(positive.covariance);
    let tangent = Known { features: Features::Unknown, positive, layers: vec![] };
    let first = Kernels { covariance, tangent: Some(tangent) };
    let Ok(kernels) = run(network, kernel, &mut domain, first);
    let known = kernels.kernel();
    let checked = known.layers.iter().flat_map(|layer| std::mem::take(&mut domain.checked[*layer]));
    (known.features, checked.collect())
}

/// The recursion of the features, and of what is known of `Θ`.
struct Path<'a, 'b> {
    setting: &'a mut Setting<'b>,
    count: Option<usize>,
    /// What was checked of every layer.
    checked: Vec<Vec<Hypothesis>>,
}

/// Of a covariance, or of a tangent kernel: there all that counts is whether it is independent, and its diagonal.
#[derive(Clone)]
struct Known {
    features: Features,
    /// Is the diagonal surely positive?
    positive: bool,
    /// The layers that were checked for it.
    layers: Vec<usize>,
}

impl Domain for Path<'_, '_> {
    type Value = Known;
    /// What is known of the covariance that the layer sees.
    type Slope = Known;
    type Stop = Infallible;

    fn activate(&mut self, at: Place, c: &Known) -> Result<(Known, Option<Known>), Infallible> {
        let mut known = c.clone();
        if c.features != Features::Unknown {
            let checked = &mut self.checked[at.index];
            known.features = after(self.setting, at.index, c.features, self.count, checked);
            known.layers.push(at.index);
        }
        // E[φ²] > 0.
        known.positive = c.positive && self.varies(at.index);
        Ok((known, Some(c.clone())))
    }

    fn biased(&mut self, at: Place, known: Known) -> Result<Known, Infallible> {
        let positive = known.positive || self.setting.signs[at.index].bias.is_true();
        Ok(Known { positive, ..known })
    }

    fn combined(&mut self, _: &Sum, values: Vec<Known>, _: Role) -> Result<Known, Infallible> {
        let unknown = Known { features: Features::Unknown, positive: false, layers: vec![] };
        let positive = values.iter().any(|known| known.positive);
        let best = values.into_iter().reduce(|a, b| if b.features < a.features { b } else { a });
        Ok(Known { positive, ..best.unwrap_or(unknown) })
    }

    /// `x` and `2x` become one.
    fn normalized(&mut self, _: usize, known: Known, _: Role) -> Result<Known, Infallible> {
        let features = match known.features {
            Features::Distinct => Features::Unknown,
            kept => kept,
        };
        Ok(Known { features, ..known })
    }

    fn trained(&mut self, at: Place, known: Known, training: &Training) -> Result<Known, Infallible> {
        let bias = match &training.biases {
            Some(biases) => !biases.is_zero(),
            None => self.setting.signs[at.index].bias.is_true(),
        };
        Ok(match training.weights.is_zero() {
            true => Known { features: Features::Unknown, positive: bias, layers: vec![] },
            false => Known { positive: known.positive || bias, ..known },
        })
    }

    fn through(&mut self, at: Place, own: &Known, theta: &Known, c: Known) -> Result<Known, Infallible> {
        let slope_varies = c.positive && self.varies(at.index);
        let positive = own.positive || theta.positive && slope_varies;
        // Where the layer's own weights are trained, they add a strictly positive definite term whenever the rest is
        // so.
        let is_frozen = |training: &Training| training.weights.is_zero();
        if !self.setting.network.training_of(at.index + 1).is_some_and(is_frozen) {
            return Ok(Known { positive, ..own.clone() });
        }
        let independent = |layers: Vec<usize>| Known { features: Features::Independent, positive, layers };
        if theta.features == Features::Independent && slope_varies {
            let what = format!("σ_w² E[φ'φ'] of layer {} has a positive diagonal", at.index + 1);
            self.checked[at.index].push(Hypothesis::new(what, "it is not constant", true));
            return Ok(independent([&theta.layers[..], &[at.index]].concat()));
        }
        if theta.positive && self.slope_is_independent(at.index, c.features) {
            return Ok(independent([&c.layers[..], &[at.index]].concat()));
        }
        Ok(Known { positive, ..own.clone() })
    }
}

impl Path<'_, '_> {
    /// Is it sure that `σ_w² > 0` and φ is not constant, so that φ and φ' are not almost everywhere zero?
    fn varies(&mut self, layer: usize) -> bool {
        self.setting.signs[layer].weight.is_true() && self.setting.whole(layer).is_constant() == Some(false)
    }

    /// Is `Ċ` strictly positive definite? Says so where it is.
    fn slope_is_independent(&mut self, layer: usize, features: Features) -> bool {
        if !self.varies(layer) {
            return false;
        }
        // A polynomial φ' of degree at most `n` is a φ of degree at most `n + 1`.
        let (most, what) = match (features, self.count) {
            (Features::Independent, _) => (Some(1), "not constant".to_string()),
            (Features::NonProportional, None) => (None, "no polynomial".to_string()),
            (Features::NonProportional, Some(n)) => {
                let most = n.saturating_sub(1);
                (Some(most), format!("no polynomial of degree {} or less", n.saturating_sub(2)))
            }
            _ => return false,
        };
        let whole = self.setting.whole(layer).clone();
        let holds = match (&whole, most) {
            (Characterization::NonPolynomial { .. }, _) => Truth::True,
            (_, Some(most)) => self.setting.studies.layer(layer).exceeds_degree(most),
            _ => Truth::from(whole.is_polynomial()).not(),
        };
        if !holds.is_true() {
            return false;
        }
        let name = self.setting.name(layer);
        let said = |what: String, evidence: String| Hypothesis::new(what, evidence, true);
        let number = layer + 1;
        let statement = format!("layer {number}: the derivative of {name} is {what}");
        self.checked[layer].push(said(statement, format!("{name}: {whole}")));
        let what = format!("σ_w² E[φ'φ'] of layer {number} is strictly positive definite");
        self.checked[layer].push(said(what, "its features are those of the activation φ'".to_string()));
        let what = format!("the tangent kernel before layer {number} has a positive diagonal");
        self.checked[layer].push(said(what, "what is trained before is not zero in any point".to_string()));
        true
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
pub(super) fn conclusion(setting: &Setting, features: Features) -> Hypothesis {
    let holds = if features == Features::Independent { Some(true) } else { None };
    if setting.kernel == Kernel::Ntk && setting.network.training().is_some() {
        let evidence = if holds.is_some() { "by what its layers add" } else { "its layers leave it open" };
        return Hypothesis::new("the tangent kernel is strictly positive definite", evidence, holds);
    }
    let evidence = format!("after the last layer {}", features.words());
    Hypothesis::new("the last covariance is strictly positive definite", evidence, holds)
}
