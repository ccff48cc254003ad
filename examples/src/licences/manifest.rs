//! What a crate's manifest says of its licence.

use alma_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// What a manifest says of its crate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// The crate.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence as written; empty when the manifest names none.
    pub licence: String,
    /// What it is, in its authors' words; empty when the manifest does not say.
    #[serde(default)]
    pub description: String,
}

/// Reads name, version and licence out of a manifest.
///
/// # Errors
/// `InvalidInput` when the text is no manifest of a package.
pub fn stated(manifest: &str) -> Result<Stated> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
        #[serde(default)]
        license: String,
        #[serde(default)]
        description: String,
    }
    let manifest: Manifest = toml::from_str(manifest).map_err(|error| {
        Error::invalid(format!("cannot read the manifest: {}", error.message()))
            .with_remedy("give the text of a Cargo.toml with a [package] table")
    })?;
    Ok(Stated {
        name: manifest.package.name,
        version: manifest.package.version,
        licence: manifest.package.license,
        description: manifest.package.description,
    })
}
