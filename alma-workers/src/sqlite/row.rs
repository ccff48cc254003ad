//! Rows of jobs, and their way to and from the contract's values.

use alma_core::{
    Error, ErrorKind, Fault, Job, JobId, JobState, JobStatus, NewJob, Result, Scope, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Serialize, de::DeserializeOwned};

/// The states as they are stored.
pub(super) const WAITING: i64 = 0;
pub(super) const LEASED: i64 = 1;
pub(super) const DONE: i64 = 2;
pub(super) const DEAD: i64 = 3;
pub(super) const CANCELLED: i64 = 4;

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "id, scope, state, due, attempts, token, enqueued, spec, fault";

/// A job with its place in the table.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) row: i64,
    pub(super) job: Job,
    stored: i64,
}

impl Stored {
    pub(super) const fn is_leased(&self) -> bool {
        self.stored == LEASED
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.stored, WAITING | LEASED)
    }

    pub(super) const fn is_cancelled(&self) -> bool {
        self.stored == CANCELLED
    }

    pub(super) const fn is_dead(&self) -> bool {
        self.stored == DEAD
    }

    pub(super) fn status(self) -> JobStatus {
        let job = self.job;
        JobStatus::new(job.id, job.spec.key, job.state, job.attempts, job.fault)
    }
}

/// What a row of [`COLUMNS`] holds before its JSON is read.
pub(super) type Raw = (
    i64,
    Scope,
    i64,
    Timestamp,
    u32,
    i64,
    Timestamp,
    String,
    Option<String>,
);

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
        row.get(8)?,
    ))
}

/// The job as it stands at `now`.
pub(super) fn stored(raw: Raw, now: Timestamp) -> Result<Stored> {
    let (row, scope, state, due, attempts, token, enqueued, spec, fault) = raw;
    let spec: NewJob = from_json(&spec)?;
    let fault: Option<Fault> = fault.map(|text| from_json(&text)).transpose()?;
    let mut job = Job::new(&scope, spec, enqueued);
    job.state = match state {
        WAITING if due > now => JobState::Scheduled,
        WAITING => JobState::Ready,
        LEASED => JobState::Leased,
        DONE => JobState::Done,
        DEAD => JobState::Dead,
        CANCELLED => JobState::Cancelled,
        _ => return Err(corrupt(&format!("job {}", job.id))),
    };
    job.attempts = attempts;
    job.token = token.unsigned_abs();
    job.fault = fault;
    Ok(Stored {
        row,
        job,
        stored: state,
    })
}

/// One job of a scope.
pub(super) fn one(
    db: &Connection,
    scope: &Scope,
    id: &JobId,
    now: Timestamp,
) -> Result<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE job = ?1 AND scope = ?2");
    let raw = db
        .prepare_cached(&sql)?
        .query_row((id, scope), read)
        .optional()?;
    raw.map(|raw| stored(raw, now)).transpose()
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot write a job as JSON").with_source(error)
    })
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| corrupt("a job").with_source(error))
}

fn corrupt(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("cannot read {what}"))
        .with_remedy("restore the home from a backup")
}
