//! What runs a job.

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::{Job, Result, mission::effect_key};

/// What a handler is given beside the payload.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JobContext {
    /// The job, its scope and its attempt.
    pub job: Job,
}

impl JobContext {
    /// The context of one attempt.
    #[must_use]
    pub const fn new(job: Job) -> Self {
        Self { job }
    }

    /// What an effect outside carries, so that a repetition is noticed.
    ///
    /// It is the same for every attempt of the job. Where a mission tries a task again that failed
    /// for good, which is another job, it is the same, too: the try that failed may have had its effect.
    #[must_use]
    pub fn effect_key(&self) -> &str {
        effect_key(&self.job.spec.key, &self.job.spec.group)
    }
}

/// Runs jobs of one kind.
///
/// # Contract
/// - A job may be run again after it was run: an effect outside carries [`JobContext::effect_key`].
/// - An error of a transient kind, or `Internal`, is retried; any other kind is final.
/// - The future is dropped when the lease is lost, the job is cancelled, or its time is over.
#[async_trait]
pub trait JobHandler: fmt::Debug + Send + Sync + 'static {
    /// The kind of jobs that it runs.
    fn kind(&self) -> &str;

    /// Runs one attempt.
    async fn run(&self, context: &JobContext) -> Result<Value>;
}
