//! What was verified.

use std::fmt;

use crate::format::{Domain, Kernel, Theorem, Verdict};

/// What was verified, line by line.
///
/// # Examples
/// ```
/// let text = include_str!("../tests/certificates/relu-distinct.json");
/// let report = ntk_checker::check(text)?;
/// assert_eq!(report.verdict(), ntk_checker::Verdict::Positive);
/// assert!(report.to_string().contains("relu is no polynomial: two different polynomials on two intervals"));
/// # Ok::<(), ntk_checker::Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub(crate) verdict: Verdict,
    pub(crate) kernel: Kernel,
    pub(crate) domain: Domain,
    pub(crate) theorem: Option<Theorem>,
    pub(crate) lines: Vec<String>,
    pub(crate) has_words: bool,
}

impl Report {
    /// The verdict that was verified.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The kernel it is about.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The sets of points it is about.
    pub fn domain(&self) -> Domain {
        self.domain
    }

    /// The theorem that gives it; none where nothing is decided.
    pub fn theorem(&self) -> Option<Theorem> {
        self.theorem
    }

    /// Each thing that was verified, and how.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "verified: the {} kernel on `{}`: {}", self.kernel, self.domain, self.verdict)?;
        if let Some(theorem) = self.theorem {
            write!(f, "\ntheorem: {theorem}: {}", theorem.statement())?;
        }
        if self.has_words {
            write!(f, "\nnot read, and so not verified: `about`, what the file says of itself in words")?;
        }
        for line in &self.lines {
            write!(f, "\n- {line}")?;
        }
        Ok(())
    }
}
