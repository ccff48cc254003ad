//! A home grants nothing by itself: what its settings name, what the owner approved, one by one.

use std::path::PathBuf;

use alma_core::{Digest, Effect, Permission, Policy, Schema, Scope, ToolInfo, ToolName, Trust};
use alma_examples::{config, home::policy::HomePolicy, place::Place};

use crate::bin::Bin;

fn tool(effect: Effect, permissions: Vec<Permission>) -> ToolInfo {
    ToolInfo::new(
        ToolName::new("tool").unwrap(),
        "does something",
        Schema::any(),
        Schema::any(),
        effect,
        permissions,
        Digest::of(b"tool"),
    )
}

fn file(path: &str, write: bool) -> Permission {
    match write {
        true => Permission::WriteFile(path.to_owned()),
        false => Permission::ReadFile(path.to_owned()),
    }
}

/// Every tool could read and write, wherever the home keeps reports, without that anybody had said so.
#[test]
fn nothing_is_granted_that_nobody_named() {
    let settings = config::Policy {
        read: vec![PathBuf::from("/books")],
        write: vec![PathBuf::from("/notes")],
    };
    let policy = HomePolicy::new(
        &settings,
        &Place::choose(Some("/home/alma".into())).unwrap(),
    );
    let scope = Scope::new("home/ana").unwrap();
    let lacks = |tool: &ToolInfo| policy.grant(&scope, tool, Trust::Owner).lacks(tool);
    assert!(lacks(&tool(Effect::None, vec![])).is_empty());
    assert!(lacks(&tool(Effect::Read, vec![file("/books/a", false)])).is_empty());
    assert!(lacks(&tool(Effect::Write, vec![file("/notes", true)])).is_empty());
    assert!(lacks(&tool(Effect::Read, vec![file("/home/alma/files", false)])).is_empty());
    for denied in [
        tool(Effect::Read, vec![]),
        tool(Effect::Write, vec![]),
        tool(Effect::Sink, vec![]),
        tool(Effect::Sink, vec![file("/notes", true)]),
        tool(Effect::None, vec![file("/notes", false)]),
        tool(Effect::Write, vec![file("/books/a", true)]),
        tool(Effect::Write, vec![file("/home/alma/files", true)]),
        tool(Effect::Write, vec![file("/home/alma/reports", true)]),
        tool(Effect::Write, vec![file("/notes/../etc", true)]),
        tool(
            Effect::Write,
            vec![file("/notes", true), Permission::Host("a.example".into())],
        ),
        tool(Effect::Read, vec![Permission::Environment("HOME".into())]),
    ] {
        assert!(!lacks(&denied).is_empty(), "{denied:?}");
    }
}

#[test]
fn a_tool_that_writes_waits_for_its_owner() {
    let bin = Bin::new();
    let call = [
        "tools",
        "call",
        "licence-report",
        r#"{"file": "a.md", "crates": [], "licences": []}"#,
    ];
    let ran = bin.run(&call);
    assert_eq!(ran.code(), 4, "{}", ran.stderr());
    assert!(!bin.home().join("reports").exists());
    let ran = bin.run(&[
        "mission",
        "inventory of licences",
        "--input",
        "crates=[]",
        "--input",
        "file=a.md",
    ]);
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
    assert!(
        ran.stderr().contains("not on offer: licence-report"),
        "{}",
        ran.stderr()
    );
    let id = bin.json(&["approvals"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    bin.json(&["approve", &id]);
    bin.json(&call);
    assert!(bin.home().join("reports/default/a.md").exists());
}
