//! Forgetting: who is meant, what derives from it, and that no row of it is left.

use std::collections::{BTreeSet, HashSet};

use alma_core::{
    Erased, ErasedState, Erasure, ErasureId, Error, ErrorKind, Mode, PageRequest, Receipt,
    RecordId, Result, Scope, Selection, Trust,
    sqlite::{WriteTx, tombstones},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    SqliteMemory, postings,
    records::source,
    runs,
    schema::{COMPONENT, bump_epoch, scope_number, trust_code},
    store::delete_rows,
};

impl SqliteMemory {
    pub(super) async fn forget_selection(
        &self,
        scope: &Scope,
        selection: &Selection,
        mode: Mode,
    ) -> Result<Receipt> {
        let (of, selection) = (scope.clone(), selection.clone());
        match mode {
            Mode::DryRun => {
                self.database()
                    .read(move |db| Ok(Reach::of(db, &of, &selection)?.receipt(&of, mode)))
                    .await
            }
            Mode::Distrust => {
                self.database()
                    .write(move |tx| {
                        let reach = Reach::of(tx, &of, &selection)?;
                        let changed = distrust(tx, &of, &reach)?;
                        let mut receipt = reach.receipt(&of, mode);
                        receipt.components.push(Erased::done(COMPONENT, changed));
                        Ok(receipt)
                    })
                    .await
            }
            Mode::Erase => {
                let (mut receipt, removed) = match self.erased_before(&of, &selection).await? {
                    Some(receipt) => (receipt, 0),
                    None => {
                        self.database()
                            .write(move |tx| {
                                // Who is meant is decided inside the transaction: nothing slips in between.
                                let receipt = Reach::of(tx, &of, &selection)?.receipt(&of, mode);
                                let what = Erasure::new(receipt.id, receipt.records());
                                let removed = erase(tx, &of, &what)?;
                                Ok((receipt, removed))
                            })
                            .await?
                    }
                };
                receipt.components.push(self.settled(scope, removed).await?);
                Ok(receipt)
            }
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "cannot forget in this mode",
            )),
        }
    }

    /// The receipt of an act that is done, or reaches nothing, so that whoever got no answer gets it without another write.
    async fn erased_before(&self, scope: &Scope, selection: &Selection) -> Result<Option<Receipt>> {
        let (of, selection) = (scope.clone(), selection.clone());
        self.database()
            .read(move |db| {
                let reach = Reach::of(db, &of, &selection)?;
                let records: Vec<RecordId> =
                    reach.selected.union(&reach.derived).copied().collect();
                let gone = tombstones::forgotten(db, &of, &records)?;
                let done = gone.len() == records.len() && !any_held(db, &of, &records)?;
                Ok(done.then(|| reach.receipt(&of, Mode::Erase)))
            })
            .await
    }

    /// Runs the erasures again that a crash or a restore left unfinished here.
    pub(super) async fn resume_erasures(&self) -> Result<()> {
        for (scope, erasure) in self.database().unfinished_erasures().await? {
            let (of, records) = (scope.clone(), erasure.records.clone());
            let left = self
                .database()
                .read(move |db| any_held(db, &of, &records))
                .await?;
            if !left {
                continue;
            }
            let of = scope;
            let removed = self
                .database()
                .write(move |tx| {
                    let reach = Reach::of(tx, &of, &Selection::Ids(erasure.records))?;
                    let records = reach.selected.union(&reach.derived).copied().collect();
                    erase(tx, &of, &Erasure::new(erasure.id, records))
                })
                .await?;
            tracing::info!(removed, "an erasure was completed");
        }
        // Does nothing unless something was erased and not yet settled.
        if let ErasedState::Pending(why) = self.database().settle().await? {
            tracing::warn!(why, "what was erased may still be in the file");
        }
        Ok(())
    }

    async fn settled(&self, scope: &Scope, removed: u64) -> Result<Erased> {
        let of = scope.clone();
        let number = self
            .database()
            .read(move |db| scope_number(db, &of))
            .await?;
        if let Some(number) = number {
            self.cache().forget(number);
        }
        Ok(match self.database().settle().await {
            Ok(ErasedState::Erased) => Erased::done(COMPONENT, removed),
            Ok(ErasedState::Pending(why)) => Erased::pending(COMPONENT, removed, why),
            Ok(_) => Erased::pending(
                COMPONENT,
                removed,
                "the database does not say whether it is done",
            ),
            Err(error) => Erased::pending(COMPONENT, removed, error.to_string()),
        })
    }
}

