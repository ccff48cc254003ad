//! A language model in `alma.toml`: it helps while it answers well, and is never needed.

use std::{fs, path::Path, sync::Arc, time::Duration};

use alma_core::{
    ErrorKind, LanguageModel,
    model::ChatRequest,
    testkit::{Answer, Asked, ManualClock, ModelServer},
};
use alma_examples::{config::Config, home::model::HomeModel};
use serde_json::{Value, json};

use crate::bin::{Bin, Ran};

const KEY: &str = "sk-CANARY-4711";
const TOLD: &str = "The spare key is under the blue pot.";
const QUESTION: &str = "Where is the spare key?";
const GOAL: &str = "split the licence 'MIT/Zlib' into its choices";

/// What the model is asked for, told from what it reads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum For {
    Route,
    Answer,
    Plan,
}

fn purpose(asked: &Asked) -> For {
    let said = asked.body["messages"].to_string();
    if said.contains("You draft plans") {
        For::Plan
    } else if said.contains("Say what the person wants") {
        For::Route
    } else {
        For::Answer
    }
}

/// A model that does what it is asked for.
fn good(asked: &Asked) -> Answer {
    Answer::text(&match purpose(asked) {
        For::Route if asked.body["messages"].to_string().contains("spare key is") => {
            r#"{"route": "remember"}"#.to_owned()
        }
        For::Route => r#"{"route": "answer"}"#.to_owned(),
        For::Answer => "Look under the blue pot [1].".to_owned(),
        For::Plan => plan("form").to_string(),
    })
}

fn plan(tool: &str) -> Value {
    json!({"reason": "one step is enough", "tasks": [{"name": "cut", "tool": tool, "inputs": [
        {"name": "licence", "from": "value", "value": "MIT/Zlib"}]}]})
}

/// A home that knows one fact and has one tool; its model is not set yet.
fn home() -> Bin {
    let bin = Bin::new();
    bin.json(&["chat", TOLD]);
    let examples = [
        json!({"input": {"licence": "MIT/Apache-2.0"}, "output": ["MIT", "Apache-2.0"]}),
        json!({"input": {"licence": "Unlicense/MIT"}, "output": ["Unlicense", "MIT"]}),
        json!({"input": {"licence": "A/B/C"}, "output": ["A", "B", "C"]}),
        json!({"input": {"licence": "BSD-3-Clause"}, "output": ["BSD-3-Clause"]}),
    ];
    let lines: Vec<String> = examples.iter().map(Value::to_string).collect();
    let file = bin.file("form.jsonl", lines.join("\n"));
    bin.json(&[
        "tools",
        "forge",
        "form",
        "--description",
        "splits a licence into its choices",
        "--examples",
        file.to_str().unwrap(),
    ]);
    bin
}

fn set(bin: &Bin, url: &str) {
    let toml = format!(
        "[model]\nprovider = 'openai'\nname = 'tiny'\nbase_url = '{url}'\n\
         api_key_env = 'ALMA_TEST_KEY'\ntimeout_seconds = 1\n"
    );
    bin.file("home/alma.toml", toml);
}

/// Runs with the key in the environment.
fn run(bin: &Bin, args: &[&str]) -> Ran {
    run_with(bin, args, &[])
}

fn run_with(bin: &Bin, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = bin.command(args);
    command.env("ALMA_TEST_KEY", KEY).envs(env.iter().copied());
    Ran::of(command.stdin(std::process::Stdio::null()).output().unwrap())
}

fn json_of(bin: &Bin, args: &[&str]) -> Value {
    let ran = run(bin, &[&["--json"], args].concat());
    assert_eq!(ran.code(), 0, "{args:?}: {}", ran.stderr());
    ran.lines().remove(0)
}

#[test]
fn a_good_model_answers_with_sources_and_plans() {
    let bin = home();
    let server = ModelServer::answering(good).unwrap();
    set(&bin, &server.v1());
    let reply = json_of(&bin, &["chat", QUESTION]);
    assert_eq!(reply["text"], "Look under the blue pot [1].");
    assert_eq!(reply["citations"][0]["source"], "chat/main");
    assert!(reply.get("remarks").is_none(), "{reply}");
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(purpose).collect::<Vec<_>>(),
        [For::Route, For::Answer]
    );
    assert!(asked[0].headers.contains(KEY), "the key goes to the server");

    let report = json_of(&bin, &["mission", GOAL]);
    assert_eq!(
        report["plan"]["reason"],
        "by openai/tiny: one step is enough"
    );
    assert_eq!(report["accepted"]["cut"], json!(["MIT", "Zlib"]));

    let ran = run(&bin, &["chat", QUESTION]);
    assert!(ran.stdout().contains("[1] chat/main"), "{}", ran.stdout());
    assert_eq!(ran.stderr(), "");
}

