//! Clauses on calling.

use serde_json::json;

use crate::{
    Digest, Effect, ErrorKind, Grant, Permission, Timestamp, ToolForge, Trust,
    testkit::{ana, clause::Clause as _, join_all},
};

use super::{call, native, probes::Probes};

pub(super) async fn runs_what_fits(tools: &dyn ToolForge, probes: &Probes) {
    let echo = native(tools, "echo").await;
    let nothing = Grant::nothing();
    let result = tools
        .call(&ana(), call(&echo, json!({"text": "ü"})), &nothing)
        .await;
    let result =
        result.must("ToolForge, call: a tool without effect and permissions needs no grant");
    assert_eq!(
        result.output,
        json!("ü"),
        "ToolForge, call: answers what the tool gives"
    );
    assert_eq!(
        probes.runs(),
        1,
        "ToolForge, call: a call runs the tool once"
    );
    let mut unknown = call(&echo, json!({"text": "x"}));
    unknown.tool = Digest::of(b"unknown");
    let clause = "ToolForge, identity: a changed digest is another tool, and unknown";
    tools
        .call(&ana(), unknown, &nothing)
        .await
        .must_fail(ErrorKind::NotFound, clause);
    let scope = ana();
    let calls = (0..8).map(|n| {
        tools.call(
            &scope,
            call(&echo, json!({"text": n.to_string()})),
            &nothing,
        )
    });
    for (n, result) in join_all(calls).await.into_iter().enumerate() {
        let result = result.must("ToolForge, concurrency: calls beside each other succeed");
        assert_eq!(
            result.output,
            json!(n.to_string()),
            "ToolForge, concurrency: each call has its own answer"
        );
    }
}

pub(super) async fn checks_schemas_both_ways(tools: &dyn ToolForge, probes: &Probes) {
    let (echo, liar) = (native(tools, "echo").await, native(tools, "liar").await);
    let nothing = Grant::nothing();
    for input in [
        json!({}),
        json!({"text": 1}),
        json!("x"),
        json!({"text": "x", "more": 1}),
        json!(null),
    ] {
        let clause = "ToolForge, call: input that breaks the schema is refused";
        tools
            .call(&ana(), call(&echo, input), &nothing)
            .await
            .must_fail(ErrorKind::InvalidInput, clause);
    }
    assert_eq!(
        probes.runs(),
        0,
        "ToolForge, call: what is refused does not run"
    );
    let clause = "ToolForge, call: output that breaks the schema is the tool's defect";
    let answer = tools
        .call(&ana(), call(&liar, json!({"text": "x"})), &nothing)
        .await;
    answer.must_fail(ErrorKind::Internal, clause);
}

pub(super) async fn denies_by_default(tools: &dyn ToolForge, probes: &Probes) {
    let file = || Permission::WriteFile("diary.txt".into());
    let grants = [
        ("diary", Grant::nothing()),
        ("diary", Grant::nothing().with(file())),
        ("diary", Grant::nothing().with_effect(Effect::Sink)),
        (
            "diary",
            Grant::nothing().with_effect(Effect::Read).with(file()),
        ),
        (
            "diary",
            Grant::nothing()
                .with_effect(Effect::Write)
                .with(Permission::WriteFile("other.txt".into())),
        ),
        (
            "diary",
            Grant::nothing()
                .with_effect(Effect::Write)
                .with(Permission::ReadFile("diary.txt".into())),
        ),
        (
            "courier",
            Grant::nothing()
                .with_effect(Effect::Write)
                .with(Permission::Host("mail.example".into())),
        ),
        ("clock", Grant::nothing()),
    ];
    for (called, grant) in grants {
        let tool = native(tools, called).await;
        let clause = "ToolForge, deny by default: without its whole grant nothing runs";
        let answer = tools
            .call(&ana(), call(&tool, json!({"text": "x"})), &grant)
            .await;
        answer.must_fail(ErrorKind::Denied, clause);
    }
    let diary = native(tools, "diary").await;
    let clause = "ToolForge, call: the schema of the input comes before permissions";
    let answer = tools
        .call(&ana(), call(&diary, json!({"text": 1})), &Grant::nothing())
        .await;
    answer.must_fail(ErrorKind::InvalidInput, clause);
    assert_eq!(
        probes.runs(),
        0,
        "ToolForge, deny by default: what is denied does not run"
    );
    let grant = Grant::nothing().with_effect(Effect::Write).with(file());
    let answer = tools
        .call(&ana(), call(&diary, json!({"text": "dear"})), &grant)
        .await;
    assert_eq!(
        answer
            .must("ToolForge, call: a call that is granted runs")
            .output,
        json!("dear")
    );
    assert_eq!(
        probes.runs(),
        1,
        "ToolForge, call: a call that is granted runs once"
    );
}

pub(super) async fn bounds_trust(tools: &dyn ToolForge, _probes: &Probes) {
    let echo = native(tools, "echo").await;
    for trust in [
        Trust::External,
        Trust::Derived,
        Trust::VerifiedTool,
        Trust::Owner,
    ] {
        let order = call(&echo, json!({"text": "x"})).with_trust(trust);
        let result = tools
            .call(&ana(), order, &Grant::nothing())
            .await
            .must("ToolForge, call: answers");
        assert!(
            result.trust <= trust,
            "ToolForge, call: an output is never trusted above its input"
        );
    }
}

pub(super) async fn keeps_deadlines(tools: &dyn ToolForge, probes: &Probes) {
    let echo = native(tools, "echo").await;
    let late = call(&echo, json!({"text": "x"})).with_deadline(Timestamp::from_millis(0));
    let clause = "ToolForge, call: past its deadline the answer is TimedOut";
    tools
        .call(&ana(), late, &Grant::nothing())
        .await
        .must_fail(ErrorKind::TimedOut, clause);
    assert_eq!(
        probes.runs(),
        0,
        "ToolForge, call: past its deadline nothing runs"
    );
    let far = Timestamp::from_millis(32_503_680_000_000);
    let early = call(&echo, json!({"text": "x"})).with_deadline(far);
    tools
        .call(&ana(), early, &Grant::nothing())
        .await
        .must("ToolForge, call: before its deadline it runs");
}
