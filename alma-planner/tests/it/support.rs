//! Small tools, missions and plans for the other modules.

use alma_core::{
    Action, Digest, Draft, Effect, Mission, MissionId, Offer, Plan, Planner, Result, Schema, Scope,
    Task, ToolInfo, ToolName,
};
use alma_planner::TaskPlanner;
use serde_json::{Value, json};

pub(crate) fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

pub(crate) fn mission(goal: &str) -> Mission {
    Mission::new(MissionId::from_bytes([7; 16]), goal)
}

/// A tool without effect: `inputs` and `outputs` as name and type, `?` before what is optional.
pub(crate) fn tool(
    name: &str,
    about: &str,
    inputs: &[(&str, &str)],
    outputs: &[(&str, &str)],
) -> ToolInfo {
    tool_with(name, about, inputs, outputs, Effect::None)
}

pub(crate) fn tool_with(
    name: &str,
    about: &str,
    inputs: &[(&str, &str)],
    outputs: &[(&str, &str)],
    effect: Effect,
) -> ToolInfo {
    let object = |ports: &[(&str, &str)]| {
        let mut properties = serde_json::Map::new();
        let mut required = Vec::new();
        for (port, kind) in ports {
            let bare = port.trim_start_matches('?');
            if bare == *port {
                required.push(bare);
            }
            let schema = if kind.is_empty() {
                json!({})
            } else {
                json!({"type": kind})
            };
            properties.insert(bare.to_owned(), schema);
        }
        Schema::new(json!({"type": "object", "properties": properties, "required": required}))
            .unwrap()
    };
    ToolInfo::new(
        ToolName::new(name).unwrap(),
        about,
        object(inputs),
        object(outputs),
        effect,
        vec![],
        Digest::of(name.as_bytes()),
    )
}

/// Everyday tools of several kinds.
pub(crate) fn tools() -> Vec<ToolInfo> {
    vec![
        tool(
            "read_page",
            "Read the text of a web page",
            &[("url", "string")],
            &[("text", "string")],
        ),
        tool(
            "summarise_text",
            "Summarise a text",
            &[("text", "string"), ("?words", "integer")],
            &[("summary", "string")],
        ),
        tool(
            "translate_text",
            "Translate a text from one language to another",
            &[("text", "string"), ("target_language", "string")],
            &[("translated_text", "string")],
        ),
        tool_with(
            "send_email",
            "Send an email to somebody",
            &[("email", "string"), ("message", "string")],
            &[("sent", "boolean")],
            Effect::Sink,
        ),
        tool(
            "convert_currency",
            "Convert an amount from one currency to another",
            &[
                ("amount", "number"),
                ("from_currency", "string"),
                ("to_currency", "string"),
            ],
            &[("converted_amount", "number")],
        ),
        tool(
            "shop.find_product",
            "Find a product in the shop",
            &[("query", "string")],
            &[("product_id", "string"), ("price", "number")],
        ),
        tool_with(
            "shop.order_product",
            "Order a product",
            &[("product_id", "string"), ("quantity", "integer")],
            &[("order_number", "string")],
            Effect::Write,
        ),
    ]
}

pub(crate) async fn plan(goal: &str, offer: &Offer) -> Result<Draft> {
    TaskPlanner::new()
        .plan(&scope(), &mission(goal), offer)
        .await
}

pub(crate) fn checked(draft: &Draft, offer: &Offer) -> Plan {
    draft
        .clone()
        .check(offer)
        .unwrap_or_else(|flaws| panic!("{flaws:?} in {draft:?}"))
}

/// The names of the tools of a draft in the order in which they can run.
pub(crate) fn names(draft: &Draft, offer: &Offer) -> Vec<String> {
    checked(draft, offer)
        .tasks()
        .iter()
        .map(|task| name(task, offer))
        .collect()
}

pub(crate) fn name(task: &Task, offer: &Offer) -> String {
    match &task.action {
        Action::Tool(digest) => offer
            .tools
            .iter()
            .find(|tool| tool.digest == *digest)
            .unwrap()
            .name
            .to_string(),
        Action::Job(kind) => kind.clone(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn text(value: &str) -> Value {
    Value::from(value)
}
