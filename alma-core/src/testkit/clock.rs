//! A clock that stands still until a test moves it.

use std::{
    collections::BTreeMap,
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
    /// One entry a sleep, by its number.
    sleepers: BTreeMap<u64, (Timestamp, Waker)>,
    last: u64,
}

/// The number of a sleep; its entry goes when the sleep ends or is dropped.
struct Sleep<'a>(&'a ManualClock, u64);

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.0.lock().sleepers.remove(&self.1);
    }
}

impl ManualClock {
    /// A clock that shows `now`; whoever sleeps on it wakes when it was advanced far enough.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self {
            state: Mutex::new(State {
                now,
                sleepers: BTreeMap::new(),
                last: 0,
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
        let due = |(due, waker): &(Timestamp, Waker)| (*due <= now).then(|| waker.clone());
        let woken: Vec<Waker> = state.sleepers.values().filter_map(due).collect();
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    /// How many sleep on it now.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
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
        let sleep = {
            let mut state = self.lock();
            state.last += 1;
            Sleep(self, state.last)
        };
        std::future::poll_fn(|context| {
            let mut state = self.lock();
            if state.now >= due {
                return Poll::Ready(());
            }
            state
                .sleepers
                .insert(sleep.1, (due, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
