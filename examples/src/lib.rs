//! The command line of Alma, as a library, so that tests and documentation share it.

pub mod args;
pub mod commands;
pub mod config;
pub mod demo;
pub mod evaluate;
pub mod exit;
pub mod home;
pub mod input;
pub mod intake;
pub mod kit;
pub mod licences;
pub mod output;
pub mod place;
pub mod registry;

use std::process::ExitCode;

use alma_core::{Error, ErrorKind, Result};
use clap::Parser;

use crate::{
    args::{Cli, Command},
    exit::Ending,
    home::Home,
    output::Output,
};

/// Runs the command line of this process and answers with its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let out = Output::new(cli.global.json, cli.global.quiet);
    logs();
    match start(&cli, out) {
        Ok(ending) => ending.into(),
        Err(error) => {
            // Whoever closed the pipe does not read on, and whoever pressed Ctrl-C knows.
            if error.kind() != ErrorKind::Cancelled {
                out.failure(&error);
            }
            ExitCode::from(exit::code(&error))
        }
    }
}

fn start(cli: &Cli, out: Output) -> Result<Ending> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Unavailable, "cannot start threads").with_source(error)
        })?;
    runtime.block_on(run(cli, out))
}

async fn run(cli: &Cli, out: Output) -> Result<Ending> {
    let global = &cli.global;
    let home = async || Home::open(global, out).await;
    match &cli.command {
        Command::Completions(command) => command.run(),
        // These have a home of their own, or replace yours.
        Command::Doctor(command) => command.run(global, out).await,
        Command::Evaluate(command) => command.run(global, out).await,
        Command::Restore(command) => command.run(global, out).await,
        Command::Demo(command) => command.run(global, out).await,
        Command::Approvals(command) => command.run(&home().await?, out).await,
        Command::Approve(command) => command.run(&home().await?, out).await,
        Command::Backup(command) => command.run(&home().await?, out).await,
        Command::Cancel(command) => command.run(&home().await?, out).await,
        Command::Chat(command) => command.run(&home().await?, out).await,
        Command::Export(command) => command.run(&home().await?, out).await,
        Command::Feedback(command) => command.run(&home().await?, out).await,
        Command::Forget(command) => command.run(&home().await?, out).await,
        Command::Import(command) => command.run(&home().await?, out).await,
        Command::Mission(command) => command.run(&home().await?, out).await,
        Command::Missions(command) => command.run(&home().await?, out).await,
        Command::Night(command) => command.run(&home().await?, out).await,
        Command::Proposals(command) => command.run(&home().await?, out).await,
        Command::Recall(command) => command.run(&home().await?, out).await,
        Command::Remember(command) => command.run(&home().await?, out).await,
        Command::Rollback(command) => command.run(&home().await?, out).await,
        Command::Status(command) => command.run(&home().await?, out).await,
        Command::Tools(command) => command.run(&home().await?, out).await,
        Command::Undo(command) => command.run(&home().await?, out).await,
        Command::Work(command) => command.run(&home().await?, out).await,
    }
}

/// Logs go to standard error, as much as `ALMA_LOG` asks for; nothing by default but warnings.
fn logs() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ALMA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

/// The README's code, compiled and run like every other example.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
