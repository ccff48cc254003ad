//! Fault injection: a backend whose calls fail where a test says so.

mod data;
mod work;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::Draws;
use crate::{Error, ErrorKind, Result};

/// On which side of a call a fault lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The call never reaches the backend.
    Request,
    /// The backend does its work, and the answer is lost.
    Answer,
}

/// Which calls fail; clones share the count of calls.
#[derive(Clone, Debug)]
pub struct Faults {
    calls: Arc<AtomicU64>,
    plan: Plan,
}

#[derive(Clone, Copy, Debug)]
enum Plan {
    At(u64, Loss),
    From(u64, Loss),
    Every(u64),
    Some { seed: u64, percent: u64 },
}

impl Faults {
    /// The call with this number (from 1) fails, and no other.
    #[must_use]
    pub fn at(call: u64, loss: Loss) -> Self {
        Self::new(Plan::At(call, loss))
    }

    /// The call with this number (from 1) fails so, and all later ones never reach the backend: its process died.
    #[must_use]
    pub fn from(call: u64, loss: Loss) -> Self {
        Self::new(Plan::From(call, loss))
    }

    /// Every `n`-th call fails; in turn a request is lost and an answer. `n` below 2 counts as 2.
    #[must_use]
    pub fn every(n: u64) -> Self {
        Self::new(Plan::Every(n.max(2)))
    }

    /// About `percent` of the calls fail, drawn by `seed`: half lose the request, half the answer.
    #[must_use]
    pub fn some(seed: u64, percent: u64) -> Self {
        Self::new(Plan::Some { seed, percent })
    }

    fn new(plan: Plan) -> Self {
        Self {
            calls: Arc::default(),
            plan,
        }
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    fn next(&self) -> Option<Loss> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        match self.plan {
            Plan::At(at, loss) => (call == at).then_some(loss),
            Plan::From(at, loss) if call == at => Some(loss),
            Plan::From(at, _) => (call > at).then_some(Loss::Request),
            Plan::Every(n) if !call.is_multiple_of(n) => None,
            Plan::Every(n) if (call / n) % 2 == 1 => Some(Loss::Request),
            Plan::Every(_) => Some(Loss::Answer),
            Plan::Some { seed, percent } => {
                let draw = Draws::new(seed ^ call.rotate_left(32)).next();
                let side = if draw >> 63 == 0 {
                    Loss::Request
                } else {
                    Loss::Answer
                };
                (draw % 100 < percent).then_some(side)
            }
        }
    }

    async fn around<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        match self.next() {
            None => call.await,
            Some(Loss::Request) => Err(lost("the request was lost")),
            Some(Loss::Answer) => {
                // Whether it went well or not, nobody hears of it.
                drop(call.await);
                Err(lost("the answer was lost"))
            }
        }
    }
}

fn lost(why: &str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot reach the backend: {why}"),
    )
    .with_remedy("retry unchanged")
}

/// A backend of any trait whose calls fail where its [`Faults`] say so, with `Unavailable`.
///
/// # Examples
/// ```
/// use alma_core::{MemoryExt, Scope, reference::ReferenceMemory};
/// use alma_core::testkit::{Faults, Flaky, Loss, block_on};
/// let memory = Flaky::new(ReferenceMemory::default(), Faults::at(1, Loss::Answer));
/// let scope = Scope::new("home/ana")?;
/// assert!(block_on(memory.remember_text(&scope, "kept nevertheless")).is_err());
/// let id = block_on(memory.remember_text(&scope, "kept nevertheless"))?;
/// assert_eq!(block_on(memory.record(&scope, id))?.text, "kept nevertheless");
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Flaky<T> {
    inner: T,
    faults: Faults,
}

impl<T> Flaky<T> {
    /// `inner`, with these faults.
    #[must_use]
    pub const fn new(inner: T, faults: Faults) -> Self {
        Self { inner, faults }
    }

    /// The backend behind the faults.
    #[must_use]
    pub const fn inner(&self) -> &T {
        &self.inner
    }

    /// The faults, to count calls.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }
}
