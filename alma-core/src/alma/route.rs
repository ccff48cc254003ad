//! Routing: what somebody wants when they say something.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Handle, model::without};
use crate::{
    Need, Result, Schema, ToolInfo,
    model::{ChatMessage, ChatRequest, Role},
};

/// What is done with what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "route")]
#[non_exhaustive]
pub enum Route {
    /// It is a question: answer it from memory, with citations.
    Answer,
    /// It asks for what was remembered: list it.
    Recall,
    /// It names a tool and gives its input.
    Tool {
        /// The tool.
        tool: Box<ToolInfo>,
        /// Its input.
        input: serde_json::Value,
    },
    /// It asks for work of several steps.
    Mission,
    /// It tells something: remember it.
    Remember,
}

/// Words that open a question.
const QUESTIONS: [&str; 19] = [
    "who", "what", "when", "where", "why", "which", "whose", "whom", "how", "is", "are", "was",
    "were", "do", "does", "did", "can", "could", "has",
];
/// Openings that ask for what was remembered.
const RECALLS: [&str; 8] = [
    "recall ",
    "find ",
    "search ",
    "look up ",
    "show me what",
    "what do you know about",
    "what did i say",
    "remind me",
];
/// Openings that ask for work.
const WORK: [&str; 22] = [
    "make ",
    "write ",
    "build ",
    "create ",
    "collect ",
    "gather ",
    "list ",
    "count ",
    "inventory ",
    "compare ",
    "compute ",
    "calculate ",
    "convert ",
    "check ",
    "prepare ",
    "plan ",
    "summarise ",
    "summarize ",
    "sort ",
    "translate ",
    "report ",
    "get ",
];

impl Handle {
    /// Decides what to do with `text`: a named tool first, then by the model where there is one, then by rules.
    ///
    /// Only what the owner says is routed; what was recalled never is.
    pub(super) async fn route(&self, text: &str, remarks: &mut Vec<String>) -> Result<Route> {
        if let Some(route) = self.named_tool(text).await? {
            return Ok(route);
        }
        match self.route_by_model(text, remarks).await {
            Some(route) => Ok(route),
            None => Ok(by_rules(text)),
        }
    }

    /// `NAME: input` or `use NAME on input`, when a tool of that name can be called.
    async fn named_tool(&self, text: &str) -> Result<Option<Route>> {
        let Some(tools) = &self.parts.tools else {
            return Ok(None);
        };
        let Some((name, rest)) = addressed(text) else {
            return Ok(None);
        };
        let found = tools.find(&self.scope, &Need::text(name), 10).await?;
        let Some(tool) = found
            .into_iter()
            .map(|found| found.tool)
            .find(|tool| tool.name.as_str() == name)
        else {
            return Ok(None);
        };
        Ok(input_for(&tool, rest).map(|input| Route::Tool {
            tool: Box::new(tool),
            input,
        }))
    }

    /// The model's choice among the plain routes; none when there is no model, or when it does not answer as asked.
    async fn route_by_model(&self, text: &str, remarks: &mut Vec<String>) -> Option<Route> {
        let schema = Schema::new(json!({
            "type": "object", "required": ["route"], "additionalProperties": false,
            "properties": {"route": {"type": "string", "enum": ["answer", "recall", "mission", "remember"]}},
        }))
        .ok()?;
        let rules = "Say what the person wants. Reply with JSON {\"route\": R} where R is: answer (a question), \
                     recall (list what was remembered), mission (work of one or more steps), remember (a statement to keep).";
        let request = ChatRequest::new(vec![
            ChatMessage::new(Role::System, rules),
            ChatMessage::new(Role::User, text),
        ])
        .with_json(schema.clone())
        .with_max_tokens(50)
        .with_temperature(0.0);
        let reply = self.ask_model(&request, remarks).await?;
        let value = serde_json::from_str(reply.text.trim()).ok();
        let value = value.filter(|value| schema.check(value).is_ok());
        match value.as_ref().and_then(|value| value["route"].as_str()) {
            Some("answer") => Some(Route::Answer),
            Some("recall") => Some(Route::Recall),
            Some("mission") => Some(Route::Mission),
            Some("remember") => Some(Route::Remember),
            _ => {
                without(remarks, "it names no way to take what was said");
                None
            }
        }
    }
}

fn by_rules(text: &str) -> Route {
    let lower = text.trim().to_lowercase();
    let first = lower
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    if RECALLS.iter().any(|opening| lower.starts_with(opening)) {
        Route::Recall
    } else if lower.ends_with('?') || QUESTIONS.contains(&first) {
        Route::Answer
    } else if WORK.iter().any(|opening| lower.starts_with(opening)) {
        Route::Mission
    } else {
        Route::Remember
    }
}

/// The tool that is addressed by name, and the rest of the text.
fn addressed(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("use ") {
        let (name, rest) = rest.split_once(' ')?;
        return Some((name, rest.trim_start_matches("on ").trim()));
    }
    let (name, rest) = text.split_once(':')?;
    (!name.contains(char::is_whitespace)).then(|| (name, rest.trim()))
}

/// The input of a tool out of free text: JSON as it stands, or the text itself for a tool that takes one text.
fn input_for(tool: &ToolInfo, text: &str) -> Option<serde_json::Value> {
    if let Ok(value) = serde_json::from_str(text)
        && tool.input.check(&value).is_ok()
    {
        return Some(value);
    }
    let mut candidates = vec![json!(text), json!([text])];
    if let [only] = tool.input.required()[..] {
        candidates.push(json!({ only: text }));
    }
    candidates
        .into_iter()
        .find(|value| tool.input.check(value).is_ok())
}
