//! An effect carries a key, and whoever repeats the effect carries the same one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use alma_core::{
    Alma, Effect, Grant, Mission, MissionId, MissionStatus, Policy, Schema, Scope, ToolHandler,
    ToolInfo, Trust, sqlite::Database,
};
use alma_planner::{Run, Source, SqliteLedger, TaskPlanner, Template, TemplateStep};
use alma_tools::{Native, NativeCall, SqliteForge};
use alma_workers::{Pool, Queue, SqliteJobs};
use serde_json::{Value, json};

/// Grants everything to everybody.
#[derive(Clone, Copy, Debug)]
struct Lavish;

impl Policy for Lavish {
    fn grant(&self, _: &Scope, _: &ToolInfo, _: Trust) -> Grant {
        Grant::nothing().with_effect(Effect::Sink)
    }
}

/// What the world outside saw: the letters, and the keys that each came with.
type Post = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

/// Sends a letter. The first call for `b` never comes back, as if its worker had died right after.
fn send(post: &Post) -> Native {
    let post = Arc::clone(post);
    Native::new(
        "send",
        "1",
        "Send a letter",
        Schema::object([("letter", Schema::of_type("string"))]),
        Schema::any(),
        move |call: NativeCall, input: Value| {
            let letter = input["letter"].as_str().unwrap().to_owned();
            let first = {
                let mut post = post.lock().unwrap();
                let keys = post.entry(letter.clone()).or_default();
                keys.push(call.key);
                keys.len() == 1
            };
            async move {
                if first && letter == "b" {
                    std::future::pending::<()>().await;
                }
                Ok(json!({"sent": letter}))
            }
        },
    )
    .unwrap()
    .with_effect(Effect::Sink, vec![])
}

fn letters() -> Template {
    Template::new("letters", "letters")
        .with_input("letters", Schema::of_type("array"))
        .with_step(
            TemplateStep::new("send", Run::Tool("send".into()))
                .for_each("letters")
                .with("letter", Source::Item(vec![])),
        )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_repeated_after_its_worker_died_brings_the_same_key() {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(dir.path().join("alma.db")).unwrap();
    let scope = Scope::new("home/ana").unwrap();
    let post = Post::default();
    let forge = SqliteForge::open(database.clone()).await.unwrap();
    let forge = forge.with(send(&post)).unwrap();
    let jobs = SqliteJobs::open(database.clone()).await.unwrap();
    let alma = Alma::builder()
        .planner(TaskPlanner::new().with_template(letters()).unwrap())
        .ledger(SqliteLedger::open(database).await.unwrap())
        .tools(forge.clone())
        .policy(Lavish)
        .executor(Queue::new(jobs.clone()))
        .build()
        .within(scope.clone());
    let pool = |name: &str| {
        Pool::new(name, jobs.clone(), vec![scope.clone()])
            .with_handler(Arc::new(ToolHandler::new(forge.clone(), Lavish)))
            .with_lease(Duration::from_millis(250))
    };
    let mission = Mission::new(MissionId::from_bytes([1; 16]), "send the letters")
        .with_input("letters", json!(["a", "b", "c"]));
    let running = tokio::spawn(async move { alma.run(mission).await });

    let dies = tokio::spawn(pool("dies").run());
    while !post.lock().unwrap().contains_key("b") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    dies.abort();
    let lives = tokio::spawn(pool("lives").run());
    let report = running.await.unwrap().unwrap();
    lives.abort();
    assert_eq!(report.status, MissionStatus::Done, "{report:?}");

    let post = post.lock().unwrap();
    assert_eq!(post["b"].len(), 2, "{post:?}");
    for (letter, keys) in &*post {
        assert!(keys.iter().all(|key| *key == keys[0]), "{letter}: {keys:?}");
    }
    let mut all: Vec<&String> = post.values().map(|keys| &keys[0]).collect();
    all.dedup();
    assert_eq!(all.len(), 3, "another letter is another effect: {post:?}");
}
