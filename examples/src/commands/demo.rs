//! `alma demo`: all of Alma on text that is already on this machine.

use alma_core::Result;
use clap::Args;

use crate::{args::Global, demo, exit::Ending, output::Output};

/// Shows all of Alma on text that is already on this machine: no key, no server, no network.
///
/// It works in a home of its own, beside yours; the next demo begins with an empty one.
#[derive(Debug, Args)]
pub struct Demo {}

impl Demo {
    /// Goes through every step.
    ///
    /// # Errors
    /// Those of the parts.
    pub async fn run(&self, global: &Global, out: Output) -> Result<Ending> {
        demo::run(global, out).await?;
        Ok(Ending::Done)
    }
}
