//! A language model of rig.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rig_core::{DynModel, operation::Completion};

use super::{convert, deadline::Deadline, fault, stream::RigStream, vendor};
use crate::{
    Clock, Result,
    model::{ChatReply, ChatRequest, ChatStream, LanguageModel},
};

/// A [`LanguageModel`] that rig speaks to.
///
/// Tool calls that a model writes as plain text, and JSON that it puts into a code block, are
/// recognised as what they are meant to be, as far as nothing else stands in the reply.
#[derive(Clone, Debug)]
pub struct RigModel {
    model: DynModel<Completion>,
    name: String,
    deadline: Deadline,
}

impl RigModel {
    /// Any completion model of rig.
    #[must_use]
    pub fn new(model: impl Into<DynModel<Completion>>) -> Self {
        let model = model.into();
        Self {
            name: match model.id() {
                Some(id) => format!("{}/{id}", model.name()),
                None => model.name().to_owned(),
            },
            model,
            deadline: Deadline::default(),
        }
    }

    /// `model` on a server that speaks OpenAI's chat protocol at `base_url`, such as
    /// `http://localhost:8080/v1`; an empty `key` sends none.
    #[must_use]
    pub fn openai_compatible(base_url: &str, key: &str, model: &str) -> Self {
        Self::new(vendor::openai(base_url, key).chat(model))
    }

    /// `model` on an Ollama at `base_url`, such as `http://localhost:11434`.
    #[must_use]
    pub fn ollama(base_url: &str, model: &str) -> Self {
        Self::new(vendor::ollama(base_url).completion(model))
    }

    /// How long a whole reply, or the next piece of a streamed one, may take; two minutes by default.
    #[must_use]
    pub const fn with_deadline(mut self, after: Duration) -> Self {
        self.deadline.after = after;
        self
    }

    /// Measures the deadline on `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.deadline.clock = clock;
        self
    }
}

#[async_trait]
impl LanguageModel for RigModel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        let call = self.model.call(convert::request(request)?);
        let reply = self
            .deadline
            .meet(&self.name, call)
            .await?
            .map_err(|error| fault::whole(&self.name, &error))?;
        let reply = convert::reply(&self.name, request, &reply)?;
        tracing::debug!(
            gen_ai.request.model = self.name,
            gen_ai.usage.input_tokens = reply.usage.input,
            gen_ai.usage.output_tokens = reply.usage.output,
            tool_calls = reply.requests.len(),
            "chat"
        );
        Ok(reply)
    }

    async fn stream(&self, request: &ChatRequest) -> Result<Box<dyn ChatStream>> {
        let stream = self
            .model
            .stream(convert::request(request)?)
            .map_err(|error| fault::provider(&self.name, &error))?;
        Ok(Box::new(RigStream::new(
            stream,
            self.name.clone(),
            request.clone(),
            self.deadline.clone(),
        )))
    }
}
