//! Progress of a long fit, and the way to stop it.

use std::{fmt, ops::ControlFlow};

use super::params::HdbscanError;

/// What a fit calls on its way with the part that is done.
type Call<'a> = dyn Fn(f64) -> ControlFlow<()> + Sync + 'a;

/// Somebody who watches a fit, or nobody; may be called from any thread.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    call: Option<&'a Call<'a>>,
    from: f64,
    share: f64,
}

/// The watcher said to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cancelled;

impl<'a> Watch<'a> {
    /// Nobody: the fit goes on to its end.
    pub(super) const NOBODY: Watch<'static> = Watch {
        call: None,
        from: 0.0,
        share: 1.0,
    };

    pub(super) const fn new(call: &'a Call<'a>) -> Self {
        Self {
            call: Some(call),
            from: 0.0,
            share: 1.0,
        }
    }

    /// The same for a step that begins when `from` of the whole is done and is `share` of it.
    pub(super) fn step(self, from: f64, share: f64) -> Self {
        Self {
            call: self.call,
            from: self.from + from * self.share,
            share: share * self.share,
        }
    }

    /// Tells that `done` of this step is done, from 0 to 1.
    ///
    /// # Errors
    /// `Cancelled` when the fit is to stop.
    pub(super) fn tell(self, done: f64) -> Result<(), Cancelled> {
        match self.call {
            Some(call) if call(self.from + done * self.share).is_break() => Err(Cancelled),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("watched", &self.call.is_some())
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
