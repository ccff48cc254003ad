//! Asking the model: within the budget, traced, and never needed.

use super::Handle;
use crate::{
    Amount,
    model::{ChatReply, ChatRequest},
};

/// A token is taken as four bytes when a request is weighed.
const BYTES_A_TOKEN: usize = 4;

impl Handle {
    /// The model's reply; none when there is no model, no budget left for it, or no reply came.
    ///
    /// Each caller has a way without a model, so a failure is told to the log and to nobody else.
    pub(super) async fn ask_model(&self, request: &ChatRequest) -> Option<ChatReply> {
        let model = self.parts.model.as_ref()?;
        let read: usize = request
            .messages
            .iter()
            .map(|message| message.text.len())
            .sum();
        let most = request.max_tokens.unwrap_or_default() + (read / BYTES_A_TOKEN) as u64;
        let reserved = match self
            .parts
            .budget
            .reserve(Amount::calls(1).with_tokens(most))
        {
            Ok(reserved) => reserved,
            Err(error) => {
                tracing::info!(gen_ai.request.model = model.name(), %error, "going on without the model");
                return None;
            }
        };
        match model.chat(request).await {
            Ok(reply) => {
                tracing::info!(
                    gen_ai.operation.name = "chat",
                    gen_ai.request.model = model.name(),
                    gen_ai.usage.input_tokens = reply.usage.input,
                    gen_ai.usage.output_tokens = reply.usage.output,
                    "model replied"
                );
                reserved
                    .settle(Amount::calls(1).with_tokens(reply.usage.input + reply.usage.output));
                Some(reply)
            }
            Err(error) => {
                tracing::warn!(gen_ai.request.model = model.name(), %error, "going on without the model");
                None
            }
        }
    }
}
