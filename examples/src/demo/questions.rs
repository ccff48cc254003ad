//! A few questions to what was read: real ones, and one that nothing answers.

use alma_core::{Citation, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::stage::{Stage, broken, write};
use crate::{commands::chat::in_words, home::Home};

/// Questions that the READMEs answer.
const ANSWERED: [&str; 3] = [
    "How do I parse JSON text into a Rust struct?",
    "How do I test code with random inputs that shrink to a small failing case?",
    "Which crate gives a progress bar for the command line?",
];

/// A question that no README answers.
const OPEN: &str = "Who won the bicycle race in Groningen last Saturday?";

/// A question and what its answer rests on: the file `answers.json` of the home holds them all.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// What the answer cites; empty where nothing answers it.
    pub citations: Vec<Citation>,
}

/// Asks, and answers with what the first answer rests on.
pub(super) async fn ask(home: &Home, stage: &Stage) -> Result<Vec<Citation>> {
    let mut answers = Vec::new();
    for question in ANSWERED {
        let reply = home.handle().chat("demo", question).await?;
        if reply.citations.is_empty() {
            return Err(broken(&format!("'{question}' got no source")));
        }
        stage.item(
            &json!({ "step": "question", "question": question, "answer": reply.text, "citations": reply.citations }),
            format!("> {question}\n{}\n", in_words(&reply)),
        )?;
        answers.push(Answer {
            question: question.to_owned(),
            citations: reply.citations,
        });
    }
    let reply = home.handle().chat("demo", OPEN).await?;
    if !reply.citations.is_empty() {
        return Err(broken("a question without an answer got one"));
    }
    stage.item(
        &json!({ "step": "question", "question": OPEN, "answer": reply.text, "citations": [] }),
        format!("> {OPEN}\n{}", in_words(&reply)),
    )?;
    answers.push(Answer {
        question: OPEN.to_owned(),
        citations: reply.citations,
    });
    write(home, "answers.json", &answers)?;
    Ok(answers.swap_remove(0).citations)
}
