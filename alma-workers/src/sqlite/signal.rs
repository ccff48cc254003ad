//! Commits as a signal to idle pools.

use std::time::Duration;

use alma_core::{Result, sqlite::Changes};
use async_trait::async_trait;

use super::SqliteJobs;
use crate::Signal;

/// Speaks when anything is committed to the file of a [`SqliteJobs`], in this process or another.
#[derive(Debug)]
pub struct CommitSignal {
    jobs: SqliteJobs,
    /// Opened at the first wait, and again after trouble.
    changes: Option<Changes>,
}

impl CommitSignal {
    pub(super) const fn new(jobs: SqliteJobs) -> Self {
        Self {
            jobs,
            changes: None,
        }
    }
}

#[async_trait]
impl Signal for CommitSignal {
    async fn wait(&mut self, at_most: Duration) -> Result<()> {
        let Some(changes) = &mut self.changes else {
            // What was committed before is found by the look that follows at once.
            self.changes = Some(self.jobs.changes()?);
            return Ok(());
        };
        let told = changes.wait(at_most).await;
        if told.is_err() {
            self.changes = None;
        }
        told.map(drop)
    }
}
