//! Our requests as rig's, and rig's replies as ours.

use rig_core::{
    completion::{
        CompletionRequest, CompletionResponse, FinishReason, OnUnsupported, ToolDefinition,
    },
    message::{
        AssistantContent, AssistantMessage, CallId, Message, ToolCall, ToolFunction, ToolName,
        ToolResult, ToolResultContent,
    },
};
use serde_json::Value;

use super::spoken;
use crate::{
    Error, Result,
    model::{ChatMessage, ChatReply, ChatRequest, Role, ToolRequest, Usage},
};

/// The request in rig's words.
///
/// # Errors
/// `InvalidInput` for an empty conversation, a tool without a name, or a result that answers nothing.
pub(super) fn request(request: &ChatRequest) -> Result<CompletionRequest> {
    let mut history = Vec::new();
    for (index, message) in request.messages.iter().enumerate() {
        history.extend(message_of(message, &request.messages[..index])?);
    }
    let first = history
        .first()
        .cloned()
        .ok_or_else(|| Error::invalid("cannot ask a model without a message"))?;
    let mut made = CompletionRequest::new(first);
    made.chat_history = history;
    made.tools = request
        .tools
        .iter()
        .map(|tool| {
            let input = tool.input.as_value().clone();
            Ok(ToolDefinition::new(
                name(&tool.name)?,
                &tool.description,
                input,
            ))
        })
        .collect::<Result<_>>()?;
    made.output_schema = request
        .json
        .as_ref()
        .map(|schema| schema.as_value().clone().try_into())
        .transpose()
        .map_err(|_| Error::invalid("cannot ask for JSON of a schema that is no object"))?;
    made.temperature = request.temperature;
    made.max_tokens = Some(request.longest());
    made.options.seed = request.seed;
    made.options.on_unsupported = Some(OnUnsupported::Ignore);
    Ok(made)
}

fn message_of(message: &ChatMessage, before: &[ChatMessage]) -> Result<Option<Message>> {
    Ok(Some(match message.role {
        Role::System => Message::system(&message.text),
        Role::User => Message::user(&message.text),
        Role::Assistant => {
            let mut content = Vec::new();
            if !message.text.is_empty() {
                content.push(AssistantContent::text(&message.text));
            }
            for request in &message.requests {
                let function = ToolFunction::new(name(&request.name)?, request.input.clone());
                let call = ToolCall::new(CallId::from_wire(&request.id), function);
                content.push(AssistantContent::ToolCall(call));
            }
            // Providers refuse a turn in which nothing was said.
            if content.is_empty() {
                return Ok(None);
            }
            Message::Assistant(AssistantMessage::new(content))
        }
        Role::Tool => {
            let requests = before.iter().flat_map(|message| &message.requests);
            let asked = message.call.as_ref().and_then(|call| {
                let mut requests = requests.filter(|request| request.id == *call);
                requests.next_back()
            });
            let asked = asked.ok_or_else(|| {
                Error::invalid("cannot send the result of a tool that was not asked for")
                    .with_remedy("keep the assistant's message with its request before the result")
            })?;
            Message::tool_results(vec![ToolResult {
                call: CallId::from_wire(&asked.id),
                name: name(&asked.name)?,
                content: vec![ToolResultContent::text(&message.text)],
                is_error: false,
            }])
        }
    }))
}

fn name(name: &str) -> Result<ToolName> {
    ToolName::new(name).map_err(|_| Error::invalid("cannot offer a tool without a name"))
}

/// The reply in our words.
///
/// # Errors
/// `InvalidInput` when the provider refused to answer, which no repetition changes.
pub(super) fn reply(
    model: &str,
    asked: &ChatRequest,
    reply: &CompletionResponse,
) -> Result<ChatReply> {
    let mut made = ChatReply::text(reply.text());
    made.requests = reply.tool_calls().map(request_of).collect();
    made.usage = Usage::new(
        reply.usage.input_tokens.unwrap_or(0),
        reply.usage.output_tokens.unwrap_or(0),
    );
    let finish = reply.finish_reason();
    made.truncated = finish == Some(FinishReason::Length);
    let refused = reply.error.is_some() || finish == Some(FinishReason::ContentFilter);
    if refused && made.text.is_empty() && made.requests.is_empty() {
        return Err(Error::invalid(format!(
            "cannot get a reply of {model}: it refuses this request"
        ))
        .with_remedy("ask in other words, or another model"));
    }
    if made.requests.is_empty() {
        made.requests = spoken::tool_calls(&made.text, &asked.tools);
        if !made.requests.is_empty() {
            made.text.clear();
        }
    }
    if asked.json.is_some() {
        made.text = spoken::unfenced(&made.text).to_owned();
    }
    Ok(made)
}

fn request_of(call: &ToolCall) -> ToolRequest {
    let input = match &call.function.invalid_arguments {
        Some(text) => Value::String(text.clone()),
        None => call.function.arguments_value(),
    };
    ToolRequest::new(call.id.to_string(), call.function.name.as_str(), input)
}
