//! Nights of a home: one process at a time, and the system vouches for it.

use std::fs::{File, OpenOptions, TryLockError};

use alma_core::{Error, ErrorKind, Handle, NightOrder, NightReport, Result};

use super::Home;

/// Whoever has the lock works under this name, so that a night that was killed is gone on with at once.
const HOLDER: &str = "home";

impl Home {
    /// Works through a night of the scope of `handle`; one that is complete answers with its report.
    ///
    /// # Errors
    /// `Conflict` while another process runs a night of this home; else as [`Handle::night`].
    pub async fn night(&self, handle: &Handle, order: NightOrder) -> Result<NightReport> {
        match handle.night_report(&order.key).await {
            Ok(report) if report.complete => return Ok(report),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Released when it is dropped, and when this process dies.
        let _lock = self.lock_nights()?;
        handle.night(&order.with_holder(HOLDER)).await
    }

    fn lock_nights(&self) -> Result<File> {
        let path = self.place.night_lock();
        let unavailable = |error| {
            Error::new(
                ErrorKind::Unavailable,
                format!("cannot lock {}", path.display()),
            )
            .with_remedy("keep the home on a local file system that supports file locks")
            .with_source(error)
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::Error(error)) => Err(unavailable(error)),
            Err(TryLockError::WouldBlock) => Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "cannot run a night in {}: another process does",
                    self.place.root().display()
                ),
            )
            .with_remedy("wait for it; the same night run again then answers with its report")),
        }
    }
}
