//! Plans by a language model, and without it when it fails.

use std::sync::{Arc, Mutex};

use alma_core::{
    Amount, Binding, Budget, Error, ErrorKind, LanguageModel, Offer, Planner, Result,
    model::{ChatReply, ChatRequest, ChatStream},
};
use alma_planner::TaskPlanner;
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::support::{checked, mission, names, scope, tools};

/// Says what it was told to say, and keeps what it was asked.
#[derive(Debug, Default)]
struct Scripted {
    replies: Mutex<Vec<Result<String>>>,
    asked: Mutex<Vec<ChatRequest>>,
}

impl Scripted {
    fn new(replies: Vec<Result<String>>) -> Arc<Self> {
        Arc::new(Self {
            replies: Mutex::new(replies),
            ..Self::default()
        })
    }

    fn rounds(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[async_trait]
impl LanguageModel for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        self.asked.lock().unwrap().push(request.clone());
        self.replies.lock().unwrap().remove(0).map(ChatReply::text)
    }

    async fn stream(&self, _request: &ChatRequest) -> Result<Box<dyn ChatStream>> {
        Err(Error::new(ErrorKind::Unsupported, "cannot stream"))
    }
}

fn good() -> Value {
    json!({"reason": "read, then summarise", "tasks": [
        {"name": "read", "tool": "read_page", "inputs": [
            {"name": "url", "from": "value", "value": "https://example.com"}]},
        {"name": "sum", "tool": "summarise_text", "inputs": [
            {"name": "text", "from": "output", "task": "read", "path": ["text"]},
            {"name": "words", "from": "ask", "question": "How many words?"}]},
    ]})
}

const GOAL: &str = "Read https://example.com and translate it into German";

async fn planned(model: Arc<Scripted>) -> alma_core::Draft {
    TaskPlanner::new()
        .with_model(model)
        .plan(&scope(), &mission(GOAL), &Offer::tools(tools()))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_good_reply_becomes_the_plan() {
    let model = Scripted::new(vec![Ok(format!("Here it is:\n```json\n{}\n```", good()))]);
    let draft = planned(model.clone()).await;
    let offer = Offer::tools(tools());
    assert_eq!(names(&draft, &offer), ["read_page", "summarise_text"]);
    assert_eq!(draft.tasks[1].inputs["words"], Binding::Answer);
    assert_eq!(draft.questions[0].text, "How many words?");
    assert_eq!(draft.reason, "by scripted: read, then summarise");
    let asked = model.asked.lock().unwrap();
    assert!(
        asked[0].json.is_some() && asked[0].messages.last().unwrap().text.contains("read_page")
    );
}

#[tokio::test]
async fn faults_are_told_and_mended() {
    let mut wrong = good();
    wrong["tasks"][0]["tool"] = json!("rm_rf");
    let mut cyclic = good();
    cyclic["tasks"][0]["after"] = json!(["sum"]);
    let model = Scripted::new(vec![
        Ok(wrong.to_string()),
        Ok(cyclic.to_string()),
        Ok(good().to_string()),
    ]);
    let draft = planned(model.clone()).await;
    assert!(draft.reason.starts_with("by scripted"));
    let asked = model.asked.lock().unwrap();
    assert!(asked[1].messages.last().unwrap().text.contains("rm_rf"));
    assert!(
        asked[2]
            .messages
            .last()
            .unwrap()
            .text
            .contains("wait for each other")
    );
}

#[tokio::test]
async fn after_three_rounds_the_plan_is_made_without_it() {
    for bad in [
        "no plan today",
        "{\"tasks\": 3}",
        "{\"tasks\": [], \"reason\": \"\"}",
        "{{{",
        "}{",
        "",
    ] {
        let model = Scripted::new(vec![Ok(bad.into()), Ok(bad.into()), Ok(bad.into())]);
        let draft = planned(model.clone()).await;
        assert_eq!(model.rounds(), 3);
        let offer = Offer::tools(tools());
        assert_eq!(names(&draft, &offer), ["read_page", "translate_text"]);
        assert!(
            draft.reason.contains("planned without the model"),
            "{}",
            draft.reason
        );
    }
}

#[tokio::test]
async fn a_model_that_is_away_is_not_asked_twice() {
    let model = Scripted::new(vec![Err(Error::new(
        ErrorKind::Unavailable,
        "cannot reach the model",
    ))]);
    let draft = planned(model.clone()).await;
    assert_eq!(model.rounds(), 1);
    assert!(
        draft.reason.contains("cannot reach the model"),
        "{}",
        draft.reason
    );
}

#[tokio::test]
async fn a_budget_ends_the_rounds() {
    let model = Scripted::new(vec![Ok("?".into()), Ok("?".into())]);
    let budget = Budget::new(Amount::calls(1).with_tokens(1_000_000));
    let planner = TaskPlanner::new()
        .with_model(model.clone())
        .with_budget(budget.clone());
    let offer = Offer::tools(tools());
    let draft = planner
        .plan(&scope(), &mission(GOAL), &offer)
        .await
        .unwrap();
    checked(&draft, &offer);
    assert_eq!((model.rounds(), budget.used().calls), (1, 1));
}
