use super::*;
use crate::kernel::Network;
use crate::network::samples::uniform;
use crate::number::parse_rational;

fn ball(n: i64) -> Ball {
    Ball::from_integer(n, 64)
}

fn series(terms: &[i64], beyond: i64) -> Series {
    let terms: Vec<Ball> = terms.iter().map(|n| ball(*n)).collect();
    Series { terms, beyond: ball(beyond), gap: ball(0) }
}

fn numbers(series: &Series) -> Vec<f64> {
    series.terms.iter().chain([&series.beyond]).map(|x| x.midpoint().to_f64()).collect()
}

/// All coefficients of a product sum to the product of the sums, wherever they are.
#[test]
fn products_lose_no_coefficient() {
    // (1 + 2t + 3t² + 4 beyond)(5 + 6t + 7t² + 8 beyond).
    let product = series(&[1, 2, 3], 4).product(&series(&[5, 6, 7], 8));
    assert_eq!(numbers(&product), [5.0, 16.0, 34.0, 260.0 - 55.0]);
    assert_eq!(numbers(&series(&[3], 0).product(&series(&[0], 2))), [0.0, 6.0]);
    assert_eq!(numbers(&series(&[0, 2], 0).product(&series(&[0, 5], 0))), [0.0, 0.0, 10.0]);
}

/// `f(x) = 1 + 2x + 4x² + 8x³ + 16` in what lies beyond, with `x = t + t²` and 3 beyond.
#[test]
fn compositions_lose_no_coefficient() {
    let all = |list: &[i64]| list.iter().map(|n| ball(*n)).collect::<Vec<Ball>>();
    let expansion = Expansion {
        terms: all(&[1, 2, 4]),
        beyond: ball(16),
        slopes: all(&[2, 8, 24]),
        slopes_beyond: ball(32),
        chord: ball(0),
    };
    let [value, slope] = composed(&expansion, &series(&[0, 1, 1], 3));
    // x² = t² + (2t³ + t⁴ + 2·3·2 + 9).
    assert_eq!(numbers(&value), [1.0, 2.0, 2.0 + 4.0, 16.0 + 2.0 * 3.0 + 4.0 * 24.0]);
    assert_eq!(numbers(&slope), [2.0, 8.0, 8.0 + 24.0, 32.0 + 8.0 * 3.0 + 24.0 * 24.0]);
}

/// The series at some precision.
fn at(network: &Network, kernel: Kernel, degree: usize, precision: u32) -> Series {
    found(network, kernel, degree, precision).unwrap()
}

/// The same, where it is not left to another way.
fn found(network: &Network, kernel: Kernel, degree: usize, precision: u32) -> Option<Series> {
    let profile = Profile::new(network, kernel, precision).unwrap();
    let supports = Supports::new(&profile, kernel, degree);
    coefficients(&profile, kernel, degree, &supports).ok().flatten()
}

/// From few bits on, in the ordered phase, the chaotic one and at an edge: what few bits give holds what many give.
#[test]
fn few_bits_hold_what_many_give() {
    let mut random = ntk_testing::Random::new(7);
    let mut below = |n: usize| random.below(n);
    for _ in 0..ntk_testing::count(6) {
        let name =
            ["tanh", "sigmoid", "softplus", "elu", "softsign", "hardtanh", "arctan", "snake"][below(8)];
        let depth = [1, 2, 3, 8][below(4)];
        let (w, b) = [("1/2", "1/10"), ("2", "1/10"), ("normalized", "0"), ("1/8", "2")][below(4)];
        // Kinks take many terms where a layer is all but constant.
        let depth = if w == "1/2" || w == "1/8" { depth.min(3) } else { depth };
        let degree = [0, 1, 2, 7][below(4)];
        let kernel = [Kernel::Ntk, Kernel::Nngp][below(2)];
        let network = uniform(name, depth, w, [b, "0"]);
        let Some(truth) = found(&network, kernel, degree, 220) else { continue };
        for precision in [40, 64, 90] {
            let Some(got) = found(&network, kernel, degree, precision) else { continue };
            let all =
                |series: &Series| series.terms.iter().chain([&series.beyond]).cloned().collect::<Vec<_>>();
            for (p, (got, truth)) in all(&got).iter().zip(&all(&truth)).enumerate() {
                let what = || {
                    format!("{kernel:?} of {name}, {depth} layers, {w}, {b}: {p} of {degree} at {precision}")
                };
                assert!(got.contains(truth), "{}: {got} and {truth}", what());
                assert!(
                    precision < 90 || got.relative_accuracy_bits() > 20 || got.is_exact_zero(),
                    "{}: {got}",
                    what()
                );
            }
        }
    }
}

/// In the ordered phase the coefficients fall by a factor from layer to layer, and keep their digits.
#[test]
fn a_hundred_layers_cost_no_bits() {
    let network = uniform("sigmoid", 100, "1/2", ["1/10", "0"]);
    for kernel in [Kernel::Ntk, Kernel::Nngp] {
        let got = at(&network, kernel, 5, 100);
        assert!(got.terms[1].magnitude() < Mag::pow2(-400));
        for x in got.terms.iter().chain([&got.beyond]) {
            assert!(x.relative_accuracy_bits() > 60, "{kernel:?}: {x}");
        }
    }
}

