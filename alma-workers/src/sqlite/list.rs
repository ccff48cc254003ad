//! Where jobs stand, one by one and by page.

use alma_core::{Job, JobId, JobQuery, JobState, JobStatus, Page, PageRequest, Result, Scope};
use rusqlite::Connection;

use super::{
    cursor,
    row::{Stored, select},
    schema::SHIFT,
    scope,
    time::Moment,
};

/// The most text in one page.
const BYTES: usize = 8 * 1024 * 1024;

pub(super) fn status(
    db: &Connection,
    scope: &Scope,
    ids: &[JobId],
    now: Moment,
) -> Result<Vec<JobStatus>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(job) = Stored::by_id(db, scope, *id)? {
            let (state, fault) = (job.shown_state(now.store), job.fault()?);
            found.push(JobStatus::new(job.id, job.key, state, job.attempts, fault));
        }
    }
    Ok(found)
}

pub(super) fn jobs(
    db: &Connection,
    scope: &Scope,
    query: &JobQuery,
    page: &PageRequest,
    now: Moment,
) -> Result<Page<Job>> {
    let after = cursor::read(&page.after, cursor::JOB)?.unwrap_or(0);
    let Some(owner) = scope::find(db, scope)? else {
        return Ok(Page::new(Vec::new(), page.after.clone(), false));
    };
    let (base, end) = scope::range(owner);
    // Dead jobs are few and asked for often; their own index spares the walk through all others.
    let mut statement = if query.states == [JobState::Dead] {
        db.prepare_cached(select!(
            "p.payload",
            "j.state = 3 AND j.number > ?1 AND j.number <= ?2 ORDER BY j.number"
        ))?
    } else {
        db.prepare_cached(select!(
            "p.payload",
            "j.number > ?1 AND j.number <= ?2 ORDER BY j.number"
        ))?
    };
    let limit = page.limit.clamp(1, PageRequest::MAX);
    let mut rows = statement.query((base | after, end))?;
    let (mut items, mut next, mut more, mut bytes) = (Vec::new(), after, false, 0);
    while let Some(row) = rows.next()? {
        let stored = Stored::read(row)?;
        let group = stored.family.as_deref().unwrap_or_default();
        let wanted = query.group.as_ref().is_none_or(|wanted| wanted == group)
            && (query.states.is_empty() || query.states.contains(&stored.shown_state(now.store)));
        if !wanted {
            continue;
        }
        if items.len() == limit || bytes > BYTES {
            more = true;
            break;
        }
        bytes += stored.bytes();
        next = stored.number & ((1 << SHIFT) - 1);
        items.push(stored.job(now.store)?);
    }
    Ok(Page::new(items, cursor::write(next, cursor::JOB), more))
}