/// What an act of forgetting reaches.
#[derive(Debug, Default)]
struct Reach {
    selected: BTreeSet<RecordId>,
    derived: BTreeSet<RecordId>,
}

impl Reach {
    fn of(connection: &Connection, scope: &Scope, selection: &Selection) -> Result<Self> {
        let mut reach = Self::default();
        // What was forgotten before is selected again, so that its receipt can be completed.
        if let Selection::Ids(ids) = selection {
            reach
                .selected
                .extend(tombstones::forgotten(connection, scope, ids)?);
        }
        let again = !reach.selected.is_empty();
        if let Some(number) = scope_number(connection, scope)? {
            reach
                .selected
                .append(&mut select(connection, number, selection)?);
            reach.follow(connection, number)?;
        }
        if again {
            reach.recall_act(connection, scope)?;
        }
        Ok(reach)
    }

    /// Adds whatever was made of what is reached, however many steps away.
    fn follow(&mut self, connection: &Connection, number: i64) -> Result<()> {
        let mut queue: Vec<RecordId> = self.selected.iter().copied().collect();
        let mut children = connection.prepare_cached(
            "SELECT r.id FROM memory_link l JOIN memory_record r ON r.number = l.child
             WHERE l.scope = ?1 AND l.parent = ?2",
        )?;
        while let Some(parent) = queue.pop() {
            let mut rows = children.query((number, parent))?;
            while let Some(row) = rows.next()? {
                let child: RecordId = row.get(0)?;
                if !self.selected.contains(&child) && self.derived.insert(child) {
                    queue.push(child);
                }
            }
        }
        Ok(())
    }

    /// Named by scope and selection, so that repeating the act names the same.
    fn erasure(&self, scope: &Scope) -> ErasureId {
        let mut parts: Vec<&[u8]> = vec![scope.as_str().as_bytes()];
        parts.extend(self.selected.iter().map(|id| id.as_bytes().as_slice()));
        ErasureId::of_parts(&parts)
    }

    /// What this very act took along when it was done before: the links that told so are gone.
    fn recall_act(&mut self, connection: &Connection, scope: &Scope) -> Result<()> {
        let erasure = self.erasure(scope);
        let mut request = PageRequest::first(PageRequest::MAX);
        loop {
            let page = tombstones::list(connection, scope, &request)?;
            for stone in page.items {
                if stone.erasure == erasure && !self.selected.contains(&stone.record) {
                    self.derived.insert(stone.record);
                }
            }
            if !page.more {
                return Ok(());
            }
            request.after = page.next;
        }
    }

    fn receipt(self, scope: &Scope, mode: Mode) -> Receipt {
        let id = self.erasure(scope);
        Receipt::new(
            id,
            mode,
            self.selected.into_iter().collect(),
            self.derived.into_iter().collect(),
        )
    }
}

fn select(
    connection: &Connection,
    number: i64,
    selection: &Selection,
) -> Result<BTreeSet<RecordId>> {
    let collect = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> Result<BTreeSet<RecordId>> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    const IDS: &str = "SELECT id FROM memory_record WHERE scope = ?1";
    match selection {
        Selection::Ids(ids) => {
            let mut find = connection
                .prepare_cached("SELECT 1 FROM memory_record WHERE scope = ?1 AND id = ?2")?;
            let mut found = BTreeSet::new();
            for id in ids {
                if find.exists((number, id))? {
                    found.insert(*id);
                }
            }
            Ok(found)
        }
        Selection::Source(name) => match source(connection, number, name)? {
            Some(source) => collect(&format!("{IDS} AND source IS ?2"), &[&number, &source]),
            None => Ok(BTreeSet::new()),
        },
        Selection::Time(range) => collect(
            &format!("{IDS} AND (?2 IS NULL OR occurred >= ?2) AND (?3 IS NULL OR occurred < ?3)"),
            &[&number, &range.from, &range.until],
        ),
        Selection::All => collect(IDS, &[&number]),
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            "cannot forget by this selection",
        )),
    }
}

