//! Whatever the goal and the offer: a draft passes the check, or there is a typed error.

use std::collections::BTreeSet;

use alma_core::{Effect, ErrorKind, Failure, Fault, Offer, Planner, Progress, Schema, ToolInfo};
use alma_planner::TaskPlanner;
use proptest::prelude::*;

use crate::support::{mission, scope, tool_with};

const NOUNS: &[&str] = &[
    "page", "text", "name", "date", "amount", "user_id", "title", "query", "list", "price", "city",
    "language", "email", "url", "count", "flag", "id", "items", "currency", "time",
];
const VERBS: &[&str] = &[
    "get",
    "find",
    "send",
    "translate",
    "calculate",
    "create",
    "list",
    "book",
    "zap",
];
const TYPES: &[&str] = &[
    "string", "integer", "number", "boolean", "array", "object", "",
];
const WORDS: &[&str] = &[
    "and",
    "then",
    "it",
    "the",
    "their",
    ",",
    ".",
    "'quoted text'",
    "\"x\"",
    "5",
    "$20",
    "7%",
    "2024-01-02",
    "10:00 AM",
    "ana@example.com",
    "https://example.com",
    "555-1234",
    "Berlin",
    "French",
    "USD",
    "['a','b']",
    "for",
    "to",
    "from",
    "both",
    "results",
    "\n",
    "é",
    "I",
    "will",
];

fn word() -> impl Strategy<Value = &'static str> {
    let all: Vec<&str> = NOUNS.iter().chain(VERBS).chain(WORDS).copied().collect();
    prop::sample::select(all)
}

fn port() -> impl Strategy<Value = (String, &'static str)> {
    (
        any::<bool>(),
        prop::sample::select(NOUNS),
        prop::sample::select(TYPES),
    )
        .prop_map(|(optional, noun, kind)| {
            (format!("{}{noun}", if optional { "?" } else { "" }), kind)
        })
}

fn distinct(ports: &[(String, &'static str)]) -> Vec<(String, &'static str)> {
    let mut seen = BTreeSet::new();
    let new = |(name, _): &&(String, &str)| seen.insert(name.trim_start_matches('?').to_owned());
    ports.iter().filter(new).cloned().collect()
}

prop_compose! {
    fn any_tool()(
        verb in prop::sample::select(VERBS),
        noun in prop::sample::select(NOUNS),
        dotted in any::<bool>(),
        inputs in prop::collection::vec(port(), 0..4),
        outputs in prop::collection::vec(port(), 0..4),
        plain in prop::option::of(prop::sample::select(TYPES)),
        effect in prop::sample::select(vec![Effect::None, Effect::Read, Effect::Write, Effect::Sink]),
    ) -> ToolInfo {
        let name = if dotted { format!("{noun}.{verb}") } else { format!("{verb}_{noun}") };
        let (inputs, outputs) = (distinct(&inputs), distinct(&outputs));
        let takes: Vec<(&str, &str)> = inputs.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        let gives: Vec<(&str, &str)> = outputs.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        let tool = tool_with(&name, &format!("{verb} the {noun}"), &takes, &gives, effect);
        match plain {
            // Some tools give one plain thing instead of an object.
            Some(kind) => ToolInfo::new(tool.name, tool.description, tool.input, Schema::of_type(kind), effect, vec![], tool.code),
            None => tool,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_draft_passes_the_check_or_there_is_a_typed_error(
        tools in prop::collection::vec(any_tool(), 0..12),
        words in prop::collection::vec(word(), 0..40),
        most in 0_usize..8,
        kind in prop::sample::select(vec![
            ErrorKind::Unavailable, ErrorKind::InvalidInput, ErrorKind::Internal, ErrorKind::Denied,
        ]),
        accept in any::<u8>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut offer = Offer::tools(tools);
        offer.max_tasks = most;
        let mission = mission(&words.join(" "));
        let planner = TaskPlanner::new();
        match runtime.block_on(planner.plan(&scope(), &mission, &offer)) {
            Err(error) => prop_assert!(
                matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound | ErrorKind::BudgetExceeded),
                "{error}"
            ),
            Ok(draft) => {
                prop_assert!(draft.tasks.len() <= most);
                let plan = draft.clone().check(&offer);
                prop_assert!(plan.is_ok(), "{:?} in {:?}", plan, draft);
                let plan = plan.unwrap();
                // Accept a part of the tasks in an order in which they could have run, fail the next.
                let done = usize::from(accept) % plan.tasks().len();
                let mut progress = Progress::new(mission, plan.clone());
                for task in &plan.tasks()[..done] {
                    progress.accepted.insert(task.name.clone(), serde_json::Value::Null);
                }
                let failure = Failure::new(plan.tasks()[done].name.clone(), Fault::new(kind, "cannot do it"));
                match runtime.block_on(planner.repair(&scope(), &progress, &failure, &offer)) {
                    Err(error) => prop_assert_eq!(error.kind(), ErrorKind::NotFound),
                    Ok(repaired) => {
                        let again = repaired.clone().check(&offer);
                        prop_assert!(again.is_ok(), "{:?} in {:?}", again, repaired);
                        for name in progress.accepted.keys() {
                            let kept = repaired.tasks.iter().find(|task| task.name == *name);
                            prop_assert_eq!(kept, plan.task(name));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn any_text_at_all_is_read_without_panic(goal in "\\PC{0,300}|[ -~\\n]{0,300}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let offer = Offer::tools(crate::support::tools());
        if let Ok(draft) = runtime.block_on(TaskPlanner::new().plan(&scope(), &mission(&goal), &offer)) {
            prop_assert!(draft.check(&offer).is_ok());
        }
    }
}
