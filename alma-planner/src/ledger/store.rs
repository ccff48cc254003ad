//! The backend: appending by compare-and-set, and erasing bodies.

use std::sync::Arc;

use alma_core::{
    Clock, Erased, Erasure, Error, ErrorKind, Event, IdSource, Ledger, NewEvent, Operator, Page,
    PageRequest, RandomIds, Result, Scope, StreamId, StreamInfo, SystemClock, Timestamp, Version,
    sqlite::{Database, WriteTx, tombstones},
};
use async_trait::async_trait;

use super::{
    chain::{self, Link},
    query::{self, Stream, signed},
    schema,
};

/// A [`Ledger`] in the shared SQLite file.
///
/// Each event is chained to the one before it by hashes, which every read proves: what was changed
/// behind the ledger's back answers `Corrupt`. Erasing an event's body takes the salt of its hash
/// along, so that the chain stays whole and the hash tells nothing.
///
/// # Examples
/// ```
/// use alma_core::{Ledger, NewEvent, Scope, StreamId, Version, sqlite::Database};
/// use alma_planner::SqliteLedger;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> alma_core::Result<()> {
/// let ledger = SqliteLedger::open(Database::in_memory()?).await?;
/// let (scope, stream) = (Scope::new("home/ana")?, StreamId::new("mission/1")?);
/// let event = NewEvent::new("accepted", "move the piano".into());
/// assert_eq!(ledger.append(&scope, &stream, Version(0), vec![event]).await?, Version(1));
/// assert_eq!(ledger.read(&scope, &stream, Version(0), 10).await?[0].body, "move the piano");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteLedger {
    database: Database,
    clock: Arc<dyn Clock>,
    salts: Arc<dyn IdSource>,
}

impl SqliteLedger {
    /// The ledger in `database`; makes or updates its tables.
    ///
    /// # Errors
    /// Those of [`Database::migrate`].
    pub async fn open(database: Database) -> Result<Self> {
        database.migrate(schema::COMPONENT, schema::STEPS).await?;
        Ok(Self {
            database,
            clock: Arc::new(SystemClock),
            salts: Arc::new(RandomIds::new()),
        })
    }

    /// Takes the times of events from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        events: Vec<NewEvent>,
    ) -> Result<Version> {
        NewEvent::check(id, &events)?;
        let (scope, id, now) = (scope.clone(), id.clone(), self.clock.now());
        // Text and hashes are made here, so that the writer's thread only writes.
        let events = events
            .into_iter()
            .map(|event| Entry::new(event, self.salts.next()))
            .collect::<Vec<_>>();
        self.database
            .write(move |tx| append(tx, &scope, &id, expected, &events, now))
            .await
    }

    async fn read(
        &self,
        scope: &Scope,
        id: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Event>> {
        let (scope, id) = (scope.clone(), id.clone());
        self.database
            .read(move |db| query::events(db, &scope, &id, after, limit))
            .await
    }

    async fn streams(
        &self,
        scope: &Scope,
        prefix: &str,
        page: &PageRequest,
    ) -> Result<Page<StreamInfo>> {
        let (scope, prefix, page) = (scope.clone(), prefix.to_owned(), page.clone());
        self.database
            .read(move |db| query::streams(db, &scope, &prefix, &page))
            .await
    }

    async fn scopes(&self, _operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        let page = page.clone();
        self.database.read(move |db| query::scopes(db, &page)).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let (of, records) = (scope.clone(), what.records.clone());
        self.database
            .erase(schema::COMPONENT, scope, what, move |tx| {
                let mut blank = tx.prepare_cached(
                    "UPDATE ledger_events SET body = NULL, salt = NULL
                     WHERE body IS NOT NULL
                       AND id IN (SELECT event FROM ledger_sources WHERE record = ?2)
                       AND stream IN (SELECT id FROM ledger_streams WHERE scope = ?1)",
                )?;
                let mut blanked = 0;
                for record in records {
                    blanked += blank.execute((&of, record))? as u64;
                }
                Ok(blanked)
            })
            .await
    }
}

/// An event, ready to be written.
struct Entry {
    event: NewEvent,
    body: String,
    salt: [u8; 16],
    seal: alma_core::Digest,
}

impl Entry {
    fn new(event: NewEvent, salt: u128) -> Self {
        let (body, salt) = (event.body.to_string(), salt.to_be_bytes());
        Self {
            seal: chain::seal(&salt, &body),
            event,
            body,
            salt,
        }
    }
}

fn append(
    tx: &WriteTx<'_>,
    scope: &Scope,
    id: &StreamId,
    expected: Version,
    events: &[Entry],
    now: Timestamp,
) -> Result<Version> {
    for entry in events {
        tombstones::check(tx, scope, &entry.event.sources)?;
    }
    let found = query::stream(tx, scope, id)?;
    let at = found.as_ref().map_or(0, |found| found.version);
    let version = Version(expected.0.saturating_add(events.len() as u64));
    if at != expected.0 {
        if let Some(found) = &found
            && already(tx, found, expected, events)?
        {
            return Ok(version);
        }
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "cannot append to '{id}' at version {}: it is at {at}",
                expected.0
            ),
        )
        .with_remedy("read the stream again and decide anew"));
    }
    let row = match found {
        Some(found) => {
            tx.prepare_cached(
                "UPDATE ledger_streams SET version = ?2, updated = ?3 WHERE id = ?1",
            )?
            .execute((found.row, signed(version.0), now))?;
            found.row
        }
        None => tx
            .prepare_cached(
                "INSERT INTO ledger_streams (scope, name, version, updated)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .insert((scope, id.as_str(), signed(version.0), now))?,
    };
    let mut before = query::link(tx, id, row, at)?;
    for (entry, version) in events.iter().zip(at + 1..) {
        before = insert(tx, id, row, version, entry, now, before)?;
    }
    Ok(version)
}

/// Whether the events after `expected` are these, by their keys: a write whose answer was lost.
fn already(tx: &WriteTx<'_>, found: &Stream, expected: Version, events: &[Entry]) -> Result<bool> {
    let mut key =
        tx.prepare_cached("SELECT key FROM ledger_events WHERE stream = ?1 AND version = ?2")?;
    if expected.0.saturating_add(events.len() as u64) > found.version {
        return Ok(false);
    }
    for (entry, version) in events.iter().zip(expected.0 + 1..) {
        let known: String = key.query_row((found.row, signed(version)), |row| row.get(0))?;
        if known.is_empty() || known != entry.event.key {
            return Ok(false);
        }
    }
    Ok(true)
}

fn insert(
    tx: &WriteTx<'_>,
    id: &StreamId,
    stream: i64,
    version: u64,
    entry: &Entry,
    now: Timestamp,
    before: alma_core::Digest,
) -> Result<alma_core::Digest> {
    let NewEvent {
        kind, key, sources, ..
    } = &entry.event;
    let packed = chain::pack(sources);
    let link = Link {
        stream: id,
        version,
        recorded: now.as_millis(),
        kind,
        key,
        sources: &packed,
        seal: entry.seal,
    }
    .digest(before);
    let event = tx
        .prepare_cached(
            "INSERT INTO ledger_events
                 (stream, version, recorded, kind, key, sources, body, salt, seal, link)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .insert((
            stream,
            signed(version),
            now,
            kind,
            key,
            packed,
            &entry.body,
            entry.salt,
            entry.seal,
            link,
        ))?;
    let mut source =
        tx.prepare_cached("INSERT OR IGNORE INTO ledger_sources (record, event) VALUES (?1, ?2)")?;
    for record in sources {
        source.execute((record, event))?;
    }
    Ok(link)
}
