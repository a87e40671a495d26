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
use crate::number::model::{Approximation, Model};
use crate::number::{Ball, Mag};

/// Bits of parameters that models of doubles take.
const SHORT: u32 = 64;
/// Terms of the Taylor series of `j` and sinc.
const TERMS: i32 = 16;

/// A kernel made of layers that the angles resolve.
pub(super) struct Angles {
    network: Network,
    kernel: Kernel,
    input_slope: Approximation,
    /// The root of the slope and the constant, where that is not zero.
    input_constant: Option<[Approximation; 2]>,
    layers: Vec<Layer>,
    /// Of `Θ_1`, where it is another than `ρ_1`.
    input_tangent: Option<[Approximation; 2]>,
    /// The shares of every sum's branches.
    sums: Vec<Vec<Approximation>>,
    output_variance: Mag,
}

struct Layer {
    weight: Approximation,
    bias: Approximation,
    /// `η_w` and `τ_b²/q'`, where the layer is not trained as usual.
    training: Option<[Approximation; 2]>,
    shape: Shape,
}

enum Shape {
    /// `linear ρ + s k_n(ρ)`.
    ArcCosine {
        linear: Approximation,
        /// `s k_n`.
        value: Polynomials,
        /// `s k_n' = s n² k_{n-1}`.
        slope: Polynomials,
        /// `linear + s/2` and `s/(4π)`, for order one.
        growth: Option<[Approximation; 2]>,
    },
    /// `constant + scale asin ρ`.
    ArcSine {
        constant: Approximation,
        scale: Approximation,
    },
    Polynomial(Series),
    /// A shape above and a polynomial.
    WithPolynomial(Box<Shape>, Series),
}

/// A polynomial `Σ c_k ρ^k`, its derivative, and `Σ_k c_k (1 + … + ρ^{k-1})`.
struct Series {
    value: Vec<Approximation>,
    slope: Vec<Approximation>,
    growth: Vec<Approximation>,
}

/// `A(cos θ) sin θ + B(cos θ) (π - θ)`.
struct Polynomials {
    a: Vec<Approximation>,
    b: Vec<Approximation>,
}

/// What a layer sees: `θ`, `σ = sin(θ/2)`, `cos θ` and `sin θ`.
#[derive(Clone)]
struct Point {
    theta: Model,
    sigma: Model,
    cos: Model,
    sin: Model,
    /// `G` in `σ² = sin²(z/2) G`.
    ratio: Model,
}

impl Angles {
    /// `None` where a layer is not of such a kind, or none needs it.
    pub fn new(profile: &Profile, kernel: Kernel) -> Option<Angles> {
        if !profile.input_slope.sign().is_some_and(|sign| sign.is_gt()) {
            return None;
        }
        let network = profile.network();
        // Within blocks a layer may be the last of its branch: where its angle is asked for, it is found to have none.
        let count = profile.layers.len();
        let needs_angle = |i: usize| network.is_chain() && i + 1 < count;
        let layer = |(i, layer): (usize, &ResolvedLayer)| {
            let training = network.training_of(i + 1).map(|training| layer.training(training));
            Layer::new(layer, !needs_angle(i), kernel, training)
        };
        let layers: Vec<Layer> = profile.layers.iter().enumerate().map(layer).collect::<Option<_>>()?;
        let kinked = |layer: &Layer| !matches!(layer.shape, Shape::Polynomial(_));
        layers.iter().any(kinked).then(|| Angles {
            network: network.clone(),
            kernel,
            input_tangent: profile.input_tangent.as_ref().map(|[a, b]| [a.into(), b.into()]),
            sums: profile.sums.iter().map(|shares| approximations(shares)).collect(),
            input_slope: (&profile.input_slope).into(),
            input_constant: (!profile.input_constant.is_exact_zero())
                .then(|| [(&profile.input_slope.sqrt()).into(), (&profile.input_constant).into()]),
            layers,
            output_variance: profile.output_variance.magnitude(),
        })
    }

