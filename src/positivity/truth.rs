//! Answers to yes-no questions, one of which is that nobody knows.

/// A statement that is proved, refuted, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

use Truth::{False, True, Unknown};

impl Truth {
    pub(crate) fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (False, _) | (_, False) => False,
            (True, True) => True,
            _ => Unknown,
        }
    }

    pub(crate) fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }

    pub(crate) fn not(self) -> Truth {
        match self {
            True => False,
            False => True,
            Unknown => Unknown,
        }
    }

    pub(crate) fn is_true(self) -> bool {
        self == True
    }

    pub(crate) fn is_false(self) -> bool {
        self == False
    }

    /// For a report.
    pub(crate) fn known(self) -> Option<bool> {
        match self {
            True => Some(true),
            False => Some(false),
            Unknown => None,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { True } else { False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(value: Option<bool>) -> Truth {
        value.map_or(Unknown, Truth::from)
    }
}

/// Is one of them true?
pub(crate) fn any(all: impl IntoIterator<Item = Truth>) -> Truth {
    all.into_iter().fold(False, Truth::or)
}

/// Are all of them true?
pub(crate) fn all(all: impl IntoIterator<Item = Truth>) -> Truth {
    all.into_iter().fold(True, Truth::and)
}
