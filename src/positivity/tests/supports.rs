//! The rules for supports against brute force on windows.

use proptest::prelude::*;

use crate::positivity::hermite_support::HermiteSupport;
use crate::positivity::largest::Largest;
use crate::positivity::powers::Powers;
use crate::positivity::truth::Truth;

/// The sets reach to here.
const WINDOW: usize = 240;

/// A finite set, and by parity whether all numbers from `FAR` on are in it.
#[derive(Clone, Debug)]
struct Set {
    small: Vec<bool>,
    tails: [bool; 2],
}

const FAR: usize = 8;

impl Set {
    fn window(&self) -> Vec<bool> {
        (0..WINDOW).map(|k| self.small.get(k).copied().unwrap_or(k >= FAR && self.tails[k % 2])).collect()
    }

    fn largest(&self, parity: usize) -> Largest {
        if self.tails[parity] {
            return Largest::Open;
        }
        let last = (0..self.small.len()).rfind(|&k| k % 2 == parity && self.small[k]);
        last.map_or(Largest::None, |k| Largest::AtMost(k as u64))
    }

    fn has(&self, f: impl Fn(usize) -> bool) -> Truth {
        self.window().iter().enumerate().any(|(k, is)| *is && f(k)).into()
    }

    fn hermite(&self) -> HermiteSupport {
        HermiteSupport {
            zero: self.has(|k| k == 0),
            one: self.has(|k| k == 1),
            positive: self.has(|k| k >= 1),
            from_two: self.has(|k| k >= 2),
            from_three: self.has(|k| k >= 3),
            even_from_two: self.has(|k| k >= 2 && k % 2 == 0),
            even_from_four: self.has(|k| k >= 4 && k % 2 == 0),
            odd: self.has(|k| k % 2 == 1),
            odd_from_three: self.has(|k| k >= 3 && k % 2 == 1),
            many_even: self.tails[0].into(),
            many_odd: self.tails[1].into(),
            many: (self.tails[0] || self.tails[1]).into(),
            largest_even: self.largest(0),
            largest_odd: self.largest(1),
        }
    }

    fn powers(&self) -> Powers {
        Powers {
            some: self.has(|_| true),
            even: self.has(|k| k % 2 == 0),
            odd: self.has(|k| k % 2 == 1),
            positive: self.has(|k| k >= 1),
            many_even: self.tails[0].into(),
            many_odd: self.tails[1].into(),
            many: (self.tails[0] || self.tails[1]).into(),
            largest_even: self.largest(0),
            largest_odd: self.largest(1),
        }
    }
}

fn sums(a: &[bool], b: &[bool]) -> Vec<bool> {
    (0..WINDOW).map(|p| (0..=p).any(|i| a[i] && b[p - i])).collect()
}

fn composed(d: &[bool], c: &[bool]) -> Vec<bool> {
    let mut out = vec![false; WINDOW];
    let mut exactly: Vec<bool> = (0..WINDOW).map(|p| p == 0).collect();
    for member in d {
        if *member {
            out.iter_mut().zip(&exactly).for_each(|(o, e)| *o |= e);
        }
        exactly = sums(&exactly, c);
    }
    out
}

/// The facts against the window; beyond its middle a set with finitely many members has none, its bound being below.
fn agrees(facts: &Powers, window: &[bool]) -> Result<(), TestCaseError> {
    let any = |f: &dyn Fn(usize) -> bool| Truth::from(window.iter().enumerate().any(|(k, is)| *is && f(k)));
    prop_assert_eq!(facts.some, any(&|_| true));
    prop_assert_eq!(facts.even, any(&|k| k % 2 == 0));
    prop_assert_eq!(facts.odd, any(&|k| k % 2 == 1));
    prop_assert_eq!(facts.positive, any(&|k| k >= 1));
    let far = WINDOW / 2;
    prop_assert_eq!(facts.many_even, any(&|k| k >= far && k % 2 == 0));
    prop_assert_eq!(facts.many_odd, any(&|k| k >= far && k % 2 == 1));
    prop_assert_eq!(facts.many, any(&|k| k >= far));
    for (parity, largest) in [facts.largest_even, facts.largest_odd].into_iter().enumerate() {
        let last = (0..WINDOW).rfind(|&k| k % 2 == parity && window[k]).map(|k| k as u64);
        match largest {
            Largest::None => prop_assert_eq!(last, None),
            Largest::AtMost(n) => prop_assert!(last.is_none_or(|k| k <= n) && n % 2 == parity as u64),
            Largest::Open => prop_assert!(last.is_some_and(|k| k as usize >= far)),
        }
    }
    Ok(())
}

