//! `ntk`: certified power series of neural tangent kernels on the command line.

#![forbid(unsafe_code)]

mod args;
mod command;
mod data;
mod enclosure;
mod failure;
#[cfg(test)]
mod fuzz;
mod network;
mod progress;
mod report;
mod sink;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::error::ErrorKind as Usage;
use clap::{CommandFactory, Parser, Subcommand};

use failure::{Failure, Status};

const EXAMPLES: &str = "\
Examples:
  ntk table relu
  ntk table tanh --hidden-layers 3 --digits 30 --format json
  ntk hermite gelu --max-degree 20
  ntk moments tanh
  ntk certify relu --hidden-layers 2 --on sphere --certificate relu.json
  ntk kernel relu --hidden-layers 2 --at 1/2,-1
  ntk spectrum relu --dimension 10
  ntk gram data.csv relu --normalize-rows
  ntk predict train.csv test.csv relu --target y
  ntk plot table relu tanh gelu --output coefficients.svg
  ntk neighbourhood tanh --widths 2,8,8,1 --at 1/2,-1/3
  ntk linearity tanh
  ntk activations

Exit status: 0 done, 1 refuted or check failed, 2 bad usage or bad input, 3 undecided within the limits given.";

/// Power series of neural tangent kernels, with every printed digit proved
#[derive(Parser, Debug)]
#[command(name = "ntk", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Table(command::table::TableArgs),
    Hermite(command::hermite::HermiteArgs),
    Moments(command::moments::MomentsArgs),
    Critical(command::critical::CriticalArgs),
    Certify(command::certify::CertifyArgs),
    Check(command::check::CheckArgs),
    Kernel(command::kernel::KernelArgs),
    Spectrum(command::spectrum::SpectrumArgs),
    Gram(command::gram::GramArgs),
    Predict(command::predict::PredictArgs),
    Plot(command::plot::PlotArgs),
    Neighbourhood(command::neighbourhood::NeighbourhoodArgs),
    Linearity(command::linearity::LinearityArgs),
    Activations(command::activations::ActivationsArgs),
}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    match answer(&args) {
        Ok(status) => ExitCode::from(status.code()),
        Err(failure) => {
            // Nobody may be listening; the exit status still tells.
            let _ = writeln!(io::stderr(), "error: {}", failure.message());
            ExitCode::from(failure.status)
        }
    }
}

/// Does what the command line says; files take their names at the end, or are gone.
fn answer(args: &[OsString]) -> Result<Status, Failure> {
    ntk_series::work::allow(args::USUAL_WORK);
    let outcome = match Cli::try_parse_from(args) {
        Ok(cli) => match &cli.command {
            Command::Table(args) => args.run().map(|()| Status::Done),
            Command::Hermite(args) => args.run().map(|()| Status::Done),
            Command::Moments(args) => args.run().map(|()| Status::Done),
            Command::Critical(args) => args.run(),
            Command::Certify(args) => args.run(),
            Command::Check(args) => args.run(),
            Command::Kernel(args) => args.run().map(|()| Status::Done),
            Command::Spectrum(args) => args.run().map(|()| Status::Done),
            Command::Gram(args) => args.run(),
            Command::Predict(args) => args.run().map(|()| Status::Done),
            Command::Plot(args) => args.run().map(|()| Status::Done),
            Command::Neighbourhood(args) => args.run().map(|()| Status::Done),
            Command::Linearity(args) => args.run().map(|()| Status::Done),
            Command::Activations(args) => args.run().map(|()| Status::Done),
        },
        Err(error) => explain(&error, args).map(|()| Status::Done),
    };
    outcome.and_then(|status| sink::commit().map(|()| status)).inspect_err(|_| sink::discard())
}

/// Help and version are answers; anything else is bad usage.
fn explain(error: &clap::Error, args: &[OsString]) -> Result<(), Failure> {
    let typed: Vec<String> = args.iter().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
    let cli = Cli::command();
    // `plot` has commands of its own.
    let (mut parent, mut command, mut name, mut depth) = (&cli, None, "ntk".to_string(), 0);
    while let Some(found) = typed.get(depth).and_then(|typed| command.unwrap_or(&cli).find_subcommand(typed))
    {
        parent = found;
        command = Some(found);
        name = format!("{name} {}", found.get_name());
        depth += 1;
    }
    match error.kind() {
        Usage::DisplayHelp | Usage::DisplayVersion => match error.print() {
            Err(e) if e.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::input(format!("cannot write to standard output: {e}")))
            }
            _ => Ok(()),
        },
        Usage::DisplayHelpOnMissingArgumentOrSubcommand => {
            let example = if depth == 0 { "ntk table relu" } else { "ntk plot table relu" };
            Err(Failure::input(format!("a command is expected, such as `{example}`; see `{name} --help`")))
        }
        Usage::InvalidSubcommand => {
            let known: Vec<&str> = parent.get_subcommands().map(clap::Command::get_name).collect();
            let typed = typed.get(depth).map_or("", String::as_str);
            let known = known.join(", ");
            Err(Failure::input(format!("`{typed}` is no command; {known} are; see `{name} --help`")))
        }
        Usage::UnknownArgument => match command.and_then(|c| mistyped(c, &typed[depth..])) {
            // A mistyped option before the activation was taken for it, and the activation is blamed.
            Some(option) if !error.to_string().contains(option) => {
                Err(Failure::input(format!("unexpected argument '{option}' found; see `{name} --help`")))
            }
            _ => Err(Failure::usage(error, &name)),
        },
        _ => Err(Failure::usage(error, &name)),
    }
}

/// The first argument that looks like an option but is none of the command's.
fn mistyped<'a>(command: &clap::Command, typed: &'a [String]) -> Option<&'a str> {
    let known = |option: &str| command.get_arguments().any(|a| a.get_long() == Some(option));
    typed.iter().take_while(|a| *a != "--").find_map(|argument| {
        let option = argument.split('=').next()?;
        (!known(option.strip_prefix("--")?)).then_some(option)
    })
}
