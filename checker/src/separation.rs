//! Strict positivity off the sphere, by induction on the layers.
//!
//! Theorem (characterization of polynomials). Let `F_1, ..., F_N` be pairwise non-proportional, none 0, and `w` a
//! Gaussian with full support. If `Σ a_i φ(⟨w, F_i⟩) = 0` almost surely and some `a_i ≠ 0`, then φ is almost
//! everywhere a polynomial of degree at most `N - 2`. (Differentiate, as distributions, along directions orthogonal to
//! all but one `F_i`, one after another.) It asks for no more than local integrability of φ.

use num_traits::Signed;

use crate::claims::Facts;
use crate::format::{BiasVariance, Certificate, Domain, Layer};
use crate::points::PointSet;

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

pub(crate) fn has_first_bias(certificate: &Certificate) -> bool {
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

/// What a layer makes of a state. The features `F_i` are vectors in some Hilbert space, `w` its white noise, and the next
/// ones are `σ_w φ(⟨w, F_i⟩)` in `L²` of the noise, joined by `σ_b`. Hypotheses: `σ_w² > 0`, φ measurable with
/// `E[φ(√q Z)²] < ∞`, and what is named in each case:
///
/// * `Positive`, φ not almost everywhere constant: `Σ a_i φ(z_i) = 0` for a Gaussian with full support and `a_j ≠ 0`
///   makes `φ(z_j)` independent of `z_j`.
/// * `NonProportional`, φ no polynomial of degree at most `N - 2`: the characterization of polynomials.
/// * `NonProportional`, φ not constant: `φ(u) = c φ(v)` for `u, v` with a joint density makes φ constant, so no two of the
///   next features are proportional, and none is 0.
/// * `Distinct`, φ almost everywhere equal to a continuous function, not constant and not even: if two next features are
///   equal, then `u, v` have a joint density, and φ is constant; or `u = tw`, `v = sw` with `|s| <= |t|`, `t ≠ 0`. With
///   `|s| < |t|`, `φ(w) = φ(rw) = φ(r²w) = ...` tends to one value for almost all `w`; with `s = -t`, φ is even. (A step has
///   `φ(w) = φ(rw)` for `r > 0`: without continuity this is false.)
fn step(state: State, layer: &Layer, facts: &Facts, degree: Option<i64>) -> Option<State> {
    let name = &layer.activation;
    let biased = matches!(&layer.sigma_b2, BiasVariance::Given(b) if b.is_positive());
    // On N points, a polynomial of degree above N - 2 will do.
    let independent = facts.is_non_polynomial(name) || degree.is_some_and(|n| facts.exceeds_degree(name, n));
    let continuous = facts.activation(name).is_some_and(|a| a.is_continuous());
    match state {
        State::Positive if facts.is_non_constant(name) => Some(State::Positive),
        State::NonProportional if independent => Some(State::Positive),
        State::NonProportional if facts.is_non_constant(name) => Some(State::NonProportional),
        State::Distinct if facts.is_non_constant(name) && facts.is_not_even(name) && continuous => {
            Some(if biased { State::NonProportional } else { State::Distinct })
        }
        _ => None,
    }
}

/// Is the kernel proved strictly positive definite? The tangent kernel is at least the last covariance.
pub(crate) fn is_positive(
    certificate: &Certificate,
    facts: &Facts,
    points: Option<&PointSet>,
    lines: &mut Vec<String>,
) -> bool {
    let degree = points.filter(|_| certificate.domain == Domain::Points).map(|set| set.rows.len() as i64 - 2);
    let Some(mut state) = start(certificate, points) else { return false };
    lines.push(format!("inputs: {}", words(state)));
    for (i, layer) in certificate.network.layers.iter().enumerate() {
        let Some(next) = step(state, layer, facts, degree) else { return false };
        state = next;
        lines.push(format!("after hidden layer {}: {}", i + 1, words(state)));
    }
    state == State::Positive
}

fn words(state: State) -> &'static str {
    match state {
        State::Distinct => "features pairwise different",
        State::NonProportional => "features pairwise non-proportional, none of them 0",
        State::Positive => "covariance strictly positive definite",
    }
}
