//! Results as records: what jobs gave is remembered, with what it was made of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Handle, handle::missing};
use crate::{
    Cursor, ErrorKind, MissionId, Observation, Outcome, OutcomeQuery, PageRequest, RecordKind,
    Result, Tally, ToolResult, Trust,
};

const STREAM: &str = "outcomes";
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
                Ok(ids) => tally.output += ids.len() as u64,
                // One of them was forgotten: the others are taken in one by one.
                Err(error) if error.kind() == ErrorKind::Gone => {
                    for event in events {
                        match memory.remember(&self.scope, vec![event]).await {
                            Ok(_) => tally.output += 1,
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
    let stand_in = outcome.group.strip_prefix("mission/");
    let stand_in: Option<MissionId> = stand_in.and_then(|id| id.parse().ok());
    let mut sources = outcome.sources.clone();
    sources.retain(|source| stand_in.is_none_or(|id| id.stand_in() != *source));
    Observation::text(text)
        .with_kind(RecordKind::Event)
        .with_source(format!("job/{}", outcome.job))
        .with_position(outcome.token)
        .with_occurred(outcome.finished)
        .with_derived_from(sources)
        .with_trust(Trust::derived([trust]))
        .with_metadata("job", outcome.job.to_string())
        .with_metadata("key", outcome.key.as_str())
        .with_metadata("group", outcome.group.as_str())
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
