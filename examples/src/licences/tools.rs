//! The tools that every home has for an inventory of licences.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alma_core::{Effect, Error, ErrorKind, Permission, Result, Schema};
use alma_tools::Native;
use serde::{Deserialize, Serialize};

use super::{Entry, attention, report, stated};
use crate::{place::Place, registry};

/// The tool that reads name, version and licence out of a crate's manifest.
pub const READ: &str = "crate-manifest";

/// The tool that writes the inventory.
pub const REPORT: &str = "licence-report";

#[derive(Deserialize)]
struct Which {
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Serialize)]
struct Manifest {
    name: String,
    version: String,
    licence: String,
}

#[derive(Deserialize)]
struct Inventory {
    file: String,
    crates: Vec<String>,
    /// The choices of each crate.
    licences: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Written {
    path: String,
    crates: usize,
    attention: usize,
}

/// The tools, with the permissions that they need in this home.
///
/// # Errors
/// None but those of a defect: names and descriptions are fixed.
pub fn natives(place: &Place) -> Result<Vec<Native>> {
    let mut tools = vec![report_tool(place)?];
    // Without a home directory there are no sources to read.
    if let Ok(root) = registry::root() {
        tools.push(manifest_tool(&root)?);
    }
    Ok(tools)
}

fn manifest_tool(root: &Path) -> Result<Native> {
    let text = || Schema::of_type("string");
    let may = Permission::ReadFile(root.to_string_lossy().into_owned());
    Ok(Native::new(
        READ,
        "1",
        "Read name, version and licence out of the manifest of a crate that cargo unpacked",
        Schema::object([("crate", text())]),
        Schema::object([("name", text()), ("version", text()), ("licence", text())]),
        |_call, which: Which| async move { read(&which.name) },
    )?
    .with_effect(Effect::Read, vec![may]))
}

fn read(name: &str) -> Result<Manifest> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    if !name.chars().all(plain) || name.starts_with('.') || name.is_empty() {
        return Err(
            Error::invalid("cannot read the manifest of a crate with this name")
                .with_remedy("name crate and version, such as serde-1.0.229"),
        );
    }
    let missing = || {
        Error::new(
            ErrorKind::NotFound,
            format!("cannot find the sources of {name}"),
        )
        .with_remedy("name a crate that cargo has unpacked on this machine")
    };
    let folder = registry::folder(&registry::registries()?, name).ok_or_else(missing)?;
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))
        .map_err(|error| missing().with_source(error))?;
    let stated = stated(&manifest)?;
    Ok(Manifest {
        name: stated.name,
        version: stated.version,
        licence: stated.licence,
    })
}

fn report_tool(place: &Place) -> Result<Native> {
    let text = || Schema::of_type("string");
    let may = Permission::WriteFile(place.reports().to_string_lossy().into_owned());
    let place = place.clone();
    Ok(Native::new(
        REPORT,
        "1",
        "Write an inventory of licences: which crates are under which, and which need attention",
        Schema::object([
            ("file", text()),
            ("crates", Schema::of_type("array")),
            ("licences", Schema::of_type("array")),
        ]),
        Schema::object([
            ("path", text()),
            ("crates", Schema::of_type("integer")),
            ("attention", Schema::of_type("integer")),
        ]),
        move |call, inventory: Inventory| {
            let folder = place.reports_of(&call.scope);
            async move { write(&folder, &inventory) }
        },
    )?
    .with_effect(Effect::Write, vec![may]))
}

/// Writing the same inventory again changes nothing, so a job that runs twice does no harm.
fn write(folder: &Path, inventory: &Inventory) -> Result<Written> {
    let name = Path::new(&inventory.file);
    if name.components().count() != 1 || name.file_name().is_none() {
        return Err(Error::invalid(
            "cannot write the report: its name is no plain file name",
        ));
    }
    if inventory.crates.len() != inventory.licences.len() {
        return Err(Error::invalid(format!(
            "cannot match {} crates with {} licences",
            inventory.crates.len(),
            inventory.licences.len()
        )));
    }
    let entries: Vec<Entry> = inventory
        .crates
        .iter()
        .zip(&inventory.licences)
        .map(|(name, choices)| {
            let choices: Vec<&str> = choices.iter().map(|choice| choice.trim()).collect();
            Entry {
                name: name.clone(),
                licence: choices.join(" OR "),
            }
        })
        .collect();
    let path: PathBuf = folder.join(name);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, report(&entries)))
        .map_err(|error| {
            Error::new(
                ErrorKind::Unavailable,
                format!("cannot write {}", path.display()),
            )
            .with_remedy("make room in the home, and make it writable")
            .with_source(error)
        })?;
    Ok(Written {
        path: path.to_string_lossy().into_owned(),
        crates: entries.len(),
        attention: entries
            .iter()
            .filter(|entry| attention(&entry.licence).is_some())
            .count(),
    })
}
