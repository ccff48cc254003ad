//! Remembering: what is checked, what supersedes what, and the rows that are written together.

use std::collections::HashMap;

use alma_core::{
    Digest, Observation, RecordId, Result, Scope, Timestamp, Trust,
    sqlite::{WriteTx, tombstones},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    analysis::Analysis,
    postings::{self, Additions},
    schema::{bump_epoch, id_bytes, kind_code, scope_number, trust_code, trust_of},
};
use crate::index::{Posting, Quantised};

/// An observation with all that can be computed of it beforehand.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) id: RecordId,
    pub(super) observation: Observation,
    analysis: Analysis,
    /// None while its embedder cannot be reached.
    pub(super) vector: Option<Quantised>,
}

impl Prepared {
    pub(super) fn new(scope: &Scope, observation: Observation) -> Self {
        Self {
            id: observation.id(scope),
            analysis: Analysis::of(&observation),
            observation,
            vector: None,
        }
    }
}

/// Refuses what was forgotten and what derives from it.
pub(super) fn check_gone(
    connection: &Connection,
    scope: &Scope,
    observation: &Observation,
) -> Result<()> {
    tombstones::check(connection, scope, &[observation.id(scope)])?;
    tombstones::check(connection, scope, &observation.derived_from)
}

/// Writes records of one scope inside a transaction.
pub(super) struct Store<'a> {
    tx: &'a WriteTx<'a>,
    scope: i64,
    space: i64,
    now: Timestamp,
    additions: Additions,
    sources: HashMap<String, i64>,
    /// Whether more happened than records added at the end.
    changed: bool,
}

