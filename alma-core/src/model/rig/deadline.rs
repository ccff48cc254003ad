//! Deadlines on the injected clock: a model that hangs is an error, not a wait for ever.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use crate::{Clock, Error, ErrorKind, Result, SystemClock};

/// How long a model may take, and by which clock.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) after: Duration,
}

impl Default for Deadline {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            after: Duration::from_secs(120),
        }
    }
}

impl Deadline {
    /// What `work` answers, or `TimedOut` once the deadline has passed on the clock.
    pub(super) async fn meet<T>(&self, model: &str, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        let mut sleep = self.clock.sleep(self.after);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            sleep.as_mut().poll(context).map(|()| {
                Err(Error::new(
                    ErrorKind::TimedOut,
                    format!("cannot wait for {model} longer than {:?}", self.after),
                )
                .with_remedy("try again, or allow more time"))
            })
        })
        .await
    }
}
