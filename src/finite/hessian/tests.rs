use nalgebra::{DMatrix, SymmetricEigen};
use num_rational::BigRational;

use super::*;
use crate::finite::{Architecture, Numbers, Parametrization};
use crate::number::{Mag, parse_rational};
use crate::{Activation, Ball};

/// Shapes of all kinds.
fn shapes() -> Vec<Architecture> {
    let phi = |name: &str| Activation::parse(name).unwrap();
    let shape = |name: &str, widths: &[usize]| Architecture::new(&phi(name), widths).unwrap();
    vec![
        shape("tanh", &[2, 5, 4, 1]),
        shape("gelu", &[3, 4, 1]).with_biases(true),
        shape("x^3/6+x", &[2, 3, 1, 3, 1]).with_biases(true),
        shape("sigmoid", &[2, 4, 4, 1]).with_parametrization(Parametrization::Standard),
        shape("erf", &[2, 4, 3, 1]).with_output(Some(phi("softplus"))).with_biases(true),
        shape("relu", &[3, 5, 5, 1]).with_biases(true),
        shape("sin", &[4, 1]).with_output(Some(phi("exp"))),
    ]
}

fn input(n: usize) -> Vec<f64> {
    [0.75, -0.5, 1.25, 0.375][..n].to_vec()
}

/// The Hessian, column by column.
fn dense(hessian: &Hessian, parameters: usize) -> DMatrix<f64> {
    let columns: Vec<Vec<f64>> = (0..parameters)
        .map(|j| {
            hessian
                .product(&(0..parameters).map(|i| f64::from(u8::from(i == j))).collect::<Vec<_>>())
                .unwrap()
        })
        .collect();
    DMatrix::from_fn(parameters, parameters, |i, j| columns[j][i])
}

fn all_parameters(network: &FiniteNetwork) -> Vec<BigRational> {
    let list = |n: &Numbers| (0..n.len()).map(|i| n.rational(i)).collect::<Vec<_>>();
    let layers = network.layers().iter();
    layers
        .flat_map(|l| list(l.weights()).into_iter().chain(l.biases().map(list).unwrap_or_default()))
        .collect()
}

/// Central differences in 400 bits, with steps of 10^-25, of gradient and Hessian.
#[test]
fn derivatives_agree_with_differences() {
    let h = parse_rational("1e-25").unwrap();
    for shape in shapes() {
        let network = FiniteNetwork::from_seed(&shape, 11).unwrap();
        let x = input(network.inputs());
        let exact: Vec<BigRational> = x.iter().map(|x| BigRational::from_float(*x).unwrap()).collect();
        let hessian = Hessian::new(&network, &x).unwrap();
        let base = all_parameters(&network);
        let value = |moves: &[(usize, i32)]| -> Ball {
            let mut list = base.clone();
            moves.iter().for_each(|(i, sign)| list[*i] += &h * BigRational::from_integer((*sign).into()));
            let moved = FiniteNetwork::from_parameters(&shape, &Numbers::rationals(&list)).unwrap();
            moved.evaluate_with(&exact, 400).unwrap().swap_remove(0)
        };
        let step = Ball::from_rational(&h, 400);
        let (gradient, matrix) = (hessian.gradient(), dense(&hessian, base.len()));
        let double = |b: Ball| b.midpoint().to_f64();
        assert!((double(value(&[])) - hessian.output().value).abs() <= hessian.output().error + 1e-300);
        for i in 0..base.len() {
            let slope = double((value(&[(i, 1)]) - value(&[(i, -1)])) / step.shl(1));
            assert!((slope - gradient[i]).abs() < 1e-13 * (1.0 + slope.abs()), "{shape:?} {i}");
            for j in [i, (3 * i + 1) % base.len(), (7 * i + 2) % base.len()] {
                let plus = value(&[(i, 1), (j, 1)]) + value(&[(i, -1), (j, -1)]);
                let minus = value(&[(i, 1), (j, -1)]) + value(&[(i, -1), (j, 1)]);
                let second = double((plus - minus) / step.square().shl(2));
                assert!((second - matrix[(i, j)]).abs() < 1e-13 * (1.0 + second.abs()), "{shape:?} {i} {j}");
            }
        }
    }
}

