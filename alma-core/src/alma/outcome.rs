//! Results as records: what jobs gave is remembered, with what it was made of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Handle, handle::missing};
use crate::{
    Cursor, ErrorKind, MissionId, Mode, Observation, Outcome, OutcomeQuery, PageRequest, RecordId,
    RecordKind, Result, Selection, Tally, ToolResult, Trust,
};

const STREAM: &str = "outcomes";
/// Under which a record of a result names the group of its job.
pub(super) const GROUP: &str = "group";
/// The longest part of a result that a record keeps, in characters.
const LONGEST: usize = 4_000;

/// How far the log of outcomes was taken in.
#[derive(Serialize, Deserialize)]
struct Taken {
    cursor: Cursor,
}

impl Handle {
    /// Takes into memory, as events, what jobs gave since the last call; the night does so first.
    ///
    /// Nothing is remembered twice, whoever calls it and wherever it broke off: a record is keyed by
    /// its job and fencing number. What was forgotten meanwhile is skipped. Where the log of outcomes
    /// no longer reaches back to the last call, it goes on with the oldest that is left.
    ///
    /// # Errors
    /// `Missing` without memory, executor or ledger, and those of the three; what was taken in stays.
    ///
    /// # Cancel safety
    /// A dropped call is completed by the next one.
    pub async fn observe_outcomes(&self) -> Result<Tally> {
        let from = self.outcomes_taken().await?;
        self.observe_outcomes_from(from).await
    }

    /// Until where the log of outcomes was taken in.
    pub(super) async fn outcomes_taken(&self) -> Result<Cursor> {
        let last = self.last_entry::<Taken>(STREAM).await?;
        Ok(last.map_or_else(Cursor::start, |entry| entry.body.cursor))
    }

    /// Takes in what stands after a cursor, whether or not it was taken in before.
    pub(super) async fn observe_outcomes_from(&self, mut cursor: Cursor) -> Result<Tally> {
        let memory = self.memory()?;
        let executor = missing(&self.parts.executor, "executor")?;
        let mut tally = Tally::default();
        loop {
            let query = OutcomeQuery::all()
                .after(cursor.clone())
                .with_limit(PageRequest::MAX);
            let page = match executor.outcomes(&self.scope, &query).await {
                Err(error) if error.kind() == ErrorKind::Gone && cursor != Cursor::start() => {
                    cursor = Cursor::start();
                    continue;
                }
                page => page?,
            };
            tally.input += page.items.len() as u64;
            let events: Vec<Observation> = page.items.iter().map(event).collect();
            match memory.remember(&self.scope, events.clone()).await {
                Ok(ids) => {
                    let lost = self.let_go(&page.items, &ids, &query).await?;
                    tally.skipped += lost;
                    tally.output += ids.len() as u64 - lost;
                }
                // One of them was forgotten: the others are taken in one by one.
                Err(error) if error.kind() == ErrorKind::Gone => {
                    for (outcome, event) in page.items.iter().zip(events) {
                        match memory.remember(&self.scope, vec![event]).await {
                            Ok(ids) => {
                                let one = std::slice::from_ref(outcome);
                                let lost = self.let_go(one, &ids, &query).await?;
                                tally.skipped += lost;
                                tally.output += 1 - lost;
                            }
                            Err(error) if error.kind() == ErrorKind::Gone => tally.skipped += 1,
                            Err(error) => return Err(error),
                        }
                    }
                }
                Err(error) => return Err(error),
            }
            if page.next != cursor {
                cursor = page.next;
                let taken = Taken {
                    cursor: cursor.clone(),
                };
                self.note(STREAM, "taken", &taken, Vec::new()).await?;
            }
            if !page.more {
                return Ok(tally);
            }
        }
    }

    /// Forgets again what was taken in while it was being forgotten, and tells how much that was.
    ///
    /// Memory itself refuses what derives from forgotten records. A mission that was made of none is known to the
    /// log alone, which blanks its results before they are forgotten anywhere else.
    async fn let_go(
        &self,
        taken: &[Outcome],
        ids: &[RecordId],
        query: &OutcomeQuery,
    ) -> Result<u64> {
        if !taken.iter().any(|outcome| stand_in(outcome).is_some()) {
            return Ok(0);
        }
        let executor = missing(&self.parts.executor, "executor")?;
        let now = executor.outcomes(&self.scope, query).await?.items;
        let lost: Vec<RecordId> = taken
            .iter()
            .zip(ids)
            .filter(|(outcome, _)| stand_in(outcome).is_some())
            .filter(|(outcome, _)| {
                let same = now
                    .iter()
                    .find(|one| one.job == outcome.job && one.token == outcome.token);
                same.is_some_and(|one| one.result != outcome.result)
            })
            .map(|(_, id)| *id)
            .collect();
        if !lost.is_empty() {
            let selection = Selection::Ids(lost.clone());
            let memory = self.memory()?;
            memory.forget(&self.scope, &selection, Mode::Erase).await?;
        }
        Ok(lost.len() as u64)
    }
}

/// What the mission that a job works for is forgotten by, if that was made of no record.
fn stand_in(outcome: &Outcome) -> Option<RecordId> {
    let mission: MissionId = outcome.group.strip_prefix("mission/")?.parse().ok()?;
    Some(mission.stand_in()).filter(|id| outcome.sources.contains(id))
}

fn event(outcome: &Outcome) -> Observation {
    // The words of the result alone: ids and brackets would make all results alike.
    let mut words = String::new();
    let mut trust = outcome.trust;
    match &outcome.result {
        Err(fault) => words.clone_from(&fault.message),
        Ok(value) => match serde_json::from_value::<ToolResult>(value.clone()) {
            Ok(result) => {
                trust = trust.min(result.trust);
                say(&result.output, &mut words);
            }
            Err(_) => say(value, &mut words),
        },
    }
    let mut text: String = words.trim().chars().take(LONGEST).collect();
    if text.is_empty() {
        "done, without a result".clone_into(&mut text);
    }
    // The stand-in of a mission that was made of no record is none, and vouches for nothing.
    let stand_in = stand_in(outcome);
    let mut sources = outcome.sources.clone();
    sources.retain(|source| stand_in != Some(*source));
    Observation::text(text)
        .with_kind(RecordKind::Event)
        .with_source(format!("job/{}", outcome.job))
        .with_position(outcome.token)
        .with_occurred(outcome.finished)
        .with_derived_from(sources)
        .with_trust(Trust::derived([trust]))
        .with_metadata("job", outcome.job.to_string())
        .with_metadata("key", outcome.key.as_str())
        .with_metadata(GROUP, outcome.group.as_str())
        .with_metadata("attempts", outcome.attempts)
}

/// A value as somebody would say it, until it is long enough.
fn say(value: &Value, out: &mut String) {
    if out.len() > LONGEST * 4 {
        return;
    }
    match value {
        Value::Null => {}
        Value::String(text) => out.push_str(text),
        Value::Array(values) => {
            for (i, value) in values.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                say(value, out);
            }
        }
        Value::Object(fields) => {
            for (i, (name, value)) in fields.iter().enumerate() {
                out.push_str(if i > 0 { "; " } else { "" });
                out.push_str(name);
                out.push_str(": ");
                say(value, out);
            }
        }
        other => out.push_str(&other.to_string()),
    }
}
