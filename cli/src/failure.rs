//! Why a command ends without its result: one line for people, one number for scripts.

use ntk_series::Error;

/// Refuted, or a check that failed.
const REFUTED: u8 = 1;
/// Bad usage or bad input.
const BAD_INPUT: u8 = 2;
/// Undecided within the limits given.
const UNDECIDED: u8 = 3;
/// Longest message: what a user typed may be of any length.
const MAX_CHARS: usize = 400;

/// How a command ended that has said what it has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done, or certified.
    Done,
    /// Refuted.
    Refuted,
    /// Undecided within the limits given.
    Undecided,
}

impl Status {
    /// The exit status.
    pub fn code(self) -> u8 {
        match self {
            Status::Done => 0,
            Status::Refuted => REFUTED,
            Status::Undecided => UNDECIDED,
        }
    }
}

/// The exit status and the line on standard error.
#[derive(Debug)]
pub struct Failure {
    pub status: u8,
    message: String,
}

impl Failure {
    /// Bad usage or bad input; `message` names it and says what would be accepted.
    pub fn input(message: impl AsRef<str>) -> Failure {
        Failure { status: BAD_INPUT, message: one_line(message.as_ref()) }
    }

    /// The accuracy asked for could not be proved.
    pub fn undecided(message: impl AsRef<str>) -> Failure {
        Failure { status: UNDECIDED, message: one_line(message.as_ref()) }
    }

    /// A check failed.
    pub fn check_failed(message: impl AsRef<str>) -> Failure {
        Failure { status: REFUTED, message: one_line(message.as_ref()) }
    }

    /// The message on one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same failure, said to be about `place`: an option, or a line of a file.
    pub fn at(self, place: &str) -> Failure {
        Failure { message: one_line(&format!("{place}: {}", self.message)), ..self }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::At { place, error } => Failure::from(*error).at(&place),
            Error::AccuracyNotReached { .. }
            | Error::Inconsistent { .. }
            | Error::Undecided { .. }
            | Error::TooMuchWork { .. }
            | Error::Cancelled
            | Error::Quadrature { .. } => Failure::undecided(error.to_string()),
            _ => Failure::input(error.to_string()),
        }
    }
}

impl Failure {
    /// Clap explains itself over several lines: keep what is wrong and any near miss, and say where
    /// the help is. `command` is the command line's first words.
    pub fn usage(error: &clap::Error, command: &str) -> Failure {
        let text = error.render().to_string();
        let what = text.split("\n\nUsage:").next().unwrap_or_default();
        let what = what.split("\n\nFor more information").next().unwrap_or_default();
        let what = what.strip_prefix("error: ").unwrap_or(what);
        let (what, tip) = what.split_once("\n\n  tip:").unwrap_or((what, ""));
        // "Use `-- --bogus`" is no help: no value here starts with two dashes.
        let tip = if tip.is_empty() || tip.contains("to pass") { String::new() } else { format!("; {tip}") };
        Failure::input(format!("{what}{tip}; see `{command} --help`"))
    }
}

/// Control characters and runs of blanks become single blanks, characters that are not seen or turn the text around are
/// named; the middle of a long text goes.
fn one_line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => clean.push(' '),
            c if is_invisible(c) => clean.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => clean.push(c),
        }
    }
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let chars: Vec<char> = clean.chars().collect();
    if chars.len() <= MAX_CHARS {
        return clean;
    }
    let (head, tail) = (&chars[..MAX_CHARS / 2], &chars[chars.len() - MAX_CHARS / 2..]);
    head.iter().chain(" ... ".chars().collect::<Vec<_>>().iter()).chain(tail).collect()
}

/// Formats the text around it, or shows nothing at all: Unicode's `Default_Ignorable_Code_Point`, its separators of
/// lines and paragraphs, its blanks other than the usual one, and interlinear marks.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{1680}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_short_line() {
        assert_eq!(Failure::input("a\n  b\tc\u{1b}[0m").message(), "a b c [0m");
        assert_eq!(
            Failure::input("re\u{202e}lu\u{200b} \u{2028}").message(),
            "re<U+202E>lu<U+200B> <U+2028>"
        );
        let long = Failure::input("x".repeat(100_000));
        assert!(long.message().chars().count() <= MAX_CHARS + 5);
        assert!(long.at("--network").message().starts_with("--network: xxx"));
    }
}
