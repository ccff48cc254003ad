//! Feedback: what the owner says of a mission. It counts once a mission, the last one wins.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Handle;
use crate::{MissionId, Result};

pub(super) const STREAM: &str = "feedback";

/// What the owner says of a mission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Feedback {
    /// The mission.
    pub mission: MissionId,
    /// Whether it was of use.
    pub good: bool,
    /// Why, in the owner's words.
    pub note: String,
}

impl Feedback {
    /// Praise or blame for a mission.
    pub fn new(mission: MissionId, good: bool, note: impl Into<String>) -> Self {
        Self {
            mission,
            good,
            note: note.into(),
        }
    }
}

impl Handle {
    /// Keeps what the owner says of a mission; the next night feeds it into planning.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such mission: feedback without a mission counts nowhere.
    pub async fn feedback(&self, feedback: Feedback) -> Result<()> {
        let report = self.mission(feedback.mission).await?;
        self.note(STREAM, "said", &feedback, report.sources).await?;
        Ok(())
    }

    /// The last word on each mission: 1 or -1.
    pub(super) async fn said(&self) -> Result<BTreeMap<MissionId, i8>> {
        let entries = self.entries::<Feedback>(STREAM).await?;
        Ok(entries
            .into_iter()
            .map(|entry| (entry.body.mission, if entry.body.good { 1 } else { -1 }))
            .collect())
    }
}
