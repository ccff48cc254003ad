//! The suite of every tool forge.

mod admission;
mod call;
mod erase;
mod find;
mod list;
mod probes;

use serde_json::{Value, json};

use super::{ana, clause::Clause as _};
use crate::{
    Call, Example, ForgeOutcome, PageRequest, Scope, Tool, ToolForge, ToolInfo, ToolName, ToolSpec,
    reference::NativeTool,
};
use probes::Probes;

/// Holds a tool forge against every clause of [`ToolForge`].
///
/// `fresh` makes an empty one that can call the native tools that it is given, in every scope, with
/// name, description, schemas, effect and permissions as they are; it is called once a clause.
/// A forge that builds nothing answers `Refused` and is held against the other clauses.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn tool_forge<F: ToolForge>(fresh: impl AsyncFn(Vec<NativeTool>) -> F) {
    macro_rules! prove {
        ($($clause:path),* $(,)?) => {$({
            let probes = Probes::default();
            $clause(&fresh(probes.tools()).await, &probes).await;
        })*};
    }
    prove!(
        find::finds_by_words_and_abstains,
        call::runs_what_fits,
        call::checks_schemas_both_ways,
        call::denies_by_default,
        call::bounds_trust,
        call::keeps_deadlines,
        admission::builds_what_the_examples_say,
        admission::repeats_itself,
        admission::runs_nothing_before_the_gate,
        admission::refuses_bad_orders,
        list::lists_in_order,
        list::retires_for_good,
        list::keeps_scopes_apart,
        erase::removes_every_copy,
    );
}

fn name(text: &str) -> ToolName {
    ToolName::new(text).must("ToolName: the suite's names are valid")
}

/// An order whose examples leave one simple reading: the text in capitals.
fn shout(called: &str) -> ToolSpec {
    let example = |text: &str| Example {
        input: json!({ "text": text }),
        output: json!(text.to_uppercase()),
    };
    let examples = ["ana", "Rio verde", "x y z", "tea 4 two", "Ünïcode"].map(example);
    ToolSpec::new(
        name(called),
        "puts a text into capital letters",
        examples.into(),
    )
}

async fn forge(tools: &dyn ToolForge, scope: &Scope, spec: &ToolSpec) -> ForgeOutcome {
    tools
        .forge(scope, spec)
        .await
        .must("ToolForge, forge: an order that can be read has an outcome")
}

/// The tool that an order gives; nothing when the forge cannot build it.
async fn built(tools: &dyn ToolForge, scope: &Scope, spec: &ToolSpec) -> Option<ToolInfo> {
    match forge(tools, scope, spec).await {
        ForgeOutcome::Accepted { tool, .. } => Some(tool.info),
        _ => None,
    }
}

async fn all(tools: &dyn ToolForge, scope: &Scope) -> Vec<Tool> {
    let mut all = Vec::new();
    let mut request = PageRequest::first(3);
    loop {
        let page = tools
            .list(scope, &request)
            .await
            .must("ToolForge, list: tools are listed");
        assert!(
            page.items.len() <= 3,
            "ToolForge, list: a page keeps its limit"
        );
        all.extend(page.items);
        if !page.more {
            return all;
        }
        request.after = page.next;
    }
}

/// A native tool as the forge shows it.
async fn native(tools: &dyn ToolForge, called: &str) -> ToolInfo {
    let found = all(tools, &ana())
        .await
        .into_iter()
        .find(|tool| tool.info.name.as_str() == called);
    match found {
        Some(tool) => tool.info,
        None => panic!("ToolForge, list: the native tool '{called}' is listed"),
    }
}

fn call(tool: &ToolInfo, input: Value) -> Call {
    Call::new(tool.digest, input, "key/1")
}
