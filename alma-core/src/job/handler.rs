//! What runs a job.

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::{Job, Result};

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
}

/// Runs jobs of one kind.
///
/// # Contract
/// - A job may be run again after it was run: an effect outside carries `job.spec.key`.
/// - An error of a transient kind, or `Internal`, is retried; any other kind is final.
/// - The future is dropped when the lease is lost, the job is cancelled, or its time is over.
#[async_trait]
pub trait JobHandler: fmt::Debug + Send + Sync + 'static {
    /// The kind of jobs that it runs.
    fn kind(&self) -> &str;

    /// Runs one attempt.
    async fn run(&self, context: &JobContext) -> Result<Value>;
}
