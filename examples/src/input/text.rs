//! One text, read within bounds, or the reason why it was left out.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use alma_core::{Digest, Timestamp};
use serde::Serialize;

/// A text that may be remembered.
#[derive(Clone, Debug)]
pub struct Text {
    /// Where it came from, as the user named it.
    pub source: String,
    /// The text.
    pub text: String,
    /// When the file was last changed, if the file system says so.
    pub modified: Option<Timestamp>,
}

/// Something that was left out, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Skipped {
    /// What was left out.
    pub source: String,
    /// Why.
    pub reason: String,
    /// Whether the command line named it, rather than a walk finding it.
    pub named: bool,
}

impl Skipped {
    pub(crate) fn new(source: &str, reason: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            reason: reason.into(),
            named: false,
        }
    }

    /// The same, for something that the command line named.
    #[must_use]
    pub fn named(mut self) -> Self {
        self.named = true;
        self
    }
}

/// Reads one regular file of at most `limit` bytes of UTF-8.
///
/// # Errors
/// The reason to leave the file out: it vanished, it is no regular file, it grew past
/// the limit, it is empty, it is not UTF-8.
pub fn read_file(path: &Path, source: &str, limit: u64) -> Result<Text, Skipped> {
    let skip = |reason: String| Skipped::new(source, reason);
    let before = fs::symlink_metadata(path).map_err(|error| skip(reason(&error)))?;
    if !before.is_file() {
        // Opening a pipe or a device could wait for ever.
        return Err(skip("not a regular file".into()));
    }
    let file = File::open(path).map_err(|error| skip(reason(&error)))?;
    let opened = file.metadata().map_err(|error| skip(reason(&error)))?;
    if !same_file(&before, &opened) {
        return Err(skip("replaced while it was opened; run again".into()));
    }
    let modified = opened
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .map(Timestamp::from_millis);
    let text = bounded(file, source, limit)?;
    Ok(Text {
        source: source.to_owned(),
        text,
        modified,
    })
}

/// Reads standard input, at most `limit` bytes of UTF-8, under a name or one made of its content.
///
/// # Errors
/// As [`read_file`].
pub fn read_stdin(source: Option<&str>, limit: u64) -> Result<Text, Skipped> {
    let text = bounded(io::stdin().lock(), source.unwrap_or("stdin"), limit)?;
    let source = source.map_or_else(
        || format!("stdin/{}", Digest::of(text.as_bytes()).short()),
        str::to_owned,
    );
    Ok(Text {
        source,
        text,
        modified: None,
    })
}

fn bounded(from: impl Read, source: &str, limit: u64) -> Result<String, Skipped> {
    let mut bytes = Vec::new();
    from.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Skipped::new(source, reason(&error)))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(Skipped::new(
            source,
            format!("larger than {limit} bytes; split it, or raise limits.file_bytes in alma.toml"),
        ));
    }
    if bytes.contains(&0) {
        return Err(Skipped::new(source, "binary: it contains a zero byte"));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.trim().is_empty() => Err(Skipped::new(source, "empty")),
        Ok(text) => Ok(text),
        Err(error) => Err(Skipped::new(
            source,
            format!(
                "not UTF-8 from byte {} on; convert it, for example with iconv",
                error.utf8_error().valid_up_to()
            ),
        )),
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "vanished: there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "not readable: permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "a directory".to_owned(),
        _ => format!("not readable: {error}"),
    }
}

/// Whether the file that was opened is the one that was looked at: between the two
/// somebody may have put a link in its place.
#[cfg(unix)]
fn same_file(before: &fs::Metadata, opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (before.dev(), before.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn same_file(before: &fs::Metadata, opened: &fs::Metadata) -> bool {
    before.is_file() == opened.is_file()
}
