//! Faults on purpose: the process ends, or an error is answered, at a chosen commit boundary.

#[cfg(feature = "testkit")]
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Result;
#[cfg(feature = "testkit")]
use crate::{Error, ErrorKind};

/// What happens at which commit boundary of one [`Database`](super::Database), for tests of crash safety.
///
/// Boundaries are counted from 1, after opening: one before and one after each commit (component migrations are
/// commits too), and in [`settle`](super::Database::settle) one after the rewrite and one after the log is empty.
/// To visit them all, start a child process with `abort_at(1)`, `abort_at(2)` and so on, until it ends by itself.
#[cfg(feature = "testkit")]
#[derive(Debug)]
pub struct FaultPlan {
    at: u64,
    repeat: bool,
    abort: bool,
    passed: AtomicU64,
}

#[cfg(feature = "testkit")]
impl FaultPlan {
    /// The process aborts at boundary `at`, without unwinding or flushing anything.
    #[must_use]
    pub const fn abort_at(at: u64) -> Self {
        Self::new(at, false, true)
    }

    /// Boundary `at` answers `Unavailable`: before a commit it is rolled back, after one the answer alone is lost.
    #[must_use]
    pub const fn fail_at(at: u64) -> Self {
        Self::new(at, false, false)
    }

    /// Each boundary whose number `every` divides answers `Unavailable`.
    ///
    /// While writes come one at a time, an odd number strikes before commits and an even one after them.
    #[must_use]
    pub const fn fail_every(every: u64) -> Self {
        Self::new(every, true, false)
    }

    const fn new(at: u64, repeat: bool, abort: bool) -> Self {
        Self {
            at,
            repeat,
            abort,
            passed: AtomicU64::new(0),
        }
    }

    fn pass(&self) -> Result<()> {
        let number = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        let hit = if self.repeat {
            self.at > 0 && number.is_multiple_of(self.at)
        } else {
            number == self.at
        };
        if hit && self.abort {
            std::process::abort();
        }
        if hit {
            return Err(Error::new(
                ErrorKind::Unavailable,
                format!("cannot pass commit boundary {number}: a fault was planned"),
            ));
        }
        Ok(())
    }
}

/// The commit boundaries of one database; nothing happens at them outside of tests.
#[derive(Debug, Default)]
pub(super) struct Boundaries {
    #[cfg(feature = "testkit")]
    pub(super) plan: Option<FaultPlan>,
}

impl Boundaries {
    #[cfg_attr(
        not(feature = "testkit"),
        expect(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "faults exist in tests alone"
        )
    )]
    pub(super) fn pass(&self) -> Result<()> {
        #[cfg(feature = "testkit")]
        if let Some(plan) = &self.plan {
            plan.pass()?;
        }
        Ok(())
    }
}
