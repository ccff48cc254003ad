//! Reuse of past missions.

use alma_core::{Binding, Case, Draft, MissionId, Offer, Planner};
use alma_planner::TaskPlanner;
use serde_json::json;

use crate::support::{checked, mission, names, plan, scope, tool, tools};

const OLD: &str = "Brief me on https://old.example in German with at most 30 words";

/// A plan that chaining would not find for the goal: with a summary in between.
async fn case(goal: &str) -> (Case, Offer) {
    let offer = Offer::tools(tools());
    let draft = plan(
        "Read https://old.example, summarise the text in 30 words and translate the summary into German",
        &offer,
    )
    .await
    .unwrap();
    assert_eq!(
        names(&draft, &offer),
        ["read_page", "summarise_text", "translate_text"]
    );
    (
        Case::new(MissionId::from_bytes([1; 16]), goal, draft, true),
        offer,
    )
}

async fn planned(goal: &str, offer: &Offer) -> Draft {
    TaskPlanner::new()
        .plan(&scope(), &mission(goal), offer)
        .await
        .unwrap()
}

fn literals(draft: &Draft) -> String {
    let values = draft
        .tasks
        .iter()
        .flat_map(|task| task.inputs.values())
        .filter_map(|binding| match binding {
            Binding::Value(value) => Some(value.to_string()),
            _ => None,
        });
    values.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_past_plan_is_used_again_with_the_new_values() {
    let (case, mut offer) = case(OLD).await;
    offer.cases.push(case);
    let draft = planned(
        "Brief me on https://new.example in Danish with at most 12 words",
        &offer,
    )
    .await;
    assert_eq!(
        names(&draft, &offer),
        ["read_page", "summarise_text", "translate_text"]
    );
    let values = literals(&draft);
    assert!(
        values.contains("https://new.example")
            && values.contains("Danish")
            && values.contains("12"),
        "{values}"
    );
    assert!(
        !values.contains("old.example") && !values.contains("German") && !values.contains("30"),
        "{values}"
    );
    assert!(draft.reason.contains("0101"), "{}", draft.reason);
}

#[tokio::test]
async fn a_case_is_left_when_it_does_not_fit() {
    let (good, offer) = case(OLD).await;
    let goal = "Brief me on https://new.example in Danish with at most 12 words";
    let mut failed = good.clone();
    failed.succeeded = false;
    let mut disliked = good.clone();
    disliked.feedback = -1;
    for (case, goal) in [
        (failed, goal),
        (disliked, goal),
        // Other words, another number of values, nothing in common.
        (
            good.clone(),
            "Convert 5 USD to EUR and send it to ana@example.com",
        ),
        (
            good.clone(),
            "Brief me on https://a.example and https://b.example in Danish with at most 12 words",
        ),
    ] {
        let mut offer = offer.clone();
        offer.cases.push(case);
        let draft = TaskPlanner::new()
            .plan(&scope(), &mission(goal), &offer)
            .await;
        if let Ok(draft) = draft {
            checked(&draft, &offer);
            assert!(!draft.reason.contains("as in mission"), "{}", draft.reason);
        }
    }
}

#[tokio::test]
async fn a_case_whose_tool_is_gone_is_left() {
    let (case, mut offer) = case(OLD).await;
    offer.cases.push(case);
    offer
        .tools
        .retain(|tool| tool.name.as_str() != "summarise_text");
    let result = TaskPlanner::new()
        .plan(&scope(), &mission(OLD), &offer)
        .await;
    if let Ok(draft) = result {
        checked(&draft, &offer);
        assert!(!draft.reason.contains("as in mission"));
    }
}

#[tokio::test]
async fn inputs_of_the_mission_must_find_their_place_in_a_case() {
    let (case, mut offer) = case(OLD).await;
    offer.cases.push(case);
    let named = mission(OLD).with_input("words", 5);
    let draft = TaskPlanner::new()
        .plan(&scope(), &named, &offer)
        .await
        .unwrap();
    assert!(draft.reason.contains("as in mission"));
    assert!(literals(&draft).contains('5'));
    let homeless = mission(OLD).with_input("audience", "children");
    if let Ok(draft) = TaskPlanner::new().plan(&scope(), &homeless, &offer).await {
        assert!(!draft.reason.contains("as in mission"));
    }
}

#[tokio::test]
async fn a_broken_plan_in_a_case_is_never_used() {
    let (mut case, mut offer) = case(OLD).await;
    for task in &mut case.plan.tasks {
        task.inputs
            .insert("nonsense".into(), Binding::Value(json!(1)));
    }
    offer.tools = vec![tool(
        "read_page",
        "Read the text of a web page",
        &[("url", "string")],
        &[("text", "string")],
    )];
    offer.cases.push(case);
    let draft = planned("read https://new.example", &offer).await;
    checked(&draft, &offer);
}
