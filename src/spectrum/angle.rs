//! The kernel as a function of the angle θ, in the complex plane: where it is proved analytic, and how large it is.
//!
//! Arc-cosine duals have a root singularity at `ρ = ±1`, which the angles undo. With `σ_l = sin(θ_l/2)`, so `1 - ρ_l =
//! 2σ_l²`, a layer of order one, `ρ' = w (a ρ + s k_1(ρ)) + b`, `w (a + s/2) + b = 1`, has
//!
//! ```text
//! k_1(cos θ) = (sin θ + (π-θ) cos θ)/(2π),    1/2 - k_1 = (2πσ² - (sin θ - θ cos θ))/(2π),
//! σ'² = (1 - ρ')/2 = σ² g,    g = w (a + s/2) - w s h(θ)/(4π),    h(θ) = (sin θ - θ cos θ)/sin²(θ/2),
//! ```
//!
//! and `h` is analytic at zero, `h = 4θ j(θ)/sinc²(θ/2)` with `j(θ) = (sin θ - θ cos θ)/θ³`. Hence `σ' = σ √g` and `θ'
//! = 2 asin σ'` are analytic wherever `θ` is, `g` stays off `(-∞, 0]` and `σ'` off the cuts of the arcsine. A
//! polynomial layer `Σ c_k ρ^k` has `g = w Σ c_k (1 + ρ + … + ρ^{k-1})`. The last layer needs no angle: its value and
//! slope are functions of `θ, cos θ, sin θ`.
//!
//! So every covariance has `σ² = sin²(z/2) G(z)`, `z` the angle of the inputs and `G` the product of the `g` on the
//! way. A sum of branches, `ρ = Σ s_i ρ_i` with `Σ s_i = 1`, has `1 - ρ = Σ s_i (1 - ρ_i)`, hence `G = Σ s_i G_i`, and
//! `σ = sin(z/2) √G` is analytic wherever the `G_i` are and `G` stays off `(-∞, 0]`. A normalization layer changes
//! nothing that is divided by the variances.
//!
//! The antipode is such a point as well where layers are odd: their `ρ` begins at -1. Angles are measured from the nearer
//! end. From the antipode, `ρ = -cos θ`, an odd layer takes θ to the θ' that it takes it to from the other end; the first
//! layer that is not odd sees `π - θ`. The two ways agree on the real line, and so on all discs that meet between the ends.
//!
//! A layer whose dual is analytic at 1 has `g = w (f(1) - f(ρ))/(1 - ρ)`, next to zero `w f'(1)` up to a bound of `f''`; that
//! of a step, `f(1) - f(ρ) = s θ`, has a `g` that is singular at zero, where the panels shrink until what is left is small.

use crate::kernel::profile::{Profile, ResolvedLayer};
use crate::kernel::{Kernel, Network, Training};
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, run};
use crate::number::model::Model;
use crate::number::{Ball, Mag};

mod number;
mod shape;
mod smooth;

pub(super) use number::Number;
use number::parameters;
use shape::Shape;

/// A kernel made of layers that the angles resolve.
pub(super) struct Angles<N: Number> {
    network: Network,
    kernel: Kernel,
    input_slope: N::Real,
    /// The root of the slope and the constant, where that is not zero.
    input_constant: Option<[N::Real; 2]>,
    layers: Vec<Layer<N>>,
    /// Of `Θ_1`, where it is another than `ρ_1`.
    input_tangent: Option<[N::Real; 2]>,
    /// The shares of every sum's branches.
    sums: Vec<Vec<N::Real>>,
    output_variance: Ball,
}

struct Layer<N: Number> {
    weight: N::Real,
    bias: N::Real,
    /// `η_w` and `τ_b²/q'`, where the layer is not trained as usual.
    training: Option<[N::Real; 2]>,
    /// Is it an odd function of ρ?
    is_odd: bool,
    shape: Shape<N>,
}

/// What a layer sees: `θ`, `σ = sin(θ/2)`, `cos θ` and `sin θ`.
#[derive(Clone)]
pub(super) struct Point<N> {
    theta: N,
    sigma: N,
    cos: N,
    sin: N,
    /// `G` in `σ² = sin²(z/2) G`.
    ratio: N,
    /// Is the angle measured from the antipode, z as well, so that `ρ = -cos θ`?
    mirrored: bool,
}