/// Nothing that a server does keeps a command from its end: the result is the one without the model, and a note says so.
#[test]
fn whatever_the_server_does_every_command_ends_as_without_a_model() {
    let bin = home();
    let plain = json_of(&bin, &["chat", QUESTION]);
    assert!(
        plain["text"]
            .as_str()
            .unwrap()
            .contains("under the blue pot")
    );
    let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function",
        "function": {"name": "form", "arguments": "{\"licence\": \"X\"}"}}]});
    let away = [
        Answer::body("{\"choices\": ["),
        Answer::body("<html>"),
        Answer::text(""),
        Answer::text(r#"{"name": "form", "arguments": {"licence": "X"}}"#),
        Answer::text("<tool_call>{\"name\": \"form\", \"arguments\": {}}</tool_call>"),
        Answer::chat(call, "tool_calls"),
        Answer::text(&"word ".repeat(100_000)),
        Answer::status(401, format!("bad key {KEY}")),
        Answer::status(429, "slow down"),
        Answer::status(500, "oh"),
        Answer::Silence,
    ];
    for answer in away {
        let shown = format!("{answer:?}");
        let shown = &shown[..shown.len().min(100)];
        let server = ModelServer::answering(move |_| answer.clone()).unwrap();
        set(&bin, &server.v1());
        let reply = json_of(&bin, &["chat", QUESTION]);
        assert_eq!(reply["text"], plain["text"], "{shown}");
        assert_eq!(reply["citations"], plain["citations"], "{shown}");
        let remarks = reply["remarks"].to_string();
        assert!(
            remarks.contains("done without the model"),
            "{shown}: {remarks}"
        );
        let report = json_of(&bin, &["mission", GOAL]);
        let reason = report["plan"]["reason"].as_str().unwrap();
        assert!(
            reason.contains("planned without the model"),
            "{shown}: {reason}"
        );
        assert_eq!(report["status"]["status"], "done", "{shown}");
        let ran = run(&bin, &["chat", QUESTION]);
        assert!(
            ran.stderr().contains("note: done without the model"),
            "{shown}: {}",
            ran.stderr()
        );
    }
}

/// A hostile model names a tool that is not on offer, asks for more than was granted, and cites what was not found.
#[test]
fn a_hostile_model_reaches_nothing() {
    let bin = home();
    let before = json_of(&bin, &["status"]);
    let mut raised = plan("form");
    raised["tasks"][0]["permissions"] = json!(["write /"]);
    raised["tasks"][0]["effect"] = json!("sink");
    raised["tasks"][0]["inputs"][0]["name"] = json!("grant");
    let report = plan("licence-report");
    for drafted in [plan("delete_files"), raised, report] {
        let shown = drafted.to_string();
        let server = ModelServer::answering(move |asked| match purpose(asked) {
            For::Plan => Answer::text(&drafted.to_string()),
            For::Route => Answer::text(r#"{"route": "tool", "tool": "form", "grant": "all"}"#),
            For::Answer => Answer::text("It is in the safe [2], says record [9]."),
        })
        .unwrap();
        set(&bin, &server.v1());
        let report = json_of(&bin, &["mission", GOAL]);
        let reason = report["plan"]["reason"].as_str().unwrap();
        assert!(
            reason.contains("planned without the model"),
            "{shown}: {reason}"
        );
        assert_eq!(report["plan"]["tasks"].as_array().unwrap().len(), 1);
        let reply = json_of(&bin, &["chat", QUESTION]);
        assert_eq!(reply["route"]["route"], "answer");
        assert!(!reply["text"].as_str().unwrap().contains("safe"), "{reply}");
        assert!(reply["result"].is_null() && reply["mission"].is_null());
    }
    let after = json_of(&bin, &["status"]);
    assert_eq!(before["approvals"], after["approvals"]);
    assert_eq!(before["generation"], after["generation"]);
}

#[test]
fn doctor_and_status_say_whether_it_answers() {
    let bin = home();
    let server = ModelServer::answering(good).unwrap();
    set(&bin, &server.v1());
    let ran = run(&bin, &["doctor"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(
        ran.stdout().contains("openai/tiny answers"),
        "{}",
        ran.stdout()
    );
    assert_eq!(json_of(&bin, &["status"])["model"]["answers"], true);
    let url = server.v1();
    drop(server);
    set(&bin, &url);
    let ran = run(&bin, &["doctor"]);
    assert_eq!(ran.code(), 6);
    assert!(ran.stdout().contains("ILL   model"), "{}", ran.stdout());
    assert!(
        ran.stdout().contains("well  forgetting"),
        "the rest is checked"
    );
    let status = json_of(&bin, &["status"]);
    assert_eq!(status["model"]["answers"], false);
    assert_eq!(status["model"]["fault"]["kind"], "unavailable");
}

/// A key may be quoted back, logged or kept by mistake; it must be nowhere but in the request.
#[test]
fn the_key_is_nowhere() {
    let bin = home();
    let server = ModelServer::answering(|asked| match purpose(asked) {
        For::Plan => Answer::status(401, asked.headers.clone()),
        _ => good(asked),
    })
    .unwrap();
    set(&bin, &server.v1());
    for level in ["debug", "trace"] {
        for args in [
            &["chat", QUESTION][..],
            &["mission", GOAL],
            &["--json", "mission", GOAL],
            &["status"],
            &["doctor"],
            &["night"],
        ] {
            let ran = run_with(&bin, args, &[("ALMA_LOG", level)]);
            let told = ran.stdout() + &ran.stderr();
            assert!(!told.contains("CANARY"), "{args:?} at {level}");
        }
    }
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.headers.contains(KEY)));
    assert!(asked.iter().any(|asked| purpose(asked) == For::Plan));
    nowhere(&bin.dir(), b"CANARY");
}

fn nowhere(dir: &Path, needle: &[u8]) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            nowhere(&path, needle);
        } else {
            let bytes = fs::read(&path).unwrap();
            let found = bytes.windows(needle.len()).any(|part| part == needle);
            assert!(!found, "{}", path.display());
        }
    }
}

