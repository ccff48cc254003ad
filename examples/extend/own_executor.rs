//! Your own executor: it raises the priority of missions above other work, in front of any other executor.

use std::sync::Arc;

use alma_core::{
    Erased, Erasure, Executor, JobContext, JobHandler, JobId, JobStatus, NewJob, Outcome,
    OutcomeQuery, Page, Result, Scope, reference::ReferenceExecutor,
};
use async_trait::async_trait;
use serde_json::{Value, json};

/// An executor in which missions go first.
#[derive(Debug)]
pub struct MissionsFirst<E>(pub E);

#[async_trait]
impl<E: Executor> Executor for MissionsFirst<E> {
    async fn submit(&self, scope: &Scope, mut jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        for job in &mut jobs {
            if job.group.starts_with("mission/") {
                job.priority = job.priority.saturating_add(10);
            }
        }
        self.0.submit(scope, jobs).await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.0.status(scope, ids).await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        self.0.outcomes(scope, query).await
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.0.cancel(scope, ids).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.0.erase(scope, what).await
    }
}

/// What its jobs do here: they give their payload back.
#[derive(Debug)]
pub struct Echo;

#[async_trait]
impl JobHandler for Echo {
    fn kind(&self) -> &str {
        "echo"
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        Ok(context.job.spec.payload.clone())
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<()> {
    let (queue, scope) = (
        MissionsFirst(ReferenceExecutor::new(vec![Arc::new(Echo)])),
        Scope::new("home/ana")?,
    );
    let job = |name: &str, group: &str| NewJob::new("echo", name, json!(name)).with_group(group);
    queue
        .submit(&scope, vec![job("later", ""), job("first", "mission/1")])
        .await?;
    let done = queue.outcomes(&scope, &OutcomeQuery::all()).await?.items;
    assert_eq!(
        done.first().map(|outcome| outcome.key.as_str()),
        Some("first")
    );
    Ok(())
}
