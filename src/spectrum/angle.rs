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
//! slope are polynomials in `θ, cos θ, sin θ`.
//!
//! So every covariance has `σ² = sin²(z/2) G(z)`, `z` the angle of the inputs and `G` the product of the `g` on the
//! way. A sum of branches, `ρ = Σ s_i ρ_i` with `Σ s_i = 1`, has `1 - ρ = Σ s_i (1 - ρ_i)`, hence `G = Σ s_i G_i`, and
//! `σ = sin(z/2) √G` is analytic wherever the `G_i` are and `G` stays off `(-∞, 0]`. A normalization layer changes
//! nothing that is divided by the variances.

use crate::dual::{Dual, MAX_ORDER, arc_cosine_polynomials};
use crate::dual::{Enclosed, Parameters};
use crate::kernel::profile::{Profile, ResolvedLayer};
use crate::kernel::{Kernel, Network, Training};
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, run};
use crate::number::model::Model;
use crate::number::{Ball, Mag};

mod number;
mod smooth;

pub(super) use number::Number;
use number::horner;
use smooth::Smooth;

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
    shape: Shape<N>,
}

enum Shape<N: Number> {
    /// `linear ρ + s k_n(ρ)`.
    ArcCosine {
        linear: N::Real,
        /// `s k_n`.
        value: Polynomials<N>,
        /// `s k_n' = s n² k_{n-1}`.
        slope: Polynomials<N>,
        /// `linear + s/2` and `-s/(4π)`, for order one.
        growth: Option<[N::Real; 2]>,
    },
    /// `constant + scale asin ρ`, whose slope is not bounded.
    ArcSine {
        constant: N::Real,
        scale: N::Real,
    },
    Smooth(Smooth<N>),
    Polynomial(Series<N>),
    /// A shape above and a polynomial.
    WithPolynomial(Box<Shape<N>>, Series<N>),
}

/// A polynomial `Σ c_k ρ^k`, its derivative, and `Σ_k c_k (1 + … + ρ^{k-1})`.
struct Series<N: Number> {
    value: Vec<N::Real>,
    slope: Vec<N::Real>,
    growth: Vec<N::Real>,
}

/// `A(cos θ) sin θ + B(cos θ) (π - θ)`.
struct Polynomials<N: Number> {
    a: Vec<N::Real>,
    b: Vec<N::Real>,
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
}

