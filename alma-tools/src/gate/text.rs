//! Stage one: the text that a model or a caller will see. Its words are data and must not pose as orders.

use alma_core::{Stage, StageResult, ToolSpec};
use serde_json::json;

/// The longest description, in bytes.
const LONGEST: usize = 1_024;

/// Phrases with which a text speaks to whoever reads it instead of saying what the tool does.
const ORDERS: [&str; 36] = [
    "ignore previous",
    "ignore all",
    "ignore the above",
    "disregard",
    "do not tell",
    "don't tell",
    "do not mention",
    "don't mention",
    "without telling",
    "without informing",
    "keep this secret",
    "system prompt",
    "you must",
    "you should always",
    "always call",
    "before using any",
    "before calling",
    "instead of using",
    "<important>",
    "<system",
    "[inst]",
    "new instructions",
    "override",
    "act as",
    "pretend to",
    "forward all",
    "any other tool",
    "full conversation",
    "whole conversation",
    "entire conversation",
    "conversation history",
    "chat history",
    "[admin]",
    "[system]",
    "without confirmation",
    "readonlyhint",
];
/// Places that no description of a tool has to name.
const SECRETS: [&str; 13] = [
    ".ssh",
    "id_rsa",
    "/etc/passwd",
    "/etc/shadow",
    ".env",
    "api key",
    "api_key",
    "passwords",
    "your password",
    "'s password",
    "stored password",
    "credential",
    "access token",
];

/// Commands for a shell, which a description hands to whoever can run them.
const COMMANDS: [&str; 7] = [
    "sudo ", "chmod ", "rm -rf", "curl ", "wget ", "| sh", " && ",
];

/// What is wrong with a text that callers will see, one finding a rule.
pub(crate) fn lint(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if text.trim().is_empty() {
        findings.push("it says nothing".to_owned());
    }
    if text.len() > LONGEST {
        findings.push(format!("it has {} bytes, more than {LONGEST}", text.len()));
    }
    if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
        findings.push(format!(
            "it hides the character U+{:04X}",
            u32::from(hidden)
        ));
    }
    // Spacing and case hide no order.
    let plain = text
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for (rule, phrases) in [
        ("speaks to the reader", &ORDERS[..]),
        ("names a secret", &SECRETS[..]),
        ("gives a command", &COMMANDS[..]),
    ] {
        if let Some(phrase) = phrases.iter().find(|phrase| plain.contains(**phrase)) {
            findings.push(format!("it {rule}: '{phrase}'"));
        }
    }
    let encoded = |word: &str| {
        word.len() >= 40
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+/=_-".contains(c))
    };
    // Where something goes is an argument of a call, never part of what a tool is.
    let address = |word: &str| {
        let mail = word.split_once('@').is_some_and(|(before, after)| {
            before.ends_with(|c: char| c.is_alphanumeric()) && after.contains('.')
        });
        mail || word.contains("://")
    };
    if let Some(word) = plain.split(' ').find(|word| address(word)) {
        findings.push(format!("it names an address: '{word}'"));
    }
    if text.split_whitespace().any(encoded) {
        findings.push("it holds encoded text".to_owned());
    }
    findings
}

/// Characters that readers do not see and models do: controls, zero widths, direction marks, tags.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0x2066..=0x206f | 0xfeff | 0xe0000..=0xe007f)
}

/// The stage over the description, the names and the schemas of an order.
pub(super) fn stage(spec: &ToolSpec, others: &[String]) -> Stage {
    let mut findings = lint(&spec.description);
    let schemas = [&spec.input, &spec.output].into_iter().flatten();
    for schema in schemas {
        for text in descriptions(schema.as_value()) {
            findings.extend(
                lint(text)
                    .into_iter()
                    .map(|finding| format!("in a schema, {finding}")),
            );
        }
    }
    let words: Vec<&str> = spec
        .description
        .split(|c: char| !(c.is_alphanumeric() || "._-".contains(c)))
        .collect();
    let names = |other: &&String| {
        other.as_str() != spec.name.as_str()
            && other.contains(['.', '_', '-'])
            && words.contains(&other.as_str())
    };
    if let Some(other) = others.iter().find(names) {
        findings.push(format!("it names the tool '{other}'"));
    }
    let evidence = json!({"findings": findings});
    match findings.first() {
        None => Stage::new(
            "text",
            StageResult::Passed,
            "names, description and schemas are plain",
            evidence,
        ),
        Some(first) => Stage::new(
            "text",
            StageResult::Failed,
            format!("its description is refused: {first}"),
            evidence,
        ),
    }
}

fn descriptions(schema: &serde_json::Value) -> Vec<&str> {
    match schema {
        serde_json::Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("description" | "title", serde_json::Value::String(text)) => vec![text.as_str()],
                (_, inner) => descriptions(inner),
            })
            .collect(),
        serde_json::Value::Array(items) => items.iter().flat_map(descriptions).collect(),
        _ => Vec::new(),
    }
}
