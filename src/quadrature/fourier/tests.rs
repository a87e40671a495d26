use super::*;

fn at(s: f64) -> Ball {
    Ball::exact(Float::with_val(300, s))
}

/// `t_k`, 40 digits, by FLINT's rigorous quadrature of the integral.
const VALUES: [(f64, usize, &str); 20] = [
    (1.0, 1, "0.6057055096021588255835402275558804394262"),
    (1.0, 3, "0.1484371907872727040452509899396497263121"),
    (1.0, 25, "0.0006377763145368861565365788542506332381066"),
    (1.0, 361, "1.009252754252327713967711029959580692615e-13"),
    (1.0, 999, "1.988071099059451971430281719828643006078e-22"),
    (0.5, 1, "0.4132419282838140745247016574361976811526"),
    (0.5, 3, "0.05094651581464683334068735952847537461494"),
    (0.5, 25, "2.296642124831348157633736856364040661686e-6"),
    (0.5, 361, "1.293641619720012963447112114125487791380e-25"),
    (0.5, 999, "6.608926187054260834797742315699864751023e-43"),
    (3.0, 1, "0.7644998760197310496881679856709027682412"),
    (3.0, 3, "0.2870619000597934592588014064759878718130"),
    (3.0, 25, "0.02544098779129575061846514603184005830496"),
    (3.0, 361, "8.699658439624495199590027244329297287913e-6"),
    (3.0, 999, "9.195433116101792538308254386668445168242e-9"),
    (50.0, 1, "0.7977533593671160602267087926876463906447"),
    (50.0, 3, "0.3255743566290537522984181533487454493677"),
    (50.0, 25, "0.06380311639913308709248106190618560813370"),
    (50.0, 361, "0.008117941432780882363608911055633029389875"),
    (50.0, 999, "0.003420946115273517695542341720687852485875"),
];

#[test]
fn values_of_another_program() {
    for (s, k, text) in VALUES {
        let t = &coefficients(&at(s), 500, 140).unwrap()[k / 2];
        let truth = Float::with_val(200, Float::parse(text).unwrap());
        let truth = Ball::exact(truth.clone()).widened(Mag::from_float(&truth) * Mag::pow2(-128));
        assert!(t.overlaps(&truth), "{s}, {k}: {t}");
    }
}

#[test]
fn precisions_agree_and_reach_their_aim() {
    for s in [0.02, 0.1, 0.3, 1.0, 2.5, 17.0, 1000.0] {
        let fine = coefficients(&at(s), 400, 260).unwrap();
        for bits in [20, 58, 180] {
            let coarse = coefficients(&at(s), 400, bits).unwrap();
            for (i, (a, b)) in coarse.iter().zip(&fine).enumerate() {
                assert!(a.overlaps(b), "{s}, {bits}, {i}: {a} {b}");
                assert!(a.relative_accuracy_bits() >= i64::from(bits) - 8, "{s}, {bits}, {i}: {a}");
            }
        }
    }
}

#[test]
fn beyond_the_limits() {
    assert!(coefficients(&at(1e-3), 5, 60).is_none());
    assert!(coefficients(&Ball::whole_line(64), 5, 60).is_none());
    assert!(coefficients(&at(1.0).widened(Mag::pow2(-1)), 5, 60).is_none());
    assert!(coefficients(&at(1.0), 0, 60).unwrap().is_empty());
}

#[test]
fn many_degrees() {
    for (s, bits) in [(0.3, 58), (1.0, 190), (40.0, 20)] {
        let t = coefficients(&at(s), 12_000, bits).unwrap();
        assert!(t.iter().all(|x| x.relative_accuracy_bits() >= i64::from(bits) - 8), "{s}");
        assert!(t.windows(2).all(|pair| pair[1].upper() < pair[0].upper()), "{s}");
    }
}

/// The rule with its step against a step an eighth as long, degree by degree: where few bits are asked for its error is
/// large.
#[test]
fn the_rule_of_every_segment_is_within_its_remainder() {
    const P: u32 = 300;
    for s in [0.1, 0.5, 1.0, 3.0, 40.0] {
        for bits in [2, 10, 40] {
            let kernel = Kernel { c: Ball::pi(P).shl(-1) / &at(s), s: at(s), working: P, bits };
            let shape = plan::Shape { c: kernel.c.midpoint().to_f64(), nats: f64::from(bits + 3) * 0.693 };
            for segment in plan::segments(&kernel, 60).unwrap() {
                let h = Ball::exact(Float::with_val(P, segment.step.value()));
                // Σ_{j>0} f(jh) and half the limit at zero.
                let sum = |h: &Ball, k: usize| {
                    let mut out =
                        if k == 1 { (Ball::from_integer(1, P) / &kernel.c).shl(-1) } else { Ball::zero(P) };
                    for j in 1.. {
                        let w = h.mul_integer(j);
                        if w.lower() > 25 {
                            break;
                        }
                        out = out + w.pow(k as u64) * (-w.square().shl(-1)).exp() / (&kernel.c * &w).sinh();
                    }
                    out
                };
                let mut remainder = remainder::Remainder::new(&kernel, &segment, shape);
                for k in (segment.first..segment.end).step_by(2) {
                    if k % 8 == 1 || k + 2 >= segment.end {
                        let truth = sum(&h.shl(-3), k).shl(-3);
                        let missed = (sum(&h, k) - &truth).mignitude();
                        let (bound, most) = (remainder.bound(), truth.magnitude().shl(2 - i64::from(bits)));
                        assert!(bound >= missed, "{s}, {bits} bits, {k}: {bound:?} {missed:?}");
                        let first = k == segment.first;
                        assert!(
                            !first || h.lower() >= 1 || bound <= most.shl(8),
                            "{s}, {bits} bits, {k}: {bound:?}"
                        );
                    }
                    remainder.advance();
                }
            }
        }
    }
}
