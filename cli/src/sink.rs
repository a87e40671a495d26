//! Where a report goes: standard output, or a file that is written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

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
    /// Checks that the file can be made before any long work starts.
    pub fn open(path: Option<&Path>) -> Result<Sink, Failure> {
        let Some(path) = path else { return Ok(Sink::Stdout) };
        let fail = |why: &str| {
            let accepted = "a file name in an existing folder is accepted";
            Err(Failure::input(format!("--output {}: {why}; {accepted}", path.display())))
        };
        // A link stays a link: what it points to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => return fail("is a folder"),
            Ok(meta) if !meta.is_file() => return Ok(Sink::Special(path)),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return fail(&error.to_string()),
        }
        if path.file_name().is_none() {
            return fail("names no file");
        }
        match fs::metadata(folder(&path)) {
            Ok(meta) if meta.is_dir() => Ok(Sink::Replace(path)),
            Ok(_) => fail("its folder is no folder"),
            Err(error) => fail(&format!("its folder cannot be used: {error}")),
        }
    }

    /// Writes everything. A reader that has gone away (`| head`) is no failure.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        self.write_bytes(text.as_bytes())
    }

    /// The same for a picture.
    pub fn write_bytes(&self, content: &[u8]) -> Result<(), Failure> {
        let (name, outcome) = match self {
            Sink::Stdout => ("standard output".into(), fill(io::stdout().lock(), content)),
            Sink::Special(path) => (
                path.display().to_string(),
                OpenOptions::new().write(true).open(path).and_then(|f| fill(f, content)),
            ),
            Sink::Replace(path) => (path.display().to_string(), replace(path, content)),
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
    fill(io::stdout().lock(), text.as_bytes())
}

fn fill(mut out: impl Write, content: &[u8]) -> io::Result<()> {
    out.write_all(content)?;
    out.flush()
}

/// Writes beside the target, then renames: readers see the old file or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let (temporary, file) = create_beside(path)?;
    let written = fill(&file, content)
        .and_then(|()| match fs::metadata(path) {
            Ok(old) => file.set_permissions(old.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file with a name of its own in the target's folder.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The name alone may already be as long as the file system allows.
    let name: String = name.chars().take(40).collect();
    let mut attempt = 0;
    loop {
        let candidate = folder(path).join(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&candidate) {
            Ok(file) => return Ok((candidate, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
