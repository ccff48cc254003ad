//! `alma tools`: a tool is forged from examples, listed, called, and refused when no rule fits.

use serde_json::json;

use crate::bin::Bin;

const GOOD: &str = r#"{"input": {"licence": "MIT/Apache-2.0"}, "output": ["MIT", "Apache-2.0"]}
{"input": {"licence": "Unlicense/MIT"}, "output": ["Unlicense", "MIT"]}
{"input": {"licence": "A/B/C"}, "output": ["A", "B", "C"]}
{"input": {"licence": "BSD-3-Clause"}, "output": ["BSD-3-Clause"]}
"#;

#[test]
fn a_forged_tool_is_listed_shown_and_called() {
    let bin = Bin::new();
    let file = bin.file("good.jsonl", GOOD);
    let about = "splits a licence into its choices";
    let args = [
        "tools",
        "forge",
        "form",
        "--description",
        about,
        "--examples",
        file.to_str().unwrap(),
    ];
    let outcome = bin.json(&args);
    assert_eq!(outcome[0]["outcome"], "accepted", "{outcome:?}");
    let listed = bin.json(&["tools", "list"]);
    assert!(
        listed
            .iter()
            .any(|tool| tool["info"]["name"] == "form" && tool["state"] == "active")
    );
    assert_eq!(
        bin.json(&["tools", "show", "form"])[0]["info"]["description"],
        about
    );
    let result = bin.json(&["tools", "call", "form", r#"{"licence": "X/Y"}"#]);
    assert_eq!(result[0]["output"], json!(["X", "Y"]));

    let ran = bin.run(&["tools", "call", "form", r#"{"license": "X/Y"}"#]);
    assert_eq!(
        ran.code(),
        2,
        "the input breaks the schema: {}",
        ran.stderr()
    );
    assert_eq!(bin.run(&["tools", "call", "nothing", "{}"]).code(), 3);

    bin.json(&["tools", "retire", "form"]);
    let listed = bin.json(&["tools", "list"]);
    let state = listed.iter().find(|tool| tool["info"]["name"] == "form");
    assert_eq!(state.unwrap()["state"], "retired");
    let ran = bin.run(&["tools", "call", "form", r#"{"licence": "X/Y"}"#]);
    assert_ne!(ran.code(), 0, "{}", ran.stdout());
}

#[test]
fn contradicting_examples_are_refused_with_a_reason() {
    let bin = Bin::new();
    let bad = format!("{GOOD}{{\"input\": {{\"licence\": \"A/B/C\"}}, \"output\": [\"C\"]}}\n");
    let file = bin.file("bad.jsonl", bad);
    let args = [
        "--json",
        "tools",
        "forge",
        "form",
        "--description",
        "x",
        "--examples",
        file.to_str().unwrap(),
    ];
    let ran = bin.run(&args);
    assert_eq!(ran.code(), 12, "{}", ran.stderr());
    assert_eq!(ran.lines()[0]["outcome"], "refused");
    assert!(!ran.lines()[0]["reason"].as_str().unwrap().is_empty());
    assert!(
        bin.json(&["tools", "list"])
            .iter()
            .all(|tool| tool["info"]["name"] != "form")
    );
}

#[test]
fn examples_that_do_not_read_are_invalid_input() {
    let bin = Bin::new();
    let file = bin.file("broken.jsonl", "{\"input\": 1\n");
    let args = [
        "tools",
        "forge",
        "x",
        "--description",
        "x",
        "--examples",
        file.to_str().unwrap(),
    ];
    assert_eq!(bin.run(&args).code(), 2);
}

#[test]
fn a_tool_that_needs_a_permission_asks_for_it_and_runs_once_it_is_approved() {
    let bin = Bin::new();
    let input = r#"{"crate": "serde-1.0.0"}"#;
    let ran = bin.run(&["tools", "call", "crate-manifest", input]);
    assert_eq!(ran.code(), 4, "{}", ran.stderr());
    let open = bin.json(&["approvals"]);
    let id = open[0]["id"].as_str().unwrap();
    assert!(ran.stderr().contains(id), "{}", ran.stderr());
    bin.json(&["approve", id]);
    assert!(bin.json(&["approvals"]).is_empty());
    let ran = bin.run(&["tools", "call", "crate-manifest", input]);
    assert_eq!(
        ran.code(),
        3,
        "it runs, and there is no such crate: {}",
        ran.stderr()
    );
}
