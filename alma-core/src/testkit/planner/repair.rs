//! Clauses on repairing.

use serde_json::json;

use crate::{
    Action, Binding, Draft, ErrorKind, Failure, Fault, Offer, Planner, Progress, Task, TaskName,
    testkit::{ana, clause::Clause as _},
};

use super::{
    admitted,
    offers::{mission, tool},
};

/// A mission of two tasks, the first done and the second failed, and what is on offer.
fn broken() -> (Progress, Failure, Offer) {
    let fetch = tool("fetch_page", "fetches the text of a page", &["page"]);
    let first = tool(
        "summarise_text",
        "summarises a text in a sentence",
        &["text"],
    );
    let second = tool(
        "condense_text",
        "summarises a text in a sentence as well",
        &["text"],
    );
    let (one, two) = (TaskName::numbered(0), TaskName::numbered(1));
    let tasks = vec![
        Task::new(one.clone(), Action::Tool(fetch.digest))
            .with("page", Binding::Value(json!("home"))),
        Task::new(two.clone(), Action::Tool(first.digest))
            .with("text", Binding::output(one.clone())),
    ];
    let offer = Offer::tools(vec![fetch, first, second]);
    let plan = admitted(Draft::new(tasks, "fetch, then summarise"), &offer);
    let goal = mission("fetch the text of the page home and summarise the text in a sentence")
        .with_input("page", "home");
    let mut progress = Progress::new(goal, plan);
    progress.accepted.insert(one, json!("a long text"));
    let fault = Fault::new(ErrorKind::Internal, "cannot summarise");
    (progress, Failure::new(two, fault), offer)
}

pub(super) async fn keeps_what_was_accepted(planner: &dyn Planner) {
    let (progress, failure, offer) = broken();
    let repaired = planner.repair(&ana(), &progress, &failure, &offer).await;
    let draft = match repaired {
        Ok(draft) => draft,
        Err(error) => {
            let clause = "Planner, repair: when there is no other way, it is NotFound";
            assert_eq!(error.kind(), ErrorKind::NotFound, "{clause}");
            return;
        }
    };
    let again = planner.repair(&ana(), &progress, &failure, &offer).await;
    let again = again.must("Planner, repeatable: equal input gives an equal repair");
    assert_eq!(
        again, draft,
        "Planner, repeatable: equal input gives an equal repair"
    );
    let plan = admitted(draft, &offer);
    for name in progress.accepted.keys() {
        assert_eq!(
            plan.task(name),
            progress.plan.task(name),
            "Planner, repair: tasks whose result was accepted keep name, action and inputs"
        );
    }
    assert!(
        plan.tasks()
            .iter()
            .any(|task| !progress.accepted.contains_key(&task.name)),
        "Planner, repair: something is left to do"
    );
}

pub(super) async fn gives_up_without_another_way(planner: &dyn Planner) {
    let (progress, failure, mut offer) = broken();
    // Only what the accepted task used is left: nothing can summarise.
    offer.tools.truncate(1);
    match planner.repair(&ana(), &progress, &failure, &offer).await {
        Err(error) => assert_eq!(
            error.kind(),
            ErrorKind::NotFound,
            "Planner, repair: when there is no other way, it is NotFound"
        ),
        Ok(draft) => drop(admitted(draft, &offer)),
    }
}
