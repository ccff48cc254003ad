//! The in-process index of a scope: loaded once, extended as records come, never trusted when stale.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use alma_core::{Error, ErrorKind, RecordId, Result, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::schema::kind;
use crate::index::{Entry, Quantised, Table, Vectors};

/// Bytes that the indexes of all scopes may take in memory together.
const CACHE_BYTES: usize = 256 << 20;

/// A scope as ranking sees it.
#[derive(Debug)]
pub(super) struct ScopeIndex {
    pub(super) table: Table,
    pub(super) vectors: Vectors,
    epoch: i64,
    last: i64,
}

impl ScopeIndex {
    fn size(&self) -> usize {
        self.vectors.size() + self.table.len() * (size_of::<Entry>() + 32)
    }
}

/// The indexes of the scopes asked last.
#[derive(Debug, Default)]
pub(super) struct Cache {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    indexes: HashMap<i64, (u64, Arc<ScopeIndex>)>,
    tick: u64,
}

impl Cache {
    /// The index of `scope` as this snapshot of the database has it.
    pub(super) fn index(
        &self,
        connection: &Connection,
        scope: i64,
        space: Space,
    ) -> Result<Arc<ScopeIndex>> {
        let (epoch, last) = stand(connection, scope)?;
        let known = self.get(scope);
        let index = match known {
            Some(known) if known.epoch == epoch && known.last == last => known,
            // Another snapshot may be older than what is held; it gets an index of its own.
            Some(known) if known.epoch == epoch && known.last < last => {
                Arc::new(extend(connection, scope, space, &known, last)?)
            }
            _ => Arc::new(load(connection, scope, space, epoch, last)?),
        };
        self.put(scope, &index);
        Ok(index)
    }

    /// Drops what is held of a scope.
    pub(super) fn forget(&self, scope: i64) {
        self.held().indexes.remove(&scope);
    }

    fn get(&self, scope: i64) -> Option<Arc<ScopeIndex>> {
        let mut held = self.held();
        held.tick += 1;
        let tick = held.tick;
        held.indexes.get_mut(&scope).map(|(used, index)| {
            *used = tick;
            Arc::clone(index)
        })
    }

    fn put(&self, scope: i64, index: &Arc<ScopeIndex>) {
        let mut held = self.held();
        held.tick += 1;
        let tick = held.tick;
        held.indexes.insert(scope, (tick, Arc::clone(index)));
        let mut total: usize = held.indexes.values().map(|(_, index)| index.size()).sum();
        while total > CACHE_BYTES && held.indexes.len() > 1 {
            let oldest = held.indexes.iter().min_by_key(|(_, (used, _))| *used);
            let Some((&oldest, _)) = oldest else { break };
            if let Some((_, dropped)) = held.indexes.remove(&oldest) {
                total -= dropped.size();
            }
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which vectors count: those of one embedder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Space {
    pub(super) id: i64,
    pub(super) dimension: usize,
}

/// What changes whenever the index of a scope does.
fn stand(connection: &Connection, scope: i64) -> Result<(i64, i64)> {
    let epoch = connection
        .prepare_cached("SELECT epoch FROM memory_scope WHERE id = ?1")?
        .query_row([scope], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(number) FROM memory_record WHERE scope = ?1")?
        .query_row([scope], |row| row.get(0))?;
    Ok((epoch, last.unwrap_or(0)))
}

const COLUMNS: &str = "
    SELECT r.number, r.id, r.kind, r.source, r.position, r.occurred, r.terms, r.head_terms, r.asks,
           r.likeness, v.scale, v.body
    FROM memory_record r
    LEFT JOIN memory_vector v ON v.number = r.number AND v.space = ?2
    WHERE r.scope = ?1";

fn load(
    connection: &Connection,
    scope: i64,
    space: Space,
    epoch: i64,
    last: i64,
) -> Result<ScopeIndex> {
    let sql = format!("{COLUMNS} AND r.superseded IS NULL ORDER BY r.number");
    let mut entries = Vec::new();
    let mut vectors = Vectors::new(space.dimension);
    read(
        connection,
        &sql,
        &[&scope, &space.id],
        &mut entries,
        &mut vectors,
    )?;
    Ok(ScopeIndex {
        table: Table::new(entries),
        vectors,
        epoch,
        last,
    })
}

/// The index with the records that came since.
fn extend(
    connection: &Connection,
    scope: i64,
    space: Space,
    known: &ScopeIndex,
    last: i64,
) -> Result<ScopeIndex> {
    let sql = format!("{COLUMNS} AND r.number > ?3 AND r.superseded IS NULL ORDER BY r.number");
    let mut entries = known.table.entries().to_vec();
    let mut vectors = known.vectors.clone();
    read(
        connection,
        &sql,
        &[&scope, &space.id, &known.last],
        &mut entries,
        &mut vectors,
    )?;
    Ok(ScopeIndex {
        table: Table::new(entries),
        vectors,
        epoch: known.epoch,
        last,
    })
}

/// The scope as it stood at `time`; made anew for each question about the past.
pub(super) fn past(
    connection: &Connection,
    scope: i64,
    space: Space,
    time: Timestamp,
) -> Result<ScopeIndex> {
    let sql = format!(
        "{COLUMNS} AND r.recorded <= ?3 AND (r.superseded IS NULL OR r.superseded > ?3)
         ORDER BY r.number"
    );
    let mut entries = Vec::new();
    let mut vectors = Vectors::new(space.dimension);
    read(
        connection,
        &sql,
        &[&scope, &space.id, &time],
        &mut entries,
        &mut vectors,
    )?;
    Ok(ScopeIndex {
        table: Table::new(entries),
        vectors,
        epoch: 0,
        last: 0,
    })
}

fn read(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn rusqlite::ToSql],
    entries: &mut Vec<Entry>,
    vectors: &mut Vectors,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?);
        vectors.push(vector(row, 10)?.as_ref());
    }
    Ok(())
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let id: RecordId = row.get(1)?;
    let kind = kind(row.get(2)?).ok_or_else(|| {
        Error::new(
            ErrorKind::Corrupt,
            format!("cannot read the kind of record {id}"),
        )
    })?;
    Ok(Entry {
        number: row.get(0)?,
        id,
        kind,
        source: row.get::<_, Option<i64>>(3)?.unwrap_or(0),
        position: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        occurred: row.get(5)?,
        terms: row.get(6)?,
        head_terms: row.get(7)?,
        asks: row.get(8)?,
        likeness: row.get(9)?,
    })
}

/// The vector in the columns `at` (scale) and the next (bytes), if there is one.
pub(super) fn vector(row: &Row<'_>, at: usize) -> Result<Option<Quantised>> {
    let Some(scale) = row.get::<_, Option<f64>>(at)? else {
        return Ok(None);
    };
    let body = row
        .get_ref(at + 1)?
        .as_blob()
        .map_err(rusqlite::Error::from)?;
    Ok(Some(Quantised {
        scale: scale as f32,
        bytes: body.iter().map(|byte| byte.cast_signed()).collect(),
    }))
}
