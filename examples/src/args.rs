//! The command line: global options before or after the command, one struct a command.

use std::path::PathBuf;

use alma_core::Scope;
use clap::{Args, Parser, Subcommand};

use crate::commands;

/// Agents that remember, plan, work, build the tools they lack, and get better under proof.
#[derive(Debug, Parser)]
#[command(name = "alma", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "A first run asks nothing: try `alma demo`, or `alma remember README.md` \
                        and `alma recall \"what is it\"`."
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The directory that holds everything; in the user's data directory by default.
    #[arg(long, global = true, env = "ALMA_HOME", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Prints one JSON object a line, and nothing else, to standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// Prints no notes and no progress to standard error.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Whose data: a path such as home/ana; `scope` of alma.toml, or `default`.
    #[arg(long, global = true, env = "ALMA_SCOPE", value_name = "SCOPE")]
    pub scope: Option<Scope>,
}

/// What `alma` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Remembers files, directories, or standard input.
    Remember(commands::remember::Remember),
    /// Finds what was remembered, best first, with its sources.
    Recall(commands::recall::Recall),
    /// Says something and prints the reply with its sources.
    Chat(commands::chat::Chat),
    /// Lists, shows, calls and builds tools.
    Tools(commands::tools::Tools),
    /// Carries out a goal of several steps, and prints what came of it.
    Mission(commands::mission::Mission),
    /// Lists missions and where they stand.
    Missions(commands::mission::Missions),
    /// Cancels a mission and its open jobs.
    Cancel(commands::mission::Cancel),
    /// Works on what is queued, until it is stopped; runs due nights too.
    Work(commands::work::Work),
    /// Runs a night: observe, consolidate, reflect, upgrade, feed back.
    Night(commands::night::Night),
    /// Lists the changes that were proposed, and which generation is active.
    Proposals(commands::change::Proposals),
    /// Lists the questions that wait for you.
    Approvals(commands::change::Approvals),
    /// Answers a question: yes, or no with `--no`.
    Approve(commands::change::Approve),
    /// Goes back to the generation before the last promotion.
    Rollback(commands::change::Rollback),
    /// Takes back what a night, or one consolidation, added to memory.
    Undo(commands::night::Undo),
    /// Forgets records and all that was derived from them, everywhere, with a receipt.
    Forget(commands::forget::Forget),
    /// Says whether a mission was of use; the next night feeds it into planning.
    Feedback(commands::forget::Feedback),
    /// Measures a part on a file of cases; the last line is one JSON object.
    Evaluate(commands::evaluate::Evaluate),
    /// Writes every record of the scope as one line of JSON.
    Export(commands::transfer::Export),
    /// Reads an export into the scope.
    Import(commands::transfer::Import),
    /// Copies everything into one file, while others go on working.
    Backup(commands::backup::Backup),
    /// Puts a backup in the place of a home. What was forgotten since stays forgotten.
    Restore(commands::backup::Restore),
    /// Shows all of Alma at work, on the prose of the crates that it was built from.
    Demo(commands::demo::Demo),
    /// Says what the home holds.
    Status(commands::status::Status),
    /// Checks the home: place, settings, file, forgetting, model.
    Doctor(commands::status::Doctor),
    /// Prints a script that completes commands for a shell.
    Completions(commands::completions::Completions),
}
