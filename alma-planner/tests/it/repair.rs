//! What becomes of a plan after a failure.

use alma_core::{
    Action, Binding, Draft, ErrorKind, Failure, Fault, Offer, Planner, Progress, Result, TaskName,
};
use alma_planner::TaskPlanner;
use serde_json::json;

use crate::support::{checked, mission, name, names, plan, scope, text, tool, tool_with, tools};

const GOAL: &str = "Read https://example.com and translate it into German";

async fn progress(offer: &Offer) -> Progress {
    let draft = plan(GOAL, offer).await.unwrap();
    let mut progress = Progress::new(mission(GOAL), checked(&draft, offer));
    progress
        .accepted
        .insert(TaskName::numbered(0), json!({"text": "a page"}));
    progress
}

async fn repaired(progress: &Progress, kind: ErrorKind, offer: &Offer) -> Result<Draft> {
    let failure = Failure::new(TaskName::numbered(1), Fault::new(kind, "cannot translate"));
    TaskPlanner::new()
        .repair(&scope(), progress, &failure, offer)
        .await
}

fn keeps_accepted(draft: &Draft, progress: &Progress) {
    for name in progress.accepted.keys() {
        let kept = draft.tasks.iter().find(|task| task.name == *name);
        assert_eq!(kept, progress.plan.task(name));
    }
}

#[tokio::test]
async fn a_passing_error_is_tried_once_more_but_not_for_ever() {
    let offer = Offer::tools(tools());
    let mut progress = progress(&offer).await;
    let draft = repaired(&progress, ErrorKind::Unavailable, &offer)
        .await
        .unwrap();
    assert_eq!(draft.tasks, progress.plan.tasks());
    assert!(draft.reason.contains("once more"), "{}", draft.reason);
    progress.repairs = 2;
    let error = repaired(&progress, ErrorKind::Unavailable, &offer)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn another_tool_that_fits_takes_over() {
    let mut all = tools();
    all.push(tool(
        "other.tongues",
        "Give a text in another language: translate it",
        &[("text", "string"), ("language", "string")],
        &[("translated_text", "string")],
    ));
    let mut offer = Offer::tools(all);
    let progress = {
        let draft = plan(
            &format!("{GOAL} and send the translated text to ana@example.com"),
            &offer,
        )
        .await
        .unwrap();
        let mut progress = Progress::new(mission(GOAL), checked(&draft, &offer));
        progress
            .accepted
            .insert(TaskName::numbered(0), json!({"text": "a page"}));
        progress
    };
    let draft = repaired(&progress, ErrorKind::Internal, &offer)
        .await
        .unwrap();
    keeps_accepted(&draft, &progress);
    assert_eq!(
        names(&draft, &offer),
        ["read_page", "other.tongues", "send_email"]
    );
    let translate = draft
        .tasks
        .iter()
        .find(|task| name(task, &offer) == "other.tongues")
        .unwrap();
    assert_eq!(translate.inputs["language"], Binding::Value(text("German")));
    let send = draft
        .tasks
        .iter()
        .find(|task| name(task, &offer) == "send_email")
        .unwrap();
    assert_eq!(
        send.inputs["message"],
        Binding::field(translate.name.clone(), "translated_text")
    );

    // The tool that failed may be off offer by now.
    offer
        .tools
        .retain(|tool| tool.name.as_str() != "translate_text");
    let draft = repaired(&progress, ErrorKind::NotFound, &offer)
        .await
        .unwrap();
    assert_eq!(
        names(&draft, &offer),
        ["read_page", "other.tongues", "send_email"]
    );
}

#[tokio::test]
async fn no_substitute_does_more_to_the_world_than_what_failed() {
    let mut all = tools();
    all.push(tool_with(
        "agency.tongues",
        "Give a text in another language by a paid agency: translate it",
        &[("text", "string"), ("target_language", "string")],
        &[("translated_text", "string")],
        alma_core::Effect::Sink,
    ));
    let offer = Offer::tools(all);
    let progress = progress(&offer).await;
    let outcome = repaired(&progress, ErrorKind::Internal, &offer).await;
    if let Ok(draft) = outcome {
        let substitute = draft.reason.contains("instead");
        assert!(!substitute, "{}", draft.reason);
    }
}

#[tokio::test]
async fn a_refused_value_is_asked_for() {
    let offer = Offer::tools(tools());
    let progress = progress(&offer).await;
    let draft = repaired(&progress, ErrorKind::InvalidInput, &offer)
        .await
        .unwrap();
    keeps_accepted(&draft, &progress);
    assert_eq!(draft.tasks[1].inputs["target_language"], Binding::Answer);
    assert!(matches!(
        draft.tasks[1].inputs["text"],
        Binding::Output { .. }
    ));
    assert_eq!(draft.questions.len(), 1);
    assert_eq!(draft.questions[0].task, draft.tasks[1].name);

    // What the owner then says is followed, and not asked for again.
    let mut answered = progress.clone();
    answered.mission = answered.mission.with_input("s2.target_language", "Danish");
    let planner = TaskPlanner::new();
    let draft = planner
        .plan(&scope(), &answered.mission, &offer)
        .await
        .unwrap();
    assert_eq!(
        draft.tasks[1].inputs["target_language"],
        Binding::Value(text("Danish"))
    );
    answered.plan = checked(&draft, &offer);
    let error = repaired(&answered, ErrorKind::InvalidInput, &offer)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_follows_is_planned_anew_when_no_tool_can_stand_in() {
    let mut all = tools();
    // Takes the page by itself: no substitute for the second task, but another way to the goal.
    all.push(tool(
        "tongues.foreign_page",
        "Give a web page in a foreign language",
        &[("url", "string"), ("target_language", "string")],
        &[("translated_page", "string")],
    ));
    let offer = Offer::tools(all);
    let progress = {
        let goal = "Read https://example.com, then translate the page into German";
        let draft = plan(goal, &offer).await.unwrap();
        let mut progress = Progress::new(mission(goal), checked(&draft, &offer));
        progress
            .accepted
            .insert(TaskName::numbered(0), json!({"text": "a page"}));
        progress
    };
    let failed = progress.plan.tasks()[1].clone();
    let draft = repaired(&progress, ErrorKind::Internal, &offer)
        .await
        .unwrap();
    keeps_accepted(&draft, &progress);
    checked(&draft, &offer);
    assert!(draft.tasks.iter().all(|task| task.action != failed.action));
}

#[tokio::test]
async fn there_may_be_no_other_way() {
    let offer = Offer::tools(tools().into_iter().take(1).collect());
    let draft = plan("Read https://example.com", &offer).await.unwrap();
    let progress = Progress::new(mission("Read https://example.com"), checked(&draft, &offer));
    let failure = Failure::new(
        TaskName::numbered(0),
        Fault::new(ErrorKind::Denied, "cannot read"),
    );
    let error = TaskPlanner::new()
        .repair(&scope(), &progress, &failure, &offer)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.remedy().is_some());
}

#[tokio::test]
async fn only_open_tasks_of_the_plan_are_repaired() {
    let offer = Offer::tools(tools());
    let progress = progress(&offer).await;
    let fault = Fault::new(ErrorKind::Internal, "cannot");
    let planner = TaskPlanner::new();
    let unknown = Failure::new(TaskName::numbered(9), fault.clone());
    let error = planner
        .repair(&scope(), &progress, &unknown, &offer)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let accepted = Failure::new(TaskName::numbered(0), fault);
    let error = planner
        .repair(&scope(), &progress, &accepted, &offer)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(matches!(progress.plan.tasks()[0].action, Action::Tool(_)));
}
