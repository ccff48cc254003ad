//! Work: jobs are queued, and what became of each is read from the log of outcomes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alma_core::{
    Cursor, Error, ErrorKind, Executor, JobContext, JobHandler, NewJob, OutcomeQuery, Parameter,
    Result, Settings, Subject,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{maker::Maker, scope, task};

/// Workers as a subject: jobs in, what became of each key out.
///
/// Input: `{"jobs": [{"key", "payload", "poison": false}]}`. Output: a list with `"key=payload"`
/// for each job that was done and `"key=dead"` for each that failed for good, sorted.
///
/// The workers that are made get two handlers: one that answers with its payload, and one
/// that fails each attempt for good.
#[derive(Debug)]
pub struct WorkerSubject {
    parameters: Vec<Parameter>,
    workers: Maker<Order, dyn Executor>,
    patience: Duration,
}

/// What workers are made of.
type Order = (Settings, Vec<Arc<dyn JobHandler>>);

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkerTask {
    pub(crate) jobs: Vec<TaskJob>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskJob {
    pub(crate) key: String,
    pub(crate) payload: Value,
    #[serde(default)]
    pub(crate) poison: bool,
}

impl WorkerSubject {
    /// Workers that `workers` makes, over a fresh queue, under given settings of `parameters`.
    ///
    /// They must run jobs of the handlers' kinds in every scope until what was made is dropped.
    pub fn new<F>(
        parameters: Vec<Parameter>,
        workers: impl Fn(Settings, Vec<Arc<dyn JobHandler>>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Arc<dyn Executor>>> + Send + 'static,
    {
        Self {
            parameters,
            workers: Maker::new(move |(settings, handlers): Order| workers(settings, handlers)),
            patience: Duration::from_secs(30),
        }
    }

    /// Sets how long a case may stand still before it counts as failed; 30 seconds by default.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// In how many waits the patience is spent.
const WAITS: u32 = 10;

#[async_trait]
impl Subject for WorkerSubject {
    fn name(&self) -> &str {
        "workers"
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.parameters.clone()
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let task: WorkerTask = task(self.name(), input)?;
        let scope = scope(settings, input)?;
        let handlers: Vec<Arc<dyn JobHandler>> = vec![Arc::new(Echo), Arc::new(Poison)];
        let executor = self.workers.make((settings.clone(), handlers)).await?;
        let jobs = task.jobs.into_iter().map(|job| {
            let kind = if job.poison { POISON } else { ECHO };
            NewJob::new(kind, job.key, job.payload).with_group("evaluation")
        });
        let mut open = executor.submit(&scope, jobs.collect()).await?;
        let mut ended: BTreeMap<String, Value> = BTreeMap::new();
        let mut after = Cursor::start();
        let mut waits = WAITS;
        while !open.is_empty() {
            if waits == 0 {
                return Err(Error::new(
                    ErrorKind::Internal,
                    format!("cannot wait any longer for {} jobs", open.len()),
                ));
            }
            let query = OutcomeQuery::group("evaluation").after(after);
            let page = executor
                .outcomes(&scope, &query.with_wait(self.patience / WAITS))
                .await?;
            after = page.next;
            waits = if page.items.is_empty() {
                waits - 1
            } else {
                WAITS
            };
            for outcome in page.items {
                open.retain(|job| *job != outcome.job);
                let what = outcome.result.unwrap_or_else(|_| json!("dead"));
                ended.insert(outcome.key, what);
            }
        }
        let shown = ended.into_iter().map(|(key, what)| match what {
            Value::String(what) => format!("{key}={what}"),
            what => format!("{key}={}", alma_core::canonical_json(&what)),
        });
        Ok(shown.collect())
    }
}

const ECHO: &str = "evaluation.echo";
const POISON: &str = "evaluation.poison";

/// Answers with its payload.
#[derive(Debug)]
struct Echo;

#[async_trait]
impl JobHandler for Echo {
    fn kind(&self) -> &str {
        ECHO
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        Ok(context.job.spec.payload.clone())
    }
}

/// Fails each attempt, and says that trying again is of no use.
#[derive(Debug)]
struct Poison;

#[async_trait]
impl JobHandler for Poison {
    fn kind(&self) -> &str {
        POISON
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        let key = &context.job.spec.key;
        Err(Error::invalid(format!("cannot digest job '{key}'")))
    }
}
