//! Models: language and embeddings, behind two small seams.

mod chat;
mod embed;

pub use chat::{
    ChatChunk, ChatMessage, ChatReply, ChatRequest, ChatStream, LanguageModel, Role,
    ToolDeclaration, ToolRequest, Usage,
};
pub use embed::{EmbedAs, Embedder, EmbedderIdentity};
