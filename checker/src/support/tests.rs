use std::collections::BTreeSet;

use super::*;
use proptest::prelude::*;

/// Elements up to this are kept; "infinite" means a residue class from some element on.
const WINDOW: u64 = 120;

/// A finite set, with all larger numbers of a parity, or a sparse half of them.
#[derive(Clone, Debug)]
struct Model {
    elements: BTreeSet<u64>,
    /// For even and odd: infinitely many.
    infinite: [bool; 2],
}

fn model() -> impl Strategy<Value = Model> {
    (proptest::collection::btree_set(0u64..7, 0..4), any::<[bool; 2]>(), 0u64..3).prop_map(
        |(mut elements, infinite, start)| {
            for parity in 0..2u64 {
                if infinite[parity as usize] {
                    // Gaps of 4, so that nothing rests on consecutive elements.
                    elements.extend((0..WINDOW).map(|i| 2 * start + parity + 4 * i).filter(|e| *e < WINDOW));
                }
            }
            Model { elements, infinite }
        },
    )
}

fn support(m: &Model) -> Support {
    let has = |f: &dyn Fn(u64) -> bool| m.elements.iter().any(|&e| f(e));
    let [even, odd] = m.infinite;
    let sure = Sure {
        zero: has(&|e| e == 0),
        one: has(&|e| e == 1),
        even2: has(&|e| e >= 2 && e % 2 == 0),
        odd3: has(&|e| e >= 3 && e % 2 == 1),
        infinite_even: even,
        infinite_odd: odd,
        ..Sure::default()
    };
    let most = |parity: u64, infinite: bool| {
        if infinite {
            return Most::Unknown;
        }
        m.elements.iter().filter(|e| *e % 2 == parity).max().map_or(Most::Empty, |e| Most::UpTo(*e))
    };
    Support { sure: sure.closed(), most: Bounds { even: most(0, even), odd: most(1, odd) } }
}

fn mask(set: &BTreeSet<u64>) -> u128 {
    set.iter().fold(0, |m, e| m | 1 << e)
}

fn set(mask: u128) -> BTreeSet<u64> {
    (0..WINDOW).filter(|e| mask >> e & 1 == 1).collect()
}

/// All sums within the window, as bits.
fn sum_bits(a: u128, b: u128) -> u128 {
    let all = (0..WINDOW).filter(|i| a >> i & 1 == 1).fold(0, |m, i| m | b << i);
    all & ((1 << WINDOW) - 1)
}

fn sums(a: &BTreeSet<u64>, b: &BTreeSet<u64>) -> BTreeSet<u64> {
    set(sum_bits(mask(a), mask(b)))
}

fn composed(d: &BTreeSet<u64>, c: &BTreeSet<u64>) -> BTreeSet<u64> {
    let (mut out, mut power) = (0, 1);
    for k in 0..WINDOW {
        if d.contains(&k) {
            out |= power;
        }
        power = sum_bits(power, mask(c));
    }
    set(out)
}

