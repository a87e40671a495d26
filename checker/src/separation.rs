//! Strict positivity off the sphere, by induction on the layers.
//!
//! Theorem (characterization of polynomials). Let `F_1, ..., F_N` be pairwise non-proportional, none 0, and `w` a
//! Gaussian with full support. If `Σ a_i φ(⟨w, F_i⟩) = 0` almost surely and some `a_i ≠ 0`, then φ is almost
//! everywhere a polynomial of degree at most `N - 2`. (Differentiate, as distributions, along directions orthogonal to
//! all but one `F_i`, one after another.) It asks for no more than local integrability of φ.

use num_traits::Signed;

use crate::claims::Facts;
use crate::diagonal::{Diagonal, is_without_origin};
use crate::format::{Certificate, Domain, Kernel, Layer};
use crate::integer::BigRational;
use crate::network::Signs;
use crate::points::PointSet;
use crate::recursion::{Steps, run};

/// What is known of the features of a layer's covariance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// Pairwise different.
    Distinct,
    /// Pairwise non-proportional, none of them 0.
    NonProportional,
    /// Linearly independent: the covariance is strictly positive definite.
    Positive,
}

fn has_first_bias(certificate: &Certificate) -> bool {
    certificate.network.gamma_b2.is_positive()
}

fn start(certificate: &Certificate, points: Option<&PointSet>) -> Option<State> {
    let non_proportional = match (certificate.domain, points) {
        (Domain::NonProportional, _) => true,
        (Domain::Points, Some(set)) => set.is_non_proportional(),
        _ => false,
    };
    let distinct = match (certificate.domain, points) {
        (Domain::Points, Some(set)) => set.is_distinct(),
        (Domain::Points, None) => false,
        // Different points of a sphere are different points.
        _ => true,
    };
    // Without weights all features are equal.
    if !certificate.network.gamma_w2.is_positive() {
        return None;
    }
    // Features (γ_w x, γ_b): with γ_b > 0 different ones are not proportional, and none is 0.
    match (distinct, has_first_bias(certificate) || non_proportional) {
        (true, true) => Some(State::NonProportional),
        (true, false) => Some(State::Distinct),
        _ => None,
    }
}

/// What a layer makes of a state. The features `F_i` are vectors in some Hilbert space, `w` its white noise, and the
/// next ones are `σ_w φ(⟨w, F_i⟩)` in `L²` of the noise, joined by `σ_b`. Hypotheses: `σ_w² > 0`, φ measurable with
/// `E[φ(√q Z)²] < ∞`, and what is named in each case:
///
/// * `Positive`, φ not almost everywhere constant: `Σ a_i φ(z_i) = 0` for a Gaussian with full support and `a_j ≠ 0`
///   makes `φ(z_j)` independent of `z_j`.
/// * `NonProportional`, φ no polynomial of degree at most `N - 2`: the characterization of polynomials.
/// * `NonProportional`, φ not constant: `φ(u) = c φ(v)` for `u, v` with a joint density makes φ constant, so no two of
///   the next features are proportional, and none is 0.
/// * `Distinct`, φ almost everywhere equal to a continuous function, not constant and not even: if two next features
///   are equal, then `u, v` have a joint density, and φ is constant; or `u = tw`, `v = sw` with `|s| <= |t|`, `t ≠ 0`.
///   With `|s| < |t|`, `φ(w) = φ(rw) = φ(r²w) = ...` tends to one value for almost all `w`; with `s = -t`, φ is even.
///   (A step has `φ(w) = φ(rw)` for `r > 0`: without continuity this is false.)
fn step(state: State, biased: bool, name: &str, facts: &Facts, degree: Option<i64>) -> Option<State> {
    let continuous = facts.activation(name).is_some_and(|a| a.is_continuous());
    match state {
        State::Positive if facts.is_non_constant(name) => Some(State::Positive),
        State::NonProportional if exceeds(name, facts, degree) => Some(State::Positive),
        State::NonProportional if facts.is_non_constant(name) => Some(State::NonProportional),
        State::Distinct if facts.is_non_constant(name) && facts.is_not_even(name) && continuous => {
            Some(if biased { State::NonProportional } else { State::Distinct })
        }
        _ => None,
    }
}

/// No polynomial; on N points, a polynomial of degree above the given one will do.
fn exceeds(name: &str, facts: &Facts, degree: Option<i64>) -> bool {
    facts.is_non_polynomial(name) || degree.is_some_and(|n| facts.exceeds_degree(name, n))
}

/// Is `σ_w² E[φ'(u_i)φ'(u_j)]` strictly positive definite? It is the covariance of a layer with the activation φ',
/// where the tangent kernel exists: φ is absolutely continuous, `|φ'| <= C e^{a|x|}`, and φ' is a polynomial of degree
/// `n` exactly if φ is one of degree `n + 1`, constant exactly if φ has a degree of at most 1.
fn slope_is_positive(state: Option<State>, name: &str, facts: &Facts, degree: Option<i64>) -> bool {
    match state {
        Some(State::Positive) => facts.exceeds_degree(name, 1),
        Some(State::NonProportional) => exceeds(name, facts, degree.map(|n| n + 1)),
        _ => false,
    }
}

