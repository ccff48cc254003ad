//! One attempt: the handler within its time, and what the store makes of its end.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use alma_core::{Claim, Error, ErrorKind, Fault, Job, JobContext, Lease, Result};
use serde_json::Value;

use super::setup::Pool;

/// The first pause when the store does not take an end, and the longest.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its result was accepted.
    Completed,
    /// It failed, and the store knows.
    Failed,
    /// Whoever took the claim away has the say.
    Lost,
}

/// Runs one attempt; `ended` is set once the handler has ended and only the store is left to be told.
pub(super) async fn attempt(pool: Arc<Pool>, lease: Lease, ended: Arc<AtomicBool>) -> End {
    let claim = lease.claim();
    let context = JobContext::new(lease.job);
    let result = handle(&pool, &context).await;
    ended.store(true, Ordering::SeqCst);
    let job = &context.job;
    if let Err(error) = &result {
        tracing::warn!(job = %job.id, kind = %job.spec.kind, attempt = job.attempts, error = %error.kind(), "attempt failed");
        tracing::debug!(job = %job.id, %error, "attempt failed");
    }
    tell(&pool, job, claim, result)
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(job = %job.id, %error, "result dropped");
            End::Lost
        })
}

/// The handler's answer; a panic and an end of time are failures like others.
async fn handle(pool: &Pool, context: &JobContext) -> Result<Value> {
    let job = &context.job;
    let Some(handler) = pool.handlers.get(&job.spec.kind) else {
        return Err(Error::new(
            ErrorKind::Internal,
            format!("cannot run job '{}': no handler of its kind", job.spec.key),
        ));
    };
    let timeout = job.spec.timeout.unwrap_or(pool.timeout);
    tokio::select! {
        biased;
        result = caught(handler.run(context)) => result.unwrap_or_else(|panic| {
            Err(Error::new(
                ErrorKind::Internal,
                format!("cannot finish job '{}': its handler panicked: {}", job.spec.key, said(&*panic)),
            ))
        }),
        () = pool.clock.sleep(timeout) => Err(Error::new(
            ErrorKind::TimedOut,
            format!("cannot finish job '{}' within {timeout:?}", job.spec.key),
        )
        .with_remedy("give the job more time, or split it")),
    }
}

/// Runs a future whose panics are values.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        // After a panic the future is never polled again, only dropped.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// Tells the store how the attempt ended, for as long as it is only busy.
async fn tell(pool: &Pool, job: &Job, claim: Claim, mut result: Result<Value>) -> Result<End> {
    let (store, scope) = (&pool.store, &job.scope);
    let mut pause = PAUSE;
    loop {
        let told = match &result {
            Ok(value) => store
                .complete(scope, claim, value.clone())
                .await
                .map(|()| End::Completed),
            Err(error) => store
                .fail(scope, claim, Fault::from(error))
                .await
                .map(|_| End::Failed),
        };
        match told {
            Ok(end) => return Ok(end),
            // The store does not take such a result, now or later.
            Err(error) if error.kind() == ErrorKind::InvalidInput && result.is_ok() => {
                result = Err(error);
            }
            Err(error) if error.is_transient() => {
                pool.clock.sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}
