//! Where a report goes: standard output, or a file that is written whole or not at all.
//!
//! A command may write several files. Each is first written beside its target; they take their names together, once the
//! command has succeeded, so that a failure or a signal on the way leaves everything as it was.

mod staged;

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
pub use staged::{commit, discard};

/// Most links to follow.
const MAX_LINKS: usize = 40;

/// Standard output, or a file.
#[derive(Debug)]
pub enum Sink {
    Stdout,
    /// A regular file, new or to be replaced.
    Replace(PathBuf),
    /// Something that exists and is no regular file, such as `/dev/null` or a pipe.
    Special(PathBuf),
}

impl Sink {
    /// Checks that the file named by `option` can be written before any long work starts.
    pub fn open(option: &str, path: Option<&Path>) -> Result<Sink, Failure> {
        let Some(path) = path else { return Ok(Sink::Stdout) };
        let fail = |why: &str| {
            let accepted = "a file name in an existing folder is accepted";
            Err(Failure::input(format!("{option} {}: {why}; {accepted}", path.display())))
        };
        // A link stays a link: what it points to is replaced, or made.
        let Some(target) = followed(path) else { return fail("is a link to a link without end") };
        match fs::metadata(&target) {
            Ok(meta) if meta.is_dir() => return fail("is a folder"),
            Ok(meta) if !meta.is_file() => {
                // To open a pipe is to wait for its reader.
                let device = !meta.permissions().readonly();
                return if device { Ok(Sink::Special(target)) } else { fail("is read-only") };
            }
            Ok(meta) if meta.permissions().readonly() => return fail("is read-only"),
            // Without a change; whose file it is, only the system knows.
            Ok(_) => match OpenOptions::new().append(true).open(&target) {
                Ok(_) => {}
                Err(error) => return fail(&format!("cannot be written: {error}")),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return fail(&error.to_string()),
        }
        if target.file_name().is_none() || ends_in_separator(path) {
            return fail("names no file");
        }
        match fs::metadata(folder(&target)) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return fail("its folder is no folder"),
            Err(error) => return fail(&format!("its folder cannot be used: {error}")),
        }
        if let Err(error) = staged::probe(&target) {
            return fail(&format!("nothing can be written beside it: {error}"));
        }
        match staged::reserve(&target) {
            true => Ok(Sink::Replace(target)),
            false => fail("is named for two outputs"),
        }
    }

    /// Writes everything. A reader that has gone away (`| head`) is no failure.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        self.write_bytes(text.as_bytes())
    }

    /// The same for a picture.
    pub fn write_bytes(&self, content: &[u8]) -> Result<(), Failure> {
        let (name, outcome) = match self {
            Sink::Stdout => ("standard output".into(), fill(stdout(), content)),
            Sink::Special(path) => (
                path.display().to_string(),
                OpenOptions::new().write(true).open(path).and_then(|f| fill(f, content)),
            ),
            Sink::Replace(path) => (path.display().to_string(), staged::stage(path, content)),
        };
        match outcome {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::input(format!("cannot write to {name}: {error}"))),
            Ok(()) => Ok(()),
        }
    }
}

/// Writes and flushes; `print!` would panic where the reader has gone away.
pub fn write_stdout(text: &str) -> io::Result<()> {
    fill(stdout(), text.as_bytes())
}

#[cfg(not(test))]
fn stdout() -> impl Write {
    io::stdout().lock()
}

/// Tests read what was written.
#[cfg(test)]
fn stdout() -> impl Write {
    crate::fuzz::Printed
}

fn fill(mut out: impl Write, content: &[u8]) -> io::Result<()> {
    out.write_all(content)?;
    out.flush()
}

/// What a path leads to, there or not; `None` for links in a circle.
fn followed(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        if let Ok(whole) = fs::canonicalize(&path) {
            return Some(whole);
        }
        match fs::read_link(&path) {
            Ok(next) => path = folder(&path).join(next),
            // By its folder's one name, so that two spellings of a new file are one.
            Err(_) => {
                return Some(match (fs::canonicalize(folder(&path)), path.file_name()) {
                    (Ok(folder), Some(name)) => folder.join(name),
                    _ => path,
                });
            }
        }
    }
    None
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
