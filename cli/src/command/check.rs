//! `ntk check`: a certificate verified again, by code that shares nothing with what wrote it.

use std::path::PathBuf;

use clap::Args;
use ntk_checker::{Limits, Rejection};

use crate::args::contents;
use crate::failure::{Failure, Status};
use crate::progress;
use crate::sink::write_stdout;

const NOTE: &str = "\
The checker is a crate of its own, ntk-checker: exact rational arithmetic, no code in common with what wrote the
certificate. `ntk-check FILE` is the same without the rest.

Exit status: 0 verified, 1 not proved, 2 no certificate, 3 too much work for the checker's limits.";

/// Verify a certificate with the independent checker
#[derive(Args, Debug)]
#[command(after_help = NOTE)]
pub struct CheckArgs {
    /// What `ntk certify --certificate FILE.json` wrote
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
}

impl CheckArgs {
    pub fn run(&self) -> Result<Status, Failure> {
        let place = self.file.display().to_string();
        let most = Limits::default().bytes as u64;
        let text =
            contents(&self.file, most, "a readable certificate is accepted").map_err(|e| e.at(&place))?;
        match progress::during("checking the certificate", || ntk_checker::check(&text)) {
            Ok(report) => {
                write_stdout(&format!("{report}\n"))
                    .or_else(|e| if e.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(e) })
                    .map_err(|e| Failure::input(format!("cannot write to standard output: {e}")))?;
                Ok(Status::Done)
            }
            Err(rejection @ Rejection::Refuted { .. }) => {
                Err(Failure::check_failed(rejection.to_string()).at(&place))
            }
            Err(rejection @ Rejection::TooMuchWork { .. }) => {
                Err(Failure::undecided(rejection.to_string()).at(&place))
            }
            Err(rejection @ Rejection::Malformed { .. }) => {
                Err(Failure::input(rejection.to_string()).at(&place))
            }
        }
    }
}
