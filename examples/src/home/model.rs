//! The language model of a home: reached as its settings say, and never needed.

use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alma_core::{
    Clock, Error, ErrorKind, Fault, LanguageModel, Result, SystemClock, Timestamp,
    model::{ChatMessage, ChatReply, ChatRequest, ChatStream, Role, rig::RigModel},
};
use async_trait::async_trait;

use crate::config::{Model, Provider};

/// For how long a model that was away is left alone, unless its server names a time.
const REST: Duration = Duration::from_secs(60);

/// The longest such time.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// How long whoever asks for the state of a home waits for a sign of life.
const PATIENCE: Duration = Duration::from_secs(10);

/// The model that `alma.toml` names.
///
/// One that cannot be reached at all, for want of a key or of TLS, answers every call with that
/// error, and one that was away is not asked again for a minute: what it was asked for is done
/// without it, and nobody waits for one deadline after the other.
#[derive(Debug)]
pub struct HomeModel {
    name: String,
    model: Result<RigModel, Fault>,
    clock: Arc<dyn Clock>,
    away: Mutex<Option<(Timestamp, Fault)>>,
}

impl HomeModel {
    /// The model that the settings name; nothing is asked of it yet.
    #[must_use]
    pub fn new(settings: &Model) -> Self {
        Self::with_clock(settings, Arc::new(SystemClock))
    }

    /// The same, with the time that it is away for measured on `clock`.
    #[must_use]
    pub fn with_clock(settings: &Model, clock: Arc<dyn Clock>) -> Self {
        let model = reach(settings).map_err(Fault::from);
        Self {
            name: match &model {
                Ok(model) => model.name().to_owned(),
                Err(_) => settings.name.clone(),
            },
            model,
            clock,
            away: Mutex::new(None),
        }
    }

    /// Asks for a word, to see whether it answers.
    ///
    /// # Errors
    /// Why it does not; `TimedOut` after ten seconds.
    pub async fn probe(&self) -> Result<()> {
        let request = ChatRequest::new(vec![ChatMessage::new(Role::User, "Say: yes")])
            .with_max_tokens(8)
            .with_temperature(0.0);
        match tokio::time::timeout(PATIENCE, self.chat(&request)).await {
            Ok(reply) => reply.map(drop),
            Err(_) => Err(Error::new(
                ErrorKind::TimedOut,
                format!("cannot wait for {} longer than {PATIENCE:?}", self.name),
            )
            .with_remedy("see whether its server is busy or still loads the model")),
        }
    }

    /// The model, unless it is better left alone.
    fn present(&self) -> Result<&RigModel> {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, fault)) = &*away {
            if self.clock.now() < *until {
                return Err(fault.clone().into());
            }
            *away = None;
        }
        self.model.as_ref().map_err(|fault| fault.clone().into())
    }

    /// Takes note of an error that says that the model is away.
    fn noted(&self, error: Error) -> Error {
        if error.is_transient() || error.kind() == ErrorKind::Denied {
            let rest = error.retry_after().unwrap_or(REST).min(LONGEST_REST);
            let until = self.clock.now().plus(rest);
            let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            *away = Some((until, Fault::from(&error)));
        }
        error
    }
}

#[async_trait]
impl LanguageModel for HomeModel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        let reply = self.present()?.chat(request).await;
        reply.map_err(|error| self.noted(error))
    }

    async fn stream(&self, request: &ChatRequest) -> Result<Box<dyn ChatStream>> {
        let stream = self.present()?.stream(request).await;
        stream.map_err(|error| self.noted(error))
    }
}

fn reach(settings: &Model) -> Result<RigModel> {
    let url = settings.base_url();
    if url.starts_with("https://") && !cfg!(feature = "tls") {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "cannot reach model '{}' over https: this alma was built without TLS",
                settings.name
            ),
        )
        .with_remedy(
            "build it with `--features tls`, or give model.base_url a server that speaks http",
        ));
    }
    let key = key(settings)?;
    let model = match settings.provider {
        Provider::Ollama => RigModel::ollama(url, &settings.name),
        Provider::OpenAi | Provider::LlamaCpp => {
            RigModel::openai_compatible(url, &key, &settings.name)
        }
    };
    Ok(model.with_deadline(Duration::from_secs(settings.timeout_seconds)))
}

/// The key, from the environment variable that the setting names; empty when none is named.
fn key(settings: &Model) -> Result<String> {
    let Some(name) = &settings.api_key_env else {
        return Ok(String::new());
    };
    match env::var(name) {
        Ok(key) if !key.trim().is_empty() => Ok(key.trim().to_owned()),
        _ => Err(Error::new(
            ErrorKind::Missing,
            format!("cannot use model '{}': no key is set", settings.name),
        )
        .with_remedy(format!("put the key into the environment variable {name}"))),
    }
}
