//! What was forgotten, by scope and record id: refused as a source, and remembered across restores.

use rusqlite::Connection;

use super::{
    mirror::{Mirror, Position, Tombstone},
    state,
    writer::WriteTx,
};
use crate::{
    Cursor, Erasure, ErasureId, Error, ErrorKind, IdSource, Page, PageRequest, RandomIds, RecordId,
    Result, Scope, digest::hex,
};

const MIRROR_ID: &str = "mirror_id";
const MIRROR_LENGTH: &str = "mirror_length";

impl WriteTx<'_> {
    /// Notes that the records of `what` are forgotten; how many of them were not before.
    ///
    /// The ids are on disk beside the file before this returns, and stay there whatever becomes of the transaction:
    /// an erasure that fails is listed by [`unfinished_erasures`](super::Database::unfinished_erasures), to be run again.
    /// [`Database::erase`](super::Database::erase) calls this; call it yourself where the records become known in the
    /// same transaction, before anything is deleted.
    ///
    /// # Errors
    /// Those of writing the file beside the database.
    pub fn forget(&self, scope: &Scope, what: &Erasure) -> Result<u64> {
        if let Some(mirror) = self.mirror {
            // What another transaction wrote there and did not commit must not be skipped over.
            reconcile(self, mirror)?;
        }
        let mut known =
            self.prepare_cached("SELECT 1 FROM alma_tombstones WHERE scope = ?1 AND record = ?2")?;
        let mut fresh = Vec::new();
        for record in &what.records {
            if !known.exists((scope, record))? {
                fresh.push(Tombstone::new(scope.clone(), *record, what.id));
            }
        }
        if fresh.is_empty() {
            return Ok(0);
        }
        if let Some(mirror) = self.mirror {
            let position = mirror.append(&fresh_id(), &fresh)?;
            set_position(self, &position)?;
        }
        insert(self, &fresh)
    }
}

/// Refuses what is made of something forgotten.
///
/// # Errors
/// `Gone`, naming the first of `sources` that was forgotten in this scope.
pub fn check(connection: &Connection, scope: &Scope, sources: &[RecordId]) -> Result<()> {
    match forgotten(connection, scope, sources)?.first() {
        None => Ok(()),
        Some(record) => Err(Error::new(
            ErrorKind::Gone,
            format!("cannot use record {record} as a source: it was forgotten"),
        )
        .with_remedy("leave it out; what is made of it cannot be kept")),
    }
}

/// Those of `records` that were forgotten in this scope, in the given order.
///
/// # Errors
/// Those of reading the file.
pub fn forgotten(
    connection: &Connection,
    scope: &Scope,
    records: &[RecordId],
) -> Result<Vec<RecordId>> {
    let mut find = connection
        .prepare_cached("SELECT 1 FROM alma_tombstones WHERE scope = ?1 AND record = ?2")?;
    let mut gone = Vec::new();
    for record in records {
        if find.exists((scope, record))? {
            gone.push(*record);
        }
    }
    Ok(gone)
}

/// What was forgotten in `scope`, in the order of record ids.
///
/// # Errors
/// `InvalidInput` for a cursor of another list; else those of reading the file.
pub fn list(connection: &Connection, scope: &Scope, page: &PageRequest) -> Result<Page<Tombstone>> {
    let after: Option<RecordId> = match &page.after {
        start if start.is_start() => None,
        cursor => Some(cursor.as_str().parse()?),
    };
    let mut statement = connection.prepare_cached(
        "SELECT record, erasure FROM alma_tombstones
         WHERE scope = ?1 AND (?2 IS NULL OR record > ?2) ORDER BY record LIMIT ?3",
    )?;
    let wanted = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((scope, after, wanted.saturating_add(1)), |row| {
        Ok(Tombstone::new(scope.clone(), row.get(0)?, row.get(1)?))
    })?;
    let mut items = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = items.len() > page.limit;
    items.truncate(page.limit);
    let next = items.last().map_or_else(
        || page.after.clone(),
        |last| Cursor::new(last.record.to_string()),
    );
    Ok(Page::new(items, next, more))
}