impl<'a> Store<'a> {
    pub(super) fn new(
        tx: &'a WriteTx<'a>,
        scope: &Scope,
        space: i64,
        now: Timestamp,
    ) -> Result<Self> {
        tx.prepare_cached("INSERT INTO memory_scope (path) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([scope])?;
        Ok(Self {
            tx,
            scope: scope_number(tx, scope)?.unwrap_or_default(),
            space,
            now,
            additions: Additions::new(),
            sources: HashMap::new(),
            changed: false,
        })
    }

    pub(super) const fn scope(&self) -> i64 {
        self.scope
    }

    /// Stores one record unless it is there; its number and whether it is new.
    pub(super) fn put(&mut self, prepared: &Prepared) -> Result<(i64, bool)> {
        let known = self
            .tx
            .prepare_cached("SELECT number FROM memory_record WHERE scope = ?1 AND id = ?2")?
            .query_row((self.scope, prepared.id), |row| row.get(0))
            .optional()?;
        if let Some(number) = known {
            return Ok((number, false));
        }
        let key = Digest::of(prepared.observation.key().as_bytes()).head();
        let superseded = self
            .tx
            .prepare_cached(
                "UPDATE memory_record SET superseded = ?3
                 WHERE scope = ?1 AND key = ?2 AND superseded IS NULL",
            )?
            .execute((self.scope, key, self.now))?;
        self.changed |= superseded > 0;
        let number = self.insert(prepared, key)?;
        Ok((number, true))
    }

    fn insert(&mut self, prepared: &Prepared, key: [u8; 16]) -> Result<i64> {
        let Prepared {
            id,
            observation,
            analysis,
            vector,
        } = prepared;
        let source = self.source(&observation.source)?;
        let trust = self.trust(observation)?;
        self.tx
            .prepare_cached(
                "INSERT INTO memory_record (scope, id, key, kind, source, position, occurred, recorded,
                                            trust, terms, head_terms, asks, likeness)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(rusqlite::params![
                self.scope,
                id,
                key,
                kind_code(observation.kind)?,
                source,
                observation.position.map(u64::cast_signed),
                observation.occurred.unwrap_or(self.now),
                self.now,
                trust_code(trust),
                analysis.terms,
                analysis.head_terms,
                analysis.asks,
                analysis.likeness,
            ])?;
        let number = self.tx.last_insert_rowid();
        let metadata = serde_json::to_string(&observation.metadata).map_err(|error| {
            alma_core::Error::invalid("cannot store the metadata of an observation")
                .with_source(error)
        })?;
        self.tx
            .prepare_cached(
                "INSERT INTO memory_text (number, text, metadata, derived_from) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((number, &observation.text, metadata, id_bytes(&observation.derived_from)))?;
        let mut link = self.tx.prepare_cached(
            "INSERT INTO memory_link (scope, parent, child) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?;
        for parent in &observation.derived_from {
            link.execute((self.scope, parent, number))?;
        }
        if let Some(vector) = vector {
            put_vector(self.tx, number, self.space, vector)?;
        }
        for (term, &(count, head)) in &analysis.counts {
            let posting = Posting {
                number,
                count,
                head,
            };
            match self.additions.get_mut(term) {
                Some(postings) => postings.push(posting),
                None => drop(self.additions.insert(term.clone(), vec![posting])),
            }
        }
        Ok(number)
    }

    /// Writes what was gathered; nothing may be put afterwards.
    pub(super) fn finish(self) -> Result<()> {
        postings::append(self.tx, self.scope, &self.additions)?;
        if self.changed {
            bump_epoch(self.tx, self.scope)?;
        }
        Ok(())
    }

    fn source(&mut self, name: &str) -> Result<Option<i64>> {
        if name.is_empty() {
            return Ok(None);
        }
        if let Some(&known) = self.sources.get(name) {
            return Ok(Some(known));
        }
        self.tx
            .prepare_cached(
                "INSERT INTO memory_source (scope, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute((self.scope, name))?;
        let id = self
            .tx
            .prepare_cached("SELECT id FROM memory_source WHERE scope = ?1 AND name = ?2")?
            .query_row((self.scope, name), |row| row.get(0))?;
        self.sources.insert(name.to_owned(), id);
        Ok(Some(id))
    }

    /// At most the minimum of its sources; a source that is not here vouches for nothing.
    fn trust(&self, observation: &Observation) -> Result<Trust> {
        if observation.derived_from.is_empty() {
            return Ok(observation.trust);
        }
        let mut find = self
            .tx
            .prepare_cached("SELECT trust FROM memory_record WHERE scope = ?1 AND id = ?2")?;
        let mut trusts = vec![observation.trust];
        for source in &observation.derived_from {
            let code: Option<i64> = find
                .query_row((self.scope, source), |row| row.get(0))
                .optional()?;
            trusts.push(code.and_then(trust_of).unwrap_or(Trust::External));
        }
        Ok(Trust::derived(trusts))
    }
}

/// Stores or replaces the vector of a record.
pub(super) fn put_vector(
    connection: &Connection,
    number: i64,
    space: i64,
    vector: &Quantised,
) -> Result<()> {
    let body: Vec<u8> = vector
        .bytes
        .iter()
        .map(|byte| byte.cast_unsigned())
        .collect();
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO memory_vector (number, space, scale, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((number, space, f64::from(vector.scale), body))?;
    Ok(())
}

/// What is embedded of a record: who speaks, under which title, and the text.
pub(super) fn embedded_text(text: &str, metadata: &alma_core::Metadata) -> String {
    let mut out = String::new();
    for key in ["title", "heading", "speaker"] {
        if let Some(word) = metadata.get(key).and_then(|value| value.as_str()) {
            out.push_str(word);
            out.push_str(": ");
        }
    }
    out.push_str(text);
    out
}

/// A record of the index that is no longer wanted, in all tables but the postings.
pub(super) fn delete_rows(connection: &Connection, number: i64) -> Result<()> {
    for statement in [
        "DELETE FROM memory_record WHERE number = ?1",
        "DELETE FROM memory_text WHERE number = ?1",
        "DELETE FROM memory_vector WHERE number = ?1",
    ] {
        connection.prepare_cached(statement)?.execute([number])?;
    }
    Ok(())
}