/// Small members up to 5, so that all finite compositions of two end well before the middle of the window.
fn set() -> impl Strategy<Value = Set> {
    (prop::collection::vec(prop::bool::weighted(0.3), 6), any::<[bool; 2]>(), prop::bool::weighted(0.5))
        .prop_map(|(small, tails, finite)| Set { small, tails: if finite { [false; 2] } else { tails } })
}

/// The same with a member at least.
fn inhabited() -> impl Strategy<Value = Set> {
    (set(), 0usize..6).prop_map(|(mut set, member)| {
        set.small[member] |= set.powers().some.is_false();
        set
    })
}

/// Forgets some facts.
fn blurred(mut p: Powers, mask: u16) -> Powers {
    let facts = [
        &mut p.some,
        &mut p.even,
        &mut p.odd,
        &mut p.positive,
        &mut p.many_even,
        &mut p.many_odd,
        &mut p.many,
    ];
    for (i, fact) in facts.into_iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1) {
        let _ = i;
        *fact = Truth::Unknown;
    }
    for (i, largest) in [&mut p.largest_even, &mut p.largest_odd].into_iter().enumerate() {
        if mask >> (7 + i) & 1 == 1 {
            *largest = Largest::Open;
        }
    }
    p
}

/// Whatever is claimed with less knowledge is true.
fn never_contradicts(weak: &Powers, strong: &Powers) -> Result<(), TestCaseError> {
    for (a, b) in [
        (weak.some, strong.some),
        (weak.even, strong.even),
        (weak.odd, strong.odd),
        (weak.positive, strong.positive),
        (weak.many_even, strong.many_even),
        (weak.many_odd, strong.many_odd),
        (weak.many, strong.many),
    ] {
        prop_assert!(a == Truth::Unknown || a == b);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ntk_testing::cases(400))]
    #[test]
    fn compositions(d in set(), c in inhabited()) {
        let facts = c.powers().within(&d.hermite());
        agrees(&facts, &composed(&d.window(), &c.window()))?;
    }

    #[test]
    fn derivatives_compose(d in set(), c in inhabited()) {
        let shifted: Vec<bool> = d.window()[1..].iter().copied().chain([d.tails[WINDOW % 2]]).collect();
        let facts = c.powers().within(&d.hermite().derivative());
        let window = composed(&shifted, &c.window());
        // Some facts about the derivative are not kept, so that the answer may be open but never wrong.
        let strong = Powers { some: facts.some, ..facts };
        agrees(&strong, &window)?;
    }

    #[test]
    fn sum_sets_and_unions(a in set(), b in set()) {
        agrees(&a.powers().sums(&b.powers()), &sums(&a.window(), &b.window()))?;
        let union: Vec<bool> = a.window().iter().zip(b.window()).map(|(x, y)| *x || y).collect();
        agrees(&a.powers().union(&b.powers()), &union)?;
    }

    #[test]
    fn less_knowledge_is_never_wrong(d in set(), c in inhabited(), e in set(), mask in 0u16..512) {
        let strong = c.powers().within(&d.hermite());
        let weak = blurred(c.powers(), mask & !1).within(&d.hermite());
        never_contradicts(&weak, &strong)?;
        let strong = strong.sums(&e.powers()).union(&c.powers());
        let weak = weak.sums(&blurred(e.powers(), mask)).union(&blurred(c.powers(), mask));
        never_contradicts(&weak, &strong)?;
    }
}

proptest! {
    #![proptest_config(ntk_testing::cases(6000))]
    /// Each rule alone: a fact that another would put right must not be needed.
    #[test]
    fn each_rule_with_less_knowledge_is_never_wrong(a in set(), b in set(), of_a in 0u16..512, of_b in 0u16..512) {
        let (x, y) = (blurred(a.powers(), of_a), blurred(b.powers(), of_b));
        never_contradicts(&x.sums(&y), &a.powers().sums(&b.powers()))?;
        never_contradicts(&x.union(&y), &a.powers().union(&b.powers()))?;
    }
}
