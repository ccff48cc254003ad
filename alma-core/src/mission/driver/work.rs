//! The work of a mission: ready tasks become jobs, and outcomes become events.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use super::{Driver, event, state::State};
use crate::{
    Cursor, Error, ErrorKind, Outcome, OutcomeQuery, Page, PageRequest, Result, Scope, retry::Retry,
};

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
        let query = OutcomeQuery::group(group(state))
            .after(cursor.clone())
            .with_limit(PageRequest::MAX)
            .with_wait(WAIT);
        let page = match self.outcomes(scope, &query).await {
            // Purged meanwhile: what is left is read from the start.
            Err(error) if error.kind() == ErrorKind::Gone && *cursor != Cursor::start() => {
                *cursor = Cursor::start();
                return Ok(());
            }
            page => page?,
        };
        if page.items.is_empty() && !page.more {
            *cursor = page.next;
            return self.miss(scope, state, cursor).await;
        }
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

    /// Fails the tasks whose jobs have ended, or are no longer known, and whose outcomes are not kept any more.
    async fn miss(&self, scope: &Scope, state: &State, cursor: &mut Cursor) -> Result<()> {
        let ids = state.open_jobs(scope);
        let mut retry = Retry::new(&*self.clock);
        let known = loop {
            match self.executor.status(scope, &ids).await {
                Ok(known) => break known,
                Err(error) => retry.after(error).await?,
            }
        };
        let mut missed: HashSet<_> = ids.iter().copied().collect();
        for status in known.iter().filter(|status| !status.state.is_final()) {
            missed.remove(&status.id);
        }
        let mut query = OutcomeQuery::group(group(state)).with_limit(PageRequest::MAX);
        let mut more = !missed.is_empty();
        while more {
            let page = self.outcomes(scope, &query).await?;
            if page
                .items
                .iter()
                .any(|outcome| missed.contains(&outcome.job))
            {
                // It came between the two looks, or while another driver was ahead.
                *cursor = Cursor::start();
                return Ok(());
            }
            query = query.after(page.next);
            more = page.more;
        }
        let mut events = Vec::new();
        for ((task, _), job) in state.open().zip(ids) {
            if missed.contains(&job) {
                let fault = Error::new(
                    ErrorKind::NotFound,
                    format!(
                        "cannot tell what became of '{}': its outcome is not kept",
                        task.name
                    ),
                )
                .with_remedy("keep outcomes for longer than missions wait for them");
                events.push(event::lost(state, &task.name, job, fault.into())?);
            }
        }
        if !events.is_empty() {
            self.append(scope, state.mission.id, state.version, events)
                .await?;
        }
        Ok(())
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let mut retry = Retry::new(&*self.clock);
        loop {
            match self.executor.outcomes(scope, query).await {
                Ok(page) => return Ok(page),
                Err(error) => retry.after(error).await?,
            }
        }
    }
}

/// Of which group the jobs of a mission are.
fn group(state: &State) -> String {
    format!("mission/{}", state.mission.id)
}