    /// An upper bound of the kernel's modulus at all angles of a disc, where it is proved analytic; else infinite.
    pub fn bound(&self, z: &Model) -> Mag {
        let ([sin, cos], [base, _]) = (z.sin_cos(), z.times(0.5).sin_cos());
        let point = match &self.input_constant {
            None => Point { theta: *z, sigma: base, cos, sin, ratio: Model::exact(1.0) },
            // ρ_1 = a cos z + b, a + b = 1: 1 - ρ_1 = 2a sin²(z/2), so σ_1 = √a sin(z/2). The cosine is nearer than by
            // the detour.
            Some([root, constant]) => Point {
                cos: cos.scale(self.input_slope).plus(*constant),
                ..Point::from_sigma(base.scale(*root), Model::constant(self.input_slope))
            },
        };
        let tangent = self
            .input_tangent
            .as_ref()
            .map(|[slope, constant]| Turned { value: cos.scale(*slope).plus(*constant), point: None });
        let first = Turned { value: point.cos, point: Some(point) };
        let first = Kernels { covariance: first, tangent };
        let mut domain = Turns { angles: self, base };
        let Ok(out) = run(&self.network, self.kernel, &mut domain, first) else {
            return Mag::INFINITY;
        };
        out.kernel().value.bound() * self.output_variance
    }
}

/// The recursion in the complex plane of the angle.
struct Turns<'a> {
    angles: &'a Angles,
    /// `sin(z/2)`.
    base: Model,
}

/// A covariance or Θ at a complex angle.
#[derive(Clone)]
struct Turned {
    value: Model,
    /// What the next layer sees, of a covariance.
    point: Option<Point>,
}

/// It is not proved to be analytic.
struct NotAnalytic;

impl Domain for Turns<'_> {
    type Value = Turned;
    type Slope = Model;
    type Stop = NotAnalytic;

    fn activate(&mut self, at: Place, c: &Turned) -> Result<(Turned, Option<Model>), NotAnalytic> {
        let layer = &self.angles.layers[at.index];
        let point = c.point.as_ref().ok_or(NotAnalytic)?;
        let slope = (self.angles.kernel == Kernel::Ntk).then(|| layer.slope(point));
        let next = if at.is_last { None } else { layer.next(point) };
        Ok((Turned { value: layer.value(point), point: next }, slope))
    }

    fn biased(&mut self, at: Place, c: Turned) -> Result<Turned, NotAnalytic> {
        Ok(Turned { value: c.value.plus(self.angles.layers[at.index].bias), ..c })
    }

    fn combined(&mut self, sum: &Sum, mut values: Vec<Turned>, _: Role) -> Result<Turned, NotAnalytic> {
        let shares = &self.angles.sums[sum.index];
        if shares.len() == 1 {
            // Its share is one.
            return values.pop().ok_or(NotAnalytic);
        }
        let total = |parts: Vec<Model>| {
            parts.iter().zip(shares).fold(Model::exact(0.0), |sum, (part, share)| &sum + &part.scale(*share))
        };
        let ratios: Option<Vec<Model>> = values.iter().map(|x| Some(x.point.as_ref()?.ratio)).collect();
        let value = total(values.iter().map(|x| x.value).collect());
        let point = ratios.and_then(|ratios| {
            let ratio = total(ratios);
            Point { cos: value, ..Point::from_sigma(&self.base * &ratio.sqrt(), ratio) }.finite()
        });
        Ok(Turned { value, point })
    }

    /// Values are divided by the variance already.
    fn normalized(&mut self, _: usize, value: Turned, _: Role) -> Result<Turned, NotAnalytic> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, c: Turned, _: &Training) -> Result<Turned, NotAnalytic> {
        let [weights, biases] = self.angles.layers[at.index].training.ok_or(NotAnalytic)?;
        Ok(Turned { value: c.value.scale(weights).plus(biases), point: None })
    }

    fn through(
        &mut self,
        _: Place,
        own: &Turned,
        theta: &Turned,
        slope: Model,
    ) -> Result<Turned, NotAnalytic> {
        Ok(Turned { value: &own.value + &(&theta.value * &slope), point: None })
    }
}

impl Point {
    fn from_sigma(sigma: Model, ratio: Model) -> Point {
        let one = Model::exact(1.0);
        let theta = sigma.asin().times(2.0);
        let square = sigma.square();
        let cos = &one - &square.times(2.0);
        let sin = (&sigma * &(&one - &square).sqrt()).times(2.0);
        Point { theta, sigma, cos, sin, ratio }
    }

    fn finite(self) -> Option<Point> {
        (self.theta.is_finite() && self.sin.is_finite()).then_some(self)
    }
}