/// What is known of `C`, whether `Θ` is proved strictly positive definite, and the diagonals.
#[derive(Clone)]
struct Known {
    c: Option<State>,
    theta: bool,
    diagonal: Diagonal,
}

struct Walk<'a> {
    facts: &'a Facts,
    signs: &'a [Signs],
    tangent: bool,
    degree: Option<i64>,
    lines: &'a mut Vec<String>,
}

impl Steps for Walk<'_> {
    type State = Known;
    type Stop = std::convert::Infallible;

    /// Theorem. `Θ' = η σ_w² E[φφ] + τ + Θ ∘ Ċ`, `Ċ = σ_w² E[φ'φ']`, is strictly positive definite if `η > 0` and `σ_w²
    /// E[φφ]` is; or if `Θ` is and `Ċ` has a positive diagonal; or if `Ċ` is and `Θ` has a positive diagonal.
    ///
    /// All three terms are positive semidefinite, and so it is enough that one is definite. The third one is by Schur's
    /// product theorem: `A >= λI` with `λ > 0` and `B` positive semidefinite make `A ∘ B >= λ diag(B)`.
    fn layer(&mut self, index: usize, layer: &Layer, before: Known) -> Result<Known, Self::Stop> {
        let (facts, name, signs) = (self.facts, layer.activation.as_str(), self.signs[index]);
        // Without weights nothing of the input is left.
        let state = before.c.filter(|_| signs.weight);
        let c = state.and_then(|state| step(state, signs.bias == Some(true), name, facts, self.degree));
        if let Some(state) = c {
            self.lines.push(format!("after hidden layer {}: {}", index + 1, words(state)));
        }
        let trained = layer.trains_weights() && c == Some(State::Positive);
        let kept = signs.weight && before.theta && before.diagonal.c && facts.is_non_constant(name);
        let by_slope = before.diagonal.theta && slope_is_positive(state, name, facts, self.degree);
        let theta = trained || kept || by_slope;
        if self.tangent && theta && !trained {
            let how = if kept {
                "E[φ'φ'] has a positive diagonal"
            } else {
                "E[φ'φ'] is strictly positive definite"
            };
            self.lines.push(format!(
                "after hidden layer {}: the tangent kernel is strictly positive definite, as {how}",
                index + 1
            ));
        }
        Ok(Known { c, theta, diagonal: before.diagonal.after(layer, signs, facts) })
    }

    /// Theorem. The features of `Σ w_i C_i`, all `w_i > 0`, are those of the `C_i` side by side, `(√w_1 F_1, √w_2 F_2,
    /// ...)`. So if those of one `C_i` are different, or non-proportional and not 0, or independent, those of the sum
    /// are: an equation between them holds in every component. `Σ w_i Θ_i` is at least `w_i Θ_i`.
    fn joined(&mut self, sum: Option<Known>, _: &BigRational, branch: Known) -> Result<Known, Self::Stop> {
        Ok(match sum {
            None => branch,
            Some(sum) => Known {
                c: sum.c.max(branch.c),
                theta: sum.theta || branch.theta,
                diagonal: sum.diagonal.or(branch.diagonal),
            },
        })
    }

    /// Theorem. A normalization multiplies every feature by the positive number `1/√q`: independent ones stay so, and
    /// so do non-proportional ones; different ones may become equal. `D Θ D` is positive definite with Θ.
    fn normalized(&mut self, before: Known) -> Result<Known, Self::Stop> {
        let c = before.c.filter(|state| before.diagonal.c && *state >= State::NonProportional);
        Ok(Known { c, theta: before.theta && before.diagonal.c, diagonal: before.diagonal })
    }
}

/// Is the kernel proved strictly positive definite?
pub(crate) fn is_positive(
    certificate: &Certificate,
    facts: &Facts,
    signs: &[Signs],
    points: Option<&PointSet>,
    lines: &mut Vec<String>,
) -> bool {
    let degree = points.filter(|_| certificate.domain == Domain::Points).map(|set| set.rows.len() as i64 - 2);
    let state = start(certificate, points);
    if let Some(state) = state {
        lines.push(format!("inputs: {}", words(state)));
    }
    let tangent = certificate.kernel == Kernel::Ntk;
    let diagonal = Diagonal::of_input(certificate, is_without_origin(certificate, points));
    let mut walk = Walk { facts, signs, tangent, degree, lines };
    let Ok(known) = run(&certificate.network, &mut walk, Known { c: state, theta: false, diagonal });
    let positive = if tangent { known.theta } else { known.c == Some(State::Positive) };
    if positive && !certificate.network.is_chain() {
        lines.push("after all blocks: strictly positive definite".to_string());
    }
    positive
}

fn words(state: State) -> &'static str {
    match state {
        State::Distinct => "features pairwise different",
        State::NonProportional => "features pairwise non-proportional, none of them 0",
        State::Positive => "covariance strictly positive definite",
    }
}
