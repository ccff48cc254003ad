//! `alma backup` and `restore`: a whole home in one file.

use std::path::PathBuf;

use alma_core::{Error, Result, sqlite::Database};
use clap::Args;
use serde_json::json;

use crate::{args::Global, exit::Ending, home::Home, output::Output, place::Place};

/// Copies everything into one file, while others go on working.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file; it must not exist yet.
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

impl Backup {
    /// Writes the copy.
    ///
    /// # Errors
    /// `Conflict` when the file exists, `InvalidInput` when it lies in the home; else as [`Database::backup_to`].
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        home.place().outside(&self.to)?;
        let bar = out.spinner("copying");
        let done = home.database().backup_to(&self.to).await;
        bar.finish_and_clear();
        done?;
        out.item(
            &json!({ "backup": self.to }),
            format!(
                "everything is in {}; what is forgotten later stays in it",
                self.to.display()
            ),
        )?;
        Ok(Ending::Done)
    }
}

/// Puts a backup in the place of a home. What was forgotten since stays forgotten.
#[derive(Debug, Args)]
pub struct Restore {
    /// The file that `alma backup` wrote.
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Replaces what the home holds now.
    #[arg(long)]
    replace: bool,
}

impl Restore {
    /// Restores, then completes every act of forgetting that the backup does not know of.
    ///
    /// # Errors
    /// `Conflict` while somebody uses the home, `Corrupt` or `Incompatible` for a file that is no
    /// backup; the home then keeps what it has.
    pub async fn run(&self, global: &Global, out: Output) -> Result<Ending> {
        let place = Place::choose(global.home.clone())?;
        place.prepare()?;
        if place.exists() && !self.replace {
            return Err(Error::invalid(format!(
                "cannot restore into {}: it holds data",
                place.root().display()
            ))
            .with_remedy("name an empty home with --home, or give --replace"));
        }
        Database::restore(&self.from, place.database())?;
        let home = Home::open(global, out).await?;
        let forgotten = home.forgotten_again();
        out.item(
            &json!({ "restored": self.from, "forgotten_again": forgotten }),
            format!(
                "restored {}; {forgotten} acts of forgetting were carried out again",
                self.from.display()
            ),
        )?;
        Ok(Ending::Done)
    }
}
