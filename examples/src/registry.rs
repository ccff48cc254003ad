//! Where cargo keeps the sources of what it built.

use std::{env, fs, path::PathBuf};

use alma_core::{Error, ErrorKind, Result};

/// Where cargo unpacks what it downloads.
///
/// # Errors
/// `Missing` when the system knows no home directory for the user.
pub fn root() -> Result<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| etcetera::home_dir().ok().map(|home| home.join(".cargo")))
        .map(|cargo| cargo.join("registry").join("src"))
        .ok_or_else(no_sources)
}

/// The unpacked sources, one directory a registry, in a stable order.
///
/// # Errors
/// `Missing` when cargo has none on this machine.
pub fn registries() -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = fs::read_dir(root()?)
        .map_err(|error| no_sources().with_source(error))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    Ok(found)
}

/// The sources of a crate, such as `serde-1.0.229`; none when they are not on this machine.
#[must_use]
pub fn folder(registries: &[PathBuf], name: &str) -> Option<PathBuf> {
    registries
        .iter()
        .map(|registry| registry.join(name))
        .find(|path| path.is_dir())
}

/// Cargo's sources are not where they should be.
#[must_use]
pub fn no_sources() -> Error {
    Error::new(
        ErrorKind::Missing,
        "cannot find the sources of the crates that this program was built from",
    )
    .with_remedy("run it on the machine that built it, or set CARGO_HOME to cargo's folder")
}
