//! Files that are written and have not taken their names yet.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{fill, folder};
use crate::failure::Failure;

#[derive(Default)]
struct Files {
    /// The targets of all sinks.
    reserved: Vec<PathBuf>,
    /// A file beside its target, and the target.
    written: Vec<(PathBuf, PathBuf)>,
    /// Does a thread wait for signals?
    watched: bool,
}

static FILES: Mutex<Files> = Mutex::new(Files { reserved: vec![], written: vec![], watched: false });

fn files() -> MutexGuard<'static, Files> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Files {
    fn discard(&mut self) {
        for (temporary, _) in self.written.drain(..) {
            let _ = fs::remove_file(temporary);
        }
        self.reserved.clear();
    }
}

/// Is this the first sink with that target?
pub fn reserve(target: &Path) -> bool {
    let mut files = files();
    let first = !files.reserved.iter().any(|path| path == target);
    if first {
        files.reserved.push(target.to_path_buf());
    }
    first
}

/// Can a file be made beside the target?
pub fn probe(target: &Path) -> io::Result<()> {
    let mut files = files();
    files.watch();
    files.create_beside(target)?;
    let (temporary, _) = files.written.pop().unwrap_or_default();
    fs::remove_file(temporary)
}

/// Writes beside the target.
pub fn stage(target: &Path, content: &[u8]) -> io::Result<()> {
    let file = {
        let mut files = files();
        files.watch();
        files.create_beside(target)?
    };
    fill(&file, content)?;
    if let Ok(old) = fs::metadata(target) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}

/// Gives every file its name: readers see the old file or the new one.
pub fn commit() -> Result<(), Failure> {
    let mut files = files();
    while let Some((temporary, target)) = files.written.first().cloned() {
        if let Err(error) = fs::rename(&temporary, &target) {
            files.discard();
            return Err(Failure::input(format!("cannot write to {}: {error}", target.display())));
        }
        files.written.remove(0);
    }
    files.reserved.clear();
    Ok(())
}

/// Removes what was written, after a failure.
pub fn discard() {
    files().discard();
}

impl Files {
    /// A new file with a name of its own in the target's folder.
    fn create_beside(&mut self, target: &Path) -> io::Result<File> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // The name alone may already be as long as the file system allows.
        let name: String = name.chars().take(40).collect();
        let mut attempt = 0;
        loop {
            let candidate = folder(target).join(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&candidate) {
                Ok(file) => {
                    self.written.push((candidate, target.to_path_buf()));
                    return Ok(file);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// From now on a signal that ends the program removes what has no name yet.
    fn watch(&mut self) {
        if !self.watched {
            self.watched = true;
            watch_signals();
        }
    }
}

#[cfg(unix)]
fn watch_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    // Where no handler can be set, all is as it would be without.
    let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // Held until the end: no file is made any more.
            let mut files = files();
            files.discard();
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

#[cfg(not(unix))]
fn watch_signals() {}