impl Layer {
    fn new(
        layer: &ResolvedLayer,
        is_last: bool,
        kernel: Kernel,
        training: Option<(Ball, Ball)>,
    ) -> Option<Layer> {
        let shape = Shape::new(&layer.dual, is_last, kernel)?;
        let training = training.map(|(weights, biases)| [(&weights).into(), (&biases).into()]);
        Some(Layer { weight: (&layer.weight).into(), bias: (&layer.bias).into(), training, shape })
    }

    /// `ρ'` less the bias.
    fn value(&self, at: &Point) -> Model {
        self.shape.value(at).scale(self.weight)
    }

    /// `dρ'/dρ`.
    fn slope(&self, at: &Point) -> Model {
        self.shape.slope(at).scale(self.weight)
    }

    /// What the next layer sees; `None` where it is not proved analytic.
    fn next(&self, at: &Point) -> Option<Point> {
        let growth = self.shape.growth(at)?.scale(self.weight);
        Point::from_sigma(&at.sigma * &growth.sqrt(), &at.ratio * &growth).finite()
    }
}

impl Shape {
    fn new(dual: &Dual, is_last: bool, kernel: Kernel) -> Option<Shape> {
        Some(match dual {
            Dual::ArcCosine { order, linear, scale } if *order == 1 || is_last && *order <= MAX_ORDER => {
                let over = scale / &Ball::pi(SHORT).shl(1);
                let square = Ball::from_integer(i64::from(*order).pow(2), SHORT);
                let mut all = arc_cosine_polynomials(*order).into_iter();
                let mut times = |skip: usize, factor: &Ball| {
                    let (a, b) = all.nth(skip)?;
                    let balls = |c: Vec<_>| -> Vec<Approximation> {
                        c.iter().map(|c| (&(factor * &Ball::from_rational(c, SHORT))).into()).collect()
                    };
                    Some(Polynomials { a: balls(a), b: balls(b) })
                };
                let slope = times(*order as usize - 1, &(&over * &square))?;
                let value = times(0, &over)?;
                let growth =
                    (*order == 1).then(|| [(&(linear + &scale.shl(-1))).into(), (&over.shl(-1)).into()]);
                Shape::ArcCosine { linear: linear.into(), value, slope, growth }
            }
            // The slope 1/sin θ is not bounded; step-like activations have no NTK.
            Dual::ArcSine { constant, scale, beta }
                if is_last && kernel == Kernel::Nngp && beta.is_exact() && *beta.midpoint() == 1 =>
            {
                Shape::ArcSine { constant: constant.into(), scale: scale.into() }
            }
            Dual::Polynomial(coefficients) => Shape::Polynomial(Series::new(coefficients)),
            Dual::WithPolynomial { dual, terms } => {
                let more: Vec<Ball> = terms.iter().map(Enclosed::added).collect();
                Shape::WithPolynomial(Box::new(Shape::new(dual, is_last, kernel)?), Series::new(&more))
            }
            _ => return None,
        })
    }

    /// The dual.
    fn value(&self, at: &Point) -> Model {
        match self {
            Shape::ArcCosine { linear, value, .. } => &at.cos.scale(*linear) + &value.at(at),
            Shape::ArcSine { constant, scale } => {
                (&half_turn().times(0.5) - &at.theta).scale(*scale).plus(*constant)
            }
            Shape::Polynomial(series) => horner(&series.value, &at.cos),
            Shape::WithPolynomial(shape, series) => &shape.value(at) + &horner(&series.value, &at.cos),
        }
    }

    /// The derivative of the dual.
    fn slope(&self, at: &Point) -> Model {
        match self {
            Shape::ArcCosine { linear, slope, .. } => slope.at(at).plus(*linear),
            Shape::ArcSine { .. } => Model::UNKNOWN,
            Shape::Polynomial(series) => horner(&series.slope, &at.cos),
            Shape::WithPolynomial(shape, series) => &shape.slope(at) + &horner(&series.slope, &at.cos),
        }
    }

    /// `(f(1) - f(ρ))/(1 - ρ)` for the dual `f`; `None` where it is not known to be analytic.
    fn growth(&self, at: &Point) -> Option<Model> {
        Some(match self {
            Shape::ArcCosine { growth, .. } => {
                let [at_one, share] = (*growth)?;
                &Model::constant(at_one) - &sine_less_cosine(at).scale(share)
            }
            Shape::ArcSine { .. } => return None,
            Shape::Polynomial(series) => horner(&series.growth, &at.cos),
            Shape::WithPolynomial(shape, series) => &shape.growth(at)? + &horner(&series.growth, &at.cos),
        })
    }
}

