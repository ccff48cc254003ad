//! What a job is, before and after it is queued.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Fault, JobId, RecordId, Result, Scope, Timestamp, Trust};

/// Work to be queued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewJob {
    /// Which handler runs it.
    pub kind: String,
    /// What the handler is given.
    pub payload: Value,
    /// The idempotency key: within a scope one key is one job, for good.
    pub key: String,
    /// Whose outcomes are read together: a mission, a night; empty for none.
    pub group: String,
    /// Higher ones are claimed first.
    pub priority: i32,
    /// Not claimed before this time.
    pub run_at: Option<Timestamp>,
    /// How many times it may be claimed before it is dead; at least 1.
    pub max_attempts: u32,
    /// How long one attempt may take before it counts as failed; the worker's default when absent.
    pub timeout: Option<Duration>,
    /// The records that the payload was made of.
    pub sources: Vec<RecordId>,
    /// The least trust of all that the payload was made of.
    pub trust: Trust,
}

impl NewJob {
    /// The largest payload or result, in bytes of JSON.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// A job of this kind under this idempotency key, tried at most three times.
    pub fn new(kind: impl Into<String>, key: impl Into<String>, payload: Value) -> Self {
        Self {
            kind: kind.into(),
            payload,
            key: key.into(),
            group: String::new(),
            priority: 0,
            run_at: None,
            max_attempts: 3,
            timeout: None,
            sources: Vec::new(),
            trust: Trust::External,
        }
    }

    /// Sets the group.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the first moment at which it may run.
    #[must_use]
    pub fn with_run_at(mut self, time: Timestamp) -> Self {
        self.run_at = Some(time);
        self
    }

    /// Sets how many times it may be claimed.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets how long one attempt may take.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the records that the payload was made of.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<RecordId>) -> Self {
        self.sources = sources;
        self
    }

    /// Sets the least trust of all that the payload was made of.
    #[must_use]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The id under which `scope` queues it.
    #[must_use]
    pub fn id(&self, scope: &Scope) -> JobId {
        JobId::of_parts(&[scope.as_str().as_bytes(), self.key.as_bytes()])
    }

    /// Checks what every backend refuses alike.
    ///
    /// # Errors
    /// `InvalidInput` for an empty or overlong kind, key or group, no attempts, or a payload
    /// above [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn check(&self) -> Result<()> {
        if self.kind.is_empty() || self.kind.len() > 128 {
            return Err(Error::invalid(
                "cannot queue a job without a kind of 1 to 128 bytes",
            ));
        }
        if self.key.is_empty() || self.key.len() > 512 || self.group.len() > 512 {
            return Err(Error::invalid(format!(
                "cannot queue a {} job without a key of 1 to 512 bytes",
                self.kind
            ))
            .with_remedy("name the work, not the attempt, such as mission/step"));
        }
        if self.max_attempts == 0 {
            return Err(Error::invalid(format!(
                "cannot queue job '{}' with no attempts",
                self.key
            ))
            .with_remedy("allow at least one attempt"));
        }
        let size = self.payload.to_string().len();
        if size > Self::MAX_BYTES {
            return Err(Error::invalid(format!(
                "cannot queue job '{}' with a payload of {size} bytes",
                self.key
            ))
            .with_remedy(format!(
                "keep payloads under {} bytes and pass record ids",
                Self::MAX_BYTES
            )));
        }
        Ok(())
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobState {
    /// It waits for its time: a delay or the pause before a retry.
    Scheduled,
    /// It can be claimed.
    Ready,
    /// A worker holds a lease on it.
    Leased,
    /// Its result was accepted.
    Done,
    /// It failed for good and can be replayed.
    Dead,
    /// It was cancelled.
    Cancelled,
}

impl JobState {
    /// Whether nothing more will happen to it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }

    /// The state as it is written on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A queued job as its owner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobStatus {
    /// The job.
    pub id: JobId,
    /// Its idempotency key.
    pub key: String,
    /// Where it stands.
    pub state: JobState,
    /// How many times it was claimed.
    pub attempts: u32,
    /// What the last attempt failed of.
    pub fault: Option<Fault>,
}

impl JobStatus {
    /// Where a job stands.
    pub fn new(
        id: JobId,
        key: impl Into<String>,
        state: JobState,
        attempts: u32,
        fault: Option<Fault>,
    ) -> Self {
        Self {
            id,
            key: key.into(),
            state,
            attempts,
            fault,
        }
    }
}

/// A queued job as the worker's side sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose it is.
    pub scope: Scope,
    /// What was queued.
    pub spec: NewJob,
    /// Where it stands.
    pub state: JobState,
    /// How many times it was claimed, this one included.
    pub attempts: u32,
    /// The fencing number: it grows with each claim.
    pub token: u64,
    /// When it was queued.
    pub enqueued: Timestamp,
    /// What the last attempt failed of.
    pub fault: Option<Fault>,
}

impl Job {
    /// A job that was just queued.
    #[must_use]
    pub fn new(scope: &Scope, spec: NewJob, enqueued: Timestamp) -> Self {
        let waits = spec.run_at.is_some_and(|time| time > enqueued);
        Self {
            id: spec.id(scope),
            scope: scope.clone(),
            state: if waits {
                JobState::Scheduled
            } else {
                JobState::Ready
            },
            spec,
            attempts: 0,
            token: 0,
            enqueued,
            fault: None,
        }
    }
}