/// Against the eigenvalues of the whole matrix: equal, and from below.
#[test]
fn norms_agree_with_eigenvalues() {
    for (seed, shape) in (0..20).flat_map(|seed| shapes().into_iter().map(move |s| (seed, s))) {
        let network = FiniteNetwork::from_seed(&shape, seed).unwrap();
        let hessian = Hessian::new(&network, &input(network.inputs())).unwrap();
        let matrix = dense(&hessian, network.parameters());
        assert!((&matrix - matrix.transpose()).amax() < 1e-13 * (1.0 + matrix.amax()));
        let truth = SymmetricEigen::new(matrix).eigenvalues.amax();
        let norm = hessian.norm();
        assert!((norm.value - truth).abs() < 1e-9 * truth, "{norm:?} {truth} {shape:?} {seed}");
        assert!(norm.lower <= truth * (1.0 + 1e-13) && norm.lower > truth * (1.0 - 1e-9), "{norm:?} {truth}");
    }
}

/// On the sphere of its range the form of short vectors is the form of the long ones.
#[test]
fn the_quotient_encloses_the_form() {
    for shape in shapes() {
        let network = FiniteNetwork::from_seed(&shape, 5).unwrap();
        let hessian = Hessian::new(&network, &input(network.inputs())).unwrap();
        let short = quotient::Short::new(&hessian.layers);
        let v: Vec<f64> = (0..short.len()).map(|i| (i as f64 * 0.7).sin()).collect();
        let [form, square] = short.quotient(&v);
        let image = short.apply(&hessian, &v);
        assert!((dot(&v, &image) - form.mid).abs() < 1e-12 * (1.0 + form.mid.abs()), "{form:?}");
        assert!(form.rad < 1e-11 * (1.0 + form.mid.abs()) && square.rad < 1e-12 * square.mid);
    }
}

/// f = m^{-1/2} Σ v_i φ(w_i x): one hidden layer and one input, in closed form.
#[test]
fn one_hidden_layer_in_closed_form() {
    let shape = Architecture::new(&Activation::parse("x^2").unwrap(), &[1, 2, 1]).unwrap();
    let weights = Numbers::doubles(vec![1.0, 2.0, 3.0, -5.0]).unwrap();
    let network = FiniteNetwork::from_parameters(&shape, &weights).unwrap();
    let matrix = dense(&Hessian::new(&network, &[2.0]).unwrap(), 4) * 2f64.sqrt();
    // Second derivatives of v w² x² at x = 2.
    let truth = [[24.0, 0.0, 8.0, 0.0], [0.0, -40.0, 0.0, 16.0], [8.0, 0.0, 0.0, 0.0], [0.0, 16.0, 0.0, 0.0]];
    assert!((matrix - DMatrix::from_fn(4, 4, |i, j| truth[i][j])).amax() < 1e-13);
}

#[test]
fn what_has_no_hessian_is_refused() {
    let shape = Architecture::new(&Activation::parse("relu").unwrap(), &[2, 3, 1]).unwrap();
    let network = FiniteNetwork::from_seed(&shape, 1).unwrap();
    for x in [&[0.0, 0.0][..], &[1.0], &[f64::NAN, 1.0]] {
        let error = Hessian::new(&network, x).unwrap_err().to_string();
        assert!(error.contains("accepted") && !error.contains('\n'), "{error}");
    }
    let two = Architecture::new(&Activation::parse("tanh").unwrap(), &[2, 3, 2]).unwrap();
    assert!(Hessian::new(&FiniteNetwork::from_seed(&two, 1).unwrap(), &[1.0, 1.0]).is_err());
    let at = Hessian::new(&network, &[1.0, 1.0]).unwrap();
    assert!(at.product(&[1.0]).is_err());
    // Linear in its weights: the Hessian is zero.
    let linear = Architecture::new(&Activation::parse("tanh").unwrap(), &[2, 1]).unwrap();
    let linear = FiniteNetwork::from_seed(&linear, 1).unwrap();
    assert_eq!(Hessian::new(&linear, &[1.0, 1.0]).unwrap().norm().lower, 0.0);
    // Overflow proves nothing and says so.
    let cube = Architecture::new(&Activation::parse("x^3").unwrap(), &[1, 2, 1]).unwrap();
    let cube = FiniteNetwork::from_seed(&cube, 1).unwrap();
    let huge = Hessian::new(&cube, &[1e200]).map(|h| h.norm().lower);
    assert!(huge.is_err() || huge.unwrap() == 0.0);
}

