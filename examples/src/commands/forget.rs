//! `alma forget` and `feedback`: what the owner takes back, and what the owner says of a mission.

use alma_core::{
    ErasedState, Error, Feedback as Said, MissionId, Mode, Receipt, RecordId, Result, Selection,
    TimeRange, Timestamp,
};
use clap::{ArgGroup, Args};
use serde_json::json;

use crate::{exit::Ending, home::Home, output::Output};

/// Forgets records and all that was derived from them, everywhere, with a receipt.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true))]
pub struct Forget {
    /// A record.
    #[arg(long, group = "what", value_name = "RECORD")]
    id: Vec<RecordId>,
    /// Everything from a source: the path of a file, the name of a conversation.
    #[arg(long, group = "what", value_name = "SOURCE", conflicts_with = "id")]
    source: Option<String>,
    /// What happened from then on.
    #[arg(long, group = "what", value_name = "TIME", conflicts_with_all = ["id", "source"])]
    since: Option<Timestamp>,
    /// What happened before then.
    #[arg(long, group = "what", value_name = "TIME", conflicts_with_all = ["id", "source"])]
    until: Option<Timestamp>,
    /// Everything in the scope.
    #[arg(long, group = "what", conflicts_with_all = ["id", "source", "since", "until"])]
    all: bool,
    /// Says what would go, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Keeps the records, and lets them and what was derived from them speak for nobody.
    #[arg(long, conflicts_with = "dry_run")]
    distrust: bool,
}

impl Forget {
    /// Forgets and prints the receipt.
    ///
    /// # Errors
    /// Those of the parts; running it again completes what was begun.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let mode = match (self.dry_run, self.distrust) {
            (true, _) => Mode::DryRun,
            (_, true) => Mode::Distrust,
            _ => Mode::Erase,
        };
        let receipt = home.handle().forget(&self.selection()?, mode).await?;
        out.item(&receipt, in_words(&receipt))?;
        Ok(Ending::Done)
    }

    fn selection(&self) -> Result<Selection> {
        Ok(if self.all {
            Selection::All
        } else if let Some(source) = &self.source {
            Selection::Source(file_source(source))
        } else if !self.id.is_empty() {
            Selection::Ids(self.id.clone())
        } else if self.since.is_some() || self.until.is_some() {
            Selection::Time(TimeRange {
                from: self.since,
                until: self.until,
            })
        } else {
            return Err(Error::invalid("cannot forget without being told what")
                .with_remedy("name --id, --source, --since, --until or --all"));
        })
    }
}

/// Files are remembered by their whole path, also when they are named by a part of it.
fn file_source(source: &str) -> String {
    std::fs::canonicalize(source).map_or_else(
        |_| source.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

/// A receipt in words.
#[must_use]
pub fn in_words(receipt: &Receipt) -> String {
    let verb = match receipt.mode {
        Mode::DryRun => "would forget",
        Mode::Distrust => "distrusted",
        _ => "forgot",
    };
    let mut text = format!(
        "{verb} {} records and {} derived from them (receipt {})",
        receipt.selected.len(),
        receipt.derived.len(),
        receipt.id
    );
    for part in &receipt.components {
        let state = match &part.state {
            ErasedState::Erased => "erased".to_owned(),
            ErasedState::Pending(why) => format!("pending: {why}"),
            _ => "in a state of a newer version".to_owned(),
        };
        text.push_str(&format!(
            "\n  {:<10} {:>6} things, {state}",
            part.component, part.removed
        ));
    }
    text
}

/// Says whether a mission was of use; the next night feeds it into planning.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("verdict").required(true))]
pub struct Feedback {
    /// The mission.
    #[arg(value_name = "ID")]
    mission: MissionId,
    /// It was of use.
    #[arg(long, group = "verdict")]
    good: bool,
    /// It was not.
    #[arg(long, group = "verdict")]
    bad: bool,
    /// Why, in your words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

impl Feedback {
    /// Keeps it.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such mission.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let said = Said::new(self.mission, self.good, &self.note);
        home.handle().feedback(said).await?;
        out.item(
            &json!({ "mission": self.mission, "good": self.good }),
            "noted",
        )?;
        Ok(Ending::Done)
    }
}
