//! Which reports of what is forgotten could not be removed: kept, since nothing else leads to them any more.

use std::{collections::BTreeSet, fs, io, path::PathBuf, process};

use alma_core::{Error, ErrorKind, Result, Scope};

use super::copies::{remove, unavailable};
use crate::place::Place;

/// The list of a scope: a path a line, as JSON.
pub(super) struct Unremoved {
    file: PathBuf,
}

impl Unremoved {
    pub(super) fn of(place: &Place, scope: &Scope) -> Self {
        Self {
            file: place.unremoved(scope),
        }
    }

    pub(super) fn read(&self) -> Result<BTreeSet<PathBuf>> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(unavailable("read", &self.file, error)),
        };
        let lines = text.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().map_err(|error| {
            Error::new(
                ErrorKind::Corrupt,
                format!("cannot read {}", self.file.display()),
            )
            .with_remedy("remove the reports that it names, and then the file")
            .with_source(error)
        })
    }

    /// Replaces the list; there is no file for an empty one.
    pub(super) fn write(&self, paths: &BTreeSet<PathBuf>) -> Result<()> {
        let write = || -> io::Result<()> {
            if paths.is_empty() {
                return remove(&self.file).map(drop);
            }
            let mut text = String::new();
            for path in paths {
                text.push_str(&serde_json::to_string(path)?);
                text.push('\n');
            }
            // Whole or not at all: a reader meets no half line.
            let new = self.file.with_extension(process::id().to_string());
            fs::write(&new, text)?;
            fs::File::open(&new)?.sync_all()?;
            fs::rename(&new, &self.file)
        };
        write().map_err(|error| unavailable("write", &self.file, error))
    }
}
