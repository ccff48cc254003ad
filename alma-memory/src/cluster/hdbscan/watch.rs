//! Progress of a long fit, and the way to stop it.

use std::{
    fmt,
    ops::ControlFlow,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::params::HdbscanError;

/// What a fit calls on its way with the part that is done.
type Call<'a> = dyn Fn(f64) -> ControlFlow<()> + Sync + 'a;

/// Somebody who watches a fit: asked by one thread at a time, told of no way back, and not asked again after a break.
pub(super) struct Watcher<'a> {
    call: &'a Call<'a>,
    /// The part that was told last; none after a break.
    told: Mutex<Option<f64>>,
}

/// Somebody who watches a step of a fit, or nobody.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    watcher: Option<&'a Watcher<'a>>,
    from: f64,
    share: f64,
}

/// The watcher said to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cancelled;

impl<'a> Watcher<'a> {
    pub(super) const fn new(call: &'a Call<'a>) -> Self {
        Self {
            call,
            told: Mutex::new(Some(0.0)),
        }
    }

    /// The watch over a whole fit.
    pub(super) const fn watch(&'a self) -> Watch<'a> {
        Watch {
            watcher: Some(self),
            from: 0.0,
            share: 1.0,
        }
    }

    fn tell(&self, done: f64) -> Result<(), Cancelled> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = *told else {
            return Err(Cancelled);
        };
        // Threads may come here in another order than they did their parts.
        let done = done.clamp(before, 1.0);
        *told = Some(done);
        if (self.call)(done).is_break() {
            *told = None;
            return Err(Cancelled);
        }
        Ok(())
    }
}

impl Watch<'_> {
    /// Nobody: the fit goes on to its end.
    pub(super) const NOBODY: Watch<'static> = Watch {
        watcher: None,
        from: 0.0,
        share: 1.0,
    };

    /// The same for a step that begins when `from` of the whole is done and is `share` of it.
    pub(super) fn step(self, from: f64, share: f64) -> Self {
        Self {
            watcher: self.watcher,
            from: self.from + from * self.share,
            share: share * self.share,
        }
    }

    /// Tells that `done` of this step is done, from 0 to 1.
    ///
    /// # Errors
    /// `Cancelled` when the fit is to stop.
    pub(super) fn tell(self, done: f64) -> Result<(), Cancelled> {
        match self.watcher {
            Some(watcher) => watcher.tell(self.from + done * self.share),
            None => Ok(()),
        }
    }
}

/// Counts what threads have done of a step, and tells it now and then.
pub(super) struct Progress<'a> {
    watch: Watch<'a>,
    done: AtomicUsize,
    all: usize,
    /// After so many it is told.
    each: usize,
}

impl<'a> Progress<'a> {
    /// Of a step of so many parts, of which `most` may be done between two questions.
    pub(super) fn new(watch: Watch<'a>, all: usize, most: usize) -> Self {
        /// Questions beyond these tell nobody more.
        const FINE: usize = 256;
        Self {
            watch,
            done: AtomicUsize::new(0),
            all: all.max(1),
            each: (all / FINE).clamp(1, most),
        }
    }

    /// Another part is done.
    ///
    /// # Errors
    /// `Cancelled` when the fit is to stop.
    #[inline]
    pub(super) fn did_one(&self) -> Result<(), Cancelled> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(self.each) {
            self.watch.tell(done as f64 / self.all as f64)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("watched", &self.watcher.is_some())
            .field("from", &self.from)
            .field("share", &self.share)
            .finish()
    }
}

impl From<Cancelled> for HdbscanError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
