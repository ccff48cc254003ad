//! How well a planner finds the tools that reach a goal, and how their data flows.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{
    Action, Digest, Draft, Effect, Mission, MissionId, Offer, Planner, Result, Schema, Scope,
    TaskName, ToolInfo, ToolName,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::score::{Counts, ratio, rounded};

/// A file of goals with the plans that reach them.
#[derive(Debug, Deserialize)]
pub struct Tasks {
    /// All tools on offer.
    pub tools: Vec<ToolEntry>,
    /// The goals.
    pub items: Vec<Item>,
}

/// One tool on offer.
#[derive(Debug, Deserialize)]
pub struct ToolEntry {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What it takes.
    pub inputs: BTreeMap<String, Input>,
    /// The names of what it gives.
    pub outputs: Vec<String>,
}

/// One input of a tool.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// What it is.
    #[serde(default)]
    pub description: String,
}

/// One goal and the right plan.
#[derive(Debug, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// What is wanted.
    pub goal: String,
    /// The right steps.
    pub nodes: Vec<Node>,
    /// Which step feeds which.
    #[serde(default)]
    pub edges: Vec<(String, String)>,
}

/// One right step.
#[derive(Debug, Deserialize)]
pub struct Node {
    /// Its id within the item.
    pub id: String,
    /// The tool it calls.
    pub tool: String,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many goals.
    pub tasks: usize,
    /// Micro F1 over multisets of tool names.
    pub node_f1: f64,
    /// Micro F1 over sets of (producing tool, consuming tool).
    pub edge_f1: f64,
    /// The share of goals with both equal.
    pub exact: f64,
    /// The share of plans that the validator admits.
    pub valid: f64,
}

/// All tools of the file as they are offered to a planner.
///
/// # Errors
/// `InvalidInput` when a name or a schema breaks the rules of a tool.
pub fn offer(tools: &[ToolEntry]) -> Result<Offer> {
    tools
        .iter()
        .map(info)
        .collect::<Result<_>>()
        .map(Offer::tools)
}

fn info(tool: &ToolEntry) -> Result<ToolInfo> {
    let properties: serde_json::Map<String, Value> = tool
        .inputs
        .iter()
        .map(|(name, input)| (name.clone(), json!({ "description": input.description })))
        .collect();
    let required: Vec<&String> = tool
        .inputs
        .iter()
        .filter(|(_, input)| input.required)
        .map(|(name, _)| name)
        .collect();
    Ok(ToolInfo::new(
        ToolName::new(&tool.name)?,
        &tool.description,
        Schema::new(json!({
            "type": "object", "properties": properties,
            "required": required, "additionalProperties": false,
        }))?,
        Schema::object(tool.outputs.iter().map(|name| (name, Schema::any()))),
        Effect::None,
        Vec::new(),
        Digest::of(tool.name.as_bytes()),
    ))
}

/// Has every goal planned, with all tools on offer and no case to copy, and scores the plans.
///
/// # Errors
/// None of its own: a goal that the planner refuses counts as a plan without tools that is not valid.
pub async fn evaluate(
    planner: &dyn Planner,
    tasks: &Tasks,
    mut each: impl FnMut(),
) -> Result<Report> {
    let offer = offer(&tasks.tools)?;
    let scope = Scope::new("evaluation")?;
    let names: BTreeMap<Digest, &str> = offer
        .tools
        .iter()
        .map(|tool| (tool.digest, tool.name.as_str()))
        .collect();
    let (mut nodes, mut edges) = (Counts::default(), Counts::default());
    let (mut exact, mut valid) = (0, 0);
    for item in &tasks.items {
        let mission = Mission::new(MissionId::of_parts(&[item.id.as_bytes()]), &item.goal);
        let draft = planner
            .plan(&scope, &mission, &offer)
            .await
            .unwrap_or_default();
        let (tools, flow) = shape(&draft, &names);
        let (right_tools, right_flow) = right(item);
        let node = Counts::of(&tools, &right_tools);
        let edge = Counts::of(&flow, &right_flow);
        nodes.add(node);
        edges.add(edge);
        exact += usize::from(node.is_exact() && edge.is_exact());
        valid += usize::from(draft.check(&offer).is_ok());
        each();
    }
    let count = tasks.items.len();
    Ok(Report {
        tasks: count,
        node_f1: rounded(nodes.f1()),
        edge_f1: rounded(edges.f1()),
        exact: rounded(ratio(exact, count)),
        valid: rounded(ratio(valid, count)),
    })
}

/// The tools of a draft, and which of them feeds which.
fn shape(draft: &Draft, names: &BTreeMap<Digest, &str>) -> (Vec<String>, Vec<(String, String)>) {
    let mut tools = BTreeMap::new();
    for task in &draft.tasks {
        let name = match &task.action {
            Action::Tool(digest) => names.get(digest).copied().unwrap_or("unknown"),
            Action::Job(kind) => kind.as_str(),
            _ => "unknown",
        };
        tools.insert(&task.name, name.to_owned());
    }
    let mut flow = BTreeSet::new();
    for task in &draft.tasks {
        let reads = task.inputs.values().flat_map(|binding| binding.reads());
        for producer in reads {
            if let (Some(from), Some(to)) = (tools.get(producer), tools.get(&task.name)) {
                flow.insert((from.clone(), to.clone()));
            }
        }
    }
    let all = draft
        .tasks
        .iter()
        .filter_map(|task: &alma_core::Task| tools.get::<TaskName>(&task.name).cloned())
        .collect();
    (all, flow.into_iter().collect())
}

fn right(item: &Item) -> (Vec<String>, Vec<(String, String)>) {
    let tools: BTreeMap<&str, &str> = item
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node.tool.as_str()))
        .collect();
    let flow: BTreeSet<(String, String)> = item
        .edges
        .iter()
        .filter_map(|(from, to)| {
            let name = |id: &String| tools.get(id.as_str()).map(|tool| (*tool).to_owned());
            Some((name(from)?, name(to)?))
        })
        .collect();
    let all = item.nodes.iter().map(|node| node.tool.clone()).collect();
    (all, flow.into_iter().collect())
}
