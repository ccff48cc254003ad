//! What was forgotten, a second time: an append-only file beside the database that no restore takes back.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind as Io, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::fault;
use crate::{ErasureId, RecordId, Result, Scope};

const TITLE: &str = "alma-forgotten 1 ";

/// One forgotten record: ids alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tombstone {
    /// Whose it was.
    pub scope: Scope,
    /// What was forgotten.
    pub record: RecordId,
    /// The act that it went with.
    pub erasure: ErasureId,
}

impl Tombstone {
    /// A tombstone for `record`.
    #[must_use]
    pub const fn new(scope: Scope, record: RecordId, erasure: ErasureId) -> Self {
        Self {
            scope,
            record,
            erasure,
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let tombstone = Self {
            scope: words.next()?.parse().ok()?,
            record: words.next()?.parse().ok()?,
            erasure: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(tombstone)
    }
}

/// The file `<database>.forgotten`: a title line with an id of its own, then `scope record erasure` a line.
///
/// Only the holder of the turn writes it. A crash can tear the last line alone, before its erasure was acknowledged;
/// a torn line parses as nothing, since ids have one length.
#[derive(Debug)]
pub(super) struct Mirror {
    path: PathBuf,
}

/// Where a mirror stands: which file it is, and how much of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) id: String,
    pub(super) length: u64,
}

impl Mirror {
    pub(super) fn of(database: &Path) -> Self {
        Self {
            path: super::beside(database, ".forgotten"),
        }
    }

    /// Where the file ends; `None` when there is no file, or none with a title.
    pub(super) fn position(&self) -> Result<Option<Position>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == Io::NotFound => return Ok(None),
            Err(error) => return Err(fault::io(error, "read", &self.path)),
        };
        let mut head = Vec::new();
        Read::by_ref(&mut file)
            .take(TITLE.len() as u64 + 33)
            .read_to_end(&mut head)
            .map_err(|error| fault::io(error, "read", &self.path))?;
        let length = file
            .metadata()
            .map_err(|error| fault::io(error, "read", &self.path))?
            .len();
        let id = std::str::from_utf8(&head)
            .ok()
            .and_then(|head| head.strip_prefix(TITLE)?.strip_suffix('\n'));
        Ok(id.map(|id| Position {
            id: id.to_owned(),
            length,
        }))
    }

    /// The tombstones from byte `offset` on.
    pub(super) fn read(&self, offset: u64) -> Result<Vec<Tombstone>> {
        let mut bytes = Vec::new();
        File::open(&self.path)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(offset))?;
                file.read_to_end(&mut bytes)
            })
            .map_err(|error| fault::io(error, "read", &self.path))?;
        Ok(String::from_utf8_lossy(&bytes)
            .lines()
            .filter_map(Tombstone::parse)
            .collect())
    }

    /// Appends `tombstones`, makes them durable, and says where the file ends now.
    ///
    /// `id` names the file if it has to be made.
    pub(super) fn append(&self, id: &str, tombstones: &[Tombstone]) -> Result<Position> {
        let found = self.position()?;
        let mut text = match &found {
            Some(_) => String::from("\n"),
            None => format!("{TITLE}{id}\n"),
        };
        for Tombstone {
            scope,
            record,
            erasure,
        } in tombstones
        {
            text.push_str(&format!("{scope} {record} {erasure}\n"));
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let length = options
            .open(&self.path)
            .and_then(|mut file| {
                if found.is_none() {
                    // Without its title nothing in it was ever acknowledged.
                    file.set_len(0)?;
                }
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                file.metadata()
            })
            .map_err(|error| fault::io(error, "write", &self.path))?
            .len();
        if found.is_none() {
            super::sync_folder(&self.path)?;
        }
        Ok(Position {
            id: found.map_or_else(|| id.to_owned(), |found| found.id),
            length,
        })
    }
}
