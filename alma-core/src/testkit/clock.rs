//! A clock that stands still until a test moves it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;

use crate::{Clock, Timestamp};

/// A clock that a test owns: it stands still until it is advanced.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use alma_core::{Clock, testkit::ManualClock};
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now().since(before), Duration::from_secs(5));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<State>,
    leaps: bool,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    sleepers: Vec<(Timestamp, Waker)>,
}

impl ManualClock {
    /// A clock that shows `now`; whoever sleeps on it wakes when it was advanced far enough.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self {
            state: Mutex::new(State {
                now,
                sleepers: Vec::new(),
            }),
            leaps: false,
        }
    }

    /// A clock that leaps: whoever sleeps on it moves it on and goes on at once.
    #[must_use]
    pub const fn leaping(now: Timestamp) -> Self {
        let mut clock = Self::new(now);
        clock.leaps = true;
        clock
    }

    /// Moves the time on and wakes whoever is due.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.now = state.now.plus(by);
        let now = state.now;
        let (due, rest) = std::mem::take(&mut state.sleepers)
            .into_iter()
            .partition(|(due, _)| *due <= now);
        state.sleepers = rest;
        drop(state);
        let due: Vec<(Timestamp, Waker)> = due;
        for (_, waker) in due {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    /// A clock that shows 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::new(Timestamp::from_millis(1_767_225_600_000))
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    async fn sleep(&self, by: Duration) {
        if self.leaps {
            self.advance(by);
            return;
        }
        let due = self.now().plus(by);
        std::future::poll_fn(|context| {
            let mut state = self.lock();
            if state.now >= due {
                return Poll::Ready(());
            }
            state.sleepers.push((due, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