/// An error of the first layers that later ones multiply: the kernel, the output and the norm of the form against 300
/// bits.
#[test]
fn errors_of_the_inputs_are_carried_on() {
    for seed in 0..40u64 {
        // exp of about 10, scaled back by 2^-14, and again.
        let shape =
            Architecture::new(&Activation::parse("exp").unwrap(), &[2, 3, 3, 1]).unwrap().with_biases(true);
        let plain = all_parameters(&FiniteNetwork::from_seed(&shape, seed).unwrap());
        let doubles: Vec<f64> = plain.iter().map(|w| num_traits::ToPrimitive::to_f64(w).unwrap()).collect();
        let scaled = doubles.iter().enumerate().map(|(i, w)| match i {
            0..6 => w + 6.0,
            9..18 => w * 2f64.powi(-9),
            18..21 => w + 5.0,
            _ => *w,
        });
        let network =
            FiniteNetwork::from_parameters(&shape, &Numbers::doubles(scaled.collect()).unwrap()).unwrap();
        let [x, y] = [[0.7, 0.9], [1.1, 0.3]];
        let exact = |x: &[f64]| x.iter().map(|x| BigRational::from_float(*x).unwrap()).collect::<Vec<_>>();
        let [a, b] = [x, y].map(|x| Hessian::new(&network, &x).unwrap());
        let contains = |found: Within, truth: &Ball| {
            let value = Ball::exact(rug::Float::with_val(300, found.value));
            (value - truth).magnitude().to_float() <= found.error
        };
        for (first, second, at) in [(&a, &a, [&x, &x]), (&a, &b, [&x, &y])] {
            let truth = network.tangent_kernel_with(&exact(at[0]), &exact(at[1]), 300).unwrap();
            let found = first.kernel(second).unwrap();
            assert!(contains(found, &truth), "{seed}: {found:?} misses {truth}");
            assert!(found.error <= 1e-9 * found.value.abs(), "{seed}: {found:?}");
        }
        let truth = network.evaluate_with(&exact(&x), 300).unwrap().swap_remove(0);
        assert!(contains(a.output(), &truth), "{seed}: {:?} misses {truth}", a.output());
    }
}

