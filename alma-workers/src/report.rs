//! Results as records: what jobs gave is remembered, with what it was made of.

use std::sync::Arc;

use alma_core::{
    Cursor, ErrorKind, Executor, Memory, Observation, Outcome, OutcomeQuery, PageRequest,
    RecordKind, Result, Scope, Tally, Trust,
};

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
    let result = match &outcome.result {
        Ok(value) => format!("Job {} gave {value}", outcome.key),
        Err(fault) => format!("Job {} failed: {}", outcome.key, fault.message),
    };
    let text: String = result.chars().take(LONGEST).collect();
    Observation::text(text)
        .with_kind(RecordKind::Event)
        .with_source(format!("job/{}", outcome.job))
        .with_position(outcome.token)
        .with_occurred(outcome.finished)
        .with_derived_from(outcome.sources.clone())
        .with_trust(Trust::derived([outcome.trust]))
        .with_metadata("job", outcome.job.to_string())
        .with_metadata("group", outcome.group.as_str())
        .with_metadata("attempts", outcome.attempts)
}
