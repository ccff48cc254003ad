//! The salt: what keeps searching from guessing the gate's cases.

use std::{
    fmt, fs,
    io::{ErrorKind as Io, Write},
    path::Path,
};

use alma_core::{Digest, Error, ErrorKind, IdSource, RandomIds, Result};

/// The owner's secret behind the split and the seeds. It is never printed, stored or serialised from here.
#[derive(Clone)]
pub struct Salt(Vec<u8>);

impl Salt {
    /// A salt of at least 16 bytes that whoever proposes cannot read.
    ///
    /// # Errors
    /// `InvalidInput` for fewer bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        if bytes.len() < 16 {
            return Err(Error::invalid("cannot use a salt of fewer than 16 bytes")
                .with_remedy("draw 16 random bytes or more, and keep them outside of what proposals may touch"));
        }
        Ok(Self(bytes))
    }

    /// The salt in a file, which is made and filled with 32 random bytes when it is not there.
    ///
    /// Of several processes that make it at once, all get the bytes of the first. On Unix
    /// only the owner of the file may read it.
    ///
    /// # Errors
    /// `Unavailable` when the file can be neither read nor made, `Corrupt` when it is too short.
    pub fn at(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let cannot = |error: std::io::Error| {
            let what = format!("cannot read or make the salt {}", path.display());
            Error::new(ErrorKind::Unavailable, what)
                .with_remedy("check that its directory exists and is writable")
                .with_source(error)
        };
        match fs::read(path) {
            Ok(bytes) => {
                return Self::new(bytes).map_err(|error| {
                    let what = format!("cannot use the salt {}", path.display());
                    Error::new(ErrorKind::Corrupt, what)
                        .with_remedy("restore it from a backup; another salt begins other trials")
                        .with_source(error)
                });
            }
            Err(error) if error.kind() == Io::NotFound => {}
            Err(error) => return Err(cannot(error)),
        }
        let ids = RandomIds::new();
        let bytes = [ids.next().to_be_bytes(), ids.next().to_be_bytes()].concat();
        // Written whole under another name, so that nobody reads half of it.
        let part = path.with_extension(format!("{:032x}", ids.next()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&part).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::hard_link(&part, path)
        });
        // What cannot be removed is a file of random bytes that nobody uses.
        let _ = fs::remove_file(&part);
        match written {
            Ok(()) => Self::new(bytes),
            Err(error) if error.kind() == Io::AlreadyExists => {
                Self::new(fs::read(path).map_err(cannot)?)
            }
            Err(error) => Err(cannot(error)),
        }
    }

    /// The digest of the salt and `parts`.
    pub(crate) fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut all: Vec<&[u8]> = vec![&self.0];
        all.extend(parts);
        Digest::of_parts(&all)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}
