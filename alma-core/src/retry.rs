//! Retrying in place: a loop that starts over makes no progress under steady trouble.

use std::time::Duration;

use crate::{Clock, Error, Result};

/// A bounded number of pauses, each twice as long as the one before.
#[derive(Debug)]
pub(crate) struct Retry<'a> {
    clock: &'a dyn Clock,
    left: u32,
    pause: Duration,
}

impl<'a> Retry<'a> {
    const TRIES: u32 = 8;
    const FIRST: Duration = Duration::from_millis(20);

    pub(crate) fn new(clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            left: Self::TRIES,
            pause: Self::FIRST,
        }
    }

    /// Waits when `error` is transient and a try is left; gives it back otherwise.
    pub(crate) async fn after(&mut self, error: Error) -> Result<()> {
        if !error.is_transient() || self.left == 0 {
            return Err(error);
        }
        self.left -= 1;
        let pause = error.retry_after().unwrap_or(self.pause);
        self.pause *= 2;
        self.clock.sleep(pause).await;
        Ok(())
    }
}
