//! How good the plans are on a set of goals with known answers.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{Binding, Digest, Draft, Effect, Offer, Planner, Schema, ToolInfo, ToolName};
use alma_planner::TaskPlanner;
use serde_json::{Map, Value, json};

use crate::support::{mission, scope};

/// Tasks with at least this much right hold on the set named by `ALMA_DATA`; see its `meta.score`.
#[tokio::test]
#[ignore = "needs ALMA_DATA, a folder with plan-dev.json"]
async fn plans_for_known_goals() {
    let folder = std::env::var("ALMA_DATA").expect("ALMA_DATA names a folder with plan-dev.json");
    let text = std::fs::read_to_string(format!("{folder}/plan-dev.json")).unwrap();
    let set: Value = serde_json::from_str(&text).unwrap();
    let offer = Offer::tools(set["tools"].as_array().unwrap().iter().map(tool).collect());
    let planner = TaskPlanner::new();
    let mut all = Score::default();
    let mut by_domain: BTreeMap<String, Score> = BTreeMap::new();
    let started = std::time::Instant::now();
    for item in set["items"].as_array().unwrap() {
        let goal = item["goal"].as_str().unwrap();
        let draft = planner.plan(&scope(), &mission(goal), &offer).await;
        let domain = item["domain"].as_str().unwrap().to_owned();
        for score in [&mut all, by_domain.entry(domain).or_default()] {
            score.add(item, draft.as_ref().ok(), &offer);
        }
    }
    println!(
        "{:.2} ms a goal",
        started.elapsed().as_secs_f64() * 1e3 / f64::from(all.goals)
    );
    println!("all {all:?}");
    for (domain, score) in &by_domain {
        println!("{domain} {score:?}");
    }
    assert!(all.nodes.f1() >= 0.85 && all.edges.f1() >= 0.70, "{all:?}");
    assert_eq!(all.valid, all.goals);
}

fn tool(tool: &Value) -> ToolInfo {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, input) in tool["inputs"].as_object().unwrap() {
        properties.insert(name.clone(), json!({"description": input["description"]}));
        if input["required"] == true {
            required.push(name.clone());
        }
    }
    let outputs: Map<String, Value> = tool["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| (name.as_str().unwrap().to_owned(), json!({})))
        .collect();
    let object = |properties: Map<String, Value>, required: Vec<String>| {
        Schema::new(json!({"type": "object", "properties": properties, "required": required}))
            .unwrap()
    };
    let name = tool["name"].as_str().unwrap();
    ToolInfo::new(
        ToolName::new(name).unwrap(),
        tool["description"].as_str().unwrap(),
        object(properties, required),
        object(outputs, Vec::new()),
        Effect::None,
        vec![],
        Digest::of(name.as_bytes()),
    )
}

#[derive(Default)]
struct Counts {
    right: usize,
    found: usize,
    wanted: usize,
}

impl Counts {
    fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.wanted).max(1) as f64
    }
}

#[derive(Default)]
struct Score {
    goals: u32,
    valid: u32,
    exact: u32,
    nodes: Counts,
    edges: Counts,
}

impl std::fmt::Debug for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "goals {} node_f1 {:.3} edge_f1 {:.3} exact {} valid {}",
            self.goals,
            self.nodes.f1(),
            self.edges.f1(),
            self.exact,
            self.valid
        )
    }
}

impl Score {
    fn add(&mut self, item: &Value, draft: Option<&Draft>, offer: &Offer) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let steps: BTreeMap<String, String> = item["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| (text(&node["id"]), text(&node["tool"])))
            .collect();
        let wanted: Vec<String> = steps.values().cloned().collect();
        let wanted_edges: BTreeSet<(String, String)> = item["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| {
                (
                    steps[&text(&edge[0])].clone(),
                    steps[&text(&edge[1])].clone(),
                )
            })
            .collect();
        self.goals += 1;
        self.nodes.wanted += wanted.len();
        self.edges.wanted += wanted_edges.len();
        let Some(draft) = draft else { return };
        self.valid += u32::from(draft.clone().check(offer).is_ok());
        let names: BTreeMap<_, _> = draft
            .tasks
            .iter()
            .map(|task| (&task.name, crate::support::name(task, offer)))
            .collect();
        let mut edges = BTreeSet::new();
        for task in &draft.tasks {
            for needed in task.inputs.values().flat_map(Binding::reads) {
                edges.insert((names[needed].clone(), names[&task.name].clone()));
            }
        }
        let mut left = wanted.clone();
        let mut right = 0;
        for name in names.values() {
            if let Some(at) = left.iter().position(|other| other == name) {
                left.remove(at);
                right += 1;
            }
        }
        let right_edges = edges.intersection(&wanted_edges).count();
        self.nodes.right += right;
        self.nodes.found += names.len();
        self.edges.right += right_edges;
        self.edges.found += edges.len();
        let exact = right == wanted.len() && right == names.len() && edges == wanted_edges;
        self.exact += u32::from(exact);
    }
}
