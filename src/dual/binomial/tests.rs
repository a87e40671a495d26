use super::*;

const PRECISION: u32 = 400;

fn number(n: i64, d: i64) -> Ball {
    Ball::from_integer(n, PRECISION).div_integer(d)
}

/// The dual `1/(2 - ρ)`, whose squares are `2^{-k-1}`, cut at a number of terms; the whole sums are 1, 1 and 2.
/// Each is given with an error, the truth at one end (0: in the middle).
fn geometric(count: usize, precision: u32, error: Mag, curvature: bool, end: i64) -> Cut {
    let squares = (0..count).map(|k| Ball::from_integer(1, precision).shl(-(k as i32) - 1)).collect();
    let shift = Ball::exact(error.to_float()).with_precision(precision).mul_integer(end);
    let whole = |n: i64| (Ball::from_integer(n, precision) + &shift).widened(error);
    let second = if curvature { whole(2) } else { Ball::whole_line(precision) };
    Cut::new(squares, [&whole(1), &whole(1), &second])
}

/// `d_j = g^{-j-1}`, `g = 2 - a = 1 + b`, and what lies beyond: with `z = b/g`, `Σ_{j>n} d_j b^j = z^{n+1}` as `1 - z =
/// 1/g`, and of the derivative `1/g² Σ_{j>n} (j+1) z^j = z^{n+1} (n + 1 + g)`, the chord `(1 - 1/g)/b = 1/g`.
fn truth(b: &Ball, degree: usize) -> Expansion {
    let g = Ball::from_integer(1, PRECISION) + b;
    let z = b / &g;
    let n = degree as i64 + 1;
    let power = |j: usize| g.pow(j as u64 + 1).recip();
    let beyond = z.pow(n as u64);
    // Σ_{j>=n} (j+1) z^j = z^n (n (1-z) + 1)/(1-z)², 1 - z = 1/g.
    let slopes_beyond =
        &(&beyond * &(&Ball::from_integer(n, PRECISION) / &g + Ball::from_integer(1, PRECISION)));
    Expansion {
        terms: (0..=degree).map(power).collect(),
        beyond: beyond.clone(),
        slopes: (0..=degree).map(|j| power(j + 1).mul_integer(j as i64 + 1)).collect(),
        slopes_beyond: slopes_beyond.clone(),
        chord: g.recip(),
    }
}

fn held(got: &Expansion, truth: &Expansion, what: &str) {
    let list = |x: &Expansion| -> Vec<Ball> {
        let ends = [&x.beyond, &x.slopes_beyond, &x.chord].map(Ball::clone);
        x.terms.iter().chain(&x.slopes).cloned().chain(ends).collect()
    };
    for (i, (got, truth)) in list(got).iter().zip(&list(truth)).enumerate() {
        assert!(got.contains(truth), "number {i}, {what}: {got} and {truth}");
    }
}

/// On both sides of all changes: terms before and past the most likely one, `b` from one to where `a` is all but one.
#[test]
fn expansions_hold_the_truth_at_the_ends_of_the_place() {
    for round in 0..ntk_testing::count(1) as i64 {
        for precision in [20u32, 64, 100] {
            for bits in [0i32, 1, 2, 5, 12, 19, 20, 40, 63, 64, 90, 110, 300, 3000] {
                for (count, degree) in [(0, 0), (1, 0), (2, 1), (5, 0), (9, 3), (40, 3), (150, 10)] {
                    for (size, curvature) in
                        [(i64::from(precision), true), (i64::from(precision), false), (8, true)]
                    {
                        // 1, or a little below a power of two.
                        let b = match bits {
                            0 => number(1, 1),
                            _ => number(16 - (round % 8), 16).shl(-bits),
                        };
                        let a = Ball::from_integer(1, 3500) - &b.with_precision(3500);
                        let radius = b.magnitude() * Mag::pow2(-size);
                        for sign in [-1, 0, 1] {
                            let cut = geometric(count, precision, Mag::pow2(-size), curvature, sign);
                            if bits == 0 && (sign != 0 || count < degree + 2) {
                                continue;
                            }
                            // The truth at an end of what is given.
                            let shift =
                                Ball::exact(radius.to_float()).with_precision(PRECISION).mul_integer(sign);
                            let true_b = b.with_precision(3500) + &shift;
                            let given = if bits == 0 { b.clone() } else { b.widened(radius) };
                            let given_a = if bits == 0 { a.clone() } else { a.widened(radius) };
                            let [given_a, given] = [given_a, given].map(|x| x.with_precision(precision));
                            let got = cut.expand(&given_a, &given, degree, precision);
                            let what = format!(
                                "2^-{bits}, {count} terms of {precision} bits, degree {degree}, {sign}"
                            );
                            held(&got, &truth(&true_b, degree), &what);
                        }
                    }
                }
            }
        }
    }
}

