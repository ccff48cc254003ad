//! What a command prints: prose for people, one JSON object a line for programs, nothing twice.

use std::{
    error::Error as _,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use alma_core::{Error, ErrorKind, Fault, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Standard output and standard error of one command.
///
/// Results go to standard output: prose, or with `--json` one object a line and
/// nothing else. Notes and progress go to standard error and fall silent with `--quiet`.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    /// An output in the form that the global options ask for.
    #[must_use]
    pub const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Whether a program reads along.
    #[must_use]
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// One result: `value` for programs, `prose` for people.
    ///
    /// # Errors
    /// `Cancelled` when nobody reads any more, `Unavailable` when writing fails.
    pub fn item(self, value: &impl Serialize, prose: impl AsRef<str>) -> Result<()> {
        if self.json {
            self.line(&to_json(value)?)
        } else {
            self.line(prose.as_ref())
        }
    }

    /// A line for people alone; with `--json` it is left out.
    ///
    /// # Errors
    /// As [`item`](Self::item).
    pub fn say(self, prose: impl AsRef<str>) -> Result<()> {
        if self.json {
            return Ok(());
        }
        self.line(prose.as_ref())
    }

    /// A remark on standard error; with `--quiet` it is left out.
    pub fn note(self, text: impl AsRef<str>) {
        if !self.quiet {
            // Standard error that is closed loses remarks and nothing else.
            let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
        }
    }

    /// The error that ends a command, on standard error, also with `--quiet`.
    pub fn failure(self, error: &Error) {
        let mut err = io::stderr().lock();
        if self.json {
            let fault = serde_json::json!({ "error": Fault::from(error) });
            let _ = writeln!(err, "{fault}");
            return;
        }
        let _ = writeln!(err, "alma: {}", error.message());
        let mut cause = error.source();
        while let Some(next) = cause {
            let _ = writeln!(err, "  because: {next}");
            cause = next.source();
        }
        if let Some(remedy) = error.remedy() {
            let _ = writeln!(err, "  remedy: {remedy}");
        }
    }

    /// A bar over `total` steps; invisible when nobody watches.
    #[must_use]
    pub fn progress(self, total: u64, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(total), self.target());
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {eta}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.to_owned());
        bar
    }

    /// A sign of life for work of unknown length.
    #[must_use]
    pub fn spinner(self, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(None, self.target());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    fn target(self) -> ProgressDrawTarget {
        if self.quiet || self.json || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        }
    }

    fn line(self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")
            .and_then(|()| out.flush())
            .map_err(|error| {
                let kind = if error.kind() == io::ErrorKind::BrokenPipe {
                    ErrorKind::Cancelled
                } else {
                    ErrorKind::Unavailable
                };
                Error::new(kind, "cannot write to standard output").with_source(error)
            })
    }
}

/// `value` as one line of JSON.
///
/// # Errors
/// `Internal` when the value has no JSON form.
pub fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot write a result as JSON").with_source(error)
    })
}

/// The first `limit` characters of `text` in one line.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.chars().count() > limit {
            let mut cut: String = line.chars().take(limit.saturating_sub(1)).collect();
            cut.push('…');
            return cut;
        }
    }
    line
}
