//! Feedback: what the owner says of a mission. It counts once a mission, the last one wins.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Handle;
use crate::{MissionId, Result, Timestamp};

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

/// What the owner said of a mission so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    /// The last word: 1 or -1.
    pub(super) last: i8,
    /// When that was.
    pub(super) at: Timestamp,
    /// How many words there were.
    pub(super) words: u32,
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

    /// What was said of each mission.
    pub(super) async fn said(&self) -> Result<BTreeMap<MissionId, Said>> {
        let mut said: BTreeMap<MissionId, Said> = BTreeMap::new();
        for entry in self.entries::<Feedback>(STREAM).await? {
            let before = said.get(&entry.body.mission).map_or(0, |said| said.words);
            let last = Said {
                last: if entry.body.good { 1 } else { -1 },
                at: entry.recorded,
                words: before + 1,
            };
            said.insert(entry.body.mission, last);
        }
        Ok(said)
    }
}
