//! The input of the demo: what the crates in `Cargo.lock` say of themselves, in cargo's own sources.

use std::{collections::BTreeSet, fs, path::Path};

use alma_core::{Error, ErrorKind, Result};
use serde::Deserialize;

use crate::{
    input::{Skipped, Text, read_file},
    registry,
};

/// The lockfile of the build that is running: the same text on every machine.
const LOCKFILE: &str = include_str!("../../../Cargo.lock");

/// A change log is read up to this many bytes, at a line's end; the newest entries stand first.
const CHANGES: usize = 16 * 1024;

/// No file of a crate is read beyond this size.
const LIMIT: u64 = 1024 * 1024;

/// One crate whose sources lie on this machine.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it says of itself, named `NAME-VERSION/FILE`.
    pub texts: Vec<Text>,
    /// Its manifest, as text.
    pub manifest: String,
}

/// The sources of a demo.
#[derive(Debug, Default)]
pub struct Sources {
    /// The crates, by name and version.
    pub crates: Vec<Source>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
}

#[derive(Deserialize)]
struct Lockfile {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
}

/// Reads the READMEs, change logs and manifests of the locked crates.
///
/// # Errors
/// `Missing` when cargo's sources are not on this machine; `Internal` when the lockfile does not read.
pub fn sources() -> Result<Sources> {
    let lockfile: Lockfile = toml::from_str(LOCKFILE).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            "cannot read the lockfile of this build",
        )
        .with_source(error)
    })?;
    let registries = registry::registries()?;
    let mut found = Sources::default();
    let mut said = BTreeSet::new();
    for locked in lockfile.package {
        // Without a source it is a crate of this workspace.
        if locked.source.is_none() {
            continue;
        }
        let folder = format!("{}-{}", locked.name, locked.version);
        let Some(path) = registry::folder(&registries, &folder) else {
            found.skip(&folder, "not on this machine: another platform needs it");
            continue;
        };
        match read_crate(&locked, &path, &mut found.skipped, &mut said) {
            Ok(source) => found.crates.push(source),
            Err(skipped) => found.skipped.push(skipped),
        }
    }
    if found.crates.is_empty() {
        return Err(registry::no_sources());
    }
    Ok(found)
}

impl Sources {
    fn skip(&mut self, source: &str, reason: &str) {
        self.skipped.push(Skipped::new(source, reason));
    }
}

fn read_crate(
    locked: &Locked,
    path: &Path,
    skipped: &mut Vec<Skipped>,
    said: &mut BTreeSet<String>,
) -> Result<Source, Skipped> {
    let named = |file: &str| format!("{}-{}/{file}", locked.name, locked.version);
    let manifest = read_file(&path.join("Cargo.toml"), &named("Cargo.toml"), LIMIT)?;
    let mut texts = Vec::new();
    for file in prose(path) {
        match read_file(&path.join(&file), &named(&file), LIMIT) {
            Ok(mut text) => {
                if is_change_log(&file) {
                    shorten(&mut text.text, CHANGES);
                }
                text.text = once(&without_furniture(&text.text), said);
                // Unpacking sets the time; it says nothing of the text.
                text.modified = None;
                if !text.text.trim().is_empty() {
                    texts.push(text);
                }
            }
            Err(left_out) => skipped.push(left_out),
        }
    }
    Ok(Source {
        name: locked.name.clone(),
        version: locked.version.clone(),
        texts,
        manifest: manifest.text,
    })
}

/// README and change log in the top folder, by name.
fn prose(path: &Path) -> Vec<String> {
    let mut files: Vec<String> = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_readme(name) || is_change_log(name))
        .collect();
    files.sort();
    files
}

fn is_readme(file: &str) -> bool {
    matches!(
        file.to_ascii_lowercase().as_str(),
        "readme.md" | "readme" | "readme.txt" | "readme.rst"
    )
}

fn is_change_log(file: &str) -> bool {
    matches!(
        file.to_ascii_lowercase().as_str(),
        "changelog.md" | "changelog" | "changes.md" | "releases.md" | "release-notes.md"
    )
}

/// A Markdown text without what is no prose: badges, lists of link targets, and lines of HTML.
fn without_furniture(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let bare = line.trim();
        if bare.starts_with("```") || bare.starts_with("~~~") {
            fenced = !fenced;
        }
        let is_target = bare.starts_with('[') && bare.contains("]: ");
        let is_badge = bare.starts_with("[![") || bare.starts_with("![");
        let is_html = bare.starts_with('<') && bare.ends_with('>');
        if fenced || !(is_target || is_badge || is_html) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// A text without the paragraphs that an earlier document holds in the same words, such as terms of licences.
fn once(text: &str, said: &mut BTreeSet<String>) -> String {
    const SHORT: usize = 60;
    let new = text.split("\n\n").filter(|paragraph| {
        let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        paragraph.len() < SHORT || said.insert(paragraph)
    });
    new.collect::<Vec<_>>().join("\n\n")
}

fn shorten(text: &mut String, limit: usize) {
    if text.len() <= limit {
        return;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').unwrap_or(end);
    text.truncate(end);
}
