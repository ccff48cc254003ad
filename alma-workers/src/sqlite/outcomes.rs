//! Reading the log of outcomes.

use alma_core::{Cursor, Error, ErrorKind, Outcome, OutcomeQuery, Page, Result, Scope};
use rusqlite::{Connection, OptionalExtension};

use super::row::from_json;

/// The outcomes that are there now.
pub(super) fn page(db: &Connection, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
    let after = number(&query.after)?;
    let purged: Option<i64> = db
        .prepare_cached("SELECT outcome FROM job_purged WHERE scope = ?1")?
        .query_row([scope], |row| row.get(0))
        .optional()?;
    if after > 0 && purged.is_some_and(|purged| after < purged) {
        return Err(Error::new(
            ErrorKind::Gone,
            "cannot go on from this cursor: what follows it was purged",
        )
        .with_remedy("begin at the start"));
    }
    let limit = query.limit.clamp(1, 1_000);
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let mut rows: Vec<(i64, String)> = match &query.group {
        Some(group) => db
            .prepare_cached(
                "SELECT id, outcome FROM job_outcomes WHERE scope = ?1 AND grp = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
            )?
            .query_map((scope, group, after, limit as i64 + 1), read)?
            .collect::<Result<_, _>>()?,
        None => db
            .prepare_cached("SELECT id, outcome FROM job_outcomes WHERE scope = ?1 AND id > ?2 ORDER BY id LIMIT ?3")?
            .query_map((scope, after, limit as i64 + 1), read)?
            .collect::<Result<_, _>>()?,
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    // With nothing left the cursor goes to the end of the log, past what others own.
    let next = match rows.last() {
        Some((id, _)) if more => *id,
        _ => {
            let last: Option<i64> = db
                .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'job_outcomes'")?
                .query_row([], |row| row.get(0))
                .optional()?;
            last.unwrap_or(0).max(after)
        }
    };
    let items = rows
        .into_iter()
        .map(|(_, text)| from_json(&text))
        .collect::<Result<Vec<_>>>()?;
    Ok(Page::new(items, cursor(next), more))
}

/// A place in a list as a cursor.
pub(super) fn cursor(place: i64) -> Cursor {
    Cursor::new(format!("{place:020}"))
}

/// The place that a cursor of ours names; 0 at the start.
pub(super) fn number(cursor: &Cursor) -> Result<i64> {
    match cursor.as_str() {
        "" => Ok(0),
        text if text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().map_err(|_| foreign())
        }
        _ => Err(foreign()),
    }
}

fn foreign() -> Error {
    Error::invalid("cannot go on from a cursor of another list")
        .with_remedy("start from the beginning")
}