/// Whether the scope still holds one of `records`.
fn any_held(connection: &Connection, scope: &Scope, records: &[RecordId]) -> Result<bool> {
    let number = scope_number(connection, scope)?;
    let mut held =
        connection.prepare_cached("SELECT 1 FROM memory_record WHERE scope = ?1 AND id = ?2")?;
    for record in records {
        if held.exists((number, record))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tombstones first, then every row; how many records went.
fn erase(tx: &WriteTx<'_>, scope: &Scope, what: &Erasure) -> Result<u64> {
    let fresh = tx.forget(scope, what)?;
    let Some(number) = scope_number(tx, scope)? else {
        return Ok(0);
    };
    let mut removed = HashSet::new();
    for id in &what.records {
        let known: Option<i64> = tx
            .prepare_cached("SELECT number FROM memory_record WHERE scope = ?1 AND id = ?2")?
            .query_row((number, id), |row| row.get(0))
            .optional()?;
        let Some(known) = known else { continue };
        removed.insert(known);
        delete_rows(tx, known)?;
    }
    if !removed.is_empty() {
        postings::remove(tx, number, &removed)?;
        sweep(tx, number)?;
        bump_epoch(tx, number)?;
    }
    forget_in_runs(tx, number, &what.records)?;
    if fresh > 0 || !removed.is_empty() {
        tx.unsettle()?;
    }
    Ok(removed.len() as u64)
}

/// Removes what no record stands behind any more: links to children that went, names of sources.
///
/// A link from a parent that went stays while its child does: it names ids alone.
pub(super) fn sweep(connection: &Connection, scope: i64) -> Result<()> {
    for statement in [
        "DELETE FROM memory_link WHERE scope = ?1
         AND NOT EXISTS (SELECT 1 FROM memory_record r WHERE r.number = memory_link.child)",
        "DELETE FROM memory_source WHERE scope = ?1
         AND NOT EXISTS (SELECT 1 FROM memory_record r WHERE r.source = memory_source.id)",
    ] {
        connection.prepare_cached(statement)?.execute([scope])?;
    }
    Ok(())
}

/// Takes members that went, and the labels of topics whose summary went, out of stored consolidations.
///
/// What is left of a topic keeps its identity for the next consolidation.
fn forget_in_runs(connection: &Connection, scope: i64, records: &[RecordId]) -> Result<()> {
    let gone: HashSet<&RecordId> = records.iter().collect();
    let mut statement =
        connection.prepare_cached("SELECT number, body FROM memory_run WHERE scope = ?1")?;
    let mut rows = statement.query([scope])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(1)?;
        let mut run = runs::parse(&body)?;
        let before = run.clone();
        for topic in &mut run.topics {
            topic.members.retain(|member| !gone.contains(member));
            if gone.contains(&topic.summary) {
                topic.label.clear();
            }
        }
        if run != before {
            changed.push((row.get::<_, i64>(0)?, run));
        }
    }
    drop(rows);
    for (number, run) in changed {
        connection
            .prepare_cached("UPDATE memory_run SET body = ?2 WHERE number = ?1")?
            .execute((number, runs::write(&run)?))?;
    }
    Ok(())
}

/// Lowers what is reached to external trust; how many records were above it.
fn distrust(connection: &Connection, scope: &Scope, reach: &Reach) -> Result<u64> {
    let Some(number) = scope_number(connection, scope)? else {
        return Ok(0);
    };
    let mut lower = connection.prepare_cached(
        "UPDATE memory_record SET trust = ?3 WHERE scope = ?1 AND id = ?2 AND trust > ?3",
    )?;
    let mut changed = 0;
    for id in reach.selected.iter().chain(&reach.derived) {
        changed += lower.execute((number, id, trust_code(Trust::External)))? as u64;
    }
    Ok(changed)
}
