//! Cases: finished missions kept for planning.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Draft, Error, ErrorKind, MissionId, Observation, Record, RecordId, RecordKind, Result,
};

/// A finished mission kept for planning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Case {
    /// The mission.
    pub mission: MissionId,
    /// What was wanted.
    pub goal: String,
    /// The plan that was in force at the end.
    pub plan: Draft,
    /// Whether it reached its goal.
    pub succeeded: bool,
    /// What the owner said of it: -1 bad, 0 nothing, 1 good.
    pub feedback: i8,
    /// How many words the owner said of it: each makes another version, which takes the place of the one before.
    #[serde(default)]
    pub words: u32,
}

const PLAN: &str = "plan";
const MISSION: &str = "mission";
const SUCCEEDED: &str = "succeeded";
const FEEDBACK: &str = "feedback";
const WORDS: &str = "words";
/// Stands behind the goal in the text of a case, once for each word of the owner: another version
/// needs another text, and this one has no words to be recalled by.
const MARK: char = '*';

impl Case {
    /// The case of a mission without feedback.
    pub fn new(mission: MissionId, goal: impl Into<String>, plan: Draft, succeeded: bool) -> Self {
        Self {
            mission,
            goal: goal.into(),
            plan,
            succeeded,
            feedback: 0,
            words: 0,
        }
    }

    /// The observation that remembers it; `sources` are the records that the mission was made of.
    ///
    /// # Errors
    /// `Internal` when the plan cannot be written as JSON.
    pub fn to_observation(&self, sources: Vec<RecordId>) -> Result<Observation> {
        let plan = serde_json::to_value(&self.plan).map_err(|error| {
            Error::new(ErrorKind::Internal, "cannot write the plan of a case").with_source(error)
        })?;
        let mut text = self.goal.clone();
        text.extend((0..self.words).map(|_| MARK));
        Ok(Observation::text(text)
            .with_kind(RecordKind::Case)
            .with_source(format!("mission/{}", self.mission))
            .with_position(0)
            .with_derived_from(sources)
            .with_trust(crate::Trust::Derived)
            .with_metadata(MISSION, self.mission.to_string())
            .with_metadata(PLAN, plan)
            .with_metadata(SUCCEEDED, self.succeeded)
            .with_metadata(FEEDBACK, self.feedback)
            .with_metadata(WORDS, self.words))
    }

    /// The case that a record of kind `Case` holds.
    ///
    /// # Errors
    /// `Corrupt` when the record holds none.
    pub fn from_record(record: &Record) -> Result<Self> {
        let read = || -> Option<Self> {
            // Cases were kept without this number once, and without marks.
            let words = record.metadata.get(WORDS).and_then(Value::as_u64);
            let words = u32::try_from(words.unwrap_or_default()).ok()?;
            let marks = (0..words).map(|_| MARK).collect::<String>();
            Some(Self {
                mission: record.metadata.get(MISSION)?.as_str()?.parse().ok()?,
                goal: record.text.strip_suffix(&marks)?.to_owned(),
                plan: serde_json::from_value(record.metadata.get(PLAN)?.clone()).ok()?,
                succeeded: record.metadata.get(SUCCEEDED)?.as_bool()?,
                feedback: i8::try_from(record.metadata.get(FEEDBACK)?.as_i64()?).ok()?,
                words,
            })
        };
        read().ok_or_else(|| {
            Error::new(
                ErrorKind::Corrupt,
                format!("cannot read a case from record {}", record.id),
            )
        })
    }
}
