//! `ntk predict`: what infinitely wide networks predict from data.

mod answer;
mod files;

use std::path::PathBuf;

use clap::Args;
use ntk_series::kernel::Network;
use ntk_series::predict::{Rule, Time, leave_one_out, log_marginal_likelihood, predict};

use crate::args::{AccuracyArgs, OutputArgs, allow_work_of_rows, exact};
use crate::data::DataArgs;
use crate::failure::Failure;
use crate::network::{KernelArg, NetworkArgs};
use crate::progress;
use answer::Answer;
use files::Files;

const EXAMPLES: &str = "\
Examples:
  ntk predict train.csv test.csv relu --target y --hidden-layers 2
  ntk predict train.csv test.csv erf --target y --method nngp --noise 1/100 --loo --likelihood
  ntk predict train.csv test.csv relu --target y --time 100 --format json

TRAIN holds inputs and targets, a row each, TEST inputs, which are found by the names in the headers or by their places.
Both are read as `ntk gram` reads its data; either may be - for standard input. --drop-duplicates is for TRAIN.

What is predicted:
  --method ntk                 the network whose weights all follow gradient flow to the end, averaged over random
                               initializations: the mean is kernel regression with the neural tangent kernel
  --method ntk --noise R       the same with the penalty R/2 |θ - θ_0|²: kernel ridge regression
  --method ntk --time T        the same stopped at time T, with learning rate 1 on half the sum of squared errors
  --method nngp [--noise R]    the posterior of the Gaussian process, for observations with noise of variance R
  --method nngp --time T       the network of which only the last layer is trained, stopped at time T
A variance is that of the function; a new observation has R more. See docs/predict.md for the formulas.

A number that may be zero has an error relative to the largest target, or to the variance before training.";

/// Predictions of infinitely wide networks, every number proved
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PredictArgs {
    /// Training data: inputs and targets, a row each
    #[arg(value_name = "TRAIN")]
    train: PathBuf,
    /// Test data: inputs, a row each
    #[arg(value_name = "TEST")]
    test: PathBuf,
    #[command(flatten)]
    network: NetworkArgs,
    /// Columns of TRAIN that are targets: names in the header and numbers from 1, as y or 4,5
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    target: String,
    /// Method: ntk (the trained network) or nngp (the Gaussian process)
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "METHOD", hide_possible_values = true)]
    method: KernelArg,
    /// Variance of the noise in the targets, or the ridge
    #[arg(long, value_name = "R", default_value = "0", allow_hyphen_values = true)]
    noise: String,
    /// How long the network is trained: a number, or infinity
    #[arg(long, value_name = "T", default_value = "infinity", allow_hyphen_values = true)]
    time: String,
    /// Predict every training row from the others too
    #[arg(long)]
    loo: bool,
    /// The log marginal likelihood of the targets too (with --method nngp)
    #[arg(long)]
    likelihood: bool,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl PredictArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let network = self.network.network()?;
        let rule = self.rule()?;
        let files = files::read(&self.train, &self.test, &self.target, &self.data)?;
        let rows = files.set.len();
        let numbers = (files.test.points.len() + if self.loo { rows } else { 0 }) * (files.targets.len() + 1);
        let accuracy = self.accuracy.accuracy(numbers)?;
        allow_work_of_rows(self.accuracy.digits, rows, numbers);
        let what = format!("predictions from {rows} rows");
        let answer = progress::during(&what, || self.answer(&network, &rule, files, accuracy))?;
        let report = answer.report(&network, accuracy, self.accuracy.digits)?;
        sink.write(&report.render(self.output.format))
    }

    fn rule(&self) -> Result<Rule, Failure> {
        let time = match self.time.trim() {
            "infinity" | "inf" | "∞" => Time::Infinite,
            text => Time::Finite(exact("--time", text)?),
        };
        let rule = Rule { noise: exact("--noise", &self.noise)?, time, ..Rule::new(self.method.into()) };
        let refused = |option: &str| {
            Err(Failure::input(format!(
                "{option} needs --time infinity and --method nngp, which is the Gaussian process"
            )))
        };
        match (&rule.time, self.method) {
            (Time::Finite(_), _) if self.loo => {
                Err(Failure::input("--loo has a formula in the end only: --time infinity is accepted"))
            }
            (Time::Finite(_), _) | (_, KernelArg::Ntk) if self.likelihood => refused("--likelihood"),
            _ => Ok(rule),
        }
    }

    fn answer(
        &self,
        network: &Network,
        rule: &Rule,
        files: Files,
        accuracy: ntk_series::Accuracy,
    ) -> Result<Answer, Failure> {
        let predictions = predict(network, rule, &files.set, &files.test.points, accuracy)
            .map_err(|error| self.explained(error, &files))?;
        let left_out = match self.loo {
            true => Some(leave_one_out(network, rule, &files.set, accuracy)?),
            false => None,
        };
        let likelihood = match self.likelihood {
            true => Some(log_marginal_likelihood(network, rule, &files.set, accuracy)?),
            false => None,
        };
        Ok(Answer {
            rule: rule.clone(),
            method: self.method,
            absolute: self.accuracy.absolute,
            files,
            predictions,
            left_out,
            likelihood,
        })
    }

    /// A singular matrix, with the options that would do.
    fn explained(&self, error: ntk_series::Error, files: &Files) -> Failure {
        let options = match files.set.inputs().duplicates().is_empty() {
            true => "--noise, --time",
            false => "--noise, --time, --drop-duplicates",
        };
        match &error {
            ntk_series::Error::Shape { .. } => Failure::input(format!("{error} ({options})")),
            _ => Failure::from(error),
        }
    }
}
