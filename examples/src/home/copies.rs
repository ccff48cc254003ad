//! The reports that a home writes for people: copies of what was remembered, so they are forgotten, too.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use alma_core::{
    Copies, Digest, Erased, Erasure, Error, ErrorKind, Ledger, LedgerExt, RecordId, Result, Scope,
    StreamId,
};
use async_trait::async_trait;
use serde_json::Value;

use super::unremoved::Unremoved;
use crate::place::{LONGEST_NAME, Place};

/// The streams that reports are written on.
pub(super) const NIGHTS: &str = "night/";
const MISSIONS: &str = "mission/";

/// The folders of reports. A file is named after its scope and the stream that it tells of, or by what its mission
/// says it wrote.
#[derive(Clone, Debug)]
pub struct Reports {
    place: Place,
    ledger: Arc<dyn Ledger>,
}

/// Where the report on a stream, such as `mission/5f…`, lies.
#[must_use]
pub fn path_of(place: &Place, scope: &Scope, stream: &StreamId) -> PathBuf {
    let stream = stream.as_str();
    let folder = if stream.starts_with(NIGHTS) {
        place.nights()
    } else {
        place.reports_of(scope)
    };
    let mut name = format!("{scope}+{stream}").replace('/', "~");
    if name.len() > LONGEST_NAME {
        name = Digest::of(name.as_bytes()).to_string();
    }
    folder.join(name + ".md")
}

/// Where the picture beside a report lies.
#[must_use]
pub fn picture_of(report: &Path) -> PathBuf {
    report.with_extension("html")
}

impl Reports {
    /// The reports of a home whose streams are in `ledger`.
    #[must_use]
    pub const fn new(place: Place, ledger: Arc<dyn Ledger>) -> Self {
        Self { place, ledger }
    }
}

impl Reports {
    /// The files of forgotten records, as far as the ledger still tells.
    async fn found(&self, scope: &Scope, what: &Erasure) -> Result<BTreeSet<PathBuf>> {
        let gone: BTreeSet<&RecordId> = what.records.iter().collect();
        let folder = self.place.reports_of(scope);
        let mut paths = BTreeSet::new();
        for prefix in [NIGHTS, MISSIONS] {
            for info in self.ledger.all_streams(scope, prefix).await? {
                let events = self.ledger.read_all(scope, &info.id).await?;
                let touched = events
                    .iter()
                    .filter(|event| event.sources.iter().any(|source| gone.contains(source)));
                for event in touched {
                    let path = path_of(&self.place, scope, &info.id);
                    if prefix == NIGHTS {
                        paths.insert(picture_of(&path));
                    }
                    paths.insert(path);
                    written(&folder, &event.body, &mut paths);
                }
            }
        }
        Ok(paths)
    }
}

/// The files right in a folder that a value names: what the tools of a mission say they wrote.
fn written(folder: &Path, value: &Value, paths: &mut BTreeSet<PathBuf>) {
    match value {
        Value::String(text) => {
            let path = Path::new(text);
            let named = matches!(path.components().next_back(), Some(Component::Normal(_)));
            // A file of another scope is none of this one's, whatever its mission was told.
            if named && path.parent() == Some(folder) && path.is_file() {
                paths.insert(path.to_owned());
            }
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| written(folder, value, paths)),
        Value::Object(fields) => fields
            .values()
            .for_each(|value| written(folder, value, paths)),
        _ => {}
    }
}

#[async_trait]
impl Copies for Reports {
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let list = Unremoved::of(&self.place, scope);
        let before = list.read()?;
        let mut paths = self.found(scope, what).await?;
        paths.extend(before.iter().cloned());
        let (mut removed, mut left, mut why) = (0, BTreeSet::new(), None);
        for path in paths {
            match remove(&path) {
                Ok(there) => removed += u64::from(there),
                Err(error) => {
                    why.get_or_insert_with(|| told(&path, &error));
                    left.insert(path);
                }
            }
        }
        if left != before {
            // Before the answer: once every part has erased, nothing else leads to them.
            list.write(&left)?;
        }
        Ok(match why {
            None => Erased::done("reports", removed),
            Some(why) => Erased::pending("reports", removed, why),
        })
    }
}

fn told(path: &Path, error: &io::Error) -> String {
    format!(
        "cannot remove the report {} ({error}): make it removable; the next command then completes it",
        path.display()
    )
}

/// Removes a file; whether it was there.
///
/// # Errors
/// Those of the system, but for a file that is not there.
pub fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// An error about a file of a report.
pub(super) fn unavailable(doing: &str, path: &Path, error: io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot {doing} {}", path.display()),
    )
    .with_remedy("make room in the home, and make it writable")
    .with_source(error)
}
