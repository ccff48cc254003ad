//! `alma.toml`: what the owner of a home has chosen. Every key is optional; unknown keys are refused.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use alma_core::{Error, ErrorKind, Result, Scope};
use serde::Deserialize;

/// The settings of a home.
///
/// Secrets stand in no file: a setting names the environment variable that holds one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The scope that commands use when `--scope` does not name one.
    pub scope: Option<Scope>,
    /// The language model; off when absent.
    pub model: Option<Model>,
    /// How jobs are worked on.
    pub workers: Workers,
    /// Bounds on what is read.
    pub limits: Limits,
    /// What tools may do.
    pub policy: Policy,
}

/// A language model behind an HTTP interface.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The interface that the server speaks.
    pub provider: Provider,
    /// The model's name at its server.
    pub name: String,
    /// The server's address; the provider's own when absent.
    pub base_url: Option<String>,
    /// The environment variable that holds the key; none is sent when absent.
    pub api_key_env: Option<String>,
}

/// Who speaks which interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// OpenAI and whatever speaks its chat interface.
    OpenAi,
    /// A llama.cpp server, or another without a key.
    LlamaCpp,
    /// Ollama.
    Ollama,
}

/// How jobs are worked on.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workers {
    /// Jobs at a time in one process, 1 to 64.
    pub concurrency: usize,
    /// Seconds for which a claimed job belongs to its worker, 1 to 3600.
    pub lease_seconds: u64,
    /// The hour in UTC from which `alma work` runs a day's night; never when absent.
    pub night_hour: Option<u8>,
}

impl Default for Workers {
    fn default() -> Self {
        Self {
            concurrency: 2,
            lease_seconds: 30,
            night_hour: Some(3),
        }
    }
}

/// Bounds on what is read.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest file that `alma remember` takes, in bytes.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What tools may do; nothing but computing unless it stands here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Directories that tools may read files in.
    pub read: Vec<PathBuf>,
    /// Directories that tools may write files in.
    pub write: Vec<PathBuf>,
}

impl Config {
    /// Reads `path`; without such a file every setting has its default.
    ///
    /// # Errors
    /// `InvalidInput` names the file, the line and what is wrong with it; `Denied` when the file is not readable.
    pub fn read(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(Error::new(
                    ErrorKind::Denied,
                    format!("cannot read {}", path.display()),
                )
                .with_remedy("make the file readable, or remove it")
                .with_source(error));
            }
        };
        let config: Self = toml::from_str(&text).map_err(|error| {
            // The parser's own text quotes the line, which may hold what should not be printed.
            let line = error.span().map_or(0, |span| {
                text.get(..span.start)
                    .unwrap_or_default()
                    .matches('\n')
                    .count()
                    + 1
            });
            Error::invalid(format!(
                "cannot read {} at line {line}: {}",
                path.display(),
                error.message()
            ))
            .with_remedy("correct or remove the line; README.md lists every key")
        })?;
        config.check(path)?;
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<()> {
        let wrong = |what: &str| {
            Err(Error::invalid(format!(
                "cannot use {}: {what}",
                path.display()
            )))
        };
        if !(1..=64).contains(&self.workers.concurrency) {
            return wrong("workers.concurrency must be from 1 to 64");
        }
        if !(1..=3600).contains(&self.workers.lease_seconds) {
            return wrong("workers.lease_seconds must be from 1 to 3600");
        }
        if self.workers.night_hour.is_some_and(|hour| hour > 23) {
            return wrong("workers.night_hour must be from 0 to 23");
        }
        if !(1..=1 << 30).contains(&self.limits.file_bytes) {
            return wrong("limits.file_bytes must be from 1 to 1073741824");
        }
        Ok(())
    }
}

impl Model {
    /// The key, from the environment variable that the setting names.
    ///
    /// # Errors
    /// `Missing` names the variable, never its content.
    pub fn key(&self) -> Result<Option<String>> {
        let Some(name) = &self.api_key_env else {
            return Ok(None);
        };
        match env::var(name) {
            Ok(key) if !key.trim().is_empty() => Ok(Some(key)),
            _ => Err(Error::new(
                ErrorKind::Missing,
                format!("cannot use model '{}': no key is set", self.name),
            )
            .with_remedy(format!("put the key into the environment variable {name}"))),
        }
    }
}
