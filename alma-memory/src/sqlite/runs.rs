//! Stored consolidations: published in one transaction, taken back as a whole.

use std::collections::HashSet;

use alma_core::{
    Consolidation, ConsolidationId, Error, ErrorKind, Result, Scope, Tally, Timestamp, Topic,
    sqlite::{WriteTx, tombstones},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    postings,
    schema::{bump_epoch, scope_number},
    store::{Prepared, Store, delete_rows},
};
use crate::topics::Draft;

/// Consolidations that a scope keeps; older ones can no longer be undone.
const KEPT: i64 = 64;

/// What a run did to a record.
const MADE: i64 = 0;
const RETIRED: i64 = 1;

/// A consolidation ready to be stored.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) id: ConsolidationId,
    /// Drafts, each with its new summary where it needs one.
    pub(super) topics: Vec<(Draft, Option<Prepared>)>,
    pub(super) records: u64,
    /// What the drafts were made from; when it has moved on they are stale.
    pub(super) epoch: i64,
    pub(super) previous: Option<i64>,
    /// Which consolidation of the scope it is, counted from 1.
    pub(super) night: u64,
}

/// The last consolidation of a scope.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) number: i64,
    pub(super) night: u64,
    pub(super) run: Consolidation,
}

/// The consolidation `id`, if the scope has it, without topics whose summary was forgotten.
pub(super) fn find(
    connection: &Connection,
    scope: i64,
    id: ConsolidationId,
) -> Result<Option<Consolidation>> {
    let body: Option<String> = connection
        .prepare_cached("SELECT body FROM memory_run WHERE scope = ?1 AND id = ?2")?
        .query_row((scope, id), |row| row.get(0))
        .optional()?;
    let Some(body) = body else { return Ok(None) };
    let mut run = parse(&body)?;
    let mut there =
        connection.prepare_cached("SELECT 1 FROM memory_record WHERE scope = ?1 AND id = ?2")?;
    let mut told = Vec::with_capacity(run.topics.len());
    for topic in run.topics {
        if there.exists((scope, topic.summary))? {
            told.push(topic);
        }
    }
    run.topics = told;
    Ok(Some(run))
}

pub(super) fn last(connection: &Connection, scope: i64) -> Result<Option<Last>> {
    let row: Option<(i64, i64, String)> = connection
        .prepare_cached(
            "SELECT number, night, body FROM memory_run WHERE scope = ?1 ORDER BY number DESC LIMIT 1",
        )?
        .query_row([scope], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    row.map(|(number, night, body)| {
        Ok(Last {
            number,
            night: night.cast_unsigned(),
            run: parse(&body)?,
        })
    })
    .transpose()
}

pub(super) fn parse(body: &str) -> Result<Consolidation> {
    serde_json::from_str(body).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "cannot read a stored consolidation").with_source(error)
    })
}

pub(super) fn write(run: &Consolidation) -> Result<String> {
    serde_json::to_string(run).map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot store a consolidation").with_source(error)
    })
}

/// Makes a consolidation visible, all of it; `None` when it is stale and must be drafted again.
pub(super) fn publish(
    tx: &WriteTx<'_>,
    scope: &Scope,
    space: i64,
    now: Timestamp,
    what: &Publication,
) -> Result<Option<Consolidation>> {
    let mut store = Store::new(tx, scope, space, now)?;
    let number = store.scope();
    if let Some(known) = find(tx, number, what.id)? {
        return Ok(Some(known));
    }
    let previous = last(tx, number)?;
    let epoch: i64 = tx
        .prepare_cached("SELECT epoch FROM memory_scope WHERE id = ?1")?
        .query_row([number], |row| row.get(0))?;
    if epoch != what.epoch || previous.as_ref().map(|last| last.number) != what.previous {
        return Ok(None);
    }
    // What is the same word for word as something forgotten stays away.
    let ids: Vec<_> = what
        .topics
        .iter()
        .filter_map(|(_, summary)| summary.as_ref().map(|one| one.id))
        .collect();
    let gone: HashSet<_> = tombstones::forgotten(tx, scope, &ids)?
        .into_iter()
        .collect();
    let topics: Vec<&(Draft, Option<Prepared>)> = what
        .topics
        .iter()
        .filter(|(_, summary)| summary.as_ref().is_none_or(|one| !gone.contains(&one.id)))
        .collect();

    let mut effects = Effects {
        tx,
        scope: number,
        now,
        done: Vec::new(),
    };
    let kept: HashSet<_> = topics
        .iter()
        .filter_map(|(draft, _)| draft.summary.as_ref().ok())
        .collect();
    for topic in previous.iter().flat_map(|last| &last.run.topics) {
        if !kept.contains(&topic.summary) {
            effects.retire(topic)?;
        }
    }
    let mut told = Vec::with_capacity(topics.len());
    for (draft, summary) in topics {
        let id = match (&draft.summary, summary) {
            (Ok(kept), _) => *kept,
            (Err(_), Some(summary)) => {
                if let (record, true) = store.put(summary)? {
                    effects.done.push((record, MADE));
                }
                summary.id
            }
            (Err(_), None) => continue,
        };
        told.push(Topic::new(
            draft.id,
            draft.label.clone(),
            draft.members.clone(),
            id,
            draft.change,
        ));
    }
    store.finish()?;
    let output = told.iter().map(|topic| topic.members.len() as u64).sum();
    let tally = Tally::new(what.records, output, what.records.saturating_sub(output));
    let run = Consolidation::new(what.id, told, tally);
    tx.prepare_cached("INSERT INTO memory_run (scope, id, night, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute((number, what.id, what.night.cast_signed(), write(&run)?))?;
    effects.note(tx.last_insert_rowid())?;
    prune(tx, number)?;
    bump_epoch(tx, number)?;
    Ok(Some(run))
}

/// What a run changes, so that it can be taken back.
struct Effects<'a> {
    tx: &'a WriteTx<'a>,
    scope: i64,
    now: Timestamp,
    done: Vec<(i64, i64)>,
}

