//! Queueing a batch.

use std::collections::HashSet;

use alma_core::{
    Error, ErrorKind, JobId, NewJob, Result, Scope,
    sqlite::{WriteTx, tombstones},
};
use rusqlite::Connection;

use super::{
    row::{pack, signed, trust_number},
    schema::WAITING,
    scope,
    time::Moment,
};

/// A job that was checked and written out before it reaches the writer.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) id: JobId,
    spec: NewJob,
    payload: String,
}

impl Ready {
    pub(super) fn new(scope: &Scope, spec: NewJob) -> Result<Self> {
        spec.check()?;
        Ok(Self {
            id: spec.id(scope),
            payload: spec.payload.to_string(),
            spec,
        })
    }
}

pub(super) fn enqueue(
    tx: &WriteTx<'_>,
    scope: &Scope,
    batch: &[Ready],
    limit: usize,
    now: Moment,
) -> Result<()> {
    for job in batch {
        tombstones::check(tx, scope, &job.spec.sources)?;
    }
    let owner = scope::find_or_add(tx, scope)?;
    let mut seen = HashSet::new();
    let mut fresh = Vec::new();
    for job in batch {
        if seen.insert(job.id) && !is_used(tx, job.id)? {
            fresh.push(job);
        }
    }
    if fresh.is_empty() {
        return Ok(());
    }
    let open = scope::open(tx, owner)?;
    let count = signed(fresh.len() as u64);
    if open.saturating_add(count) > signed(limit as u64) {
        return Err(Error::new(
            ErrorKind::Overloaded,
            format!("cannot queue {count} jobs more in '{scope}': {open} have not ended"),
        )
        .with_remedy(format!("wait until some have ended; the limit is {limit}")));
    }
    let first = scope::take(tx, owner, count, count)?;
    for (number, job) in (first..).zip(fresh) {
        insert(tx, owner, number, job, now)?;
    }
    Ok(())
}

/// Whether the key was ever used: one key is one job, also after that was purged.
fn is_used(db: &Connection, id: JobId) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM jobs WHERE id = ?1)
                OR EXISTS (SELECT 1 FROM job_used WHERE id = ?1)",
        )?
        .exists([id])?)
}

fn insert(tx: &Connection, owner: i64, number: i64, job: &Ready, now: Moment) -> Result<()> {
    let spec = &job.spec;
    let due = spec.run_at.map_or(now.store, |time| now.at(time));
    let timeout = spec
        .timeout
        .map(|time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX));
    tx.prepare_cached(
        "INSERT INTO jobs (number, id, lane, key, family, priority, run_at, max_attempts, timeout, trust, enqueued,
                           state, due, until, attempts, token)
         VALUES (?1, ?2, ?3, ?4, nullif(?5, ''), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, 0, 0)",
    )?
    .execute((
        number,
        job.id,
        lane(tx, &spec.kind, owner)?,
        &spec.key,
        &spec.group,
        spec.priority,
        spec.run_at,
        spec.max_attempts,
        timeout,
        trust_number(spec.trust),
        now.wall,
        WAITING,
        due,
    ))?;
    let sources = (!spec.sources.is_empty()).then(|| pack(&spec.sources));
    tx.prepare_cached("INSERT INTO job_payloads (number, payload, sources) VALUES (?1, ?2, ?3)")?
        .execute((number, &job.payload, sources))?;
    for record in &spec.sources {
        tx.prepare_cached("INSERT OR IGNORE INTO job_sources (record, number) VALUES (?1, ?2)")?
            .execute((record, number))?;
    }
    Ok(())
}

/// The lane of a kind in a scope: what is claimed together stands together in the index.
fn lane(tx: &Connection, kind: &str, scope: i64) -> Result<i64> {
    let mut find =
        tx.prepare_cached("SELECT lane FROM job_lanes WHERE kind = ?1 AND scope = ?2")?;
    let mut rows = find.query((kind, scope))?;
    if let Some(row) = rows.next()? {
        return Ok(row.get(0)?);
    }
    tx.prepare_cached("INSERT INTO job_lanes (kind, scope) VALUES (?1, ?2)")?
        .execute((kind, scope))?;
    Ok(tx.last_insert_rowid())
}
