//! The Hessian on its range, in short vectors, and a proved Rayleigh quotient.

use super::point::Layer;
use super::{Enclosed, Hessian, Vector, dot};

/// The directions that a Hessian's range consists of: in layer `l` all `d pᵀ + q eᵀ`, with `d = δ^l/|δ^l|`, `e =
/// x̂^l/|x̂^l|` and `q` orthogonal to `d`. Then `|d pᵀ + q eᵀ|² = |p|² + |q|²`, so that the list of all `p` and `q` is
/// a vector of the same length as the direction, and the Hessian is a symmetric operator on such lists.
pub(super) struct Short<'a, 'b> {
    layers: &'a [Layer<'b>],
    /// `d`, `e`, `|δ|`, `|x̂|`.
    frames: Vec<(Vec<f64>, Vec<f64>, f64, f64)>,
}

impl<'a, 'b> Short<'a, 'b> {
    pub fn new(layers: &'a [Layer<'b>]) -> Short<'a, 'b> {
        let frame = |layer: &Layer| {
            let mut e = layer.input.mid.clone();
            e.extend(layer.bias.then_some(1.0));
            let (d, delta) = unit(layer.delta.mid.clone());
            let (e, size) = unit(e);
            (d, e, delta, size)
        };
        Short { layers, frames: layers.iter().map(frame).collect() }
    }

    pub fn len(&self) -> usize {
        self.layers.iter().map(|l| l.augmented() + l.outputs()).sum()
    }

    /// `p` and `q` of every layer.
    fn split<'v>(&self, v: &'v [f64]) -> Vec<[&'v [f64]; 2]> {
        let mut rest = v;
        let part = |layer: &Layer| {
            let (p, after) = rest.split_at(layer.augmented());
            let (q, after) = after.split_at(layer.outputs());
            rest = after;
            [p, q]
        };
        self.layers.iter().map(part).collect()
    }

    /// `H` on short vectors.
    pub fn apply(&self, hessian: &Hessian<'_>, v: &[f64]) -> Vec<f64> {
        let (mut ux, mut ud) = (vec![], vec![]);
        for (l, [p, q]) in self.split(v).into_iter().enumerate() {
            let (d, e, delta, size) = &self.frames[l];
            let q = orthogonal(q, d);
            // (d pᵀ + q eᵀ) x̂ and (d pᵀ + q eᵀ)ᵀ δ, the constant left out.
            let along = dot(p, e) * size;
            ux.push(d.iter().zip(&q).map(|(d, q)| d * along + q * size).collect());
            ud.push(p[..self.layers[l].inputs()].iter().map(|p| p * delta).collect());
        }
        let mut out = Vec::with_capacity(v.len());
        for (l, [rate, moved]) in hessian.directional(&ux, &ud).into_iter().enumerate() {
            let (d, e, delta, size) = &self.frames[l];
            // The coordinates of δ̇ x̂ᵀ + δ ẋᵀ.
            let along = dot(d, &rate) * size;
            let moved = moved.into_iter().chain([0.0]);
            out.extend(e.iter().zip(moved).map(|(e, m)| along * e + delta * m));
            out.extend(orthogonal(&rate, d).iter().map(|r| r * size));
        }
        out
    }

    /// `⟨U, H U⟩` and `|U|²` enclosed, for the direction `U` whose layers are exactly `d pᵀ + q eᵀ` in these doubles.
    pub fn quotient(&self, v: &[f64]) -> [Enclosed; 2] {
        let two = Enclosed::exact(2.0);
        let (mut form, mut square) = (Enclosed::default(), Enclosed::default());
        let mut rate = Vector::default();
        for (l, [p, q]) in self.split(v).into_iter().enumerate() {
            let (layer, (d, e, ..)) = (&self.layers[l], &self.frames[l]);
            let n = layer.inputs();
            let [p, q, d, e] = [p.to_vec(), orthogonal(q, d), d.clone(), e.clone()].map(Vector::exact);
            // tr (d pᵀ + q eᵀ)ᵀ(d pᵀ + q eᵀ).
            square = square.add(d.dot(&d).mul(p.dot(&p))).add(q.dot(&q).mul(e.dot(&e)));
            square = square.add(two.mul(d.dot(&q)).mul(p.dot(&e)));
            let augmented = |x: &Vector, last: f64| {
                let mut x = x.clone();
                if layer.bias {
                    x.mid.push(last);
                    x.rad.push(0.0);
                }
                x
            };
            let moved = match l {
                0 => Vector::exact(vec![0.0; n]),
                _ => rate.zip(&self.layers[l - 1].slope, Enclosed::mul).scaled(layer.scale),
            };
            let (input, full) = (augmented(&layer.input, 1.0), augmented(&moved, 0.0));
            let along = d.scaled(p.dot(&input)).zip(&q.scaled(e.dot(&input)), Enclosed::add);
            rate = match l {
                0 => along,
                _ => layer.weights.enclosed_times(&moved).zip(&along, Enclosed::add),
            };
            // Σ β φ'' ż² + 2 δᵀ (d pᵀ + q eᵀ) ẋ.
            let curved = layer.beta.zip(&layer.bend, Enclosed::mul);
            form = form.add(curved.dot(&rate.zip(&rate, Enclosed::mul)));
            let mixed = layer.delta.dot(&d).mul(p.dot(&full)).add(layer.delta.dot(&q).mul(e.dot(&full)));
            form = form.add(two.mul(mixed));
        }
        [form, square]
    }
}

/// A vector of norm about one, and the norm; zero stays zero.
fn unit(mut v: Vec<f64>) -> (Vec<f64>, f64) {
    let norm = dot(&v, &v).sqrt();
    if norm > 0.0 && norm.is_finite() {
        v.iter_mut().for_each(|x| *x /= norm);
    }
    (v, norm)
}

fn orthogonal(q: &[f64], d: &[f64]) -> Vec<f64> {
    let along = dot(q, d);
    q.iter().zip(d).map(|(q, d)| q - along * d).collect()
}
