//! `alma completions`: a script that completes commands for a shell.

use std::io::{self, Write};

use alma_core::{Error, ErrorKind, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{args::Cli, exit::Ending};

/// Prints a script that completes commands for a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    ///
    /// # Errors
    /// `Unavailable` when standard output cannot be written.
    pub fn run(&self) -> Result<Ending> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "alma", &mut script);
        io::stdout().lock().write_all(&script).map_err(|error| {
            Error::new(ErrorKind::Unavailable, "cannot write to standard output").with_source(error)
        })?;
        Ok(Ending::Done)
    }
}