/// The facts hold in the window, where "infinite" means an element in its upper part.
fn agrees(s: Support, elements: &BTreeSet<u64>) -> Result<(), TestCaseError> {
    let has = |f: &dyn Fn(u64) -> bool| elements.iter().any(|&e| f(e));
    let implies = |fact: bool, truth: bool, name: &str| {
        if fact && !truth { Err(TestCaseError::fail(format!("{name}: {s:?} {elements:?}"))) } else { Ok(()) }
    };
    let s1 = s.sure;
    implies(s1.zero, has(&|e| e == 0), "zero")?;
    implies(s1.one, has(&|e| e == 1), "one")?;
    implies(s1.even2, has(&|e| e >= 2 && e % 2 == 0), "even2")?;
    implies(s1.odd3, has(&|e| e >= 3 && e % 2 == 1), "odd3")?;
    implies(s1.even, has(&|e| e % 2 == 0), "even")?;
    implies(s1.odd, has(&|e| e % 2 == 1), "odd")?;
    implies(s1.two, has(&|e| e >= 2), "two")?;
    implies(s1.positive, has(&|e| e >= 1), "positive")?;
    let late = 50;
    implies(s1.infinite_even, has(&|e| e > late && e % 2 == 0), "infinite even")?;
    implies(s1.infinite_odd, has(&|e| e > late && e % 2 == 1), "infinite odd")?;
    implies(s1.infinite, has(&|e| e > late), "infinite")?;
    for (parity, most) in [(0, s.most.even), (1, s.most.odd)] {
        let truth = elements.iter().filter(|e| *e % 2 == parity).max();
        match most {
            Most::Empty => implies(true, truth.is_none(), "none")?,
            Most::UpTo(m) => implies(true, truth.is_none_or(|t| *t <= m), "at most")?,
            Most::Unknown => (),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ntk_testing::cases(2000))]
    #[test]
    fn rules_agree_with_sets(d in model(), c in model()) {
        agrees(support(&d).composed(support(&c)), &composed(&d.elements, &c.elements))?;
        agrees(support(&d).sum(support(&c)), &sums(&d.elements, &c.elements))?;
        let derivative: BTreeSet<u64> = d.elements.iter().filter_map(|e| e.checked_sub(1)).collect();
        agrees(support(&d).derivative(), &derivative)?;
        agrees(support(&d).union(support(&c)), &d.elements.union(&c.elements).copied().collect())?;
    }

    /// The rules find out what is true of small finite and of cofinite sets, too.
    #[test]
    fn rules_are_not_empty(d in model(), c in model()) {
        let found = support(&d).composed(support(&c));
        let truth = composed(&d.elements, &c.elements);
        let finite = d.infinite == [false; 2] && c.infinite == [false; 2];
        prop_assert!(!finite || (found.most.even.is_finite() && found.most.odd.is_finite()));
        let both = c.elements.iter().any(|e| e % 2 == 1) && c.elements.iter().any(|e| e % 2 == 0);
        prop_assert!(!(d.infinite[0] && both) || (found.sure.infinite_even && found.sure.infinite_odd));
        prop_assert!(!truth.contains(&0) || found.sure.zero);
    }
}

/// What one proved fact says of the Hermite coefficients, and what it does not.
#[test]
fn coefficients_of_one_activation() {
    use crate::claims::tests::facts;
    use crate::rational::ratio;
    let p = |c: &[i64]| Fact::Polynomial(c.iter().map(|n| ratio(*n, 1)).collect());
    let (none, unknown) = (Most::Empty, Most::Unknown);
    let sure = |names: &[&str]| {
        let has = |name: &str| names.contains(&name);
        Sure {
            zero: has("zero"),
            one: has("one"),
            even2: has("even2"),
            odd3: has("odd3"),
            even: has("even"),
            odd: has("odd"),
            positive: has("positive"),
            two: has("two"),
            infinite_even: has("infinite even"),
            infinite_odd: has("infinite odd"),
            infinite: has("infinite"),
        }
        .closed()
    };
    for (list, names, even, odd) in [
        (vec![], vec![], unknown, unknown),
        (vec![(Part::Whole, p(&[]))], vec![], none, none),
        (vec![(Part::Whole, p(&[3]))], vec!["zero"], Most::UpTo(0), none),
        (vec![(Part::Whole, p(&[0, 1]))], vec!["one"], none, Most::UpTo(1)),
        // μ_0 may vanish: x² - 1.
        (vec![(Part::Whole, p(&[-1, 0, 1]))], vec!["even2"], Most::UpTo(2), none),
        (vec![(Part::Whole, p(&[1, -3, 0, 1]))], vec!["zero", "odd3"], Most::UpTo(0), Most::UpTo(3)),
        (vec![(Part::Odd, p(&[0, 1]))], vec!["one"], unknown, Most::UpTo(1)),
        (vec![(Part::Whole, Fact::NotOfDegree(-1))], vec![], unknown, unknown),
        (vec![(Part::Whole, Fact::NotOfDegree(0))], vec!["positive"], unknown, unknown),
        (vec![(Part::Whole, Fact::NotOfDegree(1))], vec!["two"], unknown, unknown),
        (vec![(Part::Odd, Fact::NotOfDegree(0))], vec!["odd"], unknown, unknown),
        (vec![(Part::Odd, Fact::NotOfDegree(2))], vec!["odd3"], unknown, unknown),
        (vec![(Part::Even, Fact::NotOfDegree(-1))], vec!["even"], unknown, unknown),
        (vec![(Part::Even, Fact::NotOfDegree(1))], vec!["even2"], unknown, unknown),
        (vec![(Part::Whole, Fact::NonPolynomial)], vec!["infinite"], unknown, unknown),
        (vec![(Part::Even, Fact::NonPolynomial)], vec!["infinite even"], unknown, unknown),
        (vec![(Part::Odd, Fact::NonPolynomial)], vec!["infinite odd"], unknown, unknown),
    ] {
        let found = Support::of_activation(&facts(&list), "f");
        assert_eq!(found, Support { sure: sure(&names), most: Bounds { even, odd } }, "{list:?}");
    }
}

