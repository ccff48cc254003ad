//! Asking the model: within the budget, traced, and never needed.

use super::Handle;
use crate::model::{ChatReply, ChatRequest};

impl Handle {
    /// The model's reply; none when there is no model, no budget left for it, or no reply came.
    ///
    /// Each caller has a way without a model, so that a failure is no more than a remark.
    pub(super) async fn ask_model(
        &self,
        request: &ChatRequest,
        remarks: &mut Vec<String>,
    ) -> Option<ChatReply> {
        let model = self.parts.model.as_ref()?;
        let reserved = match self.parts.budget.reserve(request.most()) {
            Ok(reserved) => reserved,
            Err(error) => {
                tracing::info!(gen_ai.request.model = model.name(), %error, "going on without the model");
                without(remarks, error.message());
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
                reserved.settle(request.cost(&reply));
                Some(reply)
            }
            Err(error) => {
                tracing::info!(gen_ai.request.model = model.name(), %error, "going on without the model");
                without(remarks, error.message());
                None
            }
        }
    }
}

/// Keeps the remark that something was done without the model, once for each reason.
pub(super) fn without(remarks: &mut Vec<String>, why: &str) {
    let remark = format!("done without the model: {why}");
    if !remarks.contains(&remark) {
        remarks.push(remark);
    }
}
