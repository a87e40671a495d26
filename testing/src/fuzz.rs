//! Inputs that nobody would write: kept examples, changed at random.
//!
//! A target is a function of bytes that panics where a promise is broken. [`run`] gives it the examples as they are,
//! then changes of them: bytes turned, words of a dictionary put in or in the place of numbers, parts taken out,
//! repeated or joined with those of another example, deep nesting. What is tried depends on the count alone, so that a
//! failure is found again.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Random;

/// Longest input that is made.
const MOST_BYTES: usize = 1 << 14;

/// An input that takes longer is named on standard error; it may be the last that is named before a hang.
const PATIENCE: Duration = Duration::from_secs(10);

/// What readers trip over.
pub const DICTIONARY: [&str; 72] = [
    "0",
    "-0",
    "1",
    "-1",
    "1/0",
    "0/0",
    "1/3",
    "-1/3",
    "0.1",
    ".5",
    "5.",
    "1e3",
    "1e-3",
    "1e10000",
    "1e-10000",
    "1e10001",
    "1e1000",
    "1e-1001",
    "2147483647",
    "-2147483648",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e9223372036854775807",
    "1e-9223372036854775808",
    "1e-9223372036854775809",
    "0e-9223372036854775808",
    "4.9e-324",
    "1.8e308",
    "nan",
    "-inf",
    "infinity",
    "1_000",
    "0x10",
    "+1",
    "--1",
    "٣",
    "½",
    "\u{feff}",
    "\u{202e}",
    "\u{200b}",
    "\u{2028}",
    "\u{0}",
    "\u{7f}",
    "\u{1b}[31m",
    "\r",
    "\r\n",
    "\n",
    "\t",
    " ",
    ",",
    ";",
    "\"",
    "'",
    "\\",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "null",
    "true",
    "#",
    "=",
    "é",
    "𝕏",
];

/// The examples in a folder, in the order of their names.
pub fn examples(folder: &Path) -> Vec<Vec<u8>> {
    let read = |folder: &Path| -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = read(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|p| std::fs::read(p).unwrap_or_else(|e| panic!("{}: {e}", p.display()))).collect()
}

/// The lines of a text as examples.
pub fn lines(text: &str) -> Vec<Vec<u8>> {
    text.lines().filter(|l| !l.is_empty()).map(|l| l.as_bytes().to_vec()).collect()
}

/// One of the examples, changed a few times; `words` are put in as those of the [`DICTIONARY`] are.
pub fn changed(random: &mut Random, examples: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = examples[random.below(examples.len())].clone();
    for _ in 0..=random.below(4) {
        change(random, &mut bytes, examples, words);
        bytes.truncate(MOST_BYTES);
    }
    bytes
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, examples: &[Vec<u8>], words: &[&str]) {
    let at = random.below(bytes.len() + 1);
    let to = (at + random.below(1 + bytes.len().min(24))).min(bytes.len());
    let word = |random: &mut Random| {
        let known = random.one_in(2) && !words.is_empty();
        (if known { random.pick(words) } else { random.pick(&DICTIONARY) }).as_bytes().to_vec()
    };
    match random.below(10) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 => drop(bytes.drain(at..to)),
        2 => drop(bytes.splice(at..at, word(random))),
        3 => drop(bytes.splice(at..to, word(random))),
        // Numbers meet the ends of their ranges.
        4 | 5 => {
            let place = number(bytes, at).unwrap_or((at, at));
            drop(bytes.splice(place.0..place.1, word(random)));
        }
        6 => {
            let part = bytes[at..to].to_vec();
            let times = 1 << random.below(11);
            drop(bytes.splice(at..at, part.repeat(times).into_iter().take(MOST_BYTES)));
        }
        7 => {
            let other = &examples[random.below(examples.len())];
            let from = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        8 => bytes.truncate(at),
        _ => {
            let opening = random.pick(&["(", "[", "{\"a\":", "-", "x^", "sin(", "[[", "\"", "'", "/*"]);
            let times = 1 << random.below(13);
            drop(bytes.splice(at..at, opening.repeat(times).into_bytes()));
        }
    }
}

/// The first run of digits at or after a place.
fn number(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let start = from + bytes[from..].iter().position(u8::is_ascii_digit)?;
    let length = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
    Some((start, start + length))
}

/// Gives `target` the examples and `count` inputs that `make` makes; what it panics at is printed.
pub fn run(
    name: &str,
    count: u32,
    examples: &[Vec<u8>],
    make: impl Fn(&mut Random) -> Vec<u8>,
    target: impl Fn(&[u8]),
) {
    let watch = Watch::new(name);
    let mut tried = 0u64;
    let mut slowest = (Duration::ZERO, vec![]);
    let made = (0..count).map(|i| make(&mut Random::new(u64::from(i))));
    for input in examples.iter().cloned().chain(made) {
        watch.begin(&input);
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&input)));
        let took = begun.elapsed();
        watch.end();
        if let Err(panic) = outcome {
            eprintln!("{name}, input {tried}: {:?}", String::from_utf8_lossy(&input));
            eprintln!("its bytes: {input:?}");
            resume_unwind(panic);
        }
        tried += 1;
        if took > slowest.0 {
            slowest = (took, input);
        }
    }
    let text: String = String::from_utf8_lossy(&slowest.1).chars().take(200).collect();
    println!("{name}: {tried} inputs; the slowest took {:.3} s: {text:?}", slowest.0.as_secs_f64());
}

/// An input, and when it was begun.
type Begun = Option<(Instant, Vec<u8>)>;

/// Names an input that takes long.
struct Watch {
    now: Arc<Mutex<Begun>>,
}

impl Watch {
    fn new(name: &str) -> Watch {
        let now = Arc::new(Mutex::new(Begun::None));
        let (weak, name) = (Arc::downgrade(&now), name.to_string());
        std::thread::spawn(move || {
            while let Some(now) = weak.upgrade() {
                let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((_, input)) = now.take_if(|(begun, _)| begun.elapsed() > PATIENCE) {
                    eprintln!("{name}: slow: {:?}", String::from_utf8_lossy(&input));
                }
                drop(now);
                std::thread::sleep(PATIENCE / 10);
            }
        });
        Watch { now }
    }

    fn begin(&self, input: &[u8]) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), input.to_vec()));
    }

    fn end(&self) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_many_and_the_same_again() {
        let examples = lines("relu\nx^2 + 1/3\n");
        let all: std::collections::BTreeSet<Vec<u8>> =
            (0..500).map(|seed| changed(&mut Random::new(seed), &examples, &["tanh"])).collect();
        assert!(all.len() > 400 && all.iter().all(|input| input.len() <= MOST_BYTES));
        assert_eq!(
            changed(&mut Random::new(7), &examples, &[]),
            changed(&mut Random::new(7), &examples, &[])
        );
    }

    #[test]
    fn a_broken_promise_is_found() {
        let examples = lines("x^2 + 17");
        let make = |random: &mut Random| changed(random, &examples, &[]);
        let broken = |input: &[u8]| assert!(!String::from_utf8_lossy(input).contains('\u{202e}'));
        assert!(catch_unwind(AssertUnwindSafe(|| run("broken", 5000, &examples, make, broken))).is_err());
    }
}