impl Series {
    fn new(c: &[Ball]) -> Series {
        let slope: Vec<Ball> = c.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect();
        // The coefficient of ρ^i in Σ_k c_k (1 + … + ρ^{k-1}) is Σ_{k>i} c_k.
        let mut sum = Ball::zero(SHORT);
        let mut growth: Vec<Approximation> = vec![];
        for c in c.iter().skip(1).rev() {
            sum = &sum + c;
            growth.push((&sum).into());
        }
        growth.reverse();
        Series { value: approximations(c), slope: approximations(&slope), growth }
    }
}

/// The kernel at a cosine in `[-1, 1]`, as by [`Profile::evaluate`], with one arcsine for a layer's value and slope.
pub(super) fn value(profile: &Profile, kernel: Kernel, cos: &Ball) -> Option<Ball> {
    let one = Ball::from_integer(1, profile.precision);
    let pi = Ball::pi(profile.precision);
    profile.evaluate_by(kernel, cos, |dual, rho, tangent| match dual {
        Dual::ArcCosine { order: 1, linear, scale } => {
            // k_1 = (√(1-ρ²) + ρ (π/2 + asin ρ))/(2π), k_0 = (π/2 + asin ρ)/(2π).
            let angle = pi.shl(-1) + rho.asin();
            let root = (&(&one - rho) * &(&one + rho)).sqrt();
            let scale = scale / &pi.shl(1);
            let slope = tangent.then(|| linear + &(&scale * &angle));
            Some((linear * rho + &scale * &(root + rho * &angle), slope))
        }
        dual if tangent => Some((dual.value(rho)?, Some(dual.derivative(rho)?))),
        dual => Some((dual.value(rho)?, None)),
    })
}

impl Polynomials {
    fn at(&self, at: &Point) -> Model {
        &(&horner(&self.a, &at.cos) * &at.sin) + &(&horner(&self.b, &at.cos) * &(&half_turn() - &at.theta))
    }
}

fn approximations(balls: &[Ball]) -> Vec<Approximation> {
    balls.iter().map(Approximation::from).collect()
}

/// π.
fn half_turn() -> Model {
    Model::constant(Approximation::PI)
}

fn horner(coefficients: &[Approximation], z: &Model) -> Model {
    coefficients.iter().rev().fold(Model::exact(0.0), |sum, c| (&sum * z).plus(*c))
}

/// `h(θ) = (sin θ - θ cos θ)/sin²(θ/2)`.
fn sine_less_cosine(at: &Point) -> Model {
    let theta = &at.theta;
    if theta.magnitude() > 1.0 {
        return &(&at.sin - &(theta * &at.cos)) * &at.sigma.square().recip();
    }
    // sin θ - θ cos θ = Σ_{i>=0} (-1)^i 2(i+1) θ^{2i+3}/(2i+3)!, sinc(θ/2) = Σ (-1)^i (θ/2)^{2i}/(2i+1)!.
    let square = theta.square();
    let j = alternating(&square, |i| 2.0 * (i + 1.0), 3);
    let sinc = alternating(&square.times(0.25), |_| 1.0, 1);
    (theta * &j).times(4.0) * sinc.square().recip()
}

/// `Σ_{i>=0} (-1)^i c(i) z^i/(2i+m)!` for `|z| <= 1`, `0 < c(i) <= 2(i+1)`.
fn alternating(z: &Model, c: impl Fn(f64) -> f64, m: i32) -> Model {
    // The coefficients are at most 1; each product and quotient errs by a rounding of it.
    let mut coefficient = 1.0 / f64::from((1..=m).product::<i32>());
    let coefficients: Vec<Approximation> = (0..TERMS)
        .map(|i| {
            let out = Approximation::near(coefficient * c(f64::from(i)));
            let next = 2 * i + m;
            coefficient /= -f64::from((next + 1) * (next + 2));
            out
        })
        .collect();
    // The rest: Σ_{i>=16} 2(i+1)/(2i+1)! <= 34/33! · 2 < 2^{-100}, as each term is less than half the one before.
    horner(&coefficients, z).widened(2f64.powi(-100))
}