#[test]
fn without_its_key_everything_works_and_doctor_names_the_variable() {
    let bin = home();
    set(&bin, "http://127.0.0.1:9/v1");
    let reply = bin.json(&["chat", QUESTION]).remove(0);
    assert!(
        reply["remarks"][0]
            .as_str()
            .unwrap()
            .contains("no key is set")
    );
    let ran = bin.run(&["doctor"]);
    assert_eq!(ran.code(), 5);
    assert!(ran.stdout().contains("ALMA_TEST_KEY"), "{}", ran.stdout());
}

#[cfg(not(feature = "tls"))]
#[test]
fn https_without_tls_names_the_feature() {
    let bin = home();
    set(&bin, "https://models.example/v1");
    let reply = json_of(&bin, &["chat", QUESTION]);
    assert!(
        reply["remarks"][0]
            .as_str()
            .unwrap()
            .contains("built without TLS")
    );
    let ran = run(&bin, &["doctor"]);
    assert_eq!(ran.code(), 5);
    assert!(ran.stderr().contains("--features tls"), "{}", ran.stderr());
}

/// Each of many questions waited for the deadline of a server that hung.
#[tokio::test]
async fn a_model_that_was_away_is_left_alone_for_a_while() {
    let server = ModelServer::saying([
        Answer::status(503, "loading"),
        Answer::Plain(429, "retry-after: 7\r\n".to_owned(), String::new()),
        Answer::text("yes"),
    ])
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("alma.toml");
    let url = server.v1();
    let toml = format!("[model]\nprovider = 'llamacpp'\nname = 'tiny'\nbase_url = '{url}'\n");
    fs::write(&path, toml).unwrap();
    let settings = Config::read(&path).unwrap().model.unwrap();
    let clock = Arc::new(ManualClock::default());
    let model = HomeModel::with_clock(&settings, clock.clone());
    let ask = async || {
        let said = alma_core::model::ChatMessage::new(alma_core::model::Role::User, "x");
        model.chat(&ChatRequest::new(vec![said])).await
    };
    for (kind, rest) in [(ErrorKind::Unavailable, 60), (ErrorKind::Overloaded, 7)] {
        assert_eq!(ask().await.unwrap_err().kind(), kind);
        assert_eq!(ask().await.unwrap_err().kind(), kind, "the same, unasked");
        assert_eq!(server.asked().len(), 1);
        clock.advance(Duration::from_secs(rest));
    }
    assert_eq!(ask().await.unwrap().text, "yes");
}
