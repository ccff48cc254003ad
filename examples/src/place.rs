//! Where a home lies, and whether it can be used, before anything is opened.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alma_core::{Digest, Error, ErrorKind, Result, Scope};
use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};

/// File names end at 255 bytes; what names them may be longer.
pub(crate) const LONGEST_NAME: usize = 200;

/// The files of a home.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// The directory that was named, or the one in the user's data directory.
    ///
    /// # Errors
    /// `Missing` when the system knows no home directory for the user.
    pub fn choose(named: Option<PathBuf>) -> Result<Self> {
        let root = match named {
            Some(root) => root,
            None => choose_app_strategy(AppStrategyArgs {
                top_level_domain: "org".to_owned(),
                author: "alma".to_owned(),
                app_name: "alma".to_owned(),
            })
            .map_err(|error| {
                Error::new(ErrorKind::Missing, "cannot find the user's data directory")
                    .with_remedy("name a directory with --home or ALMA_HOME")
                    .with_source(error)
            })?
            .data_dir(),
        };
        let root = std::path::absolute(&root).unwrap_or(root);
        Ok(Self { root })
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The one file that holds all data.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join("alma.db")
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.root.join("alma.toml")
    }

    /// What keeps proposals from guessing the gate's cases.
    #[must_use]
    pub fn salt(&self) -> PathBuf {
        self.root.join("gate.salt")
    }

    /// Held by the process that runs a night.
    #[must_use]
    pub fn night_lock(&self) -> PathBuf {
        self.root.join("night.lock")
    }

    /// Where proposals are written as directories.
    #[must_use]
    pub fn proposals(&self) -> PathBuf {
        self.root.join("proposals")
    }

    /// Where missions write their reports.
    #[must_use]
    pub fn reports(&self) -> PathBuf {
        self.root.join("reports")
    }

    /// Where the missions of a scope write their reports: no two scopes share a folder.
    #[must_use]
    pub fn reports_of(&self, scope: &Scope) -> PathBuf {
        self.reports().join(plain(scope))
    }

    /// Names the reports of a scope that could not be removed yet, though what they tell of is forgotten.
    #[must_use]
    pub fn unremoved(&self, scope: &Scope) -> PathBuf {
        self.root.join(plain(scope) + ".unremoved")
    }

    /// Where tools may read files without further settings.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    /// Where nights write their reports.
    #[must_use]
    pub fn nights(&self) -> PathBuf {
        self.root.join("nights")
    }

    /// Refuses a copy inside of the home: forgetting would have to say that no byte is left, and could not reach it.
    ///
    /// # Errors
    /// `InvalidInput` when `path` lies in the home.
    pub fn outside(&self, path: &Path) -> Result<()> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // A folder that is not there is the caller's to complain about.
        let inside = folder
            .canonicalize()
            .and_then(|folder| Ok(folder.starts_with(self.root.canonicalize()?)))
            .unwrap_or(false);
        if inside {
            return Err(Error::invalid(format!(
                "cannot copy to {}: it lies in the home, where what is forgotten must leave nothing",
                path.display()
            ))
            .with_remedy("name a file outside of the home"));
        }
        Ok(())
    }

    /// Whether anything was ever kept here.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.database().exists()
    }

    /// Makes the directory, for its owner alone, if it is not there yet.
    ///
    /// # Errors
    /// `Denied` when it cannot be made or written; `InvalidInput` when a file stands in its place.
    pub fn prepare(&self) -> Result<()> {
        let root = self.root.display();
        if self.root.exists() && !self.root.is_dir() {
            return Err(
                Error::invalid(format!("cannot use {root} as a home: it is no directory"))
                    .with_remedy("name a directory with --home"),
            );
        }
        private_dir(&self.root).map_err(|error| {
            Error::new(ErrorKind::Denied, format!("cannot make the home {root}"))
                .with_remedy("name a directory that you may write with --home or ALMA_HOME")
                .with_source(error)
        })?;
        // What permissions say and what the file system allows differ on read-only mounts.
        let probe = self.root.join(format!(".probe-{}", std::process::id()));
        fs::write(&probe, b"")
            .and_then(|()| fs::remove_file(&probe))
            .map_err(|error| {
                Error::new(
                    ErrorKind::Denied,
                    format!("cannot write in the home {root}"),
                )
                .with_remedy("make it writable and not full, or name another with --home")
                .with_source(error)
            })
    }
}

/// A scope as a plain name; scopes have no tilde, so that no two become one.
fn plain(scope: &Scope) -> String {
    let name = scope.as_str().replace('/', "~");
    if name.len() > LONGEST_NAME {
        Digest::of(name.as_bytes()).to_string()
    } else {
        name
    }
}

#[cfg(unix)]
fn private_dir(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn private_dir(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}
