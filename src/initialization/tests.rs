use super::*;
use crate::number::parse_rational;

fn number(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

fn found(name: &str, sigma_w2: &str, sigma_b2: &str, [from, to]: [&str; 2], digits: u32) -> FixedPoints {
    let map =
        VarianceMap::new(&Activation::parse(name).unwrap(), number(sigma_w2), number(sigma_b2)).unwrap();
    map.fixed_points(&number(from), &number(to), Accuracy::relative(digits).unwrap()).unwrap()
}

fn holds(ball: &Ball, value: &str, error: &str) -> bool {
    let error = Ball::from_rational(&number(error), 64).magnitude();
    ball.widened(error).contains_rational(&number(value))
}

/// Values of mpmath at 40 digits: SELU with gain 1 and 3/4, tanh with gain 5/3 and at (1.76, 0.05).
#[test]
fn fixed_points_that_are_known() {
    for (name, w, b, q, chi) in [
        ("selu", "9/16", "0", "0.023033784610758", "1.0036703508"),
        ("tanh", "25/9", "0", "1.1784804903859", "1.2098"),
        ("tanh", "1.76", "0.05", "0.569462839852", "0.999796"),
    ] {
        let found = found(name, w, b, ["1/1000", "100"], 12);
        assert!(found.complete && found.points.len() == 1, "{name}: {found:?}");
        let point = &found.points[0];
        assert!(holds(&point.q, q, "1e-12"), "{name}: {}", point.q);
        assert!(holds(point.chi.as_ref().unwrap(), chi, "1e-4"), "{name}: {:?}", point.chi);
    }
    let found = found("tanh", "1.76", "0.05", ["1/1000", "100"], 12);
    assert!(holds(found.points[0].xi_c.as_ref().unwrap(), "4911.7", "0.1"), "{:?}", found.points[0].xi_c);
}

/// `E[erf(√q Z)²] = (2/π) asin(2q/(1+2q))`, `E[erf'²] = (4/π)/√(1+4q)`: the equation in closed form.
#[test]
fn the_error_function_against_its_closed_form() {
    for (w, b) in [("3", "1/10"), ("2", "1/20"), ("5", "0"), ("1/2", "1/3")] {
        let found = found("erf", w, b, ["1/1000", "50"], 20);
        assert!(found.complete && found.points.len() == 1, "{w} {b}: {found:?}");
        let point = &found.points[0];
        let p = point.q.precision();
        let (q, one) = (&point.q, Ball::from_integer(1, p));
        let twice = q.shl(1);
        let asin = (&twice / &(&one + &twice)).asin() * Ball::from_integer(2, p) / Ball::pi(p);
        let value = Ball::from_rational(&number(w), p) * asin + Ball::from_rational(&number(b), p);
        assert!((value - q).contains_zero(), "{w} {b}: {q}");
        let slope = Ball::from_integer(4, p) / Ball::pi(p) / (&one + &q.shl(2)).sqrt();
        let chi = Ball::from_rational(&number(w), p) * slope;
        assert!(point.chi.as_ref().unwrap().overlaps(&chi));
        assert!(q.relative_accuracy_bits() > 66);
    }
}

/// Two fixed points at once, an interval without any, one at the end of the interval, and a whole line of them.
#[test]
fn as_many_as_there_are() {
    // E[(x²)²] = 3q²: σ_w² = 1/3, σ_b² = 3/16 gives q² - q + 3/16 = 0 with the roots 1/4 and 3/4.
    let two = found("x^2", "1/3", "3/16", ["1/100", "100"], 10);
    assert!(two.complete && two.points.len() == 2);
    for (point, q, stable) in [(&two.points[0], "1/4", true), (&two.points[1], "3/4", false)] {
        assert!(point.q.contains_rational(&number(q)) && point.stable == Some(stable), "{}", point.q);
    }
    assert!(found("x^2", "1/3", "3/16", ["1/3", "1/2"], 10).points.is_empty());
    assert_eq!(found("x^2", "1/3", "3/16", ["1/4", "3/4"], 10).points.len(), 2);
    // No root: q² - q + 1.
    let none = found("x^2", "1/3", "1", ["1/100", "100"], 10);
    assert!(none.complete && none.points.is_empty());
    // A double root at 1/2 cannot be told from none.
    let double = found("x^2", "1/3", "1/4", ["1/100", "100"], 10);
    assert!(!double.complete && double.points.is_empty() && double.undecided.len() == 1);
    let [a, b] = &double.undecided[0];
    assert!(*a <= number("1/2") && number("1/2") <= *b && b - a < number("1e-2"));
    assert!(found("relu", "2", "0", ["1/10", "10"], 10).everywhere);
    let relu = found("relu", "1", "1/2", ["1/10", "10"], 10);
    assert!(relu.complete && relu.points[0].q.contains_rational(&number("1")));
}

/// What lies between two variances is between the bounds, for functions with kinks and without.
#[test]
fn bounds_between_two_variances_hold_what_is_between() {
    for name in ["relu", "tanh", "sin(3*x)", "elu", "exp(x/2)", "x^3-x", "where(x>1,x,0)"] {
        let moments = Moments::new(&Activation::parse(name).unwrap());
        for (a, b) in [("1/100", "1/50"), ("1/2", "3/4"), ("1", "1.001"), ("1", "10"), ("2", "5/2")] {
            let (a, b) = (number(a), number(b));
            let over = moments.over([&a, &b], 10).unwrap();
            for share in ["0", "1/7", "1/2", "9/10", "1"] {
                let q = &a + (&b - &a) * number(share);
                let at = moments.at(&q, 20).unwrap();
                let variance = Ball::from_rational(&q, 64);
                assert!(over.square.contains(&at.square), "{name} {q}: {} {}", over.square, at.square);
                assert!(
                    over.derivative(&interval([&a, &b], 64))
                        .unwrap()
                        .overlaps(&at.derivative(&variance).unwrap())
                );
                if let (Some(over), Some(at)) = (&over.slope, &at.slope) {
                    assert!(over.contains(at), "{name} {q}: {over} {at}");
                }
            }
        }
    }
}

/// GELU and SWISH: `K* = (3 + √17)/2` and 14.32017..., from mpmath.
#[test]
fn half_stable_points_that_are_known() {
    for (name, q, w, b) in [
        ("gelu", "3.56155281280883", "1.98305825744", "0.17292239076"),
        ("silu", "14.3201736180", "1.98800467827", "0.55514317072"),
    ] {
        let accuracy = Accuracy::relative(8).unwrap();
        let found =
            half_stable_points(&Activation::parse(name).unwrap(), &number("1"), &number("50"), accuracy)
                .unwrap();
        assert_eq!(found.len(), 1, "{name}");
        assert!(holds(&found[0].q, q, "1e-9"), "{name}: {}", found[0].q);
        assert!(
            holds(&found[0].sigma_w2, w, "1e-8") && holds(&found[0].sigma_b2, b, "1e-6"),
            "{:?}",
            found[0]
        );
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let tanh = Activation::parse("tanh").unwrap();
    assert!(VarianceMap::new(&tanh, number("0"), number("0")).is_err());
    assert!(VarianceMap::new(&tanh, number("1"), number("-1")).is_err());
    let map = VarianceMap::new(&tanh, number("1"), number("0")).unwrap();
    let accuracy = Accuracy::relative(5).unwrap();
    for (from, to) in [("0", "1"), ("2", "1"), ("1", "1")] {
        assert!(map.fixed_points(&number(from), &number(to), accuracy).is_err());
    }
    assert_eq!(map.zero_is_fixed(), Some(true));
    assert!(critical_line(&Activation::parse("step").unwrap(), &[number("1")], accuracy).is_err());
}