impl<N: Number> Angles<N> {
    /// `None` where a layer is not of such a kind, or none needs it.
    pub fn new(profile: &Profile, kernel: Kernel) -> Option<Angles<N>> {
        if !profile.input_slope.sign().is_some_and(|sign| sign.is_gt()) {
            return None;
        }
        let network = profile.network();
        // Within blocks a layer may be the last of its branch: where its angle is asked for, it is found to have none.
        let count = profile.layers.len();
        let needs_angle = |i: usize| network.is_chain() && i + 1 < count;
        let layer = |(i, layer): (usize, &ResolvedLayer)| {
            let training = network.training_of(i + 1).map(|training| layer.training(training));
            Layer::new(layer, !needs_angle(i), kernel, training, profile.precision)
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
        if self.layers.iter().any(|layer| layer.shape.is_smooth()) { 2 * bits + 64 } else { bits + 64 }
    }

    /// The kernel divided by its variance; `None` where it is not proved to be analytic.
    fn normalized(&self, z: &N) -> Option<N> {
        let ([sin, cos], [base, _]) = (z.sine_and_cosine(), z.shl(-1).sine_and_cosine());
        let one = Ball::from_integer(1, self.output_variance.precision());
        let linear = |[a, b]: &[N::Real; 2]| cos.scale(a).plus(b);
        let point = match &self.input_constant {
            None => {
                let ratio = N::constant(&N::parameter(&one));
                Point { theta: z.clone(), sigma: base.clone(), cos: cos.clone(), sin, ratio }
            }
            // ρ_1 = a cos z + b, a + b = 1: 1 - ρ_1 = 2a sin²(z/2), so σ_1 = √a sin(z/2). The cosine is nearer than by
            // the detour.
            Some([root, constant]) => Point {
                cos: linear(&[self.input_slope.clone(), constant.clone()]),
                ..Point::from_sigma(base.scale(root), N::constant(&self.input_slope))
            },
        };
        let tangent = self.input_tangent.as_ref().map(|input| Turned { value: linear(input), point: None });
        let first = Turned { value: point.cos.clone(), point: Some(point) };
        let first = Kernels { covariance: first, tangent };
        let mut domain = Turns { angles: self, base };
        Some(run(&self.network, self.kernel, &mut domain, first).ok()?.kernel().value)
    }
}

impl Angles<Model> {
    /// An upper bound of the kernel's modulus at all angles of a disc, where it is proved analytic; else infinite.
    pub fn bound(&self, z: &Model) -> Mag {
        let bound = self.normalized(z).map(|value| value.bound());
        bound.unwrap_or(Mag::INFINITY) * self.output_variance.magnitude()
    }
}

impl Angles<Ball> {
    /// The kernel at an angle in `(0, π)`.
    pub fn value(&self, theta: &Ball) -> Option<Ball> {
        Some(&self.normalized(theta)? * &self.output_variance)
    }
}

/// The recursion in the complex plane of the angle.
struct Turns<'a, N: Number> {
    angles: &'a Angles<N>,
    /// `sin(z/2)`.
    base: N,
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
        let point = c.point.as_ref().ok_or(NotAnalytic)?;
        let slope = (self.angles.kernel == Kernel::Ntk).then(|| layer.slope(point)).transpose()?;
        let next = if at.is_last { None } else { layer.next(point) };
        Ok((Turned { value: layer.value(point), point: next }, slope))
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
        let ratios: Option<Vec<&N>> = values.iter().map(|x| Some(&x.point.as_ref()?.ratio)).collect();
        let value = total(values.iter().map(|x| &x.value).collect())?;
        let point = ratios.and_then(|ratios| {
            let ratio = total(ratios).ok()?;
            let sigma = self.base.times(&ratio.root());
            Point { cos: value.clone(), ..Point::from_sigma(sigma, ratio) }.finite()
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
    fn from_sigma(sigma: N, ratio: N) -> Point<N> {
        let theta = sigma.arcsine().shl(1);
        let square = sigma.times(&sigma);
        let cos = square.shl(1).less_than_one();
        let sin = sigma.times(&sigma.complement().root()).shl(1);
        Point { theta, sigma, cos, sin, ratio }
    }

    fn finite(self) -> Option<Point<N>> {
        (self.theta.is_finite() && self.sin.is_finite()).then_some(self)
    }
}

impl<N: Number> Layer<N> {
    fn new(
        layer: &ResolvedLayer,
        is_last: bool,
        kernel: Kernel,
        training: Option<(Ball, Ball)>,
        precision: u32,
    ) -> Option<Layer<N>> {
        let shape = Shape::new(&layer.dual, is_last, kernel, precision)?;
        let training = training.map(|(weights, biases)| [&weights, &biases].map(N::parameter));
        let [weight, bias] = [&layer.weight, &layer.bias].map(N::parameter);
        Some(Layer { weight, bias, training, shape })
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
        let growth = self.shape.growth(at)?.scale(&self.weight);
        Point::from_sigma(at.sigma.times(&growth.root()), at.ratio.times(&growth)).finite()
    }
}

impl<N: Number> Shape<N> {
    fn new(dual: &Dual, is_last: bool, kernel: Kernel, precision: u32) -> Option<Shape<N>> {
        Some(match dual {
            Dual::ArcCosine { order, linear, scale } if *order == 1 || is_last && *order <= MAX_ORDER => {
                let over = scale / &Ball::pi(precision).shl(1);
                let square = Ball::from_integer(i64::from(*order).pow(2), precision);
                let mut all = arc_cosine_polynomials(*order).into_iter();
                let mut times = |skip: usize, factor: &Ball| {
                    let (a, b) = all.nth(skip)?;
                    let balls = |c: Vec<_>| -> Vec<N::Real> {
                        c.iter()
                            .map(|c| N::parameter(&(factor * &Ball::from_rational(c, precision))))
                            .collect()
                    };
                    Some(Polynomials { a: balls(a), b: balls(b) })
                };
                let slope = times(*order as usize - 1, &(&over * &square))?;
                let value = times(0, &over)?;
                let growth = (*order == 1)
                    .then(|| [linear + &scale.shl(-1), -over.shl(-1)].each_ref().map(N::parameter));
                Shape::ArcCosine { linear: N::parameter(linear), value, slope, growth }
            }
            // Step-like activations have no NTK.
            Dual::ArcSine { constant, scale, beta }
                if kernel == Kernel::Nngp && beta.is_exact() && *beta.midpoint() == 1 =>
            {
                Shape::ArcSine { constant: N::parameter(constant), scale: N::parameter(scale) }
            }
            Dual::Polynomial(coefficients) => Shape::Polynomial(Series::new(coefficients)),
            Dual::WithPolynomial { dual, terms } => {
                let more: Vec<Ball> = terms.iter().map(Enclosed::added).collect();
                Shape::WithPolynomial(
                    Box::new(Shape::new(dual, is_last, kernel, precision)?),
                    Series::new(&more),
                )
            }
            dual => Shape::Smooth(Smooth::new(dual, precision)?),
        })
    }

    /// Is the dual not analytic at ρ = 1?
    fn is_kinked(&self) -> bool {
        match self {
            Shape::ArcCosine { .. } | Shape::ArcSine { .. } => true,
            Shape::Smooth(_) | Shape::Polynomial(_) => false,
            Shape::WithPolynomial(shape, _) => shape.is_kinked(),
        }
    }

    /// Are differences next to zero taken that lose half of the bits?
    fn is_smooth(&self) -> bool {
        match self {
            Shape::Smooth(_) => true,
            Shape::WithPolynomial(shape, _) => shape.is_smooth(),
            _ => false,
        }
    }

    /// The dual.
    fn value(&self, at: &Point<N>) -> N {
        match self {
            Shape::ArcCosine { linear, value, .. } => at.cos.scale(linear).add(&value.at(at)),
            Shape::ArcSine { constant, scale } => {
                // asin ρ = π/2 - θ.
                at.theta.shl(1).less_than_pi().shl(-1).scale(scale).plus(constant)
            }
            Shape::Smooth(smooth) => smooth.value(at),
            Shape::Polynomial(series) => horner(&series.value, &at.cos),
            Shape::WithPolynomial(shape, series) => shape.value(at).add(&horner(&series.value, &at.cos)),
        }
    }

    /// The derivative of the dual, where it is bounded.
    fn slope(&self, at: &Point<N>) -> Option<N> {
        Some(match self {
            Shape::ArcCosine { linear, slope, .. } => slope.at(at).plus(linear),
            Shape::ArcSine { .. } => return None,
            Shape::Smooth(smooth) => smooth.slope(at),
            Shape::Polynomial(series) => horner(&series.slope, &at.cos),
            Shape::WithPolynomial(shape, series) => shape.slope(at)?.add(&horner(&series.slope, &at.cos)),
        })
    }

    /// `(f(1) - f(ρ))/(1 - ρ)` for the dual `f`; `None` where it is not known to be analytic.
    fn growth(&self, at: &Point<N>) -> Option<N> {
        Some(match self {
            Shape::ArcCosine { growth, .. } => {
                let [at_one, share] = growth.as_ref()?;
                N::sine_less_cosine(at).scale(share).plus(at_one)
            }
            // f(1) - f(ρ) = scale θ; singular at zero, where panels shrink.
            Shape::ArcSine { scale, .. } => {
                let distance = at.sigma.times(&at.sigma).shl(1);
                at.theta.scale(scale).times(&distance.reciprocal())
            }
            Shape::Smooth(smooth) => smooth.growth(at),
            Shape::Polynomial(series) => horner(&series.growth, &at.cos),
            Shape::WithPolynomial(shape, series) => shape.growth(at)?.add(&horner(&series.growth, &at.cos)),
        })
    }
}

impl<N: Number> Series<N> {
    fn new(c: &[Ball]) -> Series<N> {
        let slope: Vec<Ball> = c.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect();
        // The coefficient of ρ^i in Σ_k c_k (1 + … + ρ^{k-1}) is Σ_{k>i} c_k.
        let mut sum = Ball::zero(c.first().map_or(64, Ball::precision));
        let mut growth: Vec<N::Real> = vec![];
        for c in c.iter().skip(1).rev() {
            sum = &sum + c;
            growth.push(N::parameter(&sum));
        }
        growth.reverse();
        Series { value: parameters::<N>(c), slope: parameters::<N>(&slope), growth }
    }
}

impl<N: Number> Polynomials<N> {
    fn at(&self, at: &Point<N>) -> N {
        let first = horner(&self.a, &at.cos).times(&at.sin);
        first.add(&horner(&self.b, &at.cos).times(&at.theta.less_than_pi()))
    }
}

fn parameters<N: Number>(balls: &[Ball]) -> Vec<N::Real> {
    balls.iter().map(N::parameter).collect()
}

#[cfg(test)]
mod tests;
