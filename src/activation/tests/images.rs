//! `a ψ(bx) + p(x)` has what ψ has: closed forms, dual, speed. Against quadrature, which knows nothing of ψ, against
//! mpmath, and against the kernel of ψ itself.

use crate::activation::{Growth, PiecewiseAnalytic, Support, catalogue};
use crate::dual::Dual;
use crate::number::{ClosedForm, ComplexBall, Mag, parse_rational};
use crate::{Accuracy, Activation, Ball, hermite};

/// Smooth images, with what the dual of ψ has: a closed form or none.
const SMOOTH: [(&str, bool); 43] = [
    ("2*gelu(x)", true),
    ("-gelu(x)", true),
    ("gelu(x)+1", true),
    ("gelu(-2*x)/3-x^2", true),
    ("sqrt(2)*gelu(x)-x/2", true),
    ("x*erf(x)", true),
    ("(1+erf(x/sqrt(2)))/2", true),
    ("2*erf(x)", true),
    ("erf(x/2)/3", true),
    ("erf(sqrt(3)*x)+x^3", true),
    ("1-erf(2*x)", true),
    ("exp(x/4)/2", true),
    ("exp(x/2+1)-x", true),
    ("exp(-x^2)", true),
    ("exp(-x^2/7)/sqrt(pi)+1/5", true),
    ("1-exp(-3*x^2+1/2)", true),
    ("sin(x)+x", true),
    ("x-sin(x)", true),
    ("sin(sqrt(2)*x)", true),
    ("1-cos(3*x/2)", true),
    ("cos(x+1)/2+x^2", true),
    ("sqrt(2)*sin(2*x-1)", true),
    ("cosh(x/2)", true),
    ("sinh(x/3)-x", true),
    ("exp(x/2)-3*exp(1-x/2)+1", true),
    ("sin(x)+cos(x)", true),
    ("sin(2*x+1)-cos(1-2*x)/2+x", true),
    ("cos(3*x)-sin(3*x)/4", true),
    ("exp(-(2*x-1)^2)", false),
    ("exp(x-x^2/3)/2+x", false),
    ("exp(-2*(x-1)^2)", false),
    ("arctan(2*x)", false),
    ("x-arctan(x)/3", false),
    ("sqrt(pi)*arctan(sqrt(2)*x)", false),
    ("sinc(2*x)", false),
    ("1-sinc(x/3)", false),
    ("softsign(3*x)", false),
    ("2*softsign(x)+x", false),
    ("sqrt(2)*softsign(x)", false),
    ("sqrt(2)*tanh(x)", false),
    ("tanh(sqrt(2)*x)+x^2", false),
    ("sqrt(3)*x*tanh(x/2)-1", false),
    ("sqrt(5)*softplus(x)", false),
];

/// Kinked images.
const KINKED: [&str; 8] = [
    "sqrt(2)*relu(x)",
    "sqrt(2)*leaky_relu(x,1/10)",
    "relu(x)+1",
    "abs(x)^3",
    "x^2-3*relu(x)",
    "step(x)/2+x",
    "sign(x)+1",
    "relu(x)^2/2-x",
];

/// The function by its values alone.
#[derive(Debug)]
struct Values(Activation);

impl Values {
    fn inner(&self) -> &dyn PiecewiseAnalytic {
        self.0.analytic().unwrap()
    }
}

impl PiecewiseAnalytic for Values {
    fn name(&self) -> String {
        "values".to_string()
    }
    fn formula(&self) -> String {
        "values".to_string()
    }
    fn smoothness(&self) -> String {
        self.inner().smoothness()
    }
    fn breakpoints(&self, precision: u32) -> Vec<Ball> {
        self.inner().breakpoints(precision)
    }
    fn evaluate(&self, piece: usize, x: &Ball) -> Ball {
        self.inner().evaluate(piece, x)
    }
    fn derivative(&self, piece: usize, x: &Ball) -> Ball {
        self.inner().derivative(piece, x)
    }
    fn evaluate_complex(&self, piece: usize, z: &ComplexBall) -> ComplexBall {
        self.inner().evaluate_complex(piece, z)
    }
    fn growth(&self) -> Growth {
        self.inner().growth()
    }
    fn derivative_growth(&self) -> Option<Growth> {
        self.inner().derivative_growth()
    }
    fn support(&self) -> Support {
        Support::all()
    }
}

