//! Results as records: what jobs gave is remembered, with what it was made of.

use std::sync::Arc;

use alma_core::{
    Cursor, ErrorKind, Executor, Memory, Observation, Outcome, OutcomeQuery, PageRequest,
    RecordKind, Result, Scope, Tally, ToolResult, Trust,
};
use serde_json::Value;

/// The longest part of a result that a record keeps, in characters.
const LONGEST: usize = 4_000;

/// Takes the outcomes of a scope into its memory, as events.
#[derive(Clone, Debug)]
pub struct Reporter {
    executor: Arc<dyn Executor>,
    memory: Arc<dyn Memory>,
}

impl Reporter {
    /// Reports what `executor` accepted to `memory`.
    pub fn new(executor: impl Executor, memory: impl Memory) -> Self {
        Self {
            executor: Arc::new(executor),
            memory: Arc::new(memory),
        }
    }

    /// Reports all outcomes after a cursor, and answers where to go on.
    ///
    /// Repeating it remembers nothing twice: an outcome's record is keyed by its job and fencing number.
    /// What was forgotten meanwhile is left out and counted as skipped.
    ///
    /// # Errors
    /// Those of executor and memory; what was reported before stays reported.
    pub async fn report(&self, scope: &Scope, after: Cursor) -> Result<(Cursor, Tally)> {
        let mut tally = Tally::default();
        let mut cursor = after;
        loop {
            let query = OutcomeQuery::all()
                .after(cursor)
                .with_limit(PageRequest::MAX);
            let page = self.executor.outcomes(scope, &query).await?;
            for outcome in &page.items {
                tally.input += 1;
                match self.memory.remember(scope, vec![event(outcome)]).await {
                    Ok(_) => tally.output += 1,
                    Err(error) if error.kind() == ErrorKind::Gone => tally.skipped += 1,
                    Err(error) => return Err(error),
                }
            }
            cursor = page.next;
            if !page.more {
                return Ok((cursor, tally));
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
    Observation::text(text)
        .with_kind(RecordKind::Event)
        .with_source(format!("job/{}", outcome.job))
        .with_position(outcome.token)
        .with_occurred(outcome.finished)
        .with_derived_from(outcome.sources.clone())
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