/// The acts of forgetting that nobody has reported as finished.
pub(super) fn unfinished(connection: &Connection) -> Result<Vec<(Scope, Erasure)>> {
    let mut statement = connection.prepare_cached(
        "SELECT scope, erasure, record FROM alma_tombstones WHERE finished = 0
         ORDER BY scope, erasure, record",
    )?;
    let mut rows = statement.query([])?;
    let mut found: Vec<(Scope, Erasure)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (scope, id, record): (Scope, ErasureId, RecordId) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        match found.last_mut() {
            Some((last, erasure)) if *last == scope && erasure.id == id => {
                erasure.records.push(record);
            }
            _ => found.push((scope, Erasure::new(id, vec![record]))),
        }
    }
    Ok(found)
}

pub(super) fn finish(connection: &Connection, scope: &Scope, id: ErasureId) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE alma_tombstones SET finished = 1
             WHERE finished = 0 AND scope = ?1 AND erasure = ?2",
        )?
        .execute((scope, id))?;
    Ok(())
}

/// Whether the file beside the database says something that the database does not know, or lacks something.
pub(super) fn differs(connection: &Connection, mirror: &Mirror) -> Result<bool> {
    let known = position(connection)?;
    Ok(match mirror.position()? {
        Some(found) => found != known,
        None => known != Position::default(),
    })
}

/// Brings the database and the file beside it to the same set: what the database lacks becomes unfinished in it.
pub(super) fn reconcile(connection: &Connection, mirror: &Mirror) -> Result<()> {
    let known = position(connection)?;
    let found = mirror.position()?;
    match found {
        Some(found) if found == known => Ok(()),
        Some(found) if found.id == known.id && found.length > known.length => {
            let absorbed = insert(connection, &mirror.read(known.length)?)?;
            tracing::warn!(absorbed, "erasures found that the database does not have");
            set_position(connection, &found)
        }
        None if known == Position::default() => Ok(()),
        other => {
            let theirs = match other {
                Some(_) => mirror.read(0)?,
                None => Vec::new(),
            };
            insert(connection, &theirs)?;
            let mut statement =
                connection.prepare("SELECT scope, record, erasure FROM alma_tombstones")?;
            let rows = statement.query_map([], |row| {
                Ok(Tombstone::new(row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            let ours = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let there: std::collections::HashSet<_> = theirs
                .iter()
                .map(|stone| (&stone.scope, stone.record))
                .collect();
            let lacking: Vec<_> = ours
                .into_iter()
                .filter(|stone| !there.contains(&(&stone.scope, stone.record)))
                .collect();
            let position = mirror.append(&fresh_id(), &lacking)?;
            set_position(connection, &position)
        }
    }
}

fn insert(connection: &Connection, tombstones: &[Tombstone]) -> Result<u64> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO alma_tombstones (scope, record, erasure, finished) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (scope, record) DO NOTHING",
    )?;
    let mut added = 0;
    for stone in tombstones {
        added += statement.execute((&stone.scope, stone.record, stone.erasure))? as u64;
    }
    Ok(added)
}

fn position(connection: &Connection) -> Result<Position> {
    let id: Option<String> = state::get(connection, MIRROR_ID)?;
    let length: Option<i64> = state::get(connection, MIRROR_LENGTH)?;
    Ok(Position {
        id: id.unwrap_or_default(),
        length: length
            .and_then(|length| u64::try_from(length).ok())
            .unwrap_or(0),
    })
}

fn set_position(connection: &Connection, position: &Position) -> Result<()> {
    state::set(connection, MIRROR_ID, &position.id)?;
    state::set(
        connection,
        MIRROR_LENGTH,
        i64::try_from(position.length).unwrap_or(i64::MAX),
    )
}

fn fresh_id() -> String {
    hex(&RandomIds::new().next().to_be_bytes())
}
