//! The vendors that have a constructor of their own.

use rig_core::providers::{
    ollama::{Ollama, OllamaConfig},
    openai::{
        OpenAI, OpenAIConfig,
        wire::{Auth, Dialect, OPENAI, Quirks},
    },
};

/// A server that speaks OpenAI's protocol at `base_url`, such as `http://localhost:8080/v1`.
pub(super) fn openai(base_url: &str, key: &str) -> OpenAI {
    // OpenAI's own models want parameters that other servers refuse.
    let dialect = if base_url.starts_with(OPENAI.base_url) {
        OPENAI
    } else {
        let mut quirks = Quirks::openai();
        quirks.auth = Auth::OptionalBearer;
        Dialect::gateway("openai", "", "").with_quirks(quirks)
    };
    OpenAIConfig::with_key(&dialect, key)
        .with_base_url(base_url.trim_end_matches('/'))
        .client()
}

/// An Ollama at `base_url`, such as `http://localhost:11434`.
pub(super) fn ollama(base_url: &str) -> Ollama {
    OllamaConfig::new()
        .with_base_url(base_url.trim_end_matches('/'))
        .client()
}
