//! What models write instead of what they were asked for: JSON in fences, and tool calls as plain text.

use serde_json::Value;

use crate::model::{ToolDeclaration, ToolRequest};

/// `text` without the fence of a code block around all of it.
pub(super) fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix("```")
        .and_then(|rest| rest.strip_suffix("```"))
        .and_then(|rest| rest.split_once('\n'));
    match inner {
        // The rest of the first line names the language; more fences inside mean several blocks.
        Some((language, inner)) if !language.trim().contains(' ') && !inner.contains("```") => {
            inner.trim()
        }
        _ => text,
    }
}

/// The tool calls that `text` consists of; none when anything else stands in it or a tool was not offered.
///
/// Small local models answer so when their template lacks tool calls: bare JSON, fenced JSON,
/// `<tool_call>` tags, or `[TOOL_CALLS]` before an array.
pub(super) fn tool_calls(text: &str, offered: &[ToolDeclaration]) -> Vec<ToolRequest> {
    read(text, offered).unwrap_or_default()
}

fn read(text: &str, offered: &[ToolDeclaration]) -> Option<Vec<ToolRequest>> {
    if offered.is_empty() {
        return None;
    }
    let mut values = Vec::new();
    let text = text.trim();
    if text.starts_with("<tool_call>") {
        for part in text.split("<tool_call>").skip(1) {
            let part = part.trim();
            let part = part.strip_suffix("</tool_call>").unwrap_or(part);
            values.push(serde_json::from_str(part).ok()?);
        }
    } else {
        let text = text.strip_prefix("[TOOL_CALLS]").unwrap_or(text);
        match serde_json::from_str(unfenced(text)).ok()? {
            Value::Array(items) => values = items,
            value => values.push(value),
        }
    }
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| request(index, value, offered))
        .collect()
}

fn request(index: usize, mut value: Value, offered: &[ToolDeclaration]) -> Option<ToolRequest> {
    if let Some(function) = value.get_mut("function").filter(|inner| inner.is_object()) {
        value = function.take();
    }
    let name = value.get("name")?.as_str()?.to_owned();
    let known = offered.iter().any(|tool| tool.name == name);
    let key = ["arguments", "parameters", "input"]
        .into_iter()
        .find(|key| value.get(key).is_some())?;
    let mut input = value.get_mut(key)?.take();
    if let Some(inner) = input
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
    {
        input = inner;
    }
    known.then(|| ToolRequest::new(format!("spoken-{index}"), name, input))
}
