//! Jobs as they are stored, and as the contract shows them.

use std::time::Duration;

use alma_core::{
    Error, ErrorKind, Fault, Job, JobId, JobState, NewJob, RecordId, Result, Scope, Timestamp,
    Trust,
};
use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::Value;

use super::schema::{CANCELLED, DEAD, DONE, LEASED, SHIFT};

/// What [`Stored::read`] reads; the payload, which may be long, only where it is wanted.
macro_rules! select {
    ($payload:literal, $condition:literal) => {
        concat!(
            "SELECT j.number, j.id, s.scope, l.kind, j.key, j.family, j.priority, j.run_at, j.max_attempts,
                    j.timeout, j.trust, j.enqueued, j.state, j.due, j.attempts, j.token, j.fault, j.outcome, ",
            $payload,
            ", p.sources
             FROM jobs j
             JOIN job_lanes l ON l.lane = j.lane
             JOIN job_scopes s ON s.number = l.scope
             LEFT JOIN job_payloads p ON p.number = j.number
             WHERE ",
            $condition
        )
    };
}
pub(super) use select;

/// A job's row, before its texts are parsed: that is not the writer's work.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) number: i64,
    pub(super) id: JobId,
    pub(super) scope: Scope,
    pub(super) key: String,
    pub(super) family: Option<String>,
    pub(super) attempts: u32,
    pub(super) max_attempts: u32,
    pub(super) token: u64,
    pub(super) state: i64,
    pub(super) outcome: Option<i64>,
    sources: Option<Vec<u8>>,
    kind: String,
    priority: i32,
    run_at: Option<Timestamp>,
    timeout: Option<i64>,
    trust: i64,
    enqueued: Timestamp,
    due: Timestamp,
    fault: Option<String>,
    payload: Option<String>,
}

impl Stored {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            id: row.get(1)?,
            scope: row.get(2)?,
            kind: row.get(3)?,
            key: row.get(4)?,
            family: row.get(5)?,
            priority: row.get(6)?,
            run_at: row.get(7)?,
            max_attempts: row.get(8)?,
            timeout: row.get(9)?,
            trust: row.get(10)?,
            enqueued: row.get(11)?,
            state: row.get(12)?,
            due: row.get(13)?,
            attempts: row.get(14)?,
            token: unsigned(row.get(15)?),
            fault: row.get(16)?,
            outcome: row.get(17)?,
            payload: row.get(18)?,
            sources: row.get(19)?,
        })
    }

    /// The job with this row number, payload and all.
    pub(super) fn whole(db: &Connection, number: i64) -> Result<Option<Self>> {
        Ok(db
            .prepare_cached(select!("p.payload", "j.number = ?1"))?
            .query_row([number], Self::read)
            .optional()?)
    }

    /// The job with this row number, without its payload.
    pub(super) fn by_number(db: &Connection, number: i64) -> Result<Option<Self>> {
        Ok(db
            .prepare_cached(select!("NULL", "j.number = ?1"))?
            .query_row([number], Self::read)
            .optional()?)
    }

    /// The job of a scope, without its payload; of another scope's id there is none.
    pub(super) fn by_id(db: &Connection, scope: &Scope, id: JobId) -> Result<Option<Self>> {
        let found = db
            .prepare_cached(select!("NULL", "j.id = ?1"))?
            .query_row([id], Self::read)
            .optional()?;
        Ok(found.filter(|job| job.scope == *scope))
    }

    /// Which scope it is in, by number.
    pub(super) const fn scope_number(&self) -> i64 {
        self.number >> SHIFT
    }

    pub(super) const fn is_final(&self) -> bool {
        matches!(self.state, DONE | DEAD | CANCELLED)
    }

    /// How much text it holds.
    pub(super) fn bytes(&self) -> usize {
        self.payload.as_ref().map_or(0, String::len) + self.key.len()
    }

    /// Where it stands at `now`: a delay is over when its time has come, without anybody touching the row.
    pub(super) fn shown_state(&self, now: Timestamp) -> JobState {
        match self.state {
            LEASED => JobState::Leased,
            DONE => JobState::Done,
            DEAD => JobState::Dead,
            CANCELLED => JobState::Cancelled,
            _ if self.due > now => JobState::Scheduled,
            _ => JobState::Ready,
        }
    }

    pub(super) fn fault(&self) -> Result<Option<Fault>> {
        let parse = |text| serde_json::from_str(text).map_err(|error| self.corrupt("fault", error));
        self.fault.as_deref().map(parse).transpose()
    }

    pub(super) fn sources(&self) -> Vec<RecordId> {
        unpack(self.sources.as_deref().unwrap_or_default())
    }

    /// The job as the contract shows it.
    pub(super) fn job(self, now: Timestamp) -> Result<Job> {
        let fault = self.fault()?;
        let sources = self.sources();
        let state = self.shown_state(now);
        let payload = match &self.payload {
            Some(text) => {
                serde_json::from_str(text).map_err(|error| self.corrupt("payload", error))?
            }
            // Blanked, since it was made of what was forgotten.
            None => Value::Null,
        };
        let mut spec = NewJob::new(self.kind, self.key, payload)
            .with_group(self.family.unwrap_or_default())
            .with_priority(self.priority)
            .with_max_attempts(self.max_attempts)
            .with_sources(sources)
            .with_trust(trust(self.trust));
        spec.run_at = self.run_at;
        spec.timeout = self
            .timeout
            .map(|nanos| Duration::from_nanos(unsigned(nanos)));
        let mut job = Job::new(&self.scope, spec, self.enqueued);
        job.state = state;
        job.attempts = self.attempts;
        job.token = self.token;
        job.fault = fault;
        Ok(job)
    }

    fn corrupt(&self, what: &str, error: serde_json::Error) -> Error {
        Error::new(
            ErrorKind::Corrupt,
            format!("cannot read the {what} of job {}", self.id),
        )
        .with_remedy("cancel the job and queue it again under another key")
        .with_source(error)
    }
}

const TRUSTS: [Trust; 4] = [
    Trust::External,
    Trust::Derived,
    Trust::VerifiedTool,
    Trust::Owner,
];

pub(super) fn trust_number(trust: Trust) -> i64 {
    TRUSTS
        .iter()
        .position(|one| *one == trust)
        .map_or(0, |place| place as i64)
}

/// What is unknown is trusted least.
pub(super) fn trust(number: i64) -> Trust {
    usize::try_from(number)
        .ok()
        .and_then(|place| TRUSTS.get(place))
        .copied()
        .unwrap_or_default()
}

/// Ids as they are stored: one after the other.
pub(super) fn pack(ids: &[RecordId]) -> Vec<u8> {
    ids.iter().flat_map(|id| *id.as_bytes()).collect()
}

/// Ids as they were packed.
pub(super) fn unpack(bytes: &[u8]) -> Vec<RecordId> {
    let (ids, _) = bytes.as_chunks::<16>();
    ids.iter().copied().map(RecordId::from_bytes).collect()
}

/// A number that is never negative, out of the database.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A number into the database, where the largest ones don't fit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
