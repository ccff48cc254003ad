//! `alma.toml`: what the owner of a home has chosen. Every key is optional; unknown keys are refused.

use std::{
    fs,
    path::{Component, Path, PathBuf},
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
    /// The server's address, with http or https; the provider's own when absent.
    pub base_url: Option<String>,
    /// The environment variable that holds the key; none is sent when absent.
    pub api_key_env: Option<String>,
    /// Seconds after which a reply is no longer waited for, 1 to 3600.
    #[serde(default = "Model::timeout")]
    pub timeout_seconds: u64,
    /// The most tokens, read and written, in one run of `alma`; at least 1. Beyond them it goes on without the model.
    #[serde(default = "Model::tokens")]
    pub max_tokens: u64,
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
    /// The hour in UTC from which `alma work` runs a day's night, 0 to 23; 3 when absent.
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
    /// Directories that tools may read files in, as absolute paths.
    pub read: Vec<PathBuf>,
    /// Directories that tools may write files in, as absolute paths.
    pub write: Vec<PathBuf>,
}

impl Config {
    /// Reads `path`; without such a file every setting has its default.
    ///
    /// # Errors
    /// `InvalidInput` names the file, the line and what is wrong with it; `Denied` when the file is not readable.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
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
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::invalid(format!(
                "cannot read {} as UTF-8 from byte {at} on",
                path.display()
            ))
            .with_remedy("save it as UTF-8, or remove it")
        })?;
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
        for path in self.policy.read.iter().chain(&self.policy.write) {
            // Processes start in different folders, and an empty path would begin every path.
            let climbs = path.components().any(|part| part == Component::ParentDir);
            if !path.is_absolute() || climbs {
                return wrong("the folders of policy must be absolute paths without `..`");
            }
        }
        if let Some(fault) = self.model.as_ref().and_then(Model::fault) {
            return wrong(fault);
        }
        Ok(())
    }
}

impl Model {
    const fn timeout() -> u64 {
        120
    }

    const fn tokens() -> u64 {
        1_000_000
    }

    /// The address of the server.
    #[must_use]
    pub fn base_url(&self) -> &str {
        let own = match self.provider {
            Provider::OpenAi => "https://api.openai.com/v1",
            Provider::LlamaCpp => "http://localhost:8080/v1",
            Provider::Ollama => "http://localhost:11434",
        };
        self.base_url.as_deref().unwrap_or(own)
    }

    /// What is wrong with the settings, in words that repeat nothing of an address.
    fn fault(&self) -> Option<&'static str> {
        let url = self.base_url();
        let rest = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("https://"));
        let authority = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        if self.name.trim().is_empty() {
            Some("model.name must not be empty")
        } else if authority.is_none_or(str::is_empty) || url.contains(char::is_whitespace) {
            Some("model.base_url must be like http://localhost:8080/v1")
        } else if authority.is_some_and(|authority| authority.contains('@')) {
            Some(
                "model.base_url must hold no name and no password; name a variable with api_key_env",
            )
        } else if self.provider == Provider::Ollama && self.api_key_env.is_some() {
            Some(
                "model.api_key_env is not for ollama; use provider openai with a base_url that ends with /v1",
            )
        } else if !(1..=3600).contains(&self.timeout_seconds) {
            Some("model.timeout_seconds must be from 1 to 3600")
        } else if self.max_tokens == 0 {
            Some("model.max_tokens must be at least 1")
        } else {
            None
        }
    }
}