/// `κ_0, κ_1, κ_4, κ_9` and the kernel at one by a program in mpmath: sums over equidistant nodes for 420 Hermite
/// coefficients, the recurrence of the polynomials, the layers composed about `ρ_l(0)`, all to 40 digits.
#[test]
fn another_program_finds_the_same() {
    let cases = [
        (
            "tanh",
            10,
            "3/2",
            "1/10",
            Kernel::Ntk,
            vec![
                "1.68692623716573639",
                "0.811122242873518987",
                "0.105180834342308586",
                "0.0191280965886710116",
                "3.31716108793745894",
            ],
        ),
        (
            "tanh",
            10,
            "3/2",
            "1/10",
            Kernel::Nngp,
            vec![
                "0.426371380631270647",
                "0.0618401063749267524",
                "0.00363360891245985135",
                "0.000476553710497284153",
            ],
        ),
        (
            "tanh",
            10,
            "4",
            "1/10",
            Kernel::Ntk,
            vec![
                "2.32119317949177894",
                "5.20259265203533625",
                "1.75304255074111421",
                "2.10115898728663389",
                "132.682500686058515",
            ],
        ),
        (
            "tanh",
            10,
            "4",
            "1/10",
            Kernel::Nngp,
            vec![
                "0.532473597618585673",
                "0.452577563861566613",
                "0.0619153564929556598",
                "0.0469800528180087164",
            ],
        ),
        (
            "softplus",
            6,
            "1/2",
            "1/10",
            Kernel::Ntk,
            vec![
                "0.502689825673690641",
                "0.0000436865760033599757",
                "4.80457783041805874e-8",
                "4.03856485995461202e-12",
                "0.502738691394785508",
            ],
        ),
        (
            "softplus",
            6,
            "1/2",
            "1/10",
            Kernel::Nngp,
            vec![
                "0.434133939602707832",
                "5.85249852179874273e-6",
                "4.49253863767318098e-9",
                "2.42253099329020154e-13",
            ],
        ),
        (
            "sigmoid",
            6,
            "2",
            "0",
            Kernel::Ntk,
            vec![
                "0.617653742491523449",
                "6.36348507455825966e-6",
                "1.12764806347121741e-9",
                "1.09402326812112851e-10",
                "0.617660271593579664",
            ],
        ),
        (
            "sigmoid",
            6,
            "2",
            "0",
            Kernel::Nngp,
            vec![
                "0.555288798944273167",
                "8.80852238866148454e-7",
                "8.97683066347348831e-11",
                "7.17790714270259832e-12",
            ],
        ),
        (
            "silu",
            8,
            "1",
            "1/10",
            Kernel::Ntk,
            vec![
                "0.191275873619808971",
                "0.000332220070073525161",
                "8.79697593034852929e-6",
                "1.50774030016182528e-8",
                "0.191784550717499928",
            ],
        ),
        (
            "silu",
            8,
            "1",
            "1/10",
            Kernel::Nngp,
            vec![
                "0.137611583640390977",
                "0.0000332859992398462759",
                "6.01756659307720797e-7",
                "7.00742013338270926e-10",
            ],
        ),
    ];
    for (name, depth, w, b, kernel, numbers) in cases {
        let network = uniform(name, depth, w, [b, "0"]);
        let profile = Profile::new(&network, kernel, 100).unwrap();
        let got = at(&network, kernel, 10, 100);
        let found = [0, 1, 4, 9].map(|p| got.terms[p].clone()).into_iter().chain([profile.sum(kernel)]);
        for (found, text) in found.zip(numbers) {
            let truth = Ball::from_rational(&parse_rational(text).unwrap(), 100);
            // All 18 digits but the last.
            let close = (&found - &truth).magnitude() <= truth.magnitude() * Mag::from_f64(2e-17);
            assert!(close, "{kernel:?} of {name}, {depth} layers: {found} and {text}");
        }
    }
}

/// Kinks in the ordered phase, where Hermite coefficients would be wanted by the million: `κ_0` and `κ_1` of both kernels as
/// far as a program in mpmath has them, which integrates every layer over the plane to 30 digits.
#[test]
fn kinks_keep_their_digits_through_many_layers() {
    let network = uniform("hardtanh", 20, "1/2", ["1/10", "0"]);
    let cases = [
        (Kernel::Nngp, 0, "0.192262164962672375"),
        (Kernel::Nngp, 1, "2.11380476502191092e-7"),
        (Kernel::Ntk, 0, "0.375999128710368794"),
    ];
    for (kernel, p, text) in cases {
        let found = &at(&network, kernel, 10, 100).terms[p];
        let truth = Ball::from_rational(&parse_rational(text).unwrap(), 100);
        let close = (found - &truth).magnitude() <= truth.magnitude() * Mag::from_f64(2e-17);
        assert!(close, "{kernel:?}, {p}: {found} and {text}");
    }
    for name in ["hardtanh", "relu6", "softshrink", "hard-sigmoid"] {
        let network = uniform(name, 100, "1/2", ["1/10", "0"]);
        let [few, many] = [100, 200].map(|precision| at(&network, Kernel::Ntk, 5, precision));
        for (few, many) in few.terms.iter().chain([&few.beyond]).zip(many.terms.iter().chain([&many.beyond]))
        {
            assert!(few.contains(many) && few.relative_accuracy_bits() > 55, "{name}: {few} and {many}");
        }
    }
}
