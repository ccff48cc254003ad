//! Any model of [rig](https://docs.rs/rig-core) as a [`LanguageModel`] or [`Embedder`].
//!
//! This is the one module that knows a model vendor, and the one that shows types of `rig_core`.
//!
//! | You have | Language model | Embedder |
//! |---|---|---|
//! | a server that speaks OpenAI's protocol | [`RigModel::openai_compatible`] | [`RigEmbedder::openai_compatible`] |
//! | a local Ollama | [`RigModel::ollama`] | [`RigEmbedder::ollama`] |
//! | any other model of rig | [`RigModel::new`] | [`RigEmbedder::new`] |
//!
//! With the feature `rig` alone there is no TLS, which is enough for a local server; `https` needs `rig-tls`.
//! One attempt is made a call, within a deadline of two minutes unless
//! [set otherwise](RigModel::with_deadline). Errors name the model and what happened, never the prompt, the reply or
//! the key; prompts and keys are not logged.
//!
//! # Examples
//! ```no_run
//! use alma_core::model::{ChatMessage, ChatRequest, LanguageModel, Role, rig::RigModel};
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> alma_core::Result<()> {
//! let model = RigModel::ollama("http://localhost:11434", "llama3.2");
//! let hello = ChatMessage::new(Role::User, "Say hello.");
//! let reply = model.chat(&ChatRequest::new(vec![hello])).await?;
//! println!("{}", reply.text);
//! # Ok(()) }
//! ```
//!
//! [`LanguageModel`]: crate::model::LanguageModel
//! [`Embedder`]: crate::model::Embedder

mod chat;
mod convert;
mod deadline;
mod embed;
mod fault;
mod spoken;
mod stream;
mod vendor;

pub use chat::RigModel;
pub use embed::RigEmbedder;