impl<N: Number> Angles<N> {
    /// `None` where a layer is not of such a kind, or none needs it.
    pub fn new(profile: &Profile, kernel: Kernel) -> Option<Angles<N>> {
        if !profile.input_slope.sign().is_some_and(|sign| sign.is_gt()) {
            return None;
        }
        let network = profile.network();
        let layer = |(i, layer): (usize, &ResolvedLayer)| {
            let training = network.training_of(i + 1).map(|training| layer.training(training));
            Layer::new(layer, kernel, training, profile.precision)
        };
        let layers: Vec<Layer<N>> = profile.layers.iter().enumerate().map(layer).collect::<Option<_>>()?;
        let kinked = |layer: &Layer<N>| layer.shape.is_kinked();
        layers.iter().any(kinked).then(|| Angles {
            network: network.clone(),
            kernel,
            input_tangent: profile.input_tangent.as_ref().map(|[a, b]| [a, b].map(N::parameter)),
            sums: profile.sums.iter().map(|shares| parameters::<N>(shares)).collect(),
            input_slope: N::parameter(&profile.input_slope),
            input_constant: (!profile.input_constant.is_exact_zero())
                .then(|| [&profile.input_slope.sqrt(), &profile.input_constant].map(N::parameter)),
            layers,
            output_variance: profile.output_variance.clone(),
        })
    }

    /// The bits that a value should be computed with to have `bits` of them.
    pub fn working_bits(&self, bits: u32) -> u32 {
        if self.layers.iter().any(|layer| layer.shape.loses_half()) { 2 * bits + 64 } else { bits + 64 }
    }

    /// The kernel divided by its variance, at the angle z, or `π - z` if that is `mirrored`; `None` where it is not
    /// proved to be analytic.
    fn normalized(&self, z: &N, mirrored: bool) -> Option<N> {
        let ([sin, cos], [base, _]) = (z.sine_and_cosine(), z.shl(-1).sine_and_cosine());
        let one = Ball::from_integer(1, self.output_variance.precision());
        let rho = if mirrored { cos.negated() } else { cos.clone() };
        let linear = |[a, b]: &[N::Real; 2]| rho.scale(a).plus(b);
        let mut domain = Turns { angles: self, base, mirrored };
        let point = match &self.input_constant {
            None => {
                let ratio = N::constant(&N::parameter(&one));
                Point { theta: z.clone(), sigma: domain.base.clone(), cos, sin, ratio, mirrored }
            }
            // ρ_1 = a cos z + b, a + b = 1: 1 - ρ_1 = 2a sin²(z/2), so σ_1 = √a sin(z/2). The cosine is nearer than by
            // the detour.
            Some([root, constant]) => Point {
                cos: linear(&[self.input_slope.clone(), constant.clone()]),
                ..Point::from_sigma(domain.plain_base().scale(root), N::constant(&self.input_slope), false)
            },
        };
        let tangent = self.input_tangent.as_ref().map(|input| Turned { value: linear(input), point: None });
        let value = if point.mirrored { rho } else { point.cos.clone() };
        let first = Turned { value, point: Some(point) };
        let first = Kernels { covariance: first, tangent };
        Some(run(&self.network, self.kernel, &mut domain, first).ok()?.kernel().value)
    }
}

impl Angles<Model> {
    /// An upper bound of the kernel's modulus at all angles of a disc (measured from π if `mirrored`), where it is proved analytic; else infinite.
    pub fn bound(&self, z: &Model, mirrored: bool) -> Mag {
        let bound = self.normalized(z, mirrored).map(|value| value.bound());
        bound.unwrap_or(Mag::INFINITY) * self.output_variance.magnitude()
    }
}

impl Angles<Ball> {
    /// The kernel at an angle in `(0, π)`, measured from π if `mirrored`.
    pub fn value(&self, theta: &Ball, mirrored: bool) -> Option<Ball> {
        Some(&self.normalized(theta, mirrored)? * &self.output_variance)
    }
}

/// The recursion in the complex plane of the angle.
struct Turns<'a, N: Number> {
    angles: &'a Angles<N>,
    /// `sin(z/2)`.
    base: N,
    /// Is z measured from the antipode?
    mirrored: bool,
}

impl<N: Number> Turns<'_, N> {
    /// `sin(z/2)` of the angle itself.
    fn plain_base(&self) -> N {
        if self.mirrored { self.base.complement().root() } else { self.base.clone() }
    }
}

/// A covariance or Θ at a complex angle.
#[derive(Clone)]
struct Turned<N> {
    value: N,
    /// What the next layer sees, of a covariance.
    point: Option<Point<N>>,
}

/// It is not proved to be analytic.
struct NotAnalytic;

