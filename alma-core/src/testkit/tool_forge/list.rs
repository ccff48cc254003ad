//! Clauses on listing, retiring and scopes.

use serde_json::json;

use crate::{
    Cursor, Digest, ErrorKind, ForgeOutcome, Grant, Need, PageRequest, ToolForge, ToolState,
    testkit::{ana, ben, clause::Clause as _},
};

use super::{all, built, call, forge, native, probes::Probes, shout};

pub(super) async fn lists_in_order(tools: &dyn ToolForge, _probes: &Probes) {
    built(tools, &ana(), &shout("beta")).await;
    built(tools, &ana(), &shout("alpha")).await;
    let listed = all(tools, &ana()).await;
    let keys: Vec<_> = listed
        .iter()
        .map(|tool| (tool.info.name.clone(), tool.info.digest))
        .collect();
    assert!(
        keys.windows(2).all(|pair| pair[0] < pair[1]),
        "ToolForge, list: each once, by name, then digest"
    );
    for called in ["echo", "diary", "courier", "clock", "liar"] {
        let one = keys
            .iter()
            .filter(|(name, _)| name.as_str() == called)
            .count();
        assert_eq!(one, 1, "ToolForge, list: native tools are listed");
    }
    let foreign = PageRequest::after(Cursor::new("\u{1f} no cursor"), 3);
    let answer = tools.list(&ana(), &foreign).await;
    answer.must_fail(
        ErrorKind::InvalidInput,
        "ToolForge, list: a foreign cursor is refused",
    );
}

pub(super) async fn retires_for_good(tools: &dyn ToolForge, probes: &Probes) {
    let mut victims = vec![native(tools, "echo").await];
    victims.extend(built(tools, &ana(), &shout("shout")).await);
    for tool in victims {
        tools
            .retire(&ana(), &tool.digest)
            .await
            .must("ToolForge, retire: a tool is taken out of use");
        let answer = tools
            .call(&ana(), call(&tool, json!({"text": "x"})), &Grant::nothing())
            .await;
        assert!(
            answer.is_err(),
            "ToolForge, admission: retired tools don't run"
        );
        let listed = all(tools, &ana()).await;
        let state = listed
            .iter()
            .find(|one| one.info.digest == tool.digest)
            .map(|one| one.state);
        assert_eq!(
            state,
            Some(ToolState::Retired),
            "ToolForge, retire: it stays listed, as retired"
        );
        tools
            .retire(&ana(), &tool.digest)
            .await
            .must("ToolForge, retire: may be repeated");
    }
    assert_eq!(
        probes.runs(),
        0,
        "ToolForge, admission: retired tools don't run"
    );
    let again = forge(tools, &ana(), &shout("shout")).await;
    if let ForgeOutcome::Accepted { tool, .. } = again {
        let revived = all(tools, &ana())
            .await
            .iter()
            .any(|one| one.state == ToolState::Retired && one.info.digest == tool.info.digest);
        assert!(
            !revived,
            "ToolForge, retire: a retired digest is not accepted again"
        );
    }
    let clause = "ToolForge, retire: an unknown tool is not found";
    tools
        .retire(&ana(), &Digest::of(b"unknown"))
        .await
        .must_fail(ErrorKind::NotFound, clause);
}

pub(super) async fn keeps_scopes_apart(tools: &dyn ToolForge, _probes: &Probes) {
    let Some(tool) = built(tools, &ana(), &shout("shout")).await else {
        return;
    };
    let listed = all(tools, &ben()).await;
    assert!(
        listed.iter().all(|one| one.info.digest != tool.digest),
        "ToolForge, scope: tools of another scope are not listed"
    );
    let need = Need::text("puts a text into capital letters");
    let found = tools
        .find(&ben(), &need, 5)
        .await
        .must("ToolForge, find: answers");
    assert!(
        found.iter().all(|one| one.tool.digest != tool.digest),
        "ToolForge, scope: tools of another scope are not found"
    );
    let clause = "ToolForge, scope: a foreign digest and an unknown one answer the same";
    let foreign = tools
        .call(&ben(), call(&tool, json!({"text": "x"})), &Grant::nothing())
        .await;
    foreign.must_fail(ErrorKind::NotFound, clause);
    tools
        .retire(&ben(), &tool.digest)
        .await
        .must_fail(ErrorKind::NotFound, clause);
    let answer = tools
        .call(&ana(), call(&tool, json!({"text": "x"})), &Grant::nothing())
        .await;
    answer.must("ToolForge, scope: what others do changes nothing here");
}
