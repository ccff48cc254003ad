//! Vectors and the embedder they belong to; two embedders' vectors are never compared.

use alma_core::{
    Error, ErrorKind, Metadata, Result,
    model::{EmbedAs, EmbedderIdentity},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    SqliteMemory,
    load::Space,
    schema::bump_epoch,
    store::{embedded_text, put_vector},
};
use crate::index::{Quantised, quantise};

/// Texts that are embedded in one call.
pub(super) const BATCH: u32 = 64;

/// What to do with vectors of another embedder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    Refuse,
    Replace,
}

/// The space of `identity` in this database, if it is the current one.
pub(super) fn current(
    connection: &Connection,
    identity: &EmbedderIdentity,
) -> Result<Option<Space>> {
    let id = connection
        .prepare_cached("SELECT id FROM memory_space WHERE identity = ?1 AND current = 1")?
        .query_row([name(identity)?], |row| row.get(0))
        .optional()?;
    Ok(id.map(|id| Space {
        id,
        dimension: identity.dimension,
    }))
}

/// Makes the space of `identity` the current one: the first embedder's, or another's on request.
pub(super) fn enter(
    connection: &Connection,
    identity: &EmbedderIdentity,
    mismatch: Mismatch,
) -> Result<()> {
    let held: Option<String> = connection
        .prepare_cached(
            "SELECT identity FROM memory_space
             WHERE current = 1 AND EXISTS (SELECT 1 FROM memory_vector)",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    let name = name(identity)?;
    if let Some(held) = held
        && held != name
        && mismatch == Mismatch::Refuse
    {
        return Err(Error::new(
            ErrorKind::Incompatible,
            format!(
                "cannot use {} with {} dimensions: the vectors of this memory are those of {held}",
                identity.model, identity.dimension
            ),
        )
        .with_remedy(
            "open it with the embedder it had, or embed it anew with `open_and_reembed`",
        ));
    }
    connection.execute("UPDATE memory_space SET current = 0", [])?;
    connection
        .prepare_cached(
            "INSERT INTO memory_space (identity, current) VALUES (?1, 1)
             ON CONFLICT (identity) DO UPDATE SET current = 1",
        )?
        .execute([name])?;
    Ok(())
}

fn name(identity: &EmbedderIdentity) -> Result<String> {
    serde_json::to_string(identity)
        .map_err(|error| Error::invalid("cannot store the embedder's identity").with_source(error))
}

impl SqliteMemory {
    /// Embeds the records that have no vector of this embedder: stored while it could not be
    /// reached, or embedded by another. Answers with how many there were.
    ///
    /// # Errors
    /// Those of the embedder and of the database. What was embedded before an error stays;
    /// repeating the call goes on from there.
    pub async fn embed_missing(&self) -> Result<u64> {
        let space = self.space();
        let mut done = 0;
        loop {
            let batch = self.database().read(move |db| missing(db, space)).await?;
            if batch.is_empty() {
                return Ok(done);
            }
            let texts: Vec<String> = batch.iter().map(|record| record.text.clone()).collect();
            let vectors = self.embed(&texts, EmbedAs::Document).await?;
            let count = batch.len() as u64;
            self.database()
                .write(move |tx| {
                    for (record, vector) in batch.iter().zip(&vectors) {
                        // It may have been forgotten in the meantime.
                        let there = tx
                            .prepare_cached("SELECT 1 FROM memory_record WHERE number = ?1")?
                            .exists([record.number])?;
                        if there {
                            put_vector(tx, record.number, space.id, vector)?;
                            bump_epoch(tx, record.scope)?;
                        }
                    }
                    Ok(())
                })
                .await?;
            done += count;
        }
    }

    /// Vectors of `texts`, checked against what the embedder promises.
    pub(super) async fn embed(&self, texts: &[String], role: EmbedAs) -> Result<Vec<Quantised>> {
        let embedder = self.embedder();
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH as usize) {
            let found = embedder.embed(batch, role).await?;
            embedder.identity().check(batch.len(), &found)?;
            vectors.extend(found.iter().map(|vector| quantise(vector)));
        }
        Ok(vectors)
    }
}

struct Missing {
    number: i64,
    scope: i64,
    text: String,
}

fn missing(connection: &Connection, space: Space) -> Result<Vec<Missing>> {
    let mut statement = connection.prepare_cached(
        "SELECT r.number, r.scope, t.text, t.metadata FROM memory_record r
         JOIN memory_text t ON t.number = r.number
         LEFT JOIN memory_vector v ON v.number = r.number
         WHERE v.space IS NOT ?1 ORDER BY r.number LIMIT ?2",
    )?;
    let mut rows = statement.query((space.id, BATCH))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (text, metadata): (String, String) = (row.get(2)?, row.get(3)?);
        let metadata: Metadata = serde_json::from_str(&metadata).unwrap_or_default();
        found.push(Missing {
            number: row.get(0)?,
            scope: row.get(1)?,
            text: embedded_text(&text, &metadata),
        });
    }
    Ok(found)
}
