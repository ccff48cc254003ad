//! The tables, and how rows become values.

use alma_core::{
    Error, ErrorKind, Metadata, Record, RecordId, RecordKind, Result, Scope, Timestamp, Trust,
};
use rusqlite::{Connection, OptionalExtension, Row};

/// The component's name in the database.
pub(super) const COMPONENT: &str = "memory";

/// Released steps never change; what is new is appended.
///
/// No index holds text, and every row of a scope is found by the scope's number alone.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE memory_scope (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        epoch INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE memory_source (
        id INTEGER PRIMARY KEY,
        scope INTEGER NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (scope, name)
    ) STRICT;
    CREATE TABLE memory_record (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        scope INTEGER NOT NULL,
        id BLOB NOT NULL,
        key BLOB NOT NULL,
        kind INTEGER NOT NULL,
        source INTEGER,
        position INTEGER,
        occurred INTEGER NOT NULL,
        recorded INTEGER NOT NULL,
        superseded INTEGER,
        trust INTEGER NOT NULL,
        terms INTEGER NOT NULL,
        head_terms INTEGER NOT NULL,
        asks INTEGER NOT NULL,
        likeness INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX memory_record_scope ON memory_record (scope);
    CREATE UNIQUE INDEX memory_record_id ON memory_record (scope, id);
    CREATE INDEX memory_record_key ON memory_record (scope, key) WHERE superseded IS NULL;
    CREATE INDEX memory_record_order ON memory_record (scope, recorded, id);
    CREATE INDEX memory_record_source ON memory_record (source);
    CREATE TABLE memory_text (
        number INTEGER PRIMARY KEY,
        text TEXT NOT NULL,
        metadata TEXT NOT NULL,
        derived_from BLOB NOT NULL
    ) STRICT;
    CREATE TABLE memory_link (
        scope INTEGER NOT NULL,
        parent BLOB NOT NULL,
        child INTEGER NOT NULL,
        PRIMARY KEY (scope, parent, child)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE memory_posting (
        scope INTEGER NOT NULL,
        term TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        count INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (scope, term, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE memory_space (
        id INTEGER PRIMARY KEY,
        identity TEXT NOT NULL UNIQUE,
        current INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE memory_vector (
        number INTEGER PRIMARY KEY,
        space INTEGER NOT NULL,
        scale REAL NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE memory_run (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        scope INTEGER NOT NULL,
        id BLOB NOT NULL,
        night INTEGER NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (scope, id)
    ) STRICT;
    CREATE TABLE memory_run_effect (
        run INTEGER NOT NULL,
        record INTEGER NOT NULL,
        effect INTEGER NOT NULL,
        PRIMARY KEY (run, record)
    ) STRICT, WITHOUT ROWID;
"];

/// The columns that [`record`] reads; the tables are `r` (record), `t` (text) and `s` (source).
pub(super) const RECORD: &str = "
    SELECT r.id, r.kind, r.occurred, r.recorded, r.superseded, s.name, r.position, r.trust,
           t.text, t.metadata, t.derived_from, r.number
    FROM memory_record r
    JOIN memory_text t ON t.number = r.number
    LEFT JOIN memory_source s ON s.id = r.source";

/// The record in a row of [`RECORD`].
pub(super) fn record(scope: &Scope, row: &Row<'_>) -> Result<Record> {
    let id: RecordId = row.get(0)?;
    let trust: i64 = row.get(7)?;
    let metadata: String = row.get(9)?;
    let derived: Vec<u8> = row.get(10)?;
    let position: Option<i64> = row.get(6)?;
    let corrupt = |what: &str| {
        Error::new(
            ErrorKind::Corrupt,
            format!("cannot read the {what} of record {id}"),
        )
    };
    let metadata: Metadata =
        serde_json::from_str(&metadata).map_err(|error| corrupt("metadata").with_source(error))?;
    let mut observation = alma_core::Observation::text(row.get::<_, String>(8)?)
        .with_kind(kind(row.get(1)?).ok_or_else(|| corrupt("kind"))?)
        .with_source(row.get::<_, Option<String>>(5)?.unwrap_or_default())
        .with_occurred(row.get(2)?)
        .with_trust(trust_of(trust).ok_or_else(|| corrupt("trust"))?);
    observation.position = position.map(i64::cast_unsigned);
    observation.metadata = metadata;
    observation.derived_from = ids(&derived).ok_or_else(|| corrupt("sources"))?;
    let mut record = Record::new(scope, observation, row.get(3)?);
    record.id = id;
    record.superseded = row.get::<_, Option<Timestamp>>(4)?;
    Ok(record)
}

/// The number of a scope that holds something.
pub(super) fn scope_number(connection: &Connection, scope: &Scope) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT id FROM memory_scope WHERE path = ?1")?
        .query_row([scope], |row| row.get(0))
        .optional()?)
}

/// Tells every process that more changed in a scope than records added at its end.
pub(super) fn bump_epoch(connection: &Connection, scope: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE memory_scope SET epoch = epoch + 1 WHERE id = ?1")?
        .execute([scope])?;
    Ok(())
}

/// The code of a kind; codes are part of the file's format.
pub(super) fn kind_code(kind: RecordKind) -> Result<i64> {
    Ok(match kind {
        RecordKind::Message => 0,
        RecordKind::Document => 1,
        RecordKind::Chunk => 2,
        RecordKind::Summary => 3,
        RecordKind::Fact => 4,
        RecordKind::Event => 5,
        RecordKind::Case => 6,
        other => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("cannot store a record of kind '{}'", other.as_str()),
            ));
        }
    })
}

/// The kind of a code.
pub(super) const fn kind(code: i64) -> Option<RecordKind> {
    Some(match code {
        0 => RecordKind::Message,
        1 => RecordKind::Document,
        2 => RecordKind::Chunk,
        3 => RecordKind::Summary,
        4 => RecordKind::Fact,
        5 => RecordKind::Event,
        6 => RecordKind::Case,
        _ => return None,
    })
}

/// The code of a trust; codes are part of the file's format.
pub(super) const fn trust_code(trust: Trust) -> i64 {
    match trust {
        Trust::External => 0,
        Trust::Derived => 1,
        Trust::VerifiedTool => 2,
        Trust::Owner => 3,
    }
}

/// The trust of a code.
pub(super) const fn trust_of(code: i64) -> Option<Trust> {
    Some(match code {
        0 => Trust::External,
        1 => Trust::Derived,
        2 => Trust::VerifiedTool,
        3 => Trust::Owner,
        _ => return None,
    })
}

/// Ids one after another, as they are stored.
pub(super) fn id_bytes(ids: &[RecordId]) -> Vec<u8> {
    ids.iter()
        .flat_map(|id| id.as_bytes().iter().copied())
        .collect()
}

fn ids(bytes: &[u8]) -> Option<Vec<RecordId>> {
    bytes
        .chunks(16)
        .map(|id| id.try_into().ok().map(RecordId::from_bytes))
        .collect()
}
