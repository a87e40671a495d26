//! A bound of the largest member of a set.

/// What bounds a set of natural numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Largest {
    /// The set is empty.
    None,
    /// No member is larger.
    AtMost(u64),
    /// There is no bound, or none is known.
    Open,
}

use Largest::{AtMost, Open};

impl Largest {
    /// Of the union.
    pub(crate) fn max(self, other: Largest) -> Largest {
        match (self, other) {
            (Largest::None, x) | (x, Largest::None) => x,
            (AtMost(a), AtMost(b)) => AtMost(a.max(b)),
            _ => Open,
        }
    }

    /// Of all sums.
    pub(crate) fn plus(self, other: Largest) -> Largest {
        match (self, other) {
            (Largest::None, _) | (_, Largest::None) => Largest::None,
            // What does not fit is no bound.
            (AtMost(a), AtMost(b)) => a.checked_add(b).map_or(Open, AtMost),
            _ => Open,
        }
    }

    /// Of the sums of at most as many terms as a member of this one says: `kC`, `k` in this set.
    pub(crate) fn times(self, other: Largest) -> Largest {
        match (self, other) {
            (Largest::None, _) => Largest::None,
            (_, AtMost(0) | Largest::None) | (AtMost(0), _) => AtMost(0),
            (AtMost(a), AtMost(b)) => a.checked_mul(b).map_or(Open, AtMost),
            _ => Open,
        }
    }

    /// Each member less one, zero left out.
    pub(crate) fn less_one(self) -> Largest {
        match self {
            AtMost(0) => Largest::None,
            AtMost(n) => AtMost(n - 1),
            other => other,
        }
    }

    /// The same bound where all members are odd (even).
    pub(crate) fn of_parity(self, odd: bool) -> Largest {
        match self {
            AtMost(n) if (n % 2 == 1) == odd => AtMost(n),
            AtMost(n) => n.checked_sub(1).map_or(Largest::None, AtMost),
            other => other,
        }
    }

    pub(crate) fn bound(self) -> Option<u64> {
        match self {
            AtMost(n) => Some(n),
            _ => None,
        }
    }

    pub(crate) fn is_finite(self) -> bool {
        self != Open
    }
}
