//! Time: a timestamp, a range, and the clock that is injected everywhere.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    str::FromStr,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Poll, Waker},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de};

use crate::{Error, Result, digest::clip};

/// A moment: milliseconds since 1970-01-01T00:00:00Z; RFC 3339 in text and JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after the epoch (before it when negative).
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment and `by`, or the last moment there is.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The time from `earlier` to this moment; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The day of this moment in UTC, such as `2026-11-24`.
    #[must_use]
    pub fn date(self) -> String {
        let mut text = self.to_string();
        text.truncate(text.find('T').unwrap_or(text.len()));
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            // Beyond the years that RFC 3339 can write.
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads RFC 3339, a date, or a date with a time; without an offset UTC is meant.
    fn from_str(text: &str) -> Result<Self> {
        let fault = || {
            Error::invalid(format!("cannot read '{}' as a time", clip(text)))
                .with_remedy("write it like 2026-11-24T08:00:00Z, or only the date")
        };
        if let Some(millis) = text
            .strip_suffix("ms")
            .and_then(|millis| millis.parse().ok())
        {
            return Ok(Self(millis));
        }
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Ok(Self(time.as_millisecond()));
        }
        let civil: jiff::civil::DateTime = text.parse().map_err(|_| fault())?;
        let time = jiff::tz::Offset::UTC
            .to_timestamp(civil)
            .map_err(|_| fault())?;
        Ok(Self(time.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A range of time: from `from` on, before `until`; an open end has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first moment inside.
    pub from: Option<Timestamp>,
    /// The first moment after.
    pub until: Option<Timestamp>,
}

impl TimeRange {
    /// Whether `time` lies inside.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until)
    }
}

/// What time it is, and how to wait; injected, so that tests own the time.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns once `by` has passed on this clock.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait and nothing else.
    async fn sleep(&self, by: Duration);
}

/// The clock of the machine. It sleeps on one thread of its own, so it needs no runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, by: Duration) {
        let Some(due) = Instant::now().checked_add(by) else {
            return std::future::pending().await;
        };
        let mut alarm = Alarm { due, turn: None };
        std::future::poll_fn(|context| {
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            alarm.set(context.waker());
            Poll::Pending
        })
        .await;
    }
}

/// One sleeper's entry in the timer: at most one at a time, and none once the sleep is over or dropped.
struct Alarm {
    due: Instant,
    turn: Option<u64>,
}

impl Alarm {
    fn set(&mut self, waker: &Waker) {
        self.turn = Some(Timer::shared().wake_at(self.due, self.turn, waker));
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(turn) = self.turn {
            let removed = Timer::shared().lock().remove(&(self.due, turn));
            // A waker may own the last of its task, with other sleeps inside: it goes without the lock.
            drop(removed);
        }
    }
}

/// One thread that wakes whoever is due.
struct Timer {
    due: Mutex<BTreeMap<(Instant, u64), Waker>>,
    turns: AtomicU64,
    changed: Condvar,
}

impl Timer {
    fn shared() -> &'static Arc<Self> {
        static TIMER: OnceLock<Arc<Timer>> = OnceLock::new();
        TIMER.get_or_init(|| {
            let timer = Arc::new(Self {
                due: Mutex::default(),
                turns: AtomicU64::new(0),
                changed: Condvar::new(),
            });
            let run = Arc::clone(&timer);
            std::thread::spawn(move || run.run());
            timer
        })
    }

    /// Wakes `waker` at `due`, in place of whom the entry `turn` would have woken; answers the entry's turn.
    fn wake_at(&self, due: Instant, turn: Option<u64>, waker: &Waker) -> u64 {
        let mut queue = self.lock();
        let turn = turn.unwrap_or_else(|| self.turns.fetch_add(1, Ordering::Relaxed));
        let first = queue
            .first_key_value()
            .is_none_or(|((next, _), _)| due < *next);
        let replaced = match queue.entry((due, turn)) {
            Entry::Occupied(entry) if entry.get().will_wake(waker) => None,
            Entry::Occupied(mut entry) => Some(entry.insert(waker.clone())),
            Entry::Vacant(entry) => {
                entry.insert(waker.clone());
                if first {
                    self.changed.notify_one();
                }
                None
            }
        };
        drop(queue);
        drop(replaced);
        turn
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Instant, u64), Waker>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut queue = self.lock();
        loop {
            let now = Instant::now();
            let mut due = Vec::new();
            while queue
                .first_key_value()
                .is_some_and(|((at, _), _)| *at <= now)
            {
                due.extend(queue.pop_first());
            }
            if !due.is_empty() {
                drop(queue);
                due.into_iter().for_each(|(_, waker)| waker.wake());
                queue = self.lock();
                continue;
            }
            let wait = queue
                .first_key_value()
                .map(|((due, _), _)| due.saturating_duration_since(now));
            queue = match wait {
                Some(wait) => {
                    self.changed
                        .wait_timeout(queue, wait)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .changed
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
