//! Nights of a home: one process at a time, and the system vouches for it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use alma_core::{
    Error, ErrorKind, Handle, LedgerExt, NightOrder, NightReport, Result, Scope, StreamId,
    sqlite::tombstones,
};

use super::{
    Home,
    copies::{NIGHTS, path_of, picture_of, remove, unavailable},
};

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

    /// Writes the report of a night, `in_words`, where people find it; none while what it tells of is being forgotten.
    ///
    /// Beside it lies a picture of the topics, [`picture_of`] it, unless a later night has other ones.
    ///
    /// # Errors
    /// `NotFound` when the scope had no such night; `Unavailable` when the file cannot be written; the night itself
    /// is kept.
    pub async fn keep_report(
        &self,
        handle: &Handle,
        key: &str,
        in_words: impl Fn(&NightReport) -> String,
    ) -> Result<Option<PathBuf>> {
        let stream = StreamId::new(format!("{NIGHTS}{key}"))?;
        let path = path_of(&self.place, handle.scope(), &stream);
        let mut report = handle.night_report(key).await?;
        loop {
            fs::create_dir_all(self.place.nights())
                .and_then(|()| fs::write(&path, format!("{}\n", in_words(&report))))
                .map_err(|error| unavailable("write", &path, error))?;
            self.keep_picture(handle.scope(), &report, &path).await?;
            // Whoever forgets writes tombstones, then removes reports, then blanks the night. What this file was
            // written after, is seen here: by its tombstones, or by a night that tells less.
            if self.is_being_forgotten(handle.scope(), &stream).await? {
                for path in [picture_of(&path), path] {
                    remove(&path).map_err(|error| unavailable("remove", &path, error))?;
                }
                return Ok(None);
            }
            let now = handle.night_report(key).await?;
            if now == report {
                return Ok(Some(path));
            }
            report = now;
        }
    }

    /// Writes the picture beside a report. One of a night before stays as long as its report tells the same.
    async fn keep_picture(&self, scope: &Scope, report: &NightReport, path: &Path) -> Result<()> {
        let made = report.steps.iter().find_map(|step| step.consolidation);
        let picture = picture_of(path);
        let drawn = match made {
            Some(made) if !report.undone => self.parts.topics.picture(scope, made).await?,
            _ => None,
        };
        match drawn {
            Some(html) => {
                fs::write(&picture, html).map_err(|error| unavailable("write", &picture, error))
            }
            None if report.undone => remove(&picture)
                .map(drop)
                .map_err(|error| unavailable("remove", &picture, error)),
            None => Ok(()),
        }
    }

    /// Whether a stream still tells of something that is forgotten.
    async fn is_being_forgotten(&self, scope: &Scope, stream: &StreamId) -> Result<bool> {
        let events = self.ledger().read_all(scope, stream).await?;
        let told = events.into_iter().filter(|event| !event.erased);
        let sources: Vec<_> = told.flat_map(|event| event.sources).collect();
        let scope = scope.clone();
        self.database()
            .read(move |db| Ok(!tombstones::forgotten(db, &scope, &sources)?.is_empty()))
            .await
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