fn parse(text: &str) -> Activation {
    Activation::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn coefficients_and_moments_agree_with_quadrature() {
    for (text, _) in SMOOTH {
        let phi = parse(text);
        let values = Activation::from_analytic(Values(phi.clone()));
        for q in ["1", "2/7"] {
            let q = Ball::from_rational(&parse_rational(q).unwrap(), 120);
            let (image, by_values) = (phi.hermite(&q, 12, 60).unwrap(), values.hermite(&q, 12, 40).unwrap());
            for (k, (a, b)) in image.iter().zip(&by_values).enumerate() {
                assert!(a.overlaps(b), "μ_{k} of {text}: {a} {b}");
                assert!(b.radius() < Mag::pow2(-30), "μ_{k} of {text}: {b}");
                let narrow = a.magnitude().max(Mag::pow2(-60)) * Mag::pow2(-50);
                assert!(a.radius() <= narrow, "μ_{k} of {text}: {a}");
            }
            let pairs = [
                (phi.second_moment(&q, 60).unwrap(), values.second_moment(&q, 40).unwrap()),
                (
                    phi.derivative_second_moment(&q, 60).unwrap(),
                    values.derivative_second_moment(&q, 40).unwrap(),
                ),
            ];
            for (a, b) in pairs {
                assert!(a.overlaps(&b) && b.radius() < Mag::pow2(-25), "{text}: {a} {b}");
                assert!(a.relative_accuracy_bits() > 50, "{text}: {a}");
            }
        }
    }
}

/// `Σ μ_k² ρ^k` is the dual, and the closed forms are those of the numbers.
#[test]
fn duals_and_closed_forms_are_those_of_the_coefficients() {
    let kinked = KINKED.map(|text| (text, true));
    for (text, closed) in SMOOTH.into_iter().chain(kinked) {
        let phi = parse(text);
        for exact_q in ["3/4", "2"].map(|q| parse_rational(q).unwrap()) {
            let q = Ball::from_rational(&exact_q, 200);
            let dual = phi.dual(&q, 150).unwrap();
            assert_eq!(!matches!(dual, Dual::Hermite), closed, "{text}: {dual:?}");
            if !closed {
                continue;
            }
            let mu = phi.hermite(&q, 160, 150).unwrap();
            let moment = phi.second_moment(&q, 150).unwrap();
            for rho in ["-2/5", "1/3"].map(|r| Ball::from_rational(&parse_rational(r).unwrap(), 200)) {
                let sum = mu.iter().rev().fold(Ball::zero(200), |sum, m| sum * &rho + m.square());
                let slopes = mu.iter().enumerate().skip(1).rev();
                let slope =
                    slopes.fold(Ball::zero(200), |sum, (k, m)| sum * &rho + m.square().mul_integer(k as i64));
                // (2/5)^160 160² < 2^-195.
                let rest = moment.magnitude() * Mag::pow2(-195);
                let pairs = [(dual.value(&rho).unwrap(), sum), (dual.derivative(&rho).unwrap(), slope)];
                for (a, b) in pairs {
                    assert!(a.overlaps(&b.widened(rest)), "{text} at {rho}: {a} {b}");
                    assert!(a.radius() < Mag::pow2(-100) && b.radius() < Mag::pow2(-100), "{text}: {a} {b}");
                }
            }
            let exact = phi.exact_dual(&exact_q).unwrap_or_else(|| panic!("{text}"));
            let at_one = exact.at_one().unwrap_or_else(|| panic!("{text}"));
            assert!(at_one.to_ball(200).overlaps(&moment), "{text}: {at_one} {moment}");
            let closed_moment = phi.second_moment_closed_form(&exact_q).unwrap();
            assert!(closed_moment.to_ball(200).overlaps(&moment), "{text}: {closed_moment} {moment}");
            for (k, m) in mu.iter().enumerate().take(9) {
                let form = phi.hermite_closed_form(k, &exact_q).unwrap_or_else(|| panic!("{text}, {k}"));
                assert!(form.to_ball(200).overlaps(m), "μ_{k} of {text}: {form} {m}");
                let square = phi.hermite_square_closed_form(k, &exact_q).unwrap();
                assert!(square.to_ball(200).overlaps(&m.square()), "μ_{k}² of {text}");
            }
        }
    }
}

/// By mpmath's quadrature, at variance 1; the narrow bell is beyond our own quadrature.
#[test]
fn kinked_images_and_a_narrow_bell_agree_with_mpmath() {
    let one = parse_rational("1").unwrap();
    for (text, values) in [
        (
            "exp(-20*(x-2)^2)",
            [
                "0.022192396571529386108",
                "0.043302237212740265577",
                "0.044435333698385069239",
                "0.015564268403768941872",
                "-0.022358887224069523122",
                "-0.033092196645912399508",
            ],
        ),
        (
            "sqrt(2)*relu(x)",
            [
                "0.56418958354775628695",
                "0.7071067811865475244",
                "0.39894228040143267794",
                "0",
                "-0.11516471649044515976",
                "0",
            ],
        ),
        (
            "relu(x)+1",
            ["1.3989422804014326779", "0.5", "0.28209479177387814347", "0", "-0.081433751983819986931", "0"],
        ),
        (
            "abs(x)^3",
            ["1.5957691216057307118", "0", "3.3851375012865377217", "0", "0.97720502380583984317", "0"],
        ),
        (
            "x^2-3*relu(x)",
            ["-0.19682684120429803382", "-1.5", "0.56792918705146061838", "0", "0.24430125595145996079", "0"],
        ),
        (
            "step(x)/2+x",
            ["0.25", "1.199471140200716339", "0", "-0.081433751983819986931", "0", "0.054627421529603953527"],
        ),
        (
            "relu(x)^2/2-x",
            [
                "0.25",
                "-0.60105771959856732206",
                "0.3535533905932737622",
                "0.16286750396763997386",
                "0",
                "-0.036418281019735969018",
            ],
        ),
    ] {
        let mu = hermite::coefficients(&parse(text), &one, 6, Accuracy::absolute(20).unwrap()).unwrap();
        for (k, (m, truth)) in mu.iter().zip(values).enumerate() {
            let truth =
                Ball::from_rational(&parse_rational(truth).unwrap(), 100).widened(Mag::from_f64(1e-15));
            assert!(m.overlaps(&truth), "μ_{k} of {text}: {m} {truth}");
        }
    }
}

/// With `normalized` weights a factor is divided out, in every kernel and at every depth.
#[test]
fn a_factor_is_normalized_away() {
    use crate::kernel::{Convention, Input, Kernel, Layer, Network};
    for (plain, scaled) in [
        ("gelu", "2*gelu(x)"),
        ("relu", "sqrt(2)*relu(x)"),
        ("erf", "-erf(x)/3"),
        ("tanh", "sqrt(2)*tanh(x)"),
        ("arctan", "pi*atan(x)"),
        ("gaussian", "exp(-x^2/2)/5"),
        ("sin", "7*sin(x)"),
    ] {
        for kernel in [Kernel::Ntk, Kernel::Nngp] {
            let [a, b] = [plain, scaled].map(|text| {
                let layer = Layer::new(parse(text));
                let network = Network::uniform(Input::default(), layer, 2).unwrap();
                network.series(kernel, Convention::Standard, 8, Accuracy::relative(15).unwrap()).unwrap()
            });
            for (k, (x, y)) in a.coefficients().iter().zip(b.coefficients()).enumerate() {
                assert!(x.overlaps(y), "κ_{k} of {plain} and {scaled}: {x} {y}");
            }
        }
    }
}

/// Every name of the catalogue, applied to `x`, is the activation of that name.
#[test]
fn names_applied_to_x_are_the_activations() {
    let one = parse_rational("1").unwrap();
    let mut count = 0;
    for entry in catalogue() {
        for name in std::iter::once(entry.name()).chain(entry.aliases().iter().copied()) {
            let (Ok(plain), Ok(applied)) =
                (Activation::parse(name), Activation::parse(&format!("{name}(x)")))
            else {
                continue;
            };
            count += 1;
            let facts = |phi: &Activation| {
                let coefficient =
                    |k| phi.hermite_square_closed_form(k, &one).map(|c: ClosedForm| c.to_string());
                let moment = phi.second_moment_closed_form(&one).map(|c| c.to_string());
                let coefficients: Vec<Option<String>> = (0..6).map(coefficient).collect();
                (phi.exact_dual(&one), moment, coefficients, phi.support(), phi.method(), phi.smoothness())
            };
            assert_eq!(facts(&plain), facts(&applied), "{name}");
        }
    }
    assert!(count > 50, "{count}");
}