impl Effects<'_> {
    /// A summary that has no place any more is replaced by nothing, or by one that follows.
    fn retire(&mut self, topic: &Topic) -> Result<()> {
        let record: Option<i64> = self
            .tx
            .prepare_cached(
                "UPDATE memory_record SET superseded = ?3
                 WHERE scope = ?1 AND id = ?2 AND superseded IS NULL RETURNING number",
            )?
            .query_row((self.scope, topic.summary, self.now), |row| row.get(0))
            .optional()?;
        self.done.extend(record.map(|record| (record, RETIRED)));
        Ok(())
    }

    fn note(&self, run: i64) -> Result<()> {
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO memory_run_effect (run, record, effect) VALUES (?1, ?2, ?3)",
        )?;
        for (record, effect) in &self.done {
            insert.execute((run, record, effect))?;
        }
        Ok(())
    }
}

/// Takes the last consolidation of a scope back.
pub(super) fn undo(tx: &WriteTx<'_>, scope: &Scope, id: ConsolidationId) -> Result<()> {
    let unknown = || {
        Error::new(
            ErrorKind::NotFound,
            format!("cannot find consolidation {id}"),
        )
    };
    let number = scope_number(tx, scope)?.ok_or_else(unknown)?;
    let run: Option<i64> = tx
        .prepare_cached("SELECT number FROM memory_run WHERE scope = ?1 AND id = ?2")?
        .query_row((number, id), |row| row.get(0))
        .optional()?;
    let run = run.ok_or_else(unknown)?;
    if let Some(later) = last(tx, number)?
        && later.number != run
    {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "cannot undo consolidation {id}: consolidation {} builds on it",
                later.run.id
            ),
        )
        .with_remedy("undo the later one first"));
    }
    let mut statement =
        tx.prepare_cached("SELECT record, effect FROM memory_run_effect WHERE run = ?1")?;
    let effects: Vec<(i64, i64)> = statement
        .query_map([run], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut made = HashSet::new();
    for (record, effect) in effects {
        if effect == MADE {
            made.insert(record);
            delete_rows(tx, record)?;
        } else {
            // What was retired is current again.
            tx.prepare_cached("UPDATE memory_record SET superseded = NULL WHERE number = ?1")?
                .execute([record])?;
        }
    }
    postings::remove(tx, number, &made)?;
    super::forget::sweep(tx, number)?;
    tx.prepare_cached("DELETE FROM memory_run_effect WHERE run = ?1")?
        .execute([run])?;
    tx.prepare_cached("DELETE FROM memory_run WHERE number = ?1")?
        .execute([run])?;
    bump_epoch(tx, number)
}

/// Lets the oldest stored consolidations go; their summaries stay.
fn prune(connection: &Connection, scope: i64) -> Result<()> {
    let oldest: Option<i64> = connection
        .prepare_cached(
            "SELECT number FROM memory_run WHERE scope = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2",
        )?
        .query_row((scope, KEPT), |row| row.get(0))
        .optional()?;
    if let Some(oldest) = oldest {
        connection.execute(
            "DELETE FROM memory_run_effect WHERE run IN
             (SELECT number FROM memory_run WHERE scope = ?1 AND number <= ?2)",
            (scope, oldest),
        )?;
        connection.execute(
            "DELETE FROM memory_run WHERE scope = ?1 AND number <= ?2",
            (scope, oldest),
        )?;
    }
    Ok(())
}