/// A bias that is not known to be positive, or zero, counts for neither.
#[test]
fn unknown_biases() {
    use crate::claims::tests::facts;
    let certificate = |first: &str| {
        let layer = serde_json::json!({ "activation": "f", "sigma_w2": "1", "sigma_b2": "unit" });
        let text = serde_json::json!({
            "schema": crate::format::SCHEMA, "verdict": "undecided", "kernel": "nngp", "domain": "sphere",
            "network": { "gamma_w2": "1", "gamma_b2": first, "radius2": "1", "layers": [layer] },
            "theorem": null, "claims": [], "points": null, "null_vector": null, "lambda_min": null,
        });
        let json = crate::json::read(&text.to_string(), 16).unwrap();
        crate::format::certificate(json, &crate::Limits::default()).unwrap()
    };
    let identity = facts(&[(
        Part::Whole,
        Fact::Polynomial(vec![crate::rational::ratio(0, 1), crate::rational::ratio(1, 1)]),
    )]);
    for (bias, sure, most) in
        [(None, false, Most::UpTo(0)), (Some(true), true, Most::UpTo(0)), (Some(false), false, Most::Empty)]
    {
        let found = Support::of_kernel(&certificate("0"), &identity, &[Signs { weight: true, bias }]);
        assert_eq!((found.sure.zero, found.sure.even, found.most.even), (sure, sure, most), "{bias:?}");
        assert!(found.sure.one && found.most.odd == Most::UpTo(1));
        let with_first = Support::of_kernel(&certificate("1"), &identity, &[Signs { weight: true, bias }]);
        assert!(with_first.sure.zero && with_first.most.even == Most::UpTo(0));
    }
}

/// A line takes a set to itself, with 0 or without, whatever is unknown of it.
#[test]
fn lines_keep_bounds() {
    let c = Bounds { even: Most::UpTo(6), odd: Most::Unknown };
    for (even, expected) in [(Most::Empty, Most::UpTo(6)), (Most::UpTo(0), Most::UpTo(6))] {
        let line = Bounds { even, odd: Most::UpTo(1) };
        assert_eq!(line.composed(c), Bounds { even: expected, odd: Most::Unknown });
        let odd = Bounds { even: Most::Empty, odd: Most::UpTo(5) };
        assert_eq!(line.composed(odd), Bounds { even, odd: Most::UpTo(5) });
    }
    let square = Bounds { even: Most::UpTo(2), odd: Most::Empty };
    assert_eq!(square.composed(c), Bounds { even: Most::Unknown, odd: Most::Unknown });
}
