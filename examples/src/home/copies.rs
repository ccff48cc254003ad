//! The reports that a home writes for people: copies of what was remembered, so they are forgotten, too.

use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use alma_core::{
    Copies, Digest, Erased, Erasure, Error, ErrorKind, Ledger, LedgerExt, RecordId, Result, Scope,
    StreamId,
};
use async_trait::async_trait;
use serde_json::Value;

use crate::place::Place;

/// The streams that reports are written on.
const NIGHTS: &str = "night/";
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
        place.reports()
    };
    let mut name = format!("{scope}+{stream}").replace('/', "~");
    if name.len() > 200 {
        // File names end at 255 bytes; scopes and streams may be longer.
        name = Digest::of(name.as_bytes()).to_string();
    }
    folder.join(name + ".md")
}

impl Reports {
    /// The reports of a home whose streams are in `ledger`.
    #[must_use]
    pub const fn new(place: Place, ledger: Arc<dyn Ledger>) -> Self {
        Self { place, ledger }
    }
}

impl Reports {
    /// The files in the folder of reports that a value names: what the tools of a mission say they wrote.
    fn written(&self, value: &Value, paths: &mut BTreeSet<PathBuf>) {
        match value {
            Value::String(text) => {
                let path = Path::new(text);
                let plain = path
                    .components()
                    .all(|part| !matches!(part, Component::ParentDir));
                if plain && path.starts_with(self.place.reports()) && path.is_file() {
                    paths.insert(path.to_owned());
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.written(value, paths)),
            Value::Object(fields) => fields.values().for_each(|value| self.written(value, paths)),
            _ => {}
        }
    }
}

#[async_trait]
impl Copies for Reports {
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let gone: BTreeSet<&RecordId> = what.records.iter().collect();
        let mut removed = 0;
        for prefix in [NIGHTS, MISSIONS] {
            for info in self.ledger.all_streams(scope, prefix).await? {
                let events = self.ledger.read_all(scope, &info.id).await?;
                let touched = events
                    .iter()
                    .filter(|event| event.sources.iter().any(|source| gone.contains(source)));
                let mut paths = BTreeSet::new();
                for event in touched {
                    paths.insert(path_of(&self.place, scope, &info.id));
                    self.written(&event.body, &mut paths);
                }
                for path in paths {
                    removed += u64::from(remove(&path)?);
                }
            }
        }
        Ok(Erased::done("reports", removed))
    }
}

/// Removes a file; whether it was there.
fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::new(
            ErrorKind::Unavailable,
            format!("cannot remove the report {}", path.display()),
        )
        .with_remedy("make it removable and forget again")
        .with_source(error)),
        Err(_) => Ok(false),
    }
}
