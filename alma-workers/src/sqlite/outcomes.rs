//! The durable log of outcomes: one order a scope, read by cursors that stay valid.

use alma_core::{
    Error, ErrorKind, Fault, Job, JobId, NewJob, Outcome, OutcomeQuery, Page, Result, Scope,
    Timestamp,
};
use rusqlite::Connection;
use serde_json::Value;

use super::{
    cursor,
    row::{signed, trust, unpack, unsigned},
    schema::SHIFT,
    scope,
};

/// The most text in one page.
const BYTES: usize = 8 * 1024 * 1024;

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT o.place, j.id, j.key, o.family, o.token, o.attempts, o.result, o.fault, o.finished, j.trust, p.sources
             FROM job_outcomes o
             JOIN jobs j ON j.number = o.number
             LEFT JOIN job_payloads p ON p.number = o.number
             WHERE o.place > ?1 AND o.place <= ?2 ",
            $condition,
            " ORDER BY o.place LIMIT ?3"
        )
    };
}

/// An outcome's row, before its texts are parsed.
#[derive(Debug)]
struct Logged {
    place: i64,
    job: JobId,
    key: String,
    family: Option<String>,
    token: i64,
    attempts: u32,
    result: Option<String>,
    fault: Option<String>,
    finished: Timestamp,
    trust: i64,
    sources: Option<Vec<u8>>,
}

/// The outcomes that are there now.
pub(super) fn page(db: &Connection, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
    let after = cursor::read(&query.after, cursor::OUTCOME)?;
    let Some(owner) = scope::find(db, scope)? else {
        return Ok(Page::new(Vec::new(), query.after.clone(), false));
    };
    let (last, purged) = db
        .prepare_cached("SELECT last, purged FROM job_scopes WHERE number = ?1")?
        .query_row([owner], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
    if let Some(after) = after
        && after < purged
    {
        return Err(Error::new(
            ErrorKind::Gone,
            "cannot go on from this cursor: what follows it was purged",
        )
        .with_remedy("begin at the start"));
    }
    let after = after.unwrap_or(0);
    let (base, end) = scope::range(owner);
    let limit = query.limit.clamp(1, 1_000);
    let wanted = signed(limit as u64 + 1);
    let mut statement = match &query.group {
        None => db.prepare_cached(select!(""))?,
        Some(group) if group.is_empty() => db.prepare_cached(select!("AND o.family IS NULL"))?,
        Some(_) => db.prepare_cached(select!("AND o.family = ?4"))?,
    };
    let mut rows = match &query.group {
        Some(group) if !group.is_empty() => statement.query((base | after, end, wanted, group))?,
        _ => statement.query((base | after, end, wanted))?,
    };
    let mut items = Vec::new();
    let (mut next, mut more, mut bytes) = (last.max(after), false, 0);
    while let Some(row) = rows.next()? {
        let logged = Logged {
            place: row.get(0)?,
            job: row.get(1)?,
            key: row.get(2)?,
            family: row.get(3)?,
            token: row.get(4)?,
            attempts: row.get(5)?,
            result: row.get(6)?,
            fault: row.get(7)?,
            finished: row.get(8)?,
            trust: row.get(9)?,
            sources: row.get(10)?,
        };
        if items.len() == limit || bytes > BYTES {
            more = true;
            break;
        }
        bytes += logged.result.as_ref().map_or(0, String::len);
        next = logged.place & ((1 << SHIFT) - 1);
        items.push(logged.outcome(scope)?);
    }
    if !more {
        // Past what other groups own, so that a purge of theirs is not taken for a loss here.
        next = last.max(after);
    }
    Ok(Page::new(items, cursor::write(next, cursor::OUTCOME), more))
}

impl Logged {
    fn outcome(self, scope: &Scope) -> Result<Outcome> {
        let corrupt = |error: serde_json::Error| {
            Error::new(
                ErrorKind::Corrupt,
                format!("cannot read the outcome of job {}", self.job),
            )
            .with_remedy("restore the last backup, or purge the outcome")
            .with_source(error)
        };
        let result = match (&self.result, &self.fault) {
            (_, Some(fault)) => Err(serde_json::from_str::<Fault>(fault).map_err(corrupt)?),
            (Some(result), None) => Ok(serde_json::from_str::<Value>(result).map_err(corrupt)?),
            (None, None) => Ok(Value::Null),
        };
        let spec = NewJob::new("", self.key, Value::Null)
            .with_group(self.family.unwrap_or_default())
            .with_trust(trust(self.trust))
            .with_sources(unpack(self.sources.as_deref().unwrap_or_default()));
        let mut job = Job::new(scope, spec, self.finished);
        job.id = self.job;
        job.token = unsigned(self.token);
        job.attempts = self.attempts;
        Ok(Outcome::new(&job, result, self.finished))
    }
}
