//! The regular files below the paths that a command names, in a stable order.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::text::Skipped;

/// How deep a walk goes, and how many files it takes; past either there is an error, not growth.
const DEPTH: usize = 64;
const FILES: usize = 100_000;

/// A regular file that a walk found.
#[derive(Debug)]
pub struct Found {
    /// Where it is, without links on the way.
    pub path: PathBuf,
    /// Whether the command line named it.
    pub named: bool,
}

impl Found {
    /// The name under which it is remembered: the same wherever the command runs.
    #[must_use]
    pub fn source(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Regular files.
    pub files: Vec<Found>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// The files at and below `paths`, sorted by name within each.
///
/// Hidden entries below a directory are left out. A link is not followed: one that
/// leads out of its directory is refused with that reason, one that stays inside
/// leads to a file that is found anyway.
#[must_use]
pub fn walk(paths: &[PathBuf]) -> Walk {
    let mut found = Walk::default();
    for path in paths {
        let name = path.to_string_lossy().into_owned();
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => match path.canonicalize() {
                Ok(root) => directory(&root, &root, 0, &mut found),
                Err(error) => found.skip(&name, format!("not readable: {error}"), true),
            },
            // A link that the user names is the user's own choice: it is resolved once.
            Ok(_) => match path.canonicalize() {
                Ok(path) => found.files.push(Found { path, named: true }),
                Err(error) => found.skip(&name, format!("not readable: {error}"), true),
            },
            Err(error) => {
                let reason = match error.kind() {
                    std::io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
                    _ => format!("not readable: {error}"),
                };
                found.skip(&name, reason, true);
            }
        }
    }
    found
}

fn directory(root: &Path, here: &Path, depth: usize, found: &mut Walk) {
    let name = here.to_string_lossy().into_owned();
    if depth > DEPTH {
        found.skip(&name, format!("deeper than {DEPTH} directories"), false);
        return;
    }
    let entries = match fs::read_dir(here) {
        Ok(entries) => entries,
        Err(error) => return found.skip(&name, format!("not readable: {error}"), depth == 0),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.to_string_lossy().into_owned();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            found.skip(&name, "hidden", false);
            continue;
        }
        let Ok(meta) = fs::symlink_metadata(&path) else {
            found.skip(&name, "vanished: there is no such file", false);
            continue;
        };
        if meta.is_symlink() {
            let reason = match path.canonicalize() {
                Ok(target) if target.starts_with(root) => "a link to what is read anyway",
                Ok(_) => "refused: a link that leads out of the directory",
                Err(_) => "a link that leads nowhere",
            };
            found.skip(&name, reason, false);
        } else if meta.is_dir() {
            directory(root, &path, depth + 1, found);
        } else if found.files.len() >= FILES {
            return found.skip(&name, format!("more than {FILES} files; name fewer"), true);
        } else {
            found.files.push(Found { path, named: false });
        }
    }
}

impl Walk {
    fn skip(&mut self, source: &str, reason: impl Into<String>, named: bool) {
        let mut skipped = Skipped::new(source, reason);
        skipped.named = named;
        self.skipped.push(skipped);
    }
}
