//! `ntk-check FILE`: verifies a certificate. Exit status 0: verified; 1: not proved; 2: no certificate, or no file;
//! 3: too much work.

use std::io::{Read, Write};
use std::process::ExitCode;

use ntk_checker::{Limits, Rejection, check};

fn read(path: &str) -> Result<String, String> {
    let limit = Limits::default().bytes as u64;
    let file = std::fs::File::open(path).map_err(|e| format!("{path}: {e}"))?;
    let mut text = String::new();
    // One byte more than accepted, so that a longer file is noticed.
    file.take(limit + 1).read_to_string(&mut text).map_err(|e| format!("{path}: {e}"))?;
    Ok(text)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: ntk-check FILE");
        return ExitCode::from(2);
    };
    match read(&path).map(|text| check(&text)) {
        Ok(Ok(report)) => {
            // A closed pipe is no reason to fail.
            let _ = writeln!(std::io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Ok(Err(rejection)) => {
            eprintln!("ntk-check: {path}: {rejection}");
            ExitCode::from(match rejection {
                Rejection::Refuted { .. } => 1,
                Rejection::Malformed { .. } => 2,
                Rejection::TooMuchWork { .. } => 3,
            })
        }
        Err(error) => {
            eprintln!("ntk-check: {error}");
            ExitCode::from(2)
        }
    }
}
