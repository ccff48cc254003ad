//! Models: language and embeddings, behind two small seams.

mod chat;
mod embed;
#[cfg(feature = "rig")]
pub mod rig;

pub use chat::{
    ChatChunk, ChatMessage, ChatReply, ChatRequest, ChatStream, LanguageModel, Role,
    ToolDeclaration, ToolRequest, Usage,
};
pub use embed::{EmbedAs, Embedder, EmbedderIdentity};
