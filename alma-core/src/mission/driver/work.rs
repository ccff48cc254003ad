//! The work of a mission: ready tasks become jobs, and outcomes become events.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use super::{Driver, event, state::State};
use crate::{Cursor, OutcomeQuery, PageRequest, Result, Scope, retry::Retry};

/// How long one look at the outcomes waits for news.
const WAIT: Duration = Duration::from_secs(1);

/// What one driver did for a mission. Losing it loses nothing: jobs are queued once by their keys,
/// and outcomes are read again.
#[derive(Debug)]
pub(super) struct Watch {
    /// The keys of the jobs that it queued.
    submitted: HashSet<String>,
    /// How far it read the outcomes.
    cursor: Cursor,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            submitted: HashSet::new(),
            cursor: Cursor::start(),
        }
    }
}

impl Driver {
    /// Queues what is ready and takes in what came out.
    pub(super) async fn work(&self, scope: &Scope, state: &State, watch: &mut Watch) -> Result<()> {
        let mut jobs = Vec::new();
        for (task, key) in state.open() {
            if watch.submitted.contains(key) {
                continue;
            }
            match state.job(task, key) {
                Ok(job) => jobs.push(job),
                Err(error) => {
                    let event = event::unqueued(state, &task.name, error.into())?;
                    self.append(scope, state.mission.id, state.version, vec![event])
                        .await?;
                    return Ok(());
                }
            }
        }
        if !jobs.is_empty() {
            let keys: Vec<_> = jobs.iter().map(|job| job.key.clone()).collect();
            let mut retry = Retry::new(&*self.clock);
            while let Err(error) = self.executor.submit(scope, jobs.clone()).await {
                retry.after(error).await?;
            }
            watch.submitted.extend(keys);
        }
        self.take(scope, state, &mut watch.cursor).await
    }

    /// Appends what a page of outcomes says, as one write.
    async fn take(&self, scope: &Scope, state: &State, cursor: &mut Cursor) -> Result<()> {
        let query = OutcomeQuery::group(format!("mission/{}", state.mission.id))
            .after(cursor.clone())
            .with_limit(PageRequest::MAX)
            .with_wait(WAIT);
        let mut retry = Retry::new(&*self.clock);
        let page = loop {
            match self.executor.outcomes(scope, &query).await {
                Ok(page) => break page,
                Err(error) => retry.after(error).await?,
            }
        };
        let mut events = Vec::new();
        let mut taken = BTreeSet::new();
        for outcome in &page.items {
            // A task takes one outcome a round: the next one is of another try.
            if let Some((task, event)) = state.take(outcome)?
                && taken.insert(task)
            {
                events.push(event);
            }
        }
        // When another driver is ahead, its events are read first, then this page again.
        let id = state.mission.id;
        if events.is_empty() || self.append(scope, id, state.version, events).await? {
            *cursor = page.next;
        }
        Ok(())
    }
}
