//! `alma demo`: all of Alma at work, in a home of its own.

use clap::Args;

use alma_core::Result;

use crate::{args::Global, demo, exit::Ending, output::Output};

/// Shows all of Alma at work, on the prose of the crates that it was built from.
///
/// It needs no key, no server and no network, and works in a home of its own beside yours, which
/// it makes anew each time.
#[derive(Debug, Args)]
pub struct Demo {}

impl Demo {
    /// Runs every step, and fails at the first that does not do what it says.
    ///
    /// # Errors
    /// Those of the parts.
    pub async fn run(&self, global: &Global, out: Output) -> Result<Ending> {
        demo::run(global, out).await?;
        Ok(Ending::Done)
    }
}
