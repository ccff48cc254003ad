//! Models through rig, over the wire, against a server that speaks OpenAI's protocol.

mod chat;
mod embed;
mod failures;
mod streams;

use alma_core::{
    Schema,
    model::{ChatMessage, ChatRequest, Role, ToolDeclaration, rig::RigModel},
    testkit::ModelServer,
};

/// What must never be seen in an error or a debug print.
const KEY: &str = "sk-very-secret";
const PROMPT: &str = "the colour of my grandmother's house";

fn model(server: &ModelServer) -> RigModel {
    RigModel::openai_compatible(&server.v1(), KEY, "tiny")
}

fn ask() -> ChatRequest {
    ChatRequest::new(vec![ChatMessage::new(Role::User, PROMPT)])
}

fn weather() -> ToolDeclaration {
    let input = Schema::object([("city", Schema::of_type("string"))]);
    ToolDeclaration::new("weather", "Tells the weather of a city", input)
}