impl<N: Number> Domain for Turns<'_, N> {
    type Value = Turned<N>;
    type Slope = N;
    type Stop = NotAnalytic;

    fn activate(&mut self, at: Place, c: &Turned<N>) -> Result<(Turned<N>, Option<N>), NotAnalytic> {
        let layer = &self.angles.layers[at.index];
        let point = c.point.clone().ok_or(NotAnalytic)?;
        let point = &if point.mirrored && !layer.is_odd { point.turned(&self.base) } else { point };
        let slope = (self.angles.kernel == Kernel::Ntk).then(|| layer.slope(point)).transpose()?;
        let next = if at.is_last { None } else { layer.next(point) };
        let value = layer.value(point);
        Ok((Turned { value: if point.mirrored { value.negated() } else { value }, point: next }, slope))
    }

    fn biased(&mut self, at: Place, c: Turned<N>) -> Result<Turned<N>, NotAnalytic> {
        Ok(Turned { value: c.value.plus(&self.angles.layers[at.index].bias), ..c })
    }

    fn combined(&mut self, sum: &Sum, mut values: Vec<Turned<N>>, _: Role) -> Result<Turned<N>, NotAnalytic> {
        let shares = &self.angles.sums[sum.index];
        if shares.len() == 1 {
            // Its share is one.
            return values.pop().ok_or(NotAnalytic);
        }
        let total = |parts: Vec<&N>| {
            let terms = parts.iter().zip(shares).map(|(part, share)| part.scale(share));
            terms.reduce(|sum, term| sum.add(&term)).ok_or(NotAnalytic)
        };
        let value = total(values.iter().map(|x| &x.value).collect())?;
        let mirrored = values.iter().all(|x| x.point.as_ref().is_some_and(|point| point.mirrored));
        let ratio_of = |x: &Turned<N>| {
            let point = x.point.clone()?;
            Some(if point.mirrored && !mirrored { point.turned(&self.base).ratio } else { point.ratio })
        };
        let ratios: Option<Vec<N>> = values.iter().map(ratio_of).collect();
        let point = ratios.and_then(|ratios| {
            let ratio = total(ratios.iter().collect()).ok()?;
            let base = if mirrored { self.base.clone() } else { self.plain_base() };
            let cos = if mirrored { value.negated() } else { value.clone() };
            Point { cos, ..Point::from_sigma(base.times(&ratio.root()), ratio, mirrored) }.finite()
        });
        Ok(Turned { value, point })
    }

    /// Values are divided by the variance already.
    fn normalized(&mut self, _: usize, value: Turned<N>, _: Role) -> Result<Turned<N>, NotAnalytic> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, c: Turned<N>, _: &Training) -> Result<Turned<N>, NotAnalytic> {
        let [weights, biases] = self.angles.layers[at.index].training.as_ref().ok_or(NotAnalytic)?;
        Ok(Turned { value: c.value.scale(weights).plus(biases), point: None })
    }

    fn through(
        &mut self,
        _: Place,
        own: &Turned<N>,
        theta: &Turned<N>,
        slope: N,
    ) -> Result<Turned<N>, NotAnalytic> {
        Ok(Turned { value: own.value.add(&theta.value.times(&slope)), point: None })
    }
}

impl<N: Number> Point<N> {
    fn from_sigma(sigma: N, ratio: N, mirrored: bool) -> Point<N> {
        let theta = sigma.arcsine().shl(1);
        let square = sigma.times(&sigma);
        let cos = square.shl(1).less_than_one();
        let sin = sigma.times(&sigma.complement().root()).shl(1);
        Point { theta, sigma, cos, sin, ratio, mirrored }
    }

    /// The same with the angle measured from the other end, given `sin(z/2)` of a z measured from there.
    fn turned(self, base: &N) -> Point<N> {
        let square = self.sigma.complement();
        Point {
            theta: self.theta.less_than_pi(),
            sigma: square.root(),
            cos: self.cos.negated(),
            ratio: square.times(&base.complement().reciprocal()),
            sin: self.sin,
            mirrored: false,
        }
    }

    /// `1 - cos θ = 2σ²`.
    fn distance(&self) -> N {
        self.sigma.times(&self.sigma).shl(1)
    }

    fn finite(self) -> Option<Point<N>> {
        (self.theta.is_finite() && self.sin.is_finite()).then_some(self)
    }
}

impl<N: Number> Layer<N> {
    fn new(
        layer: &ResolvedLayer,
        kernel: Kernel,
        training: Option<(Ball, Ball)>,
        precision: u32,
    ) -> Option<Layer<N>> {
        let shape = Shape::new(&layer.dual, kernel, precision)?;
        let training = training.map(|(weights, biases)| [&weights, &biases].map(N::parameter));
        let [weight, bias] = [&layer.weight, &layer.bias].map(N::parameter);
        let is_odd = layer.bias.is_exact_zero() && !layer.activation.support().has_parity(0);
        Some(Layer { weight, bias, training, is_odd, shape })
    }

    /// `ρ'` less the bias.
    fn value(&self, at: &Point<N>) -> N {
        self.shape.value(at).scale(&self.weight)
    }

    /// `dρ'/dρ`.
    fn slope(&self, at: &Point<N>) -> Result<N, NotAnalytic> {
        self.shape.slope(at).map(|slope| slope.scale(&self.weight)).ok_or(NotAnalytic)
    }

    /// What the next layer sees; `None` where it is not proved analytic.
    fn next(&self, at: &Point<N>) -> Option<Point<N>> {
        let growth = self.shape.growth(at).scale(&self.weight);
        Point::from_sigma(at.sigma.times(&growth.root()), at.ratio.times(&growth), at.mirrored).finite()
    }
}

#[cfg(test)]
mod tests;
