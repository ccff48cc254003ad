//! Reading: events in order with their chain proved, streams and scopes by page.

use alma_core::{
    Cursor, Digest, Error, Event, NewEvent, Page, PageRequest, Result, Scope, StreamId, StreamInfo,
    Timestamp, Version,
};
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;

use super::chain::{self, Link};

/// A stream's row.
pub(super) struct Stream {
    pub(super) row: i64,
    pub(super) version: u64,
}

pub(super) fn stream(db: &Connection, scope: &Scope, id: &StreamId) -> Result<Option<Stream>> {
    let found = db
        .prepare_cached("SELECT id, version FROM ledger_streams WHERE scope = ?1 AND name = ?2")?
        .query_row((scope, id.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(row, version): (i64, i64)| Stream {
        row,
        version: version.unsigned_abs(),
    }))
}

/// The link of a stream's event; of no event, the root.
pub(super) fn link(db: &Connection, id: &StreamId, stream: i64, version: u64) -> Result<Digest> {
    if version == 0 {
        return Ok(chain::root());
    }
    db.prepare_cached("SELECT link FROM ledger_events WHERE stream = ?1 AND version = ?2")?
        .query_row((stream, signed(version)), |row| row.get(0))
        .optional()?
        .ok_or_else(|| chain::broken(id, version))
}

pub(super) fn events(
    db: &Connection,
    scope: &Scope,
    id: &StreamId,
    after: Version,
    limit: usize,
) -> Result<Vec<Event>> {
    let Some(found) = stream(db, scope, id)? else {
        return Ok(Vec::new());
    };
    if after.0 >= found.version {
        return Ok(Vec::new());
    }
    let mut before = link(db, id, found.row, after.0)?;
    let mut statement = db.prepare_cached(
        "SELECT version, recorded, kind, key, sources, body, salt, seal, link
         FROM ledger_events WHERE stream = ?1 AND version > ?2 ORDER BY version LIMIT ?3",
    )?;
    let limit = limit.clamp(1, PageRequest::MAX);
    let mut rows = statement.query((found.row, signed(after.0), signed(limit as u64)))?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let version = after.0 + events.len() as u64 + 1;
        let (recorded, kind, key): (i64, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let (sources, seal): (Vec<u8>, Digest) = (row.get(4)?, row.get(7)?);
        let (body, salt): (Option<String>, Option<Vec<u8>>) = (row.get(5)?, row.get(6)?);
        let link = Link {
            stream: id,
            version,
            recorded,
            kind: &kind,
            key: &key,
            sources: &sources,
            seal,
        }
        .digest(before);
        let whole = match (&body, &salt) {
            (Some(body), Some(salt)) => chain::seal(salt, body) == seal,
            (None, None) => true,
            _ => false,
        };
        let linked = row.get::<_, Digest>(8)? == link;
        chain::ensure(
            whole && linked && row.get::<_, i64>(0)? == signed(version),
            id,
            version,
        )?;
        before = link;
        let sources = chain::unpack(&sources).ok_or_else(|| chain::broken(id, version))?;
        let erased = body.is_none();
        let body: Value = match body {
            Some(body) => serde_json::from_str(&body)
                .map_err(|error| chain::broken(id, version).with_source(error))?,
            None => Value::Null,
        };
        let event = NewEvent::new(kind, body)
            .with_key(key)
            .with_sources(sources);
        let mut event = Event::new(Version(version), Timestamp::from_millis(recorded), event);
        event.erased = erased;
        events.push(event);
    }
    let expected = (found.version - after.0).min(limit as u64);
    let last = after.0 + events.len() as u64;
    chain::ensure(events.len() as u64 == expected, id, last + 1)?;
    Ok(events)
}

pub(super) fn streams(
    db: &Connection,
    scope: &Scope,
    prefix: &str,
    page: &PageRequest,
) -> Result<Page<StreamInfo>> {
    if !page.after.is_start() && StreamId::new(page.after.as_str()).is_err() {
        return Err(foreign());
    }
    let mut statement = db.prepare_cached(
        "SELECT name, version, updated FROM ledger_streams
         WHERE scope = ?1 AND name >= ?2 AND substr(name, 1, length(?2)) = ?2 AND name > ?3
         ORDER BY name LIMIT ?4",
    )?;
    let rows = statement.query_map(
        (scope, prefix, page.after.as_str(), one_more(page)),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut infos = Vec::new();
    for row in rows {
        let (name, version, updated): (String, i64, Timestamp) = row?;
        let version = Version(version.unsigned_abs());
        infos.push(StreamInfo::new(StreamId::new(name)?, version, updated));
    }
    Ok(cut(infos, page, |info| info.id.to_string()))
}

pub(super) fn scopes(db: &Connection, page: &PageRequest) -> Result<Page<Scope>> {
    if !page.after.is_start() && Scope::new(page.after.as_str()).is_err() {
        return Err(foreign());
    }
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT scope FROM ledger_streams WHERE scope > ?1 ORDER BY scope LIMIT ?2",
    )?;
    let rows = statement.query_map((page.after.as_str(), one_more(page)), |row| row.get(0))?;
    let scopes = rows.collect::<rusqlite::Result<Vec<Scope>>>()?;
    Ok(cut(scopes, page, Scope::to_string))
}

fn foreign() -> Error {
    Error::invalid("cannot read the cursor: it was not given by this list")
        .with_remedy("begin at the start")
}

fn one_more(page: &PageRequest) -> i64 {
    signed(page.limit.clamp(1, PageRequest::MAX) as u64 + 1)
}

/// A page out of one item more than it may hold.
fn cut<T>(mut items: Vec<T>, page: &PageRequest, key: impl Fn(&T) -> String) -> Page<T> {
    let limit = page.limit.clamp(1, PageRequest::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items
        .last()
        .map_or_else(|| page.after.clone(), |last| Cursor::new(key(last)));
    Page::new(items, next, more)
}

/// SQLite's integers are signed; no stream comes near the end of them.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