/// Networks with one weight a layer, where the largest norm on the ball is known: `v w x` and `v (w x)²`.
#[test]
fn bounds_on_the_ball_hold_the_worst_step() {
    let network = |phi: &str, w: f64, v: f64| {
        let shape = Architecture::new(&Activation::parse(phi).unwrap(), &[1, 1, 1]).unwrap();
        FiniteNetwork::from_parameters(&shape, &Numbers::doubles(vec![w, v]).unwrap()).unwrap()
    };
    for (w, v, x) in [(0.5, 2.0, 1.0), (1.5, 0.25, 3.0), (-0.5, -2.0, 0.5), (0.0, 1.0, 1.0)] {
        for radius in [0.0, 0.125, 1.0, 4.0] {
            for phi in ["x", "x^2", "sin"] {
                let network = network(phi, w, v);
                let bound = Hessian::new(&network, &[x]).unwrap().bound(radius).unwrap();
                let derivatives = |t: f64| match phi {
                    "x" => [t, 1.0, 0.0],
                    "x^2" => [t * t, 2.0 * t, 2.0],
                    _ => [t.sin(), t.cos(), -t.sin()],
                };
                let (mut hessian, mut gradient, mut change) = (0.0f64, 0.0f64, 0.0f64);
                let kernel = |w: f64, v: f64| {
                    let [a, b, _] = derivatives(w * x);
                    (v * b * x).powi(2) + a * a
                };
                for step in 0..400 {
                    let angle = f64::from(step) * std::f64::consts::PI / 200.0;
                    for part in [0.0, 0.5, 1.0 - 1e-12] {
                        let (w, v) = (w + part * radius * angle.cos(), v + part * radius * angle.sin());
                        let [_, b, c] = derivatives(w * x);
                        let (corner, beside) = (v * c * x * x, b * x);
                        // Of [[corner, beside], [beside, 0]].
                        hessian = hessian
                            .max(0.5 * (corner.abs() + (corner * corner + 4.0 * beside * beside).sqrt()));
                        gradient = gradient.max(kernel(w, v).sqrt());
                    }
                    let end = 1.0 - 1e-12;
                    let moved = kernel(w + end * radius * angle.cos(), v + end * radius * angle.sin());
                    change = change.max((moved - kernel(w, v)).abs());
                }
                let what = format!("{phi} at {w}, {v}, {x}, radius {radius}: {bound:?}");
                let down = 1.0 - 1e-9;
                assert!(bound.hessian >= hessian * down, "{what} {hessian}");
                assert!(bound.gradient >= gradient * down, "{what} {gradient}");
                assert!(bound.kernel_change >= change * down, "{what} {change}");
                // In the linear network nothing is lost.
                assert!(phi != "x" || bound.hessian <= hessian * 1.01, "{what} {hessian}");
                assert!(radius > 0.2 || bound.hessian <= 3.0 * hessian + 1e-9, "{what} {hessian}");
            }
        }
    }
}

/// A power that calls itself whatever it is told: what tells activations apart is not their name.
#[derive(Debug)]
struct Named(&'static str, u64);

impl crate::activation::PiecewiseAnalytic for Named {
    fn name(&self) -> String {
        self.0.into()
    }
    fn formula(&self) -> String {
        format!("x^{}", self.1)
    }
    fn smoothness(&self) -> String {
        "analytic".into()
    }
    fn breakpoints(&self, _: u32) -> Vec<Ball> {
        vec![]
    }
    fn evaluate(&self, _: usize, x: &Ball) -> Ball {
        x.pow(self.1)
    }
    fn derivative(&self, _: usize, x: &Ball) -> Ball {
        x.pow(self.1 - 1).mul_integer(self.1 as i64)
    }
    fn evaluate_complex(&self, _: usize, z: &crate::number::ComplexBall) -> crate::number::ComplexBall {
        (1..self.1).fold(z.clone(), |power, _| &power * z)
    }
    fn growth(&self) -> crate::activation::Growth {
        crate::activation::Growth::polynomial(Mag::ONE, self.1 as u32)
    }
    fn derivative_growth(&self) -> Option<crate::activation::Growth> {
        Some(crate::activation::Growth::polynomial(Mag::from_usize(self.1 as usize), self.1 as u32))
    }
    fn expression(&self) -> Option<String> {
        Some(self.formula())
    }
}

#[test]
fn activations_of_one_name_are_two() {
    let power = |n| Some(Activation::from_analytic(Named("f", n)));
    let shape = Architecture::with_activations(vec![power(2), power(3)], &[1, 1, 1]).unwrap();
    let ones = Numbers::doubles(vec![1.0, 1.0]).unwrap();
    let network = FiniteNetwork::from_parameters(&shape, &ones).unwrap();
    // (v (w x)²)³ at x = 3: (w²)³ 3^6, and 6 · 5 w^4 of it for the second derivative in w.
    let hessian = Hessian::new(&network, &[3.0]).unwrap();
    assert!(
        (hessian.output().value - 729.0).abs() <= hessian.output().error + 1e-9,
        "{:?}",
        hessian.output()
    );
    assert!((hessian.product(&[1.0, 0.0]).unwrap()[0] - 30.0 * 729.0).abs() < 1e-6);
}