/// However close to one the place is, and however many terms are enough elsewhere.
#[test]
fn expansions_keep_relative_accuracy() {
    for bits in [1, 4, 8, 40, 90, 200, 5000] {
        let b = number(3, 4).shl(-bits);
        let a = (Ball::from_integer(1, 6000) - &b.with_precision(6000)).with_precision(100);
        let got = geometric(150, 100, Mag::pow2(-100), true, 0).expand(&a, &b, 8, 100);
        for (j, x) in got.terms[..3].iter().chain(&got.slopes[..2]).chain([&got.chord]).enumerate() {
            assert!(x.relative_accuracy_bits() > 75, "2^-{bits}, {j}: {x}");
        }
    }
    // About zero, what is beyond the degree is what the squares leave.
    let one = Ball::from_integer(1, 100);
    let got = geometric(60, 100, Mag::pow2(-100), false, 0).expand(&Ball::zero(100), &one, 8, 100);
    assert!(got.beyond.relative_accuracy_bits() > 85 && got.slopes_beyond.relative_accuracy_bits() > 85);
}

/// All that is left out may sit in one term, the first or a later one.
#[test]
fn what_is_left_out_may_sit_in_any_term() {
    let (count, degree, precision) = (12usize, 3usize, 80u32);
    for place in [12usize, 13, 20, 60, 400] {
        for (n, d) in [(1, 2), (1, 3), (1, 12), (1, 40), (1, 1000), (1, 1 << 30)] {
            let (b, k) = (number(n, d), place as i64);
            let a = number(d - n, d);
            // μ_k² = 1 at this place and no other.
            let whole = [1, k, k * (k - 1)].map(|x| Ball::from_integer(x, precision));
            for second in [whole[2].clone(), Ball::whole_line(precision)] {
                let cut = Cut::new(vec![Ball::zero(precision); count], [&whole[0], &whole[1], &second]);
                let got = cut.expand(&a, &b, degree, precision);
                // C(k,j) a^{k-j}.
                let term = |j: usize| {
                    let choose = (0..j)
                        .fold(number(1, 1), |c, i| c.mul_integer(k - i as i64).div_integer(i as i64 + 1));
                    choose * a.pow((place - j) as u64)
                };
                let sum = |from: usize, weighted: bool| {
                    let all: Vec<Ball> = (from..=place)
                        .map(|j| match weighted {
                            true => term(j).mul_integer(j as i64) * b.pow(j as u64 - 1),
                            false => term(j) * b.pow(j as u64),
                        })
                        .collect();
                    Ball::sum(PRECISION, &all)
                };
                let truth = Expansion {
                    terms: (0..=degree).map(term).collect(),
                    beyond: sum(degree + 1, false),
                    slopes: (0..=degree).map(|j| term(j + 1).mul_integer(j as i64 + 1)).collect(),
                    slopes_beyond: sum(degree + 2, true),
                    chord: (number(1, 1) - a.pow(place as u64)) / &b,
                };
                held(&got, &truth, &format!("term {place} at {n}/{d}"));
            }
        }
    }
}
