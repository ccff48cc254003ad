//! Handlers that do what a clause needs, and count it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{Error, ErrorKind, Job, JobContext, JobHandler, Result};

/// What ran, by the key of the job.
#[derive(Debug, Default)]
pub(super) struct Hands {
    runs: Mutex<BTreeMap<String, Vec<Job>>>,
}

impl Hands {
    /// The handlers, of kinds `echo`, `shaky`, `final` and `endless`.
    pub(super) fn handlers(hands: &Arc<Self>) -> Vec<Arc<dyn JobHandler>> {
        let kinds = ["echo", "shaky", "final", "endless"];
        let hand = |kind| {
            Arc::new(Hand {
                kind,
                hands: Arc::clone(hands),
            }) as Arc<dyn JobHandler>
        };
        kinds.map(hand).into()
    }

    /// What was run under a key, in order.
    pub(super) fn ran(&self, key: &str) -> Vec<Job> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get(key).cloned().unwrap_or_default()
    }

    fn note(&self, job: &Job) -> usize {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = runs.entry(job.spec.key.clone()).or_default();
        of_key.push(job.clone());
        of_key.len()
    }
}

#[derive(Debug)]
struct Hand {
    kind: &'static str,
    hands: Arc<Hands>,
}

#[async_trait]
impl JobHandler for Hand {
    fn kind(&self) -> &str {
        self.kind
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        let job = &context.job;
        let times = self.hands.note(job);
        match self.kind {
            "echo" => Ok(json!({ "echo": job.spec.payload })),
            // Fails as often as the payload says, and can be tried again at once.
            "shaky" if times as u64 > job.spec.payload.as_u64().unwrap_or(0) => Ok(json!(times)),
            "shaky" => Err(
                Error::new(ErrorKind::Unavailable, "cannot reach the other side")
                    .with_retry_after(Duration::from_millis(1)),
            ),
            "final" => {
                Err(Error::new(ErrorKind::Denied, "cannot do that").with_remedy("ask first"))
            }
            _ => std::future::pending().await,
        }
    }
}
