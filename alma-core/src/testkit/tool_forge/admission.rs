//! Clauses on building and on the gate.

use serde_json::json;

use crate::{
    Digest, Effect, ErrorKind, Example, ForgeOutcome, Grant, StageResult, ToolForge, ToolSpec,
    ToolState,
    testkit::{ana, clause::Clause as _},
};

use super::{all, call, forge, name, probes::Probes, shout};

pub(super) async fn builds_what_the_examples_say(tools: &dyn ToolForge, _probes: &Probes) {
    let spec = shout("shout");
    let ForgeOutcome::Accepted { tool, report } = forge(tools, &ana(), &spec).await else {
        return;
    };
    assert_eq!(
        tool.info.digest,
        tool.info.computed_digest(),
        "ToolForge, identity: a tool is its digest"
    );
    assert_eq!(
        tool.state,
        ToolState::Active,
        "ToolForge, forge: an accepted tool can be called"
    );
    assert_eq!(
        (&tool.info.name, &tool.info.description),
        (&spec.name, &spec.description),
        "ToolForge, forge: name and description are those of the order"
    );
    assert!(
        tool.info.effect == Effect::None && tool.info.permissions.is_empty(),
        "ToolForge, forge: what is built from examples touches nothing"
    );
    assert_eq!(
        report.candidate,
        Some(tool.info.digest),
        "ToolForge, admission: the report is about that exact digest"
    );
    assert!(
        !report.stages.is_empty(),
        "ToolForge, admission: the gate shows its stages"
    );
    assert!(
        report
            .stages
            .iter()
            .all(|stage| stage.result == StageResult::Passed),
        "ToolForge, admission: every stage was passed"
    );
    for example in &spec.examples {
        let answer = tools
            .call(
                &ana(),
                call(&tool.info, example.input.clone()),
                &Grant::nothing(),
            )
            .await;
        let answer = answer.must("ToolForge, forge: an accepted tool runs");
        assert_eq!(
            answer.output, example.output,
            "ToolForge, forge: it does what every example shows"
        );
    }
    let listed = all(tools, &ana()).await;
    let own = listed
        .iter()
        .find(|one| one.info.digest == tool.info.digest);
    assert_eq!(
        own,
        Some(&*tool),
        "ToolForge, forge: after Accepted the tool is listed"
    );
}

pub(super) async fn repeats_itself(tools: &dyn ToolForge, _probes: &Probes) {
    let first = forge(tools, &ana(), &shout("shout")).await;
    let before = all(tools, &ana()).await;
    let second = forge(tools, &ana(), &shout("shout")).await;
    match (&first, &second) {
        (ForgeOutcome::Accepted { tool, .. }, ForgeOutcome::Accepted { tool: again, .. }) => {
            assert_eq!(
                tool, again,
                "ToolForge, idempotent: the same order answers with the tool that is there"
            );
        }
        (ForgeOutcome::Draft { .. }, ForgeOutcome::Draft { .. })
        | (ForgeOutcome::Refused { .. }, ForgeOutcome::Refused { .. }) => {}
        other => {
            panic!("ToolForge, repeatable: the same order has the same outcome; got {other:?}")
        }
    }
    assert_eq!(
        all(tools, &ana()).await,
        before,
        "ToolForge, idempotent: nothing is added"
    );
}

pub(super) async fn runs_nothing_before_the_gate(tools: &dyn ToolForge, _probes: &Probes) {
    let example = |input: &str, output: &str| Example {
        input: json!({ "text": input }),
        output: json!(output),
    };
    let contradiction = ToolSpec::new(
        name("contradiction"),
        "cannot be",
        vec![example("a", "x"), example("a", "y"), example("b", "x")],
    );
    // No rule that is simpler than the table itself gives these.
    let noise = [
        ("lantern", "7f1c"),
        ("orchid", "zz-90"),
        ("tundra", "pale"),
        ("violet", "04:ab"),
        ("mosaic", "??"),
        ("gravel", "north"),
        ("pepper", "1e9"),
    ];
    let arbitrary = ToolSpec::new(
        name("arbitrary"),
        "knows a table by heart",
        noise.map(|(input, output)| example(input, output)).into(),
    );
    for spec in [contradiction, arbitrary] {
        let before = all(tools, &ana()).await;
        let report = match tools.forge(&ana(), &spec).await {
            Ok(ForgeOutcome::Accepted { .. }) => {
                panic!(
                    "ToolForge, admission: '{}' has no honest tool and is not accepted",
                    spec.name
                )
            }
            Ok(ForgeOutcome::Draft { questions, report }) => {
                assert!(
                    !questions.is_empty(),
                    "ToolForge, forge: a draft says what must be decided"
                );
                report
            }
            Ok(ForgeOutcome::Refused { reason, report }) => {
                assert!(!reason.is_empty(), "ToolForge, forge: a refusal says why");
                report
            }
            Err(error) => {
                assert_eq!(
                    error.kind(),
                    ErrorKind::InvalidInput,
                    "ToolForge, forge: a candidate that fails is no error"
                );
                continue;
            }
        };
        let candidate = report.candidate.unwrap_or(Digest::of(b"none"));
        let after = all(tools, &ana()).await;
        let active = after
            .iter()
            .filter(|tool| tool.state == ToolState::Active)
            .count();
        assert_eq!(
            active,
            before
                .iter()
                .filter(|tool| tool.state == ToolState::Active)
                .count(),
            "ToolForge, admission: what was not accepted is not active"
        );
        let order = crate::Call::new(candidate, json!({"text": "a"}), "key/1");
        let answer = tools.call(&ana(), order, &Grant::nothing()).await;
        assert!(
            answer.is_err(),
            "ToolForge, admission: nothing runs before the gate admitted that exact digest"
        );
    }
}

pub(super) async fn refuses_bad_orders(tools: &dyn ToolForge, _probes: &Probes) {
    let clause = "ToolForge, forge: an order that cannot be read is refused";
    let mut none = shout("none");
    none.examples.clear();
    tools
        .forge(&ana(), &none)
        .await
        .must_fail(ErrorKind::InvalidInput, clause);
    let mut mixed = shout("mixed");
    mixed.examples.push(Example {
        input: json!([1, 2]),
        output: json!({"other": true}),
    });
    tools
        .forge(&ana(), &mixed)
        .await
        .must_fail(ErrorKind::InvalidInput, clause);
    let clause = "ToolForge, forge: the name of a tool of another origin is taken";
    tools
        .forge(&ana(), &shout("echo"))
        .await
        .must_fail(ErrorKind::Conflict, clause);
}
