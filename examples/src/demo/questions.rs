//! A few questions to what was read: real ones, and one that nothing answers.

use alma_core::{Citation, Result};
use serde_json::json;

use super::stage::{Stage, broken};
use crate::{commands::chat::in_words, home::Home};

/// Questions that the READMEs answer.
const ANSWERED: [&str; 3] = [
    "How do I parse JSON text into a Rust struct?",
    "How do I test code with random inputs that shrink to a small failing case?",
    "Which crate gives a progress bar for the command line?",
];

/// A question that no README answers.
const OPEN: &str = "Who won the bicycle race in Groningen last Saturday?";

/// Asks, and answers with what the first answer rests on.
pub(super) async fn ask(home: &Home, stage: &Stage) -> Result<Vec<Citation>> {
    let mut first = Vec::new();
    for question in ANSWERED {
        let reply = home.handle().chat("demo", question).await?;
        if reply.citations.is_empty() {
            return Err(broken(&format!("'{question}' got no source")));
        }
        stage.item(
            &json!({ "step": "question", "question": question, "answer": reply.text, "citations": reply.citations }),
            format!("> {question}\n{}\n", in_words(&reply)),
        )?;
        if first.is_empty() {
            first = reply.citations;
        }
    }
    let reply = home.handle().chat("demo", OPEN).await?;
    if !reply.citations.is_empty() {
        return Err(broken("a question without an answer got one"));
    }
    stage.item(
        &json!({ "step": "question", "question": OPEN, "answer": reply.text, "citations": [] }),
        format!("> {OPEN}\n{}", in_words(&reply)),
    )?;
    Ok(first)
}
