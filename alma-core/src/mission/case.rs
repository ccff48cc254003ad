//! Cases: finished missions kept for planning.

use serde::{Deserialize, Serialize};

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
}

const PLAN: &str = "plan";
const MISSION: &str = "mission";
const SUCCEEDED: &str = "succeeded";
const FEEDBACK: &str = "feedback";

impl Case {
    /// The case of a mission without feedback.
    pub fn new(mission: MissionId, goal: impl Into<String>, plan: Draft, succeeded: bool) -> Self {
        Self {
            mission,
            goal: goal.into(),
            plan,
            succeeded,
            feedback: 0,
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
        Ok(Observation::text(&self.goal)
            .with_kind(RecordKind::Case)
            .with_source(format!("mission/{}", self.mission))
            .with_position(0)
            .with_derived_from(sources)
            .with_trust(crate::Trust::Derived)
            .with_metadata(MISSION, self.mission.to_string())
            .with_metadata(PLAN, plan)
            .with_metadata(SUCCEEDED, self.succeeded)
            .with_metadata(FEEDBACK, self.feedback))
    }

    /// The case that a record of kind `Case` holds.
    ///
    /// # Errors
    /// `Corrupt` when the record holds none.
    pub fn from_record(record: &Record) -> Result<Self> {
        let read = || -> Option<Self> {
            Some(Self {
                mission: record.metadata.get(MISSION)?.as_str()?.parse().ok()?,
                goal: record.text.clone(),
                plan: serde_json::from_value(record.metadata.get(PLAN)?.clone()).ok()?,
                succeeded: record.metadata.get(SUCCEEDED)?.as_bool()?,
                feedback: i8::try_from(record.metadata.get(FEEDBACK)?.as_i64()?).ok()?,
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
