//! Language models: chat, whole or streamed, JSON by schema, tool calls, usage.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Amount, Result, Schema};

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// The program: rules that stand above the rest.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool; `call` names the request that it answers.
    Tool,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatMessage {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub text: String,
    /// The tool calls that an assistant's message asks for.
    pub requests: Vec<ToolRequest>,
    /// The id of the request that a tool's message answers.
    pub call: Option<String>,
}

impl ChatMessage {
    /// A message in words.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            text: text.into(),
            requests: Vec::new(),
            call: None,
        }
    }

    /// The result of the tool call `call`.
    pub fn tool_result(call: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            call: Some(call.into()),
            ..Self::new(Role::Tool, text)
        }
    }
}

/// A tool that the model may ask to call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolDeclaration {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What it takes.
    pub input: Schema,
}

impl ToolDeclaration {
    /// Declares a tool.
    pub fn new(name: impl Into<String>, description: impl Into<String>, input: Schema) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            input,
        }
    }
}

/// A tool call that the model asks for. Nothing of it was checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolRequest {
    /// The model's id of it.
    pub id: String,
    /// The name that it gives.
    pub name: String,
    /// The input that it gives; a string when it was no JSON.
    pub input: Value,
}

impl ToolRequest {
    /// A request as the model made it.
    pub fn new(id: impl Into<String>, name: impl Into<String>, input: Value) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            input,
        }
    }
}

/// What is asked of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation so far.
    pub messages: Vec<ChatMessage>,
    /// Tools that it may ask for.
    pub tools: Vec<ToolDeclaration>,
    /// The reply must be JSON of this schema. The caller checks it: the model may not obey.
    pub json: Option<Schema>,
    /// At most this many tokens of reply; [`REPLY`](Self::REPLY) when absent.
    pub max_tokens: Option<u64>,
    /// 0 for the most likely words.
    pub temperature: Option<f64>,
    /// Makes a reply repeatable where the model can.
    pub seed: Option<u64>,
}

impl ChatRequest {
    /// How many tokens a reply may have when nothing else is said, so that a call has a price.
    pub const REPLY: u64 = 4_096;

    /// A conversation.
    #[must_use]
    pub fn new(messages: Vec<ChatMessage>) -> Self {
        Self {
            messages,
            ..Self::default()
        }
    }

    /// Offers tools.
    #[must_use]
    pub fn with_tools(mut self, tools: Vec<ToolDeclaration>) -> Self {
        self.tools = tools;
        self
    }

    /// Asks for JSON of this schema.
    #[must_use]
    pub fn with_json(mut self, schema: Schema) -> Self {
        self.json = Some(schema);
        self
    }

    /// Bounds the reply.
    #[must_use]
    pub const fn with_max_tokens(mut self, tokens: u64) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// Sets the temperature.
    #[must_use]
    pub const fn with_temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// The most that one call may cost: what is read, estimated, and all of the reply that is allowed.
    #[must_use]
    pub fn most(&self) -> Amount {
        Amount::calls(1).with_tokens(self.read().saturating_add(self.longest()))
    }

    /// What one call that brought `reply` cost: as the model says, or estimated where it says nothing.
    #[must_use]
    pub fn cost(&self, reply: &ChatReply) -> Amount {
        let tokens = match reply.usage.total() {
            0 => self.read().saturating_add(tokens(reply.text.len())),
            told => told,
        };
        Amount::calls(1).with_tokens(tokens)
    }

    /// How many tokens the reply may have.
    #[must_use]
    pub fn longest(&self) -> u64 {
        self.max_tokens.unwrap_or(Self::REPLY)
    }

    fn read(&self) -> u64 {
        let said = self.messages.iter().map(|said| said.text.len());
        let json = |value: &Schema| value.as_value().to_string().len();
        let tools = self
            .tools
            .iter()
            .map(|tool| tool.name.len() + tool.description.len() + json(&tool.input));
        tokens(said.chain(tools).chain(self.json.iter().map(json)).sum())
    }
}

/// Three bytes a token is more than any common tokenizer takes of English and JSON.
const fn tokens(bytes: usize) -> u64 {
    bytes as u64 / 3
}

/// What a call cost in tokens, as the model says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
}

impl Usage {
    /// Tokens read and written.
    #[must_use]
    pub const fn new(input: u64, output: u64) -> Self {
        Self { input, output }
    }

    /// Both together; what a server claims beyond all numbers counts as the largest.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// A model's reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatReply {
    /// What it says.
    pub text: String,
    /// The tool calls that it asks for.
    pub requests: Vec<ToolRequest>,
    /// What it cost.
    pub usage: Usage,
    /// Whether it was cut off by `max_tokens`.
    pub truncated: bool,
}

impl ChatReply {
    /// A reply in words that cost nothing.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// A piece of a streamed reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChatChunk {
    /// More words.
    Text(String),
    /// The end: the whole reply.
    Done(ChatReply),
}

/// A reply as it comes.
#[async_trait]
pub trait ChatStream: fmt::Debug + Send {
    /// The next piece; nothing after [`ChatChunk::Done`] or an error.
    ///
    /// # Cancel safety
    /// A dropped call loses no piece.
    async fn next(&mut self) -> Option<Result<ChatChunk>>;
}

/// A language model.
///
/// # Contract
/// - Whatever it says is data of external trust, to be checked before it is used.
/// - It makes one attempt; retries and budgets are the caller's.
/// - **Errors**: `Unavailable` (with `retry_after` where given), `Overloaded`, `TimedOut`, `Denied` for a refused key, `InvalidInput` for a request that it cannot take, `Corrupt` for a reply that cannot be read.
/// - No prompt, key or reply stands in an error or in a log above debug.
#[async_trait]
pub trait LanguageModel: fmt::Debug + Send + Sync + 'static {
    /// Its name, such as `ollama/llama3.2`.
    fn name(&self) -> &str;

    /// One reply, whole.
    async fn chat(&self, request: &ChatRequest) -> Result<ChatReply>;

    /// One reply, in pieces as they come.
    async fn stream(&self, request: &ChatRequest) -> Result<Box<dyn ChatStream>>;
}
